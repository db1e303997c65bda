"""Excel workbooks as offices keep them: merged cells, formulas, dates, and sheets under their own names."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from foundation.findings import Findings
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios.territory.tables.table_rows import MAX_COLUMNS

MAX_FILE_BYTES = 1_000_000_000
"""Largest file that is opened at all."""

MAX_UNPACKED_BYTES = 100_000_000
"""Largest size an Excel file may unpack to; a small file that unpacks to more is damaged or hostile."""

MAX_OTHER_BYTES = 4_000_000
"""The same for parts that hold no cells, such as styles: they are held as a whole, at forty times their size."""

_STREAMED = ("xl/worksheets/sheet", "xl/sharedStrings", "xl/media/", "xl/drawings/", "docProps/thumbnail")
"""Parts of an Excel file that are read cell by cell, or not at all."""

MAX_SHEETS = 100

MAX_CELLS = 5_000_000
"""Most cells of a table that is read, every row counted as wide as the widest; a cell takes some 200 bytes."""

MAX_FORMATTED = 10 * MAX_CELLS
"""Most cells of a sheet, the empty ones among them."""

MAX_SHEET_ROWS = 1_048_576

MAX_MERGED = 200_000
"""Most cells that merged ranges may stand for."""

FORMULA = "\x00formula:"
"""What a cell is marked with whose formula has no stored result."""

MERGED = "\x00merged:"
"""What a cell is marked with that holds the number of a merged range which begins in a row above."""

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+:[A-Z]+\d+)"')
_HAS_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


class TooManyError(ValueError):
    """A table has more cells than are read."""


def read_sheets(path: Path, findings: Findings) -> dict[str, list[list[str]]]:
    """Return the rows of every sheet of an .xlsx file that holds anything, by its title; cells as text.

    A merged range holds its value in every cell; a formula without a stored result stands as `FORMULA` and its text.
    """
    if not _is_safe(path, findings):
        return {}
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part raised
        findings.error(
            path.name,
            None,
            Message("Excel content cannot be read ({error})", error=cause(error)),
            Message("Save it again from Excel."),
        )
        return {}
    found: dict[str, list[list[str]]] = {}
    try:
        if len(book.worksheets) > MAX_SHEETS:
            msg = Message(
                "it has {count} sheets; there must be at most {most}", count=len(book.worksheets), most=MAX_SHEETS
            )
            raise TooManyError(msg)
        for sheet in book.worksheets:
            records = _records(sheet)
            if any(any(record) for record in records):
                found[str(sheet.title).strip()] = records
                _unmerge(path, sheet, records)
        _mark_formulas(path, book, found)
    except Exception as error:
        findings.error(
            path.name,
            None,
            Message("Excel content cannot be read ({error})", error=cause(error)),
            Message("Save it again from Excel."),
        )
    finally:
        book.close()
    return found


def unmarked(cell: str) -> str:
    """Return what a cell says: the number of its merged range, or the text of its formula."""
    return cell.removeprefix(MERGED).removeprefix(FORMULA)


def bounded(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows of a table, or stop before they take more memory than any table is worth.

    Raises
    ------
    TooManyError
        A row is too wide, or there are too many cells.
    """
    records: list[list[str]] = []
    widest = 1
    for row in rows:
        records.append(row)
        widest = max(widest, len(row))
        if widest > MAX_COLUMNS:
            msg = Message(
                "row {row} has {count} cells; there must be at most {most}",
                row=len(records),
                count=len(row),
                most=MAX_COLUMNS,
            )
            raise TooManyError(msg)
        if widest * len(records) > MAX_CELLS:
            msg = Message("it has more than {most} cells, {widest} in a row", most=MAX_CELLS, widest=widest)
            raise TooManyError(msg)
    return records


def too_large(path: Path, findings: Findings, most: int = MAX_FILE_BYTES) -> bool:
    """Return whether a file is empty or has more bytes than are read, with the finding recorded."""
    size = path.stat().st_size
    if size == 0:
        findings.error(path.name, None, Message("the file is empty"), Message("Give a file with content."))
    elif size > most:
        findings.error(
            path.name,
            Message("{size} bytes", size=size),
            Message("it must have at most {most} bytes", most=most),
            Message("Cut it into parts."),
        )
    return not 0 < size <= most


def _records(sheet: Any) -> list[list[str]]:
    sheet.reset_dimensions()  # a formatted but empty sheet claims a million rows
    rows = itertools.islice(sheet.iter_rows(values_only=True), MAX_SHEET_ROWS)
    return bounded([_cell(v) for v in row] for row in _filled(rows))


def _filled(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield rows without the empty cells at their ends: a sheet may be formatted far beyond what it holds.

    Raises
    ------
    TooManyError
        So far that going through the empty cells would take minutes.
    """
    passed = 0
    for row in rows:
        passed += len(row)
        if passed > MAX_FORMATTED:
            msg = Message("it has more than {most} cells, most of them empty", most=MAX_FORMATTED)
            raise TooManyError(msg)
        end = len(row)
        while end and row[end - 1] is None:
            end -= 1
        yield row[:end]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case dt.datetime() if value.time() == dt.time.min:
            return value.date().isoformat()
        case _:
            return str(value)


def _part(path: Path, sheet: Any) -> bytes:
    """Return the XML of a sheet, which the file has been found to be of a sensible size."""
    name = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    with zipfile.ZipFile(path) as archive:
        return archive.read(name) if name in archive.namelist() else b""


def _unmerge(path: Path, sheet: Any, records: list[list[str]]) -> None:
    """Give every cell of a merged range the value of its first: below a group's name stand its members."""
    covered = 0
    for ref in _MERGE.findall(_part(path, sheet)):
        left, top, right, bottom = (int(edge or 1) for edge in range_boundaries(ref.decode()))
        covered += (right - left + 1) * (bottom - top + 1)
        if covered > MAX_MERGED:
            msg = Message("its merged cells stand for more than {most}", most=MAX_MERGED)
            raise TooManyError(msg)
        if top > len(records) or left > len(records[top - 1]):
            continue
        value = records[top - 1][left - 1]
        below = f"{MERGED}{value}" if value and value.replace(".", "", 1).isdecimal() else value
        for k, row in enumerate(records[top - 1 : bottom]):
            row.extend([""] * (right - len(row)))
            row[left - 1 : right] = [below if k else value] * (right - left + 1)


def _mark_formulas(path: Path, book: Any, found: dict[str, list[list[str]]]) -> None:
    """Mark cells whose formula has no stored result; without a mark they would look empty."""
    with_formulas = {str(s.title).strip() for s in book.worksheets if _HAS_FORMULA.search(_part(path, s))}
    if not with_formulas & found.keys():
        return
    written = openpyxl.load_workbook(path, read_only=True, data_only=False)
    try:
        for sheet in written.worksheets:
            records = found.get(str(sheet.title).strip())
            if records is None or str(sheet.title).strip() not in with_formulas:
                continue
            rows = _records(sheet)
            records.extend([] for _ in range(len(rows) - len(records)))
            for row, formulas in zip(records, rows, strict=False):
                for i, text in enumerate(formulas):
                    if text.startswith("=") and (i >= len(row) or not row[i]):
                        row.extend([""] * (i + 1 - len(row)))
                        row[i] = f"{FORMULA}{text[:60]}"
    finally:
        written.close()


def _is_safe(path: Path, findings: Findings) -> bool:
    if too_large(path, findings):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            other = sum(e.file_size for e in archive.infolist() if not e.filename.startswith(_STREAMED))
    except (zipfile.BadZipFile, OSError, ValueError):
        findings.error(
            path.name, None, Message("it is not an .xlsx file"), Message("Save it from Excel as .xlsx, or give CSV.")
        )
        return False
    if unpacked > MAX_UNPACKED_BYTES:
        findings.error(
            path.name,
            Message("{unpacked} bytes unpacked", unpacked=unpacked),
            Message(
                "an Excel file must unpack to at most {max_unpacked_bytes} bytes", max_unpacked_bytes=MAX_UNPACKED_BYTES
            ),
            Message("Give the tables as CSV."),
        )
        return False
    if other > MAX_OTHER_BYTES:
        rule = Message(
            "styles and the like must unpack to at most {max_other_bytes} bytes", max_other_bytes=MAX_OTHER_BYTES
        )
        findings.error(
            path.name, Message("{other} bytes unpacked", other=other), rule, Message("Give the tables as CSV.")
        )
        return False
    return True
