"""What happens when: phases as bars, and daily results with their intervals on the same axis of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from scenarios import Scenario
from scenarios.timetable import timetable
from study.language import Language
from study.record import StudyRecord
from study.theme import BLUE, FAINT, INK, ORANGE, PHASES, SERIES, SOFT, new_figure, style

WINDOW = 5
"""Working days of the moving mean in which daily results are drawn."""

Series = tuple[str, str, str]
"""KPI, business and force of a daily series."""

End = tuple[float, str, str, bool]
"""What is written at the end of a line: its height, colour, text, and whether it matters most."""


def draw_gantt(record: StudyRecord, *, language: str = "en") -> Figure:
    """Draw phases (thick) and target stages (thin) of every scenario that has any, wave by wave."""
    say = Language(language)
    shown = [s for s in record.scenarios.values() if s.phases]
    waves = {s.name: _waves(record, s) for s in shown}
    with style():
        figure = new_figure(10.0, 0.9 + 0.62 * max(len(shown), 1))
        axes = figure.add_subplot()
        for row, scenario in enumerate(shown):
            _gantt_row(axes, record, scenario, -row, waves[scenario.name], say)
        axes.set_yticks([-row for row in range(len(shown))], [s.title.say(language) for s in shown])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-len(shown) + 0.45, 0.55)
        _date_axis(axes, record, say)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        figure.legend(handles=_phase_key(record, say), loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return figure


def draw_overview(record: StudyRecord, *, language: str = "en") -> Figure:
    """Draw the studied scenario and its counterfactual: phases above, the main daily results below, one date axis."""
    say = Language(language)
    panels: list[Series] = [
        ("sales", "fixed", "all"),
        ("sales", "mobile", "all"),
        ("contribution", "all", "all"),
        ("support_wait_hours", "all", "all"),
    ]
    panels = [p for p in panels if len(_series(record, record.scenario.name, p))]
    other = record.scenarios.get(record.scenario.study.counterfactual or "")
    shown = [record.scenario] if other is None or other.name == record.scenario.name else [record.scenario, other]
    with style():
        figure = new_figure(10.0, 1.0 + 1.75 * len(panels))
        rows = figure.subplots(len(panels) + 1, 1, sharex=True, height_ratios=[0.55, *[1.0] * len(panels)])
        _strip(rows[0], record, record.scenario, say)
        ends = {}
        for axes, panel in zip(rows[1:], panels, strict=True):
            _shade(axes, record, record.scenario)
            ends[axes] = _lines(axes, record, shown, panel, (BLUE, INK), say)
            axes.set_title(_series_title(panel, say))
        _date_axis(rows[-1], record, say)
        _name_ends(figure, ends)
    return figure


def draw_timelines(
    record: StudyRecord, kpi: str, *, business: str = "all", force: str = "all", language: str = "en"
) -> Figure:
    """Draw one daily KPI, a panel for each alternative against the studied scenario; shades are its phases.

    Parameters
    ----------
    record : StudyRecord
    kpi, business, force : str
        A series of ``record.daily``.
    language : {"en", "zh"}
    """
    say = Language(language)
    panel = (kpi, business, force)
    others = [s for s in list(record.scenarios.values())[1:] if len(_series(record, s.name, panel))]
    with style():
        if not others:
            return _single(record, panel, say)
        columns = min(3, len(others))
        rows = -(-len(others) // columns)
        figure = new_figure(10.0, 0.75 + 2.0 * rows)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, scenario in zip(grid.flat, others, strict=False):
            _shade(axes, record, scenario)
            _lines(axes, record, [record.scenario, scenario], panel, (BLUE, ORANGE), say)
            axes.set_title(scenario.title.say(language), color=ORANGE)
        for axes in list(grid.flat)[len(others) :]:
            axes.set_visible(False)
        for column in range(columns):
            bottom = max(r for r in range(rows) if r * columns + column < len(others))
            _date_axis(grid[bottom, column], record, say, every=2)
            grid[bottom, column].tick_params(labelbottom=True)
        figure.supylabel(_series_title(panel, say), fontsize=9)
        studied = Patch(color=BLUE, label=record.scenario.title.say(language))
        figure.legend(
            handles=[
                studied,
                Patch(color=ORANGE, label=say("figure.alternative")),
                *_phase_key(record, say, stages=False),
            ],
            loc="outside lower center",
            ncols=6,
            frameon=False,
            fontsize=8,
        )
    return figure


def draw_skills(record: StudyRecord, *, language: str = "en") -> Figure:
    """Draw the mean skill of both forces in both businesses over time, every scenario that has a merger."""
    say = Language(language)
    shown = [s for s in record.scenarios.values() if s.phases] or [record.scenario]
    panels = [("skill", b, f) for b in ("fixed", "mobile") for f in ("CM", "GM")]
    with style():
        figure = new_figure(10.0, 5.6)
        grid = figure.subplots(2, 2, sharex=True, sharey=True)
        names: dict[Axes, list[End]] = {}
        for axes, panel in zip(grid.flat, panels, strict=True):
            ends: list[End] = []
            for number, scenario in enumerate(shown):
                table = _series(record, scenario.name, panel)
                if not len(table):
                    continue
                first = number == 0
                colour = SERIES[number % len(SERIES)]
                dates = _days(table)
                axes.plot(dates, table["mean"], color=colour, lw=2.4 if first else 1.2, zorder=3 if first else 2)
                axes.fill_between(dates, table["low"], table["high"], color=colour, alpha=0.15, lw=0)
                ends.append((float(table["mean"].iloc[-1]), colour, scenario.title.say(language).split(":")[0], first))
            names[axes] = ends
            axes.set_ylim(0, 1)
            axes.grid(axis="y")
            axes.set_title(say("figure.skill", force=say(f"force.{panel[2]}"), business=say(f"business.{panel[1]}")))
        for axes in grid[1]:
            _date_axis(axes, record, say)
        figure.supylabel(say("unit.skill"), fontsize=9)
        _name_ends(figure, names)
    return figure


def _single(record: StudyRecord, panel: Series, say: Language) -> Figure:
    figure = new_figure(10.0, 2.8)
    axes = figure.add_subplot()
    _shade(axes, record, record.scenario)
    _lines(axes, record, [record.scenario], panel, (BLUE,), say)
    axes.set_title(_series_title(panel, say))
    _date_axis(axes, record, say)
    return figure


def _lines(
    axes: Axes, record: StudyRecord, shown: Sequence[Scenario], panel: Series, colours: Sequence[str], say: Language
) -> list[End]:
    """Draw moving means with their intervals, from zero; return what is to be written at their right ends."""
    ends: list[End] = []
    for number, scenario in enumerate(shown):
        table = _series(record, scenario.name, panel)
        if not len(table):
            continue
        dates = _days(table)
        mean, low, high = (table[c].rolling(WINDOW, center=True, min_periods=1).mean() for c in ("mean", "low", "high"))
        axes.fill_between(dates, low, high, color=colours[number], alpha=0.2, lw=0, zorder=2)
        axes.plot(dates, mean, color=colours[number], lw=1.5, ls="--" if number else "-", zorder=3)
        last = float(mean.dropna().iloc[-1]) if mean.notna().any() else 0.0
        ends.append((last, colours[number], scenario.title.say(say.code).split(":")[0], True))
    axes.set_ylim(bottom=0)
    top = axes.get_ylim()[1]
    digits = 0 if top >= 5 else 1 if top >= 1 else 2
    axes.yaxis.set_major_formatter(lambda value, _: say.number(value, digits))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    return ends


def _name_ends(figure: Figure, ends: Mapping[Axes, list[End]]) -> None:
    """Write names at the right ends of lines, pushed apart where they would touch."""
    figure.draw_without_rendering()
    for axes, names in ends.items():
        if names:
            _end_labels(axes, names)


def _end_labels(axes: Axes, ends: Sequence[End]) -> None:
    order = sorted(range(len(ends)), key=lambda i: (ends[i][0], i))
    low, high = axes.get_ylim()
    figure = axes.get_figure(root=True)
    assert figure is not None
    height = axes.get_window_extent().height * 72 / figure.dpi
    gap = (high - low) * 10.5 / max(height, 20.0)
    spots: list[float] = []
    for i in order:
        spots.append(max(ends[i][0], spots[-1] + gap) if spots else ends[i][0])
    shift = (spots[-1] - spots[0] - (ends[order[-1]][0] - ends[order[0]][0])) / 2
    ceiling = high - gap / 2
    for k in range(len(spots) - 1, -1, -1):
        spots[k] = min(spots[k] - shift, ceiling)
        ceiling = spots[k] - gap
    for spot, i in zip(spots, order, strict=True):
        _, colour, text, strong = ends[i]
        axes.annotate(
            text,
            xy=(1.0, spot),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5 if strong else 7.5,
            color=colour,
            annotation_clip=False,
        )


def _series(record: StudyRecord, scenario: str, panel: Series) -> pd.DataFrame:
    kpi, business, force = panel
    table = record.daily
    mine = (table["scenario"] == scenario) & (table["kpi"] == kpi)
    return table[mine & (table["business"] == business) & (table["force"] == force)]


def _series_title(panel: Series, say: Language) -> str:
    kpi, business, _ = panel
    name = say(f"kpi.{kpi}.name")
    if business != "all":
        name = say("figure.of_business", kpi=name, business=say(f"business.{business}"))
    return f"{name} [{say('figure.per_day', unit=say(f'kpi.{kpi}.unit')) if kpi in FLOWS else say(f'kpi.{kpi}.unit')}]"


FLOWS = ("sales", "contribution", "churned", "arrears_recovered", "revenue", "training_hours", "hall_refused")
"""Daily series that are amounts per working day; the others are states or means."""


def _span(record: StudyRecord) -> tuple[date, date]:
    days = record.daily.loc[record.daily["scenario"] == record.scenario.name, "date"]
    return date.fromisoformat(str(days.min())), date.fromisoformat(str(days.max()))


def _day(value: date) -> float:
    """Return a date as matplotlib counts days: from 1 January 1970."""
    return float(value.toordinal() - date(1970, 1, 1).toordinal())


def _days(table: pd.DataFrame) -> list[float]:
    return [_day(date.fromisoformat(str(text)[:10])) for text in table["date"]]


def _date_axis(axes: Axes, record: StudyRecord, say: Language, every: int = 1) -> None:
    """Tick the first of every month (or every second); the first tick carries the year."""
    first, last = _span(record)
    axes.set_xlim(_day(first), _day(last + timedelta(days=1)))
    months = [date(first.year + m // 12, m % 12 + 1, 1) for m in range(first.month - 1, first.month + 240)]
    shown = [m for m in months if first <= m <= last][::every]
    labels = [say.month(m, with_year=number == 0) for number, m in enumerate(shown)]
    axes.set_xticks([_day(m) for m in shown], labels)


def _phase_colours(record: StudyRecord) -> dict[str, str]:
    """Return a colour for every phase by name, the studied scenario's first."""
    names: list[str] = []
    for scenario in record.scenarios.values():
        names += [p.name for p in scenario.phases if p.name not in names]
    return {name: PHASES[1 + i % (len(PHASES) - 1)] for i, name in enumerate(names)}


def _phase_key(record: StudyRecord, say: Language, *, stages: bool = True) -> list[Any]:
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
        (_day(a), _day(min(b, last + timedelta(days=1))) - _day(a), item)
        for a, b, item in zip(starts, stops, items, strict=True)
        if a <= last
    ]


def _gantt_row(
    axes: Axes, record: StudyRecord, scenario: Scenario, y: float, delays: Sequence[int], say: Language
) -> None:
    colours, (_, last) = _phase_colours(record), _span(record)
    height = 0.42 / len(delays)
    for number, delay in enumerate(delays):
        top = y + 0.4 - number * height
        for start, width, phase in _bars(scenario, scenario.phases, delay, last):
            axes.barh(
                top - height / 2, width, height * 0.94, left=start, color=colours[phase.name], edgecolor="white", lw=0.5
            )
    for number, (start, width, stage) in enumerate(_bars(scenario, scenario.target_stages, 0, last)):
        axes.barh(y - 0.19, width, 0.26, left=start, color=("#7a7a7a", "#a3a3a3")[number % 2], lw=0)
        w = stage.weights
        text = say(
            "figure.weights",
            cm=round(100 * w.CM.fixed),
            cm_mobile=round(100 * w.CM.mobile),
            gm=round(100 * w.GM.fixed),
            gm_mobile=round(100 * w.GM.mobile),
        )
        axes.text(
            start + width / 2,
            y - 0.19,
            text if width > 20 else "",
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if number % 2 == 0 else INK,
            clip_on=True,
        )


def _strip(axes: Axes, record: StudyRecord, scenario: Scenario, say: Language) -> None:
    """Draw the phases and target stages of one scenario as two rows of bars with their names."""
    colours, (_, last) = _phase_colours(record), _span(record)
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
        name = name if len(name) * 5.2 < width * 5 else name.split(":")[0].split("：")[0]
        axes.text(start + width / 2, 0, name, ha="center", va="center", fontsize=7.5, clip_on=True)
    axes.set_yticks([1, 0], [say("figure.phases"), say("figure.stages")])
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    axes.set_ylim(-0.5, 2.0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _shade(axes: Axes, record: StudyRecord, scenario: Scenario) -> None:
    """Tint the background by phase (of the first wave)."""
    colours, (_, last) = _phase_colours(record), _span(record)
    for start, width, phase in _bars(scenario, scenario.phases, 0, last):
        axes.axvspan(start, start + width, color=colours[phase.name], alpha=0.28, lw=0, zorder=0)
        axes.axvline(start, color=FAINT, lw=0.7, zorder=1)


__all__ = ["draw_gantt", "draw_overview", "draw_skills", "draw_timelines"]
