"""Pictures of a what-if: what each point sells, how deep it dips, how even its targets are; which keys matter."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scenarios.schema.fields import BUSINESSES
from study.plotting.theme import BLUE, FAINT, ORANGE, SOFT, new_figure, style
from study.presentation.language import Language
from study.whatif.result import BASE
from study.whatif.whatif import WhatIf

SCREENED = {"contribution": ("whatif.screening.contribution", 1e6), "dip_depth": ("whatif.screening.dip_depth", 1.0)}
"""KPIs of the picture of a screening: what their axes say, and the unit there."""


def draw_whatif(result: WhatIf, *, language: str = "en") -> Figure:
    """Draw dip and fairness against sales with intervals; points that no other beats in all three are filled."""
    say = Language(language)
    with style():
        figure = new_figure(9.0, 4.2)
        left, right = figure.subplots(1, 2)
        _scatter(left, result, "dip_depth", say)
        _scatter(right, result, "gini", say)
        left.set_ylabel(say("whatif.dip_depth"))
        right.set_ylabel(say("whatif.gini"))
        for axes in (left, right):
            axes.set_xlabel(say("whatif.sales"))
            axes.margins(0.12)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def draw_gains(result: WhatIf, point: int, *, most: int = 8, language: str = "en") -> Figure:
    """Draw who gains and who loses growth target at a point: the largest changes in the last stage, by name.

    Parameters
    ----------
    result : WhatIf
    point : int
        1 for the first of the design. Communities are shown where the boundaries are those of the base scenario,
        persons elsewhere.
    most : int
        Largest gains and losses shown, of each.
    language : {"en", "zh"}
    """
    say = Language(language)
    mine = result.changes[(result.changes["point"] == point) & (result.changes["measure"] == "growth")]
    mine = mine[mine["stage"] == mine["stage"].tail(1).squeeze()]  # stages come in their order, not by name
    level = "community" if (mine["level"] == "community").any() else "person"
    mine = mine[mine["level"] == level]
    with style():
        figure = new_figure(9.0, 4.4)
        for axes, business in zip(figure.subplots(1, 2), BUSINESSES, strict=True):
            change = mine[mine["business"] == business].set_index("id")["change"].sort_values()
            shown = change if len(change) <= 2 * most else pd.concat([change.iloc[:most], change.iloc[-most:]])
            axes.barh(range(len(shown)), shown, color=[BLUE if value > 0 else ORANGE for value in shown])
            axes.set_yticks(range(len(shown)), [str(name) for name in shown.index], fontsize=7.5)
            axes.axvline(0, color=SOFT, lw=0.8)
            axes.set_xlabel(say("whatif.gain", business=say.business(business)))
    return figure


def draw_screening(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw how far each key moves contribution and dip over its range, strongest first, with intervals.

    Parameters
    ----------
    table : DataFrame
        `study.WhatIf.screening`.
    language : {"en", "zh"}
    """
    say = Language(language)
    with style():
        figure = new_figure(10.0, 1.2 + 0.26 * table["key"].nunique())
        for axes, (kpi, (label, unit)) in zip(figure.subplots(1, 2), SCREENED.items(), strict=True):
            rows = table[table["kpi"] == kpi].sort_values("rank")
            place = -rows["rank"].to_numpy(dtype=float)
            effect, low, high, spread = (
                rows[c].to_numpy(dtype=float) / unit for c in ("effect", "low", "high", "spread")
            )
            error = [effect - low, high - effect]
            axes.barh(place, effect, height=0.6, color=FAINT)
            axes.errorbar(effect, place, xerr=error, fmt="o", ms=4, color=BLUE, ecolor=BLUE, lw=1.2)
            axes.plot(spread, place, "|", ms=9, color=ORANGE)
            axes.set_yticks(place, rows["key"].tolist(), fontsize=7)
            axes.tick_params(axis="y", length=0)
            axes.set_xlim(left=0)
            axes.set_xlabel(say(label))
        figure.legend(handles=_screening_key(say), loc="outside lower center", ncols=2, frameon=False)
    return figure


def _screening_key(say: Language) -> list[Line2D]:
    return [
        Line2D([], [], marker="o", ms=4, color=BLUE, lw=1.2, label=say("whatif.screening.effect")),
        Line2D([], [], marker="|", ms=9, color=ORANGE, lw=0, label=say("whatif.screening.spread")),
    ]


def _scatter(axes: Axes, result: WhatIf, kpi: str, say: Language) -> None:
    for name, rows, colour, fill in (
        ("whatif.others", (result.points[BASE] == 0) & (result.points["pareto"] == 0), SOFT, "white"),
        ("whatif.pareto", (result.points[BASE] == 0) & (result.points["pareto"] == 1), BLUE, BLUE),
        ("whatif.base", result.points[BASE] == 1, ORANGE, ORANGE),
    ):
        shown = result.points[rows]
        x, y = shown["sales"], shown[kpi]
        axes.errorbar(x, y, xerr=[x - shown["sales_low"], shown["sales_high"] - x], fmt="none", ecolor=FAINT, lw=1.0)
        if f"{kpi}_low" in shown:
            error = [y - shown[f"{kpi}_low"], shown[f"{kpi}_high"] - y]
            axes.errorbar(x, y, yerr=error, fmt="none", ecolor=FAINT, lw=1.0)
        axes.plot(x, y, "o", ms=6, color=colour, mfc=fill, label=say(name), zorder=3)
