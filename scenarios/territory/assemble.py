"""Put a territory together from its parts, and check that they fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Message
from foundation.optional_geo import has_geo
from scenarios.territory.account import Account, Entry, read_back
from scenarios.territory.adjacencies import adjacencies, listed
from scenarios.territory.checks import (
    Net,
    check_coordinates,
    check_groups,
    check_ids,
    connect,
    note_missing,
    refuse_totals,
)
from scenarios.territory.columns import rename_columns, typed
from scenarios.territory.data import Provenance
from scenarios.territory.maps.coordinates import Plane
from scenarios.territory.maps.distances import Distances, distances_of, saved_distances
from scenarios.territory.maps.point_reader import PointReader, units_on_plane
from scenarios.territory.maps.unit_shapes import dissolved, parts_remedy, unit_shapes
from scenarios.territory.reading import Reading
from scenarios.territory.sources import Parts
from scenarios.territory.tables.column_meanings import resolve_aliases
from scenarios.territory.tables.known_columns import COORDINATES, UNITS
from scenarios.territory.tables.raw_table import RawTable
from scenarios.territory.territory import Territory
from scenarios.territory.trade_tables import Ground, read_tables

if TYPE_CHECKING:
    import geopandas as gpd


def assemble(source: Path, parts: Parts, how: Reading, name: str | None, *, findings: Findings) -> Territory:
    """Return the territory made of the parts; see `load_territory` for what `how` may state.

    Raises
    ------
    InputError
        With every problem found.
    """
    account = Account([*read_back(parts.about.account), *parts.account])
    if "units" not in parts.tables:
        have = named(parts.tables) or Message("nothing else")
        findings.error(
            source.name,
            None,
            Message("the table units is missing; there is {have}", have=have),
            Message("Add units.csv."),
        )
        findings.stop()
    parts = _renamed(parts, how, findings)
    findings.stop()
    raw = resolve_aliases(parts.tables["units"], UNITS, findings, account=account)
    raw = _with_id(raw, findings, account)
    if how.dissolve and raw.counts == "feature":
        raw, parts = dissolved(raw, parts, findings)
    units = typed(raw, UNITS, findings)
    if units.empty:
        findings.error(raw.source, None, Message("there is no unit"), Message("Give at least one record."))
        findings.stop()
    check_ids(raw, units["unit_id"].tolist(), "unit_id", findings, parts_remedy(raw))
    units = check_groups(raw, units, findings)
    refuse_totals(raw, units, findings)
    shapes = unit_shapes(parts, raw, units, how, findings)
    units, reader = _placed(raw, units, None if shapes is None else shapes.flat, parts, findings, account)
    units, parts = listed(raw, units, parts, how, findings=findings, account=account)
    units = units.drop_duplicates("unit_id").set_index("unit_id").sort_index()
    note_missing(units, findings)
    geometry = None if shapes is None else shapes.flat.reindex(units.index)
    drawn = None if shapes is None else shapes.drawn.reindex(units.index)
    edges, cells = adjacencies(parts, units, (geometry, drawn), how, reader, findings=findings, account=account)
    tables = read_tables(parts.tables, Ground(units, reader, findings, account))
    bridges: list[tuple[str, str]] = []
    if edges is not None and not (how.bridge and findings.problems):
        edges, bridges = connect(Net(units, edges, geometry), how.bridge, findings, source.name)
    findings.stop()
    assert edges is not None  # else there is a problem
    distances = _distances(parts, how, units, edges, findings)
    findings.stop()
    provenance = _provenance(source, parts, bridges, findings, account)
    if geometry is None and cells:
        geometry = _cell_series(cells, units, reader.plane)
    return Territory(
        name=name or (parts.about.name or source.resolve().stem),
        units=units,
        edges=edges,
        geometry=geometry,
        outlets=tables["outlets"],
        halls=tables["halls"],
        sellers=tables["sellers"],
        features=_features(parts, geometry),
        provenance=replace(provenance, cells=bool(cells) and shapes is None),
        distances=distances,
    )


def _distances(
    parts: Parts, how: Reading, units: pd.DataFrame, edges: pd.DataFrame, findings: Findings
) -> Distances | None:
    """Return distances that are no straight lines: those asked for, else those of a saved territory."""
    if how.distance is not None:
        if Path(how.distance).is_file():
            parts.files.append(Path(how.distance))
        return distances_of(how.distance, units, edges, findings, how.encoding)
    return None if parts.distances is None else saved_distances(parts.distances, len(units), findings)


def _renamed(parts: Parts, how: Reading, findings: Findings) -> Parts:
    """Return the parts with the user's names: of units first, else of the table that has the column."""
    tables = dict(parts.tables)
    general = how.renames_of_any()
    elsewhere: dict[str, dict[str, str]] = {role: how.renames_of(role) for role in tables}
    own = set(tables["units"].frame.columns)
    for old, new in list(general.items()):
        having = [role for role, table in tables.items() if role != "units" and old in table.frame.columns]
        if old not in own and having:
            del general[old]
            for role in having:
                elsewhere[role][old] = new
    for role, table in tables.items():
        renames = elsewhere[role] | (general if role == "units" else {})
        tables[role] = rename_columns(table, renames, findings) if renames else table
    for role in {old.partition(".")[0] for old in how.rename if how.renames_of(old.partition(".")[0])} - tables.keys():
        if role in UNTOLD:
            findings.error(
                f"--rename {role}.…",
                None,
                Message("the table {role} is missing", role=role),
                Message("Rename columns of tables that are there."),
            )
    return replace(parts, tables=tables)


UNTOLD = frozenset({"units", "adjacency", "outlets", "halls", "sellers"})
"""Tables that a rename may name."""

GENERAL_IDS = ("id", "ID", "Id", "code", "CODE", "gid", "GID")
"""Attributes of polygons that are the ids of units where nothing else is and every polygon has its own."""


def _with_id(raw: RawTable, findings: Findings, account: Account) -> RawTable:
    if "unit_id" in raw.frame.columns:
        return raw
    fit = [str(c) for c in raw.frame.columns if raw.frame[c].is_unique and _is_filled(raw.frame[c])]
    general = GENERAL_IDS if raw.counts == "feature" else ()
    for column in (*general, "name"):
        if column not in fit:
            continue
        findings.note(
            Message(
                "{source}: no column unit_id; the ids of the units are their {column}.",
                source=raw.source,
                column=column,
            )
        )
        account.add(Entry("units", column, "read", "unit_id", raw.source))
        if column == "name":
            return replace(raw, frame=raw.frame.assign(unit_id=raw.frame["name"]))
        return raw.renamed({column: "unit_id"})
    findings.error(
        raw.source,
        None,
        Message("the column unit_id is missing"),
        (
            Message("Name the column of ids with --id; unique are {names}.", names=named(fit))
            if fit
            else Message("Add a column of unique ids.")
        ),
    )
    findings.stop()
    return raw


def _is_filled(cells: pd.Series[Any]) -> bool:
    return bool((cells.notna() & (cells.astype(str).str.strip() != "")).all())


def _placed(
    raw: RawTable,
    units: pd.DataFrame,
    geometry: gpd.GeoSeries | None,
    parts: Parts,
    findings: Findings,
    account: Account,
) -> tuple[pd.DataFrame, PointReader]:
    """Return units with x, y [km] first, with area_km2 where it can be known, and how other places are read."""
    crs = None if geometry is None else geometry.crs
    before = len(findings.problems)
    placed = None if raw.counts == "feature" else units_on_plane(raw, units, crs, findings, is_saved=parts.is_saved)
    if placed is not None:
        places, reader = placed
        units = units.drop(columns=[c for c in COORDINATES if c in units.columns]).assign(
            x=places[:, 0], y=places[:, 1]
        )
        _check_places(raw, units, findings)
        if reader.scale == "degrees":
            account.add(Entry("units", "x, y", "derived", "projected_degrees", raw.source))
    elif geometry is not None:
        from scenarios.territory.maps.borders import centroids_km  # noqa: PLC0415 (it needs the optional libraries)

        points = pd.DataFrame(centroids_km(geometry), index=geometry.index, columns=["x", "y"])
        if {"x", "y"} & set(units.columns):
            findings.note(
                Message(
                    "{source}: x and y are the polygons' centroids [km], not the columns of that name.",
                    source=raw.source,
                )
            )
        gone = [c for c in ("x", "y", "x_m", "y_m") if c in units.columns]
        units = units.drop(columns=gone).assign(**points.reindex(units["unit_id"]).reset_index(drop=True))
        span = float(np.ptp(points.to_numpy(), axis=0).max())
        reader = PointReader(crs=crs, extent=span)
        account.add(Entry("units", "x, y", "derived", "polygon_centroid", raw.source))
    else:
        if parts.shapes is None and len(findings.problems) == before:
            rule = Message("columns x, y [km] or x_m, y_m [m] are missing")
            findings.error(raw.source, None, rule, Message("Add them, or lon and lat (经度, 纬度), or polygons."))
        units, reader = units.assign(x=np.nan, y=np.nan), PointReader()
    if geometry is not None and "area_km2" not in units.columns:
        units["area_km2"] = (geometry.area / 1e6).reindex(units["unit_id"]).to_numpy()
        account.add(Entry("units", "area_km2", "derived", "polygon_area", raw.source))
    first = ("unit_id", "x", "y")
    units = units[[*first, *(c for c in units.columns if c not in first)]]
    return units.astype({"x": np.float64, "y": np.float64}), reader


def _check_places(raw: RawTable, units: pd.DataFrame, findings: Findings) -> None:
    told = {(p.path) for p in findings.problems}
    for column in ("x", "y"):
        given = next((c for c in raw.frame.columns if c in COORDINATES and c[0] == column), column)
        lacking = np.flatnonzero(units[column].isna()).tolist()
        places = [(raw.place(i, given), None) for i in lacking if raw.place(i, given) not in told]
        findings.cells(places, Message("every unit needs coordinates"), Message("Fill them in."))
    check_coordinates(raw.source, units, findings)


def _cell_series(cells: list[Any], units: pd.DataFrame, plane: Plane | None) -> gpd.GeoSeries | None:
    """Return the cells around the points as what a map draws for units, where it can draw them."""
    if not has_geo():
        return None
    import geopandas as gpd  # noqa: PLC0415 (optional)

    return gpd.GeoSeries(cells, index=units.index, crs=None if plane is None else plane.crs)


def _features(parts: Parts, geometry: gpd.GeoSeries | None) -> gpd.GeoDataFrame | None:
    if parts.features is None or geometry is None or geometry.crs is None:
        return None
    return parts.features.to_crs(geometry.crs)


def _provenance(
    source: Path, parts: Parts, bridges: list[tuple[str, str]], findings: Findings, account: Account
) -> Provenance:
    about = parts.about
    return Provenance(
        path=str(source),
        sha256=parts.sha256(),
        synthetic=about.synthetic,
        generated=tuple(about.generated),
        bridges=(*((a, b) for a, b in about.bridges), *bridges),
        notes=(*about.noted(), *(n for n in findings.notes if n not in about.notes)),
        seed=about.seed,
        account=tuple(account),
    )
