"""Target stages follow the phases: what begins or ends with one goes on doing so, what lies inside keeps its share."""

from __future__ import annotations

from datetime import date, timedelta

from scenarios.schema.sequences import DAY, Dated


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
