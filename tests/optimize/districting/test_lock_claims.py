"""What is claimed around locked communities, and at the last digit of bounds, against all connected divisions."""

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np
import pytest

from optimize import partition
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.problem.instance import instance_of, limits
from scenarios import InfeasibleError, InputError, Territory
from tests.optimize.conftest import grid, value_of
from tests.optimize.districting.hostile import valid_plans

ALONE = "That is said of this piece and this number alone."


def split_map(seed: int) -> tuple[Territory, list[str], np.random.Generator]:
    """A small grid of which a column or part of a row is locked, so that the rest may lie in pieces."""
    rng = np.random.default_rng(seed)
    width, height = [(4, 3), (5, 2), (4, 2), (3, 3), (9, 1)][int(rng.integers(5))]
    n, kind = width * height, int(rng.integers(4))
    loads = [rng.integers(1, 9, n), np.ones(n), np.round(rng.lognormal(0, 0.7, n), 1) + 0.1, rng.integers(1, 6, n) / 10]
    column, row = int(rng.integers(width)), int(rng.integers(1, width + 1))
    held = range(row) if rng.random() < 0.3 else range(column, n, width)
    territory = grid(width, height, loads[kind].tolist())
    territory = territory.with_columns({"today": ["lock" if i in held else "free" for i in range(n)]})
    return territory, [territory.unit_ids[i] for i in range(n) if i not in held], rng


def divided(units: list[str], near: dict[str, set[str]]) -> Iterator[list[set[str]]]:
    """Every division into connected parts."""
    if not units:
        yield []
        return
    first, rest = units[0], units[1:]
    for size in range(len(rest) + 1):
        for others in itertools.combinations(rest, size):
            part = {first, *others}
            if hangs_together(part, near):
                for more in divided([u for u in rest if u not in part], near):
                    yield [part, *more]


def hangs_together(part: set[str], near: dict[str, set[str]]) -> bool:
    seen, frontier = set(), [next(iter(part))]
    while frontier:
        unit = frontier.pop()
        if unit not in seen:
            seen.add(unit)
            frontier.extend(near[unit] & part)
    return seen == part


def attacked(seed: int) -> None:
    territory, rest, rng = split_map(seed)
    communities, tolerance = int(rng.integers(2, 6)), float(rng.choice([0, 0.1, 0.3, 0.5, 0.8]))
    objective = ["moment", "cut-edges"][seed % 2]
    pairs = [rng.choice(rest, 2, replace=False).tolist()] if len(rest) > 1 and rng.random() < 0.3 else []
    near: dict[str, set[str]] = {u: set() for u in territory.unit_ids}
    for a, b in territory.edges[["a", "b"]].itertuples(index=False):
        near[a].add(b)
        near[b].add(a)
    load = territory.units["population"]
    mean = float(load.sum()) / communities
    low, high = limits("population", load.to_numpy(float), mean, {"population": tolerance}, {})
    values, least = [], math.inf
    for parts in divided(rest, near):
        if len(parts) != communities - 1 or any(set(pair) <= part for part in parts for pair in pairs):
            continue
        sums = [float(load[sorted(part)].sum()) for part in parts]
        excess = max(max(low - s, s - high) for s in sums) / mean
        least = min(least, max(excess, 0.0))
        if excess <= 1e-9:
            label = {u: "lock" for u in territory.unit_ids} | {u: str(k) for k, p in enumerate(parts) for u in p}
            values.append(value_of(territory, label, objective))
    try:
        plan = partition(
            territory,
            communities,
            objective=objective,
            balance={"population": tolerance},
            current="today",
            lock=["lock"],
            keep_apart=[(a, b) for a, b in pairs],
            effort="quick",
        )
    except InputError:
        return
    except InfeasibleError as refused:
        assert not values
        said = str(refused)
        told = re.search(r"smallest relaxation that admits a plan is ([\d.]+)%", said)
        assert ALONE in said or told is None or abs(float(told[1]) / 100 - least) < 2e-4
        assert ALONE in said or "No relaxation of the bounds" not in said or math.isinf(least)
        return
    assert plan.bound is not None and plan.bound <= min(values) * (1 + 1e-7)
    assert plan.proof != "optimal" or plan.value == pytest.approx(min(values), rel=1e-7)


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_no_claim_around_locks_is_contradicted_by_a_division(first: int) -> None:
    for seed in range(first, first + 25):
        attacked(seed)


def test_a_relaxation_for_one_of_several_pieces_is_not_said_to_help_all() -> None:
    territory = grid(5, 2, [1] * 10).with_columns({"today": ["a", "lock", "b", "b", "b"] * 2})
    asked = {"current": "today", "lock": ["lock"], "balance": {"population": 0.5}}
    with pytest.raises(InfeasibleError, match="however 3 communities are shared") as refused:
        partition(territory, 4, **asked, keep_apart=[("u00", "u05"), ("u02", "u07"), ("u03", "u08"), ("u04", "u09")])
    assert str(refused.value).endswith(ALONE)


def test_bounds_hit_as_the_check_allows_leave_every_number_of_communities_open() -> None:
    territory = grid(7, 1, [30, 30, 150, 15, 15, 15, 15.0]).with_columns({"today": ["a", "a", "lock", *"bbbb"]})
    plan = partition(territory, 4, bounds={"population": (30 + 6e-8, math.inf)}, current="today", lock=["lock"])
    assert plan.value == 60 and plan.proof == "optimal"  # one community left of the lock, and two right of it


@pytest.mark.parametrize("bounds", [(30 + 2e-8, 60), (0, 30 - 2e-8), (30 + 1e-8, 30 + 1e-8)])
def test_sums_that_the_check_accepts_are_not_called_impossible(bounds: tuple[float, float]) -> None:
    assert partition(grid(3, 3, [10.0] * 9), 3, bounds={"population": bounds}).proof == "optimal"
    assert partition(grid(3, 1, [30.0] * 3), 3, bounds={"population": bounds}).proof == "optimal"
    with pytest.raises(InfeasibleError):
        partition(grid(3, 3, [10.0] * 9), 3, bounds={"population": (30 + 2e-7, 60)})


def moved_little(seed: int) -> None:
    """Limits on moves against all divisions: the best of those that keep it, whatever is found."""
    rng = np.random.default_rng(seed)
    width, height = [(4, 2), (3, 3), (7, 1)][seed % 3]
    n, k, objective = width * height, int(rng.integers(2, 4)), ["moment", "cut-edges"][int(rng.integers(2))]
    territory = grid(width, height, [rng.integers(1, 9, n).tolist(), [1] * n][int(rng.integers(2))])
    tolerance, share = float(rng.choice([0.2, 0.5, 0.8])), float(rng.choice([0.0, 0.1, 0.2, 0.4]))
    asked = {"balance": {"population": tolerance}, "objective": objective}
    instance = instance_of(territory, k, weight="population", bounds={}, **asked)
    plans = valid_plans(instance)
    today = plans[int(rng.integers(len(plans)))][1].copy() if plans else rng.integers(0, k, n)
    today[int(rng.integers(n))] = int(rng.integers(k))
    if len(set(today.tolist())) < k:
        return
    limit = Today(today.astype(np.int64), share * float(instance.weight.sum()))
    least = min((value for value, label in plans if keeps(instance, label, limit)), default=math.inf)
    named = territory.with_columns({"today": [f"c{x}" for x in today]})
    try:
        plan = partition(named, k, **asked, current="today", max_moved=share, effort="quick")
    except InfeasibleError:
        assert math.isinf(least)
        return
    assert plan.proof == "optimal" and plan.value == pytest.approx(least, rel=1e-7)
    assert plan.bound == pytest.approx(least, rel=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_no_claim_under_limited_moves_is_contradicted_by_a_division(seed: int) -> None:
    moved_little(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 160, 20))
def test_nor_on_more_maps_with_limited_moves(first: int) -> None:
    for seed in range(first, first + 20):
        moved_little(seed)
