"""Read a territory from a folder, an Excel file or polygons; say everything that is wrong with it at once."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from scenarios import polygons
from scenarios.columns import (
    ADJACENCY,
    HALLS,
    OUTLETS,
    SELLERS,
    UNITS,
    TableKind,
    rename_columns,
    resolve_aliases,
    typed,
)
from scenarios.errors import InputError, Problem
from scenarios.findings import Findings, named
from scenarios.tables import RawTable, read_csv, read_workbook
from scenarios.territory import Provenance, Territory
from scenarios.territory_checks import (
    Net,
    check_coordinates,
    check_groups,
    check_ids,
    clean_edges,
    connect,
    note_missing,
)

CITIES = Path(__file__).resolve().parent / "cities"
"""Territories that come with the project; each is known by the name of its folder."""

TABLES: dict[str, TableKind] = {
    "units": UNITS,
    "adjacency": ADJACENCY,
    "outlets": OUTLETS,
    "halls": HALLS,
    "sellers": SELLERS,
}

_SHEETS = {"单元": "units", "小区": "units", "邻接": "adjacency", "相邻": "adjacency"}
_SHEETS |= {"网点": "outlets", "渠道": "outlets", "营业厅": "halls", "人员": "sellers", "销售人员": "sellers"}


def load_territory(
    path: str | Path,
    *,
    id: str | None = None,
    rename: Mapping[str, str] | None = None,
    bridge: Literal["nearest"] | None = None,
    name: str | None = None,
) -> Territory:
    """Read a territory, whatever form it comes in.

    Parameters
    ----------
    path : str or Path
        A folder with ``units`` and ``adjacency`` (.csv or .xlsx; optional ``units.geojson`` or ``.gpkg``,
        ``outlets``, ``halls``, ``sellers``); an .xlsx file with a sheet for each; a polygon file
        (.gpkg, .geojson, .shp); or the bare name of a territory in ``scenarios/cities``.
    id : str, optional
        Column with the unit ids, where it is not called ``unit_id``.
    rename : mapping, optional
        Old -> new names of unit columns.
    bridge : "nearest", optional
        Join separate pieces to their nearest neighbours instead of refusing them.
    name : str, optional
        What reports call the territory; default the stored name, or that of the file.

    Returns
    -------
    Territory

    Raises
    ------
    InputError
        With every problem found: place, value, rule and remedy.
    """
    source = _located(path)
    findings = Findings()
    if bridge not in (None, "nearest"):
        findings.error("--bridge", bridge, "it must be nearest", "Write --bridge nearest.")
    parts = _read(source, findings)
    findings.stop()
    renames = dict(rename or {})
    if id is not None:
        renames[id] = "unit_id"
    return _assembled(source, parts, renames, bridge, name, findings=findings)


@dataclass
class Parts:
    """What was found at a path, before anyone interprets it."""

    tables: dict[str, RawTable] = field(default_factory=dict)
    shapes: gpd.GeoDataFrame | None = None
    shapes_file: Path | None = None
    features: gpd.GeoDataFrame | None = None
    about: dict[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)

    def sha256(self) -> str:
        """Digest of the name and content of every file used."""
        digest = hashlib.sha256()
        for path in sorted(self.files, key=lambda p: p.name):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def _located(path: str | Path) -> Path:
    given = Path(path)
    if given.exists():
        return given
    stored = CITIES / str(path)
    if len(given.parts) == 1 and stored.is_dir():
        return stored
    beside = sorted(p.name for p in given.parent.iterdir()) if given.parent.is_dir() else []
    cities = sorted(p.name for p in CITIES.iterdir() if p.is_dir()) if CITIES.is_dir() else []
    near = difflib.get_close_matches(given.name, [*beside, *cities], 3, 0.5) or cities
    raise InputError(
        Problem(
            f"territory {path}",
            None,
            "there is no such file or folder, and no city of this name",
            f"Did you mean {named(near)}?" if near else "Check the path.",
        )
    )


def _read(source: Path, findings: Findings) -> Parts:
    if source.is_dir():
        return _read_folder(source, findings)
    suffix = source.suffix.lower()
    parts = Parts(files=[source])
    if suffix == ".xlsx":
        parts.tables = _sheets(source, findings)
        if not parts.tables and not findings.problems:
            findings.error(source.name, None, "it has no sheet called units", f"Name the sheets {named(TABLES)}.")
    elif suffix in polygons.SUFFIXES:
        _read_shapes(source, parts, findings)
    else:
        findings.error(
            source.name,
            None,
            "a territory is a folder, an .xlsx file or a polygon file (.gpkg, .geojson, .shp)",
            "Put units.csv and adjacency.csv in a folder and give the folder." if suffix == ".csv" else "Convert it.",
        )
    return parts


def _read_folder(folder: Path, findings: Findings) -> Parts:
    parts = Parts()
    workbooks = sorted(p for p in folder.glob("*.xlsx") if not p.name.startswith("~$"))
    for table in TABLES:
        file = folder / f"{table}.csv"
        single = folder / f"{table}.xlsx"
        if file.exists():
            parts.files.append(file)
            raw = read_csv(file, findings)
        elif single.exists():
            parts.files.append(single)
            sheets = read_workbook(single, findings)
            raw = sheets.get(table) or next(iter(sheets.values()), None)
        else:
            continue
        if raw is not None:
            parts.tables[table] = raw
    others = [p for p in workbooks if p.stem not in TABLES]
    if "units" not in parts.tables and len(others) == 1 and not findings.problems:
        parts.files.append(others[0])
        parts.tables |= _sheets(others[0], findings)
    shapes = [p for p in (folder / f"units{s}" for s in polygons.SUFFIXES) if p.exists()]
    if not shapes and not parts.files:
        shapes = sorted(p for p in folder.iterdir() if p.suffix.lower() in polygons.SUFFIXES)
    if shapes:
        parts.files.append(shapes[0])
        _read_shapes(shapes[0], parts, findings, join=True)
    _read_extras(folder, parts, findings)
    if not parts.files:
        findings.error(
            str(folder.name),
            None,
            "the folder has neither units.csv nor a polygon file",
            "Run fusion template for one.",
        )
    return parts


def _read_extras(folder: Path, parts: Parts, findings: Findings) -> None:
    about, features = folder / "territory.json", folder / "features.geojson"
    if about.exists():
        parts.files.append(about)
        try:
            content = json.loads(about.read_text("utf-8-sig"))
            if not isinstance(content, dict):
                raise ValueError("it is not an object")
            parts.about = content
        except (ValueError, UnicodeDecodeError) as error:
            findings.error(about.name, None, f"it must be a JSON object ({error})", "Correct it, or remove the file.")
    if features.exists():
        parts.files.append(features)
        parts.features = polygons.read_polygons(features, findings)


def _sheets(path: Path, findings: Findings) -> dict[str, RawTable]:
    sheets = {_SHEETS.get(title, title): table for title, table in read_workbook(path, findings).items()}
    return {title: table for title, table in sheets.items() if title in TABLES}


def _read_shapes(path: Path, parts: Parts, findings: Findings, *, join: bool = False) -> None:
    parts.shapes = polygons.read_polygons(path, findings)
    parts.shapes_file = path
    if path.suffix.lower() == ".shp":
        beside = [path.with_suffix(s) for s in (".dbf", ".shx", ".prj", ".cpg")]
        parts.files.extend(p for p in beside if p.exists())
    if parts.shapes is not None and not (join and "units" in parts.tables):
        parts.tables["units"] = polygons.as_table(path, parts.shapes)


def _assembled(
    source: Path,
    parts: Parts,
    renames: dict[str, str],
    bridge: str | None,
    name: str | None,
    *,
    findings: Findings,
) -> Territory:
    if "units" not in parts.tables:
        have = named(parts.tables) or "nothing else"
        findings.error(source.name, None, f"the table units is missing; there is {have}", "Add units.csv.")
        findings.stop()
    raw = rename_columns(parts.tables["units"], renames, findings)
    raw = resolve_aliases(raw, UNITS, findings)
    findings.stop()
    raw = _with_id(raw, findings)
    units = typed(raw, UNITS, findings)
    check_ids(raw, units["unit_id"].tolist(), "unit_id", findings)
    units = check_groups(raw, units, findings)
    geometry = _geometry(parts, raw, units, renames, findings)
    units = _placed(raw, units, geometry, findings)
    findings.stop()
    units = units.set_index("unit_id").sort_index()
    note_missing(units, findings)
    geometry = None if geometry is None else geometry.reindex(units.index)
    edges = _edges(parts, units, geometry, findings)
    tables = {kind: _table_of(kind, parts, units, findings) for kind in ("sellers", "outlets", "halls")}
    edges, bridges = connect(Net(units, edges, geometry), bridge, findings, source.name)
    findings.stop()
    return Territory(
        name=name or str(parts.about.get("name") or source.stem),
        units=units,
        edges=edges,
        geometry=geometry,
        outlets=tables["outlets"],
        halls=tables["halls"],
        sellers=tables["sellers"],
        features=_features(parts, geometry),
        provenance=_provenance(source, parts, bridges, findings),
    )


def _with_id(raw: RawTable, findings: Findings) -> RawTable:
    if "unit_id" not in raw.frame.columns:
        fit = [str(c) for c in raw.frame.columns if raw.frame[c].is_unique and (raw.frame[c].astype(str) != "").all()]
        findings.error(
            raw.source,
            None,
            "the column unit_id is missing",
            f"Name the column of ids with --id; unique are {named(fit)}." if fit else "Add a column of unique ids.",
        )
        findings.stop()
    return raw


def _geometry(
    parts: Parts, raw: RawTable, units: pd.DataFrame, renames: dict[str, str], findings: Findings
) -> gpd.GeoSeries | None:
    """Return polygons in metres by unit id (every unit has one), or None where there is no geometry."""
    if parts.shapes is None or parts.shapes_file is None:
        return None
    source = parts.shapes_file.name
    if raw.source == source:
        ids = units["unit_id"].tolist()
    else:
        table = polygons.as_table(parts.shapes_file, parts.shapes)
        table = resolve_aliases(
            rename_columns(
                table,
                {o: n for o, n in renames.items() if n == "unit_id"} if "unit_id" not in table.frame.columns else {},
                findings,
            ),
            UNITS,
            findings,
        )
        if "unit_id" not in table.frame.columns:
            findings.error(source, None, "the column unit_id is missing, so nothing joins it to the units", "Add it.")
            return None
        ids = typed(RawTable(source, table.frame[["unit_id"]], table.rows, table.counts), UNITS, findings)[
            "unit_id"
        ].tolist()
        check_ids(table, ids, "unit_id", findings)
    if len(set(ids)) < len(ids) or findings.problems:
        return None
    shapes = gpd.GeoSeries(
        parts.shapes.geometry.to_numpy(), index=pd.Index(ids, dtype="str", name="unit_id"), crs=parts.shapes.crs
    )
    known = pd.Index(units["unit_id"])
    lacking = known.difference(shapes.index)
    if len(lacking):
        findings.error(source, named(lacking), "every unit needs a polygon when there are polygons", "Add them.")
    spare = shapes.index.difference(known)
    if len(spare):
        findings.note(f"{source}: polygons of {named(spare)} belong to no unit and were left out.")
    shapes = polygons.sound_geometry(source, shapes[shapes.index.isin(known)], findings)
    return polygons.projected(source, shapes, findings, parts.about.get("crs"))


def _placed(raw: RawTable, units: pd.DataFrame, geometry: gpd.GeoSeries | None, findings: Findings) -> pd.DataFrame:
    """Return units with x, y [km] first and area_km2 where it can be known."""
    have = set(units.columns)
    metres = {"x_m", "y_m"} <= have and not {"x", "y"} <= have
    if metres:
        units["x"], units["y"] = units["x_m"] / 1000, units["y_m"] / 1000
    units = units.drop(columns=[c for c in ("x_m", "y_m") if c in have])
    usable = geometry is not None and not findings.problems
    if geometry is not None and usable and (raw.counts == "feature" or not {"x", "y"} <= set(units.columns)):
        points = pd.DataFrame(polygons.centroids_km(geometry), index=geometry.index, columns=["x", "y"])
        if {"x", "y"} & set(units.columns):
            findings.note(f"{raw.source}: x and y are the polygons' centroids [km], not the columns of that name.")
        units = units.assign(**points.reindex(units["unit_id"]).reset_index(drop=True))
    if not {"x", "y"} <= set(units.columns):
        if geometry is None:
            findings.error(raw.source, None, "columns x, y [km] or x_m, y_m [m] are missing", "Add them, or polygons.")
        return units
    for column in ("x", "y"):
        units[column] = units[column].astype(np.float64)
        named_as = f"{column}_m" if metres else column
        empty = [(raw.place(int(i), named_as), None) for i in np.flatnonzero(units[column].isna())]
        if not findings.problems:
            findings.cells(empty, "every unit needs coordinates", "Fill them in.")
    check_coordinates(raw.source, units, findings)
    if geometry is not None and usable and "area_km2" not in units.columns:
        area = geometry.area / 1e6
        units["area_km2"] = area.reindex(units["unit_id"]).to_numpy()
    return units[["unit_id", "x", "y", *(c for c in units.columns if c not in ("unit_id", "x", "y"))]]


def _edges(parts: Parts, units: pd.DataFrame, geometry: gpd.GeoSeries | None, findings: Findings) -> pd.DataFrame:
    raw = parts.tables.get("adjacency")
    if raw is None:
        if geometry is None or parts.shapes_file is None:
            findings.error("adjacency.csv", None, "the table adjacency is missing", "Add it, or give polygons.")
            findings.stop()
            raise AssertionError
        return polygons.borders(geometry, findings, parts.shapes_file.name)
    if raw.frame.shape[1] < 2:
        findings.error(raw.source, None, "the first two columns must be unit ids", "Add the second column.")
        findings.stop()
    first, second = raw.frame.columns[:2]
    ends = TableKind(needed=(), text=(first, second), counts=ADJACENCY.counts)
    frame = typed(raw, ends, findings)
    kept = RawTable(raw.source, frame, raw.rows)
    edges = clean_edges(kept, frame[first].tolist(), frame[second].tolist(), units.index, findings)
    if "shared_border_m" in edges.columns and "shared_border_km" not in edges.columns:
        edges["shared_border_km"] = edges["shared_border_m"] / 1000
    return edges


def _table_of(kind: str, parts: Parts, units: pd.DataFrame, findings: Findings) -> pd.DataFrame | None:
    """Return outlets, halls or sellers with the columns of the contract, checked against the units."""
    raw = parts.tables.get(kind)
    if raw is None:
        return None
    before = len(findings.problems)
    raw = resolve_aliases(raw, TABLES[kind], findings)
    frame = typed(raw, TABLES[kind], findings)
    if len(findings.problems) > before:
        return None
    key = TABLES[kind].needed[0]
    check_ids(raw, frame[key].tolist(), key, findings)
    return frame


def _features(parts: Parts, geometry: gpd.GeoSeries | None) -> gpd.GeoDataFrame | None:
    if parts.features is None or geometry is None:
        return None
    return parts.features.to_crs(geometry.crs)


def _provenance(source: Path, parts: Parts, bridges: list[tuple[str, str]], findings: Findings) -> Provenance:
    about = parts.about
    kept = tuple((str(a), str(b)) for a, b in about.get("bridges", []))
    return Provenance(
        path=str(source),
        sha256=parts.sha256(),
        synthetic=bool(about.get("synthetic", False)),
        generated=tuple(about.get("generated", [])),
        bridges=(*kept, *bridges),
        seed=about.get("seed"),
        notes=(*about.get("notes", []), *(n for n in findings.notes if n not in about.get("notes", []))),
    )
