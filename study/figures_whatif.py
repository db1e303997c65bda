"""The picture of a what-if: what each point sells, how deep it dips, how even its targets are."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from study.language import Language
from study.theme import BLUE, FAINT, ORANGE, SOFT, new_figure, style
from study.whatif import BASE, WhatIf


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
