"""Tiny maps under every wish, held against all their divisions; and limits on moves, which no model knows."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import partition
from optimize.districting.enumeration.all_divisions import best_of_all, can_be_exhausted, least_excess
from optimize.districting.heuristic.one_start import Found
from optimize.districting.heuristic.side_by_side import agreed
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from scenarios import InfeasibleError, Territory
from tests.optimize.conftest import grid
from tests.optimize.districting.divisions import every_division
from tests.optimize.districting.test_elastic import WISHES, widened, wishful_maps


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.sets(st.sampled_from(WISHES)).flatmap(lambda wishes: wishful_maps(tuple(wishes))), st.floats(0.0, 0.6))
def test_the_best_of_all_divisions_is_found_under_every_wish(instance: Instance, share: float) -> None:
    wide = widened(instance, share)
    checks = [check_plan(wide, label) for label in every_division(wide)]
    values = [check.value for check in checks if not check.faults]
    assert can_be_exhausted(wide)
    label = best_of_all(wide)
    if label is None:
        assert not values
    else:
        assert not check_plan(wide, label).faults and check_plan(wide, label).value == pytest.approx(min(values))
    assert (least_excess(wide) <= 1e-9) == bool(values)


@pytest.mark.parametrize("effort", ["quick", "normal"])
@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_a_tiny_map_with_a_radius_is_proven_or_refused(objective: str, effort: str) -> None:
    territory = grid(5, 2, [1] * 10)
    asked = {"objective": objective, "effort": effort, "balance": {"population": 0.5}}
    assert partition(territory, 3, max_radius=1.5, **asked).proof == "optimal"
    with pytest.raises(InfeasibleError, match="stands in the way is max_radius"):
        partition(territory, 3, max_radius=0.9, **asked)


def test_where_there_is_only_one_division_it_is_proven_or_refused() -> None:
    territory = grid(6, 5, [1] * 30)
    with pytest.raises(InfeasibleError, match="stands in the way is keep_apart"):
        partition(territory, 1, keep_apart=[("u00", "u29")])
    names = territory.with_columns({"today": [f"c{i}" for i in range(30)]})  # c10 sorts before c2
    plan = partition(names, 30, current="today", max_moved=0.0)
    assert plan.proof == "optimal" and (plan.assignment == names.units["today"]).all()


def test_todays_communities_may_lie_in_pieces() -> None:
    territory = grid(6, 6, [1] * 36)
    today = [["a", "b", "c"][(i // 6 + i) % 3] for i in range(36)]
    plan = partition(territory.with_columns({"today": today}), 3, current="today", max_moved=0.7, time_limit=20)
    assert plan.moves()["population"].sum() <= 0.7 * 36


def test_moves_are_not_said_to_be_impossible_that_are_not() -> None:
    territory = grid(4, 2, [1] * 8).with_columns({"today": ["a", "a", "a", "b"] * 2})
    stay = {"current": "today", "max_moved": 0.0}
    assert not len(partition(territory, 2, balance={"population": 0.5}, **stay).moves())
    with pytest.raises(InfeasibleError) as refused:
        partition(territory, 2, balance={"population": 0.2}, **stay, fix_seats=["u00"], keep_apart=[("u00", "u01")],
                  keep_together=[("u01", "u05"), ("u00", "u04", "u05")][:1], max_radius=0.9)  # fmt: skip
    assert "No relaxation of the bounds admits a plan (proven)" in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [12, 60])
def test_a_unit_heavier_than_a_community_is_refused_with_a_relaxation_that_helps(columns: int) -> None:
    territory = grid(columns, 1, [40, *[1] * (columns - 1)])
    mean = (39 + columns) / 4
    low, high = math.ceil(0.9 * mean), math.floor(1.1 * mean)
    with pytest.raises(InfeasibleError, match="unit u00 alone has population 40") as refused:
        partition(territory, 4, balance={"population": 0.1})
    told = re.search(r"smallest relaxation .* is ([\d.]+)% of the mean on every bound \(proven\)", str(refused.value))
    assert told
    by = float(told[1]) / 100 * mean
    assert partition(territory, 4, bounds={"population": (low - by, high + by)}, effort="quick").communities == 4
    with pytest.raises(InfeasibleError):
        partition(territory, 4, bounds={"population": (low - by + 0.02 * mean, high + by - 0.02 * mean)})


def test_a_community_of_today_may_lose_all_its_units_to_those_kept_together() -> None:
    territory = grid(6, 4, [1] * 24).with_columns({"today": ["a"] * 12 + ["b"] + ["c"] * 11})
    asked = {"current": "today", "max_moved": 0.9, "keep_together": [("u06", "u12")], "effort": "quick"}
    plan = partition(territory, 3, balance={"population": 0.2}, **asked)
    assert plan.assignment["u06"] == plan.assignment["u12"]


@pytest.fixture
def twenty() -> Territory:
    """Twenty squares: more than every division is looked at of."""
    return grid(5, 4, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4])


@pytest.mark.slow
def test_cut_edges_under_wishes_are_proven_on_larger_maps(twenty: Territory) -> None:
    asked = {"objective": "cut-edges", "balance": {"population": 0.2}, "work_limit": 60}
    free = partition(twenty, 3, **asked)
    assert free.proof == "optimal"
    for wish in ({"fix_seats": ["u00", "u01"]}, {"keep_apart": [("u00", "u01")]}):
        plan = partition(twenty, 3, **asked, **wish)
        assert plan.proof == "optimal" and plan.value >= free.value
    open_below = partition(twenty, 3, objective="cut-edges", bounds={"population": (-math.inf, 60)}, work_limit=60)
    assert open_below.proof == "optimal"


def test_a_radius_too_small_is_refused_whatever_is_minimised(twenty: Territory) -> None:
    for objective in ("moment", "cut-edges"):
        with pytest.raises(InfeasibleError, match="max_radius"):
            partition(twenty, 3, objective=objective, balance={"population": 0.5}, max_radius=1.2, time_limit=20)


def test_as_many_cut_edges_are_no_agreement_of_starts() -> None:
    def ended(*labels: list[int]) -> list[Found]:
        return [Found(np.array(label), 2.0, True, 0.0) for label in labels]

    assert agreed(ended([0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0]))
    assert not agreed(ended([0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]))
