"""Phases and stages in order of time: entries that last longer, are put in or taken out, and stages that follow.

A target stage that begins or ends with a phase goes on doing so; what lies inside a phase keeps its share of it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from foundation.errors import InputError, Problem
from foundation.messages import Message

DAY = timedelta(days=1)


@dataclass
class Dated:
    """An entry with its dates.

    Attributes
    ----------
    content : dict
        As in a file.
    start : date
    end : date or None
        Last day; None where it is open-ended.
    """

    content: dict[str, Any]
    start: date
    end: date | None

    @property
    def name(self) -> str:
        """The key by which it is called."""
        return str(self.content.get("name"))

    @property
    def days(self) -> int | None:
        """Calendar days; None where it is open-ended."""
        return None if self.end is None else (self.end - self.start).days + 1

    def shift(self, by: timedelta) -> None:
        """Move both ends."""
        self.start += by
        self.end = None if self.end is None else self.end + by

    def written(self) -> dict[str, Any]:
        """Return it as in a file."""
        return {**self.content, "start": self.start, "end": self.end}


def as_day(value: Any) -> date | None:
    """Return a date, or an ISO date written as text; None for anything else."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date else None


def dated(items: Any) -> list[Dated] | None:
    """Return the entries of a list with their dates; None where it is none, or a date is not one."""
    if not isinstance(items, list):
        return None
    found = []
    for item in items:
        start = as_day(item.get("start")) if isinstance(item, dict) else None
        end = as_day(item.get("end")) if isinstance(item, dict) else None
        if start is None or (end is None and item.get("end") is not None):
            return None
        found.append(Dated(copy.deepcopy(item), start, end))
    return found


def resized(items: list[Dated], position: int, days: int, start: date | None, *, tiles: bool) -> list[Dated]:
    """Return the list with an entry of another length.

    Parameters
    ----------
    items : list of Dated
    position : int
    days : int
    start : date or None
        Where it begins, if not where it did.
    tiles : bool
        The next entry alone gives way, as among target stages; else all that follow keep their distance.
    """
    own = items[position]
    was, own.start = own.end, start or own.start
    own.end = own.start + timedelta(days=days) - DAY
    later = items[position + 1 :]
    if tiles and later:
        later[0].start = own.end + DAY
    elif was is not None:
        for item in later:
            item.shift(own.end - was)
    return items


def taken_out(items: list[Dated], position: int, *, tiles: bool) -> list[Dated]:
    """Return the list without an entry: what follows begins sooner, or the one before it lasts longer (``tiles``).

    Where an open-ended last one goes, the one before it becomes open-ended.
    """
    gone = items[position]
    earlier, later = items[:position], items[position + 1 :]
    if tiles and earlier and earlier[-1].end is not None and earlier[-1].end + DAY == gone.start:
        earlier[-1].end = gone.end
    elif tiles and later and not earlier:
        later[0].start = gone.start
    elif not tiles and later:
        by = gone.start - later[0].start
        for item in later:
            item.shift(by)
    elif earlier and not later and gone.end is None:
        earlier[-1].end = None
    return [*earlier, *later]


def put_in(items: list[Dated], own: Dated, position: int, days: int | None, *, tiles: bool) -> list[Dated]:
    """Return the list with an entry put in: what follows begins later, or the next alone gives way (``tiles``).

    Raises
    ------
    InputError
        It would follow an open-ended entry, or be open-ended with others to follow.
    """
    earlier, later = items[:position], items[position:]
    if earlier and earlier[-1].end is None:
        rule = Message("it cannot come after {name}, which is open-ended", name=earlier[-1].name)
        raise InputError(Problem(own.name, None, rule, Message("Give {name} its days.", name=earlier[-1].name)))
    if days is None and later:
        rule = Message("it needs days: what follows begins when it ends")
        raise InputError(Problem(f"{own.name}.days", None, rule, Message("Write a whole number such as 60.")))
    if earlier and earlier[-1].end is not None:
        own.start = earlier[-1].end + DAY
    elif later:
        own.start = later[0].start
    own.end = None if days is None else own.start + timedelta(days=days) - DAY
    if tiles and later and own.end is not None:
        later[0].start = own.end + DAY
    else:
        for item in later:
            item.shift(timedelta(days=days or 0))
    return [*earlier, own, *later]


def follow(stages: list[Dated], old: list[Dated], new: list[Dated]) -> list[Dated]:
    """Return the stages where the phases have other dates.

    Parameters
    ----------
    stages : list of Dated
        As they lay in the old phases.
    old, new : list of Dated
        The phases before and after.

    Returns
    -------
    list of Dated
        Stages that lay in phases that are left out are left out, too.
    """
    found = []
    for stage in stages:
        if _gone(stage, old, new):
            continue
        start = _mapped(stage.start, old, new)
        end = None if stage.end is None else _last(stage.end, old, new)
        found.append(Dated(stage.content, start, end))
    if found and len(found) < len(stages) and stages[-1].end is None and found[-1].end is not None:
        found[-1].end = None
    return found


def _gone(stage: Dated, old: list[Dated], new: list[Dated]) -> bool:
    """Say whether a stage lay in phases alone that are left out."""
    kept = {phase.name for phase in new}
    met = [p for p in old if p.start <= (stage.end or date.max) and (p.end is None or p.end >= stage.start)]
    return bool(met) and not any(p.name in kept for p in met)


def _last(day: date, old: list[Dated], new: list[Dated]) -> date:
    """Return the last day of a stage: that of a phase if it was, else the one before the next stage would begin."""
    after = {phase.name: phase for phase in new}
    for phase in old:
        if phase.end == day and phase.name in after:
            last = after[phase.name].end
            return last if last is not None else _mapped(day, old, new)
    return _mapped(day + DAY, old, new) - DAY


def _mapped(day: date, old: list[Dated], new: list[Dated]) -> date:
    """Return the day that lies in the new phases where a day lay in the old ones."""
    after = {phase.name: phase for phase in new}
    position = sum(phase.start <= day for phase in old) - 1
    if position < 0:  # before the first phase: it keeps its distance to it
        first = next((p for p in old if p.name in after), None)
        return day if first is None else day + (after[first.name].start - first.start)
    phase = old[position]
    if phase.name not in after:
        return _instead(position, old, after)
    place = after[phase.name]
    into = (day - phase.start).days
    if phase.days is None or place.days is None or into == 0:
        return place.start + timedelta(days=into)
    if into >= phase.days:  # in the gap behind it
        return place.start + timedelta(days=place.days + into - phase.days)
    return place.start + timedelta(days=round(into * place.days / phase.days))


def _instead(position: int, old: list[Dated], after: dict[str, Dated]) -> date:
    """Return the day that stands for every day of a phase that is left out: where the next one begins."""
    for phase in old[position + 1 :]:
        if phase.name in after:
            return after[phase.name].start
    for phase in reversed(old[:position]):
        if phase.name in after:
            last = after[phase.name].end
            return last + DAY if last is not None else after[phase.name].start
    return old[position].start
