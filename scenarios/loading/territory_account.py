"""What was read of a territory, what was derived from it, and what is generated: the whole account, line by line."""

from __future__ import annotations

import re

import pandas as pd

from scenarios import Territory
from scenarios.territory.account import Entry
from scenarios.territory.tables.column_meanings import MADE_IF_MISSING

RATES = "territory.rates"
"""Where the rates stand by which missing things are generated."""

TABLES = ("units", "adjacency", "outlets", "halls", "sellers")


def account_of(territory: Territory) -> tuple[Entry, ...]:
    """Return the account of a territory: its tables, their columns in the order of the files, and what is made up.

    What a study would generate stands there before the study as after it.

    Parameters
    ----------
    territory : Territory
        As loaded, or completed by a study.
    """
    entries = list(territory.provenance.account)
    made = _generated(territory)
    whole = {e.table for e in made if not e.item}
    lines: list[Entry] = [e for e in entries if not e.table]
    for table in TABLES:
        own = [e for e in entries if e.table == table]
        frame = territory.edges if table == "adjacency" else getattr(territory, table)
        source = next((e.source for e in own if e.source), "")
        if table in whole:
            lines.append(Entry(table, "", "generated", RATES))
        elif frame is not None and not any(not e.item for e in own):
            lines.append(Entry(table, "", "read", f"{len(frame)}", source))
        lines += [e for e in own if e.item or e.status == "derived"]
        lines += [e for e in made if e.table == table and e.item]
    return tuple(lines)


def _generated(territory: Territory) -> list[Entry]:
    """Return what is, or would be, generated: whole tables, columns, and cells of columns."""
    found: dict[tuple[str, str], Entry] = {}
    for name in territory.provenance.generated:
        bare = re.sub(r" of \d+ .*", "", str(name))
        table, _, column = bare.rpartition(".")
        where = (bare, "") if bare in TABLES else (table or "units", column)
        found[where] = Entry(*where, "generated", RATES if bare == str(name) else str(name))
    for table, columns in MADE_IF_MISSING.items():
        frame: pd.DataFrame | None = getattr(territory, table)
        if frame is None:
            found.setdefault((table, ""), Entry(table, "", "generated", RATES))
            continue
        for column in columns:
            if _lacks(frame, column) and (table, column) not in found:
                found[table, column] = Entry(table, column, "generated", RATES)
    return list(found.values())


def _lacks(frame: pd.DataFrame, column: str) -> bool:
    if column not in frame.columns:
        return True
    cells = frame[column]
    if pd.api.types.is_numeric_dtype(cells):
        return bool(cells.isna().any())
    return bool((cells == "").all()) if column == "seller_id" else bool((cells == "").any())
