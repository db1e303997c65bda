"""Polygon files: read, checked, projected to metres, and who touches whom along a border."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from foundation.findings import Findings, named
from foundation.messages import Message, external
from scenarios.territory.polygon_limits import cells_are_bounded, index_is_sound, json_is_bounded, package_is_plain
from scenarios.territory.raw_tables import MAX_FILE_BYTES, RawTable, too_large

MAX_JSON_BYTES = 200_000_000
"""Largest GeoJSON file that is read; a GeoPackage of the same content takes less memory."""

SAME_AREA = 1e-6
"""A repaired polygon may differ in area by this share and still count as the same."""

WIDE_DEGREES = 6.0
"""Beyond this extent a UTM zone distorts; an equal-area projection is made to measure."""


def read_polygons(path: Path, findings: Findings) -> gpd.GeoDataFrame | None:
    """Read a polygon file as it stands; None when it is not one, with the reason found."""
    most = MAX_JSON_BYTES if path.suffix.lower() in (".geojson", ".json") else MAX_FILE_BYTES
    if too_large(path, findings, most) or not _is_what_it_says(path, findings):
        return None
    options: dict[str, Any] = {}
    try:
        layers = [
            str(n) for n, kind in pyogrio.list_layers(path) if kind is None or "Polygon" in kind or kind == "Unknown"
        ]
        if path.suffix.lower() == ".gpkg" and layers:
            options["layer"] = "units" if "units" in layers else layers[0]
            if len(layers) > 1:
                findings.note(
                    Message(
                        "{name}: read layer {layer} of {names}.",
                        name=path.name,
                        layer=options["layer"],
                        names=named(layers),
                    )
                )
        if path.suffix.lower() == ".shp" and not path.with_suffix(".cpg").exists():
            options["encoding"] = _dbf_encoding(path)
        about = pyogrio.read_info(path, layer=options.get("layer"), force_feature_count=True)
        if not cells_are_bounded(path, int(about["features"]), len(about["fields"]), findings):
            return None
        frame = pyogrio.read_dataframe(path, **options)
    except Exception as error:  # GDAL raises many kinds
        findings.error(
            path.name,
            None,
            Message("it cannot be read as polygons ({error})", error=error),
            Message("Export it again as GeoPackage."),
        )
        return None
    if not isinstance(frame, gpd.GeoDataFrame):
        findings.error(
            path.name, None, Message("it has no geometry"), Message("Give polygons, or units.csv with adjacency.csv.")
        )
        return None
    if frame.empty:
        findings.error(path.name, None, Message("it has no features"), Message("Give at least one polygon."))
        return None
    return frame


def as_table(path: Path, frame: gpd.GeoDataFrame) -> RawTable:
    """Return the attributes of a polygon file as a raw table (feature 1 is the first)."""
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for column in [
        c for c in table.columns if pd.api.types.is_object_dtype(table[c])
    ]:  # lists and mappings, which no table has
        table[column] = [str(v) if isinstance(v, list | dict | tuple | np.ndarray) else v for v in table[column]]
    return RawTable(path.name, table, list(range(1, len(frame) + 1)), "feature")


def sound_geometry(source: str, shapes: gpd.GeoSeries, findings: Findings) -> gpd.GeoSeries:
    """Return flat polygons indexed by unit id; what is no polygon, empty or broken is a problem naming the unit.

    A broken polygon is mended only where that leaves polygons of the same area, and the mending is noted.
    """
    shapes = shapes.force_2d()
    void = shapes.isna() | shapes.is_empty
    remedy = Message("Draw the unit, or remove it.")
    findings.cells(
        [(f"{source}, unit {u}", None) for u in shapes.index[void]], Message("its geometry is empty"), remedy
    )
    kinds = shapes.geom_type
    other = ~void & ~kinds.isin(["Polygon", "MultiPolygon"])
    findings.cells(
        [(f"{source}, unit {u}", kinds[u]) for u in shapes.index[other]],
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
    broken = ~void & ~other & ~shapes.is_valid
    mended = []
    for unit in shapes.index[broken]:
        repaired = shapely.make_valid(shapes[unit])
        same = abs(repaired.area - shapes[unit].area) <= SAME_AREA * max(repaired.area, 1e-300)
        if repaired.geom_type in ("Polygon", "MultiPolygon") and same:
            shapes[unit] = repaired
            mended.append(str(unit))
        else:
            reason = shapely.is_valid_reason(shapes[unit])
            findings.error(
                Message("{source}, unit {unit}", source=source, unit=unit),
                reason,
                Message("its polygon must be valid"),
                Message("Repair it (QGIS: Fix geometries)."),
            )
    if mended:
        findings.note(
            Message("{source}: mended the outline of {names} (same area).", source=source, names=named(mended))
        )
    return shapes


def projected(source: str, shapes: gpd.GeoSeries, findings: Findings, crs: str | None = None) -> gpd.GeoSeries:
    """Return the shapes in metres: in `crs` if given, else as they are if planar, else in a projection that fits."""
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
    if crs is not None:
        return shapes.to_crs(crs)
    if is_planar_metres(shapes.crs):
        return shapes
    target = _fitting(present)
    findings.note(
        Message(
            "{source}: projected from {name} to {label}; areas and distances are taken there.",
            source=source,
            name=shapes.crs.name,
            label=_label(target),
        )
    )
    flat = shapes.to_crs(target)
    if not np.isfinite(shapely.get_coordinates(flat.to_numpy())).all():
        findings.error(
            source, None, Message("the area is too wide to be measured on one map"), Message("Take a part of it.")
        )
        findings.stop()
    return flat


def _report_twins(source: str, shapes: gpd.GeoSeries, findings: Findings) -> None:
    content = pd.Series(shapely.to_wkb(shapes.to_numpy()), index=shapes.index)
    first = content.drop_duplicates()
    owner = dict(zip(first.tolist(), first.index, strict=True))
    again = content[content.duplicated()]
    findings.cells(
        [(f"{source}, unit {unit}", f"that of {owner[shape]}") for unit, shape in again.items()],
        Message("two units cannot have the same polygon"),
        Message("Give each unit its own, or make them one unit."),
    )


def is_planar_metres(crs: pyproj.CRS) -> bool:
    """Return whether distances can be taken in the system as it is (Mercator stretches, feet are not metres)."""
    units = {axis.unit_name for axis in crs.axis_info}
    method = crs.coordinate_operation.method_name if crs.coordinate_operation is not None else ""
    return (
        crs.is_projected and units <= {"metre", "meter"} and not ("Mercator" in method and "Transverse" not in method)
    )


def _is_what_it_says(path: Path, findings: Findings) -> bool:
    match path.suffix.lower():
        case ".gpkg":
            return _is_package(path, findings)
        case ".shp":
            return _is_shapefile(path, findings)
        case _:
            return _is_json(path, findings)


def _is_package(path: Path, findings: Findings) -> bool:
    if _head(path)[:15] != b"SQLite format 3":
        findings.error(
            path.name, None, Message("it is not a GeoPackage"), Message("Export it again, or correct the suffix.")
        )
        return False
    return package_is_plain(path, findings)


def _is_shapefile(path: Path, findings: Findings) -> bool:
    absent = [s for s in (".shx", ".dbf") if not path.with_suffix(s).exists()]
    if _head(path)[:4] != b"\x00\x00\x27\x0a":
        findings.error(
            path.name, None, Message("it is not a Shapefile"), Message("Export it again, or correct the suffix.")
        )
        return False
    if absent:
        findings.error(
            path.name,
            None,
            Message("the file beside it with {names} is missing", names=named(absent)),
            Message("Copy all its files."),
        )
        return False
    return index_is_sound(path, findings)


def _is_json(path: Path, findings: Findings) -> bool:
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        findings.error(
            path.name,
            None,
            Message("it is not GeoJSON ({error})", error=external(error)),
            Message("Export it again as GeoJSON in UTF-8."),
        )
        return False
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        findings.error(
            path.name, None, Message("it must be a GeoJSON FeatureCollection"), Message("Export the layer as GeoJSON.")
        )
        return False
    return json_is_bounded(path, content, findings)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _dbf_encoding(path: Path) -> str:
    try:
        path.with_suffix(".dbf").read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _fitting(shapes: gpd.GeoSeries) -> pyproj.CRS:
    west, south, east, north = shapes.to_crs("EPSG:4326").total_bounds
    if east - west <= WIDE_DEGREES and north - south <= WIDE_DEGREES:
        return pyproj.CRS(shapes.estimate_utm_crs())
    return pyproj.CRS.from_proj4(
        f"+proj=laea +lat_0={(south + north) / 2:.2f} +lon_0={(west + east) / 2:.2f} +datum=WGS84 +units=m"
    )


def _label(crs: pyproj.CRS) -> str:
    return crs.name if crs.name != "unknown" else "an equal-area projection around its middle"
