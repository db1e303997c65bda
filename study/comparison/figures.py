"""The waterfall: what each phase of a merger costs and gains against no merger."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenarios import Scenario
from study.comparison.effects import BEFORE, TOTAL
from study.plotting.theme import BETTER, INK, SOFT, UNSURE, WORSE, new_figure, style
from study.presentation.language import Language
from study.presentation.verdict import MONEY_UNIT


def draw_waterfall(waterfall: pd.DataFrame, scenarios: Mapping[str, Scenario], *, language: str = "en") -> Figure:
    """Draw a panel for each scenario with a merger: a step for each phase, then the total; before it nothing differs.

    Parameters
    ----------
    waterfall : DataFrame
        See `study.comparison.effects.Effects`.
    scenarios : mapping of name to Scenario
    language : {"en", "zh"}
    """
    say = Language(language)
    names = list(dict.fromkeys(waterfall["scenario"]))
    with style():
        columns = min(3, len(names))
        rows = -(-len(names) // columns)
        figure = new_figure(10.0, 0.4 + 2.6 * rows)
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes, name in zip(grid.flat, names, strict=False):
            own = waterfall[(waterfall["scenario"] == name) & (waterfall["days"] > 0) & (waterfall["step"] != BEFORE)]
            _steps(axes, own, scenarios[name], say)
            axes.set_title(scenarios[name].title.say(language))
        for axes in list(grid.flat)[len(names) :]:
            axes.set_visible(False)
        figure.supylabel(say("figure.waterfall", unit=say("unit.money")), fontsize=9)
    return figure


def _steps(axes: Axes, own: pd.DataFrame, scenario: Scenario, say: Language) -> None:
    """Draw the steps of one scenario; colour says what the interval allows, and so does the sign over the bar."""
    scale = MONEY_UNIT[say.code]
    titles = {p.name: p.title.say(say.code) for p in scenario.phases}
    titles[TOTAL] = say("figure.total")
    reached = 0.0
    for place, row in enumerate(own.to_dict("records")):
        value, low, high = (row[c] / scale for c in ("difference", "low", "high"))
        start = 0.0 if row["step"] == TOTAL else reached
        colour = BETTER if low > 0 else WORSE if high < 0 else UNSURE
        hatch = "//" if row["step"] == TOTAL else None
        axes.bar(place, value, 0.7, bottom=start, color=colour, alpha=0.8, hatch=hatch, edgecolor="white", lw=0)
        if math.isfinite(low):
            axes.plot([place, place], [start + low, start + high], color=INK, lw=1.2)
        if row["step"] != TOTAL:
            reached = start + value
            axes.plot([place - 0.35, place + 1.35], [reached, reached], color=SOFT, lw=0.6)
        axes.annotate(
            say.number(value, 0, sign=True),
            (place, start + (max(value, high) if value >= 0 else min(value, low))),
            (0, 7 if value >= 0 else -7),
            textcoords="offset points",
            ha="center",
            va="bottom" if value >= 0 else "top",
            fontsize=7.5,
        )
    axes.axhline(0, color=SOFT, lw=0.8)
    axes.set_xticks(range(len(own)), [titles[step] for step in own["step"]], fontsize=7.5)
    axes.yaxis.set_major_formatter(lambda value, _: say.number(value, 0))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.margins(y=0.2)


__all__ = ["draw_waterfall"]
