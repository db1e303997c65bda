"""What must hold in a territory: unique ids, real neighbours, one connected piece, and tables that refer to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.columns import texts
from scenarios.territory.maps.gaps import gap_that_joins
from scenarios.territory.tables.known_columns import UNIT_COUNTS
from scenarios.territory.tables.raw_table import RawTable

if TYPE_CHECKING:
    import geopandas as gpd

MAX_BRIDGES = 200
"""A territory in more pieces than this is not a map with islands; its adjacency is wrong."""

FEWEST, SUM_OF_MANY = 5, 1000
"""Units, and persons, from which a sum is no chance."""

MANY_PIECES = 0.2
"""From this share of pieces to units on, it is gaps that part them, no islands."""

MAX_EXTENT_KM = 20_000.0
"""Half the Earth's girth: coordinates that span more are not kilometres."""


def check_ids(
    table: RawTable,
    ids: Sequence[str],
    column: str,
    findings: Findings,
    remedy: str = Message("Remove the repeated record, or give it an id of its own."),
) -> None:
    """Report empty and repeated ids, each with its rows."""
    empty = [(table.place(i, column), None) for i, u in enumerate(ids) if not u]
    findings.cells(empty, Message("an id must not be empty"), Message("Give every record an id."))
    count = Counter(u for u in ids if u)
    first: dict[str, int] = {}
    again = []
    for i, unit in enumerate(ids):
        if unit and count[unit] > 1:
            if unit in first:
                again.append((table.place(i, column), _as_in(unit, table, first[unit])))
            else:
                first[unit] = i
    findings.cells(again, Message("ids must be unique"), remedy)


def _as_in(unit: str, table: RawTable, first: int) -> Message:
    if table.counts == "feature":
        return Message("{unit}, as in feature {number}", unit=unit, number=table.rows[first])
    return Message("{unit}, as in row {number}", unit=unit, number=table.rows[first])


def check_groups(table: RawTable, units: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Report units without centre or community where others have one; drop the column where none has."""
    for column in ("centre", "community"):
        if column not in units.columns:
            continue
        empty = (units[column] == "").to_numpy()
        if empty.all():
            findings.note(
                Message("{source}: the column {column} is empty and was left out.", source=table.source, column=column)
            )
            units = units.drop(columns=column)
            continue
        if empty.any():
            findings.error(
                table.places(np.flatnonzero(empty).tolist(), column),
                Message("empty"),
                Message("every unit needs a centre when others have one")
                if column == "centre"
                else Message("every unit needs a community when others have one"),
                Message("Fill it in, or empty the whole column."),
            )
    return units


def refuse_totals(table: RawTable, units: pd.DataFrame, findings: Findings) -> None:
    """Report a unit whose numbers are the sums of all others: a level above, whose people would count twice."""
    counts = [c for c in UNIT_COUNTS if c in units.columns and c not in ("income", "area_km2")]
    if len(units) < FEWEST or not counts:
        return
    values = units[counts].to_numpy(dtype=np.float64)
    is_sum = (2 * values == np.nansum(values, axis=0)) & (values > 0)
    sure = is_sum.sum(axis=1) >= np.minimum(2, len(counts))
    sure &= (values[:, 0] >= SUM_OF_MANY) | (is_sum.sum(axis=1) > 1)
    for k in np.flatnonzero(sure).tolist():
        rule = Message(
            "its {names} are the sums of all other units, so it is their total, no unit", names=named(counts)
        )
        findings.error(
            table.place(k), str(units["unit_id"].iloc[k]), rule, Message("Leave it out: it counts everybody twice.")
        )


def note_missing(units: pd.DataFrame, findings: Findings) -> None:
    """Note numbers that are not known; they are refused only where they are used."""
    for column in units.columns:
        if pd.api.types.is_float_dtype(units[column]) and units[column].isna().any():
            ids = units.index[units[column].isna()]
            findings.note(
                Message(
                    "{column} is missing for {count} of {total} units ({names}).",
                    column=column,
                    count=len(ids),
                    total=len(units),
                    names=named(ids),
                )
            )


def check_coordinates(source: str, units: pd.DataFrame, findings: Findings) -> None:
    """Report coordinates that cannot be kilometres."""
    for column in ("x", "y"):
        values = units[column].to_numpy(dtype=np.float64)
        span = float(np.nanmax(values) - np.nanmin(values)) if len(values) and not np.isnan(values).all() else 0.0
        if span > MAX_EXTENT_KM:
            findings.error(
                Message("{source}, {column}", source=source, column=column),
                Message("spans {span:g}", span=span),
                Message("coordinates are kilometres and cannot span more than half the Earth"),
                Message(
                    "If they are metres, name the column {column}_m (--rename {column}={column}_m).", column=column
                ),
            )


def clean_edges(
    table: RawTable, a: Sequence[str], b: Sequence[str], known: pd.Index[Any], findings: Findings
) -> pd.DataFrame:
    """Return adjacencies with a < b, unique and sorted; unknown ends and self loops are problems, repeats a note.

    Parameters
    ----------
    table : RawTable
        The adjacency table; other columns than the two ids are kept (of a repeated adjacency, those met first).
    a, b : sequence of str
        The ends of each record.
    known : Index
        Ids of the units.
    findings : Findings
        Takes problems and notes.
    """
    ends = np.column_stack([np.asarray(a, dtype=object), np.asarray(b, dtype=object)]).reshape(-1, 2)
    member = np.column_stack([known.get_indexer(pd.Index(ends[:, k], dtype="str")) >= 0 for k in (0, 1)])
    stray = [(table.place(int(i)), ends[i, k]) for i, k in np.argwhere(~member)]
    findings.cells(
        stray, Message("an adjacency must join known units"), Message("Correct the id, or add the unit to the units.")
    )
    loop = ends[:, 0] == ends[:, 1]
    loops = [(table.place(int(i)), ends[i, 0]) for i in np.flatnonzero(loop)]
    findings.cells(loops, Message("a unit cannot be its own neighbour"), Message("Remove the record."))
    swap = ends[:, 0] > ends[:, 1]
    ends[swap] = ends[swap][:, ::-1]
    extra = table.frame.drop(columns=table.frame.columns[:2])
    extra = extra.rename(columns={name: f"{name}_given" for name in ("a", "b") if name in extra.columns})
    edges = pd.DataFrame({"a": texts(ends[:, 0].tolist()), "b": texts(ends[:, 1].tolist())}).join(extra)
    edges = edges[~loop & member.all(axis=1)]
    unique: pd.DataFrame = edges.drop_duplicates(["a", "b"])
    if len(unique) < len(edges):
        again = len(edges) - len(unique)
        findings.note(
            Message(
                "{source}: {count} {count:adjacency stands|adjacencies stand} there twice; each counts once.",
                source=table.source,
                count=again,
            )
        )
    return unique.sort_values(["a", "b"], ignore_index=True)


@dataclass(frozen=True)
class Net:
    """Units and adjacencies whose pieces are to be looked at."""

    units: pd.DataFrame
    edges: pd.DataFrame
    geometry: gpd.GeoSeries | None

    def pieces(self) -> NDArray[np.int64]:
        """Return the piece of each unit, shape (units,); pieces are numbered by their first unit."""
        a = self.units.index.get_indexer(pd.Index(self.edges["a"]))
        b = self.units.index.get_indexer(pd.Index(self.edges["b"]))
        n = len(self.units)
        graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
        _, label = connected_components(graph, directed=False)
        return np.asarray(label, dtype=np.int64)


def connect(
    net: Net, bridge: str | None, findings: Findings, source: str
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Return adjacencies that make one piece, and those among them that were added as bridges.

    Without `bridge` every piece but the largest is a problem that names its units. With ``"nearest"`` the smallest
    piece is joined to its nearest unit elsewhere, again and again until one piece is left; nearness is the gap
    between polygons where there are any, else the distance of the centroids.
    """
    label = net.pieces()
    sizes = np.bincount(label)
    if len(sizes) <= 1:
        return net.edges, []
    if bridge is None:
        _report_pieces(net, label, sizes, findings, source)
        return net.edges, []
    if len(sizes) > MAX_BRIDGES:
        findings.error(
            source,
            Message("{count} {count:piece|pieces}", count=len(sizes)),
            Message("at most {max_bridges} pieces can be bridged", max_bridges=MAX_BRIDGES),
            Message("Check the adjacency."),
        )
        return net.edges, []
    bridges: list[tuple[str, str]] = []
    ids = net.units.index.to_numpy(dtype=object)
    while len(sizes := np.bincount(label)[np.unique(label)]) > 1:
        names = np.unique(label)
        smallest = names[np.argmin(sizes)]
        inside, outside = np.flatnonzero(label == smallest), np.flatnonzero(label != smallest)
        u, v = _nearest(net, inside, outside)
        bridges.append((min(ids[u], ids[v]), max(ids[u], ids[v])))
        label[inside] = label[v]
    findings.note(
        Message(
            "{source}: {count} separate pieces were joined by bridges: {names}.",
            source=source,
            count=len(bridges) + 1,
            names=named((f"{a}-{b}" for a, b in bridges), MAX_BRIDGES),
        )
    )
    added = pd.DataFrame({"a": texts([a for a, _ in bridges]), "b": texts([b for _, b in bridges])})
    for column in net.edges.columns:
        if column not in added and pd.api.types.is_numeric_dtype(net.edges[column]):
            added[column] = np.zeros(len(added), dtype=net.edges[column].to_numpy().dtype)
        elif column not in added:
            added[column] = texts([""] * len(added))
    both = pd.concat([net.edges, added], ignore_index=True)
    return both.sort_values(["a", "b"], ignore_index=True), bridges


def _report_pieces(
    net: Net, label: NDArray[np.int64], sizes: NDArray[np.int64], findings: Findings, source: str
) -> None:
    order = sorted(range(len(sizes)), key=lambda k: (-sizes[k], k))
    names = net.units["name"] if "name" in net.units.columns else None
    remedy = Message("Add the missing adjacencies, or join each piece to its nearest neighbour with --bridge nearest.")
    gap = None if net.geometry is None else gap_that_joins(net.geometry.to_numpy(), label)
    if gap is not None and len(sizes) >= MANY_PIECES * len(net.units):
        rule = Message(
            "roads or rivers part most units: {count} pieces of {total} units", count=len(sizes), total=len(net.units)
        )
        findings.error(
            source,
            None,
            rule,
            Message("Join units that face each other across up to {gap:g} m: --gap {gap:g}.", gap=gap),
        )
        return
    if gap is not None:
        remedy = Message(
            "Join units across gaps of up to {gap:g} m with --gap {gap:g}, or each piece with --bridge nearest.",
            gap=gap,
        )
    cells: list[tuple[str, Any]] = []
    for k in order[1:]:
        members = net.units.index[label == k]
        told = [f"{u} {names[u]}".strip() if names is not None else str(u) for u in members]
        place = (
            Message("{source}, island", source=source)
            if len(members) == 1
            else Message("{source}, component of {count} {count:unit|units}", source=source, count=len(members))
        )
        cells.append((place, named(told)))
    largest = sizes[order[0]]
    rule = Message(
        "every unit must be connected with the others ({count} components; the largest has "
        "{largest} {largest:unit|units})",
        count=len(sizes),
        largest=largest,
    )
    findings.cells(cells, rule, remedy)


def _nearest(net: Net, inside: NDArray[np.int64], outside: NDArray[np.int64]) -> tuple[int, int]:
    """Return positions of the closest pair of units across two sets; ties go to the first in order of ids."""
    if net.geometry is not None:
        shapes = net.geometry.to_numpy()
        (here, there), gap = shapely.STRtree(shapes[outside]).query_nearest(
            shapes[inside], return_distance=True, all_matches=True
        )
        best = min(zip(gap.tolist(), here.tolist(), there.tolist(), strict=True))
        return int(inside[best[1]]), int(outside[best[2]])
    points = net.units[["x", "y"]].to_numpy(dtype=np.float64)
    distance, nearest = KDTree(points[outside]).query(points[inside])
    k = int(np.argmin(distance))
    return int(inside[k]), int(outside[nearest[k]])
