"""What happens when: phases as bars, and daily results with their intervals on the same axis of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from scenarios import Scenario
from study.plotting.gantt import (
    date_axis,
    day_number,
    draw_gantt,
    draw_strip,
    gantt_rows,
    milestone_marks,
    phase_key,
    shade,
)
from study.plotting.theme import BLUE, INK, ORANGE, SERIES, new_figure, style
from study.presentation.language import Language
from study.results.record import StudyRecord

WINDOW = 5
"""Working days of the moving mean in which daily results are drawn."""

Series = tuple[str, str, str]
"""KPI, business and force of a daily series."""

MAIN: tuple[Series, ...] = (("contribution", "all", "all"), ("sales", "fixed", "all"), ("sales", "mobile", "all"))
"""What a comparison of timelines shows day by day."""

End = tuple[float, str, str, bool]
"""What is written at the end of a line: its height, colour, text, and whether it matters most."""


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
        draw_strip(rows[0], record, record.scenario, say)
        ends = {}
        for axes, panel in zip(rows[1:], panels, strict=True):
            shade(axes, record, record.scenario)
            ends[axes] = _lines(axes, record, shown, panel, (BLUE, INK), say)
            axes.set_title(_series_title(panel, say))
        date_axis(rows[-1], record, say)
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
            shade(axes, record, scenario)
            _lines(axes, record, [record.scenario, scenario], panel, (BLUE, ORANGE), say)
            axes.set_title(scenario.title.say(language), color=ORANGE)
        # The first panel fixes the shared axis; a later one may reach higher.
        grid[0, 0].set_ylim(0, 1.05 * max(axes.dataLim.y1 for axes in list(grid.flat)[: len(others)]))
        for axes in list(grid.flat)[len(others) :]:
            axes.set_visible(False)
        for column in range(columns):
            bottom = max(r for r in range(rows) if r * columns + column < len(others))
            date_axis(grid[bottom, column], record, say, every=2)
            grid[bottom, column].tick_params(labelbottom=True)
        figure.supylabel(_series_title(panel, say), fontsize=9)
        studied = Patch(color=BLUE, label=record.scenario.title.say(language))
        figure.legend(
            handles=[
                studied,
                Patch(color=ORANGE, label=say("figure.alternative")),
                *phase_key(record, say, stages=False),
            ],
            loc="outside lower center",
            ncols=6,
            frameon=False,
            fontsize=8,
        )
    return figure


def draw_side_by_side(
    record: StudyRecord,
    panels: Sequence[Series] = MAIN,
    *,
    milestones: pd.DataFrame | None = None,
    language: str = "en",
) -> Figure:
    """Draw the phases and stages of every scenario as bars over their daily results, on one axis of dates.

    Parameters
    ----------
    record : StudyRecord
    panels : sequence of (kpi, business, force)
    milestones : DataFrame, optional
        When forces are ready and when a merger breaks even, as marks on the bars; see `study.comparison.effects`.
    language : {"en", "zh"}
    """
    say = Language(language)
    shown = list(record.scenarios.values())
    merging = [s for s in shown if s.phases]
    panels = [p for p in panels if any(len(_series(record, s.name, p)) for s in shown)]
    bars = 0.62 * max(len(merging), 1)
    with style():
        figure = new_figure(10.0, 0.9 + bars + 1.75 * len(panels))
        rows = figure.subplots(len(panels) + 1, 1, sharex=True, height_ratios=[bars, *[1.75] * len(panels)])
        gantt_rows(rows[0], record, merging, say)
        marks = [] if milestones is None else milestone_marks(rows[0], milestones, merging, say)
        rows[0].tick_params(axis="x", length=0)
        names: dict[Axes, list[End]] = {}
        for axes, panel in zip(rows[1:], panels, strict=True):
            names[axes] = _lines(axes, record, shown, panel, SERIES, say)
            axes.set_title(_series_title(panel, say))
        date_axis(rows[-1], record, say)
        key = [*phase_key(record, say), *marks]
        figure.legend(handles=key, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
        _name_ends(figure, names)
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
            axes.set_title(say("figure.skill", force=say(f"force.{panel[2]}"), business=say.business(panel[1])))
        for axes in grid[1]:
            date_axis(axes, record, say)
        figure.supylabel(say("unit.skill"), fontsize=9)
        _name_ends(figure, names)
    return figure


def _single(record: StudyRecord, panel: Series, say: Language) -> Figure:
    figure = new_figure(10.0, 2.8)
    axes = figure.add_subplot()
    shade(axes, record, record.scenario)
    _lines(axes, record, [record.scenario], panel, (BLUE,), say)
    axes.set_title(_series_title(panel, say))
    date_axis(axes, record, say)
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
        axes.fill_between(dates, low, high, color=colours[number % len(colours)], alpha=0.2, lw=0, zorder=2)
        axes.plot(dates, mean, color=colours[number % len(colours)], lw=1.5, ls="--" if number else "-", zorder=3)
        last = float(mean.dropna().iloc[-1]) if mean.notna().any() else 0.0
        ends.append((last, colours[number % len(colours)], scenario.title.say(say.code).split(":")[0], True))
    axes.set_ylim(bottom=0)
    top = axes.get_ylim()[1]
    digits = 0 if top >= 5 else 1 if top >= 1 else 2
    axes.yaxis.set_major_formatter(lambda value, _: say.number(value, digits))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    return ends


def _name_ends(figure: Figure, ends: Mapping[Axes, list[End]]) -> None:
    """Write names at the right ends of lines, pushed apart where they would touch."""
    layout = figure.get_layout_engine()
    assert layout is not None  # every figure of ours lays itself out
    layout.execute(figure)
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
        name = say("figure.of_business", kpi=name, business=say.business(business))
    return f"{name} [{say('figure.per_day', unit=say(f'kpi.{kpi}.unit')) if kpi in FLOWS else say(f'kpi.{kpi}.unit')}]"


FLOWS = ("sales", "contribution", "churned", "arrears_recovered", "revenue", "training_hours", "hall_refused")
"""Daily series that are amounts per working day; the others are states or means."""


def _days(table: pd.DataFrame) -> list[float]:
    return [day_number(date.fromisoformat(str(text)[:10])) for text in table["date"]]


__all__ = ["draw_gantt", "draw_overview", "draw_side_by_side", "draw_skills", "draw_timelines"]
