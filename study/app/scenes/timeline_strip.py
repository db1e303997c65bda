"""Phases and target stages as bars over the days of the study, as plain values for `timeline_strip.js`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from scenarios import Scenario
from scenarios.rules.workdays import working_days
from scenarios.schema.organisation import Phase
from study.plotting.theme import PHASES
from study.presentation.language import Language

LONGEST = 400
"""Calendar days that a phase can be given."""

NARROW = 0.1
"""Part of the study that is too short for the name of a phase."""

STAGE = "#dfe4e8"


def strip(scenario: Scenario, say: Language, known: Sequence[str] = ()) -> dict[str, Any]:
    """Return the strip of a scenario.

    Parameters
    ----------
    scenario : Scenario
    say : Language
    known : sequence of names
        Phases whose colours are given by their order here, so that a phase keeps its colour on every timeline.

    Returns
    -------
    dict
        ``whole`` days, ``phases`` and ``stages`` (name, title, from, to [days from the first], fill, words; ``days``
        where the length can be set), ``ends``, ``longest``, ``unit``, ``hint``; ``none`` alone without phases.
    """
    if not scenario.phases:
        return {"none": say("app.no_phases")}
    days = working_days(scenario.calendar, scenario.run.days)
    first, last = days[0], days[-1] + timedelta(days=1)
    order = list(dict.fromkeys([*known, *(phase.name for phase in scenario.phases)]))
    phases: list[dict[str, Any]] = []
    for phase in scenario.phases:
        if phase.start < last:
            fill = PHASES[1 + order.index(phase.name) % (len(PHASES) - 1)]
            shown = _bar(phase.title.say(say.code), phase.start, phase.end, first, last, fill, say)
            lasts = {} if phase.end is None else {"days": length(phase)}
            wide = shown["to"] - shown["from"]
            inside = not phases and wide < NARROW * (last - first).days and shown["from"] > wide / 2
            phases.append({"name": phase.name, **shown, **lasts, "narrow": inside})
    stages = [
        _bar(stage.title.short(say.code), stage.start, stage.end, first, last, STAGE, say)
        for stage in scenario.target_stages
        if stage.start < last
    ]
    return {
        "whole": (last - first).days,
        "phases": phases,
        "stages": stages,
        "ends": [say.day(first), say.day(days[-1])],
        "longest": LONGEST,
        "unit": say("app.days", days="{days}"),
        "hint": say("app.drag"),
    }


def length(phase: Phase) -> int:
    """Return the calendar days of a phase that has an end."""
    assert phase.end is not None
    return (phase.end - phase.start).days + 1


def _bar(
    title: str, start: date, end: date | None, first: date, last: date, fill: str, say: Language
) -> dict[str, Any]:
    until = say("app.open_end") if end is None else say.day(end)
    stop = last if end is None else min(end + timedelta(days=1), last)
    return {
        "title": title,
        "from": max(0, (start - first).days),
        "to": max(0, (stop - first).days),
        "fill": fill,
        "words": f"{title}{say('colon')} {say.day(start)} – {until}",
    }
