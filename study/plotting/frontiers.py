"""Pictures of choices between plans: frontiers, and a plan among random ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from foundation.atomic_files import write_bytes
from optimize import Ensemble
from study.plotting.theme import BLUE, FAINT, INK, ORANGE, SOFT, new_figure, style, to_png
from study.presentation.language import Language

Axis = Literal["limit", "communities"]


def draw_frontier(table: pd.DataFrame, x: Axis, *, objective: str, language: str = "en") -> Figure:
    """Draw value and proven bound against the limit or the number of communities.

    Parameters
    ----------
    table : DataFrame
        Of `optimize.frontier` or `optimize.numbers`.
    x : {"limit", "communities"}
        What runs along the axis.
    objective : {"moment", "distance", "cut-edges"}
    """
    say = Language(language)
    with style():
        figure = new_figure(7.0, 4.2)
        axes = figure.add_subplot()
        known = table.dropna(subset=["value"])
        axes.plot(known[x], known["value"], "o-", color=BLUE, label=say("plans.value"))
        bounded = table.dropna(subset=["bound"])
        if objective != "cut-edges" and len(bounded):
            axes.plot(bounded[x], bounded["bound"], "_--", color=SOFT, label=say("plans.bound"))
        if "best" in table:
            axes.step(table[x], table["best"], where="post", color=ORANGE, lw=1.0, label=say("plans.best"))
        if "recommended" in table:
            chosen = table[table["recommended"] == 1]
            axes.plot(chosen[x], chosen["value"], "*", ms=16, color=ORANGE, label=say("plans.recommended"))
        for number, place in enumerate(table.loc[table["value"].isna(), x]):
            axes.axvline(place, color=FAINT, lw=1.0, ls=":", label=None if number else say("plans.none"))
        if x == "limit":
            axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(say(f"plans.axis.{x}"))
        axes.set_ylabel(say(f"plans.objective.{objective}"))
        axes.legend(frameon=False)
    return figure


def draw_ensemble(drawn: Ensemble, *, objective: str, language: str = "en") -> Figure:
    """Draw where a plan lies among random valid ones."""
    say = Language(language)
    with style():
        figure = new_figure(7.0, 3.8)
        axes = figure.add_subplot()
        axes.hist(drawn.plans["value"], bins=30, color=FAINT, edgecolor="white", lw=0.4)
        axes.axvline(drawn.value, color=BLUE, lw=2.0)
        axes.annotate(
            say("plans.this"), (drawn.value, 1.0), xycoords=("data", "axes fraction"), xytext=(4, -4),
            textcoords="offset points", va="top", color=BLUE,
        )  # fmt: skip
        axes.set_xlabel(say(f"plans.objective.{objective}"))
        axes.set_ylabel(say("plans.axis.random"), color=INK)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.margins(x=0.12)
    return figure


def save_frontier(table: pd.DataFrame, x: Axis, path: Path | str, *, objective: str, language: str = "en") -> Path:
    """Write the frontier as PNG, whole or not at all."""
    return write_bytes(path, to_png(draw_frontier(table, x, objective=objective, language=language)))


def save_ensemble(drawn: Ensemble, path: Path | str, *, objective: str, language: str = "en") -> Path:
    """Write the ensemble as PNG, whole or not at all."""
    return write_bytes(path, to_png(draw_ensemble(drawn, objective=objective, language=language)))
