"""Who touches whom along a border, and where the middle of a polygon is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.maps.projection import on_the_map

if TYPE_CHECKING:
    import geopandas as gpd

TOUCH_M = 0.1
"""Borders digitised twice may run this far apart [m] and still be one border."""

TOLD_BY_DRAWING = 0.001
"""Share by which a border as drawn must be longer than as projected to take its place."""

WHOLE = 0.5
"""Overlap, as a share of the smaller unit, from which two units are two levels of the same ground."""

MIN_BORDER_M = 1.0
"""Shorter common borders [m] count as touching in a point."""


def borders(shapes: gpd.GeoSeries, findings: Findings, source: str, drawn: gpd.GeoSeries | None = None) -> pd.DataFrame:
    """Return who shares a border of positive length (rook adjacency).

    Candidate pairs come from a spatial index, so the work grows with the number of neighbours, not with its square.

    Parameters
    ----------
    shapes : GeoSeries
        Valid polygons in metres, indexed by unit id.
    findings : Findings
        Takes notes: pairs joined although their borders run up to `TOUCH_M` apart, and overlaps.
    source : str
        What notes call the file.
    drawn : GeoSeries, optional
        The same polygons in degrees as the file draws them: a border common there is common here, too, even if its
        two sides have no corner in common and run apart once they are projected.

    Returns
    -------
    DataFrame
        ``a``, ``b`` (unit ids, a < b), ``shared_border_km`` [km]; sorted.
    """
    try:
        return _borders(shapes, findings, source, drawn)
    except shapely.errors.GEOSException as error:  # sound as drawn, but not once projected
        findings.error(
            source, str(error), Message("borders cannot be measured"), Message("Repair it (QGIS: Fix geometries).")
        )
        return pd.DataFrame({"a": [], "b": [], "shared_border_km": []})


def _borders(shapes: gpd.GeoSeries, findings: Findings, source: str, drawn: gpd.GeoSeries | None) -> pd.DataFrame:
    order = np.argsort(shapes.index.to_numpy(dtype=str), kind="stable")
    shapes = shapes.iloc[order]
    polygons, ids = shapes.to_numpy(), shapes.index.to_numpy(dtype=object)
    tree = shapely.STRtree(polygons)
    left, right = tree.query(polygons, predicate="dwithin", distance=TOUCH_M)
    upper = left < right
    left, right = left[upper], right[upper]
    outlines = shapely.boundary(polygons)
    length = shapely.length(shapely.intersection(outlines[left], outlines[right]))
    loose = np.flatnonzero(length < MIN_BORDER_M)
    strips = shapely.buffer(outlines[right[loose]], TOUCH_M, cap_style="flat")
    near = shapely.length(shapely.intersection(outlines[left[loose]], strips))
    joined = near >= max(MIN_BORDER_M, 20 * TOUCH_M)
    length[loose] = np.where(joined, near, 0.0)
    if joined.any():
        pairs = [f"{ids[left[k]]}-{ids[right[k]]}" for k in loose[joined]]
        findings.note(
            Message(
                "{source}: borders up to {touch_m} m apart count as common: {names}.",
                source=source,
                touch_m=TOUCH_M,
                names=named(pairs),
            )
        )
    _report_overlaps(source, shapes, left, right, findings)
    if drawn is not None:
        left, right, length = _with_drawn(drawn.iloc[order], shapes.crs, left, right, length)
    kept = length >= MIN_BORDER_M
    table = pd.DataFrame(
        {
            "a": pd.Series(ids[left[kept]], dtype="str"),
            "b": pd.Series(ids[right[kept]], dtype="str"),
            "shared_border_km": np.round(length[kept] / 1000, 6),
        }
    )
    return table.sort_values(["a", "b"], ignore_index=True)


def centroids_km(shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return centroids, shape (units, 2) [km], of polygons in metres."""
    centres = shapely.centroid(shapes.to_numpy())
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)]) / 1000


def _with_drawn(
    drawn: gpd.GeoSeries, crs: Any, left: NDArray[Any], right: NDArray[Any], length: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    """Return pairs and common lengths [m] with those that the borders as drawn add by more than `TOLD_BY_DRAWING`."""
    polygons = drawn.to_numpy()
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    a, b = a[a < b], b[a < b]
    outlines = shapely.boundary(polygons)
    common = shapely.intersection(outlines[a], outlines[b])
    some = shapely.length(common) > 0
    a, b, common = a[some], b[some], common[some]
    there = shapely.length(on_the_map(common, drawn.crs, crs))
    have = {pair: k for k, pair in enumerate(zip(left.tolist(), right.tolist(), strict=True))}
    length, fresh = length.copy(), []
    for k, (pair, metres) in enumerate(zip(zip(a.tolist(), b.tolist(), strict=True), there.tolist(), strict=True)):
        at = have.get(pair)
        if at is None:
            fresh.append(k)
        elif metres > length[at] * (1 + TOLD_BY_DRAWING) + MIN_BORDER_M:
            length[at] = metres
    return np.append(left, a[fresh]), np.append(right, b[fresh]), np.append(length, there[fresh])


def _report_overlaps(
    source: str, shapes: gpd.GeoSeries, left: NDArray[Any], right: NDArray[Any], findings: Findings
) -> None:
    """Refuse units that lie on each other: people there would count twice; note smaller overlaps."""
    polygons, ids = shapes.to_numpy(), shapes.index
    area = shapely.area(polygons)
    common = shapely.area(shapely.intersection(polygons[left], polygons[right]))
    share = common / np.maximum(np.minimum(area[left], area[right]), 1e-9)
    whole = share > WHOLE
    for above in sorted({int(k) for k in np.where(area[left] >= area[right], left, right)[whole]}):
        mine = whole & (np.where(area[left] >= area[right], left, right) == above)
        below = np.where(left == above, right, left)[mine]
        rule = Message(
            "it lies over {names}, so that who lives there counts twice",
            names=named(sorted(str(ids[k]) for k in below)),
        )
        remedy = Message("Leave out the larger one, or keep one level of areas in the file.")
        findings.error(Message("{source}, unit {unit}", source=source, unit=ids[above]), None, rule, remedy)
    pairs = [f"{ids[left[k]]}-{ids[right[k]]} ({share[k]:.0%})" for k in np.flatnonzero((share > 0.01) & ~whole)]
    if pairs:
        findings.note(
            Message(
                "{source}: units overlap by more than 1 % of the smaller one: {names}.",
                source=source,
                names=named(pairs),
            )
        )
