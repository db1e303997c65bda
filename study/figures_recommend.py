"""The picture of a recommendation: the optimiser's frontier, and what the simulation makes of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from study.language import Language
from study.recommendation import Recommendation
from study.recommendation.words import named
from study.theme import BLUE, FAINT, INK, ORANGE, SOFT, new_figure, style
from study.verdict import kpi_name

STANDINGS = {
    "best": ("recommend.best", BLUE),
    "equal": ("recommend.equal", BLUE),
    "worse": ("recommend.worse", ORANGE),
    "unsure": ("recommend.unsure", SOFT),
}
"""How each standing is called and coloured."""


def draw_recommendation(result: Recommendation, *, language: str = "en") -> Figure:
    """Draw moment against balance, and the paired differences to the best candidate with their joint intervals."""
    say = Language(language)
    table = result.candidates
    with style():
        figure = new_figure(10.0, 1.8 + 0.42 * len(table))
        left, right = figure.subplots(1, 2)
        _frontier(left, table, say)
        _differences(right, table, str(result.selection["kpi"]), say)
        handles, labels = right.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return figure


def _frontier(axes: Axes, table: pd.DataFrame, say: Language) -> None:
    axes.plot(table["deviation"], table["moment"], "o", color=SOFT, mfc="white", ms=6)
    chosen = table[table["recommended"] == 1]
    axes.plot(chosen["deviation"], chosen["moment"], "*", ms=15, color=BLUE)
    for row in table.to_dict("records"):
        axes.annotate(named(str(row["candidate"]), say), (row["deviation"], row["moment"]), xytext=(6, 4),
                      textcoords="offset points", fontsize=8, color=INK)  # fmt: skip
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel(say("recommend.deviation"))
    axes.set_ylabel(say("recommend.moment"))
    axes.set_title(say("recommend.promised"))
    axes.margins(0.18)


def _differences(axes: Axes, table: pd.DataFrame, kpi: str, say: Language) -> None:
    y = np.arange(len(table))[::-1]
    axes.axvline(0, color=FAINT, lw=1.0)
    for standing, (called, colour) in STANDINGS.items():
        rows = (table["standing"] == standing).to_numpy()
        if not rows.any():
            continue
        part = table[rows]
        error = [part["difference"] - part["low"], part["high"] - part["difference"]]
        axes.errorbar(part["difference"], y[rows], xerr=error, fmt="D" if standing == "best" else "o", color=colour,
                      mfc=colour if standing != "unsure" else "white", label=say(called))  # fmt: skip
    chosen = (table["recommended"] == 1).to_numpy()
    axes.plot(table.loc[chosen, "difference"], y[chosen], "*", ms=15, color=BLUE, mec="white",
              label=say("recommend.recommended"), ls="none", zorder=3)  # fmt: skip
    axes.set_yticks(y, [named(str(name), say) for name in table["candidate"]])
    axes.set_ylim(-0.6, len(table) - 0.4)
    axes.set_xlabel(say("recommend.difference", kpi=kpi_name(kpi, say)))
    axes.set_title(say("recommend.delivered"))
