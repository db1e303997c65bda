"""Pictures of a calibration: the history beside what the model makes of it, and how sure the parameters are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from study.calibration.result import Calibration
from study.plotting.theme import BLUE, FAINT, INK, ORANGE, PURPLE, SOFT, new_figure, style
from study.presentation.language import Language
from study.presentation.verdict import kpi_name

COLUMNS = 2
NAMED = 8
"""Most periods that an axis names."""


def draw_fit(result: Calibration, *, language: str = "en") -> Figure:
    """Draw every observed series with its fit, the band in which it should lie, and what was foretold of its end."""
    say = Language(language)
    groups = list(result.fit.groupby(["kpi", "business"], sort=True))
    rows = -(-len(groups) // COLUMNS)
    confidence = say.percent(result.statement["confidence"], 0)
    with style():
        figure = new_figure(10.0 if len(groups) > 1 else 6.5, 0.8 + 2.4 * rows)
        grid = figure.subplots(rows, min(COLUMNS, len(groups)), squeeze=False)
        for axes, ((kpi, business), table) in zip(grid.flat, groups, strict=False):
            _series(axes, table, say, confidence)
            axes.set_title(_title(str(kpi), str(business), result.statement, say))
        for axes in list(grid.flat)[len(groups) :]:
            axes.set_visible(False)
        named: dict[str, Artist] = {}
        for axes in figure.axes:
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                named.setdefault(label, handle)
        figure.legend(list(named.values()), list(named), loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return figure


def draw_parameters(result: Calibration, *, language: str = "en") -> Figure:
    """Draw estimates and intervals within their bounds, and the correlations of the estimates."""
    say = Language(language)
    table = result.estimates
    with style():
        figure = new_figure(10.0, 1.6 + 0.55 * len(table))
        left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
        _intervals(left, table, say, say.percent(result.statement["confidence"], 0))
        _correlation(right, result.statement["correlation"], say)
    return figure


def _series(axes: Axes, table: pd.DataFrame, say: Language, confidence: str) -> None:
    x = np.arange(len(table))
    hidden = table["hidden"].to_numpy(dtype=bool)
    band = say("calibration.band", confidence=confidence)
    axes.fill_between(x, table["low"], table["high"], color=BLUE, alpha=0.15, lw=0, label=band)
    axes.plot(x, table["before"], "--", color=SOFT, lw=1.0, label=say("calibration.before"))
    axes.plot(x, table["fitted"], "-", color=BLUE, label=say("calibration.fitted"))
    if hidden.any():
        told = table["foretold"]
        error = [(told - table["foretold_low"])[hidden], (table["foretold_high"] - told)[hidden]]
        axes.errorbar(x[hidden] + 0.12, told[hidden], yerr=error, fmt="s", ms=4, color=PURPLE, mfc="white",
                      label=say("calibration.foretold", confidence=confidence))  # fmt: skip
    axes.plot(x, table["observed"], "o", ms=4, color=ORANGE, label=say("calibration.observed"), zorder=3)
    shown = x[:: -(-len(x) // NAMED)]
    axes.set_xticks(shown, [_period(str(table["period"].iloc[k]), say) for k in shown])


def _period(text: str, say: Language) -> str:
    day = date.fromisoformat(text)
    return say.month(day) if day.day == 1 else f"{day.month}-{day.day}"


def _title(kpi: str, business: str, statement: Mapping[str, object], say: Language) -> str:
    name = say("calibration.net_additions") if kpi == "net_additions" else kpi_name(kpi, say)
    whole = say("kpi_of", kpi=name, what=say.business(business))
    if statement["normalised"]:
        return say("calibration.against_reference", what=whole)
    unit = say(f"kpi.{'sales' if kpi == 'net_additions' else kpi}.unit")
    return f"{whole} [{unit}]"


def _intervals(axes: Axes, table: pd.DataFrame, say: Language, confidence: str) -> None:
    """Draw each parameter in its range: bounds are 0 and 1, numbers stand beside."""
    y = np.arange(len(table))[::-1]
    width = table["high_bound"] - table["low_bound"]

    def inside(column: str) -> np.ndarray:
        return np.asarray((table[column] - table["low_bound"]) / width)

    axes.hlines(y, 0, 1, color=FAINT, lw=1.0)
    axes.hlines(
        y, inside("low"), inside("high"), color=BLUE, lw=3.0, label=say("calibration.interval", confidence=confidence)
    )
    axes.plot(inside("before"), y, "|", ms=12, mew=1.5, color=INK, label=say("calibration.prior"))
    axes.plot(inside("estimate"), y, "o", ms=6, color=BLUE, mec="white", label=say("calibration.estimate"))
    for k, row in enumerate(table.to_dict("records")):
        text = f"{row['estimate']:.4g}  [{row['low']:.4g}, {row['high']:.4g}]"
        axes.text(0.5, y[k] + 0.22, text, ha="center", fontsize=8, color=SOFT)
    axes.set_yticks(y, table["key"].tolist())
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.6, len(table) - 0.4)
    axes.set_xticks([0, 1], [say("calibration.low_bound"), say("calibration.high_bound")])
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3, frameon=False, fontsize=8)


def _correlation(axes: Axes, matrix: Mapping[str, Mapping[str, float]], say: Language) -> None:
    names: Sequence[str] = list(matrix)
    values = np.array([[matrix[a][b] for b in names] for a in names])
    axes.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1)
    for i in range(len(names)):
        for k in range(len(names)):
            dark = abs(values[i, k]) > 0.6
            axes.text(k, i, say.number(values[i, k], 2), ha="center", va="center", fontsize=8,
                      color="white" if dark else INK)  # fmt: skip
    axes.set_yticks(range(len(names)), [str(n + 1) for n in range(len(names))])
    axes.set_xticks(range(len(names)), [str(n + 1) for n in range(len(names))])
    axes.set_title(say("calibration.correlation"))
