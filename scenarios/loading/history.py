"""A history: results that were really observed, by day or by month, checked against what the model can also tell."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.errors import InputError, Problem
from foundation.findings import Findings
from foundation.messages import Joined, Message
from scenarios.loading.history_table import WORKBOOKS, history_table, holds_history
from scenarios.rules.workdays import is_working_day, working_days
from scenarios.schema.dotted_keys import near
from scenarios.schema.organisation import Calendar
from scenarios.schema.scenario import Scenario
from scenarios.territory.raw_tables import RawTable

FIXED, MOBILE, ALL = "fixed", "mobile", "all"
EACH = (FIXED, MOBILE, ALL)

OBSERVABLE: dict[str, tuple[tuple[str, ...], str, str]] = {
    "sales": (EACH, "sum", "new subscribers [subscribers]"),
    "direct_sales": (EACH, "sum", "new subscribers by direct selling [subscribers]"),
    "channel_sales": ((MOBILE,), "sum", "new subscribers by outlets [subscribers]"),
    "churned": (EACH, "sum", "subscribers who left [subscribers]"),
    "net_additions": (EACH, "sum", "sales less churned [subscribers]; may be negative"),
    "revenue": (EACH, "sum", "monthly bills by calendar day [yuan]"),
    "arrears_recovered": (EACH, "sum", "overdue bills recovered [yuan]"),
    "support_requests": ((ALL,), "sum", "requests for help [requests]"),
    "support_wait_hours": ((ALL,), "mean", "mean wait before level-1 service [working hours]"),
    "hall_wait_minutes": ((ALL,), "mean", "mean wait of the customers served in halls [minutes]"),
    "hall_refused": ((ALL,), "sum", "customers refused in halls [customers]"),
}
"""KPI -> businesses it is known for, whether days add up or are averaged, and what it is."""

SIGNED = ("net_additions",)
TIMES = ("date", "month")
REQUIRED = ("kpi", "business", "value")
LARGEST_VALUE = 1e15
LONGEST_GAP = 31
"""Calendar days outside the study that a row may name because nobody worked on them."""


@dataclass(frozen=True)
class History:
    """Observed results.

    Attributes
    ----------
    name : str
        Of the file.
    table : DataFrame
        ``start, end`` (first and last calendar day), ``kpi, business, value`` and ``error`` (standard deviation of
        the measurement, in units of the value; NaN where not stated).
    daily : bool
        A row per day; otherwise a row per month.
    sha256 : str
        Digest of the table.
    notes : tuple of str
        What was understood of it that does not stand there in the project's words.
    """

    name: str
    table: pd.DataFrame
    daily: bool
    sha256: str
    notes: tuple[str, ...] = ()

    def before(self, day: date) -> History:
        """Return the part that ended before a day."""
        return history_of(self.table[self.table["end"] < day], self.daily, self.name, self.notes)


def history_of(table: pd.DataFrame, daily: bool, name: str, notes: tuple[str, ...] = ()) -> History:
    """Return a history of a table that is known to be sound, in order of time."""
    kept = table.sort_values(["start", "kpi", "business"], kind="stable", ignore_index=True)
    return History(name, kept, daily, hashlib.sha256(kept.to_csv(index=False).encode()).hexdigest(), notes)


def load_history(path: str | Path, scenario: Scenario | None = None) -> History:
    """Read a history file.

    Parameters
    ----------
    path : str or Path
        CSV or Excel (the sheet called history or 历史) with ``date`` (2021-12-11) or ``month`` (2021-12), ``kpi`` and
        ``business`` (`OBSERVABLE`), ``value``, and optionally ``error``; further columns are ignored. Chinese names
        of columns, KPIs and businesses are understood.
    scenario : Scenario, optional
        Given, every row must lie wholly within the days that it studies.

    Raises
    ------
    InputError
        Every problem of the file at once.
    """
    source, findings = Path(path), Findings()
    if not source.is_file():
        raise InputError(
            Problem(
                str(path), None, Message("no file is there"), Message("`fusion template` writes an empty history.csv.")
            )
        )
    raw = history_table(source, findings)
    findings.stop()
    assert raw is not None  # a file that cannot be read has stopped above
    time = _columns(raw, findings)
    findings.stop()
    table = _rows(raw, time, findings)
    _check_repeats(table, raw, findings)
    if scenario is not None:
        _check_days(table, raw, scenario, findings)
    if not len(raw.rows):
        findings.error(raw.source, None, Message("it has no rows"), Message("Give at least one observed value."))
    findings.stop()
    return history_of(table.drop(columns="row"), time == "date", source.name, tuple(findings.notes))


def is_history(path: str | Path) -> bool:
    """Say whether a file is meant as a history: a CSV, or a workbook of one sheet, that has ``kpi`` and ``value``."""
    source = Path(path)
    return source.suffix.lower() in (".csv", *WORKBOOKS) and source.is_file() and holds_history(source)


def _columns(raw: RawTable, findings: Findings) -> str:
    """Return the name of the column of time; report missing columns."""
    names = [str(c) for c in raw.frame.columns]
    times = [t for t in TIMES if t in names]
    if len(times) != 1:
        rule = Message("it must have one of the columns date and month, not both")
        findings.error(
            Message("{source} header", source=raw.source),
            ", ".join(names),
            rule,
            Message("Give date (2021-12-11) or month (2021-12)."),
        )
    for name in REQUIRED:
        if name not in names:
            findings.error(
                Message("{source} header", source=raw.source),
                None,
                Message("the column {name} is missing", name=name),
                near(name, names),
            )
    return times[0] if times else TIMES[0]


def _rows(raw: RawTable, time: str, findings: Findings) -> pd.DataFrame:
    """Return the rows that can be read; report every cell that can't."""
    rows: list[dict[str, Any]] = []
    bad: dict[tuple[str, str], list[tuple[str, Any]]] = {}

    def refuse(i: int, column: str, rule: str, remedy: str) -> None:
        bad.setdefault((rule, remedy), []).append((raw.place(i, column), raw.frame[column].iloc[i]))

    for i, cells in enumerate(raw.frame.to_dict("records")):
        span = _span(str(cells[time]), time)
        if span is None:
            month = time == "month"
            form = (
                Message("it must be a month such as 2021-12")
                if month
                else Message("it must be a date such as 2021-12-11")
            )
            refuse(i, time, form, Message("Write it with year, month and dashes."))
        kpi, business = str(cells["kpi"]), str(cells["business"])
        known = OBSERVABLE.get(kpi)
        if known is None:
            refuse(i, "kpi", Message("it is not a KPI that can be compared"), near(kpi, list(OBSERVABLE)))
        elif business not in known[0]:
            refuse(
                i,
                "business",
                Message("{kpi} is known for {names}", kpi=kpi, names=Joined(known[0])),
                Message("Write one of these."),
            )
        value = _number(cells["value"])
        if value is None:
            refuse(i, "value", Message("it must be a number"), Message("Leave a row out where nothing was observed."))
        elif value < 0 and kpi in OBSERVABLE and kpi not in SIGNED:
            refuse(i, "value", Message("{kpi} cannot be negative", kpi=kpi), Message("Correct the sign."))
        error = _number(cells["error"]) if cells.get("error") else math.nan
        if error is None or error < 0:
            refuse(
                i,
                "error",
                Message("it must be a number of at least 0, or empty"),
                Message("Give a standard deviation."),
            )
        if span and value is not None and known:
            start, end = span
            rows.append({"row": i, "start": start, "end": end, "kpi": kpi, "business": business, "value": value,
                         "error": math.nan if error is None else error})  # fmt: skip
    for (rule, remedy), cells_at in bad.items():
        findings.cells(cells_at, rule, remedy)
    return pd.DataFrame(rows, columns=["row", "start", "end", "kpi", "business", "value", "error"])


def _check_repeats(table: pd.DataFrame, raw: RawTable, findings: Findings) -> None:
    twice = table[table.duplicated(["start", "kpi", "business"])]
    cells = [(raw.place(int(r["row"])), f"{r['start']} {r['kpi']} {r['business']}") for r in twice.to_dict("records")]
    findings.cells(cells, Message("this result stands in the file before"), Message("Keep one of the two."))


def _check_days(table: pd.DataFrame, raw: RawTable, scenario: Scenario, findings: Findings) -> None:
    """Report rows that the study does not cover, and days on which nobody works."""
    days = working_days(scenario.calendar, scenario.run.days)
    worked = frozenset(days)
    outside, idle = [], []
    for row in table.to_dict("records"):
        start, end = row["start"], row["end"]
        place = raw.place(int(row["row"])), str(start) if start == end else f"{start:%Y-%m}"
        before, after = range((days[0] - start).days), range(1, (end - days[-1]).days + 1)
        if _misses(scenario.calendar, start, before) or _misses(scenario.calendar, days[-1], after):
            outside.append(place)
        elif not any(start <= day <= end for day in worked):
            idle.append(place)
    span = Message(
        "the study covers {days} to {days2}, and a row must lie wholly within it", days=days[0], days2=days[-1]
    )
    findings.cells(outside, span, Message("Leave it out, or set calendar.start and run.days."))
    rule = Message("the calendar has no work on this day")
    findings.cells(idle, rule, Message("Add its value to a working day, or set calendar.extra_workdays."))


def _misses(calendar: Calendar, day: date, gap: range) -> bool:
    """Say whether people work on a day of a gap outside the study: so many days after a day, which may be the last."""
    return len(gap) > LONGEST_GAP or any(is_working_day(calendar, day + timedelta(days=k)) for k in gap)


def _span(text: str, time: str) -> tuple[date, date] | None:
    """Return the first and last day that a cell of time means, as people and Excel write it."""
    try:
        if time == "date":
            day = _day(text)
            return None if day is None else (day, day)
        found = _MONTH_WRITTEN.fullmatch(text)
        if found is not None:
            first = date(int(found[1]), int(found[2]), 1)
        elif (day := _day(text)) is not None and day.day == 1:  # a month that Excel took for its first day
            first = day
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


_DAY_WRITTEN = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?")
_MONTH_WRITTEN = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})月?")
_SERIAL = re.compile(r"\d{5}")
EXCEL_DAY_0 = date(1899, 12, 30)
"""Day from which Excel counts the days that it shows as dates."""


def _day(text: str) -> date | None:
    """Return the day that a cell means: 2021-12-11, 2021/12/11, 2021年12月11日, or Excel's number of it."""
    if _SERIAL.fullmatch(text):
        return EXCEL_DAY_0 + timedelta(days=int(text))
    found = _DAY_WRITTEN.fullmatch(text)
    return None if found is None else date(int(found[1]), int(found[2]), int(found[3]))


def _number(cell: Any) -> float | None:
    try:
        value = float(str(cell).replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= LARGEST_VALUE else None
