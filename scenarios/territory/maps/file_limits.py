"""What a polygon file may hold, counted before it is read: a small file can stand for more than any machine has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from foundation.findings import Findings, named
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios.territory.raw_tables import MAX_CELLS, MAX_COLUMNS

SHX_HEADER = 100
"""Bytes before the first record of the index beside a Shapefile."""

_GENERATED = (2, 3)
"""How SQLite marks columns that it computes."""


def json_is_bounded(path: Path, content: dict[str, Any], findings: Findings) -> bool:
    """Return whether the table of a FeatureCollection has a sensible size: each property becomes a column of all."""
    features = content.get("features")
    found = [f for f in features if isinstance(f, dict)] if isinstance(features, list) else []
    names: set[str] = set()
    for feature in found:
        properties = feature.get("properties")
        names |= properties.keys() if isinstance(properties, dict) else set()
    return cells_are_bounded(path, len(found), len(names), findings)


def cells_are_bounded(path: Path, features: int, columns: int, findings: Findings) -> bool:
    """Return whether so many features with so many attributes are read; if not, with the finding recorded."""
    if columns <= MAX_COLUMNS and features * columns <= MAX_CELLS:
        return True
    rule = Message(
        "there must be at most {max_columns} attributes and {max_cells} values",
        max_columns=MAX_COLUMNS,
        max_cells=MAX_CELLS,
    )
    findings.error(
        path.name,
        Message("{features} features with {columns} attributes", features=features, columns=columns),
        rule,
        Message("Leave out what is not needed."),
    )
    return False


def package_is_plain(path: Path, findings: Findings) -> bool:
    """Return whether the layers of a GeoPackage are stored rather than computed: a view may never come to an end."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            views = [str(name) for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
            layers = [] if views else [str(name) for (name,) in base.execute("SELECT table_name FROM gpkg_contents")]
            computed = [name for name in layers if _is_computed(base, name)]
    except (sqlite3.Error, UnicodeError) as error:
        findings.error(
            path.name,
            None,
            Message("it cannot be read as a GeoPackage ({error})", error=cause(error)),
            Message("Export it again."),
        )
        return False
    if views or computed:
        rule = Message("its layers must be stored tables, not views or computed columns")
        findings.error(path.name, named([*views, *computed]), rule, Message("Export the layer as a new GeoPackage."))
    return not views and not computed


def index_is_sound(path: Path, findings: Findings) -> bool:
    """Return whether the index of a Shapefile names no more than it holds: it may name one shape a million times."""
    index = path.with_suffix(".shx").read_bytes()[SHX_HEADER:]
    words = np.frombuffer(index[: len(index) // 8 * 8], dtype=">i4").reshape(-1, 2)[:, 1].astype(np.int64)
    if int(words.clip(0).sum()) * 2 <= path.stat().st_size:
        return True
    findings.error(
        path.name, None, Message("its index (.shx) names more than the file holds"), Message("Export it again.")
    )
    return False


def _is_computed(base: sqlite3.Connection, table: str) -> bool:
    """Return whether a table is virtual or has columns that SQLite computes."""
    kept = base.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    virtual = kept is not None and str(kept[0]).upper().split()[:2] == ["CREATE", "VIRTUAL"]
    columns = base.execute("SELECT hidden FROM pragma_table_xinfo(?)", (table,)).fetchall()
    return virtual or any(hidden in _GENERATED for (hidden,) in columns)
