"""A what-if on one screen: its points, what stays of the boundaries, who gains, and which key moves what."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd

from study.presentation.language import NOTHING, Language
from study.presentation.text_table import aligned
from study.presentation.verdict import kpi_name, kpi_unit, write_number
from study.whatif.result import BASE, WhatIfData

MOST_SHOWN = 3
"""Persons who gain most, and who lose most, named on the screen."""

KPIS = ("sales", "contribution", "dip_depth")

Row = Mapping[Any, Any]


def summary_text(result: WhatIfData, *, language: str = "en") -> str:
    """Return the main findings for a terminal.

    Parameters
    ----------
    result : WhatIfData
    language : {"en", "zh"}
    """
    say = Language(language)
    return "\n".join([_count(result, say), aligned(_points(result, say)), *_findings(result, say)])


def page(result: WhatIfData, *, language: str = "en") -> str:
    """Return the same for a page, as HTML: the points as a table, the findings as a list."""
    say = Language(language)
    table = _points(result, say).to_html(index=False, escape=True)
    items = "".join(f"<li>{html.escape(line)}</li>" for line in _findings(result, say))
    return f"<p>{html.escape(_count(result, say))}</p>{table}<ul>{items}</ul>"


def _count(result: WhatIfData, say: Language) -> str:
    return say("points.count", points=len(result.points), new=result.new)


def _findings(result: WhatIfData, say: Language) -> list[str]:
    """Say what stays of the boundaries, who gains and who loses, and which key moves what."""
    lines = [*_boundaries(result, say), *_persons(result, say)]
    for row in result.sensitivity[result.sensitivity["kpi"] == "contribution"].to_dict("records"):
        sure = "" if row["low"] > 0 or row["high"] < 0 else say("points.unsure")
        lines.append(say("points.effect", what=row["key"], change=_change(row, say, sign=True), sure=sure))
    for row in result.screening[result.screening["kpi"] == "contribution"].to_dict("records"):
        lines.append(say("points.moves", rank=row["rank"], what=row["key"], change=_change(row, say)))
    return lines


def _points(result: WhatIfData, say: Language) -> pd.DataFrame:
    """Return the points as a table for people; a key that the scenario leaves open stays open."""
    table = result.points
    shown: dict[str, list[str]] = {}
    for key in result.run["vary"]:
        shown[key] = [say.number(float(v)) for v in table[key]]
    shown[say("points.base")] = [say("cut.yes") if v else NOTHING for v in table[BASE]]
    for kpi in KPIS:
        head = f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say)}]"
        shown[head] = [write_number(kpi, float(v), say) for v in table[kpi]]
    shown[say("points.gini")] = [say.number(float(v), 4) for v in table["gini"]]
    shown[say("points.moved")] = [say.percent(float(v)) for v in table["moved"]]
    shown[say("points.pareto")] = [say("cut.yes") if v else NOTHING for v in table["pareto"]]
    return pd.DataFrame(shown)


def _boundaries(result: WhatIfData, say: Language) -> list[str]:
    """Say which borders and communities stay."""
    if not len(result.borders):
        return []
    steady = float((result.borders["together"].isin([0.0, 1.0])).mean())
    base = result.stable[result.stable["point"] == 0]
    always = base.loc[base["stable"] == 1, "community"].tolist()
    shaky = base.loc[base["stable"] == 0].sort_values("recurs", kind="stable")["community"].tolist()
    lines = [say("points.borders", share=say.percent(steady)), say("points.recur", count=len(always))]
    return [*lines, say("points.shaky", names=say("comma").join(shaky[:MOST_SHOWN]))] if shaky else lines


def _persons(result: WhatIfData, say: Language) -> list[str]:
    """Name the persons whose growth target rises or falls most, on the mean of the points."""
    rows = result.gains[(result.gains["level"] == "person") & (result.gains["measure"] == "growth")]
    rows = rows.assign(change=rows["mean"] - rows["base"]).sort_values(["change", "id"], ignore_index=True)
    lines = []
    for key, part in (("points.more", rows[rows["change"] > 0].iloc[::-1]), ("points.less", rows[rows["change"] < 0])):
        named = [
            say(
                "points.person",
                name=row["name"] or row["id"],
                community=row["community"],
                change=say.number(float(row["change"]), 1, sign=True),
                base=say.number(float(row["base"]), 0),
            )
            for row in part.head(MOST_SHOWN).to_dict("records")
        ]
        if named:
            lines.append(say(key, persons=say("timeline.list").join(named)))
    return lines


def _change(row: Row, say: Language, *, sign: bool = False) -> str:
    """Return a change of the contribution with its interval."""
    mean, low, high = say.money_span(float(row["effect"]), float(row["low"]), float(row["high"]), sign=sign)
    return say("answer.interval", mean=mean, low=low, high=high)
