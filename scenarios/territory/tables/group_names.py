"""Names of groups that stand once, in the first row of their group, with blank cells or ditto marks below."""

from __future__ import annotations

from dataclasses import replace

from foundation.findings import Findings
from foundation.messages import Message
from scenarios.territory.tables.known_columns import TableKind
from scenarios.territory.tables.raw_table import RawTable

GROUPS = ("province", "prefecture", "city", "county", "centre", "community", "force")
"""Columns that may name a group of rows, the widest first: a name below another one's first row begins anew."""

DITTO = frozenset({"〃", "″", "“", "”", '"', "''", "同上", "ditto"})
"""Marks that say: as above."""


def groups_filled(table: RawTable, kind: TableKind | None, findings: Findings) -> RawTable:
    """Return the table with the name of its group in every row, where that is unmistakable; each column is noted.

    A ditto mark says so itself. Blank cells are read as the name above them if the first row has a name, no name
    stands twice within the next wider group, and at least half of the cells are blank; a column of names that lacks a
    few stays as it is.
    """
    if kind is None:
        return table
    meanings = {c: m.column for c in map(str, table.frame.columns) if (m := kind.meaning(c)) is not None}
    known = {column: c for c, column in reversed(meanings.items()) if column in GROUPS and column in kind.text}
    above: list[str] = [""] * len(table.frame)
    for group in (g for g in GROUPS if g in known):
        column = known[group]
        cells = table.frame[column].tolist()
        filled = _filled(cells, above)
        if filled == cells:
            above = cells if all(cells) else above
            continue
        findings.note(
            Message(
                "{source}: {column} stands once for several rows; {count} {count:cell|cells} without a name of "
                "{count:its|their} own {count:was|were} read as the name above.",
                source=table.source,
                column=column,
                count=sum(old != new for old, new in zip(cells, filled, strict=True)),
            )
        )
        table = replace(table, frame=table.frame.assign(**{column: filled}))
        above = filled
    return table


def _filled(cells: list[str], above: list[str]) -> list[str]:
    ditto = [cell.casefold() in DITTO for cell in cells]
    blank = [not cell for cell in cells]
    named = [(wider, cell) for wider, cell, d in zip(above, cells, ditto, strict=True) if cell and not d]
    heads = bool(cells) and not blank[0] and len(set(named)) == len(named) and 2 * sum(blank) >= len(cells)
    made: list[str] = []
    for k, cell in enumerate(cells):
        same = k > 0 and above[k] == above[k - 1]
        made.append(made[k - 1] if (ditto[k] and k > 0) or (blank[k] and heads and same) else cell)
    return made
