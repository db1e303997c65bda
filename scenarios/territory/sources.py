"""What lies at a path that is to become a territory: tables, polygons, and what was saved about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from foundation.findings import Findings, named
from foundation.message_data import from_data
from foundation.messages import Joined, Message
from foundation.optional_geo import REMEDY, SUFFIXES, has_geo
from scenarios.schema.error_wording import problems_of
from scenarios.territory.account import Account, Entry
from scenarios.territory.raw_tables import read_csv
from scenarios.territory.reading import GRAPHS, ROLES, Reading
from scenarios.territory.tables.known_columns import KINDS
from scenarios.territory.tables.raw_table import RawTable, plain
from scenarios.territory.tables.sheet_roles import EXPLANATIONS, HISTORY_SHEETS, sheet_roles
from scenarios.territory.tables.table_rows import table_of
from scenarios.territory.tables.workbook import read_sheets

if TYPE_CHECKING:
    import geopandas as gpd

TABLES = ROLES

TEXTS = (".csv", ".tsv", ".txt")
"""Ends of the names of a table of units that stands alone."""

DISTANCES = "distances.npz"
"""Where a saved territory keeps distances that are no straight lines."""


class About(BaseModel):
    """What a saved territory says about itself (``territory.json``)."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    name: str = ""
    synthetic: bool = False
    seed: int | None = None
    generated: list[str] = []
    bridges: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    notes: list[str] = []
    said: dict[str, Any] = {}
    crs: str | None = None
    cells: bool = False
    account: list[dict[str, str]] = []

    def noted(self) -> tuple[str, ...]:
        """Return the notes, those that the file keeps as messages as such."""
        return tuple(from_data(self.said.get(str(number)), note) for number, note in enumerate(self.notes))

    @field_validator("crs")
    @classmethod
    def _in_metres(cls, value: str | None) -> str | None:
        if value is not None and has_geo():
            import pyproj  # noqa: PLC0415 (optional)

            from scenarios.territory.maps.projection import is_planar_metres  # noqa: PLC0415 (it needs the optional libraries)

            try:
                planar = is_planar_metres(pyproj.CRS(value))
            except pyproj.exceptions.CRSError as error:
                msg = Message("it must be a known coordinate reference system")
                raise ValueError(msg) from error
            if not planar:
                msg = Message("it must be a reference system in metres that keeps distances")
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
    barriers: Path | None = None
    distances: Path | None = None
    is_saved: bool = False
    account: Account = field(default_factory=Account)

    def sha256(self) -> str:
        """Digest of the name and content of every file used."""
        digest = hashlib.sha256()
        for path in sorted(self.files, key=lambda p: p.name):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def read_parts(source: Path, findings: Findings, how: Reading | None = None) -> Parts:
    """Read whatever lies at a path: a folder, a workbook or a polygon file; problems go to the findings."""
    how = how or Reading()
    parts = Parts()
    if source.is_dir():
        _read_folder(source, parts, findings, how)
    elif source.suffix.lower() in (".xlsx", ".xlsm"):
        _read_workbook(source, parts, findings, how)
        if not parts.tables and not findings.problems:
            rule = Message("it has no sheet called units, and none that has the columns of units")
            findings.error(
                source.name,
                None,
                rule,
                Message("Name the sheets {names}, or say --sheet units=NAME.", names=named(TABLES)),
            )
    elif source.suffix.lower() in SUFFIXES:
        _read_shapes(source, parts, findings, how)
    elif source.suffix.lower() in TEXTS:
        _read_units(source, parts, findings, how)
    else:
        findings.error(
            source.name,
            None,
            Message(
                "a territory is a folder, an .xlsx file or a polygon file (.gpkg, .geojson, .shp), or a .csv file "
                "of its units"
            ),
            _other_remedy(source),
        )
    if how.adjacency is not None and str(how.adjacency) not in GRAPHS:
        _read_adjacency(Path(how.adjacency), parts, findings, how)
    return parts


def _other_remedy(source: Path) -> str:
    return (
        Message("Save it from Excel as .xlsx.")
        if source.suffix.lower() in (".xls", ".et", ".ods")
        else Message("Convert it.")
    )


def _read_units(path: Path, parts: Parts, findings: Findings, how: Reading) -> None:
    """Read a table of units that stands alone; one that lies among others of its territory is refused."""
    beside = [f"{table}.csv" for table in TABLES if (path.parent / f"{table}.csv").exists()]
    others = [name for name in beside if name != path.name]
    if path.name in beside and others:
        rule = Message(
            "beside it lie other tables of its territory ({names}), which would not be read", names=named(others)
        )
        findings.error(path.name, None, rule, Message("Give the folder."))
        return
    parts.files.append(path)
    table = read_csv(path, findings, how.encoding, KINDS["units"])
    if table is not None:
        parts.tables["units"] = table


def _read_adjacency(path: Path, parts: Parts, findings: Findings, how: Reading) -> None:
    """Read the neighbours from a file of their own, which takes the place of any other table of them."""
    if not path.is_file():
        rule = Message("it must be {names}, or a file of neighbours", names=Joined(GRAPHS, " or "))
        findings.error("--adjacency", str(path), rule, Message("Check the path."))
        return
    parts.files.append(path)
    if path.suffix.lower() == ".xlsx":
        sheets = read_sheets(path, findings)
        title = next((t for t in sheets if "adjac" in t.casefold() or "邻" in t), next(iter(sheets), None))
        raw = None if title is None else table_of(_sheet(path, title), sheets[title], None, findings)
    else:
        raw = read_csv(path, findings, how.encoding, KINDS["adjacency"])
    if raw is not None:
        parts.tables["adjacency"] = raw


def _read_folder(folder: Path, parts: Parts, findings: Findings, how: Reading) -> None:
    workbooks = sorted(p for p in folder.glob("*.xlsx") if not p.name.startswith("~$"))
    for table in TABLES:
        named_file = folder / how.sheet[table] if table in how.sheet else None
        file = named_file if named_file is not None and named_file.is_file() else folder / f"{table}.csv"
        single = file if file.suffix.lower() == ".xlsx" else folder / f"{table}.xlsx"
        if file.exists() and file.suffix.lower() != ".xlsx":
            parts.files.append(file)
            raw = read_csv(file, findings, how.encoding, KINDS[table])
        elif single.exists():
            parts.files.append(single)
            sheets = {title.casefold(): (title, rows) for title, rows in read_sheets(single, findings).items()}
            title, rows = sheets.get(table) or next(iter(sheets.values()), ("", []))
            raw = table_of(_sheet(single, title), rows, KINDS[table], findings) if rows else None
        else:
            continue
        if raw is not None:
            parts.tables[table] = raw
    others = [p for p in workbooks if p.stem not in TABLES]
    if "units" not in parts.tables and len(others) == 1 and not findings.problems:
        _read_workbook(others[0], parts, findings, how)
    shapes = [p for p in (folder / f"units{s}" for s in SUFFIXES) if p.exists()]
    if not shapes and not parts.files:
        beside = ("territory.json", "features.geojson", "barriers.geojson", "barriers.gpkg")
        shapes = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.name not in beside)
        if len(shapes) > 1:
            names = named(p.name for p in shapes)
            findings.error(
                str(folder.resolve()),
                names,
                Message("there must be one polygon file, or units.csv"),
                Message("Name the file."),
            )
            return
    if shapes:
        _read_shapes(shapes[0], parts, findings, how, join=True)
    _read_extras(folder, parts, findings)
    if not parts.files:
        findings.error(
            str(folder.name),
            None,
            Message("the folder has neither units.csv nor a polygon file"),
            Message("Run fusion template for one."),
        )


def _read_extras(folder: Path, parts: Parts, findings: Findings) -> None:
    about, features = folder / "territory.json", folder / "features.geojson"
    lines = [p for p in (folder / f"barriers{s}" for s in SUFFIXES) if p.exists()]
    if lines:
        parts.files.append(lines[0])
        parts.barriers = lines[0]
    if about.exists():
        parts.files.append(about)
        parts.is_saved = True
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
                at = Message("{file} {place}", file=about.name, place=place) if place else about.name
                findings.error(at, None, problem.rule, remedy)
    if (folder / DISTANCES).exists() and parts.is_saved:
        parts.distances = folder / DISTANCES
        parts.files.append(parts.distances)
    if features.exists() and has_geo():
        from scenarios.territory.maps.polygon_files import read_polygons  # noqa: PLC0415 (it needs the optional libraries)

        parts.files.append(features)
        parts.features = read_polygons(features, findings)


def _read_workbook(path: Path, parts: Parts, findings: Findings, how: Reading) -> None:
    parts.files.append(path)
    sheets = read_sheets(path, findings)
    roles = sheet_roles(path.name, sheets, how.sheet, findings)
    for role, title in roles.items():
        table = table_of(_sheet(path, title), sheets[title], KINDS[role], findings)
        if table is not None and table.frame.empty and role != "units":
            findings.note(Message("{source}: it has no rows, as if it were not there.", source=table.source))
        elif table is not None:
            parts.tables[role] = table
    unread = [title for title in sheets if title not in roles.values()]
    for title in unread:
        name = plain(title).casefold()
        kept_for = "history" if name in HISTORY_SHEETS else "explanation" if name in EXPLANATIONS else ""
        parts.account.add(Entry("", title, "not read", kept_for, path.name))


def _read_shapes(path: Path, parts: Parts, findings: Findings, how: Reading, *, join: bool = False) -> None:
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
    from scenarios.territory.maps.polygon_files import as_table, read_polygons  # noqa: PLC0415 (it needs the optional libraries)

    parts.files.append(path)
    parts.shapes = read_polygons(path, findings, how)
    parts.shapes_file = path
    if path.suffix.lower() == ".shp":
        beside = [path.with_suffix(s) for s in (".dbf", ".shx", ".prj", ".cpg")]
        parts.files.extend(p for p in beside if p.exists())
    if parts.shapes is not None and not beside_units:
        parts.tables["units"] = as_table(path, parts.shapes)


def _sheet(path: Path, title: str) -> Message:
    return Message("{file} sheet {sheet}", file=path.name, sheet=title)
