"""Patches of a timeline: each equals what one would have written out in full, and slips are named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scenarios import InputError, Scenario, load_scenario
from scenarios.loading.load import plain, with_settings

PLAN = load_scenario("plan")
DAY = timedelta(days=1)
NAMES = [phase.name for phase in PLAN.phases]


def written_out(phases: list[dict[str, Any]], stages: list[dict[str, Any]]) -> Scenario:
    """The plan with both lists in full: what every patch has to come to."""
    return with_settings(PLAN, {"phases": phases, "target_stages": stages})


def same(a: Scenario, b: Scenario) -> None:
    assert a.phases == b.phases
    assert a.target_stages == b.target_stages
    assert a.sha256 == b.sha256


def lists() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    content = plain(PLAN)
    return content["phases"], content["target_stages"]


def in_line(phases: list[dict[str, Any]], days: list[int | None], start: date) -> list[dict[str, Any]]:
    """Phases one after the other, each of so many days."""
    for phase, length in zip(phases, days, strict=True):
        phase["start"] = start
        phase["end"] = None if length is None else start + (length - 1) * DAY
        start += (length or 0) * DAY
    return phases


def stages_by_rule(stages: list[dict[str, Any]], start: date, days: int) -> list[dict[str, Any]]:
    """The three stages that fill the transition, by the share of its 101 days that is over; then full service."""
    begins = [start + round(part * days / 101) * DAY for part in (0, 42, 70)]
    for stage, begin, end in zip(stages, begins, [*begins[1:], start + days * DAY], strict=False):
        stage["start"], stage["end"] = begin, end - DAY
    stages[3]["start"] = start + days * DAY
    return stages


@settings(max_examples=20, deadline=None)
@given(first=st.integers(1, 90), second=st.integers(3, 300))
def test_days_keep_what_follows_in_line_and_stages_follow(first: int, second: int) -> None:
    phases, stages = lists()
    begin = date(2021, 12, 11) + first * DAY
    out = written_out(in_line(phases, [first, second, None], date(2021, 12, 11)), stages_by_rule(stages, begin, second))
    asked = {"phases.adjustment.days": first, "phases.transition.days": second}
    same(load_scenario("plan", asked), out)
    same(load_scenario("plan", {"phases": {"transition": {"days": second}, "adjustment": {"days": first}}}), out)
    same(PLAN.with_phase("adjustment", days=first).with_phase("transition", days=second), out) if first == 10 else None


@settings(max_examples=15, deadline=None)
@given(days=st.integers(1, 200), after=st.sampled_from(NAMES[:2]), like=st.sampled_from(NAMES), mixed=st.booleans())
def test_a_phase_put_in_is_like_another_and_moves_what_follows(days: int, after: str, like: str, mixed: bool) -> None:
    phases, stages = lists()
    place = NAMES.index(after) + 1
    new = {**phases[NAMES.index(like)], "name": "pilot", "title": {"en": "Pilot", "zh": "pilot"}, "mixed_teams": mixed}
    lengths: list[int | None] = [10, 101, None]
    whole = in_line(
        [*phases[:place], new, *phases[place:]], [*lengths[:place], days, *lengths[place:]], date(2021, 12, 11)
    )
    moved = {p["name"]: p["start"] for p in whole}
    by = moved["transition"] - date(2021, 12, 21)
    for stage in stages[:3]:
        stage["start"], stage["end"] = stage["start"] + by, stage["end"] + by
    stages[3]["start"] = moved["trial_run"]
    patch = {"after": after, "like": like, "days": days, "mixed_teams": mixed}
    same(load_scenario("plan", {"phases.pilot": patch}), written_out(whole, stages))
    same(load_scenario("plan", {f"phases.pilot.{k}": v for k, v in patch.items()}), written_out(whole, stages))
    same(PLAN.with_phase("pilot", after=after, like=like, days=days, mixed_teams=mixed), written_out(whole, stages))


def test_a_phase_left_out_takes_its_stages_along_and_the_rest_begins_sooner() -> None:
    phases, stages = lists()
    whole = in_line(phases[1:], [101, None], date(2021, 12, 11))
    for stage in stages:
        stage["start"] -= 10 * DAY
        stage["end"] = stage["end"] and stage["end"] - 10 * DAY
    same(PLAN.without_phase("adjustment"), written_out(whole, stages))
    phases, stages = lists()
    stages[3]["start"] = date(2021, 12, 21)
    whole = in_line([phases[0], phases[2]], [10, None], date(2021, 12, 11))
    same(load_scenario("plan", {"phases.transition": None}), written_out(whole, stages[3:]))
    phases, stages = lists()
    phases[1]["end"] = stages[2]["end"] = None
    same(PLAN.without_phase("trial_run"), written_out(phases[:2], stages[:3]))


@settings(max_examples=15, deadline=None)
@given(day=st.dates(date(2005, 1, 1), date(2024, 1, 1)))
def test_another_winter_moves_every_date_by_the_same_days(day: date) -> None:
    phases, stages = lists()
    by = day - date(2021, 12, 11)
    for item in (*phases, *stages):
        item["start"] += by
        item["end"] = item["end"] and item["end"] + by
    out = with_settings(written_out(phases, stages), {"calendar.start": date(2021, 12, 1) + by})
    nested = {**plain(PLAN)["calendar"], "move_to": day}
    del nested["start"]  # an explicit date would have the last word
    for moved in (PLAN.moved_to(day), PLAN.moved_to(str(day)), load_scenario("plan", {"calendar": nested})):
        same(moved, out)
        assert moved.calendar == out.calendar


@settings(max_examples=15, deadline=None)
@given(days=st.integers(1, 69), name=st.sampled_from(["stage1", "stage2"]))
def test_a_stage_of_other_days_is_made_room_for_by_the_next_one_alone(days: int, name: str) -> None:
    phases, stages = lists()
    place = int(name[-1]) - 1
    stages[place]["end"] = stages[place]["start"] + (days - 1) * DAY
    assume(stages[place]["end"] < stages[place + 1]["end"])
    stages[place + 1]["start"] = stages[place]["end"] + DAY
    same(load_scenario("plan", {f"target_stages.{name}.days": days}), written_out(phases, stages))


def test_stages_are_left_out_and_put_in_without_a_hole() -> None:
    phases, stages = lists()
    stages[0]["end"] = stages[1]["end"]
    same(load_scenario("plan", {"target_stages.stage2": None}), written_out(phases, [stages[0], *stages[2:]]))
    phases, stages = lists()
    half = {
        **stages[1],
        "name": "half",
        "title": {"en": "Half", "zh": "half"},
        "start": date(2022, 3, 1),
        "end": date(2022, 3, 10),
    }
    stages[2]["start"] = date(2022, 3, 11)
    patch = {"target_stages.half": {"after": "stage2", "like": "stage2", "days": 10}}
    same(load_scenario("plan", patch), written_out(phases, [*stages[:2], half, *stages[2:]]))


def test_explicit_dates_and_fields_beside_patches_have_the_last_word() -> None:
    made = load_scenario(
        "plan",
        {
            "phases.transition.days": 60,
            "target_stages.stage2.start": date(2022, 1, 20),
            "phases.transition.training": True,
        },
    )
    assert made.phases[1].training and made.target_stages[1].start == date(2022, 1, 20)
    assert made.target_stages[2].end == made.phases[1].end == date(2022, 2, 18)


def test_dates_moved_by_hand_take_the_stages_along() -> None:
    made = load_scenario(
        "plan", {"phases.transition.end": date(2022, 1, 31), "phases.trial_run.start": date(2022, 2, 1)}
    )
    assert [s.start for s in made.target_stages][::3] == [date(2021, 12, 21), date(2022, 2, 1)]
    assert made.target_stages[2].end == date(2022, 1, 31)
    assert all(
        b.start - a.end == DAY for a, b in zip(made.target_stages, made.target_stages[1:], strict=False) if a.end
    )


def test_a_whole_list_stays_as_it_is_written() -> None:
    phases, _ = lists()
    phases[1]["end"] = date(2022, 3, 30)
    made = load_scenario("plan", {"phases": phases})
    assert made.phases[1].end == date(2022, 3, 30)
    assert [s.model_dump() for s in made.target_stages] == [s.model_dump() for s in PLAN.target_stages]


def test_weights_change_by_stage_and_force() -> None:
    made = PLAN.with_weights("stage2", CM={"fixed": 0.7, "mobile": 0.3})
    assert made.target_stages[1].weights.CM.fixed == 0.7
    assert made.target_stages[1].weights.GM == PLAN.target_stages[1].weights.GM
    with pytest.raises(InputError, match="sum to 1"):
        PLAN.with_weights("stage2", GM={"fixed": 0.7, "mobile": 0.7})
    with pytest.raises(InputError, match="stage2"):
        PLAN.with_weights("stage9", GM={"fixed": 0.7, "mobile": 0.3})


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ({"phases.nope.days": 3}, "none is 'nope'"),
        ({"phases.transitoin": None}, "transition"),
        ({"phases.pilot": {"after": "nowhere", "like": "transition"}}, "none is 'nowhere'"),
        ({"phases.pilot": {"after": "adjustment", "like": "nobody"}}, "none is 'nobody'"),
        ({"phases.pilot": {"after": "trial_run", "like": "transition"}}, "open-ended"),
        ({"phases.pilot": {"after": "adjustment", "like": "trial_run"}}, "it needs days"),
        ({"phases.pilot": {"after": "adjustment", "like": "transition", "dyas": 4}}, "dyas"),
        ({"phases.transition.days": 0}, "at least 1"),
        ({"phases.transition.days": 2.5}, "whole number"),
        ({"phases.transition": {"days": 5, "end": date(2022, 1, 1)}}, "does not go with end"),
        ({"phases.transition": 7}, "mapping"),
        ({"calendar.move_to": "soon"}, "calendar.move_to"),
        ({"calendar.move_to": date(9999, 12, 1)}, "calendar.move_to"),
    ],
)
def test_a_patch_that_does_not_fit_is_named(patch: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_scenario("plan", patch)


def test_every_slip_of_a_timeline_is_told_at_once() -> None:
    slips = {"phases.nope.days": 3, "target_stages.none.days": 4, "calendar.move_to": "soon", "trainings.seats": 2}
    with pytest.raises(InputError) as refused:
        load_scenario("plan", slips)
    told = " ".join(str(p) for p in refused.value.problems)
    assert all(part in told for part in ("nope", "none", "move_to", "trainings"))


def test_alternatives_of_the_plan_follow_it_to_another_winter() -> None:
    from scenarios.loading.load import load_alternative

    later = PLAN.moved_to("2026-12-11")
    for name in ("big_bang", "slow", "no_training", "equal_weights", "waves"):
        moved, here = load_alternative(later, name), load_scenario(name)
        by = date(2026, 12, 11) - date(2021, 12, 11)
        assert [p.start - by for p in moved.phases] == [p.start for p in here.phases]
        assert [s.start - by for s in moved.target_stages] == [s.start for s in here.target_stages]
