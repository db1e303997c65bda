"""Workload before and after: how far each community lies from its centre's mean, on two maps with one scale."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from study.plotting.balance import deviations
from study.plotting.map_layout import middles, points_of
from study.plotting.map_symbols import HALO
from study.plotting.maps import draw_map
from study.plotting.theme import new_figure, style
from study.presentation.language import Language
from study.results.record import StudyRecord

DIVERGING = "PuOr_r"
"""From too little to do to too much, with white where a community has what the others have."""

NAMED = 2
"""Communities at each end of each map that carry their number."""

LEAST = 0.05
"""Half the width of the scale at least [share]: where everything is even, noise is not shown as contrast."""


def draw_workload(record: StudyRecord, *, language: str = "en") -> Figure | None:
    """Draw today's and the redrawn communities by workload against the mean of the centre; None without both plans."""
    kinds = ("current", "redrawn")
    if not all(kind in record.plans and kind in record.scorecards for kind in kinds):
        return None
    say = Language(language)
    found = {kind: deviations(record, kind) for kind in kinds}
    reach = max(LEAST, *(float(values.abs().max()) for values in found.values()))
    shades, norm = mpl.colormaps[DIVERGING], mpl.colors.Normalize(-reach * 100, reach * 100)
    points = points_of(record.territory)
    with style():
        figure = new_figure(10.0, 4.7)
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.96))  # type: ignore[union-attr, call-arg] # titles of two lines
        grid = figure.subplots(1, len(kinds))
        for axes, kind in zip(grid, kinds, strict=True):
            label = record.plans[kind].assignment.reindex(record.territory.units.index).astype(str)
            values = found[kind]
            worst = say("figure.workload", worst=say.percent(float(values.abs().max()), 0))
            title = f"{say(f'plan.{kind}')}\n{worst}"
            faces = shades(norm(label.map(values).to_numpy(dtype=np.float64) * 100))
            draw_map(record.territory, label, ax=axes, language=language, title=title, faces=faces)
            _numbers(axes, label.to_numpy(dtype=object), values, points, say)
        bar = figure.colorbar(mpl.cm.ScalarMappable(norm, shades), ax=list(grid), shrink=0.7, pad=0.01, aspect=28)
        bar.set_label(say("figure.workload_scale"))
        bar.ax.yaxis.set_major_formatter(lambda value, _: say.number(value, 0, sign=True))
    return figure


def _numbers(
    axes: Any,
    label: NDArray[np.object_],
    values: pd.Series[float],
    points: NDArray[np.float64],
    say: Language,
) -> None:
    """Write the numbers of the communities that have most and least to do, each in its middle."""
    order = values.sort_values(kind="stable").index.tolist()
    chosen = [str(name) for name in dict.fromkeys([*order[:NAMED], *order[-NAMED:]])]
    for name, spot in zip(chosen, middles(points, label, chosen), strict=True):
        text = say.percent(float(values[name]), 0, sign=True)
        axes.text(*spot, text, ha="center", va="center", fontsize=8, zorder=8, path_effects=HALO)
