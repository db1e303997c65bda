"""Phases and target stages as bars, as a strip above a plot and as shades behind it; and their axis of dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scenarios import Scenario
from scenarios.rules.timetable import timetable
from scenarios.schema.organisation import TargetStage
from study.plotting.theme import FAINT, INK, PHASES, SOFT, new_figure, style
from study.presentation.language import Language
from study.results.record import StudyRecord

READY = 0.9
"""Part of a force at full competence whose day is marked."""

AXIS = 540.0
"""Width of the axis of dates [points], about."""


def draw_gantt(record: StudyRecord, *, language: str = "en") -> Figure:
    """Draw phases (thick) and target stages (thin) of every scenario that has any, wave by wave."""
    say = Language(language)
    shown = [s for s in record.scenarios.values() if s.phases]
    with style():
        figure = new_figure(10.0, 0.9 + 0.62 * max(len(shown), 1))
        axes = figure.add_subplot()
        gantt_rows(axes, record, shown, say)
        date_axis(axes, record, say)
        figure.legend(handles=phase_key(record, say), loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return figure


def gantt_rows(axes: Axes, record: StudyRecord, shown: Sequence[Scenario], say: Language) -> None:
    """Draw a row of bars for each scenario, wave by wave; the axis of dates is left to the caller."""
    for row, scenario in enumerate(shown):
        _gantt_row(axes, record, scenario, -row, _waves(record, scenario), say)
    axes.set_yticks([-row for row in range(len(shown))], [s.title.say(say.code) for s in shown])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-len(shown) + 0.45, 0.55)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def milestone_marks(axes: Axes, milestones: pd.DataFrame, shown: Sequence[Scenario], say: Language) -> list[Any]:
    """Mark on each row of bars by when half of the runs have nearly all of a force ready, and break even.

    Returns what a key says of the marks that are there.
    """
    kinds = {
        ("competence", "CM"): ("^", say("figure.ready", share=say.percent(READY, 0), force=say("force.CM"))),
        ("competence", "GM"): ("s", say("figure.ready", share=say.percent(READY, 0), force=say("force.GM"))),
        ("break_even", "all"): ("*", say("figure.break_even")),
    }
    rows = {scenario.name: -row for row, scenario in enumerate(shown)}
    key: dict[str, Any] = {}
    for r in milestones[milestones["share"].isna() | (milestones["share"] == READY)].to_dict("records"):
        kind = kinds.get((r["what"], r["force"]))
        if kind is None or r["scenario"] not in rows or not r["median"]:
            continue
        marker, text = kind
        size = 9 if marker == "*" else 5.5
        look: Any = {"marker": marker, "ms": size, "mfc": "white", "mec": INK, "ls": "", "zorder": 5}
        axes.plot(day_number(date.fromisoformat(r["median"])), rows[r["scenario"]] + 0.19, **look)
        key.setdefault(text, Line2D([], [], label=text, **look))
    return list(key.values())


def span(record: StudyRecord) -> tuple[date, date]:
    """Return the first and last day of the study."""
    days = record.daily.loc[record.daily["scenario"] == record.scenario.name, "date"]
    return date.fromisoformat(str(days.min())), date.fromisoformat(str(days.max()))


def day_number(value: date) -> float:
    """Return a date as matplotlib counts days: from 1 January 1970."""
    return float(value.toordinal() - date(1970, 1, 1).toordinal())


def date_axis(axes: Axes, record: StudyRecord, say: Language, every: int = 1) -> None:
    """Tick the first of every month (or every second); the first tick carries the year."""
    first, last = span(record)
    axes.set_xlim(day_number(first), day_number(last + timedelta(days=1)))
    months = [date(first.year + m // 12, m % 12 + 1, 1) for m in range(first.month - 1, first.month + 240)]
    shown = [m for m in months if first <= m <= last][::every]
    labels = [say.month(m, with_year=number == 0) for number, m in enumerate(shown)]
    axes.set_xticks([day_number(m) for m in shown], labels)


def _phase_colours(record: StudyRecord) -> dict[str, str]:
    """Return a colour for every phase by name, the studied scenario's first."""
    names: list[str] = []
    for scenario in record.scenarios.values():
        names += [p.name for p in scenario.phases if p.name not in names]
    return {name: PHASES[1 + i % (len(PHASES) - 1)] for i, name in enumerate(names)}


def phase_key(record: StudyRecord, say: Language, *, stages: bool = True) -> list[Any]:
    """Return what a key says of the phases' colours."""
    titles = {p.name: p.title.say(say.code) for s in reversed(list(record.scenarios.values())) for p in s.phases}
    key = [Patch(facecolor=colour, label=titles[name]) for name, colour in _phase_colours(record).items()]
    return [*key, Patch(facecolor=SOFT, label=say("figure.stages"))] if stages else key


def _waves(record: StudyRecord, scenario: Scenario) -> list[int]:
    """Return the delays [calendar days] with which centres start."""
    table = timetable(scenario, record.territory.units["centre"].astype(str))
    return sorted({wave * scenario.roll_out.days_between_waves for wave in table.wave})


def _bars(scenario: Scenario, items: Sequence[Any], delay: int, last: date) -> list[tuple[float, float, Any]]:
    if not items:
        return []
    starts = [item.start + timedelta(days=delay) for item in items]
    stops = [*starts[1:], last + timedelta(days=1)]
    return [
        (day_number(a), day_number(min(b, last + timedelta(days=1))) - day_number(a), item)
        for a, b, item in zip(starts, stops, items, strict=True)
        if a <= last
    ]


def _gantt_row(
    axes: Axes, record: StudyRecord, scenario: Scenario, y: float, delays: Sequence[int], say: Language
) -> None:
    colours, (first, last) = _phase_colours(record), span(record)
    height, days = 0.42 / len(delays), (last - first).days + 1
    for number, delay in enumerate(delays):
        top = y + 0.4 - number * height
        for start, width, phase in _bars(scenario, scenario.phases, delay, last):
            axes.barh(
                top - height / 2, width, height * 0.94, left=start, color=colours[phase.name], edgecolor="white", lw=0.5
            )
    for number, (start, width, stage) in enumerate(_bars(scenario, scenario.target_stages, 0, last)):
        axes.barh(y - 0.19, width, 0.26, left=start, color=("#7a7a7a", "#a3a3a3")[number % 2], lw=0)
        axes.text(
            start + width / 2,
            y - 0.19,
            _weights(stage, width / days, say),
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if number % 2 == 0 else INK,
            clip_on=True,
        )


def _weights(stage: TargetStage, share: float, say: Language) -> str:
    """Return a stage's weights in as many words as a bar over this share of the axis has room for."""
    w = stage.weights
    shown = [round(100 * x) for x in (w.CM.fixed, w.CM.mobile, w.GM.fixed, w.GM.mobile)]
    whole = say("figure.weights", cm=shown[0], cm_mobile=shown[1], gm=shown[2], gm_mobile=shown[3])
    short = "{}/{} · {}/{}".format(*shown)
    return next((text for text in (whole, short) if _points(text) <= share * AXIS), "")


def _points(text: str) -> float:
    """Return about how wide a text is in the smallest type: Chinese characters are twice as wide as others."""
    return sum(6.7 if ord(c) > 0x2E80 else 3.7 for c in text)


def draw_strip(axes: Axes, record: StudyRecord, scenario: Scenario, say: Language) -> None:
    """Draw the phases and target stages of one scenario as two rows of bars with their names."""
    colours, (_, last) = _phase_colours(record), span(record)
    for start, width, phase in _bars(scenario, scenario.phases, 0, last):
        axes.barh(1, width, 0.85, left=start, color=colours[phase.name], edgecolor="white")
        narrow = width < 14
        axes.text(
            start if narrow else start + width / 2,
            1.5 if narrow else 1,
            phase.title.say(say.code),
            ha="left" if narrow else "center",
            va="bottom" if narrow else "center",
            fontsize=8,
        )
    for start, width, stage in _bars(scenario, scenario.target_stages, 0, last):
        axes.barh(0, width, 0.85, left=start, color="#e3e3e3", edgecolor="white")
        name = stage.title.say(say.code)
        name = name if len(name) * 5.2 < width * 5 else stage.title.short(say.code)
        axes.text(start + width / 2, 0, name, ha="center", va="center", fontsize=7.5, clip_on=True)
    axes.set_yticks([1, 0], [say("figure.phases"), say("figure.stages")])
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    axes.set_ylim(-0.5, 2.0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def shade(axes: Axes, record: StudyRecord, scenario: Scenario) -> None:
    """Tint the background by phase (of the first wave)."""
    colours, (_, last) = _phase_colours(record), span(record)
    for start, width, phase in _bars(scenario, scenario.phases, 0, last):
        axes.axvspan(start, start + width, color=colours[phase.name], alpha=0.28, lw=0, zorder=0)
        axes.axvline(start, color=FAINT, lw=0.7, zorder=1)
