"""The check of a plan finds every fault, and the bounds are bounds."""

import numpy as np
import pulp
import pytest

from optimize.districting.exact.lagrangian_bound import lagrange
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from optimize.solving.solver import relative_gap, solve
from tests.optimize.conftest import best_by_brute_force, grid


def small(objective: str = "moment"):
    return instance_of(
        grid(3, 2, [1, 2, 3, 4, 5, 6]),
        2,
        objective=objective,
        weight=None,
        balance={},
        bounds={"population": (9.0, 12.0)},
    )


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ([0, 0, 0, 0, 0, 0], "communities without units"),
        ([0, 1, 1, 1, 1, 1], "outside"),
        ([0, 0, 0, 1, 1, 1], "outside"),
        ([1, 0, 1, 0, 1, 0], "pieces"),
    ],
)
def test_every_fault_of_a_plan_is_found(label: list[int], said: str) -> None:
    assert said in " ".join(check_plan(small(), np.array(label)).faults)


def test_a_valid_plan_has_no_fault_and_its_value_by_hand() -> None:
    # Row 0: 1 2 3, row 1: 4 5 6. Left column and middle bottom (1 + 4 + 5 = 10) against the rest (2 + 3 + 6 = 11).
    check = check_plan(small(), np.array([0, 1, 1, 0, 0, 1]))
    assert check.faults == ()
    # Seats: unit 3 at (0, 1): 1*1 + 5*1 = 6; unit 2 at (2, 0): 2*1 + 6*1 = 8, unit 5 at (2, 1): 2*2 + 3*1 = 7.
    assert check.value == 13.0
    # Cut: 0-1, 1-4 and 4-5; 3-4, 0-3, 1-2 and 2-5 are kept.
    assert check_plan(small("cut-edges"), np.array([0, 1, 1, 0, 0, 1])).value == 3.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_lagrangian_bound_never_exceeds_the_optimum_and_never_rules_it_out(seed: int) -> None:
    population = np.random.default_rng(seed).integers(1, 9, 9).tolist()
    territory, mean = grid(3, 3, population), sum(population) / 3
    low, high = float(np.ceil(mean * 0.5)), float(np.floor(mean * 1.5))
    best = best_by_brute_force(territory, 3, low, high, "moment")
    if best is None:
        pytest.skip("no plan keeps these bounds")
    instance = instance_of(
        territory, 3, objective="moment", weight=None, balance={}, bounds={"population": (low, high)}
    )
    dual = lagrange(instance, best, rounds=500, deadline=Deadline(10))
    assert dual.bound <= best * (1 + 1e-9)
    assert dual.possible.diagonal().sum() >= 3


def test_a_model_stopped_by_its_time_limit_is_not_called_optimal() -> None:
    rng = np.random.default_rng(1)
    problem = pulp.LpProblem("hard", pulp.LpMaximize)
    x = [problem.add_variable(f"x{i}", cat=pulp.LpBinary) for i in range(60)]
    problem += pulp.lpSum(float(v) * a for v, a in zip(rng.integers(100, 200, 60), x, strict=True))
    for r in range(12):
        weights = rng.integers(100, 300, 60)
        problem += pulp.lpSum(float(w) * a for w, a in zip(weights, x, strict=True)) <= 3000, f"row_{r}"
    outcome = solve(problem, time_limit=0.3)
    assert outcome.proof in ("feasible", "unknown")
    if outcome.objective is not None:
        assert outcome.bound is not None and outcome.bound >= outcome.objective


@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_verdicts_are_those_of_the_model(solver: str) -> None:
    good = pulp.LpProblem("good", pulp.LpMaximize)
    x = good.add_variable("x", 0, 5, cat=pulp.LpInteger)
    good += 2 * x + 1
    good += x <= 3.5, "limit"
    outcome = solve(good, solver=solver)
    assert (outcome.proof, outcome.objective, outcome.bound) == ("optimal", 7, pytest.approx(7))
    bad = pulp.LpProblem("bad", pulp.LpMinimize)
    y = bad.add_variable("y", 0, 1)
    bad += y
    bad += y >= 2, "impossible"
    assert solve(bad, solver=solver).proof == "infeasible"


def test_the_gap_is_relative_and_zero_means_equal() -> None:
    assert relative_gap(10.0, 9.0) == pytest.approx(0.1)
    assert relative_gap(0.0, 0.0) == 0.0
    assert relative_gap(None, 1.0) is None
