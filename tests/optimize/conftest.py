"""Small maps that brute force can exhaust, and a town for placement and targets."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimize import PartitionResult
from optimize.districting.audit import audit
from scenarios import Scenario, Territory, generate_city, load_scenario, load_territory
from scenarios.rules.workload import workload

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


AUDITED = 60
"""Units up to which a proof met in a test is looked at by the audit."""


def grid(columns: int, rows: int, population: list[int], **more: list[float]) -> Territory:
    """A map of squares, neighbours side by side, one km wide."""
    names = [f"u{i:02d}" for i in range(columns * rows)]
    places = [(i % columns, i // columns) for i in range(columns * rows)]
    pairs = [
        (names[i], names[j])
        for i in range(len(names))
        for j in (i + 1, i + columns)
        if j < len(names) and (j == i + columns or places[j][1] == places[i][1])
    ]
    units = pd.DataFrame(
        {"x": [float(x) for x, _ in places], "y": [float(y) for _, y in places], "population": population, **more},
        index=pd.Index(names, name="unit_id"),
    )
    return Territory("grid", units, pd.DataFrame(pairs, columns=["a", "b"]))


def published(name: str) -> Territory:
    if not (DATA / name).exists():
        pytest.skip(f"the territory {name} is not beside the project")
    return load_territory(DATA / name)


@pytest.fixture(autouse=True)
def every_proof_is_audited(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test asks for, code that shares nothing with the prover has a short look at what was claimed."""
    if request.module.__name__.endswith(("test_audit", "test_broken_provers")):  # there provers are broken on purpose
        return
    module = sys.modules["optimize.districting.partition"]
    assemble = module._assemble

    def audited(*arguments: Any) -> PartitionResult:
        result = assemble(*arguments)
        if len(result.assignment) <= AUDITED:
            found = audit(result.certificates, work=0.3)
            assert found.verdict != "contradicted", found
        return result

    monkeypatch.setattr(module, "_assemble", audited)


@pytest.fixture(scope="session")
def plan() -> Scenario:
    return load_scenario("plan")


@pytest.fixture(scope="session")
def town(plan: Scenario) -> Territory:
    city = generate_city(units=80, centres=2, seed=11)
    return city.with_columns({"workload": workload(city, plan.indicators)})


def connected(territory: Territory, members: set[str]) -> bool:
    """Flood fill over the list of pairs, independent of the code under test."""
    near: dict[str, set[str]] = {}
    for a, b in territory.edges[["a", "b"]].itertuples(index=False):
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    frontier, seen = [next(iter(members))], set()
    while frontier:
        unit = frontier.pop()
        if unit not in seen:
            seen.add(unit)
            frontier.extend(near.get(unit, set()) & members)
    return seen == members


def value_of(territory: Territory, assignment: dict[str, str], objective: str) -> float:
    """Objective by its definition, independent of the code under test."""
    if objective == "cut-edges":
        return float(
            sum(assignment[a] != assignment[b] for a, b in territory.edges[["a", "b"]].itertuples(index=False))
        )
    total = 0.0
    for community in set(assignment.values()):
        rows = territory.units.loc[[u for u, c in assignment.items() if c == community]]
        points, weight = rows[["x", "y"]].to_numpy(), rows["population"].to_numpy(dtype=float)
        total += min(float((weight * ((points - seat) ** 2).sum(axis=1)).sum()) for seat in points)
    return total


def best_by_brute_force(
    territory: Territory,
    k: int,
    low: float,
    high: float,
    objective: str,
    allowed: Callable[[list[set[str]]], bool] = lambda groups: True,
) -> float | None:
    """Try every labelling; None where no plan is valid."""
    names, best = list(territory.units.index), None
    population = territory.units["population"].to_dict()

    def extend(i: int, label: list[int], used: int) -> None:
        nonlocal best
        if i == len(names):
            if used < k:
                return
            groups = [{names[j] for j in range(len(names)) if label[j] == c} for c in range(k)]
            sums = [sum(population[u] for u in g) for g in groups]
            if not allowed(groups):
                return
            if all(low <= s <= high for s in sums) and all(connected(territory, g) for g in groups):
                value = value_of(territory, {names[j]: str(label[j]) for j in range(len(names))}, objective)
                best = value if best is None else min(best, value)
            return
        for c in range(min(used + 1, k)):
            extend(i + 1, [*label, c], max(used, c + 1))

    extend(0, [], 0)
    return best


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
