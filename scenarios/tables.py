"""Tables as they stand in a file: every cell as text, every row with its place, whatever the file's make."""

from __future__ import annotations

import csv
import io
import itertools
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from scenarios.csvtext import restored
from scenarios.findings import Findings, named

MAX_FILE_BYTES = 1_000_000_000
"""Largest file that is opened at all."""

MAX_TEXT_BYTES = 50_000_000
"""Largest CSV file that is read: its cells take thirty times the memory."""

MAX_UNPACKED_BYTES = 100_000_000
"""Largest size an Excel file may unpack to; a small file that unpacks to more is damaged or hostile."""

MAX_COLUMNS = 2_000
MAX_SHEET_ROWS = 1_048_576

FIRST_DATA_ROW = 2


@dataclass(frozen=True)
class RawTable:
    """One table before anyone interprets it.

    Attributes
    ----------
    source : str
        What messages call it: ``units.csv``, or ``model.xlsx sheet units``.
    frame : DataFrame
        Cells as stripped text, ``""`` where empty; columns that a polygon file typed as numbers stay numbers.
    rows : list of int
        Row of each record in the file, the header being row 1.
    counts : str
        What a record is called: ``row``, or ``feature`` in a polygon file.
    """

    source: str
    frame: pd.DataFrame
    rows: list[int]
    counts: str = "row"

    def place(self, position: int, column: str | None = None) -> str:
        """Return how a message names a cell."""
        at = f"{self.source} {self.counts} {self.rows[position]}"
        return at if column is None else f"{at}, {column}"

    def renamed(self, names: dict[str, str]) -> RawTable:
        """Return the table with other column names."""
        return RawTable(self.source, self.frame.rename(columns=names), self.rows, self.counts)


def read_csv(path: Path, findings: Findings) -> RawTable | None:
    """Read a CSV file in UTF-8 (with or without BOM) or GB18030; None when it cannot be read, with the reason found."""
    text = _decoded(path, findings)
    if text is None:
        return None
    delimiter = _delimiter(text)
    if delimiter != ",":
        findings.note(f"{path.name}: cells are separated by {'tabs' if delimiter == chr(9) else repr(delimiter)}.")
    csv.field_size_limit(10_000_000)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        records = [[restored(cell) for cell in row] for row in rows]
    except csv.Error as error:
        findings.error(path.name, None, f"it is not a readable CSV table ({error})", "Check its quotes.")
        return None
    return _table(path.name, records, findings)


def read_workbook(path: Path, findings: Findings) -> dict[str, RawTable]:
    """Read every sheet of an .xlsx file, by its title in lower case; empty sheets are left out."""
    if not _workbook_is_safe(path, findings):
        return {}
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part raised
        findings.error(path.name, None, f"Excel content cannot be read ({error})", "Save it again from Excel.")
        return {}
    tables = {}
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a formatted but empty sheet claims a million rows
            rows = itertools.islice(sheet.iter_rows(values_only=True), MAX_SHEET_ROWS)
            records = [[_cell(v) for v in row[: MAX_COLUMNS + 1]] for row in rows]
            if any(any(record) for record in records):
                table = _table(f"{path.name} sheet {sheet.title}", records, findings)
                if table is not None:
                    tables[sheet.title.strip().lower()] = table
    except Exception as error:
        findings.error(path.name, None, f"Excel content cannot be read ({error})", "Save it again from Excel.")
    finally:
        book.close()
    return tables


def too_large(path: Path, findings: Findings, most: int = MAX_FILE_BYTES) -> bool:
    """Return whether a file is empty or has more bytes than are read, with the finding recorded."""
    size = path.stat().st_size
    if size == 0:
        findings.error(path.name, None, "the file is empty", "Give a file with content.")
    elif size > most:
        findings.error(path.name, f"{size} bytes", f"it must have at most {most} bytes", "Cut it into parts.")
    return not 0 < size <= most


def plain(text: str) -> str:
    """Return text as it is compared: compatible width (NFKC), no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().strip("\ufeff")


def _decoded(path: Path, findings: Findings) -> str | None:
    if too_large(path, findings, MAX_TEXT_BYTES):
        return None
    data = path.read_bytes()
    if data[:4] == b"PK\x03\x04" or b"\x00" in data:
        kind = "an Excel or zip file" if data[:2] == b"PK" else "UTF-16 text" if data[:2] in _UTF16 else "binary data"
        findings.error(path.name, f"{kind}", "it must be a CSV text file", "Save it as CSV UTF-8.")
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            at = error.start
    line = data.count(b"\n", 0, at) + 1
    findings.error(
        f"{path.name} line {line}", None, "text must be UTF-8 or GB18030; neither fits here", "Save it as CSV UTF-8."
    )
    return None


_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return max(",;\t", key=head.count)


def _workbook_is_safe(path: Path, findings: Findings) -> bool:
    if too_large(path, findings):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        findings.error(path.name, None, "it is not an .xlsx file", "Save it from Excel as .xlsx, or give CSV.")
        return False
    if unpacked > MAX_UNPACKED_BYTES:
        findings.error(
            path.name,
            f"{unpacked} bytes unpacked",
            f"an Excel file must unpack to at most {MAX_UNPACKED_BYTES} bytes",
            "Give the tables as CSV.",
        )
        return False
    return True


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _table(source: str, records: list[list[str]], findings: Findings) -> RawTable | None:
    """Split records into header and rows; report what is not rectangular."""
    start = next(
        (i for i, r in enumerate(records) if any(c.strip() for c in r) and not r[0].lstrip().startswith("#")), -1
    )
    if start < 0:
        findings.error(source, None, "the table is empty", "Give a header row and at least one record.")
        return None
    header = [plain(cell) for cell in records[start]]
    while header and not header[-1]:
        header.pop()
    if not _header_is_sound(source, header, findings):
        return None
    body, rows, ragged = [], [], []
    for number, record in enumerate(records[start + 1 :], start=start + FIRST_DATA_ROW):
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            ragged.append((f"{source} row {number}", f"{len(cells)} cells"))
        body.append((cells + [""] * len(header))[: len(header)])
        rows.append(number)
    findings.cells(
        ragged, f"a row must have at most {len(header)} cells, as the header has", "Quote cells with commas."
    )
    return RawTable(source, pd.DataFrame(body, columns=header, dtype=object), rows)


def _header_is_sound(source: str, header: list[str], findings: Findings) -> bool:
    if len(header) > MAX_COLUMNS:
        findings.error(source, f"{len(header)} columns", f"there must be at most {MAX_COLUMNS}", "Leave out the rest.")
        return False
    empty = [str(i + 1) for i, name in enumerate(header) if not name]
    if empty:
        findings.error(
            f"{source} header", f"column {named(empty)} without a name", "every column needs a name", "Name it."
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        findings.error(
            f"{source} header", named(twice), "a column name must be unique", "Rename or remove one of the two."
        )
    return not empty and not twice
