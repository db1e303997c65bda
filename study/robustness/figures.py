"""Pictures of what holds: contribution against the chance of a break of F2, and what is worth knowing."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenarios import Scenario
from study.plotting.theme import BETTER, BLUE, FAINT, INK, ORANGE, SOFT, UNSURE, WORSE, new_figure, style
from study.presentation.language import Language
from study.presentation.verdict import MONEY_UNIT, kpi_name
from study.sensitivity.summary import key_label

WIDE = {"en": 38, "zh": 24}
"""Characters of a line of an assumption's name."""

MOST = 12
"""Beliefs shown."""

CLOSE = 0.3
"""Part of a picture within which two names would touch."""

NAMES = 1.7
"""Room for the names of timelines beside a matrix [inches]."""

PER_INCH = {"en": 15, "zh": 8}
"""Letters of the heads of a matrix."""

LINE = 11
"""Height of a line of names [points]."""

LIGHTS = {"kept": BETTER, "unsure": "#e0a800", "broken": WORSE}
"""Look of a principle: kept in enough worlds, perhaps, broken too often."""

SIGNS = {"kept": "●", "unsure": "◐", "broken": "○"}
"""The same for readers who do not see colours."""


def draw_scatter(
    answer: Mapping[str, Any],
    scenarios: Mapping[str, Scenario],
    *,
    language: str = "en",
    size: tuple[float, float] = (7.4, 4.4),
) -> Figure:
    """Draw every timeline: expected contribution against the studied one, and the chance that it breaks a principle.

    Parameters
    ----------
    answer : mapping
        Content of robust.json.
    scenarios : mapping of name to Scenario
    language : {"en", "zh"}
    size : (float, float)
        Width and height [inches].
    """
    say = Language(language)
    with style():
        figure = new_figure(*size)
        axes = figure.subplots()
        places = _label_places(answer)
        for name, about in answer["scenarios"].items():
            _point(axes, name, about, answer, scenarios, say, place=places[name])
        allowed = float(answer["broken_at_most"])
        axes.axvspan(-0.05, allowed, color="#e6f2ec", zorder=0, lw=0)
        axes.axvline(allowed, color=BETTER, lw=0.8, ls="--")
        axes.axhline(0, color=SOFT, lw=0.8, zorder=0)
        axes.set_xlim(-0.05, 1.05)
        axes.margins(y=0.18)
        axes.xaxis.set_major_formatter(lambda value, _: say.percent(value, 0))
        digits = _digits(axes)
        axes.yaxis.set_major_formatter(lambda value, _: say.number(value, digits, sign=True))
        axes.set_xlabel(say("robust.axis.broken"))
        studied = scenarios[str(answer["studied"])].title.short(language)
        axes.set_ylabel(say("robust.axis.gain", studied=studied, unit=say("unit.money")))
    return figure


def _digits(axes: Axes) -> int:
    """Return the decimals with which the marks of the upright axis differ."""
    marks = axes.get_yticks()
    step = float(marks[1] - marks[0]) if len(marks) > 1 else 1.0
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def _label_places(answer: Mapping[str, Any]) -> dict[str, int]:
    """Return where names stand: 0 above the point, else the line below it, for each other one that lies close above."""
    found = [
        (name, 1 - about["probability_not_interrupted"]["value"], about["against_studied"]["value"])
        for name, about in answer["scenarios"].items()
    ]
    spread = max(y for *_, y in found) - min(y for *_, y in found) or 1.0
    return {
        name: sum(
            abs(there - x) < CLOSE and 0 <= high - y < CLOSE * spread and (high > y or k < n)
            for k, (other, there, high) in enumerate(found)
            if other != name
        )
        for n, (name, x, y) in enumerate(found)
    }


def _point(
    axes: Axes,
    name: str,
    about: Mapping[str, Any],
    answer: Mapping[str, Any],
    scenarios: Mapping[str, Scenario],
    say: Language,
    *,
    place: int,
) -> None:
    """Draw one timeline with both intervals; the recommended one is filled."""
    scale = MONEY_UNIT[say.code]
    gain, kept = about["against_studied"], about["probability_not_interrupted"]
    x, y = 1 - kept["value"], gain["value"] / scale
    own = name == answer["recommended"]
    colour = BETTER if own else BLUE if name in answer["admissible"] else ORANGE
    across = [[max(0.0, x - (1 - kept["high"]))], [max(0.0, (1 - kept["low"]) - x)]]
    along = [[max(0.0, y - gain["low"] / scale)], [max(0.0, gain["high"] / scale - y)]]
    axes.errorbar(
        x,
        y,
        xerr=across,
        yerr=along,
        fmt="o",
        ms=8 if own else 6,
        color=colour,
        mfc=colour if own else "white",
        lw=1.1,
        zorder=3,
    )
    axes.annotate(
        scenarios[name].title.short(say.code),
        (x, y),
        xytext=(8 if x < 0.7 else -8, 6 if place == 0 else -2 - LINE * place),
        textcoords="offset points",
        ha="left" if x < 0.7 else "right",
        fontsize=8,
        color=colour if own else INK,
    )


def draw_value_of_knowing(
    answer: Mapping[str, Any], scenarios: Mapping[str, Scenario], *, language: str = "en"
) -> Figure:
    """Draw what knowing each belief before deciding is worth, the most valuable first, with intervals."""
    say, scale = Language(language), MONEY_UNIT[language]
    found = list(answer["evppi"].items())[:MOST]
    rows = [(say("robust.all"), answer["evpi"]), *((key_label(key, say), about) for key, about in found)]
    with style():
        figure = new_figure(8.2, 1.1 + 0.33 * len(rows))
        axes = figure.subplots()
        for place, (_, about) in enumerate(rows):
            value, low, high = (float(about[c] or 0.0) / scale for c in ("value", "low", "high"))
            colour = BLUE if low > 0 else UNSURE
            axes.plot([0, value], [-place, -place], color=FAINT, lw=7, solid_capstyle="butt")
            axes.errorbar(value, -place, xerr=[[value - low], [high - value]], fmt="o", ms=5, color=colour, lw=1.2)
        names = ["\n".join(textwrap.wrap(name, WIDE[language], break_on_hyphens=False)) for name, _ in rows]
        axes.set_yticks(range(0, -len(rows), -1), names, fontsize=8)
        axes.set_ylim(-len(rows) + 0.4, 0.6)
        axes.set_xlim(left=0)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda value, _: say.number(value, 0))
        axes.set_xlabel(say("robust.axis.worth", unit=say("unit.money")))
    return figure


def light_of(found: Mapping[str, Any], allowed: float) -> str:
    """Return the light of a principle: by the interval of the chance that it is broken, and the chance allowed."""
    if found["high"] is None or found["low"] is None:
        return "unsure"
    if found["high"] <= allowed or found["value"] == 0:
        return "kept"
    return "broken" if found["low"] > allowed else "unsure"


def draw_lights(
    answer: Mapping[str, Any], scenarios: Mapping[str, Scenario], *, language: str = "en", width: float = 9.0
) -> Figure:
    """Draw timelines by principles, with the chance that each is broken and a light for whether that is allowed."""
    say, allowed = Language(language), float(answer["broken_at_most"])
    kpis, names = list(answer["principles"]), list(answer["scenarios"])
    letters = max(6, min(16, round((width - NAMES) / max(len(kpis), 1) * PER_INCH[language])))
    with style():
        figure = new_figure(width, 0.9 + 0.42 * len(names))
        axes = figure.subplots()
        for row, name in enumerate(names):
            for column, kpi in enumerate(kpis):
                found = answer["scenarios"][name]["broken"][kpi]
                light = light_of(found, allowed)
                axes.text(column - 0.2, -row, SIGNS[light], color=LIGHTS[light], fontsize=14, ha="center", va="center")
                share = float("nan") if found["value"] is None else found["value"]
                axes.text(column, -row, say.percent(share, 0), fontsize=8, ha="left", va="center")
        axes.set_xlim(-0.5, len(kpis) - 0.5)
        axes.set_ylim(-len(names) + 0.5, 0.5)
        axes.xaxis.tick_top()
        axes.set_xticks(
            range(len(kpis)), ["\n".join(textwrap.wrap(kpi_name(k, say), letters)) for k in kpis], fontsize=8
        )
        axes.set_yticks(range(0, -len(names), -1), [scenarios[n].title.short(language) for n in names], fontsize=8)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure
