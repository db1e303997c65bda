"""The sensitivity of a study in words and one table: what hangs on which assumption, and whether 1+1>2 at every end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from scenarios.schema.reference import describe_schema
from study.presentation.headlines import OF_MEASURES
from study.presentation.language import NOTHING, Language
from study.presentation.verdict import Estimate, judge, kpi_unit, write_interval, write_number

TOLD = ("contribution", "dip_depth", "synergy")
"""KPIs of picture and table."""


def key_label(key: str, say: Language) -> str:
    """Return what a key is called: by the catalogue, else by what the schema says of it."""
    if say.has(f"doubt.{key}"):
        return say(f"doubt.{key}")
    meaning = next((meaning for name, _, meaning in describe_schema() if name == key), "")
    return say.gloss(meaning) if meaning else key


def by_weight(table: pd.DataFrame, kpi: str = TOLD[0]) -> list[str]:
    """Return the keys, first the one over whose range a KPI changes most; ties in the scenario's order."""
    mine = table[table["kpi"] == kpi]
    ends = mine.assign(zero=0.0)[["key", "difference", "zero"]].melt("key")
    span = ends.groupby("key", sort=False)["value"].agg(lambda v: float(v.max() - v.min()))
    return [str(key) for key in span.sort_values(ascending=False, kind="stable").index]


def findings(table: pd.DataFrame, say: Language) -> list[str]:
    """Say what moves contribution and dip most, and at which ends one and one need not be more than two."""
    found = []
    for kpi in ("contribution", "dip_depth"):
        mine = table[table["kpi"] == kpi]
        sure = mine[(mine["low"] > 0) | (mine["high"] < 0)]
        if not len(sure):
            found.append(say(f"doubts.{kpi}.nothing"))
            continue
        key = next(k for k in by_weight(table, kpi) if (sure["key"] == k).any())
        ends = mine[mine["key"] == key].sort_values("value").to_dict("records")
        low, high = (f"{ends[n]['value']:g}" for n in (0, -1))
        least, most = (_change(kpi, ends[n], say) for n in (0, -1))
        text = say(f"doubts.{kpi}.most", what=key_label(key, say), low=low, high=high, least=least, most=most)
        others = say("doubts.list").join(key_label(other, say) for other in _rivals(mine, key))
        found.append(text + (say("doubts.rivals", names=others) if others else ""))
    return [*found, *_more_than_two(table[table["kpi"] == "synergy"], say)]


def _rivals(mine: pd.DataFrame, key: str) -> list[str]:
    """Return the other keys whose change over their range may be as large as that of the one named first."""
    ends = mine.groupby("key", sort=False)[["low", "high"]]
    least, most = ends.min(), ends.max()
    surely = most["low"].clip(lower=0) - least["high"].clip(upper=0)
    perhaps = most["high"].clip(lower=0) - least["low"].clip(upper=0)
    return [str(other) for other in perhaps.index if other != key and not perhaps[other] < surely[key]]


def _more_than_two(table: pd.DataFrame, say: Language) -> list[str]:
    """Say at which ends the interval of synergy does not lie above 1."""
    rows = table[table["mean_low"].notna()].to_dict("records")
    if not rows:
        return []
    above = [row for row in rows if row["mean_low"] > 1]
    others = [row for row in rows if not row["mean_low"] > 1]
    if not above or not others:
        return [say("doubts.synergy.nowhere" if others else "doubts.synergy.everywhere", count=say.number(len(rows)))]
    kind, fewer = ("above", above) if len(above) < len(others) else ("not_above", others)
    names = say("doubts.list").join(f"{key_label(row['key'], say)} = {row['value']:g}" for row in fewer)
    return [say(f"doubts.synergy.{kind}", count=say.number(len(fewer)), of=say.number(len(rows)), names=names)]


def rows_of(table: pd.DataFrame, say: Language) -> list[tuple[str, ...]]:
    """Return a row per end: what varies, the plan's value, the value tried, and the change of each KPI."""
    rows = []
    for key in by_weight(table):
        for _, mine in table[table["key"] == key].groupby("value", sort=True):
            told: dict[str, Any] = {row["kpi"]: row for row in mine.to_dict("records")}
            base, tried = (f"{mine[column].iloc[0]:g}" for column in ("base", "value"))
            rows.append((key_label(key, say), base, tried, *(_change(k, told.get(k), say) for k in TOLD)))
    return rows


def measure_name(name: str, say: Language) -> str:
    """Return what a measure of the plan is called: by the catalogue, else as the scenario calls it."""
    return say(f"measures.name.{name}") if say.has(f"measures.name.{name}") else name


def worths_of(table: pd.DataFrame, say: Language, there: pd.DataFrame | None = None) -> list[tuple[str, ...]]:
    """Return a row per measure of the plan: its name, what it makes of each KPI, and what it earns in worlds."""
    rows = []
    for name in dict.fromkeys(table["measure"]):
        told = {row["kpi"]: row for row in table[table["measure"] == name].to_dict("records")}
        row = (measure_name(str(name), say), *(_change(kpi, told.get(kpi), say) for kpi in OF_MEASURES))
        rows.append(row if there is None else (*row, *_in_worlds(there, str(name), say)))
    return rows


def _in_worlds(there: pd.DataFrame, name: str, say: Language) -> tuple[str, str, str]:
    """Return what a measure earns on average over the worlds, between what nine of ten lie, and in how many it pays."""
    row = there[there["measure"] == name].iloc[0].to_dict()
    most = estimate_of({"difference": row["mean"], "low": row["lower"], "high": row["upper"], "replications": 2})
    found = _change("contribution", row, say)
    return found, write_interval("contribution", most, say, sign=True) or NOTHING, say.percent(float(row["pays"]), 0)


def worth_of_redrawing(table: pd.DataFrame, say: Language, there: pd.DataFrame | None = None) -> str | None:
    """Say what drawing the communities anew earns, in the worlds where there are any, or nothing where no plan does."""
    row = redrawing(table, there)
    if row is None:
        return None
    found = estimate_of(row)
    verdict = judge("contribution", found)
    values = {"worth": _amount("contribution", found, say), "unit": kpi_unit("contribution", say, change=True)}
    if there is None:
        return say(f"measures.redraw.{verdict}", holds=say("measures.holds.chance"), **values)
    share = say.percent(float(row["pays"]), 0)
    holds = say("measures.holds.worlds", worlds=row["worlds"], days=row["days"], share=share)
    return say(f"measures.redraw.{verdict}", holds=holds, **values)


PAYS, COSTS = "answer.communities.better", "answer.communities.worse"


class OfRedrawing(NamedTuple):
    """What is said of redrawing: a sentence, the id of a headline's ending, and the amount in it; maybe nothing."""

    sentence: str | None = None
    short: str | None = None
    amount: str = ""


def advice_on_redrawing(table: pd.DataFrame | None, say: Language, there: pd.DataFrame | None = None) -> OfRedrawing:
    """Return what is said of redrawing beside the balance that it brings."""
    row = None if table is None else redrawing(table, there)
    if table is None or row is None:
        return OfRedrawing()
    found = estimate_of(row)
    short = {"better": PAYS, "worse": COSTS}.get(judge("contribution", found))
    return OfRedrawing(worth_of_redrawing(table, say, there), short, say.money(abs(found.mean)))


def redrawing(table: pd.DataFrame, there: pd.DataFrame | None = None) -> dict[str, Any] | None:
    """Return the row of what drawing the communities anew earns: over worlds where there are any; None without one."""
    held = table if there is None else there
    mine = held[(held["measure"] == "redraw") & (held["kpi"] == "contribution")].to_dict("records")
    return {str(key): value for key, value in mine[0].items()} if mine else None


def estimate_of(row: Mapping[Any, Any] | pd.Series) -> Estimate:
    """Return the paired difference of a row: of runs, or the mean over worlds."""
    if "pays" in row:
        return Estimate(float(row["mean"]), float(row["low"]), float(row["high"]), int(row["worlds"]))
    return Estimate(float(row["difference"]), float(row["low"]), float(row["high"]), int(row["replications"]))


def _change(kpi: str, row: Mapping[Any, Any] | None, say: Language) -> str:
    if row is None:
        return NOTHING
    found = estimate_of(row)
    text = _amount(kpi, found, say)
    return f"{text} {_together(say('verdict.unsure'))}" if judge(kpi, found) == "unsure" else text


def _amount(kpi: str, found: Estimate, say: Language) -> str:
    """Return a difference with its interval, where it has one."""
    text = write_number(kpi, found.mean, say, sign=True)
    interval = write_interval(kpi, found, say, sign=True)
    return f"{text} {_together(interval)}" if interval else text


def _together(text: str) -> str:
    """Return a text that no line break parts."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
