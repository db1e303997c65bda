"""Goals: what everybody's growth target asks for, day by day, and how much selling lies ahead until it is due (F18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from foundation.arrays import Floats
from scenarios import Scenario, Targets
from scenarios.rules.businesses import businesses_of
from scenarios.rules.timetable import BEFORE, Timetable, demand, timetable


@dataclass(frozen=True)
class Goals:
    """Growth targets of persons, and the time that is left for them.

    Attributes
    ----------
    wanted : ndarray, shape (stages + 1, sellers, businesses) [subscribers]
        First: the time before the first stage, without targets.
    part : ndarray, likewise
        Everybody's part of the company's total; what outlets and halls sell counts for him by it.
    ahead : ndarray, shape (days, centres, businesses) [usual days]
        Demand from a working day, it included, to the end of the target stage in which the centre is.
    incentives : ndarray, shape (days, centres)
        What a centre's own rewards and penalties add to a push (F17).
    """

    wanted: Floats
    part: Floats
    ahead: Floats
    incentives: Floats


def goals_of(scenario: Scenario, table: Timetable, sellers: Sequence[str], targets: Targets | None) -> Goals | None:
    """Return the goals of a study; None where targets move nobody, or nobody has any."""
    rules = scenario.effort
    if targets is None or not rules.follows_targets or not len(sellers):
        return None
    shares = targets.table
    shares = shares[(shares["level"] == "person") & (shares["measure"] == "growth")]
    businesses = businesses_of(scenario)
    wanted = np.zeros((len(scenario.target_stages) + 1, len(sellers), len(businesses)))
    stages = [stage.name for stage in scenario.target_stages]
    for (stage, business), rows in shares.groupby(["stage", "business"], sort=True):
        if stage in stages and business in businesses:
            values = rows.groupby(rows["id"].astype(str))["value"].sum().reindex(list(sellers)).fillna(0.0)
            wanted[stages.index(str(stage)) + 1, :, businesses.index(str(business))] = values.to_numpy(dtype=np.float64)
    total = wanted.sum(axis=1, keepdims=True)
    helped = np.array([False, *(phase.local_incentives for phase in scenario.phases)])[table.phase + 1]
    return Goals(
        wanted,
        wanted / np.where(total > 0, total, 1.0),
        _ahead(scenario, table),
        np.ascontiguousarray(scenario.selling.incentive_lift * helped.T),
    )


def _ahead(scenario: Scenario, table: Timetable) -> Floats:
    """Return the demand from each day to the end of the stage, shape (days, centres, businesses).

    The last stage's target covers the days that the study has; an earlier one may end after them.
    """
    longer = _to_the_end(scenario, table)
    each = demand(scenario, longer)
    result = np.zeros((len(longer.days), len(longer.centres), each.shape[1]))
    for centre, stages in enumerate(longer.stage):
        due = [_due(scenario, table, int(stage), centre) for stage in stages]
        counts = [day <= last for day, last in zip(longer.days, due, strict=True)]
        total = np.zeros(each.shape[1])
        for day in range(len(longer.days) - 1, -1, -1):
            if day + 1 == len(longer.days) or stages[day] != stages[day + 1]:
                total = np.zeros(each.shape[1])
            total = total + each[day] * counts[day]
            result[day, centre] = total
    return np.ascontiguousarray(result[: len(table.days)])


def _due(scenario: Scenario, table: Timetable, stage: int, centre: int) -> date:
    """Return the last day of a centre's target stage: without an own end, as long as the stage lasts."""
    last = table.days[-1]
    if stage == BEFORE or stage == len(scenario.target_stages) - 1:
        return last
    end = scenario.target_stages[stage].end
    return date.max if end is None else end + timedelta(days=_delay(scenario, table, centre))


def _delay(scenario: Scenario, table: Timetable, centre: int) -> int:
    return scenario.roll_out.days_between_waves * table.wave[centre]


def _to_the_end(scenario: Scenario, table: Timetable) -> Timetable:
    """Return the timetable up to the end of every stage that begins within the study."""
    seen = {int(stage) for stage in np.unique(table.stage) if 0 <= stage < len(scenario.target_stages) - 1}
    ends = [scenario.target_stages[stage + 1].start for stage in seen]
    most = max((_delay(scenario, table, centre) for centre in range(len(table.centres))), default=0)
    beyond = (max(ends) + timedelta(days=most) - table.days[-1]).days if ends else 0
    if beyond <= 0:
        return table
    run = scenario.run.model_copy(update={"days": scenario.run.days + beyond})
    return timetable(scenario.model_copy(update={"run": run}), table.centres)
