"""Effort follows targets: the rule by its closed form, and what it does to a day and to a study."""

from dataclasses import fields, replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timelines import totals
from scenarios import Scenario, Targets, generate_city, load_scenario
from scenarios.rules.effort import effort
from scenarios.rules.timetable import demand, timetable
from sim import Inputs
from sim.run import Run, simulate_world
from sim.settlement.striving import strive
from sim.world.goals import _ahead
from study.evaluation.decisions import decide
from study.evaluation.simulate import inputs_of

RULES = (0.25, 0.1, 0.15, 1.75)
DAYS = 110


@given(st.floats(-5, 50), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 3))
def test_effort_lies_between_its_ends_and_never_rises_once_a_target_is_out_of_reach(
    asked: float, push: float, slacken: float, give_up: float, further: float
) -> None:
    hopeless = 1 + push + further + 1e-3
    rules = (push, slacken, give_up, hopeless)
    assert 1 - max(slacken, give_up) - 1e-12 <= effort(asked, *rules) <= 1 + push + 1e-12
    assert effort(1.0, *rules) == 1.0
    if asked > 1 + push:
        assert effort(asked + 0.1, *rules) <= effort(asked, *rules) + 1e-9
    elif asked > 1 - slacken:
        assert effort(asked, *rules) == pytest.approx(asked)


def test_effort_is_continuous_up_to_the_hopeless() -> None:
    asked = np.linspace(0, 3, 30001)
    steps = np.abs(np.diff([effort(float(x), *RULES) for x in asked]))
    assert steps.max() < 1e-3


def _strive(asked: tuple[float, float], weight: tuple[float, float], **changes: Any) -> np.ndarray:
    """One seller who sells 2 and 1 on a day of demand 1.0 and 0.5, with 40 and 30 of it ahead, 10 and 5 sold so far."""
    bring = np.array([2.0 * 40 / 1.0, 1.0 * 30 / 0.5])
    others, pace, part = np.array([[0, 0], [20, 40]]), np.array([0.5, 1.0]), np.full((2, 1, 2), 0.25)
    credit = 0.25 * (others[1] + pace * [40, 30])
    wanted = np.zeros((2, 1, 2))
    wanted[1, 0] = np.array(asked) * bring + np.array([10, 5]) + credit
    given: dict[str, Any] = {
        "usual": np.array([[2.0, 1.0]]),
        "demand": np.array([1.0, 0.5]),
        "ahead": np.array([[40.0, 30.0]]),
        "centre": np.array([0]),
        "stage": np.array([1]),
        "wanted": wanted,
        "part": part,
        "own": np.array([[[0, 0], [10, 5]]]),
        "others": others,
        "pace": pace,
        "weight": np.array([weight]),
        "incentives": np.zeros(1),
        "rules": RULES,
        "effort": np.full((1, 2), np.nan),
    }
    given |= changes
    strive(*given.values())
    return np.asarray(given["effort"][0])


def test_a_target_at_what_he_brings_anyway_changes_nothing() -> None:
    np.testing.assert_allclose(_strive((1.0, 1.0), (0.5, 0.5)), [1, 1])


def test_just_above_raises_effort_far_above_lowers_it_and_a_safe_one_lets_it_slacken() -> None:
    np.testing.assert_allclose(_strive((1.1, 9.0), (0.5, 0.5)), [1.1, 0.85])
    np.testing.assert_allclose(_strive((0.97, 0.2), (0.5, 0.5)), [0.97, 0.9])


def test_a_business_moves_a_seller_as_much_as_it_counts() -> None:
    np.testing.assert_allclose(_strive((1.2, 1.2), (0.8, 0.2)), [1.2, 1.05])
    np.testing.assert_allclose(_strive((1.2, 9.0), (1.0, 0.0)), [1.2, 1.0])


def test_incentives_add_to_a_push_and_keep_going_who_is_behind_or_ahead() -> None:
    helped = {"incentives": np.array([0.05])}
    np.testing.assert_allclose(_strive((1.3, 99.0), (0.5, 0.5), **helped), [1.3, 0.9])
    np.testing.assert_allclose(_strive((0.1, 1.0), (0.5, 0.5), **helped), [0.95, 1.0])


def test_before_the_first_stage_nobody_has_a_target() -> None:
    np.testing.assert_array_equal(_strive((3.0, 3.0), (0.5, 0.5), stage=np.array([0])), [1, 1])


@lru_cache(maxsize=1)
def studied() -> Inputs:
    plan = load_scenario("plan", {"run.days": DAYS})
    return inputs_of(plan, decide(plan, generate_city(units=60, centres=2, seed=5), seed=1))


def with_targets(factor: float | None = None) -> Run:
    """Run the plan with everybody's targets of stage 3 at a multiple of what he brings at usual effort; None: off."""
    base = _at_usual_effort()
    if factor is None:
        return base
    inputs, goals = studied(), studied().world().goals
    assert goals is not None
    other = base.records.other_growth
    own = base.records.seller_growth.swapaxes(0, 1).astype(np.float64)
    wanted = np.zeros_like(goals.wanted)
    wanted[3] = own[3] * factor
    part = np.zeros_like(goals.part)
    assert other[3].sum() > 0
    return simulate_world(replace(inputs.world(), goals=replace(goals, wanted=wanted, part=part)), 1, 0)


@lru_cache(maxsize=1)
def _at_usual_effort() -> Run:
    known = studied().world()
    assert known.goals is not None
    return simulate_world(replace(known, goals=replace(known.goals, wanted=np.zeros_like(known.goals.wanted))), 1, 0)


def in_stage_3(run: Run) -> tuple[float, float]:
    days = run.world.table.stage[0] == 2
    return float(run.records.sales[days].sum()), float(run.records.effort[days].mean())


@pytest.mark.slow
def test_targets_at_capacity_change_little_just_above_sells_more_and_far_above_less() -> None:
    usual, at, above, far = (in_stage_3(with_targets(factor)) for factor in (None, 1.0, 1.15, 5.0))
    assert usual[1] == 1.0
    assert abs(at[1] - 1.0) < 0.05 and abs(at[0] / usual[0] - 1) < 0.03  # everybody has his own luck
    assert above[1] > at[1] and far[1] < 0.9
    assert above[0] > usual[0] > far[0]


def test_what_lies_ahead_of_a_stage_does_not_hang_on_where_the_study_ends() -> None:
    plan = load_scenario("plan", {"run.days": 60})
    longer = load_scenario("plan", {"run.days": 120})
    names = ["a", "b"]
    short_table, long_table = timetable(plan, names), timetable(longer, names)
    short, long = _ahead(plan, short_table), _ahead(longer, long_table)
    before_last = short_table.stage[0] < 3
    inside = before_last & (short_table.stage[0] >= 0)
    np.testing.assert_allclose(short[inside], long[:60][inside])
    first = short_table.days.index(date(2022, 2, 7))
    in_february = [k for k, day in enumerate(long_table.days) if date(2022, 2, 7) <= day <= date(2022, 2, 28)]
    np.testing.assert_allclose(short[first, 0], demand(longer, long_table)[in_february].sum(axis=0))


@pytest.mark.slow
def test_targets_move_effort_and_switched_off_nobody(plan: Scenario) -> None:
    inputs = studied()
    moved = simulate_world(inputs.world(), 1, 0)
    off = load_scenario("plan", {"run.days": DAYS, "effort.follows_targets": False})
    still = simulate_world(replace(inputs, scenario=off).world(), 1, 0)
    assert (still.records.effort == 1).all() and still.world.goals is None
    stages = moved.world.table.stage[0]
    assert (moved.records.effort[stages < 0] == 1).all()
    assert (moved.records.effort[stages >= 0] != 1).any()
    without = simulate_world(replace(inputs, scenario=off, targets=None).world(), 1, 0)
    assert _digest(still) == _digest(without)


@pytest.mark.slow
def test_a_rule_without_any_push_is_no_rule() -> None:
    """With nothing to add and nothing to take off, following targets gives the same bytes as not following them."""
    nothing = {f"effort.{name}": 0.0 for name in ("push", "slacken", "give_up")}
    runs = []
    for follows in (True, False):
        numbers = {"run.days": 40, "selling.incentive_lift": 0.0, "effort.follows_targets": follows, **nothing}
        runs.append(simulate_world(replace(studied(), scenario=load_scenario("plan", numbers)).world(), 1, 0))
    assert _digest(runs[0]) == _digest(runs[1])


def _digest(run: Run) -> list[Any]:
    values = [getattr(run.records, item.name) for item in fields(run.records)]
    return [value.tobytes() if isinstance(value, np.ndarray) else value for value in values]


@pytest.mark.slow
def test_the_totals_are_about_what_no_merger_brings(plan: Scenario) -> None:
    """On the embedded city, over a year."""
    found = totals("model_city", replications=1)
    for business in ("fixed", "mobile"):
        rules = getattr(plan.targets, business)
        assert found[business, "growth"] == pytest.approx(rules.growth, rel=0.05)
    assert found["mobile", "channel"] == pytest.approx(plan.targets.mobile.channel, rel=0.05)


@pytest.mark.slow
def test_targets_are_read_by_person_stage_and_business() -> None:
    goals, table = studied().world().goals, studied().targets
    assert goals is not None and isinstance(table, Targets)
    rows = table.table
    rows = rows[(rows["level"] == "person") & (rows["measure"] == "growth")]
    for index, stage in enumerate(studied().scenario.target_stages):
        for b, business in enumerate(("fixed", "mobile")):
            chosen = rows[(rows["stage"] == stage.name) & (rows["business"] == business)]
            assert goals.wanted[index + 1, :, b].sum() == pytest.approx(chosen["value"].sum())
    assert goals.part[1:].sum(axis=1) == pytest.approx(np.ones((4, 2)))
