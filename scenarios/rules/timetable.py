"""Which phase and which target stage holds in each centre on each working day, and what demand the season brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message
from scenarios.rules.businesses import market_rules
from scenarios.rules.workdays import spring_festival, working_days
from scenarios.schema.appraisal import ForceWeights
from scenarios.schema.organisation import Phase, TargetStage
from scenarios.schema.scenario import Scenario

BEFORE = -1
"""Index of the time before the first phase or stage."""


@dataclass(frozen=True)
class Timetable:
    """The merger's dates, centre by centre.

    A phase or stage lasts until the next one begins, so a gap between two never undoes the merger.

    Attributes
    ----------
    scenario : Scenario
    days : tuple of date
        Working days of the study.
    centres : tuple of str
        Sorted by name.
    wave : tuple of int
        Wave in which each centre starts, from 0.
    phase, stage : ndarray of int, shape (centres, days)
        Index into ``scenario.phases`` and ``scenario.target_stages``; -1 before the first.
    """

    scenario: Scenario
    days: tuple[date, ...]
    centres: tuple[str, ...]
    wave: tuple[int, ...]
    phase: NDArray[np.int64]
    stage: NDArray[np.int64]

    def phase_at(self, centre: int, day: int) -> Phase | None:
        """Return the phase of a centre on a working day (both by position), None before the merger."""
        index = int(self.phase[centre, day])
        return None if index == BEFORE else self.scenario.phases[index]

    def stage_at(self, centre: int, day: int) -> TargetStage | None:
        """Return the target stage of a centre on a working day (both by position), None before the first."""
        index = int(self.stage[centre, day])
        return None if index == BEFORE else self.scenario.target_stages[index]

    def weights_at(self, centre: int, day: int) -> ForceWeights:
        """Return the appraisal weights in force in a centre on a working day (both by position)."""
        stage = self.stage_at(centre, day)
        return self.scenario.weights_before if stage is None else stage.weights

    def starts(self, centre: int) -> tuple[date, ...]:
        """Return the calendar day on which each phase starts in a centre (by position)."""
        delay = timedelta(days=self.scenario.roll_out.days_between_waves * self.wave[centre])
        return tuple(phase.start + delay for phase in self.scenario.phases)


def timetable(scenario: Scenario, centres: Iterable[str]) -> Timetable:
    """Lay the scenario's dates over the working days of every centre.

    Parameters
    ----------
    scenario : Scenario
    centres : iterable of str
        Names of the marketing centres; order does not matter.

    Raises
    ------
    InputError
        ``roll_out.order`` names a centre that does not exist or names one twice.
    """
    names = tuple(sorted(set(centres)))
    wave = _waves(scenario, names)
    days = working_days(scenario.calendar, scenario.run.days)
    shape = (len(names), len(days))
    phase, stage = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    for i in range(len(names)):
        delay = timedelta(days=scenario.roll_out.days_between_waves * wave[i])
        phase[i] = _running(days, [p.start + delay for p in scenario.phases])
        stage[i] = _running(days, [s.start + delay for s in scenario.target_stages])
    return Timetable(scenario, days, names, wave, phase, stage)


def _running(days: Sequence[date], starts: Sequence[date]) -> NDArray[np.int64]:
    """Return for each day the index of the last start that has come, -1 before the first."""
    ordinals = np.array([start.toordinal() for start in starts], dtype=np.int64)
    return np.searchsorted(ordinals, [day.toordinal() for day in days], side="right").astype(np.int64) - 1


def _waves(scenario: Scenario, names: tuple[str, ...]) -> tuple[int, ...]:
    roll_out = scenario.roll_out
    if roll_out.waves:
        return _stated_waves(roll_out.waves, names)
    problems = [
        Problem(
            f"roll_out.order[{i}]",
            name,
            Message("it must be a centre of the territory, named once"),
            Message("The centres are {names}.", names=Joined(names)),
        )
        for i, name in enumerate(roll_out.order)
        if name not in names or name in roll_out.order[:i]
    ]
    if problems:
        raise InputError(problems)
    order = [*roll_out.order, *(name for name in names if name not in roll_out.order)]
    size = roll_out.centres_per_wave or max(len(order), 1)
    return tuple(order.index(name) // size for name in names)


def _stated_waves(waves: Sequence[Sequence[str]], names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the wave of each centre where the scenario names the centres of every wave."""
    listed = [(w, k, name) for w, wave in enumerate(waves) for k, name in enumerate(wave)]
    problems = [
        Problem(
            f"roll_out.waves[{w}][{k}]",
            name,
            Message("it must be a centre of the territory, named once"),
            Message("The centres are {names}.", names=Joined(names)),
        )
        for position, (w, k, name) in enumerate(listed)
        if name not in names or name in [other for _, _, other in listed[:position]]
    ]
    found = {name: w for w, _, name in reversed(listed)}
    problems += [
        Problem("roll_out.waves", None, Message("{name} is in no wave", name=name), Message("Add it to one."))
        for name in names
        if name not in found
    ]
    if problems:
        raise InputError(problems)
    return tuple(found[name] for name in names)


def demand(scenario: Scenario, table: Timetable) -> NDArray[np.float64]:
    """Return season times festival trade of every working day as a factor, shape (days, businesses)."""
    seasons, festival = [rules.season for rules in market_rules(scenario)], scenario.market.spring_festival
    result = np.ones((len(table.days), len(seasons)))
    for i, day in enumerate(table.days):
        result[i] = [season[day.month - 1] for season in seasons]
        for dates in (spring_festival(year) for year in (day.year - 1, day.year, day.year + 1)):
            if dates is None:
                continue
            if dates[0] - timedelta(days=festival.before_days) <= day < dates[0]:
                result[i] *= festival.before
            elif dates[1] < day <= dates[1] + timedelta(days=festival.after_days):
                result[i] *= festival.after
    return result
