"""Where a table's header stands, and which rows below it are records: titles, totals and footnotes are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.tables.group_names import groups_filled
from scenarios.territory.tables.known_columns import KINDS, TableKind
from scenarios.territory.tables.raw_table import RawTable, plain

MAX_COLUMNS = 2_000

FIRST_DATA_ROW = 2

_TITLES = 15
"""Rows above a header that may hold titles."""

_TOTAL = re.compile(
    r"(?:.{0,12}(?:合\s*计|总\s*计|小\s*计|共\s*计|总\s*和)|(?:grand |sub-?)?totals?|sum|平均|均值|average)[:：]?",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"(?:\*|※|注|备注|说明|填表|制表|审核|数据来源|来源|note|source|as of)", re.IGNORECASE)

_KEYS = frozenset(column for kind in KINDS.values() for column in kind.needed)


def table_of(source: str, records: list[list[str]], kind: TableKind | None, findings: Findings) -> RawTable | None:
    """Split records into header and rows; report what is not rectangular.

    Parameters
    ----------
    source : str
        What messages call the table.
    records : list of list of str
        Cells as they stand, from the first row of the file on.
    kind : TableKind or None
        What the table is to hold, where that is known; None: any of a territory's tables.
    findings : Findings
        Takes problems, and notes of the rows that are no records.
    """
    start = _header_row(records, kind)
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
            place = Message(
                "{source} row {number} with {count} {count:cell|cells}", source=source, number=number, count=len(cells)
            )
            ragged.append((place, None))
        body.append((cells + [""] * len(header))[: len(header)])
        rows.append(number)
    findings.cells(
        ragged,
        Message("a row must have at most {count} {count:cell|cells}, as the header has", count=len(header)),
        Message("Name the columns beyond it, empty them, or quote cells that hold commas."),
    )
    titles = [" ".join(dict.fromkeys(c.strip() for c in r if c.strip()))[:40] for r in records[:start] if _is_title(r)]
    if titles:
        findings.note(
            Message(
                "{source}: the header is row {row}; above it stands {names}.",
                source=source,
                row=start + 1,
                names=named(titles),
            )
        )
    table = RawTable(source, pd.DataFrame(body, columns=header, dtype=object), rows, header=start + 1)
    return groups_filled(_records_only(table, kind, findings), kind, findings)


def _is_title(record: Sequence[str]) -> bool:
    return any(c.strip() for c in record) and not record[0].lstrip().startswith("#")


def _header_row(records: list[list[str]], kind: TableKind | None) -> int:
    """Return where the header stands: the first row, unless what is above the names of columns is a title."""
    filled = [i for i, r in enumerate(records) if any(c.strip() for c in r) and not r[0].lstrip().startswith("#")][
        : _TITLES + 1
    ]
    if not filled:
        return -1
    first = filled[0]
    known = {i: _known(records[i], kind) for i in filled}
    best = max(filled, key=lambda i: (known[i], -i))
    if known[best] >= 2 and known[best] > known[first]:
        return best
    for i in filled:  # a title fills one cell, or one merged range
        if len({c.strip() for c in records[i] if c.strip()}) > 1:
            return i
    return first


def _known(record: Sequence[str], kind: TableKind | None) -> int:
    """Return how many different columns a row names."""
    kinds = [kind] if kind is not None else list(KINDS.values())
    return max(len({m.column for c in record if c.strip() and (m := k.meaning(c.strip()))}) for k in kinds)


def _records_only(table: RawTable, kind: TableKind | None, findings: Findings) -> RawTable:
    """Return the table without its rows of totals and its footnotes, with a note of each."""
    columns = [str(c) for c in table.frame.columns]
    if len(columns) < 2:
        return table
    kinds = [kind] if kind is not None else list(KINDS.values())
    keys = {
        i for i, c in enumerate(columns) if any((m := k.meaning(c)) is not None and m.column in _KEYS for k in kinds)
    }
    totals, footnotes = [], []
    for position, row in enumerate(table.frame.itertuples(index=False, name=None)):
        filled = {i: cell for i, cell in enumerate(row) if cell}
        words = {i for i, cell in filled.items() if _TOTAL.fullmatch(plain(cell))}
        lacks_key = all(i not in filled or i in words for i in keys) if keys else min(filled) in words
        if words and lacks_key and min(words) == min(filled):
            totals.append(position)
        elif len(columns) > 2 and _is_footnote(list(filled.values()), len(columns)):
            footnotes.append(position)
    if totals:
        at = named(str(table.rows[i]) for i in totals)
        findings.note(
            Message("{source}: row {at} holds totals, no record, and was left out.", source=table.source, at=at)
        )
    if footnotes:
        at = named(str(table.rows[i]) for i in footnotes)
        findings.note(
            Message("{source}: row {at} holds a remark, no record, and was left out.", source=table.source, at=at)
        )
    return table.without([*totals, *footnotes]) if totals or footnotes else table


def _is_footnote(cells: list[str], columns: int) -> bool:
    """Return whether a row says who made the table, or when: one cell alone, or a word with a colon."""
    first = plain(cells[0])
    if _FOOTNOTE.match(first) is None:
        return False
    return len(cells) == 1 or (":" in first and 2 * len(cells) <= columns)


def _header_is_sound(source: str, header: list[str], findings: Findings) -> bool:
    if len(header) > MAX_COLUMNS:
        findings.error(
            source,
            Message("{count} {count:column|columns}", count=len(header)),
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
