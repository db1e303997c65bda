"""No proof by a model of units and seats, or of labels, that the list of all plans contradicts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from foundation.arrays import Ints
from optimize import partition
from optimize.districting.exact import branch_and_cut as exact
from optimize.districting.exact.branch_and_cut import Exact, prove_cuts, prove_moment
from optimize.districting.formulations import moment
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from optimize.solving.solver import Solution
from scenarios import Territory
from tests.optimize.districting.hostile import an_instance, hostile_map, valid_plans
from tests.sizes import size

LONG = 60.0


def proven(instance: Instance, incumbent: Ints | None = None, solver: str = "highs") -> Exact:
    deadline = Deadline(LONG)
    if instance.objective == "cut-edges":
        return prove_cuts(instance, incumbent, 0.0, solver=solver, deadline=deadline)
    possible = np.sqrt(instance.squared_distances()) <= instance.radius * (1 + 1e-9)
    return prove_moment(instance, possible, incumbent, 0.0, solver=solver, deadline=deadline)


def holds(instance: Instance, claim: Exact, plans: list[tuple[float, Ints]]) -> None:
    """Every claim against every plan: what is optimal, what is impossible, and that no plan lies below the bound."""
    best = plans[0][0] if plans else np.inf
    assert claim.proof != "infeasible" or not plans
    assert claim.bound <= best * (1 + 1e-7)
    if claim.proof == "optimal":
        assert claim.label is not None
        check = check_plan(instance, claim.label)
        assert not check.faults and check.value <= best * (1 + 1e-7)


def attacked(seed: int, solver: str) -> None:
    instance, rng = hostile_map(seed)
    if instance.objective == "cut-edges":  # which is minimised without the radius
        instance = replace(instance, radius=np.inf)
    plans = valid_plans(instance)
    incumbent = plans[int(rng.integers(len(plans)))][1] if plans and rng.random() < 0.5 else None
    holds(instance, proven(instance, incumbent, solver), plans)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 80, 20))
def test_no_claim_on_a_hostile_map_is_contradicted_by_a_plan(first: int) -> None:
    for seed in range(first, first + 20):
        attacked(seed, "highs")


def test_nor_with_another_solver() -> None:
    for seed in range(1000, 1010):
        attacked(seed, "cbc")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(2000, size(2200, 2600), 50))
def test_nor_on_many_more_of_them(first: int) -> None:
    for seed in range(first, first + 50):
        attacked(seed, "highs" if seed % 10 else "cbc")


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e9])
def test_a_plan_that_hits_its_bounds_as_the_check_allows_is_not_called_impossible(objective: str, scale: float) -> None:
    loads, row = np.array([1.1, 2.3, 3.3, 2.7, 0.6]) * scale, [(i, i + 1) for i in range(4)]
    mean = loads.sum() / 2
    low, high = loads[:2].sum() + 0.9e-9 * mean, loads[2:].sum() - 0.9e-9 * mean
    points = [(i, 0) for i in range(5)]
    instance = an_instance(points, row, loads, 2, objective, [low], [high], loads)
    plans = valid_plans(instance)
    assert [label.tolist() for _, label in plans] == [[0, 0, 1, 1, 1]]
    for incumbent in (None, plans[0][1]):
        claim = proven(instance, incumbent)
        assert claim.proof == "optimal"
        holds(instance, claim, plans)


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_a_solver_that_denies_the_plan_in_hand_proves_nothing(objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = [(i, i + 1) for i in range(5)]
    instance = an_instance([(i, 0) for i in range(6)], row, np.ones(6), 2, objective, [2], [4], np.ones(6))
    plans = valid_plans(instance)
    monkeypatch.setattr(exact, "solved_within", lambda *_: Solution("infeasible", None, None, 0.0, "highs"))
    assert proven(instance, plans[-1][1]).proof == "feasible"
    assert proven(instance).proof == "infeasible"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("known", [True, False])
def test_towns_far_apart_are_divided_as_exactly_as_one(seed: int, known: bool) -> None:
    """The moment inside them is next to nothing of what a wrong town would cost, and still decides."""
    rng, units = np.random.default_rng(seed), 9
    points = np.column_stack([np.arange(units) // 3 * 100.0, np.zeros(units)]) + rng.random((units, 2)) * 1e-3
    edges = [(i, j) for i in range(units) for j in (i + 1, i + 2) if j < units]
    instance = an_instance(points, edges, np.ones(units), 5, "moment", [1], [3], rng.integers(1, 9, units))
    plans = valid_plans(instance)
    claim = proven(instance, plans[3][1] if known else None)
    assert claim.proof == "optimal"
    holds(instance, claim, plans)


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_what_a_solver_says_beyond_its_tolerances_is_no_bound(objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edges = [(i, i + 1) for i in range(5)]
    instance = an_instance([(i, 0) for i in range(6)], edges, np.ones(6), 2, objective, [2], [4], np.ones(6))
    best = valid_plans(instance)[0][0]
    scale = moment.build(instance, np.ones((6, 6), dtype=bool)).scale if objective == "moment" else 1.0
    told = Solution("unknown", None, best / scale + 5e-6, 0.0, "highs")
    monkeypatch.setattr(exact, "solved_within", lambda *_: told)
    assert 0.9 * best <= proven(instance).bound <= best


@pytest.mark.parametrize("seed", [0, 2])
def test_a_request_that_asks_for_more_has_no_better_optimum(seed: int) -> None:
    """Six towns far apart: without the wish the plan was once called optimal, and the wish found a better one."""
    rng, names, town = np.random.default_rng(seed), [f"u{i:02d}" for i in range(18)], np.arange(18) // 3
    x, y = town % 3 * 100 + rng.random(18) * 1e-2, town // 3 * 100 + rng.random(18) * 1e-2
    units = pd.DataFrame({"x": x, "y": y, "population": rng.integers(1, 9, 18)}, index=pd.Index(names, name="unit_id"))
    pairs = [(names[i], names[j]) for i in range(18) for j in (i + 1, i + 2) if j < 18]
    territory = Territory("towns", units, pd.DataFrame(pairs, columns=["a", "b"]))
    asked = {"bounds": {"population": (1, 24)}, "effort": "quick"}
    free, wished = partition(territory, 9, **asked), partition(territory, 9, **asked, keep_apart=[("u00", "u17")])
    assert free.proof == wished.proof == "optimal"
    assert free.value <= wished.value * (1 + 1e-7)
