"""The tables of the report, as text ready to show: names instead of ids, numbers as the language writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from scenarios.loading.territory_account import account_of
from study.plotting.balance import share_moved, worst
from study.presentation.error_messages import clock_cut
from study.presentation.headlines import HEADLINES
from study.presentation.language import NOTHING, Language
from study.presentation.territory_account import account_table
from study.presentation.verdict import (
    Estimate,
    difference,
    judge,
    kpi_name,
    kpi_unit,
    level,
    write_interval,
    write_number,
)
from study.reporting.html.answers import proof_text
from study.results.record import StudyRecord

TRAINED = "trained"
"""Column of the placement: who is trained in both businesses, where not everybody is."""

MEASURES = (
    *(("fixed", "growth"), ("mobile", "growth"), ("mobile", "channel")),
    *(("fixed", "revenue"), ("mobile", "revenue"), ("fixed", "arrears"), ("mobile", "arrears")),
)
"""Columns of the target tables, in order."""


@dataclass(frozen=True)
class Grid:
    """A table: head, rows of text; the first column names the row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    order: str = ""
    """What comes first, where that is not the order of names; a long table folds behind its first ten rows."""


@dataclass(frozen=True)
class Cell:
    """A difference with its interval and verdict."""

    difference: str
    interval: str
    verdict: str
    kind: str


@dataclass(frozen=True)
class ComparisonRow:
    """One KPI: its value in the studied scenario, and every alternative's difference to it."""

    name: str
    unit: str
    value: str
    interval: str
    change_unit: str
    cells: tuple[Cell, ...]


def account(record: StudyRecord, say: Language) -> Grid:
    """Return what was read of the territory, what was derived from it, and what was generated."""
    table = account_table(account_of(record.territory), say)
    return Grid(tuple(map(str, table.columns)), tuple(tuple(row) for row in table.itertuples(index=False)))


def comparison(record: StudyRecord, say: Language) -> dict[str, Any]:
    """Return the comparison of every alternative with the studied scenario."""
    others = list(record.scenarios.values())[1:]
    present = set(record.replications.loc[record.replications["scenario"] == record.scenario.name, "kpi"])
    rows = []
    for kpi in [k for k in HEADLINES if k in present]:
        value = level(record.replications, record.scenario, kpi)
        cells = tuple(_cell(kpi, difference(record.comparison, s.name, kpi), say) for s in others)
        rows.append(
            ComparisonRow(
                kpi_name(kpi, say, record.scenario),
                kpi_unit(kpi, say),
                write_number(kpi, value.mean, say),
                write_interval(kpi, value, say),
                kpi_unit(kpi, say, change=True),
                cells,
            )
        )
    return {"scenarios": [s.title.say(say.code) for s in others], "rows": rows}


def merger_effect(record: StudyRecord, say: Language) -> Grid:
    """Return dip, break-even and synergy of every scenario with a merger, against no merger."""
    rows = []
    for scenario in record.scenarios.values():
        if not scenario.phases:
            continue
        texts = [scenario.title.say(say.code)]
        for kpi in ("dip_depth", "dip_days", "break_even_date", "synergy"):
            found = level(record.replications, scenario, kpi)
            runs = record.replications[
                (record.replications["scenario"] == scenario.name) & (record.replications["kpi"] == kpi)
            ]
            texts.append(_effect(kpi, found, len(runs), record, say))
        rows.append(tuple(texts))
    units = [f"{kpi_name(k, say)} [{kpi_unit(k, say)}]" for k in ("dip_depth", "dip_days")]
    head = (say("table.scenario"), *units, kpi_name("break_even_date", say), kpi_name("synergy", say))
    return Grid(head, tuple(rows))


def targets_by_centre(record: StudyRecord, say: Language) -> list[tuple[str, Grid]]:
    """Return for every target stage: company and centres by business and measure."""
    table = record.targets[record.targets["level"].isin(["company", "centre"])]
    return _by_stage(table, record, say, say("table.centre"))


def targets_by_community(record: StudyRecord, say: Language) -> list[tuple[str, Grid]]:
    """Return for every target stage: communities by business and measure."""
    return _by_stage(record.targets[record.targets["level"] == "community"], record, say, say("table.community"))


def overlay(record: StudyRecord, say: Language) -> Grid:
    """Return per centre: grid managers who know it, who go there, and how much of what they know comes along (F8)."""
    grid = record.placement[record.placement["force"] == "GM"]
    staff = record.placement[record.placement["force"] == "CM"]
    rows = []
    for centre in sorted(record.placement["centre"].astype(str).unique()):
        mine = grid[grid["centre"].astype(str) == centre]
        rows.append(
            (
                centre,
                say.number(int((staff["centre"].astype(str) == centre).sum())),
                say.number(len(mine)),
                say.number(_knowing(record.overlay, centre)),
                say.percent(float(mine["overlap"].mean()) if len(mine) else math.nan, 0),
                say.percent(float(mine["overlap"].min()) if len(mine) else math.nan, 0),
            )
        )
    head = (
        say("table.centre"),
        say("table.cm_here"),
        say("table.gm_here"),
        say("table.gm_know"),
        say("table.overlap_mean"),
        say("table.overlap_least"),
    )
    return Grid(head, tuple(rows))


def placement(record: StudyRecord, say: Language) -> Grid:
    """Return the teams: sellers of both forces in every redrawn community; who is trained, where not everybody is."""
    table = record.placement
    by_team = table.groupby(["centre", "community"])
    counts = table.groupby(["centre", "community", "force"]).size().unstack("force", fill_value=0)
    columns = [counts[force].to_numpy() if force in counts else [0] * len(counts) for force in ("CM", "GM")]
    if TRAINED in table:
        columns.append(by_team[TRAINED].sum().reindex(counts.index).to_numpy())
    rows = tuple(
        (str(centre), str(community), *(say.number(int(count)) for count in row))
        for (centre, community), row in zip(counts.index, zip(*columns, strict=True), strict=True)
    )
    names = ("table.centre", "table.community", "force.CM", "force.GM", *(["table.trained"] * (TRAINED in table)))
    return Grid(tuple(say(name) for name in names), rows)


def who_is_trained(record: StudyRecord, say: Language) -> str:
    """Return how many people are trained in both businesses; empty where everybody is."""
    if TRAINED not in record.placement:
        return ""
    able = record.placement[TRAINED].astype(bool)
    chosen = record.scenario.training.trainees
    ways = {"spread": "report.trained.spread", "chosen": "report.trained.chosen"}
    how = ways[chosen] if isinstance(chosen, str) else "report.trained.named"
    return say(how, count=int(able.sum()), total=len(able))


def plans(record: StudyRecord, say: Language) -> Grid:
    """Return the three plans side by side: number, balance, compactness, moves, proof."""
    rows = []
    for kind in [k for k in ("current", "redrawn", "subdivided") if k in record.scorecards]:
        card, result = record.scorecards[kind], record.partition.get(kind)
        rows.append(
            (
                say(f"plan.{kind}"),
                say.number(len(card)),
                say.percent(worst(record, kind)),
                say.number(float(card["radius"].max()), 1),
                NOTHING if kind == "current" else say.percent(share_moved(record, kind)),
                NOTHING if result is None else say(f"objective.{result.get('objective', 'moment')}"),
                NOTHING if result is None else proof_text(result, say),
            )
        )
    names = ("plan", "communities", "worst", "radius", "moved", "objective", "proof")
    return Grid(tuple(say(f"table.{n}") for n in names), tuple(rows))


def scorecards(record: StudyRecord, say: Language) -> list[tuple[str, Grid]]:
    """Return the scorecard of every plan."""
    return [
        (say(f"plan.{kind}"), _scorecard(record.scorecards[kind], say))
        for kind in ("redrawn", "subdivided", "current")
        if kind in record.scorecards
    ]


def run(record: StudyRecord, say: Language) -> dict[str, Any]:
    """Return what is needed to make the same study again."""
    content = record.run
    hashes = {
        record.scenarios[name].title.say(say.code) if name in record.scenarios else name: about.get("sha256", "")
        for name, about in dict(content.get("scenarios", {})).items()
    }
    territory: Mapping[str, Any] = content.get("territory") or {}
    return {
        "command": content.get("command", ""),
        "facts": [
            *(
                [(say("run.clock"), clock_cut(cut, say.code))]
                if (cut := list(content.get("clock_bound") or ()))
                else []
            ),
            (say("run.seed"), str(content.get("seed", NOTHING))),
            (say("run.replications"), str(content.get("replications", NOTHING))),
            (say("run.revision"), str(content.get("revision") or NOTHING)),
            (say("run.platform"), str(content.get("platform", NOTHING))),
            (say("run.versions"), ", ".join(f"{k} {v}" for k, v in dict(content.get("versions", {})).items())),
        ],
        "hashes": [*hashes.items(), (say("run.territory"), territory.get("sha256", ""))],
    }


def _cell(kpi: str, found: Estimate, say: Language) -> Cell:
    if not found.known:
        return Cell(NOTHING, "", say("verdict.unsure"), "unsure")
    verdict = judge(kpi, found)
    return Cell(
        write_number(kpi, found.mean, say, sign=True),
        write_interval(kpi, found, say, sign=True),
        say(f"verdict.{verdict}"),
        verdict,
    )


def _effect(kpi: str, found: Estimate, runs: int, record: StudyRecord, say: Language) -> str:
    if not found.known:
        return say("table.never", runs=runs) if kpi == "break_even_date" and runs else NOTHING
    if kpi != "break_even_date":
        return f"{write_number(kpi, found.mean, say)} {write_interval(kpi, found, say)}".strip()
    start = record.scenario.calendar.start
    day = say.day(start + timedelta(days=round(found.mean)))
    if found.count < runs:
        return say("table.some_break_even", day=day, count=found.count, runs=runs)
    if not math.isfinite(found.low):
        return day
    low, high = (say.day(start + timedelta(days=round(v))) for v in (found.low, found.high))
    return f"{day} {say('table.interval', low=low, high=high)}"


def _by_stage(table: pd.DataFrame, record: StudyRecord, say: Language, first: str) -> list[tuple[str, Grid]]:
    found = []
    for stage in record.scenario.target_stages:
        own = table[table["stage"] == stage.name]
        if not len(own):
            continue
        wide = own.pivot_table(
            index=["level", "id"], columns=["business", "measure"], values="value", aggfunc="sum", sort=False
        )
        columns = [c for c in MEASURES if c in wide.columns]
        rows = []
        for key, values in wide.sort_index(level=0, ascending=False, sort_remaining=False).iterrows():
            which, name = str(key[0]), str(key[1])  # type: ignore[index]
            label = say("table.company") if which == "company" else name
            rows.append((label, *(say.number(float(values[c]), 0) for c in columns)))
        head = (
            first,
            *(f"{say(f'measure.{m}')}{say('comma')}{say.business(b)} [{say(f'measure_unit.{m}')}]" for b, m in columns),
        )
        found.append((stage.title.say(say.code), Grid(head, tuple(rows))))
    return found


def _knowing(table: pd.DataFrame, centre: str) -> int:
    """Return how many grid managers know some of a centre; the overlay has a row a pair, or a column a centre."""
    if {"centre", "overlap"} <= set(table.columns):
        return int(((table["centre"].astype(str) == centre) & (table["overlap"] > 0)).sum())
    return int((table[centre] > 0).sum()) if centre in table else 0


def _scorecard(card: pd.DataFrame, say: Language) -> Grid:
    shown = [c for c in ("population", "fixed_subscribers", "mobile_subscribers") if c in card]
    head = [say("table.community"), say("table.centre"), say("table.units"), say("table.deviation")]
    head += [say(f"attribute.{c}") for c in shown] + [say("table.radius"), say("table.cut_edges"), say("table.moved")]
    rows = []
    first = card["workload_deviation"].abs().sort_values(ascending=False, kind="stable").index
    for _, r in card.loc[first].iterrows():
        numbers = [say.number(float(r[c]), 0) for c in shown]
        rows.append(
            (
                str(r["community"]),
                str(r["centre"]),
                say.number(int(r["units"])),
                say.percent(float(r["workload_deviation"]), sign=True),
                *numbers,
                say.number(float(r["radius"]), 1),
                say.number(int(r["cut_edges"])),
                say.percent(float(r["moved"]), 0),
            )
        )
    return Grid(tuple(head), tuple(rows), say("table.furthest_first"))
