"""Tables as they stand in a file: every cell as text, every row with its place, whatever the file's make."""

from __future__ import annotations

import csv
import io
import itertools
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Message, external
from foundation.safe_csv import restored

MAX_FILE_BYTES = 1_000_000_000
"""Largest file that is opened at all."""

MAX_TEXT_BYTES = 50_000_000
"""Largest CSV file that is read: its cells take thirty times the memory."""

MAX_UNPACKED_BYTES = 100_000_000
"""Largest size an Excel file may unpack to; a small file that unpacks to more is damaged or hostile."""

MAX_OTHER_BYTES = 4_000_000
"""The same for parts that hold no cells, such as styles: they are held as a whole, at forty times their size."""

_STREAMED = ("xl/worksheets/sheet", "xl/sharedStrings", "xl/media/", "xl/drawings/", "docProps/thumbnail")
"""Parts of an Excel file that are read cell by cell, or not at all."""

MAX_SHEETS = 100
MAX_COLUMNS = 2_000

MAX_CELLS = 5_000_000
"""Most cells of a table that is read, every row counted as wide as the widest; a cell takes some 200 bytes."""

MAX_FORMATTED = 10 * MAX_CELLS
"""Most cells of a sheet, the empty ones among them."""

MAX_CELL = 1_000_000
"""Characters of the longest cell."""

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
    records = read_records(path, findings)
    return None if records is None else _table(path.name, records, findings)


def read_records(path: Path, findings: Findings) -> list[list[str]] | None:
    """Read the cells of a CSV file as they stand; None when it cannot be read, with the reason found."""
    text = _decoded(path, findings)
    if text is None:
        return None
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
        records = _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, _TooManyError) as error:
        findings.error(
            path.name,
            None,
            Message("it is not a readable CSV table ({error})", error=external(error)),
            Message("Check its quotes and its size."),
        )
        return None
    return [[restored(cell) for cell in row] for row in records]


def read_workbook(path: Path, findings: Findings) -> dict[str, RawTable]:
    """Read every sheet of an .xlsx file, by its title in lower case; empty sheets are left out."""
    if not _workbook_is_safe(path, findings):
        return {}
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part raised
        findings.error(
            path.name,
            None,
            Message("Excel content cannot be read ({error})", error=error),
            Message("Save it again from Excel."),
        )
        return {}
    tables = {}
    try:
        if len(book.worksheets) > MAX_SHEETS:
            msg = f"it has {len(book.worksheets)} sheets; there must be at most {MAX_SHEETS}"
            raise _TooManyError(msg)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a formatted but empty sheet claims a million rows
            rows = itertools.islice(sheet.iter_rows(values_only=True), MAX_SHEET_ROWS)
            records = _bounded([_cell(v) for v in row] for row in _filled(rows))
            if any(any(record) for record in records):
                table = _table(f"{path.name} sheet {sheet.title}", records, findings)
                if table is not None:
                    tables[sheet.title.strip().lower()] = table
    except Exception as error:
        findings.error(
            path.name,
            None,
            Message("Excel content cannot be read ({error})", error=error),
            Message("Save it again from Excel."),
        )
    finally:
        book.close()
    return tables


class _TooManyError(ValueError):
    """A table has more cells than are read."""


def _bounded(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows of a table, or stop before they take more memory than any table is worth.

    Raises
    ------
    _TooManyError
        A row is too wide, or there are too many cells.
    """
    records: list[list[str]] = []
    widest = 1
    for row in rows:
        records.append(row)
        widest = max(widest, len(row))
        if widest > MAX_COLUMNS:
            msg = f"row {len(records)} has {len(row)} cells; there must be at most {MAX_COLUMNS}"
            raise _TooManyError(msg)
        if widest * len(records) > MAX_CELLS:
            msg = f"it has more than {MAX_CELLS} cells, {widest} in a row"
            raise _TooManyError(msg)
    return records


def _filled(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield rows without the empty cells at their ends: a sheet may be formatted far beyond what it holds.

    Raises
    ------
    _TooManyError
        So far that going through the empty cells would take minutes.
    """
    passed = 0
    for row in rows:
        passed += len(row)
        if passed > MAX_FORMATTED:
            msg = f"it has more than {MAX_FORMATTED} cells, most of them empty"
            raise _TooManyError(msg)
        end = len(row)
        while end and row[end - 1] is None:
            end -= 1
        yield row[:end]


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


def plain(text: str) -> str:
    """Return text as it is compared: compatible width (NFKC), no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().strip("\ufeff")


def _decoded(path: Path, findings: Findings) -> str | None:
    if too_large(path, findings, MAX_TEXT_BYTES):
        return None
    data = path.read_bytes()
    if data[:4] == b"PK\x03\x04" or b"\x00" in data:
        kind = "an Excel or zip file" if data[:2] == b"PK" else "UTF-16 text" if data[:2] in _UTF16 else "binary data"
        findings.error(path.name, f"{kind}", Message("it must be a CSV text file"), Message("Save it as CSV UTF-8."))
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            at = error.start
    line = data.count(b"\n", 0, at) + 1
    findings.error(
        Message("{name} line {line}", name=path.name, line=line),
        None,
        Message("text must be UTF-8 or GB18030; neither fits here"),
        Message("Save it as CSV UTF-8."),
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
        findings.error(
            source, None, Message("the table is empty"), Message("Give a header row and at least one record.")
        )
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
        ragged,
        Message("a row must have at most {count} cells, as the header has", count=len(header)),
        Message("Quote cells with commas."),
    )
    return RawTable(source, pd.DataFrame(body, columns=header, dtype=object), rows)


def _header_is_sound(source: str, header: list[str], findings: Findings) -> bool:
    if len(header) > MAX_COLUMNS:
        findings.error(
            source,
            Message("{count} columns", count=len(header)),
            Message("there must be at most {max_columns}", max_columns=MAX_COLUMNS),
            Message("Leave out the rest."),
        )
        return False
    empty = [str(i + 1) for i, name in enumerate(header) if not name]
    if empty:
        findings.error(
            Message("{source} header", source=source),
            Message("column {names} without a name", names=named(empty)),
            Message("every column needs a name"),
            Message("Name it."),
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        findings.error(
            Message("{source} header", source=source),
            named(twice),
            Message("a column name must be unique"),
            Message("Rename or remove one of the two."),
        )
    return not empty and not twice
