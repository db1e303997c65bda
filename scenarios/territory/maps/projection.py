"""Outlines in metres: as they are where they are planar, else projected so that long borders keep their course."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from foundation.findings import Findings
from foundation.messages import Message
from scenarios.territory.maps.outlines import mended

WIDE_DEGREES = 6.0
"""Beyond this extent a UTM zone distorts; an equal-area projection is made to measure."""

AROUND_DEGREES = 300.0
"""A territory of this extent lies on both sides of the date line."""

DRIFT_M = 5.0
"""How far the middle of an edge may leave its course when only its ends are projected [m]: edges of some 10 km."""

STEP_DEGREES = 0.01
"""Longest piece of a line whose length is taken on the map."""

EARTH_M = 6_371_000.0
"""Mean radius of the Earth [m]."""

MOST_POINTS = 200
"""Pieces that an edge is cut into at most."""

BESIDE, LAST_PARALLEL = 0.05, 79.0
"""Degrees from an edge of UTM zones within which a place may be taken for either, and where zones end at the latest."""


def projected(source: str, shapes: gpd.GeoSeries, findings: Findings, crs: str | None = None) -> gpd.GeoSeries:
    """Return the shapes in metres: in `crs` if given, else as they are if planar, else in a projection that fits.

    Edges long enough to leave their course are given points on the way first: a border of a hundred kilometres drawn
    with two points would part from its neighbours, whose borders along it have more. What crosses itself only once it
    is projected is mended.
    """
    present = shapes[~(shapes.isna() | shapes.is_empty)]
    if present.empty:
        return shapes
    west, south, east, north = present.total_bounds
    degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90
    if shapes.crs is None:
        if degrees:
            findings.error(
                source,
                None,
                Message("it has no coordinate reference system and its coordinates look like degrees"),
                Message("Set one when exporting, such as EPSG:4326 (WGS84) or EPSG:4490 (CGCS2000)."),
            )
            findings.stop()
        findings.note(
            Message("{source}: no coordinate reference system; coordinates are taken as metres.", source=source)
        )
        return shapes
    if shapes.crs.is_geographic and not degrees:
        findings.error(
            source,
            Message("x {west:g} to {east:g}, y {south:g} to {north:g}", west=west, east=east, south=south, north=north),
            Message("coordinates of {name} must be degrees", name=shapes.crs.name),
            Message("Set the reference system the coordinates are really in."),
        )
        findings.stop()
    if shapes.crs.is_geographic and east - west > AROUND_DEGREES:
        findings.error(
            source,
            Message("{west:g} to {east:g} degrees of longitude", west=west, east=east),
            Message("it goes around the Earth, or lies on both sides of the date line"),
            Message("Take a part of it, or move one side by 360 degrees."),
        )
        findings.stop()
    if crs is None and is_planar_metres(shapes.crs):
        return shapes
    target: Any = crs
    if target is None:
        target = fitting(present)
        findings.note(
            Message(
                "{source}: projected from {name} to {label}; areas and distances are taken there.",
                source=source,
                name=shapes.crs.name,
                label=_label(target),
            )
        )
    if shapes.crs.is_geographic:
        shapes = densified(shapes)
    flat = shapes.to_crs(target)
    if not np.isfinite(shapely.get_coordinates(flat.to_numpy())).all():
        findings.error(
            source, None, Message("the area is too wide to be measured on one map"), Message("Take a part of it.")
        )
        findings.stop()
    return mended(source, flat, findings)


def densified(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes in degrees whose long edges have points on the way; an edge gets the same ones in both directions.

    Edges that keep their course within `DRIFT_M` stay as they are, so most files are not touched.
    """
    values = shapes.to_numpy()
    long = np.array([_cuts(shapely.get_coordinates(s)).max(initial=1) > 1 for s in values], dtype=bool)
    if not long.any():
        return shapes
    changed = values.copy()
    changed[long] = [_with_points(s) for s in values[long]]
    return gpd.GeoSeries(changed, index=shapes.index, crs=shapes.crs)


def on_the_map(lines: NDArray[Any], drawn: pyproj.CRS, crs: pyproj.CRS) -> NDArray[Any]:
    """Return lines in degrees as they run on the map, with points on the way."""
    series = gpd.GeoSeries(shapely.segmentize(lines, STEP_DEGREES), crs=drawn)
    return np.asarray(series.to_crs(crs).to_numpy())


def is_planar_metres(crs: pyproj.CRS) -> bool:
    """Return whether distances can be taken in the system as it is (Mercator stretches, feet are not metres)."""
    units = {axis.unit_name for axis in crs.axis_info}
    method = crs.coordinate_operation.method_name if crs.coordinate_operation is not None else ""
    return (
        crs.is_projected and units <= {"metre", "meter"} and not ("Mercator" in method and "Transverse" not in method)
    )


def fitting(shapes: gpd.GeoSeries) -> pyproj.CRS:
    """Return a projection in metres that fits the shapes: their UTM zone, or an equal-area one where they are wide."""
    west, south, east, north = shapes.to_crs("EPSG:4326").total_bounds
    if east - west <= WIDE_DEGREES and north - south <= WIDE_DEGREES:
        drawn_in_degrees = shapes.crs is not None and shapes.crs.is_geographic
        zone = _zone((west + east) / 2, (south + north) / 2) if drawn_in_degrees else None
        return pyproj.CRS(shapes.estimate_utm_crs()) if zone is None else pyproj.CRS.from_epsg(zone)
    return pyproj.CRS.from_proj4(
        f"+proj=laea +lat_0={(south + north) / 2:.2f} +lon_0={(west + east) / 2:.2f} +datum=WGS84 +units=m"
    )


def _zone(longitude: float, latitude: float) -> int | None:
    """Return the EPSG code of the UTM zone about a place, or None near an edge of zones, where the database is asked.

    The database of reference systems takes longer to ask than a small map takes to be read.
    """
    column, within = divmod(longitude + 180, 6)
    if not (BESIDE < within < 6 - BESIDE and BESIDE < abs(latitude) < LAST_PARALLEL and -180 < longitude < 180):
        return None
    return (32601 if latitude > 0 else 32701) + int(column)


def _cuts(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return into how many pieces each edge between successive points is cut, shape (points - 1,).

    An edge that follows a parallel bends by L² tan(latitude) / 8R on a map that shows it straight elsewhere.
    """
    if len(points) < 2:
        return np.ones(0, dtype=np.int64)
    step = np.abs(np.diff(points, axis=0))
    latitude = np.radians(np.clip(np.abs(points[:-1, 1] + points[1:, 1]) / 2, 0, 85))
    east = np.radians(step[:, 0]) * np.cos(latitude)
    length = EARTH_M * np.hypot(east, np.radians(step[:, 1]))
    drift = (EARTH_M * east * east * np.tan(latitude) + EARTH_M * east * np.radians(step[:, 1])) / 8
    pieces = np.where(drift > DRIFT_M, np.ceil(np.sqrt(drift / DRIFT_M)), 1)
    return np.where(length < 1, 1, np.minimum(pieces, MOST_POINTS)).astype(np.int64)


def _with_points(shape: Any) -> Any:
    parts = []
    for polygon in shapely.get_parts(shape):
        rings = [_ring(np.asarray(r.coords)[:, :2]) for r in (polygon.exterior, *polygon.interiors)]
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)


def _ring(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a ring with points on the way; each is reckoned from the smaller end, so both neighbours have it alike."""
    pieces = _cuts(points)
    start, end = points[:-1], points[1:]
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(back[:, None], end, start), np.where(back[:, None], start, end)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    k = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    n = pieces[edge]
    share = np.where(back[edge], n - k, k) / n
    between = low[edge] + (high[edge] - low[edge]) * share[:, None]
    between[k == 0] = start[edge[k == 0]]
    return np.vstack([between, points[-1:]])


def _label(crs: pyproj.CRS) -> str:
    return crs.name if crs.name != "unknown" else "an equal-area projection around its middle"
