"""Outlines as common sources draw them: mended where that leaves the unit what it is, refused where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from foundation.findings import MOST_SHOWN, Findings, named
from foundation.messages import Message

MOST_CHANGED = 0.01
"""Mending may change the area of a unit by this share; more is no slip of the pen."""

SAME_AREA = 1e-6
"""A mended outline whose area differs by no more than this share is called the same."""

MOST_BROKEN = 40
"""Outlines that are refused one by one; more are told by their number, so that the cause stays in sight."""


def sound_geometry(source: str, shapes: gpd.GeoSeries, findings: Findings) -> gpd.GeoSeries:
    """Return flat polygons indexed by unit id; what is no polygon, empty or broken is a problem naming the unit.

    A broken outline is mended where its polygonal part keeps the area within `MOST_CHANGED`, and the mending is noted.
    """
    shapes = shapes.force_2d()
    void = shapes.isna() | shapes.is_empty
    remedy = Message("Draw the unit, or remove it.")
    findings.cells(
        [(_place(source, u), None) for u in shapes.index[void]],
        Message("its geometry is empty"),
        remedy,
    )
    shapes = _polygons_of_collections(shapes)
    kinds = shapes.geom_type
    other = ~void & ~kinds.isin(["Polygon", "MultiPolygon"])
    findings.cells(
        [(_place(source, u), kinds[u]) for u in shapes.index[other]],
        Message("it must be a polygon"),
        Message("Give areas, no points."),
    )
    _report_twins(source, shapes[~void], findings)
    coordinates = shapely.get_coordinates(shapes.to_numpy())
    if not np.isfinite(coordinates).all() or (len(coordinates) and np.abs(coordinates).max() > 1e9):
        findings.error(
            source,
            None,
            Message("coordinates must be finite numbers of a sensible size"),
            Message("Export the file again."),
        )
        findings.stop()
    return mended(source, shapes, findings, usable=(~void & ~other).to_numpy(dtype=bool))


def mended(
    source: str, shapes: gpd.GeoSeries, findings: Findings, *, usable: NDArray[np.bool_] | None = None
) -> gpd.GeoSeries:
    """Return the shapes with broken outlines mended and noted; what cannot be mended is a problem naming the unit."""
    values = shapes.to_numpy().copy()
    broken = np.flatnonzero(~shapely.is_valid(values) & (True if usable is None else usable))
    changes: dict[str, float] = {}
    refused = []
    for k in broken.tolist():
        unit = str(shapes.index[k])
        repaired = mend(values[k])
        share = abs(repaired.area - values[k].area) / max(repaired.area, 1e-300)
        if repaired.is_empty or share > MOST_CHANGED:
            refused.append((_place(source, unit), shapely.is_valid_reason(values[k])))
        else:
            values[k] = repaired
            changes[unit] = share
    rule = Message("its polygon must be valid, and mending it changes its area by more than 1 %")
    findings.cells(refused[:MOST_SHOWN], rule, Message("Repair it (QGIS: Fix geometries)."))
    if len(refused) > MOST_SHOWN:
        findings.error(
            source,
            Message("{count} more", count=len(refused) - MOST_SHOWN),
            Message("of the same kind: {rule}", rule=rule),
            Message("Export the layer again."),
        )
    same = [unit for unit, share in changes.items() if share <= SAME_AREA]
    other = [unit for unit, share in changes.items() if share > SAME_AREA]
    if same:
        findings.note(
            Message(
                "{source}: mended the outline of {names} (same area).",
                source=source,
                names=named(same),
            )
        )
    if other:
        most = max(changes.values())
        findings.note(
            Message(
                "{source}: mended the outline of {names} (area changed by at most {most:.2%}).",
                source=source,
                names=named(other),
                most=most,
            )
        )
    return gpd.GeoSeries(values, index=shapes.index, crs=shapes.crs)


def mend(shape: Any) -> Any:
    """Return the polygonal part of a broken outline; an island written as a hole outside its shell is a part of it."""
    pieces = []
    for part in shapely.get_parts(shape):
        shell = shapely.make_valid(shapely.Polygon(part.exterior))
        holes: list[Any] = []
        islands: list[Any] = []
        for ring in part.interiors:
            body = shapely.make_valid(shapely.Polygon(ring))
            (islands if not shapely.intersects(shapely.point_on_surface(body), shell) else holes).append(body)
        cut = polygonal(shell)
        for hole in holes:
            cut = polygonal(shapely.difference(cut, polygonal(hole)))
        pieces.append(cut)
        pieces += [polygonal(island) for island in islands]
    return polygonal(shapely.union_all([p for p in pieces if not p.is_empty]))


def polygonal(shape: Any) -> Any:
    """Return the polygons in a geometry as one, without the lines and points that a repair may leave."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [p for p in _flat(shape) if p.geom_type == "Polygon" and p.area > 0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def dissolve(shapes: Iterable[Any]) -> Any:
    """Return the parts of one unit as one outline."""
    return polygonal(shapely.union_all([s if shapely.is_valid(s) else mend(s) for s in shapes]))


def _flat(shape: Any) -> list[Any]:
    if not hasattr(shape, "geoms"):
        return [shape]
    return [piece for part in shape.geoms for piece in _flat(part)]


def _polygons_of_collections(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the shapes with the polygonal part in the place of a collection that has one."""
    values = shapes.to_numpy().copy()
    for k in np.flatnonzero(shapely.get_type_id(values) == shapely.GeometryType.GEOMETRYCOLLECTION).tolist():
        part = polygonal(values[k])
        if not part.is_empty:
            values[k] = part
    return gpd.GeoSeries(values, index=shapes.index, crs=shapes.crs)


def _report_twins(source: str, shapes: gpd.GeoSeries, findings: Findings) -> None:
    content = pd.Series(shapely.to_wkb(shapes.to_numpy()), index=shapes.index)
    first = content.drop_duplicates()
    owner = dict(zip(first.tolist(), first.index, strict=True))
    again = content[content.duplicated()]
    findings.cells(
        [(_place(source, unit), Message("that of {unit}", unit=owner[shape])) for unit, shape in again.items()],
        Message("two units cannot have the same polygon"),
        Message("Give each unit its own, or make them one unit."),
    )


def _place(source: str, unit: object) -> Message:
    return Message("{source}, unit {unit}", source=source, unit=str(unit))
