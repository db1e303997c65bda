"""The picture of a recommendation: the optimiser's frontier, and what the simulation makes of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from study.plotting.theme import BLUE, FAINT, INK, ORANGE, SOFT, new_figure, style
from study.presentation.language import Language
from study.presentation.verdict import kpi_name, kpi_unit, scale_of
from study.recommendation import Recommendation
from study.recommendation.summary import named

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
    near = 0.02 * (np.ptp(table["deviation"]) or 1.0), 0.04 * (np.ptp(table["moment"]) or 1.0)
    spots: list[tuple[float, float, list[str]]] = []
    for row in table.sort_values(["deviation", "moment"], kind="stable").to_dict("records"):
        x, y, name = float(row["deviation"]), float(row["moment"]), named(str(row["candidate"]), say)
        at = next((s for s in spots if abs(s[0] - x) < near[0] and abs(s[1] - y) < near[1]), None)
        if at is None:
            spots.append((x, y, [name]))
        else:
            at[2].append(name)
    middle = (table["deviation"].min() + table["deviation"].max()) / 2
    for x, y, names in spots:  # candidates in one place share a label; labels point inwards
        left = x > middle
        axes.annotate("\n".join(names), (x, y), xytext=(-9 if left else 7, 5), ha="right" if left else "left",
                      textcoords="offset points", fontsize=8, color=INK)  # fmt: skip
    axes.yaxis.set_major_formatter(lambda value, _: say.number(value, 0 if abs(value) >= 100 else None))
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
    scale = scale_of(kpi, say)
    axes.xaxis.set_major_formatter(lambda value, _: say.number(value / scale, sign=True))
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(say("recommend.difference", kpi=f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say, change=True)}]"))
    axes.set_title(say("recommend.delivered"))
