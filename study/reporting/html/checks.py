"""How far the results can be trusted: what they hang on, and where the model was held against closed formulas."""

from __future__ import annotations

import shlex
from itertools import pairwise

from study.presentation.headlines import IN_SENSITIVITY, OF_MEASURES
from study.presentation.language import NOTHING, Language
from study.presentation.verdict import Estimate, judge, kpi_name, kpi_unit, write_interval, write_number
from study.reporting.html.tables import Grid
from study.results.record import StudyRecord
from study.sensitivity import summary
from study.validation.closed_formulas import holds


def tornado(record: StudyRecord, say: Language) -> Grid:
    """Return what both ends of every range that the scenario names change; no rows where it names none."""
    units = [f"{kpi_name(k, say)} [{kpi_unit(k, say, change=True)}]" for k in summary.TOLD]
    head = (say("table.assumption"), say("table.planned"), say("table.tried"), *units)
    table = record.tornado
    return Grid(head, () if table is None or table.empty else tuple(summary.rows_of(table, say)))


def found(record: StudyRecord, say: Language) -> list[str]:
    """Return in sentences what the results hang on."""
    return [] if record.tornado is None or record.tornado.empty else summary.findings(record.tornado, say)


def measures(record: StudyRecord, say: Language) -> Grid:
    """Return what each measure of the plan is worth; no rows where that was not simulated."""
    units = [f"{kpi_name(k, say)} [{kpi_unit(k, say, change=True)}]" for k in OF_MEASURES]
    table, there = record.measures, record.measures_in_worlds
    if there is not None and len(there):
        worlds, unit = int(there["worlds"].iloc[0]), kpi_unit("contribution", say, change=True)
        units += [say(f"table.{name}", worlds=worlds, unit=unit) for name in ("in_worlds", "most_worlds", "pays")]
    rows = () if table is None else tuple(summary.worths_of(table, say, there))
    return Grid((say("table.measure"), *units), rows)


def sensitivity(record: StudyRecord, say: Language) -> Grid:
    """Return what each varied key changes over its range; no rows where no what-if was added."""
    head = tuple(say(f"table.{n}") for n in ("key", "kpi", "effect", "interval_of", "verdict", "explained"))
    rows = []
    table = record.sensitivity
    for kpi in IN_SENSITIVITY:
        for row in [] if table is None else table[table["kpi"] == kpi].to_dict("records"):
            found = Estimate(float(row["effect"]), float(row["low"]), float(row["high"]), 0)
            rows.append(
                (
                    str(row["key"]),
                    f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say, change=True)}]",
                    write_number(kpi, found.mean, say, sign=True),
                    write_interval(kpi, found, say, sign=True) or NOTHING,
                    say(f"verdict.{judge(kpi, found)}"),
                    say.percent(float(row["explained"]), 0),
                )
            )
    return Grid(head, tuple(rows))


def validation(record: StudyRecord, say: Language) -> Grid:
    """Return what the model gives beside what a formula says; no rows where that was not run."""
    head = tuple(say(f"table.{n}") for n in ("check", "model", "interval_of", "formula", "verdict"))
    rows = []
    for row in [] if record.validation is None else record.validation.to_dict("records"):
        low, high, formula = (float(row[n]) for n in ("low", "high", "formula"))
        span = NOTHING if low == high else say("table.interval", low=say.number(low, 3), high=say.number(high, 3))
        state = "agrees" if holds(low, high, formula) else "differs"
        name = say(f"check.{row['check']}")
        rows.append((name, say.number(float(row["model"]), 3), span, say.number(formula, 3), say(f"check.{state}")))
    return Grid(head, tuple(rows))


def suggestion(record: StudyRecord) -> str:
    """Return the commands that add a sensitivity to this report."""
    name = record.scenario.name
    given = [str(a) for a in record.run.get("arguments") or ()]
    named = [b for a, b in pairwise(given) if a == "--out"]
    folder = shlex.quote(named[-1] if named else f"results/study-{name}")
    return (
        f"fusion whatif {name} --vary learning.peer_value=1:2:0.5 --vary hand_over.loss=0.2:0.4:0.1\n"
        f"fusion report {folder} --whatif results/whatif-{name}"
    )
