"""Tables as they stand in a file: every cell as text, every row with its place, whatever the file's make."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from foundation.findings import Findings
from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.safe_csv import restored
from scenarios.territory.tables.known_columns import TableKind
from scenarios.territory.tables.raw_table import RawTable, plain
from scenarios.territory.tables.table_rows import MAX_COLUMNS, table_of
from scenarios.territory.tables.text_encoding import decoded
from scenarios.territory.tables.workbook import MAX_CELLS, MAX_FILE_BYTES, TooManyError, bounded, too_large

__all__ = [
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_FILE_BYTES",
    "RawTable",
    "plain",
    "read_csv",
    "read_records",
    "too_large",
]

MAX_TEXT_BYTES = 50_000_000
"""Largest CSV file that is read: its cells take thirty times the memory."""

MAX_CELL = 1_000_000
"""Characters of the longest cell."""


def read_csv(
    path: Path, findings: Findings, encoding: str | None = None, kind: TableKind | None = None
) -> RawTable | None:
    """Read a CSV file; None when it cannot be read, with the reason found.

    It is in `encoding` where that is stated, else in UTF-8, else in the code page that its characters speak for.
    """
    records, delimiter = _cells(path, findings, encoding)
    table = None if records is None else table_of(path.name, records, kind, findings)
    return None if table is None else replace(table, commas_part_cells=delimiter == ",")


def read_records(path: Path, findings: Findings, encoding: str | None = None) -> list[list[str]] | None:
    """Read the cells of a CSV file as they stand; None when it cannot be read, with the reason found."""
    return _cells(path, findings, encoding)[0]


def _cells(path: Path, findings: Findings, encoding: str | None) -> tuple[list[list[str]] | None, str]:
    """Return the cells of a CSV file, and what parts them."""
    text = _text(path, findings, encoding)
    if text is None:
        return None, ""
    delimiter = _delimiter(text)
    if delimiter != ",":
        findings.note(
            Message(
                "{name}: cells are separated by {what}.",
                name=path.name,
                what=Message("tabs") if delimiter == chr(9) else repr(delimiter),
            )
        )
    csv.field_size_limit(MAX_CELL)
    try:
        records = bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, TooManyError) as error:
        findings.error(
            path.name,
            None,
            Message("it is not a readable CSV table ({error})", error=_fault(error)),
            Message("Check its quotes and its size."),
        )
        return None, delimiter
    return [[restored(cell) for cell in row] for row in records], delimiter


def _fault(error: Exception) -> str:
    """Return what is wrong with a CSV table; the parser's own words where the program has none for it."""
    told = str(error)
    if isinstance(error, TooManyError):
        return cause(error)
    if "unexpected end of data" in told:
        return Message("a quotation mark is not closed")
    if "larger than field limit" in told:
        return Message("a cell has more than {most} characters", most=MAX_CELL)
    return Message("it holds a null character") if "NUL" in told else told


def _text(path: Path, findings: Findings, encoding: str | None) -> str | None:
    if too_large(path, findings, MAX_TEXT_BYTES):
        return None
    data = path.read_bytes()
    if data[:4] == b"PK\x03\x04" or (b"\x00" in data and "16" not in (encoding or "")):
        kind = "an Excel or zip file" if data[:2] == b"PK" else "UTF-16 text" if data[:2] in _UTF16 else "binary data"
        findings.error(path.name, f"{kind}", Message("it must be a CSV text file"), Message("Save it as CSV UTF-8."))
        return None
    return decoded(path.name, data, encoding, findings)


_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:200] if line.strip() and not line.lstrip().startswith("#")]
    head = next((line for line in lines if any(mark in line for mark in ",;\t")), "")
    return max(",;\t", key=head.count)
