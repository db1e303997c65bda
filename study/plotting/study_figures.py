"""Pictures of a study's results: differences with intervals, targets, balance of communities; and the timelines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.plotting.balance import deviations
from study.plotting.theme import BETTER, BLUE, INK, ORANGE, SOFT, UNSURE, WORSE, new_figure, style
from study.plotting.timelines import draw_gantt, draw_overview, draw_skills, draw_timelines
from study.presentation.language import Language
from study.presentation.verdict import MONEY, MONEY_UNIT, SHARES, Estimate, difference, judge, kpi_name, kpi_unit
from study.results.record import StudyRecord

COMPARED = ("contribution", "sales", "churned", "support_wait_hours", "skill", "dip_days")
"""KPIs of the forest plot."""

LOOKS = {
    "better": (BETTER, "^"),
    "worse": (WORSE, "v"),
    "more": (INK, "s"),
    "less": (INK, "s"),
    "same": (UNSURE, "o"),
    "unsure": (UNSURE, "o"),
}
"""Colour and marker of a verdict: the marker alone tells it in grey print."""


def draw_comparison(record: StudyRecord, kpis: Sequence[str] = COMPARED, *, language: str = "en") -> Figure:
    """Draw the paired difference of every scenario to the studied one, with its interval, KPI by KPI."""
    say = Language(language)
    others = list(record.scenarios.values())[1:]
    shown = [k for k in kpis if any(difference(record.comparison, s.name, k).known for s in others)]
    with style():
        columns = min(3, max(len(shown), 1))
        rows = max(1, -(-len(shown) // columns))
        figure = new_figure(10.0, 0.7 + rows * (0.75 + 0.27 * len(others)))
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes, kpi in zip(grid.flat, shown, strict=False):
            forest(axes, [difference(record.comparison, s.name, kpi) for s in others], kpi, say)
        for axes in list(grid.flat)[len(shown) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_yticks([-i for i in range(len(others))], [s.title.say(language) for s in others])
            axes.set_ylim(-len(others) + 0.4, 0.6)
        legend_of_verdicts(figure, say)
    return figure


def draw_targets(record: StudyRecord, measure: str = "growth", *, language: str = "en") -> Figure:
    """Draw the targets of every centre in both businesses, a panel for each target stage."""
    say = Language(language)
    table = record.targets
    table = table[(table["level"] == "centre") & (table["measure"] == measure)]
    stages = [s for s in record.scenario.target_stages if (table["stage"] == s.name).any()]
    centres = sorted(table["id"].astype(str).unique(), reverse=True)
    with style():
        figure = new_figure(10.0, 1.3 + 0.27 * max(len(centres), 2))
        grid = figure.subplots(1, max(len(stages), 1), sharey=True, squeeze=False)[0]
        for axes, stage in zip(grid, stages, strict=False):
            own = table[table["stage"] == stage.name].pivot_table(
                index="id", columns="business", values="value", aggfunc="sum"
            )
            own = own.reindex(centres)
            for business, colour, marker in (("fixed", BLUE, "o"), ("mobile", ORANGE, "s")):
                if business in own:
                    axes.plot(own[business], range(len(centres)), ls="", marker=marker, ms=6, color=colour)
            if {"fixed", "mobile"} <= set(own.columns):
                axes.hlines(range(len(centres)), own.min(axis=1), own.max(axis=1), color="#bdbdbd", lw=1, zorder=0)
            axes.set_title(stage.title.say(language).replace(": ", ":\n").replace("：", "：\n"), fontsize=8.5)
            axes.set_xlim(left=0)
            axes.xaxis.set_major_formatter(lambda value, _: say.number(value, 0))
            axes.grid(axis="x")
            axes.locator_params(axis="x", nbins=4)
        grid[0].set_yticks(range(len(centres)), centres)
        key = [
            Line2D([], [], ls="", marker=m, color=c, label=say.business(b))
            for b, c, m in (("fixed", BLUE, "o"), ("mobile", ORANGE, "s"))
        ]
        figure.legend(handles=key, loc="outside lower right", ncols=2, frameon=False, fontsize=8)
        figure.supxlabel(f"{say(f'measure.{measure}')} [{say(f'measure_unit.{measure}')}]", fontsize=9)
    return figure


def draw_balance(record: StudyRecord, *, language: str = "en") -> Figure:
    """Draw how far the workload of every community lies from its centre's mean, for each plan."""
    say = Language(language)
    kinds = [k for k in ("current", "redrawn", "subdivided") if k in record.scorecards]
    with style():
        figure = new_figure(10.0, 0.8 + 0.75 * len(kinds))
        axes = figure.add_subplot()
        for row, kind in enumerate(kinds):
            values = np.sort(deviations(record, kind).to_numpy(dtype=np.float64)) * 100
            spread = ((np.arange(len(values)) % 5) - 2) * 0.09
            axes.plot(values, -row + spread, ls="", marker="o", ms=4.5, mfc=BLUE, mec="white", mew=0.5, alpha=0.85)
            text = say("figure.worst", value=say.number(float(np.abs(values).max()), 1))
            axes.annotate(
                text,
                xy=(1.0, -row),
                xycoords=("axes fraction", "data"),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        tolerance = record.scenario.partition.balance_tolerance * 100
        axes.axvspan(-tolerance, tolerance, color="#e8eef2", zorder=0)
        axes.axvline(0, color=SOFT, lw=0.8, zorder=1)
        axes.set_yticks([-row for row in range(len(kinds))], [say(f"plan.{k}") for k in kinds])
        axes.set_ylim(-len(kinds) + 0.5, 0.5)
        axes.xaxis.set_major_formatter(lambda value, _: say.number(value, 0, sign=True))
        axes.set_xlabel(say("figure.balance", tolerance=say.number(tolerance)))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    return figure


def legend_of_verdicts(figure: Figure, say: Language) -> None:
    """Name the looks of verdicts below the panels."""
    key = [
        Line2D([], [], color=LOOKS[v][0], marker=LOOKS[v][1], ls="-", label=say(f"verdict.{v}"))
        for v in ("better", "unsure", "worse")
    ]
    figure.legend(handles=key, loc="outside lower center", ncols=3, frameon=False, fontsize=8)


def forest(axes: Axes, rows: Sequence[Estimate], kpi: str, say: Language) -> None:
    """Draw one KPI: a row for each estimate; the interval as a line, the verdict as colour and marker."""
    factor = 100.0 if kpi.split(".", maxsplit=1)[0] in SHARES else 1.0
    for row, found in enumerate(rows):
        if not found.known:
            continue
        colour, marker = LOOKS[judge(kpi, found)]
        if math.isfinite(found.low):
            axes.plot(
                [found.low * factor, found.high * factor], [-row, -row], color=colour, lw=2, solid_capstyle="butt"
            )
        axes.plot(found.mean * factor, -row, marker=marker, color=colour, ms=6)
    axes.axvline(0, color=SOFT, lw=0.9, zorder=0)
    axes.set_title(kpi_name(kpi, say))
    unit = kpi_unit(kpi, say, change=True)
    scale = MONEY_UNIT[say.code] if kpi in MONEY else 1.0
    widest = max(abs(x) for x in axes.get_xlim())
    axes.xaxis.set_major_formatter(lambda value, _: _tick(value / scale, widest / scale, say))
    axes.set_xlabel(say("figure.difference", unit=unit), fontsize=8)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _tick(value: float, widest: float, say: Language) -> str:
    digits = 0 if widest >= 20 else 1 if widest >= 2 else 2 if widest >= 0.2 else 3
    return say.number(value, digits, sign=True)


__all__ = [
    "draw_balance",
    "draw_comparison",
    "draw_gantt",
    "draw_overview",
    "draw_skills",
    "draw_targets",
    "draw_timelines",
    "forest",
    "legend_of_verdicts",
]
