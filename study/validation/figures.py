"""Pictures of trust: how intervals narrow with replications, and the model beside formulas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim import Replications
from sim.output_analysis.number_of_replications import PRECISION, WATCHED, half_widths
from study.plotting.theme import BLUE, INK, ORANGE, SERIES, SOFT, new_figure, style
from study.presentation.language import Language
from study.presentation.verdict import kpi_name
from study.validation.closed_formulas import MINUTES, erlang_c_wait, offered


def draw_precision(
    result: Replications, kpis: Sequence[str] = WATCHED, *, precision: float = PRECISION, language: str = "en"
) -> Figure:
    """Draw how the interval of each KPI narrows as replications are added, and the width that counts as narrow."""
    say = Language(language)
    with style():
        figure = new_figure(8.0, 3.4)
        axes = figure.add_subplot()
        for number, kpi in enumerate(kpis):
            widths = half_widths(result.values[kpi].to_numpy(dtype=np.float64), result.scenario.study.confidence)
            colour = SERIES[number % len(SERIES)]
            axes.plot(np.arange(2, len(widths) + 1), widths[1:], color=colour, lw=1.8, label=kpi_name(kpi, say))
        axes.axhline(precision, color=INK, lw=1.0, ls="--", label=say("validation.narrow"))
        axes.set_ylim(0, min(axes.get_ylim()[1], 10 * precision))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        axes.set_xlabel(say("validation.replications"))
        axes.set_ylabel(say("validation.half_width"))
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=8)
    return figure


def draw_desk(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw the wait at a support desk over its load: the formula as a line, the model with its intervals."""
    say = Language(language)
    with style():
        figure = new_figure(8.0, 3.4)
        axes = figure.add_subplot()
        fine = np.linspace(float(table["load"].min()), float(table["load"].max()), 100)
        agents = int(table["agents"].iloc[0])
        formula = [erlang_c_wait(offered(float(load), agents), MINUTES, agents) for load in fine]
        axes.plot(fine, formula, color=SOFT, lw=1.5, label=say("validation.erlang"))
        error = [table["mean"] - table["low"], table["high"] - table["mean"]]
        axes.errorbar(
            table["load"],
            table["mean"],
            yerr=error,
            fmt="o",
            ms=5,
            capsize=3,
            color=BLUE,
            label=say("validation.model"),
        )
        axes.set_xlabel(say("validation.load"))
        axes.set_ylabel(say("validation.wait"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=8)
    return figure


def draw_seller(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw the skill of a seller who practises alone: the closed form as a line, the model as dots."""
    say = Language(language)
    with style():
        figure = new_figure(8.0, 3.0)
        axes = figure.add_subplot()
        axes.plot(table["day"], table["formula"], color=SOFT, lw=3.0, label=say("validation.curve"))
        axes.plot(table["day"], table["model"], ".", ms=4, color=ORANGE, label=say("validation.dots"))
        axes.set_xlabel(say("validation.day"))
        axes.set_ylabel(say("unit.skill"))
        axes.set_ylim(0, 1)
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=8)
    return figure
