"""How a territory is to be read: what the command line, a scenario or a caller in Python states about its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.tables.text_encoding import decoded
from scenarios.territory.tables.workbook import read_sheets

ROLES = ("units", "adjacency", "outlets", "halls", "sellers")
"""Tables of a territory: names of the files, or of the sheets of a workbook."""

GRAPHS = ("delaunay", "gabriel")
"""Ways to find neighbours among points."""

WIDEST_GAP_M = 20_000.0
"""Widest road or river that polygons may be joined across [m]."""


@dataclass(frozen=True)
class Reading:
    """What is stated about a territory's files; nothing stated, and the files speak for themselves.

    Attributes
    ----------
    id : column with the unit ids
    rename : old -> new names of columns; ``table.old`` names a column of that table alone
    bridge : ``"nearest"`` joins separate pieces
    encoding : code page of text files and of Shapefiles
    layer : layer of a GeoPackage
    sheet : table -> name of its sheet or file
    columns : file that maps columns to the territory's
    adjacency : ``delaunay``, ``gabriel`` or a file
    gap : width of roads and rivers between polygons that count as borders [m]
    dissolve : polygons with one id become one unit
    distance : file of distances, or column of the adjacencies
    """

    id: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    bridge: str | None = None
    encoding: str | None = None
    layer: str | None = None
    sheet: Mapping[str, str] = field(default_factory=dict)
    columns: str | Path | None = None
    adjacency: str | Path | None = None
    gap: float | None = None
    dissolve: bool = False
    distance: str | Path | None = None

    def checked(self, findings: Findings) -> Reading:
        """Return the options with those of the columns' file among the renames; what cannot be is a problem."""
        if self.bridge not in (None, "nearest"):
            findings.error("--bridge", self.bridge, Message("it must be nearest"), Message("Write --bridge nearest."))
        if self.gap is not None and not 0 < self.gap <= WIDEST_GAP_M:
            rule = Message("it must lie between 0 and {widest_gap_m:g} metres", widest_gap_m=WIDEST_GAP_M)
            findings.error(
                "--gap", self.gap, rule, Message("Give the width of the widest road or river between units.")
            )
        for role in self.sheet:
            if role not in ROLES:
                findings.error(
                    f"--sheet {role}=…",
                    None,
                    Message("the table must be {names}", names=named(ROLES)),
                    Message("Example: units=小区清单."),
                )
        renames = dict(self.rename)
        if self.columns is not None:
            renames = read_columns(Path(self.columns), findings, self.encoding) | renames
        if self.id is not None:
            renames[self.id] = "unit_id"
        return replace(self, rename=renames)

    def renames_of(self, role: str) -> dict[str, str]:
        """Return the renames that name a table: old -> new."""
        return {old.partition(".")[2]: new for old, new in self.rename.items() if old.partition(".")[0] == role}

    def renames_of_any(self) -> dict[str, str]:
        """Return the renames that name no table: old -> new."""
        return {old: new for old, new in self.rename.items() if old.partition(".")[0] not in ROLES}


def read_columns(path: Path, findings: Findings, encoding: str | None = None) -> dict[str, str]:
    """Read which column is which: rows of ``column,meaning`` or ``table,column,meaning``, as CSV or Excel.

    A header is left out if there is one; so are empty rows and remarks after ``#``.
    """
    rows = _rows(path, findings, encoding)
    found: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells or cells[0].startswith("#"):
            continue
        if number == 1 and {cells[-1].casefold(), cells[0].casefold()} & _HEADERS:
            continue
        match cells:
            case [old, new] if old and new:
                found[old] = new
            case [role, old, new] if role in ROLES and old and new:
                found[f"{role}.{old}"] = new
            case _:
                rule = Message("it must hold a column and its meaning, with the table before them if need be")
                findings.error(
                    Message("{name} row {number}", name=path.name, number=number),
                    ",".join(cells),
                    rule,
                    Message("Example: outlets,月发展,name"),
                )
    return found


_HEADERS = frozenset(["meaning", "read_as", "new", "column", "old", "table", "含义", "列名", "表", "原列名", "表名"])


def _rows(path: Path, findings: Findings, encoding: str | None) -> list[list[str]]:
    if not path.is_file():
        findings.error("--columns", str(path), Message("there is no such file"), Message("Check the path."))
        return []
    if path.suffix.lower() == ".xlsx":
        sheets = read_sheets(path, findings)
        return next(iter(sheets.values()), [])
    text = decoded(path.name, path.read_bytes(), encoding, findings) or ""
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text else ",")]


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return the options as `Reading` holds them; empty ones are left out."""
    known = Reading.__dataclass_fields__
    return Reading(**{k: v for k, v in options.items() if k in known and v not in (None, {}, ())})
