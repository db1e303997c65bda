"""Sums of distances, the least radius, any metric: against every plan of small maps, counted by the definition."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import optimize.districting.solve_radius as solve_radius_module
from optimize import partition
from optimize.districting.audit import audit
from optimize.districting.enumeration.all_divisions import best_of_all
from optimize.districting.exact.branch_and_cut import prove_moment
from optimize.districting.exact.column_generation import prove_by_columns
from optimize.districting.exact.lagrangian_bound import lagrange
from optimize.districting.exact.seat_enumeration import prove_by_seats
from optimize.districting.heuristic.search import search
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan
from optimize.districting.solve_radius import solve_radius
from optimize.solving.deadline import Deadline
from tests.campaigns.ask import ask
from tests.campaigns.draw import Course, draw
from tests.campaigns.every_plan import best_plan
from tests.campaigns.question import judge
from tests.optimize.conftest import grid
from tests.optimize.districting.divisions import every_plan
from tests.optimize.districting.test_columns import a_grid
from tests.sizes import size


def travelled(seed: int, objective: str) -> Instance:
    """A grid whose units lie apart by ways that no map shows: there and back differ."""
    rng = np.random.default_rng(seed)
    loads = rng.integers(1, 10, 12).astype(float)
    mean = loads.sum() / 3
    plain = a_grid(4, 3, loads, 3, "moment", [mean * 0.7], [mean * 1.3])
    ways = rng.uniform(0.5, 9.0, (12, 12))
    np.fill_diagonal(ways, 0.0)
    return replace(plain, objective=objective, distances=ways)


def least(instance: Instance) -> float:
    """The best value over all plans, by the definition."""
    power = 2 if instance.objective == "moment" else 1
    cost = instance.weight[:, None] * instance.distances**power

    def worth(label: np.ndarray) -> float:
        members = [np.flatnonzero(label == c) for c in range(instance.communities)]
        return sum(min(float(cost[m, j].sum()) for j in m) for m in members)

    return min(map(worth, every_plan(instance)), default=math.inf)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["moment", "distance"])
@pytest.mark.parametrize("seed", range(size(2, 6)))
def test_every_method_finds_and_proves_the_best_plan_in_any_metric(seed: int, objective: str) -> None:
    instance, until = travelled(seed, objective), Deadline(60.0)
    best = least(instance)
    assert check_plan(instance, best_of_all(instance)).value == pytest.approx(best)
    found = search(instance, effort="normal", seed=seed, deadline=until)
    assert found.valid and found.value == pytest.approx(best)
    dual = lagrange(instance, np.inf, rounds=300, deadline=until)
    assert dual.bound <= best * (1 + 1e-9)
    by_seats = prove_by_seats(instance, dual, None, deadline=until)
    by_columns, _ = prove_by_columns(instance, dual.possible, None, 0.0, dual.prices, deadline=until)
    by_model = prove_moment(instance, dual.possible, None, 0.0, solver="highs", deadline=until)
    for exact in (by_seats, by_columns, by_model):
        assert exact.proof == "optimal" and check_plan(instance, exact.label).faults == ()
        assert check_plan(instance, exact.label).value == pytest.approx(best)


@pytest.mark.slow
def test_a_matrix_of_straight_lines_gives_what_straight_lines_give() -> None:
    rng = np.random.default_rng(5)
    loads = rng.integers(1, 10, 25).astype(float)
    mean = loads.sum() / 4
    straight = a_grid(5, 5, loads, 4, "moment", [mean * 0.8], [mean * 1.2])
    for objective in ("moment", "distance"):
        plain = replace(straight, objective=objective)
        matrix = replace(plain, distances=plain.all_distances())
        until = Deadline(60.0)
        values = [search(one, effort="quick", seed=1, deadline=until).value for one in (plain, matrix)]
        assert values[0] == pytest.approx(values[1], rel=0.02)
        bounds = [lagrange(one, np.inf, rounds=200, deadline=until).bound for one in (plain, matrix)]
        assert bounds[0] == pytest.approx(bounds[1], rel=1e-9) and bounds[0] <= min(values) * (1 + 1e-9)


def test_the_value_of_a_plan_is_its_sum_of_distances() -> None:
    territory = grid(6, 5, [3, 1, 4, 1, 5] * 6)
    plan = partition(territory, 4, objective="distance", balance={"population": 0.2}, effort="quick")
    places = territory.coordinates
    spot = dict(zip(territory.unit_ids, places, strict=True))
    by_hand = sum(
        p * math.dist(spot[u], spot[plan.seats[c]])
        for u, c, p in zip(territory.unit_ids, plan.assignment, territory.attribute("population"), strict=True)
    )
    assert plan.value == pytest.approx(by_hand) == pytest.approx(plan.scorecard()["distance"].sum())
    assert plan.to_dict()["unit"] == "population · km"
    assert audit(plan.certificates).verdict == "confirmed"


def test_scaling_the_map_scales_the_sum_of_distances_and_nothing_else() -> None:
    territory = grid(5, 4, [2, 7, 1, 8] * 5)
    units = territory.units.assign(x=territory.units["x"] * 4, y=territory.units["y"] * 4)
    wider = replace(territory, units=units)
    plans = [partition(t, 4, objective="distance", balance={"population": 0.3}) for t in (territory, wider)]
    assert plans[0].proof == plans[1].proof == "optimal"
    assert plans[1].value == pytest.approx(4 * plans[0].value)


@pytest.mark.parametrize("number", range(4))
def test_two_and_three_attributes_agree_with_brute_force(number: int) -> None:
    question = draw(71, number, Course(units=9, communities=3, attributes=2 + number % 2, objective="distance",
                                       people="even", tolerance=0.25))  # fmt: skip
    best = best_plan(question)
    answer = ask(question, exhaust=False, time_limit=10.0)
    if best is None:
        assert answer.proof == "infeasible"
    else:
        assert answer.proof == "optimal" and answer.value == pytest.approx(float(best[0]))
        assert not judge(question, answer.plan).faults


def minimax(instance: Instance) -> tuple[float, float]:
    """The least radius over all plans, and the least sum of distances of those that keep it, by the definition."""
    away, best = instance.all_distances(), (math.inf, math.inf)
    cost = instance.weight[:, None] * away
    worths = []
    for label in every_plan(instance):
        members = [np.flatnonzero(label == c) for c in range(instance.communities)]
        worths.append((max(min(float(away[m, j].max()) for j in m) for m in members), members))
    radius = min((r for r, _ in worths), default=math.inf)
    for r, members in worths:
        if r <= radius * (1 + 1e-9):
            near = [min(float(cost[m, j].sum()) for j in m if away[m, j].max() <= radius * (1 + 1e-9)) for m in members]
            best = min(best, (radius, sum(near)))
    return best


def request_of(instance: Instance, **more: object) -> Request:
    asked = {"solver": "highs", "effort": "normal", "seed": 1, "time_limit": 60.0, "work_limit": 60.0} | more
    nothing = dict.fromkeys(("within", "current", "max_moved"))
    return Request(instance.communities, "radius", None, {}, {}, fix_seats=(), **nothing, **asked)


@pytest.mark.slow
@pytest.mark.parametrize("exhaust", [True, False])
@pytest.mark.parametrize("metric", ["straight", "ways"])
@pytest.mark.parametrize("seed", range(size(1, 3)))
def test_the_least_radius_and_its_tie_agree_with_all_plans(
    seed: int, metric: str, exhaust: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = travelled(seed, "radius")
    if metric == "straight":
        instance = replace(instance, distances=None)
    if not exhaust:
        monkeypatch.setattr(solve_radius_module, "can_be_exhausted", lambda _: False)
    radius, distance = minimax(instance)
    until = Deadline(60.0)
    solved, _ = solve_radius(instance, request_of(instance), 1, "", None, until)
    assert solved.optimal and solved.value == pytest.approx(radius) and solved.bound == pytest.approx(radius)
    assert solved.tie["optimal"] and solved.tie["value"] == pytest.approx(distance)
    assert check_plan(instance, solved.label).faults == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "wish", ["none", "fix_seats", "keep_together", "keep_apart", "lock", "max_radius", "max_moved"]
)
def test_the_least_radius_agrees_with_brute_force_under_every_wish(wish: str) -> None:
    for number in range(2):
        question = draw(73, number, Course(units=8 + number, communities=3 - number, wish=wish, objective="radius",
                                           planted=True))  # fmt: skip
        best = best_plan(question)
        for way in ({}, {"exhaust": False}, {"exhaust": False, "searching": False}):
            answer = ask(question, work_limit=10.0, **way)
            assert answer.bound <= float(best[0]) * (1 + 1e-9) <= answer.value * (1 + 2e-9)
            assert answer.proof == "optimal"


@pytest.mark.slow
def test_a_radius_is_reported_with_its_seats_and_its_tie() -> None:
    territory = grid(6, 4, [1, 2, 3] * 8)
    plan = partition(territory, 4, objective="radius", balance={"population": 0.2})
    spot = dict(zip(territory.unit_ids, territory.coordinates, strict=True))
    away = [math.dist(spot[u], spot[plan.seats[c]]) for u, c in plan.assignment.items()]
    assert plan.value == pytest.approx(max(away)) == pytest.approx(plan.scorecard()["radius"].max())
    told = plan.to_dict()
    assert told["unit"] == "km" and told["tie"]["objective"] == "distance"
    assert told["tie"]["value"] == pytest.approx(plan.scorecard()["distance"].sum())
    assert audit(plan.certificates).verdict != "contradicted"


def test_the_radius_of_groups_is_the_largest_of_theirs() -> None:
    territory = grid(8, 3, [1] * 24).with_columns({"half": ["w" if i % 8 < 4 else "e" for i in range(24)]})
    asked = {"objective": "radius", "balance": {"population": 0.5}}
    whole = partition(territory, {"w": 3, "e": 1}, within="half", **asked)
    east = territory.subset(territory.units.index[territory.units["half"] == "e"])
    assert whole.value == pytest.approx(partition(east, 1, **asked).value) and whole.proof == "optimal"


def test_a_false_bound_of_a_radius_is_contradicted_by_the_audit() -> None:
    plan = partition(grid(9, 1, [1] * 9), 3, objective="radius", balance={"population": 0.7})
    (certificate,) = plan.certificates
    assert plan.value == 1.0 and audit([certificate]).verdict == "confirmed"
    wide = {**certificate, "plan": [0, 0, 0, 0, 0, 1, 1, 2, 2], "value": 2.0, "bound": 2.0, "tie": None}
    assert audit([wide]).verdict == "contradicted"
    true = {**wide, "bound": 1.0, "proof": "feasible"}
    assert audit([true]).verdict == "confirmed"
    other = audit([{**true, "tie": certificate["tie"]}])  # of a plan whose distances come to less
    assert [found.claim for found in other.findings if found.verdict == "contradicted"] == ["tie"]
    assert audit([{**wide, "value": 1.0}]).verdict == "contradicted"
