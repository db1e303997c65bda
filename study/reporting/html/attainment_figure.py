"""The picture of attainment: company and centres by stage, for both businesses together and for each."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from study.plotting.theme import BETTER, INK, SOFT, WORSE, new_figure, style
from study.presentation.language import Language
from study.reporting.html.attainment import BUSINESSES, of_scenario
from study.results.record import StudyRecord

MOST = 16
"""Centres shown: the furthest below their targets; tables and the workbook have all."""

DIVERGING, REACH = "PuOr", 0.3
"""Colours around 100 %, and how far from it they are full [share]."""

SIGNS = {"better": "▲", "worse": "▼", "unsure": ""}
"""The verdict for readers who do not see colours."""

LETTERS = {"en": 11, "zh": 7}
"""Characters of a line of a stage's name."""


def draw_attainment(record: StudyRecord, *, language: str = "en") -> Figure | None:
    """Draw growth over target as a matrix of centres by stages, a panel for each business; None without any."""
    say, table = Language(language), of_scenario(record, record.scenario)
    stages = [s for s in record.scenario.target_stages if (table["stage"] == s.name).any()]
    if not stages:
        return None
    places = _places(table)
    with style():
        figure = new_figure(10.0, 1.0 + 0.27 * len(places))
        grid = figure.subplots(1, len(BUSINESSES), sharey=True, squeeze=False)[0]
        for axes, business in zip(grid, BUSINESSES, strict=True):
            own = table[table["business"] == business].set_index(["id", "stage"]).sort_index()
            for row, (name, _) in enumerate(places):
                for column, stage in enumerate(stages):
                    if (name, stage.name) in own.index:
                        _square(axes, own.loc[(name, stage.name)], column, -row, say)
            axes.set_title(say.business(business))
            names = ["\n".join(textwrap.wrap(s.title.short(language), LETTERS[language])) for s in stages]
            axes.set_xticks(range(len(stages)), names, fontsize=7.5)
            axes.set_xlim(-0.5, len(stages) - 0.5)
            axes.tick_params(length=0)
            for spine in axes.spines.values():
                spine.set_visible(False)
        labels = [say("table.company") if level == "company" else name for name, level in places]
        grid[0].set_yticks([-row for row in range(len(places))], labels)
        grid[0].set_ylim(-len(places) + 0.5, 0.5)
    return figure


def _places(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the company and the centres as (id, level); of many centres those furthest below their targets."""
    both = table[table["business"] == BUSINESSES[0]]
    company = both[both["level"] == "company"]["id"].iloc[:1].astype(str).tolist()
    least = both[both["level"] == "centre"].groupby("id")["attainment"].min().sort_values(kind="stable")
    chosen = [str(name) for name in least.index[:MOST]]
    return [*((name, "company") for name in company), *((name, "centre") for name in chosen)]


def _square(axes: Axes, row: Any, column: int, height: int, say: Language) -> None:
    """Draw one cell: its shade by how far it is from 100 %, its sign by whether the interval leaves 100 % out."""
    share, low, high = (float(row[c]) for c in ("attainment", "low", "high"))
    tone = mpl.colormaps[DIVERGING](0.5 + 0.5 * max(-1.0, min(1.0, (share - 1) / REACH)) * 0.85)
    axes.add_patch(Rectangle((column - 0.48, height - 0.46), 0.96, 0.92, facecolor=tone, lw=0))
    known = math.isfinite(low)
    verdict = "worse" if known and high < 1 else "better" if known and low > 1 else "unsure"
    dark = sum(tone[:3]) < 1.3
    colour = "white" if dark else {"worse": WORSE, "better": BETTER, "unsure": SOFT}[verdict]
    text = say.number(share * 100, 0)
    axes.text(column - 0.06, height, text, ha="center", va="center", fontsize=8, color="white" if dark else INK)
    axes.text(column + 0.33, height, SIGNS[verdict], ha="center", va="center", fontsize=6, color=colour)
