"""Who is whose neighbour among points, and the cells that stand for units on the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import KDTree, Voronoi

from foundation.findings import Findings, named
from foundation.messages import Message

Array = NDArray[np.float64]
Pairs = NDArray[np.int64]

REACH = 2.5
"""A cell reaches this many times the distance to its third nearest neighbour: further out nobody lives."""

TOUCHING = 0.05
"""Cells are neighbours whose common border is at least this share of the way between their points."""

ABSURD = 5.0
"""An adjacency this many times as long as the way to the third nearest neighbour of both ends is absurd."""

FAR = 20.0
"""The shortest tree between the units may have edges this many times as long as its median; longer ones part them."""


@dataclass(frozen=True)
class Neighbours:
    """Adjacencies of points.

    Attributes
    ----------
    pairs : ndarray, shape (adjacencies, 2)
        Positions, the smaller first, sorted.
    border_km : ndarray, shape (adjacencies,)
        Length of the common border of the two cells [km].
    cells : list of Polygon
        A cell for each point [m].
    pruned, barred : int
        Adjacencies left out because they are absurdly long, or lead across a barrier.
    """

    pairs: Pairs
    border_km: Array
    cells: list[Any]
    pruned: int
    barred: int


def neighbours(points: Array, how: str, barriers: Any | None = None) -> Neighbours:
    """Return the neighbours of points.

    Delaunay: points whose cells (the ground nearer to them than to any other) share a border, leaving out borders far
    outside and corners. Gabriel: those among them with no third point inside the circle between the two. The shortest
    tree between the points is always among the adjacencies, unless an edge of it is absurdly long or barred.

    Parameters
    ----------
    points : ndarray, shape (units, 2)
        No two alike [km].
    how : {"delaunay", "gabriel"}
    barriers : geometry, optional
        Lines in the same plane that no adjacency crosses [km].

    References
    ----------
    Gabriel, K. R., & Sokal, R. R. (1969). A new statistical approach to geographic variation analysis.
    Systematic Zoology, 18(3).
    """
    n = len(points)
    third = _third(points)
    reach = shapely.buffer(shapely.points(points), REACH * third, quad_segs=8)
    cells, pairs, ridges = _cells(points)
    cells = shapely.intersection(cells, reach)
    border = shapely.length(shapely.intersection(shapely.intersection(ridges, reach[pairs[:, 0]]), reach[pairs[:, 1]]))
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    tree = _shortest_tree(pairs, length, n)
    usual = np.median(length[tree]) if tree.any() else 0.0
    keep = border >= TOUCHING * length
    if how == "gabriel":
        keep &= _is_gabriel(points, pairs)
    absurd = length > ABSURD * np.maximum(third[pairs[:, 0]], third[pairs[:, 1]])
    absurd = np.where(tree, length > FAR * usual, absurd)
    keep |= tree
    barred = np.zeros(len(pairs), dtype=bool)
    if barriers is not None:
        ways = shapely.linestrings(points[pairs])
        shapely.prepare(barriers)
        barred = shapely.intersects(barriers, ways)
    kept = keep & ~absurd & ~barred
    return Neighbours(
        pairs=pairs[kept],
        border_km=border[kept],
        cells=list(shapely.transform(cells, lambda p: p * 1000.0)),
        pruned=int((keep & absurd).sum()),
        barred=int((keep & ~absurd & barred).sum()),
    )


def adjacency_of_points(
    units: pd.DataFrame, how: str, source: str, findings: Findings, barriers: Any | None = None
) -> tuple[pd.DataFrame | None, list[Any]]:
    """Return the adjacencies of units by their points, and their cells [m]; what was done is noted.

    There are none where the points cannot tell, which is a problem that was met.

    Parameters
    ----------
    units : DataFrame
        Indexed by unit id, with ``x``, ``y`` [km].
    how : {"delaunay", "gabriel"}
    source : str
    findings : Findings
        Takes a problem where points coincide.
    barriers : geometry, optional
        Lines [km].
    """
    points = units[["x", "y"]].to_numpy(dtype=np.float64)
    ids = units.index.to_numpy(dtype=object)
    empty = pd.DataFrame({"a": pd.Series(dtype="str"), "b": pd.Series(dtype="str"), "shared_border_km": []})
    if not np.isfinite(points).all():
        return (None if findings.problems else empty), []  # why a place is missing has been said
    if len(points) < 2:
        return empty, []
    close = KDTree(points).query_pairs(1e-6)
    if close:
        pairs = named(f"{ids[a]}-{ids[b]}" for a, b in sorted(close))
        rule = Message("these units lie at the same place, so neighbours cannot be told from their coordinates")
        remedy = Message("Correct the coordinates, or give adjacencies with --adjacency FILE.")
        findings.error(Message("{source}, units {pairs}", source=source, pairs=pairs), None, rule, remedy)
        return None, []
    found = neighbours(points, how, barriers)
    name = {"delaunay": "Delaunay", "gabriel": "Gabriel"}[how]
    findings.note(
        Message(
            "{source}: no adjacencies were given; {count} were derived from the points ({name} "
            "neighbours), and the map shows cells around the points.",
            source=source,
            count=len(found.pairs),
            name=name,
        )
    )
    if found.pruned:
        findings.note(
            Message(
                "{source}: {pruned} absurdly long adjacencies between points were left out.",
                source=source,
                pruned=found.pruned,
            )
        )
    if found.barred:
        findings.note(
            Message("{source}: {barred} adjacencies across barriers were left out.", source=source, barred=found.barred)
        )
    table = pd.DataFrame(
        {
            "a": pd.Series(ids[found.pairs[:, 0]].tolist(), dtype="str"),
            "b": pd.Series(ids[found.pairs[:, 1]].tolist(), dtype="str"),
            "shared_border_km": np.round(found.border_km, 6),
        }
    )
    return table.sort_values(["a", "b"], ignore_index=True), found.cells


def _third(points: Array) -> Array:
    k = min(4, len(points))
    distance, _ = KDTree(points).query(points, k=k)
    return np.asarray(np.atleast_2d(distance)[:, -1], dtype=np.float64)


def _cells(points: Array) -> tuple[Any, Pairs, Any]:
    """Return the ground nearer to each point than to any other, which points share a border of it, and the borders."""
    middle, span = points.mean(axis=0), float(np.ptp(points, axis=0).max()) or 1.0
    frame = 50 * span * np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)], dtype=np.float64)
    ground = Voronoi(np.vstack([points - middle, frame]))
    corners = ground.vertices + middle
    regions = [ground.regions[r] for r in ground.point_region[: len(points)]]
    cells = np.array([shapely.MultiPoint(corners[r]).convex_hull for r in regions], dtype=object)
    own = (ground.ridge_points < len(points)).all(axis=1)
    pairs = np.sort(ground.ridge_points[own], axis=1).astype(np.int64)
    ends = np.array([ground.ridge_vertices[k] for k in np.flatnonzero(own)], dtype=np.int64).reshape(-1, 2)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return cells, pairs[order], shapely.linestrings(corners[ends[order]])


def _is_gabriel(points: Array, pairs: Pairs) -> NDArray[np.bool_]:
    """Return which pairs have no third point in the circle that has the two as its diameter, its edge included."""
    middle = (points[pairs[:, 0]] + points[pairs[:, 1]]) / 2
    radius = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) / 2
    inside = KDTree(points).query_ball_point(middle, radius * (1 + 1e-9), return_length=True)
    return np.asarray(inside <= 2)


def _shortest_tree(pairs: Pairs, length: Array, n: int) -> NDArray[np.bool_]:
    graph = coo_array((np.maximum(length, 1e-12), (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    chosen = {(min(a, b), max(a, b)) for a, b in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    return np.array([(a, b) in chosen for a, b in pairs.tolist()], dtype=bool)
