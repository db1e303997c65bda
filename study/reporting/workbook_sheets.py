"""What the workbook holds: every table of a study as columns and rows, with names instead of ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scenarios.rules.moved import moved_units
from scenarios.schema.planning import IN_CENTS
from study.presentation.language import Language
from study.presentation.verdict import COUNTS, Estimate, judge, kpi_name, level
from study.presentation.verdict import MONEY as IN_YUAN
from study.reporting.html import cautions
from study.reporting.html.assumptions import assumptions
from study.results.record import StudyRecord
from study.sensitivity.summary import estimate_of, key_label, measure_name

KINDS = ("current", "redrawn", "subdivided")


@dataclass(frozen=True)
class Column:
    """A column of a sheet: header with unit, and how its numbers look (None: text)."""

    header: str
    form: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet: name, columns, rows, and what its table is called in formulas."""

    name: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    table: str


@dataclass(frozen=True)
class Amount:
    """A number that looks otherwise than its column: results stand below one another in different units."""

    value: float
    form: str


PLAIN = "General"
TEXT, WHOLE, TENTH, MONEY, SHARE, POINT = None, "#,##0", "#,##0.0", "#,##0.00", "0.0%", "#,##0.000"


def plan_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Every basic unit with its community in each plan."""
    units = record.territory.units
    kinds = [k for k in KINDS if k in record.plans]
    extra = [c for c in ("population", "households", "workload") if c in units]
    columns = [Column(say("table.unit_id")), Column(say("table.name")), Column(say("table.centre"))]
    columns += [Column(say(f"plan.{k}")) for k in kinds]
    columns += [Column(say(f"attribute.{c}"), WHOLE) for c in extra]
    parts = [record.plans[k].assignment.reindex(units.index).astype(str) for k in kinds]
    names, centres = _column(units, "name"), _column(units, "centre")
    numbers = [units[c] for c in extra]
    rows = list(zip(units.index, names, centres, *parts, *numbers, strict=True))
    return Sheet(say("sheet.plan"), tuple(columns), rows, "Units")


def scorecard_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Scorecards of all plans below one another."""
    cards = {k: record.scorecards[k] for k in KINDS if k in record.scorecards}
    numbers = [c for c in next(iter(cards.values())).columns if c not in ("community", "centre")]
    columns = [Column(say("table.plan")), Column(say("table.community")), Column(say("table.centre"))]
    columns += [_score_column(c, say) for c in numbers]
    rows = [
        (say(f"plan.{kind}"), str(r["community"]), str(r["centre"]), *(r.get(c) for c in numbers))
        for kind, card in cards.items()
        for _, r in card.iterrows()
    ]
    return Sheet(say("sheet.scorecard"), tuple(columns), rows, "Scorecard")


def moves_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Units that change community when it is redrawn."""
    units, plans = record.territory.units, record.plans
    names = ("unit_id", "name", "centre", "from", "to")
    columns = (*(Column(say(f"table.{n}")) for n in names), Column(say("attribute.population"), WHOLE))
    if "redrawn" not in plans or "current" not in plans:
        return Sheet(say("sheet.moves"), columns, [], "Moves")
    moved = moved_units(record.territory, plans["current"].assignment, plans["redrawn"].assignment)
    index = units.index[moved]
    old, new = (plans[k].assignment.reindex(index).astype(str) for k in ("current", "redrawn"))
    people = units.loc[index, "population"] if "population" in units else pd.Series(np.nan, index=index)
    rows = list(
        zip(index, _column(units, "name")[moved], _column(units, "centre")[moved], old, new, people, strict=True)
    )
    return Sheet(say("sheet.moves"), columns, rows, "Moves")


def targets_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Targets of company, centres and communities."""
    table = record.targets[record.targets["level"].isin(["company", "centre", "community"])].fillna({"parent": ""})
    stages = {s.name: s.title.say(say.code) for s in record.scenario.target_stages}
    heads = ["stage", "level", "name", "parent", "business", "measure", "unit"]
    columns = (*(Column(say(f"table.{h}")) for h in heads), Column(say("table.value"), MONEY), Column("id"))
    rows = [
        (
            stages.get(str(r.stage), str(r.stage)),
            say(f"level.{r.level}"),
            say("table.company") if r.level == "company" else str(r.id),
            say("table.company") if r.parent == "company" else str(r.parent),
            say.business(r.business),
            say(f"measure.{r.measure}"),
            say(f"measure_unit.{r.measure}"),
            Amount(value, MONEY if r.measure in IN_CENTS else WHOLE),
            str(r.id),
        )
        for r, value in zip(table.itertuples(), table["value"].tolist(), strict=True)
    ]
    return Sheet(say("sheet.targets"), columns, rows, "Targets")


def attainment_sheet(record: StudyRecord, say: Language) -> Sheet | None:
    """Growth over target of company and centres, by scenario, stage and business."""
    table = record.attainment
    if table is None or not len(table):
        return None
    columns = [Column(say(f"table.{h}")) for h in ("scenario", "stage", "level", "name", "business")]
    columns += [Column(say("table.target"), WHOLE), Column(say("table.reached"), TENTH)]
    columns += [Column(say("kpi.attainment.name"), SHARE), *(Column(say(f"table.{n}"), SHARE) for n in ("low", "high"))]
    rows: list[tuple[Any, ...]] = []
    for r in table.itertuples():
        scenario = record.scenarios[str(r.scenario)]
        stages = {s.name: s.title.say(say.code) for s in scenario.target_stages}
        name = say("table.company") if r.level == "company" else str(r.id)
        texts = (scenario.title.say(say.code), stages.get(str(r.stage), str(r.stage)), say(f"level.{r.level}"), name)
        rows.append((*texts, say.business(r.business), r.target, r.reached, r.attainment, r.low, r.high))
    return Sheet(say("sheet.attainment"), tuple(columns), rows, "Attainment")


def comparison_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Paired differences against the studied scenario, with the verdict in words."""
    columns = [Column(say("table.scenario")), Column(say("table.kpi")), Column(say("table.unit"))]
    columns += [Column(say(f"table.{n}"), POINT) for n in ("difference", "low", "high")]
    columns += [Column(say("table.verdict")), Column(say("glance.replications"), WHOLE), Column("kpi")]
    rows = []
    for _, r in record.comparison.iterrows():
        found = Estimate(float(r["difference"]), float(r["low"]), float(r["high"]), int(r["replications"]))
        kpi, name = str(r["kpi"]), str(r["scenario"])
        title = record.scenarios[name].title.say(say.code) if name in record.scenarios else name
        unit = (
            say(f"kpi.{kpi.split('.', maxsplit=1)[0]}.unit")
            if say.has(f"kpi.{kpi.split('.', maxsplit=1)[0]}.unit")
            else ""
        )
        verdict = say(f"verdict.{judge(kpi, found)}")
        rows.append((title, kpi_name(kpi, say, record.scenario), unit, *_three(kpi, found), verdict, found.count, kpi))
    return Sheet(say("sheet.comparison"), tuple(columns), rows, "Differences")


def kpis_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Every result of every scenario: mean over the replications, with interval."""
    columns = [Column(say("table.scenario")), Column(say("table.kpi")), Column(say("table.unit"))]
    columns += [Column(say(f"table.{n}"), POINT) for n in ("mean", "low", "high")]
    columns += [Column(say("glance.replications"), WHOLE), Column("kpi")]
    rows = []
    for scenario in record.scenarios.values():
        own = record.replications[record.replications["scenario"] == scenario.name]
        for kpi in dict.fromkeys(own["kpi"].astype(str)):
            found = level(own, scenario, kpi)
            unit = _unit(kpi, say)
            name = kpi_name(kpi, say, record.scenario)
            rows.append((scenario.title.say(say.code), name, unit, *_three(kpi, found), found.count, kpi))
    return Sheet(say("sheet.kpis"), tuple(columns), rows, "Results")


def sensitivity_sheet(record: StudyRecord, say: Language) -> Sheet | None:
    """Each assumption at both ends of its range, and what that changes."""
    if record.tornado is None or not len(record.tornado):
        return None
    columns = [Column(say("table.assumption")), Column(say("table.planned"), PLAIN), Column(say("table.tried"), PLAIN)]
    columns += [Column(say("table.kpi")), Column(say("table.unit"))]
    for of in (say("table.mean"), say("table.difference")):
        ends = (say("doubts.row", what=of, value=say(f"table.{end}").lower()) for end in ("low", "high"))
        columns += [Column(header, POINT) for header in (of, *ends)]
    columns += [Column(say("table.verdict")), Column(say("glance.replications"), WHOLE)]
    columns += [Column(say("table.key")), Column("kpi")]
    rows = []
    for r in record.tornado.to_dict("records"):
        kpi, key, runs = str(r["kpi"]), str(r["key"]), int(r["replications"])
        there = Estimate(float(r["mean"]), float(r["mean_low"]), float(r["mean_high"]), runs)
        change = Estimate(float(r["difference"]), float(r["low"]), float(r["high"]), runs)
        what = (key_label(key, say), float(r["base"]), float(r["value"]), kpi_name(kpi, say), _unit(kpi, say))
        verdict = say(f"verdict.{judge(kpi, change)}")
        rows.append((*what, *_three(kpi, there), *_three(kpi, change), verdict, runs, key, kpi))
    return Sheet(say("sheet.sensitivity"), tuple(columns), rows, "Sensitivity")


def measures_sheet(record: StudyRecord, say: Language) -> Sheet | None:
    """Each measure of the plan, and what it is worth."""
    if record.measures is None or not len(record.measures):
        return None
    columns = [Column(say(f"table.{name}")) for name in ("measure", "kpi", "unit")]
    columns += [Column(say("table.difference"), POINT)]
    columns += [Column(say(f"table.{end}"), POINT) for end in ("low", "high")]
    columns += [Column(say("table.verdict")), Column(say("glance.replications"), WHOLE), Column("kpi")]
    rows = []
    for r in record.measures.to_dict("records"):
        kpi, found = str(r["kpi"]), estimate_of(r)
        what = (measure_name(str(r["measure"]), say), kpi_name(kpi, say), _unit(kpi, say))
        rows.append((*what, *_three(kpi, found), say(f"verdict.{judge(kpi, found)}"), found.count, kpi))
    for r in [] if record.measures_in_worlds is None else record.measures_in_worlds.to_dict("records"):
        kpi, found = str(r["kpi"]), estimate_of(r)
        name = say("measures.in_worlds", measure=measure_name(str(r["measure"]), say), share=say.percent(r["pays"], 0))
        what = (name, kpi_name(kpi, say), _unit(kpi, say))
        rows.append((*what, *_three(kpi, found), say(f"verdict.{judge(kpi, found)}"), found.count, kpi))
    return Sheet(say("sheet.measures"), tuple(columns), rows, "Measures")


def assumptions_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Every value of the studied scenario."""
    columns = tuple(Column(say(f"table.{n}")) for n in ("key", "value", "unit", "meaning", "assumed", "evidence"))
    rows = [
        (a.key, a.value, *(say.gloss(t) for t in (a.unit, a.meaning)), "●" if a.assumed else "", a.source(say))
        for a in assumptions(record)
    ]
    return Sheet(say("sheet.assumptions"), columns, rows, "Assumptions")


def warnings_sheet(record: StudyRecord, say: Language) -> Sheet:
    """Warnings that every reader must see."""
    columns = tuple(Column(say(f"table.{n}")) for n in ("kind", "warning", "place"))
    return Sheet(
        say("sheet.warnings"), columns, [(w.kind, w.text, w.where) for w in cautions.warnings(record, say)], "Warnings"
    )


def _score_column(name: str, say: Language) -> Column:
    if name.endswith("_deviation"):
        stem = name.removesuffix("_deviation")
        return Column(say("table.deviation_of", what=_attribute(stem, say)), SHARE)
    forms = {"units": WHOLE, "cut_edges": WHOLE, "moved": SHARE, "radius": MONEY, "moment": WHOLE}
    title = say(f"table.{name}") if say.has(f"table.{name}") else _attribute(name, say)
    return Column(title, forms.get(name, WHOLE))


def _attribute(name: str, say: Language) -> str:
    return say(f"attribute.{name}") if say.has(f"attribute.{name}") else name


def _unit(kpi: str, say: Language) -> str:
    """Return the unit of a KPI as the files hold it: shares as shares."""
    key = f"kpi.{kpi.partition('.')[0]}.unit"
    return say(key) if say.has(key) else ""


def names_of_people(record: StudyRecord) -> dict[str, str]:
    """Return seller -> name, where names are known."""
    sellers = record.territory.sellers
    if sellers is None or "name" not in sellers:
        return {}
    named = sellers[sellers["name"].notna()]
    return dict(zip(named["seller_id"].astype(str), named["name"].astype(str), strict=True))


def _column(units: pd.DataFrame, name: str) -> np.ndarray[Any, Any]:
    if name not in units:
        return np.full(len(units), "", dtype=object)
    return units[name].fillna("").astype(str).to_numpy(dtype=object)


def _three(kpi: str, found: Estimate) -> tuple[Amount, ...]:
    """Return a mean with its interval, in the decimals that its unit deserves."""
    root = kpi.partition(".")[0]
    form = WHOLE if root in IN_YUAN else TENTH if root in COUNTS else POINT
    return tuple(Amount(value, form) for value in (found.mean, found.low, found.high))
