"""Polygons parted by roads and rivers: who faces whom across a gap, and how wide a gap makes one map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError

from foundation.findings import Findings
from foundation.messages import Message

if TYPE_CHECKING:
    import geopandas as gpd

STEPS = 8
"""Points along an outline on the width of a gap."""

FACING = 0.5
"""Two units face each other when their outlines do so for this share of the gap's width; corners do so for less."""

MOST_POINTS = 3_000_000
"""Points on outlines that are compared at most."""

WIDEST_SUGGESTED_M = 1_000.0
"""Widest gap that a message suggests to join across."""


def join_gaps(shapes: gpd.GeoSeries, edges: pd.DataFrame, gap: float, source: str, findings: Findings) -> pd.DataFrame:
    """Return the adjacencies with those across gaps: units that face each other with no other unit between.

    The outlines near other units are set with points, and the points are triangulated; two units face each other for
    as long as edges no longer than `gap` lead from one to the other.

    Parameters
    ----------
    shapes : GeoSeries
        Valid polygons in metres, indexed by unit id.
    edges : DataFrame
        ``a``, ``b``, ``shared_border_km``: who shares a border.
    gap : float
        Widest gap [m].
    source : str
        What notes call the file.
    findings : Findings
        Takes a note of what was joined.
    """
    ids = shapes.index.to_numpy(dtype=object)
    place = {unit: k for k, unit in enumerate(ids.tolist())}
    touching = {(place[a], place[b]) for a, b in zip(edges["a"], edges["b"], strict=True)}
    touching |= {(b, a) for a, b in touching}
    facing = _facing(shapes.to_numpy(), gap, findings, source)
    found = [(a, b, metres) for (a, b), metres in facing.items() if (a, b) not in touching]
    findings.note(
        Message(
            "{source}: {count} {count:adjacency leads|adjacencies lead} across gaps of up to {gap:g} m (--gap).",
            source=source,
            count=len(found),
            gap=gap,
        )
    )
    if not found:
        return edges
    pairs = [sorted((str(ids[a]), str(ids[b]))) for a, b, _ in found]
    added = pd.DataFrame(
        {
            "a": pd.Series([a for a, _ in pairs], dtype="str"),
            "b": pd.Series([b for _, b in pairs], dtype="str"),
            "shared_border_km": np.round([metres / 1000 for _, _, metres in found], 6),
        }
    )
    return pd.concat([edges, added], ignore_index=True).sort_values(["a", "b"], ignore_index=True)


def gap_that_joins(shapes: Sequence[Any], label: NDArray[np.int64]) -> float | None:
    """Return the width [m] of the gaps across which separate pieces become one, or None where that is too wide.

    It is the longest edge of the shortest tree between the pieces, with a tenth on top: facing takes more than a point.
    """
    polygons = np.asarray(shapes, dtype=object)
    tree = shapely.STRtree(polygons)
    a, b = tree.query(polygons, predicate="dwithin", distance=WIDEST_SUGGESTED_M)
    apart = (label[a] != label[b]) & (a < b)
    a, b = a[apart], b[apart]
    if not len(a):
        return None
    wide = np.maximum(shapely.distance(polygons[a], polygons[b]), 1e-3)
    order = np.argsort(-wide, kind="stable")  # a sparse matrix keeps the last of several entries: the narrowest
    table = pd.DataFrame({"i": label[a][order], "j": label[b][order], "w": wide[order]})
    table[["i", "j"]] = np.sort(table[["i", "j"]].to_numpy(), axis=1)
    table = table.drop_duplicates(["i", "j"], keep="last")
    n = int(label.max()) + 1
    graph = coo_array((table["w"], (table["i"], table["j"])), shape=(n, n)).tocsr()
    if connected_components(graph, directed=False)[0] > 1:
        return None
    widest = float(minimum_spanning_tree(graph).data.max()) * 1.1
    digits = 10.0 ** max(0, np.floor(np.log10(widest)) - 1)
    return float(np.ceil(widest / digits) * digits)


def _facing(polygons: NDArray[Any], gap: float, findings: Findings, source: str) -> dict[tuple[int, int], float]:
    """Return for each pair of units how long they face each other [m]."""
    near = _near_outlines(polygons, gap)
    step = gap / STEPS
    count = int(sum(shapely.length(line) for line in near.values()) / step)
    if count > MOST_POINTS:
        rule = Message(
            "it needs {count} points on the outlines; at most {most_points} are compared",
            count=count,
            most_points=MOST_POINTS,
        )
        findings.error(f"{source}: --gap", f"{gap:g}", rule, Message("Name a wider gap, or take a part of the area."))
        return {}
    points, owner = [], []
    for unit, line in near.items():
        coordinates = shapely.get_coordinates(shapely.segmentize(line, step))
        points.append(coordinates)
        owner.append(np.full(len(coordinates), unit))
    if not points:
        return {}
    place, unit_of = np.vstack(points), np.concatenate(owner)
    try:
        triangles = Delaunay(place - place.mean(axis=0)).simplices
    except QhullError:
        return {}
    ends = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    pair = np.sort(unit_of[ends], axis=1)
    long = np.hypot(*(place[ends[:, 0]] - place[ends[:, 1]]).T)
    across = (pair[:, 0] != pair[:, 1]) & (long <= gap)
    table = pd.DataFrame({"a": pair[across, 0], "b": pair[across, 1], "p": ends[across, 0], "q": ends[across, 1]})
    faced: dict[tuple[int, int], float] = {}
    for _, group in table.groupby(["a", "b"], sort=True):
        metres = step * min(group["p"].nunique(), group["q"].nunique(), (len(group) + 1) // 2)
        if metres >= FACING * gap:
            faced[int(group["a"].iloc[0]), int(group["b"].iloc[0])] = float(metres)
    return faced


def _near_outlines(polygons: NDArray[Any], gap: float) -> dict[int, Any]:
    """Return by unit the parts of its outline that lie within the gap's width of another unit."""
    tree = shapely.STRtree(polygons)
    a, b = tree.query(polygons, predicate="dwithin", distance=gap)
    other = a != b
    a, b = a[other], b[other]
    outlines = shapely.boundary(polygons)
    order = np.argsort(a, kind="stable")
    starts = np.flatnonzero(np.diff(a[order], prepend=-1))
    found: dict[int, Any] = {}
    for group in np.split(order, starts[1:]) if len(order) else []:
        unit = int(a[group[0]])
        around = shapely.union_all(shapely.buffer(outlines[b[group]], gap * 1.01, quad_segs=2))
        line = shapely.intersection(outlines[unit], around)
        if not line.is_empty:
            found[unit] = line
    return found
