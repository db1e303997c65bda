"""The workbook's sheet of what holds in the worlds that may be: a row per timeline and horizon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from study.presentation.language import Language
from study.presentation.verdict import kpi_name
from study.reporting.workbook_sheets import SHARE, WHOLE, Column, Sheet
from study.results.record import StudyRecord
from study.robustness.wording.phrases import title_of

MONEY_ROWS = ("against_studied", "against_no_merger", "expected_regret", "worst_regret")
CHANCES = (*("probability_best", "probability_not_interrupted", "probability_beats_no_merger", "probability_synergy"),)


def robust_sheet(record: StudyRecord, say: Language) -> Sheet | None:
    """Every timeline at every horizon: differences and regret in yuan, chances, and how often each principle breaks."""
    robust = record.robust
    if robust is None:
        return None
    columns = [Column(say("robust.column.timeline")), Column(say("table.horizon"), WHOLE)]
    for names, form in ((MONEY_ROWS, WHOLE), (CHANCES, SHARE)):
        for name in names:
            ends = (
                say("doubts.row", what=say(f"robust.sheet.{name}"), value=say(f"table.{e}").lower())
                for e in ("low", "high")
            )
            columns += [Column(header, form) for header in (say(f"robust.sheet.{name}"), *ends)]
    kpis = list(robust["principles"])
    columns += [Column(say("robust.sheet.breaks", kpi=kpi_name(kpi, say)), SHARE) for kpi in kpis]
    rows = []
    for name, about in robust["scenarios"].items():
        for days, found in about["horizons"].items():
            numbers = [x for key in (*MONEY_ROWS, *CHANCES) for x in _three(found[key])]
            breaks = [_value(found["broken"][kpi]["value"]) for kpi in kpis]
            rows.append((title_of(record.scenarios[name], say), int(days), *numbers, *breaks))
    return Sheet(say("sheet.robust"), tuple(columns), rows, "Robustness")


def _three(found: Mapping[str, Any]) -> tuple[float, float, float]:
    return (_value(found["value"]), _value(found["low"]), _value(found["high"]))


def _value(number: Any) -> float:
    return float("nan") if number is None else float(number)
