"""How far units lie apart on the ground: by road or in travel time, from a file or along the adjacencies."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from foundation.findings import Findings, named
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios.territory.raw_tables import read_records
from scenarios.territory.tables.references import References
from scenarios.territory.tables.workbook import read_sheets

Matrix = NDArray[np.float64]
Unit = Literal["km", "min"]

STRAIGHT_KM = 5.1e-4
"""What a distance written to the metre may differ from the straight line that it is [km]."""

SCALES: Mapping[str, tuple[Unit, float]] = {
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers", "公里", "千米"), ("km", 1.0)),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "米"), ("km", 1e-3)),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "分钟", "分"), ("min", 1.0)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒"), ("min", 1 / 60)),
    **dict.fromkeys(("h", "hour", "hours", "小时"), ("min", 60.0)),
    **dict.fromkeys(("time", "travel_time", "duration", "时间", "时长"), ("min", 1.0)),
}
"""How a column's name, or the last word of it, says its unit."""


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances of all units from all others that are no straight lines.

    Attributes
    ----------
    matrix : ndarray, shape (units, units)
        From unit i to seat j, in the order of the territory's units.
    unit : {"km", "min"}
    source : str
        The file, or the column of the adjacencies along which shortest ways were found.
    """

    matrix: Matrix
    unit: Unit
    source: str

    def of(self, keep: NDArray[Any]) -> Distances:
        """Return the distances of some of the units."""
        at = np.flatnonzero(keep)
        return Distances(self.matrix[np.ix_(at, at)], self.unit, self.source)

    def to_bytes(self) -> bytes:
        """Return them as a file; equal distances give equal bytes."""
        target = io.BytesIO()
        np.savez_compressed(target, matrix=self.matrix, unit=np.array(self.unit), source=np.array(self.source))
        return target.getvalue()


def saved_distances(path: Path, units: int, findings: Findings) -> Distances | None:
    """Read what `Distances.to_bytes` made; anything else is a problem."""
    try:
        with np.load(path, allow_pickle=False) as held:
            matrix, unit, source = np.asarray(held["matrix"], dtype=np.float64), str(held["unit"]), str(held["source"])
        if matrix.shape != (units, units) or unit not in ("km", "min") or not (matrix >= 0).all():
            msg = Message("it is of another territory")
            raise ValueError(msg)
    except (OSError, ValueError, KeyError, EOFError) as error:
        rule = Message("it cannot be read: {reason}", reason=cause(error))
        findings.error(path.name, None, rule, Message("Write it again."))
        return None
    return Distances(matrix, "min" if unit == "min" else "km", source)


def distances_of(
    asked: str | Path, units: pd.DataFrame, edges: pd.DataFrame, findings: Findings, encoding: str | None = None
) -> Distances | None:
    """Return the distances that are asked for; None where they are straight lines, or a problem was found.

    Parameters
    ----------
    asked : str or Path
        A column of the adjacencies, or a file of ``a,b,`` minutes or km (CSV or Excel): all pairs, or stretches of
        road that are joined by shortest ways. A pair given in one direction holds in both.
    units : DataFrame
        Indexed by unit id, with ``x``, ``y`` [km].
    edges : DataFrame
        ``a``, ``b`` and further columns.
    findings : Findings
    encoding : str, optional
        Code page of the file.
    """
    before = len(findings.problems)
    column = str(asked)
    if column in edges.columns and column not in ("a", "b"):
        source, joined = column, True
        table = _column(edges, column, findings)
        unit, scale = _unit(column, source, findings)
    else:
        read = _read(Path(asked), units, edges, findings, encoding)
        if read is None:
            return None
        table, heading = read
        source = Path(asked).name
        unit, scale = _unit(heading, source, findings)
        joined = not _all_pairs(table, len(units))
    if table.empty and len(findings.problems) == before:
        findings.error(source, None, Message("it holds no distance"), Message("Give rows of a,b,km."))
    if len(findings.problems) > before:
        return None
    matrix = _matrix(table, units.index, scale)
    if joined:
        matrix = _shortest(matrix)
    if not np.isfinite(matrix).all():
        start = int(np.argwhere(~np.isfinite(matrix))[0, 0])
        apart = [str(unit) for unit in units.index[~np.isfinite(matrix[start])]]
        rule = Message("from {unit} there is no way to {apart}", unit=units.index.tolist()[start], apart=named(apart))
        findings.error(source, None, rule, Message("Add the ways that are missing."))
        return None
    if unit == "km" and _straight(matrix, units):
        return None
    return Distances(matrix, unit, source)


def _read(
    path: Path, units: pd.DataFrame, edges: pd.DataFrame, findings: Findings, encoding: str | None
) -> tuple[pd.DataFrame, str] | None:
    """Return the rows of a file as ``a, b, value``, and the heading of the values."""
    if not path.is_file():
        have = [str(c) for c in edges.columns if c not in ("a", "b")]
        rule = Message("it is neither a file nor a column of the adjacencies; these have {have}",
                       have=named(have) if have else Message("no further column"))  # fmt: skip
        findings.error("--distance", str(path), rule, Message("Check the path, or name a column."))
        return None
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        rows = next(iter(read_sheets(path, findings).values()), [])
    else:
        rows = read_records(path, findings, encoding) or []
    rows = [[cell.strip() for cell in row] for row in rows]
    rows = [row for row in rows if any(row) and not row[0].startswith("#")]
    if not rows:
        return pd.DataFrame({"a": [], "b": [], "value": []}), ""
    names = units["name"].tolist() if "name" in units.columns else ()
    known = References(units.index.tolist(), names)
    headed = len(rows[0]) < 3 or _number(rows[0][2]) is None
    heading = rows[0][2] if headed and len(rows[0]) > 2 else ""
    a, b, values, strange, wrong = [], [], [], [], []
    for number, row in enumerate(rows[headed:], start=1 + headed):
        place = f"{path.name} row {number}"
        ends = [known.one(cell) for cell in row[:2]]
        value = _number(row[2]) if len(row) > 2 else None
        if None in ends or len(ends) < 2:
            strange += [(place, cell) for cell, end in zip(row[:2], ends, strict=True) if end is None]
        elif value is None or value < 0:
            wrong.append((place, row[2] if len(row) > 2 else None))
        else:
            a.append(ends[0])
            b.append(ends[1])
            values.append(value)
    findings.cells(strange, Message("a distance must join known units"), Message("Correct the id."))
    findings.cells(wrong, Message("it must be a number of at least 0"), Message("Write it as 4.2."))
    return pd.DataFrame({"a": a, "b": b, "value": np.array(values, dtype=np.float64)}), heading


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _column(edges: pd.DataFrame, column: str, findings: Findings) -> pd.DataFrame:
    """Return a column of the adjacencies as ``a, b, value``; where it is empty there is no way."""
    values = pd.to_numeric(edges[column], errors="coerce")
    filled = edges[column].notna() & (edges[column].astype(str).str.strip() != "")
    wrong = edges.index[filled & ~(values >= 0)]
    bad = edges.loc[wrong, ["a", "b", column]].astype(str)
    cells = [(f"{column}: {a}, {b}", value) for a, b, value in bad.itertuples(index=False)]
    findings.cells(cells, Message("it must be a number of at least 0"), Message("Write it as 4.2."))
    return pd.DataFrame({"a": edges["a"], "b": edges["b"], "value": values})[values >= 0]


def _unit(heading: str, source: str, findings: Findings) -> tuple[Unit, float]:
    """Return the unit that a heading names, and by what its values are multiplied; kilometres where it names none."""
    plain = heading.strip().casefold()
    for mark in "()[]（）【】":
        plain = plain.replace(mark, " ")
    words = plain.replace("_", " ").replace("-", " ").replace("/", " ").split()
    for word in [plain, *reversed(words)]:
        if word in SCALES:
            return SCALES[word]
    for ending in ("分钟", "小时", "公里", "千米", "米", "时间", "时长"):
        if ending in plain:
            return SCALES[ending]
    findings.note(Message("{source}: its distances are taken for km, since no heading names a unit.", source=source))
    return "km", 1.0


def _all_pairs(table: pd.DataFrame, units: int) -> bool:
    """Say whether every pair of units stands there, at least in one direction."""
    ends = np.sort(table[["a", "b"]].to_numpy(dtype=str), axis=1)
    pairs = {(a, b) for a, b in ends.tolist() if a != b}
    return len(pairs) == units * (units - 1) // 2


def _matrix(table: pd.DataFrame, ids: pd.Index[Any], scale: float) -> Matrix:
    """Return what stands there as a matrix, infinite elsewhere; of what stands there twice the shorter."""
    n = len(ids)
    given = np.full((n, n), np.inf)
    a, b = (ids.get_indexer(pd.Index(table[end], dtype="str")) for end in ("a", "b"))
    np.minimum.at(given, (a, b), table["value"].to_numpy(dtype=np.float64) * scale)
    matrix = np.where(np.isfinite(given), given, given.T)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _shortest(stretches: Matrix) -> Matrix:
    """Return the lengths of shortest ways along stretches."""
    n = len(stretches)
    rows, columns = np.nonzero(np.isfinite(stretches) & ~np.eye(n, dtype=bool))
    graph = csr_array((stretches[rows, columns], (rows, columns)), shape=(n, n))
    return np.asarray(dijkstra(graph, directed=True), dtype=np.float64)


def _straight(matrix: Matrix, units: pd.DataFrame) -> bool:
    """Say whether all distances are the straight lines between the points, as far as they are written."""
    points = units[["x", "y"]].to_numpy(dtype=np.float64)
    lines = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    slack = min(STRAIGHT_KM, 1e-4 * float(lines.max(initial=0.0)))
    return bool(np.allclose(matrix, lines, rtol=1e-9, atol=slack))
