"""Polygon files: found to be what they say, and read as they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from foundation.findings import Findings, named
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios.territory.maps.file_limits import cells_are_bounded, index_is_sound, json_is_bounded, package_is_plain
from scenarios.territory.raw_tables import MAX_CELLS, MAX_FILE_BYTES, RawTable, too_large
from scenarios.territory.reading import Reading
from scenarios.territory.tables.text_encoding import DBASE_LANGUAGES, decoded, detected, known_encoding

MAX_JSON_BYTES = 200_000_000
"""Largest GeoJSON file that is read; a GeoPackage of the same content takes less memory."""

DBF_HEADER, DBF_LANGUAGE = 32, 29
"""Bytes before the names of a dBASE table's columns, and which of them states the code page."""


def read_polygons(path: Path, findings: Findings, how: Reading | None = None) -> gpd.GeoDataFrame | None:
    """Read a polygon file as it stands; None when it is not one, with the reason found."""
    most = MAX_JSON_BYTES if path.suffix.lower() in (".geojson", ".json") else MAX_FILE_BYTES
    if too_large(path, findings, most) or not _is_what_it_says(path, findings):
        return None
    try:
        frame = _read(path, how or Reading(), findings)
    except Exception as error:  # GDAL raises many kinds
        rule = Message("it cannot be read as polygons ({error})", error=cause(error))
        findings.error(path.name, None, rule, Message("Export it again as GeoPackage."))
        return None
    if findings.problems:
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


def _read(path: Path, how: Reading, findings: Findings) -> Any:
    """Return the layer's features, or nothing where a problem has been found."""
    options: dict[str, Any] = {}
    layers = [str(n) for n, kind in pyogrio.list_layers(path) if kind is None or "Polygon" in kind or kind == "Unknown"]
    if path.suffix.lower() == ".gpkg" and layers:
        options["layer"] = _layer(path, layers, how.layer, findings)
    elif how.layer is not None and how.layer not in layers:
        _no_layer(path, layers, how.layer, findings)
    if path.suffix.lower() == ".shp" and not findings.problems:
        options["encoding"] = _dbf_encoding(path, how.encoding, findings)
    if findings.problems:
        return None
    about = pyogrio.read_info(path, layer=options.get("layer"), force_feature_count=True)
    if not cells_are_bounded(path, int(about["features"]), len(about["fields"]), findings):
        return None
    return pyogrio.read_dataframe(path, **options)


def as_table(path: Path, frame: gpd.GeoDataFrame) -> RawTable:
    """Return the attributes of a polygon file as a raw table (feature 1 is the first)."""
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for column in [
        c for c in table.columns if pd.api.types.is_object_dtype(table[c])
    ]:  # lists and mappings, which no table has
        table[column] = [str(v) if isinstance(v, list | dict | tuple | np.ndarray) else v for v in table[column]]
    return RawTable(path.name, table, list(range(1, len(frame) + 1)), "feature")


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
            Message("it is not GeoJSON ({error})", error=cause(error)),
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


def _layer(path: Path, layers: list[str], wanted: str | None, findings: Findings) -> str:
    """Return the layer that is read, with a note of the others."""
    if wanted is not None and wanted not in layers:
        _no_layer(path, layers, wanted, findings)
    if wanted is None and len(layers) > 1:
        chosen = "units" if "units" in layers else layers[0]
        other = [name for name in layers if name != chosen]
        findings.note(
            Message(
                "{name}: read layer {chosen}, not {names}; --layer names another.",
                name=path.name,
                chosen=chosen,
                names=named(other),
            )
        )
        return chosen
    return wanted or layers[0]


def _no_layer(path: Path, layers: list[str], wanted: str, findings: Findings) -> None:
    rule = Message(
        "{name} has no layer of polygons of this name; there are {names}", name=path.name, names=named(layers)
    )
    findings.error(f"--layer {wanted}", None, rule, Message("Name one of them."))


def _dbf_encoding(path: Path, stated: str | None, findings: Findings) -> str | None:
    """Return the code page of a Shapefile's table: stated, UTF-8, declared beside or inside it, or by its characters.

    Text that reads as UTF-8 is UTF-8, whatever is declared; "ANSI" inside the file is what the writing machine used.
    """
    data = path.with_suffix(".dbf").read_bytes()
    text = _dbf_text(data)
    if stated is not None:
        return known_encoding(stated) if decoded(path.name, text, stated, findings) is not None else None
    beside = path.with_suffix(".cpg")
    declared = known_encoding(beside.read_text("ascii", "replace")) if beside.exists() else None
    inside = data[DBF_LANGUAGE] if len(data) > DBF_HEADER else 0
    for encoding in filter(None, ("utf-8", declared, DBASE_LANGUAGES.get(inside))):
        try:
            text.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            if encoding == declared:
                findings.note(
                    Message(
                        "{name}: its text does not fit {declared}, which the file declares.",
                        name=path.name,
                        declared=declared,
                    )
                )
            continue
        return encoding
    return detected(path.with_suffix(".dbf").name, text, findings)


def _dbf_text(data: bytes) -> bytes:
    """Return the names of a dBASE table's columns and its records, a line each, without what is no text."""
    start, width = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10))
    names = [data[at : at + 11].split(b"\0", 1)[0] for at in range(DBF_HEADER, max(start - 1, DBF_HEADER), 32)]
    records = [data[at : at + width] for at in range(start, len(data), max(width, 1))][:MAX_CELLS]
    return b"\n".join([*names, *records]).replace(b"\0", b" ").replace(b"\x1a", b"")
