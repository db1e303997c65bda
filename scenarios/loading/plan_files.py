"""A plan that people drew: read from CSV, Excel or polygons, and held against the territory, every fault at once."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.errors import Problem
from foundation.findings import Findings, named
from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.optional_geo import REMEDY, SUFFIXES, has_geo
from foundation.safe_csv import csv_text
from scenarios import Plan, Territory
from scenarios.territory.columns import typed
from scenarios.territory.raw_tables import read_csv
from scenarios.territory.tables.known_columns import UNITS, TableKind
from scenarios.territory.tables.raw_table import RawTable
from scenarios.territory.tables.table_rows import table_of
from scenarios.territory.tables.workbook import read_sheets

PLAN = TableKind(
    needed=("unit_id", "community"),
    text=("unit_id", "community", "is_seat"),
    aliases={alias: name for alias, name in (UNITS.aliases or {}).items() if name in ("unit_id", "community")},
)


SHEETS = ("plan", "units", "方案", "社区")
"""Sheets of a workbook in which a plan is looked for, before its first one."""


@dataclass(frozen=True)
class PlanFile:
    """A plan as its file has it.

    Attributes
    ----------
    path : Path
    table : DataFrame
        ``unit_id, community`` as text and, where the file has it, ``is_seat``; in the order of the file.
    content : bytes
        Of plan.csv: those of the file itself if it is CSV, else the table written as CSV.
    problems : tuple of Problem
        Empty cells and units that stand in it twice; these rows are left out of the table.
    nowhere : frozenset of str
        Units whose community is empty, which is among the problems.
    """

    path: Path
    table: pd.DataFrame
    content: bytes
    problems: tuple[Problem, ...] = ()
    nowhere: frozenset[str] = frozenset()

    def plan(self, territory: Territory) -> Plan:
        """Return the plan in the order of the territory's units, which must have been checked."""
        home = self.table.set_index("unit_id")["community"]
        assignment = pd.Series(home.reindex(territory.units.index).to_numpy(dtype=str), index=territory.units.index)
        return Plan(assignment, self.seats, self.content)

    @property
    def seats(self) -> dict[str, str]:
        """Community -> unit that the file calls its seat; empty where it names not exactly one for each."""
        if "is_seat" not in self.table:
            return {}
        chosen = self.table[self.table["is_seat"].isin(("1", "1.0", "true", "True"))]
        whole = sorted(chosen["community"]) == sorted(self.table["community"].unique())
        return dict(zip(chosen["community"], chosen["unit_id"], strict=True)) if whole else {}


def read_plan_file(path: str | Path) -> PlanFile:
    """Read a plan that people drew.

    Parameters
    ----------
    path : str or Path
        ``unit_id,community`` as CSV or Excel, or a polygon file with both columns; other columns are not read.

    Raises
    ------
    InputError
        It cannot be read at all; what is wrong with its rows is for `faults_of_plan` to say, with all the rest.
    """
    path, findings = Path(path), Findings()
    raw = _raw(path, findings)
    findings.stop()
    assert raw is not None  # else something was found
    stated = [str(c) for c in raw.frame.columns]
    raw = _named(raw)
    lacking = [c for c in PLAN.needed if c not in raw.frame.columns]
    if lacking:
        rule = Message("the column {names} is missing; there are {have}", names=named(lacking), have=named(stated))
        findings.error(raw.source, None, rule, Message("Add it, or rename one."))
        findings.stop()
    keep = [c for c in raw.frame.columns if c in PLAN.text]
    table = typed(RawTable(raw.source, raw.frame[keep], raw.rows, raw.counts), PLAN, findings)
    findings.stop()
    table = table.fillna("").astype(str)
    for column in ("unit_id", "community"):
        empty = [(raw.place(n, column), None) for n in np.flatnonzero(table[column].str.strip() == "").tolist()]
        findings.cells(empty, Message("it is empty"), Message("Fill it in."))
    filled = (table[["unit_id", "community"]].map(str.strip) != "").all(axis=1)
    twice = table["unit_id"].duplicated() & filled
    again = [(raw.place(n, "unit_id"), table["unit_id"].iloc[n]) for n in np.flatnonzero(twice).tolist()]
    findings.cells(again, Message("this unit stands in it twice"), Message("Keep one row."))
    is_csv = path.suffix.lower() not in (".xlsx", *SUFFIXES)
    content = path.read_bytes() if is_csv else csv_text(table).encode()
    nowhere = frozenset(table["unit_id"][~filled])
    return PlanFile(path, table[filled & ~twice].reset_index(drop=True), content, tuple(findings.problems), nowhere)


def _named(raw: RawTable) -> RawTable:
    """Give the columns of a plan the project's names; of two that mean the same the first one is taken."""
    names: dict[str, str] = {}
    taken = set(raw.frame.columns) & set(PLAN.text)
    for column in map(str, raw.frame.columns):
        meaning = PLAN.meaning(column)
        if meaning is not None and meaning.column not in taken:
            names[column] = meaning.column
            taken.add(meaning.column)
    return raw.renamed(names)


def _raw(path: Path, findings: Findings) -> RawTable | None:
    """Return the table of a file, whatever kind of file it is."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".xlsx":
            return _workbook(path, findings)
        if suffix not in SUFFIXES:
            return read_csv(path, findings, kind=PLAN)
    except OSError as error:
        findings.error(
            str(path),
            None,
            Message("it cannot be read: {strerror}", strerror=cause(error)),
            Message("Name a file that is there."),
        )
        return None
    if not has_geo():
        rule = Message("polygons cannot be read: geopandas, pyogrio and pyproj are not installed")
        findings.error(path.name, None, rule, REMEDY)
        return None
    from scenarios.territory.maps.polygon_files import (  # noqa: PLC0415 (it needs the optional libraries)
        as_table,
        read_polygons,
    )

    if not path.is_file():
        findings.error(
            str(path),
            None,
            Message("it cannot be read: {strerror}", strerror=cause(FileNotFoundError(errno.ENOENT, ""))),
            Message("Name a file that is there."),
        )
        return None
    shapes = read_polygons(path, findings)
    return None if shapes is None else as_table(path, shapes)


def _workbook(path: Path, findings: Findings) -> RawTable | None:
    """Return the sheet of a workbook that holds a plan."""
    sheets = {title.strip().lower(): rows for title, rows in read_sheets(path, findings).items()}
    title = next((name for name in SHEETS if name in sheets), next(iter(sheets), None))
    if title is not None:
        return table_of(Message("{file} sheet {sheet}", file=path.name, sheet=title), sheets[title], PLAN, findings)
    if not findings.problems:
        remedy = Message("Write unit_id and community into its first sheet.")
        findings.error(path.name, None, Message("it holds no table"), remedy)
    return None


def faults_of_plan(
    plan: PlanFile, territory: Territory, groups: Mapping[str, str] | None = None, *, pieces: bool = True
) -> list[Problem]:
    """Return everything that keeps a plan from being used on a territory.

    Parameters
    ----------
    plan : PlanFile
    territory : Territory
    groups : mapping of unit to group, optional
        What no community may cross, such as the marketing centres.
    pieces : bool
        Whether a community that falls into pieces is one of them.
    """
    source = plan.path.name
    home = plan.table.set_index("unit_id")["community"]
    missing = [u for u in territory.unit_ids if u not in home.index and u not in plan.nowhere]
    unknown = [u for u in home.index if u not in territory.units.index]
    found = [*plan.problems]
    if missing:
        rule = Message("these units of the territory have no community in it")
        found.append(Problem(source, named(missing), rule, Message("Take the plan of this territory.")))
    if unknown:
        rule = Message("these units are not in the territory")
        found.append(Problem(source, named(unknown), rule, Message("Take the plan of this territory.")))
    inside = home[home.index.isin(territory.units.index)]
    found += [
        Problem(
            Message("{file}, community {name}", file=source, name=name),
            named(apart),
            Message("it falls into {pieces} pieces; these units are apart from the largest", pieces=count),
            Message("Give them to a community beside them, or add the missing adjacencies."),
        )
        for name, count, apart in (pieces_of(territory, inside) if pieces else ())
    ]
    for name, units in inside.groupby(inside, sort=True):
        where: pd.Series[Any] = pd.Series({u: (groups or {}).get(str(u), "") for u in units.index}, dtype=object)
        counts = where.value_counts()
        if len(counts) > 1:
            most = min(counts.index[counts == counts.max()])
            others = sorted({str(name) for name in where} - {str(most)})
            rule = Message(
                "it crosses the border of {group}: these units lie in {others}", group=most, others=named(others)
            )
            remedy = Message("Give them to a community of their own centre.")
            found.append(
                Problem(
                    Message("{file}, community {name}", file=source, name=name),
                    named(where.index[where != most]),
                    rule,
                    remedy,
                )
            )
    return found


def pieces_of(territory: Territory, home: pd.Series[Any]) -> list[tuple[str, int, list[str]]]:
    """Return the communities that are not connected: name, number of pieces, and the units apart from the largest."""
    code = np.full(len(territory), -1, dtype=np.int64)
    at = territory.units.index.get_indexer(home.index)
    code[at], names = pd.factorize(home)
    edges = territory.edge_positions
    kept = edges[(code[edges[:, 0]] == code[edges[:, 1]]) & (code[edges[:, 0]] >= 0)]
    size = len(territory)
    links = csr_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(size, size))
    piece = connected_components(links, directed=False)[1]
    found = []
    for k in sorted(range(len(names)), key=lambda k: str(names[k])):
        members = np.flatnonzero(code == k)
        labels, counts = np.unique(piece[members], return_counts=True)
        if len(labels) > 1:
            apart = members[piece[members] != labels[np.argmax(counts)]]
            found.append((str(names[k]), len(labels), [territory.unit_ids[u] for u in apart]))
    return found
