"""The manager's first question: growth over target by stage, business and centre, in words and as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy import stats

from scenarios import Scenario
from sim.output_analysis.attainment import ALL, COLUMNS
from study.presentation.language import Language
from study.presentation.verdict import Estimate
from study.reporting.html.answers import Answer, answers
from study.reporting.html.tables import Grid
from study.results.record import StudyRecord
from study.robustness.wording.phrases import title_of

BUSINESSES = (ALL, "fixed", "mobile")

NAMED = 3
"""Centres that a sentence names; the table has all."""


def questions(record: StudyRecord, say: Language) -> list[Answer]:
    """Return the answers of the first page: the timeline, whether targets are reached, weights, communities."""
    first, *rest = answers(record, say)
    reached = attained(record, say)
    return [first, *([reached] if reached else []), *rest]


def attained(record: StudyRecord, say: Language) -> Answer | None:
    """Return whether the studied scenario reaches its growth targets; None where nothing was to be reached."""
    table = of_scenario(record, record.scenario)
    stages = [s for s in record.scenario.target_stages if (table["stage"] == s.name).any()]
    if not stages:
        return None
    titles = {s.name: s.title.short(say.code) for s in stages}
    company = together(table, record.scenario.study.confidence)
    missed = [name for name, found in company.items() if found.high < 1]
    open_ = [name for name, found in company.items() if found.low < 1 <= found.high or not math.isfinite(found.low)]
    told = missed or open_ or list(titles)
    lowest = min(told, key=lambda name: company[name].mean)
    state = "missed" if missed else "open" if open_ else "reached"
    values = {"share": say.percent(company[lowest].mean, 0), "interval": _interval(company[lowest], record, say)}
    headline = say(
        f"answer.attainment.{state}",
        stages=say.listed([titles[name] for name in told]),
        title=title_of(record.scenario, say),
        stage=titles[lowest],
        **values,
    )
    points = [_stage_line(table[table["stage"] == s.name], titles[s.name], record, say) for s in stages]
    points += _advised(record, say)
    verdict = {"missed": "worse", "open": "unsure", "reached": "better"}[state]
    return Answer(say("answer.attainment.question"), headline, tuple(points), verdict)


def together(rows: pd.DataFrame, confidence: float) -> dict[str, Estimate]:
    """Return the company's attainment of each stage, with intervals that hold for all stages at once (Bonferroni)."""
    mine = rows[(rows["level"] == "company") & (rows["business"] == ALL)]
    found = {}
    for row in mine.to_dict("records"):
        runs, mean = int(row["replications"]), float(row["attainment"])
        half = (float(row["high"]) - float(row["low"])) / 2
        if runs > 1:
            wide, alone = (stats.t.ppf(1 - (1 - confidence) / 2 / n, runs - 1) for n in (len(mine), 1))
            half *= float(wide / alone)
        found[str(row["stage"])] = Estimate(mean, mean - half, mean + half, runs)
    return found


def of_scenario(record: StudyRecord, scenario: Scenario) -> pd.DataFrame:
    """Return the rows of a scenario; none where the study wrote no attainment, as older ones did not."""
    table = record.attainment
    if table is None or not len(table):
        return pd.DataFrame(columns=["scenario", *COLUMNS])
    return table[table["scenario"] == scenario.name]


def short_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the centres that surely miss their target of both businesses together, the furthest first."""
    mine = rows[(rows["level"] == "centre") & (rows["business"] == ALL)]
    return mine[mine["high"] < 1].sort_values("attainment", kind="stable")


def grids(record: StudyRecord, say: Language) -> list[tuple[str, Grid]]:
    """Return for each business: company and centres by stage, as growth over target with its interval."""
    table, found = of_scenario(record, record.scenario), []
    stages = [s for s in record.scenario.target_stages if (table["stage"] == s.name).any()]
    if not stages:
        return []
    confidence = say.percent(record.scenario.study.confidence, 0)
    head = (say("table.centre"), *(s.title.short(say.code) for s in stages))
    for business in BUSINESSES:
        own = table[table["business"] == business]
        cells = {(str(r["id"]), str(r["stage"])): _cell(r, say) for r in own.to_dict("records")}
        levels = dict(zip(own["id"].astype(str), own["level"], strict=True))
        rows = [
            (say("table.company") if level == "company" else name, *(cells.get((name, s.name), "") for s in stages))
            for name, level in levels.items()
        ]
        caption = say("caption.attainment", business=say.business(business), confidence=confidence)
        found.append((caption, Grid(head, tuple(rows))))
    return found


def _cell(row: Mapping[Any, Any], say: Language) -> str:
    """Return a share with its interval, where several runs give one."""
    text = say.percent(float(row["attainment"]), 0)
    if not math.isfinite(row["low"]):
        return text
    ends = {end: say.number(float(row[end]) * 100, 0) for end in ("low", "high")}
    return f"{text} {say('table.interval', **ends)}"


def _stage_line(rows: pd.DataFrame, title: str, record: StudyRecord, say: Language) -> str:
    """Return what company, businesses and centres reach in a stage."""
    company = rows[rows["level"] == "company"].set_index("business")["attainment"]
    parts = [
        say("answer.attainment.of", business=say.business(b), share=say.percent(float(company[b]), 0))
        for b in BUSINESSES[1:]
        if b in company
    ]
    whole: Any = rows[(rows["level"] == "company") & (rows["business"] == ALL)].iloc[0]
    found = Estimate(float(whole["attainment"]), float(whole["low"]), float(whole["high"]), 0)
    text = say(
        "answer.attainment.stage",
        stage=title,
        share=say.percent(found.mean, 0),
        interval=_interval(found, record, say),
        parts=say.listed(parts),
    )
    centres = int(((rows["level"] == "centre") & (rows["business"] == ALL)).sum())
    short = short_of(rows)
    if not len(short):
        return text + say.space + say("answer.attainment.none_short", centres=centres)
    names = [
        say("answer.attainment.centre", centre=r["id"], share=say.percent(float(r["attainment"]), 0))
        for _, r in short.head(NAMED).iterrows()
    ]
    key = "answer.attainment.short" if len(short) <= NAMED else "answer.attainment.short_first"
    return text + say.space + say(key, count=len(short), centres=centres, names=say.listed(names))


def _advised(record: StudyRecord, say: Language) -> list[str]:
    """Return what the recommended timeline reaches, where it is another than the one studied."""
    name = None if record.robust is None else str(record.robust["recommended"])
    if name is None or name == record.scenario.name or name not in record.scenarios:
        return []
    other = record.scenarios[name]
    table = of_scenario(record, other)
    rows = table[(table["level"] == "company") & (table["business"] == ALL)]
    titles = {s.name: s.title.short(say.code) for s in other.target_stages}
    parts = [
        say("answer.attainment.centre", centre=titles[str(r["stage"])], share=say.percent(float(r["attainment"]), 0))
        for _, r in rows.iterrows()
        if str(r["stage"]) in titles
    ]
    return [say("answer.attainment.advised", title=title_of(other, say), parts=say.listed(parts))] if parts else []


def _interval(found: Estimate, record: StudyRecord, say: Language) -> str:
    """Return the ends of an interval with its level; nothing where one run has none."""
    if not math.isfinite(found.low):
        return ""
    ends = {end: say.percent(value, 0) for end, value in (("low", found.low), ("high", found.high))}
    confidence = say.percent(record.scenario.study.confidence, 0)
    return say("answer.attainment.interval", confidence=confidence, **ends)
