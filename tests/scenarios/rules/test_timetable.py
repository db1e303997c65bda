"""Dates: working days of the real calendar, and what holds in each centre on each of them."""

from datetime import date

import pytest

from scenarios import InputError, load_scenario
from scenarios.rules.timetable import timetable
from scenarios.rules.workdays import is_working_day, spring_festival, working_days

PLAN = load_scenario("plan")

# General Office of the State Council, holiday notices for 2021 and 2022.
WORKED = ["2022-01-29", "2022-01-30", "2022-04-02", "2022-04-24", "2022-05-07", "2021-12-13", "2022-02-07"]
OFF = ["2022-01-01", "2022-01-03", "2022-01-31", "2022-02-04", "2022-04-05", "2022-05-04", "2021-12-11"]


@pytest.mark.parametrize("day", WORKED)
def test_make_up_workdays_and_weekdays_are_worked(day: str) -> None:
    assert is_working_day(PLAN.calendar, date.fromisoformat(day))


@pytest.mark.parametrize("day", OFF)
def test_public_holidays_and_weekends_are_off(day: str) -> None:
    assert not is_working_day(PLAN.calendar, date.fromisoformat(day))


def test_the_spring_festival_lies_inside_the_transition() -> None:
    festival = spring_festival(2022)
    transition = PLAN.phases[1]
    assert festival == (date(2022, 1, 31), date(2022, 2, 6))
    assert transition.end is not None and transition.start < festival[0] < festival[1] < transition.end


def test_extra_days_override_the_public_calendar() -> None:
    own = PLAN.calendar.model_copy(
        update={"extra_holidays": (date(2021, 12, 1),), "extra_workdays": (date(2021, 12, 4),)}
    )
    assert working_days(own, 3) == (date(2021, 12, 2), date(2021, 12, 3), date(2021, 12, 4))


def test_a_calendar_without_workdays_is_refused_rather_than_searched_for_ever() -> None:
    off = tuple(date.fromordinal(date(2021, 12, 1).toordinal() + i) for i in range(100))
    broken = PLAN.calendar.model_copy(update={"extra_holidays": off})
    with pytest.raises(InputError, match="no working day"):
        working_days(broken, 3)


@pytest.mark.parametrize("start", [date(1900, 1, 1), date(9999, 12, 1)])
def test_years_without_known_holidays_are_refused(start: date) -> None:
    with pytest.raises(InputError, match="known for"):
        working_days(PLAN.calendar.model_copy(update={"start": start}), 30)


def test_phases_and_stages_switch_on_their_dates() -> None:
    table = timetable(PLAN, ["b", "a"])
    assert table.centres == ("a", "b")
    held = {d: (table.phase_at(0, i), table.stage_at(0, i)) for i, d in enumerate(table.days)}
    names = {d: (p.name if p else None, s.name if s else None) for d, (p, s) in held.items()}
    assert names[date(2021, 12, 10)] == (None, None)
    assert names[date(2021, 12, 13)] == ("adjustment", None)
    assert names[date(2021, 12, 20)] == ("adjustment", None)
    assert names[date(2021, 12, 21)] == ("transition", "stage1")
    assert names[date(2022, 1, 30)] == ("transition", "stage1")
    assert names[date(2022, 2, 7)] == ("transition", "stage2")
    assert names[date(2022, 3, 1)] == ("transition", "stage3")
    assert names[date(2022, 4, 1)] == ("trial_run", "full_service")
    assert table.weights_at(0, 0).CM.fixed == 1.0


def test_waves_delay_every_date_of_a_centre() -> None:
    waves = load_scenario("plan", {"roll_out.centres_per_wave": 1, "roll_out.days_between_waves": 7})
    table = timetable(waves, ["a", "b", "c"])
    assert table.wave == (0, 1, 2)
    assert [s[0] for s in map(table.starts, range(3))] == [date(2021, 12, 11), date(2021, 12, 18), date(2021, 12, 25)]
    first = [list(table.phase[i]).index(0) for i in range(3)]
    assert [table.days[i] for i in first] == [date(2021, 12, 13), date(2021, 12, 20), date(2021, 12, 27)]


def test_the_roll_out_follows_the_stated_order() -> None:
    ordered = load_scenario("plan", {"roll_out.centres_per_wave": 2, "roll_out.order": ["c", "b"]})
    assert timetable(ordered, ["a", "b", "c"]).wave == (1, 0, 0)


def test_an_unknown_centre_in_the_order_is_refused() -> None:
    with pytest.raises(InputError, match=r"roll_out.order\[0\] is x"):
        timetable(load_scenario("plan", {"roll_out.order": ["x"]}), ["a"])


def test_the_waves_that_a_scenario_names_hold() -> None:
    stated = load_scenario("plan", {"roll_out.waves": [["c"], ["a", "b"]], "roll_out.days_between_waves": 7})
    table = timetable(stated, ["a", "b", "c"])
    assert table.wave == (1, 1, 0)
    assert (table.starts(0)[0] - table.starts(2)[0]).days == 7
    even = load_scenario("plan", {"roll_out.centres_per_wave": 2, "roll_out.days_between_waves": 7})
    named = load_scenario("plan", {"roll_out.waves": [["a", "b"], ["c"]], "roll_out.days_between_waves": 7})
    assert (timetable(even, "abc").phase == timetable(named, "abc").phase).all()


def test_waves_that_miss_repeat_or_invent_a_centre_are_refused() -> None:
    wrong = load_scenario("plan", {"roll_out.waves": [["a", "x"], ["a"]]})
    with pytest.raises(InputError) as caught:
        timetable(wrong, ["a", "b"])
    assert [p.path for p in caught.value.problems] == ["roll_out.waves[0][1]", "roll_out.waves[1][0]", "roll_out.waves"]
    with pytest.raises(InputError, match="must not stand beside centres_per_wave"):
        load_scenario("plan", {"roll_out.waves": [["a"]], "roll_out.centres_per_wave": 2})
    with pytest.raises(InputError, match=r"roll_out\.waves\[0\] is empty"):
        load_scenario("plan", {"roll_out.waves": [[]]})
