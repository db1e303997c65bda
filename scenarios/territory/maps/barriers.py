"""Lines that nobody crosses, such as a river: adjacencies derived from points do not lead across them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from foundation.findings import Findings
from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.optional_geo import REMEDY, has_geo
from scenarios.territory.maps.point_reader import PointReader

BRIDGE_KM = 0.2
"""A barrier is open this far around a bridge [km]."""


def read_barriers(path: Path, reader: PointReader, findings: Findings) -> Any | None:
    """Return the lines of a file as one geometry [km] on the plane of the units; None where there are none.

    What is called a bridge (``kind: bridge``) opens them. Coordinates are what the units' are: degrees, or x and y.
    """
    if path.suffix.lower() in (".geojson", ".json"):
        shapes, bridges = _from_json(path, findings)
    elif has_geo():
        shapes, bridges = _from_file(path, findings)
    else:
        findings.error(path.name, None, Message("barriers cannot be read: geopandas is not installed"), REMEDY)
        return None
    if not shapes:
        return None
    scale = reader.scale or "km"
    lines = shapely.union_all([_on_plane(s, reader, scale) for s in shapes])
    if bridges:
        open_ground = shapely.union_all([_on_plane(b, reader, scale) for b in bridges]).buffer(BRIDGE_KM)
        lines = shapely.difference(lines, open_ground)
    return lines


def _on_plane(shape: Any, reader: PointReader, scale: Any) -> Any:
    def turned(points: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = reader.on_plane(points, scale)
        return np.full(points.shape, np.nan) if placed is None else placed

    return shapely.transform(shapely.force_2d(shape), turned)


def _from_json(path: Path, findings: Findings) -> tuple[list[Any], list[Any]]:
    try:
        features = json.loads(path.read_text("utf-8-sig"))["features"]
        found = [(shapely.geometry.shape(f["geometry"]), (f.get("properties") or {}).get("kind")) for f in features]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        findings.error(
            path.name,
            None,
            Message("it is not GeoJSON ({error})", error=cause(error)),
            Message("Export it again as GeoJSON in UTF-8."),
        )
        return [], []
    return [s for s, kind in found if kind != "bridge"], [s for s, kind in found if kind == "bridge"]


def _from_file(path: Path, findings: Findings) -> tuple[list[Any], list[Any]]:
    import pyogrio  # noqa: PLC0415 (optional)

    try:
        frame = pyogrio.read_dataframe(path)
    except Exception as error:  # GDAL raises many kinds
        findings.error(
            path.name,
            None,
            Message("it cannot be read as lines ({error})", error=cause(error)),
            Message("Export it again as GeoPackage."),
        )
        return [], []
    kinds = frame["kind"].tolist() if "kind" in frame.columns else [None] * len(frame)
    found = list(zip(frame.geometry.tolist(), kinds, strict=True))
    return [s for s, kind in found if kind != "bridge"], [s for s, kind in found if kind == "bridge"]
