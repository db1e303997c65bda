"""Dates that move: phases of other lengths, and target stages that keep their place within the phases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from foundation.messages import Message
from scenarios import InputError, Problem, Scenario

LENGTH = "length."


def lengths_of(scenario: Scenario) -> dict[str, int]:
    """Return the length of every phase but the last [calendar days]: a phase lasts until the next begins."""
    phases = scenario.phases
    return {a.name: (b.start - a.start).days for a, b in pairwise(phases)}


def paced(scenario: Scenario) -> bool:
    """Say whether some target stage begins inside a phase that ends, so that it could begin sooner or later."""
    return any(0 < _place(scenario, stage.start)[1] < 1 for stage in scenario.target_stages)


def moved_dates(scenario: Scenario, lengths: Mapping[str, Any], pace: float) -> dict[str, Any]:
    """Return the dates of phases and stages as overrides, for other lengths of the phases.

    A stage that begins when a part f of its phase is over begins when the part f^pace of the new one is over; one
    that begins before the first phase stays, one in the last phase moves with its start.

    Parameters
    ----------
    scenario : Scenario
    lengths : mapping
        ``length.<phase>`` -> calendar days; what is not there keeps its length.
    pace : float

    Raises
    ------
    InputError
        Two stages would begin on the same day.
    """
    now = lengths_of(scenario)
    starts = [scenario.phases[0].start]
    for name, length in now.items():
        starts.append(starts[-1] + timedelta(days=int(lengths.get(f"{LENGTH}{name}", length))))
    stages = [_moved(scenario, stage.start, starts, pace) for stage in scenario.target_stages]
    for k in range(1, len(stages)):
        if stages[k] <= stages[k - 1]:
            name = scenario.target_stages[k].name
            raise InputError(
                Problem(f"target_stages.{name}.start", str(stages[k]), Message("it must lie after the one before"))
            )
    found = _dates("phases", scenario.phases, starts)
    return found | _dates("target_stages", scenario.target_stages, stages)


def _dates(what: str, items: Any, starts: list[date]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for k, item in enumerate(items):
        key = entry(what, k, item.name)
        found[f"{key}.start"] = starts[k]
        if k + 1 < len(items):
            found[f"{key}.end"] = starts[k + 1] - timedelta(days=1)
        elif item.end is not None:
            found[f"{key}.end"] = item.end + (starts[k] - item.start)
    return found


def entry(what: str, position: int, name: str) -> str:
    """Return the dotted key of a phase or stage: by name where the name can stand in a key, else by position."""
    return f"{what}.{name}" if name.isidentifier() else f"{what}[{position}]"


def _place(scenario: Scenario, day: date) -> tuple[int, float]:
    """Return the phase in which a day lies (-1: before the first) and which part of it is over then."""
    phases = scenario.phases
    index = sum(phase.start <= day for phase in phases) - 1
    if index < 0 or index + 1 == len(phases):
        return index, 0.0
    length = (phases[index + 1].start - phases[index].start).days
    return index, (day - phases[index].start).days / length


def _moved(scenario: Scenario, day: date, starts: list[date], pace: float) -> date:
    index, part = _place(scenario, day)
    if index < 0:
        return day
    if index + 1 == len(starts):
        return starts[-1] + (day - scenario.phases[-1].start)
    length = (starts[index + 1] - starts[index]).days
    return starts[index] + timedelta(days=round(length * part**pace))
