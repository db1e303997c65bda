"""Values of searches at equal work on mixed instances and seeds; with `--against FILE`, beside those of other code."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.partitions import COUNTIES, DATA, PUBLISHED
from benchmarks.territory_design import generated
from optimize import partition
from scenarios import InfeasibleError, LimitError, Territory, generate_city, load_territory

Objective = Literal["moment", "distance", "radius", "cut-edges"]

HERE = Path(__file__).resolve().parent

THREE = dict.fromkeys(("customers", "demand", "workload"), 0.05)


@dataclass(frozen=True)
class Case:
    """What is solved, with how much work [units]."""

    name: str
    territory: Callable[[], Territory]
    communities: int
    objective: Objective
    balance: dict[str, float]
    work: float
    bounds: dict[str, tuple[float, float]] | None = None


def _plane(units: int, communities: int, seed: int, work: float, *, skewed: bool = False) -> Case:
    kind = "skewed" if skewed else "uniform"
    name = f"plane-{units}-{communities}-{kind}-{seed}"
    return Case(name, lambda: generated(units, seed, skewed=skewed), communities, "distance", THREE, work)


def _counties(state: str, work: float) -> Case:
    return Case(
        f"{state}-cuts",
        lambda: load_territory(HERE / "counties" / state),
        COUNTIES[state],
        "cut-edges",
        {"population": 0.005},
        work,
    )


def _city(units: int, communities: int, seed: int, objective: Objective, tolerance: float, work: float) -> Case:
    name = f"city-{units}-{communities}-{objective}-{tolerance:g}"
    balance = {"population": tolerance}
    return Case(name, lambda: generate_city(units=units, centres=2, seed=seed), communities, objective, balance, work)


def cases() -> list[Case]:
    """Return the instances: counties, tracts, cities and planes; those beside the project where they are there."""
    found = [_counties(state, 20.0) for state in ("LA", "AL", "IA", "KS", "MS")]
    found += [_plane(60, 4, 0, 10.0), _plane(100, 6, 1, 20.0), _plane(100, 6, 2, 20.0), _plane(200, 10, 0, 20.0)]
    found += [_plane(500, 20, 0, 30.0)]
    found += [_plane(n, k, s, 20.0, skewed=True) for n, k, s in ((60, 4, 0), (80, 5, 1), (100, 6, 1), (200, 10, 0))]
    found += [_city(300, 5, 3, "cut-edges", 0.005, 20.0), _city(400, 12, 5, "cut-edges", 0.05, 20.0)]
    found += [_city(600, 14, 7, "cut-edges", 0.01, 20.0), _city(400, 12, 5, "moment", 0.01, 10.0)]
    for name in ("NH_tract", "ID_tract"):
        folder = DATA / "published" / name
        if folder.is_dir():
            found.append(
                Case(name, lambda at=folder: load_territory(at), 2, "cut-edges", {}, 20.0, PUBLISHED[name])  # type: ignore[misc]
            )
    if (DATA / "henan").is_dir():
        henan = Case("henan-cuts", lambda: load_territory(DATA / "henan"), 18, "cut-edges", {"population": 0.05}, 20.0)
        found.append(henan)
    boston = DATA / "boston" / "boston_tracts.gpkg"
    if boston.is_file():
        found.append(Case("boston-cuts", lambda: _boston(boston), 12, "cut-edges", {"population": 0.05}, 20.0))
    return found


def _boston(path: Path) -> Territory:
    return load_territory(path, id="poltract", rename={"POP": "population"})


def value_of(case: Case, seed: int, effort: Literal["quick", "normal", "thorough"]) -> tuple[float, float, str]:
    """Return value (infinite where no plan is found), bound and proof of one run."""
    weight = "demand" if case.objective == "distance" else None
    try:
        plan = partition(
            case.territory(),
            case.communities,
            objective=case.objective,
            weight=weight,
            balance=case.balance or None,
            bounds=case.bounds,
            work_limit=case.work,
            effort=effort,
            seed=seed,
        )
    except (InfeasibleError, LimitError) as error:
        return float("inf"), 0.0, type(error).__name__
    return plan.value, plan.bound or 0.0, plan.proof


def values() -> None:
    """Values at equal work of three seeds on mixed instances."""
    main([])


def main(arguments: list[str]) -> None:
    """Run the instances whose names begin with one of those given, or all; keep the rows in a file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--effort", choices=("quick", "normal", "thorough"), default="normal")
    parser.add_argument("--out", type=Path, default=Path("results") / "values.csv")
    parser.add_argument("--against", type=Path, help="rows that other code has written")
    asked = parser.parse_args(arguments)
    before: dict[tuple[str, str], float] = {}
    if asked.against:
        with asked.against.open(newline="") as rows:
            before = {(row["instance"], row["seed"]): float(row["value"]) for row in csv.DictReader(rows)}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with asked.out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["instance", "seed", "work_limit", "value", "bound", "proof"])
        for case in cases():
            if asked.names and not any(case.name.startswith(name) for name in asked.names):
                continue
            for seed in range(1, asked.seeds + 1):
                value, bound, proof = value_of(case, seed, asked.effort)
                writer.writerow([case.name, seed, case.work, repr(value), repr(bound), proof])
                file.flush()
                old = before.get((case.name, str(seed)))
                said = f"{case.name}, seed {seed}: {value:,.6g}, bound {bound:,.6g}, {proof}"
                print(f"  {said}{'' if old is None else f'; before {old:,.6g}'}", flush=True)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
