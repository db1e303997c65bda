"""Which column of a file is which of the territory's, and which are not read: every one is accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from foundation.findings import Findings, named
from foundation.messages import Joined, Message
from scenarios.territory.account import Account, Entry
from scenarios.territory.tables.known_columns import COORDINATES, UNIT_TEXT, TableKind, ranked
from scenarios.territory.tables.raw_table import RawTable

MADE_IF_MISSING = {
    "units": (
        "population",
        "households",
        "income",
        "enterprises",
        "fixed_subscribers",
        "mobile_subscribers",
        "community",
        "centre",
    ),
    "outlets": ("mobile_sales_per_month", "seller_id"),
    "halls": ("clerks",),
    "sellers": ("home_unit", "knows", "counter_share"),
}
"""What a study makes up where a table lacks it."""

_PAIR = re.compile(r"[\[(]?\s*-?\d+(\.\d+)?\s*[,，;\s]\s*-?\d+(\.\d+)?\s*[\])]?|\{.*\}")
"""How a place looks that is written into one cell: [104.01, 30.61]."""

_GROUPS = 3
"""From so many units on, a group for each unit is no grouping."""


def resolve_aliases(
    table: RawTable, kind: TableKind, findings: Findings, *, role: str = "units", account: Account | None = None
) -> RawTable:
    """Give columns with a known other name the project's name, note it, and account for every column.

    Parameters
    ----------
    table : RawTable
    kind : TableKind
        What the table may hold.
    findings : Findings
        Takes a note of what was read under another name, and of unread columns that look like missing ones.
    role : str
        The table's name in the territory.
    account : Account, optional
        Takes a line for each column.
    """
    table = _without_false_groups(table, kind, findings, account)
    table = _without_empty(table, kind, findings, role, account)
    columns = [str(c) for c in table.frame.columns]
    names, scales = _chosen(table, kind)
    if names:
        read = Joined(Message("{old} as {new}", old=old, new=new) for old, new in names.items())
        findings.note(Message("{source}: read {columns}.", source=table.source, columns=read))
    have = {names.get(c, c) for c in columns}
    unlike = frozenset(COORDINATES if table.counts == "feature" else ())  # polygons say themselves where they lie
    lines = []
    for column in columns:
        meaning = names.get(column, column)
        if meaning in kind.columns:
            lines.append(Entry(role, column, "read", meaning, table.source))
            continue
        known = kind.meaning(column)
        if known is not None and known.column in have:
            lines.append(Entry(role, column, "not read", "", table.source, known.column))
            continue
        near = kind.nearest(column, kind.columns - have - unlike) or ""
        own = "" if near else "own_name" if role == "units" else "no_such"
        lines.append(Entry(role, column, "not read", own, table.source, near))
        if near in MADE_IF_MISSING.get(role, ()):
            findings.note(
                Message(
                    "{source}: the column {column} was not read, though it looks like {near}, which is missing and "
                    "is generated where it is needed. If it is that, read it with --rename {column}={near}.",
                    source=table.source,
                    column=column,
                    near=near,
                )
            )
    if account is not None:
        account.add(*lines)
    return replace(table.renamed(names), scales=scales)


def _chosen(table: RawTable, kind: TableKind) -> tuple[dict[str, str], dict[str, float]]:
    """Return file's name -> column for those that are named otherwise, and the multiples that names state."""
    columns = [str(c) for c in table.frame.columns]
    have = {c for c in columns if c in kind.columns}
    names, scales = {}, {}
    for column in ranked(c for c in columns if c not in kind.columns):
        meaning = kind.meaning(column)
        if meaning is None or meaning.column in have or not _takes(table, meaning.column, have):
            continue
        names[column] = meaning.column
        have.add(meaning.column)
        if meaning.scale != 1.0:
            scales[meaning.column] = meaning.scale
    return {c: names[c] for c in columns if c in names}, scales


def _takes(table: RawTable, column: str, have: set[str]) -> bool:
    """Return whether a table takes a column under another name: polygons say themselves where they lie."""
    if column not in COORDINATES:
        return True
    pairs = (("x", "y"), ("x_m", "y_m"), ("x_km", "y_km"))
    return table.counts != "feature" and not any({*pair} <= have for pair in pairs if column not in pair)


def _without_false_groups(table: RawTable, kind: TableKind, findings: Findings, account: Account | None) -> RawTable:
    """Return the table without columns called centre that hold places, or a value of its own for each unit."""
    for column in map(str, table.frame.columns):
        meaning = kind.meaning(column)
        if meaning is None or meaning.column != "centre":
            continue
        cells = ["" if c is None else str(c).strip() for c in table.frame[column].tolist()]
        what = _no_grouping(cells)
        if not what:
            continue
        findings.note(
            Message(
                "{source}: the column {column} holds {what}, no marketing centres, and was left out.",
                source=table.source,
                column=column,
                what=what,
            )
        )
        if account is not None:
            account.add(Entry("units", column, "not read", "no_grouping", table.source))
        table = replace(table, frame=table.frame.drop(columns=column))
    return table


def _without_empty(
    table: RawTable, kind: TableKind, findings: Findings, role: str, account: Account | None
) -> RawTable:
    """Return the table without columns that nobody has filled in, as if they were not there."""
    optional = {*MADE_IF_MISSING.get(role, ()), *(UNIT_TEXT if role == "units" else ())} - {*kind.needed}
    empty = [
        column
        for column in map(str, table.frame.columns)
        if len(table.frame) and (meaning := kind.meaning(column)) is not None and meaning.column in optional
        if all(isinstance(cell, str) and not cell for cell in table.frame[column])
    ]
    if not empty:
        return table
    findings.note(
        Message(
            "{source}: the {count:column|columns} {names} {count:is|are} empty and {count:was|were} left out.",
            source=table.source,
            count=len(empty),
            names=named(empty),
        )
    )
    if account is not None:
        account.add(*(Entry(role, column, "not read", "empty", table.source) for column in empty))
    return replace(table, frame=table.frame.drop(columns=empty))


def _no_grouping(cells: Sequence[str]) -> str:
    filled = [c for c in cells if c and c != "nan"]
    if filled and all(_PAIR.fullmatch(c) for c in filled):
        return Message("places")
    if len(filled) >= _GROUPS and len(filled) == len(cells) and len(set(filled)) == len(filled):
        return Message("a value of its own for each unit")
    return ""
