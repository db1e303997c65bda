"""Community boundaries: value, gap and time on real territories that lie beside the project, and growth with size."""

from __future__ import annotations

import csv
import resource
import time
from functools import lru_cache
from pathlib import Path

from optimize import PartitionResult, partition
from optimize.districting.audit import audit
from scenarios import Territory, generate_city, load_territory

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

COUNTIES = {"ME": 2, "NM": 3, "WV": 3, "LA": 6, "AL": 7, "MS": 4, "NE": 3, "IA": 4, "KS": 4}
"""Communities of the states whose counties are kept beside this file."""


def boundaries() -> None:
    """Real territories at five percent, quick and normal effort: value, proven gap, seconds."""
    for name, communities, territory in boundary_cases():
        for objective in ("moment", "cut-edges"):
            for effort in ("quick", "normal"):
                result = partition(
                    territory,
                    communities,
                    objective=objective,
                    balance={"population": 0.05},
                    effort=effort,
                    work_limit=60,
                    jobs=2,
                )
                gap = "none" if result.gap is None else f"{result.gap:.1%}"
                spent = f"{result.work:.1f} units of work, {result.seconds:.1f} s"
                print(f"  {name} {objective} {effort}: {result.value:,.6g}, gap {gap}, {spent}", flush=True)


def proofs() -> None:
    """Both objectives at 0.5 percent, proven: communities of real counties; each proof checked by other code."""
    for objective in ("moment", "cut-edges"):
        for name, communities, territory, bounds in _lumpy():
            result = partition(
                territory,
                communities,
                objective=objective,
                balance=None if bounds else {"population": 0.005},
                bounds=bounds,
                work_limit=60 if objective == "moment" else 600,
                jobs=2,
            )
            gap = "none" if result.gap is None else f"{result.gap:.1%}"
            what = f"{name} {len(territory)}/{communities} {objective}"
            checked = audit(result.certificates, work=60)
            said = f"{checked.verdict} by {checked.findings[-1].method} in {checked.findings[-1].seconds:.1f} s"
            known = beside_published(name, result)
            print(
                f"  {what}: {result.value:,.6g}, {result.proof}, gap {gap}, {result.work:.1f} units,"
                f" {result.seconds:.1f} s; {said}{known}",
                flush=True,
            )


def published_cuts() -> None:
    """Fewest cut edges of published instances at 0.5 percent: found against the proven optimum."""
    for name, communities in (("ID_county", 2), ("OK_county", 5), ("NH_tract", 2), ("ID_tract", 2)):
        if not (DATA / "published" / name).is_dir():
            print(f"  {name}: not beside the project")
            continue
        territory = load_territory(DATA / "published" / name)
        result = partition(
            territory, communities, objective="cut-edges", bounds=PUBLISHED[name], work_limit=600, jobs=2
        )
        known = beside_published(name, result)
        work = f"{result.work:.1f} units of work"
        print(f"  {name}: {result.value:.0f} found; {result.proof}, {result.seconds:.1f} s, {work}{known}", flush=True)


def beside_published(name: str, result: PartitionResult) -> str:
    """Return what is published of an instance, and loudly where that and a proof of ours cannot both be true."""
    best = published_values().get((name.removesuffix("_county"), result.objective))
    if best is None:
        return ""
    said = f"; published {best}"
    if result.value < best or (result.proof == "optimal" and result.value > best):
        verb = "PROVEN" if result.proof == "optimal" else "FOUND"
        said += f"  *** {verb} {result.value:.0f}, PUBLISHED {best}: ONE OF THE TWO IS FALSE ***"
    elif result.bound is not None and result.bound > best:
        said += f"  *** BOUND {result.bound:g} ABOVE THE PUBLISHED {best}: ONE OF THE TWO IS FALSE ***"
    return said


@lru_cache(maxsize=1)
def published_values() -> dict[tuple[str, str], int]:
    """Return the published optimum of every instance and objective (`counties/README.md`)."""
    with (Path(__file__).parent / "counties" / "published.csv").open(newline="") as rows:
        return {(row["state"], row["objective"]): int(row["value"]) for row in csv.DictReader(rows)}


def scale() -> None:
    """Seconds against units, 25 units per community, two attributes at five percent, quick effort."""
    for units in (500, 1_000, 2_000, 5_000, 10_000, 20_000):
        city = generate_city(units=units, centres=max(2, units // 200), seed=5)
        started = time.perf_counter()
        balance = {"population": 0.05, "households": 0.05}
        result = partition(city, units // 25, balance=balance, effort="quick", time_limit=180, jobs=2)
        worst = max(result.worst_deviation.values())
        gap = "no bound" if result.gap is None else f"gap {result.gap:.1%}"
        spent = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  {units:6d} units: {spent:6.1f} s, worst deviation {worst:.1%}, {gap}, {memory:.0f} MB", flush=True)


PUBLISHED = {
    "ID_county": {"population": (779_873.0, 787_709.0)},
    "OK_county": {"population": (746_519.0, 754_021.0)},
    "NH_tract": {"population": (654_944.0, 661_526.0)},
    "ID_tract": {"population": (779_873.0, 787_709.0)},
}
"""Bounds of the published instances (Validi & Buchanan 2022)."""


def _lumpy() -> list[tuple[str, int, Territory, dict[str, tuple[float, float]] | None]]:
    """Return instances of 16 to 105 lumpy units: counties of states, and neighbourhoods in real provinces."""
    found: list[tuple[str, int, Territory, dict[str, tuple[float, float]] | None]] = []
    for name, communities in (("ID_county", 2), ("OK_county", 5)):
        if (DATA / "published" / name).is_dir():
            found.append((name, communities, load_territory(DATA / "published" / name), PUBLISHED[name]))
    for state, communities in COUNTIES.items():
        found.append((state, communities, load_territory(Path(__file__).parent / "counties" / state), None))
    pieces = (
        ("henan", 10, 75, 4),
        ("henan", 50, 105, 4),
        ("henan", 90, 64, 6),
        ("sichuan", 20, 93, 3),
        ("sichuan", 100, 67, 7),
    )
    for province, first, size, communities in pieces:
        if (DATA / province).is_dir():
            found.append((province, communities, _around(load_territory(DATA / province), first, size), None))
    return found


def _around(territory: Territory, first: int, size: int) -> Territory:
    """Return the units nearest to one by steps from neighbour to neighbour."""
    order, graph = [first], territory.graph
    for unit in order:
        near = graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]].tolist()
        order.extend(n for n in near if n not in order and len(order) < size)
    return territory.subset([territory.unit_ids[u] for u in order[:size]])


def boundary_cases() -> list[tuple[str, int, Territory]]:
    """Return the real territories that are divided at five percent, as name, communities, territory."""
    found = []
    if (DATA / "henan").is_dir():
        found.append(("Henan, 182 counties into 18,", 18, load_territory(DATA / "henan")))
    boston = DATA / "boston" / "boston_tracts.gpkg"
    if boston.is_file():
        found.append(
            ("Boston, 506 tracts into 12,", 12, load_territory(boston, id="poltract", rename={"POP": "population"})),
        )
    return found or [("model city, 600 units into 12,", 12, load_territory("model_city"))]
