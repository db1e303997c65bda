"""Pictures of what the results hang on: assumptions at both ends of their ranges (a tornado), measures left out."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.plotting.study_figures import forest, legend_of_verdicts
from study.plotting.theme import BLUE, FAINT, ORANGE, SOFT, new_figure, style
from study.presentation.language import Language
from study.presentation.verdict import kpi_name, kpi_unit, scale_of
from study.sensitivity.summary import TOLD, by_weight, estimate_of, key_label, measure_name

ENDS = ((BLUE, "o"), (ORANGE, "s"))
"""Look of the lower and the upper end of a range."""

WIDE = {"en": 30, "zh": 22}
"""Characters of a line of an assumption's name."""

ROOM = 0.16
"""Share of a panel's width that the value beside the outermost end needs."""


def draw_tornado(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw the change of contribution, dip and synergy at both ends of every range, widest first, with intervals.

    Parameters
    ----------
    table : DataFrame
        `study.StudyRecord.tornado`.
    language : {"en", "zh"}
    """
    say, keys = Language(language), by_weight(table)
    kpis = [kpi for kpi in TOLD if (table["kpi"] == kpi).any()]
    with style():
        figure = new_figure(10.0, 1.3 + 0.42 * len(keys))
        panels = figure.subplots(1, len(kpis), sharey=True, squeeze=False)[0]
        for axes, kpi in zip(panels, kpis, strict=True):
            _panel(axes, table[table["kpi"] == kpi], keys, kpi, say)
        plan = table.drop_duplicates("key").set_index("key")["base"]
        names = [say("doubts.row", what=key_label(key, say), value=f"{plan[key]:g}") for key in keys]
        names = ["\n".join(textwrap.wrap(name, WIDE[language], break_on_hyphens=False)) for name in names]
        panels[0].set_yticks(range(0, -len(keys), -1), names, fontsize=8)
        panels[0].set_ylim(-len(keys) + 0.4, 0.6)
        figure.legend(handles=_legend(say), loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure


def draw_measures(table: pd.DataFrame, there: pd.DataFrame | None = None, *, language: str = "en") -> Figure:
    """Draw what each measure of the plan makes of the contribution and of dip and synergy, with intervals.

    Behind the contribution lies, as a pale bar, what it is in nine of ten worlds.

    Parameters
    ----------
    table : DataFrame
        `study.StudyRecord.measures`.
    there : DataFrame, optional
        `study.StudyRecord.measures_in_worlds`.
    language : {"en", "zh"}
    """
    say, names = Language(language), list(dict.fromkeys(table["measure"]))
    kpis = [kpi for kpi in TOLD if (table["kpi"] == kpi).any()]
    with style():
        figure = new_figure(10.0, 1.2 + 0.34 * len(names))
        panels = figure.subplots(1, len(kpis), sharey=True, squeeze=False)[0]
        for axes, kpi in zip(panels, kpis, strict=True):
            mine = table[table["kpi"] == kpi].set_index("measure")
            forest(axes, [estimate_of(mine.loc[name]) for name in names], kpi, say)
            if kpi == "contribution" and there is not None:
                _worlds_behind(axes, there.set_index("measure").loc[names])
                pale = say("figure.most_worlds", worlds=int(there["worlds"].iloc[0]))
                axes.set_xlabel("\n".join((axes.get_xlabel(), pale)), fontsize=8)
        panels[0].set_yticks([-i for i in range(len(names))], [measure_name(name, say) for name in names])
        panels[0].set_ylim(-len(names) + 0.4, 0.6)
        legend_of_verdicts(figure, say)
    return figure


def _worlds_behind(axes: Axes, there: pd.DataFrame) -> None:
    """Draw between what nine of ten worlds lie, and their mean."""
    for place, (lower, upper, mean) in enumerate(there[["lower", "upper", "mean"]].itertuples(index=False)):
        axes.plot([lower, upper], [-place, -place], color=FAINT, lw=9, solid_capstyle="butt", zorder=0.5)
        axes.plot([mean, mean], [-place - 0.16, -place + 0.16], color=SOFT, lw=1.2, zorder=0.6)


def _panel(axes: Axes, table: pd.DataFrame, keys: list[str], kpi: str, say: Language) -> None:
    scale = scale_of(kpi, say)
    for place, key in enumerate(keys):
        ends = table[table["key"] == key].sort_values("value")
        change = ends["difference"].to_numpy(dtype=np.float64) / scale
        low, high = (ends[c].fillna(ends["difference"]).to_numpy(dtype=np.float64) / scale for c in ("low", "high"))
        axes.plot([min(0.0, *change), max(0.0, *change)], [-place, -place], color=FAINT, lw=7, solid_capstyle="butt")
        for n, (colour, marker) in enumerate(ENDS):
            error = [[change[n] - low[n]], [high[n] - change[n]]]
            axes.errorbar(change[n], -place, xerr=error, fmt=marker, ms=5, color=colour, lw=1.2, zorder=3)
            right = change[n] > change[1 - n] or (change[n] == change[1 - n] and n == 1)
            axes.annotate(
                f"{ends['value'].iloc[n]:g}",
                (high[n] if right else low[n], -place),
                xytext=(6 if right else -6, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                fontsize=7,
                color=colour,
            )
    axes.axvline(0, color=SOFT, lw=0.8, zorder=0)
    axes.tick_params(axis="y", length=0)
    left, right = axes.get_xlim()
    axes.set_xlim(left - ROOM * (right - left), right + ROOM * (right - left))
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+,.6g}".replace("-", "−") if value else "0")
    axes.set_xlabel("\n".join((kpi_name(kpi, say), f"[{kpi_unit(kpi, say, change=True)}]")), fontsize=8)


def _legend(say: Language) -> list[Line2D]:
    return [
        Line2D([], [], color=colour, marker=marker, ms=5, lw=1.2, label=say(f"doubts.{end}"))
        for (colour, marker), end in zip(ENDS, ("lower", "upper"), strict=True)
    ]
