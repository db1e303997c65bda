"""Small files of people: groups and pairs of units, ids, and the communities that somebody drew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from foundation.errors import InputError, Problem
from foundation.findings import Findings
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios.territory.raw_tables import read_records
from scenarios.territory.tables.workbook import read_sheets, unmarked


def read_groups(path: Path | None) -> list[tuple[str, ...]]:
    """Read a CSV of ``unit_id,group``."""
    groups: dict[str, list[str]] = {}
    for row in _two_columns(path, "unit_id", "group"):
        groups.setdefault(row[1], []).append(row[0])
    return [tuple(units) for units in groups.values()]


def read_pairs(path: Path | None) -> list[tuple[str, str]]:
    """Read a CSV of ``a,b``."""
    return [(row[0], row[1]) for row in _two_columns(path, "a", "b")]


def read_seats(path: Path | None) -> list[str]:
    """Read the units that must be seats: the first column of a CSV."""
    table = [] if path is None else rows(path)
    refuse(
        [
            wrong(path or "", number, row, Message("its first column must name a unit"))
            for number, row in enumerate(table, start=1)
            if not row[0]
        ]
    )
    return [row[0] for row in table if row[0] != "unit_id"]


def rows(path: Path) -> list[list[str]]:
    """Return the rows of a small CSV or Excel file as text, the empty ones left out; any encoding tables have will do.

    Raises
    ------
    InputError
        It cannot be read.
    """
    findings = Findings()
    try:
        if path.suffix.lower() == ".xlsx":
            table = next(iter(read_sheets(path, findings).values()), [])
        else:
            table = read_records(path, findings) or []
    except OSError as error:
        reason = Message("it cannot be read: {strerror}", strerror=cause(error))
        findings.error(str(path), None, reason, Message("Name a CSV file."))
    findings.stop()
    table = [[unmarked(cell).strip() for cell in row] for row in table]
    return [row for row in table if any(row) and not row[0].startswith("#")]


def wrong(path: Path | str, number: int, row: Sequence[str], rule: str) -> Problem:
    """Return what is said of a row that does not fit."""
    place = Message("{path} row {number}", path=path, number=number)
    return Problem(place, ",".join(row), rule, Message("Correct it."))


def refuse(problems: Sequence[Problem]) -> None:
    """Raise every problem there is."""
    if problems:
        raise InputError(problems)


def _two_columns(path: Path | None, first: str, second: str) -> list[list[str]]:
    if path is None:
        return []
    table = rows(path)
    headed = bool(table) and table[0][:2] == [first, second]
    table = table[headed:]
    refuse(
        [
            wrong(path, number, row, Message("it must be {first},{second}", first=first, second=second))
            for number, row in enumerate(table, start=1 + headed)
            if len(row) < 2 or not all(row[:2])
        ]
    )
    return table
