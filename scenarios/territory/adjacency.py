"""Who touches whom along a border, and where the middle of a polygon is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from foundation.findings import Findings, named
from foundation.messages import Message

if TYPE_CHECKING:
    import geopandas as gpd

TOUCH_M = 0.1
"""Borders digitised twice may run this far apart [m] and still be one border."""

MIN_BORDER_M = 1.0
"""Shorter common borders [m] count as touching in a point."""


def borders(shapes: gpd.GeoSeries, findings: Findings, source: str) -> pd.DataFrame:
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

    Returns
    -------
    DataFrame
        ``a``, ``b`` (unit ids, a < b), ``shared_border_km`` [km]; sorted.
    """
    try:
        return _borders(shapes, findings, source)
    except shapely.errors.GEOSException as error:  # sound as drawn, but not once projected
        findings.error(
            source, str(error), Message("borders cannot be measured"), Message("Repair it (QGIS: Fix geometries).")
        )
        return pd.DataFrame({"a": [], "b": [], "shared_border_km": []})


def _borders(shapes: gpd.GeoSeries, findings: Findings, source: str) -> pd.DataFrame:
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


def _report_overlaps(
    source: str, shapes: gpd.GeoSeries, left: NDArray[Any], right: NDArray[Any], findings: Findings
) -> None:
    polygons, ids = shapes.to_numpy(), shapes.index
    common = shapely.area(shapely.intersection(polygons[left], polygons[right]))
    smaller = np.minimum(shapely.area(polygons[left]), shapely.area(polygons[right]))
    share = common / np.maximum(smaller, 1e-9)
    pairs = [f"{ids[left[k]]}-{ids[right[k]]} ({share[k]:.0%})" for k in np.flatnonzero(share > 0.01)]
    if pairs:
        findings.note(
            Message(
                "{source}: units overlap by more than 1 % of the smaller one: {names}.",
                source=source,
                names=named(pairs),
            )
        )
