"""Years whose make-up workdays nobody knows are said, and can be stated."""

from __future__ import annotations

from datetime import date

import pytest

from scenarios import InputError, load_scenario
from scenarios.loading.cautions import findings_met, warnings_of
from scenarios.rules.workdays import is_working_day, unannounced_years

NEXT = {
    "calendar.start": "2027-12-01",
    "run.days": 60,
    "phases.adjustment.start": "2027-12-11",
    "phases.adjustment.end": "2027-12-20",
    "phases.transition.start": "2027-12-21",
    "phases.transition.end": "2028-03-31",
    "phases.trial_run.start": "2028-04-01",
    "target_stages.stage1.start": "2027-12-21",
    "target_stages.stage1.end": "2028-01-31",
    "target_stages.stage2.start": "2028-02-01",
    "target_stages.stage2.end": "2028-02-28",
    "target_stages.stage3.start": "2028-03-01",
    "target_stages.stage3.end": "2028-03-31",
    "target_stages.full_service.start": "2028-04-01",
}
STATED = {"calendar.workdays": ["2028-01-30"], "calendar.holidays": ["2027-12-31", "2028-01-28"]}


def test_a_winter_whose_calendar_is_not_out_is_warned_of_until_it_is_stated() -> None:
    scenario = load_scenario("plan", NEXT)
    assert unannounced_years(scenario.calendar, 60) == (2027, 2028)
    assert any("2027 and 2028, whose make-up workdays" in w.rule for w in warnings_of(scenario))
    stated = load_scenario("plan", NEXT | STATED)
    assert unannounced_years(stated.calendar, 60) == ()
    assert not any("make-up workdays" in w.rule for w in warnings_of(stated))


def test_the_plans_own_winter_is_known() -> None:
    plan = load_scenario("plan")
    assert unannounced_years(plan.calendar, plan.run.days) == ()


def test_stated_days_are_worked_and_off() -> None:
    calendar = load_scenario("plan", NEXT | STATED).calendar
    assert is_working_day(calendar, date(2028, 1, 30)) and date(2028, 1, 30).weekday() == 6
    assert not is_working_day(calendar, date(2028, 1, 28)) and date(2028, 1, 28).weekday() == 4


def test_a_day_cannot_be_both() -> None:
    with pytest.raises(InputError, match="a day is worked or off"):
        load_scenario("plan", {"calendar.workdays": ["2027-01-02"], "calendar.holidays": ["2027-01-02"]})


def test_oddities_of_dates_that_somebody_has_set_are_not_repeated() -> None:
    assert [f.id for f in findings_met(load_scenario("plan"))] == ["F24", "F25", "F26"]
    assert [f.id for f in findings_met(load_scenario("plan", NEXT))] == ["F26"]
