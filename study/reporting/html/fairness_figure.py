"""The picture of fairness: every person's growth target against the mean, stage by stage."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.evaluation.fairness import gini
from study.plotting.theme import BLUE, ORANGE, SOFT, new_figure, style
from study.presentation.language import Language
from study.reporting.html.fairness import of_persons
from study.results.record import StudyRecord

LOOKS = (("CM", BLUE, "o", 0.17), ("GM", ORANGE, "s", -0.17))
"""Force, colour, marker and place beside the stage's line: the marker alone tells them apart in grey print."""


def draw_fairness(record: StudyRecord, *, language: str = "en") -> Figure:
    """Draw every person's growth target, both businesses together, against the mean of all in the stage."""
    say = Language(language)
    table = of_persons(record)
    stages = [s for s in record.scenario.target_stages if (table["stage"] == s.name).any()]
    with style():
        figure = new_figure(10.0, 1.1 + 0.72 * max(len(stages), 1))
        axes = figure.add_subplot()
        for row, stage in enumerate(stages):
            own = table[table["stage"] == stage.name]
            mean = float(own["value"].mean())
            for force, colour, marker, beside in LOOKS:
                values = np.sort(own.loc[own["force"] == force, "value"].to_numpy(dtype=np.float64))
                spread = ((np.arange(len(values)) % 5) - 2) * 0.05
                share = (values / mean - 1) * 100 if mean else values
                look: dict[str, Any] = {"marker": marker, "ms": 3.6, "mfc": colour, "mec": "white", "mew": 0.4}
                axes.plot(share, -row + beside + spread, ls="", alpha=0.85, **look)
            axes.annotate(
                say("figure.gini", value=say.number(gini(own["value"].to_numpy(dtype=np.float64)), 2)),
                xy=(1.0, -row),
                xycoords=("axes fraction", "data"),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        axes.axvline(0, color=SOFT, lw=0.8, zorder=0)
        titles = [s.title.say(language).replace(": ", ":\n").replace("：", "：\n") for s in stages]
        axes.set_yticks([-row for row in range(len(stages))], titles)
        axes.set_ylim(-max(len(stages), 1) + 0.5, 0.5)
        axes.xaxis.set_major_formatter(lambda value, _: say.number(value, 0, sign=True))
        axes.set_xlabel(say("figure.against_mean"))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        key = [Line2D([], [], ls="", marker=m, color=c, label=say(f"force.{f}")) for f, c, m, _ in LOOKS]
        figure.legend(handles=key, loc="outside lower right", ncols=2, frameon=False, fontsize=8)
    return figure
