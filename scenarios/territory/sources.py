"""What lies at a path that is to become a territory: tables, polygons, and what was saved about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from foundation.findings import Findings, named
from foundation.messages import Message
from foundation.optional_geo import REMEDY, SUFFIXES, has_geo
from scenarios.schema.error_wording import problems_of
from scenarios.territory.raw_tables import RawTable, read_csv, read_workbook

if TYPE_CHECKING:
    import geopandas as gpd

TABLES = ("units", "adjacency", "outlets", "halls", "sellers")
"""Names of the tables: of the files, or of the sheets of a workbook."""

_SHEETS = {"单元": "units", "小区": "units", "邻接": "adjacency", "相邻": "adjacency"}
_SHEETS |= {"网点": "outlets", "渠道": "outlets", "营业厅": "halls", "人员": "sellers", "销售人员": "sellers"}


class About(BaseModel):
    """What a saved territory says about itself (``territory.json``)."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    name: str = ""
    synthetic: bool = False
    seed: int | None = None
    generated: list[str] = []
    bridges: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    notes: list[str] = []
    crs: str | None = None

    @field_validator("crs")
    @classmethod
    def _in_metres(cls, value: str | None) -> str | None:
        if value is not None and has_geo():
            import pyproj  # noqa: PLC0415 (optional)

            from scenarios.territory.polygons import is_planar_metres  # noqa: PLC0415 (it needs the optional libraries)

            try:
                planar = is_planar_metres(pyproj.CRS(value))
            except pyproj.exceptions.CRSError as error:
                msg = "it must be a known coordinate reference system"
                raise ValueError(msg) from error
            if not planar:
                msg = "it must be a reference system in metres that keeps distances"
                raise ValueError(msg)
        return value


@dataclass
class Parts:
    """What was found at a path, before anyone interprets it."""

    tables: dict[str, RawTable] = field(default_factory=dict)
    shapes: gpd.GeoDataFrame | None = None
    shapes_file: Path | None = None
    features: gpd.GeoDataFrame | None = None
    about: About = field(default_factory=About)
    files: list[Path] = field(default_factory=list)

    def sha256(self) -> str:
        """Digest of the name and content of every file used."""
        digest = hashlib.sha256()
        for path in sorted(self.files, key=lambda p: p.name):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def read_parts(source: Path, findings: Findings) -> Parts:
    """Read whatever lies at a path: a folder, a workbook or a polygon file; problems go to the findings."""
    if source.is_dir():
        return _read_folder(source, findings)
    suffix = source.suffix.lower()
    parts = Parts()
    if suffix == ".xlsx":
        parts.files.append(source)
        parts.tables = _sheets(source, findings)
        if not parts.tables and not findings.problems:
            findings.error(
                source.name,
                None,
                Message("it has no sheet called units"),
                Message("Name the sheets {names}.", names=named(TABLES)),
            )
    elif suffix in SUFFIXES:
        _read_shapes(source, parts, findings)
    else:
        findings.error(
            source.name,
            None,
            Message("a territory is a folder, an .xlsx file or a polygon file (.gpkg, .geojson, .shp)"),
            Message("Put units.csv and adjacency.csv in a folder and give the folder.")
            if suffix == ".csv"
            else Message("Convert it."),
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
    shapes = [p for p in (folder / f"units{s}" for s in SUFFIXES) if p.exists()]
    if not shapes and not parts.files:
        own = ("territory.json", "features.geojson")
        shapes = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.name not in own)
        if len(shapes) > 1:
            names = named(p.name for p in shapes)
            findings.error(
                str(folder.resolve()),
                names,
                Message("there must be one polygon file, or units.csv"),
                Message("Name the file."),
            )
            return parts
    if shapes:
        _read_shapes(shapes[0], parts, findings, join=True)
    _read_extras(folder, parts, findings)
    if not parts.files:
        findings.error(
            str(folder.name),
            None,
            Message("the folder has neither units.csv nor a polygon file"),
            Message("Run fusion template for one."),
        )
    return parts


def _read_extras(folder: Path, parts: Parts, findings: Findings) -> None:
    about, features = folder / "territory.json", folder / "features.geojson"
    if about.exists():
        parts.files.append(about)
        try:
            parts.about = About.model_validate_json(about.read_text("utf-8-sig"))
        except UnicodeDecodeError:
            findings.error(
                about.name, None, Message("it must be UTF-8 text"), Message("Save it as UTF-8, or remove the file.")
            )
        except ValidationError as error:
            for fault, problem in zip(error.errors(), problems_of(error, About), strict=False):
                place = ".".join(str(part) for part in fault["loc"])
                remedy = Message("Correct it, or remove the file.")
                findings.error(f"{about.name} {place}".strip(), None, problem.rule, remedy)
    if features.exists() and has_geo():
        from scenarios.territory.polygons import read_polygons  # noqa: PLC0415 (it needs the optional libraries)

        parts.files.append(features)
        parts.features = read_polygons(features, findings)


def _sheets(path: Path, findings: Findings) -> dict[str, RawTable]:
    sheets = {_SHEETS.get(title, title): table for title, table in read_workbook(path, findings).items()}
    return {title: table for title, table in sheets.items() if title in TABLES}


def _read_shapes(path: Path, parts: Parts, findings: Findings, *, join: bool = False) -> None:
    beside_units = join and "units" in parts.tables
    if not has_geo():
        without = Message("geopandas, pyogrio and pyproj are not installed")
        if beside_units and "adjacency" in parts.tables:
            findings.note(
                Message(
                    "{name}: the polygons were left out, because {without}; maps show dots. {remedy}",
                    name=path.name,
                    without=without,
                    remedy=REMEDY,
                )
            )
        else:
            parts.files.append(path)
            findings.error(path.name, None, Message("polygons cannot be read: {without}", without=without), REMEDY)
        return
    from scenarios.territory.polygons import as_table, read_polygons  # noqa: PLC0415 (it needs the optional libraries)

    parts.files.append(path)
    parts.shapes = read_polygons(path, findings)
    parts.shapes_file = path
    if path.suffix.lower() == ".shp":
        beside = [path.with_suffix(s) for s in (".dbf", ".shx", ".prj", ".cpg")]
        parts.files.extend(p for p in beside if p.exists())
    if parts.shapes is not None and not beside_units:
        parts.tables["units"] = as_table(path, parts.shapes)
