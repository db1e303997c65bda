"""Wishes about units and communities, and the questions a plan must answer, held against brute force and arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimize import ensemble, explain, frontier, numbers, partition, subdivide
from optimize.districting.frontier import bend
from scenarios import InfeasibleError, InputError, LimitError, Territory
from scenarios.rules.workload import composite
from study.cli import main
from tests.optimize.conftest import best_by_brute_force, connected, grid, value_of

QUIET = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
WIDE = {"population": (1.0, 1e9)}


def groups_of(plan: pd.Series) -> list[set[str]]:
    return [set(plan.index[plan == c]) for c in plan.unique()]


@pytest.mark.slow
@QUIET
@given(
    st.lists(st.integers(1, 9), min_size=9, max_size=9),
    st.sampled_from(["moment", "cut-edges"]),
    st.sampled_from([("u00", "u01"), ("u03", "u04", "u05"), ("u04", "u07", "u08")]),
    st.sampled_from([("u02", "u06"), ("u00", "u08"), ("u01", "u02")]),
)
def test_wishes_are_kept_as_well_as_brute_force_can(
    population: list[int], objective: str, together: tuple[str, ...], apart: tuple[str, str]
) -> None:
    territory = grid(3, 3, population)
    low, high = np.ceil(sum(population) / 3 * 0.4), np.floor(sum(population) / 3 * 1.6)

    def allowed(groups: list[set[str]]) -> bool:
        return any(set(together) <= g for g in groups) and not any(set(apart) <= g for g in groups)

    best = best_by_brute_force(territory, 3, low, high, objective, allowed)
    wish = {"keep_together": [together], "keep_apart": [apart]}
    try:
        result = partition(territory, 3, objective=objective, bounds={"population": (low, high)}, time_limit=30, **wish)
    except InfeasibleError:
        assert best is None
        return
    assert best is not None and allowed(groups_of(result.assignment))
    assert result.proof == "optimal" and result.value == pytest.approx(best)
    assert result.value == pytest.approx(value_of(territory, result.assignment.to_dict(), objective))


@pytest.mark.parametrize("effort", ["quick", pytest.param("normal", marks=pytest.mark.slow)])
def test_a_larger_map_keeps_its_wishes(effort: str) -> None:
    territory = grid(8, 8, np.random.default_rng(4).integers(5, 20, 64).tolist())
    wish = {"keep_together": [("u00", "u01", "u09"), ("u36", "u37")], "keep_apart": [("u36", "u44"), ("u62", "u63")]}
    plan = partition(territory, 6, balance={"population": 0.2}, effort=effort, time_limit=20, **wish).assignment
    for group in wish["keep_together"]:
        assert plan[list(group)].nunique() == 1
    for a, b in wish["keep_apart"]:
        assert plan[a] != plan[b]
    assert all(connected(territory, g) for g in groups_of(plan))


def test_no_unit_lies_beyond_the_radius() -> None:
    territory = grid(8, 4, [10] * 32)
    free = partition(territory, 4, balance={"population": 0.3}, effort="quick")
    radius = float(free.scorecard()["radius"].max())
    bound = partition(territory, 4, balance={"population": 0.3}, max_radius=radius, effort="quick")
    assert bound.scorecard()["radius"].max() <= radius * (1 + 1e-9)
    with pytest.raises((InfeasibleError, LimitError), match=r"max_radius|no connected plan"):
        partition(territory, 4, balance={"population": 0.3}, max_radius=0.5, effort="quick", time_limit=5)


def test_locked_communities_stay_and_the_rest_keeps_the_bounds_of_the_whole() -> None:
    today = ["a" if x < 2 else ("b" if x < 5 else "c") for _ in range(4) for x in range(8)]
    territory = grid(8, 4, [10] * 32).with_columns({"today": today})
    result = partition(territory, 4, balance={"population": 0.25}, current="today", lock=["a"], effort="quick")
    locked = set(territory.units.index[territory.units["today"] == "a"])
    assert {u for u, c in result.assignment.items() if c == "a"} == locked
    others = territory.units["population"].groupby(result.assignment).sum().drop("a")
    assert others.between(80 * 0.75, 80 * 1.25).all()
    assert result.request["lock"] == ["a"]


def test_a_lock_that_splits_the_rest_divides_every_piece() -> None:
    today = ["left" if x < 3 else ("middle" if x < 5 else "right") for _ in range(3) for x in range(8)]
    territory = grid(8, 3, [10] * 24).with_columns({"today": today})
    result = partition(territory, 5, balance={"population": 0.5}, current="today", lock=["middle"], effort="quick")
    assert result.communities == 5
    assert all(connected(territory, g) for g in groups_of(result.assignment))
    with pytest.raises(InputError, match="pieces of the rest: 2"):
        partition(territory, 2, balance={"population": 0.5}, current="today", lock=["middle"])


def test_a_group_across_a_locked_border_is_refused_and_one_on_either_side_of_it_is_kept() -> None:
    today = ["left" if x < 3 else "right" for _ in range(3) for x in range(6)]
    territory = grid(6, 3, [10] * 18).with_columns({"today": today})
    wish = {"balance": {"population": 0.5}, "current": "today", "lock": ["left"], "effort": "quick"}
    with pytest.raises(InputError, match="u03; group 2 crosses the border of left, which is locked"):
        partition(territory, 3, keep_together=[("u00", "u01"), ("u02", "u03")], **wish)
    plan = partition(territory, 3, keep_together=[("u01", "u02"), ("u03", "u09")], **wish).assignment
    assert plan["u01"] == plan["u02"] == "left" and plan["u03"] == plan["u09"] != "left"


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_a_pair_to_be_kept_apart_may_be_named_twice(objective: str) -> None:
    territory, wish = grid(4, 2, [10] * 8), {"objective": objective, "balance": {"population": 0.3}}
    once = partition(territory, 3, keep_apart=[("u00", "u01")], **wish)
    again = partition(territory, 3, keep_apart=[("u00", "u01"), ("u00", "u01"), ("u01", "u00")], **wish)
    assert again.proof == "optimal" and again.value == once.value
    assert again.assignment["u00"] != again.assignment["u01"]


def test_a_locked_community_takes_one_fixed_seat() -> None:
    today = ["left" if x < 3 else "right" for _ in range(3) for x in range(6)]
    territory = grid(6, 3, [10] * 18).with_columns({"today": today})
    wish = {"balance": {"population": 0.5}, "current": "today", "lock": ["left"], "effort": "quick"}
    with pytest.raises(InputError, match="fix_seats is u00, u01; left is locked and has one seat"):
        partition(territory, 3, fix_seats=["u00", "u01", "u03"], **wish)
    assert partition(territory, 3, fix_seats=["u00", "u03"], **wish).seats["left"] == "u00"


def test_a_forbidden_border_holds_nothing_together() -> None:
    territory = grid(4, 2, [10] * 8)
    river = [("u01", "u02"), ("u05", "u06")]
    with pytest.raises(InputError, match=r"pieces.*Forbid fewer borders"):
        partition(territory, 2, forbid=river)
    bridge = partition(territory, 2, forbid=river[:1], balance={"population": 0.6}, objective="cut-edges")
    assert bridge.proof == "optimal" and bridge.value == 1


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"keep_together": [("u00", "u08")]}, "adjacent to each other"),
        ({"keep_together": [("u00", "u01"), ("u01", "u02")]}, "groups 1 and 2"),
        ({"keep_together": [("u00", "u99")]}, "no such unit"),
        ({"keep_together": [("u00", "u01")], "keep_apart": [("u00", "u01")]}, "must be kept together"),
        ({"keep_apart": [("u00", "u00")]}, "must be kept together"),
        ({"lock": ["x"]}, "today's communities"),
        ({"lock": ["x"], "current": "today"}, "no such community"),
        ({"max_radius": -1.0}, "above 0 km"),
        ({"forbid": [("u00", "u08")]}, "no adjacency"),
    ],
)
def test_a_wish_that_cannot_be_understood_is_named(wish: dict[str, object], says: str) -> None:
    territory = grid(3, 3, [10] * 9).with_columns({"today": ["a"] * 9})
    with pytest.raises(InputError, match=says):
        partition(territory, 2, **wish)


def test_an_infeasible_request_says_the_smallest_relaxation() -> None:
    territory = grid(3, 1, [10, 20, 10])
    with pytest.raises(InfeasibleError, match=r"smallest relaxation .* 45.00% of the mean on every bound \(proven\)"):
        partition(territory, 2, bounds={"population": (19.0, 24.0)})


def test_why_a_unit_is_here_is_what_arithmetic_says() -> None:
    territory = grid(4, 4, np.random.default_rng(2).integers(5, 15, 16).tolist())
    result = partition(territory, 4, balance={"population": 0.5}, effort="quick")
    label = result.assignment
    border = next(a for a, b in territory.edges[["a", "b"]].itertuples(index=False) if label[a] != label[b])
    table = explain(result, border)
    assert table.iloc[0]["change"] == 0 and table.iloc[0]["allowed"] == "yes"
    for row in table.iloc[1:].itertuples():
        moved = label.to_dict() | {border: row.community}
        assert result.value + row.change == pytest.approx(value_of(territory, moved, "moment"))
    with pytest.raises(InputError, match="no such unit"):
        explain(result, "nowhere")


def test_looser_limits_are_never_worse_and_the_bend_is_farthest_below_the_line() -> None:
    territory = grid(6, 5, np.random.default_rng(5).integers(5, 20, 30).tolist())
    table, plans = frontier(territory, 4, balance={"population": 0.1}, effort="quick", time_limit=10)
    assert len(table) == 5 and table["best"].dropna().is_monotonic_decreasing
    assert (table["worst_deviation"].dropna() <= table["limit"][table["value"].notna()] + 1e-9).all()
    assert len(plans) == table["value"].notna().sum()
    counted, _ = numbers(territory, range(2, 6), balance={"population": 0.3}, effort="quick")
    assert counted["recommended"].sum() == 1
    assert bend(np.array([1.0, 2, 3, 4]), np.array([10.0, 3, 2, 1])) == 1
    with pytest.raises(InputError, match="today's communities"):
        frontier(territory, 4, over="disruption")


def test_random_plans_are_valid_and_repeatable() -> None:
    territory = grid(8, 6, np.random.default_rng(6).integers(5, 20, 48).tolist())
    result = partition(territory, 4, balance={"population": 0.3}, effort="quick")
    drawn, again = (ensemble(result, 60, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(drawn.plans, again.plans)
    assert (drawn.plans["worst_deviation"] <= 0.3 + 1e-9).all()
    assert drawn.plans["value"].nunique() > 10 and 0 <= drawn.better <= 1
    with pytest.raises(InputError, match="bounds and contiguity"):
        ensemble(partition(territory, 4, balance={"population": 0.3}, keep_apart=[("u00", "u01")], effort="quick"))


def test_subdivided_communities_are_nested() -> None:
    territory = grid(8, 6, [10] * 48)
    coarse = partition(territory, 3, balance={"population": 0.2}, effort="quick")
    fine = subdivide(coarse, 7, balance={"population": 0.5}, effort="quick")
    assert fine.communities == 7
    assert (fine.assignment.groupby(fine.assignment).size() > 0).all()
    assert (coarse.assignment.groupby(fine.assignment).nunique() == 1).all()


def test_a_composite_is_the_weighted_share() -> None:
    territory = grid(2, 1, [10, 30], shops=[3.0, 1.0])
    load = composite(territory, "load", {"population": 1.0, "shops": 3.0}).attribute("load")
    assert load.tolist() == pytest.approx([1e6 * (0.25 * 0.25 + 0.75 * 0.75), 1e6 * (0.25 * 0.75 + 0.75 * 0.25)])
    with pytest.raises(InputError, match="at least 0"):
        composite(territory, "load", {"population": -1.0})


def test_the_command_line_keeps_wishes_and_answers_questions(tmp_path: Path) -> None:
    territory: Territory = grid(6, 5, np.random.default_rng(5).integers(5, 20, 30).tolist())
    folder = territory.save(tmp_path / "t")
    (tmp_path / "together.csv").write_text("unit_id,group\nu00,g\nu01,g\n")
    (tmp_path / "apart.csv").write_text("a,b\nu28,u29\n")
    base = ["partition", str(folder), "--balance", "population=0.3", "--effort", "quick", "--quiet"]
    wishes = ["--keep-together", str(tmp_path / "together.csv"), "--keep-apart", str(tmp_path / "apart.csv")]
    assert main([*base, "--communities", "4", *wishes, "--max-radius", "5", "--out", str(tmp_path / "a")]) == 0
    plan = pd.read_csv(tmp_path / "a/plan.csv").set_index("unit_id")["community"]
    assert plan["u00"] == plan["u01"] and plan["u28"] != plan["u29"]
    more = ["--ensemble", "20", "--why", "u07", "--frontier", "balance"]
    assert main([*base, "--communities", "4", *more, "--out", str(tmp_path / "b")]) == 0
    for name in ("why.csv", "ensemble.csv", "ensemble.png", "frontier.csv", "frontier.png"):
        assert (tmp_path / "b" / name).stat().st_size > 0
    assert json.loads((tmp_path / "b/result.json").read_text())["ensemble"]["plans"] == 20
    assert main([*base, "--communities", "3:5", "--out", str(tmp_path / "c")]) == 0
    assert len(pd.read_csv(tmp_path / "c/frontier.csv")) == 3
    assert main([*base, "--communities", "5:3", "--out", str(tmp_path / "d")]) == 2
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("balance", [{}, {"population": 0.9}])
def test_random_plans_keep_bounds_that_are_open_at_one_end(balance: dict[str, float]) -> None:
    territory = grid(6, 6, [1] * 36)
    plan = partition(territory, 4, balance=balance, bounds={"population": (5.0, float("inf"))}, effort="quick")
    drawn = ensemble(plan, 20)
    assert drawn.stuck < 5 and drawn.plans["value"].nunique() > 5


def a_road(places: list[float], population: list[int], locked: int) -> Territory:
    """Units in a row, the one at a position being a locked community."""
    today = ["a" if i < locked else ("L" if i == locked else "b") for i in range(len(places))]
    return grid(len(places), 1, population).with_columns({"x": places, "today": today})


@pytest.mark.slow
def test_pieces_that_locks_leave_share_the_communities_as_is_best() -> None:
    places = [0, 10, 20, 30, 40, 50, 60, 60.1, 60.2, 60.3, 60.4]
    road = a_road(places, [2, 2, 2, 1, 1, 9, 3, 3, 3, 3, 3], 5)
    asked = {"current": "today", "lock": ["L"], "balance": {"population": 0.9}}
    plan = partition(road, 4, **asked)  # by size alone the right piece would be divided, which saves next to nothing
    assert plan.assignment.iloc[:5].nunique() == 2
    assert plan.proof == "optimal"
    best = best_by_brute_force(road, 4, 1, 15, "moment", lambda groups: any(g == {"u05"} for g in groups))
    assert plan.value == pytest.approx(best)


def test_a_piece_that_locks_leave_gets_as_many_communities_as_it_needs() -> None:
    road = a_road(list(range(11)), [1, 1, 1, 1, 1, 9, 3, 3, 2, 2, 2], 5)
    asked = {"current": "today", "lock": ["L"], "balance": {"population": 1.0}}
    plan = partition(road, 4, fix_seats=["u00", "u04"], **asked)
    assert plan.assignment["u00"] != plan.assignment["u04"] and plan.assignment.iloc[6:].nunique() == 1
    heavy = a_road(list(range(6)), [1, 1, 1, 1, 9, 30], 4)  # by size, three communities of one unit
    with pytest.raises(InfeasibleError):
        partition(heavy, 5, **asked)
    long = grid(5, 1, [1] * 5).with_columns({"today": ["L", "L", "L", "b", "b"]})
    with pytest.raises(InputError, match="leave 2 units for the other 3"):
        partition(long, 4, **asked)
    tall = a_road(list(range(6)), [5, 1, 9, 1, 1, 5], 2)
    with pytest.raises(InfeasibleError, match=r"however 3 communities are shared.*one has no plan"):
        partition(tall, 4, keep_apart=[("u00", "u01"), ("u03", "u04"), ("u04", "u05")], **asked)


def test_a_frontier_adds_no_tolerance_to_bounds() -> None:
    territory = grid(4, 3, [1] * 12).with_columns({"today": ["a"] * 4 + ["b"] * 8})
    bounds = {"population": (3.0, 9.0)}
    with pytest.raises(InputError, match="only bounds are given"):
        frontier(territory, 2, bounds=bounds)
    table, _ = frontier(territory, 2, over="disruption", bounds=bounds, current="today", values=[0.0], effort="quick")
    assert table["moved"].tolist() == [0.0]


@pytest.mark.parametrize("backwards", [False, True])
def test_whether_a_plan_keeps_a_radius_does_not_hang_on_the_order_of_its_units(backwards: bool) -> None:
    # Either of two units in the middle is as good a seat; only one of them reaches the far end.
    population = [1, 1, 1, 1, 0]
    row = grid(5, 1, population[::-1] if backwards else population)
    result = partition(row, 1, balance={"population": 1.0}, max_radius=2.0)
    assert (result.proof, result.value) == ("optimal", 6.0)
