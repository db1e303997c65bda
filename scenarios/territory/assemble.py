"""Put a territory together from its parts, and check that they fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.adjacency import borders, centroids_km
from scenarios.territory.checks import (
    Net,
    check_coordinates,
    check_groups,
    check_ids,
    clean_edges,
    connect,
    note_missing,
)
from scenarios.territory.columns import ADJACENCY, UNITS, TableKind, rename_columns, resolve_aliases, typed
from scenarios.territory.data import Provenance
from scenarios.territory.raw_tables import RawTable
from scenarios.territory.sources import Parts
from scenarios.territory.territory import Territory
from scenarios.territory.trade_tables import read_tables

if TYPE_CHECKING:
    import geopandas as gpd


def assemble(
    source: Path,
    parts: Parts,
    renames: dict[str, str],
    bridge: str | None,
    name: str | None,
    *,
    findings: Findings,
) -> Territory:
    """Return the territory made of the parts; see `load_territory` for the arguments.

    Raises
    ------
    InputError
        With every problem found.
    """
    if "units" not in parts.tables:
        have = named(parts.tables) or Message("nothing else")
        findings.error(
            source.name,
            None,
            Message("the table units is missing; there is {have}", have=have),
            Message("Add units.csv."),
        )
        findings.stop()
    raw = rename_columns(parts.tables["units"], renames, findings)
    raw = resolve_aliases(raw, UNITS, findings)
    findings.stop()
    raw = _with_id(raw, findings)
    units = typed(raw, UNITS, findings)
    if units.empty:
        findings.error(raw.source, None, Message("there is no unit"), Message("Give at least one record."))
        findings.stop()
    check_ids(raw, units["unit_id"].tolist(), "unit_id", findings)
    units = check_groups(raw, units, findings)
    geometry = _geometry(parts, raw, units, renames, findings)
    units = _placed(raw, units, geometry, parts.shapes is not None, findings=findings)
    units = units.drop_duplicates("unit_id").set_index("unit_id").sort_index()
    note_missing(units, findings)
    geometry = None if geometry is None else geometry.reindex(units.index)
    edges = _edges(parts, units, geometry, findings)
    tables = read_tables(parts.tables, units, findings)
    bridges: list[tuple[str, str]] = []
    if edges is not None and not (bridge and findings.problems):
        edges, bridges = connect(Net(units, edges, geometry), bridge, findings, source.name)
    findings.stop()
    assert edges is not None  # else there is a problem
    return Territory(
        name=name or (parts.about.name or source.resolve().stem),
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
            Message("the column unit_id is missing"),
            Message("Name the column of ids with --id; unique are {names}.", names=named(fit))
            if fit
            else Message("Add a column of unique ids."),
        )
        findings.stop()
    return raw


def _geometry(
    parts: Parts, raw: RawTable, units: pd.DataFrame, renames: dict[str, str], findings: Findings
) -> gpd.GeoSeries | None:
    """Return polygons in metres by unit id, one for every unit, or None where there are none or they are unsound."""
    if parts.shapes is None or parts.shapes_file is None:
        return None
    import geopandas as gpd  # noqa: PLC0415 (optional, and here as there are polygons)

    from scenarios.territory import polygons  # noqa: PLC0415

    source = parts.shapes_file.name
    ids = units["unit_id"].tolist()
    if raw.source != source:
        found = _shape_ids(polygons.as_table(parts.shapes_file, parts.shapes), renames, findings)
        if found is None:
            return None
        ids = found
    if len(set(ids)) < len(ids) or not all(ids):
        return None
    before = len(findings.problems)
    index = pd.Index(ids, dtype="str", name="unit_id")
    shapes = gpd.GeoSeries(parts.shapes.geometry.to_numpy(), index=index, crs=parts.shapes.crs)
    known = pd.Index(units["unit_id"]).unique()
    lacking = known.difference(index)
    if len(lacking):
        findings.error(
            source, named(lacking), Message("every unit needs a polygon when there are polygons"), Message("Add them.")
        )
    spare = index.difference(known)
    if len(spare):
        findings.note(
            Message(
                "{source}: polygons of {names} belong to no unit and were left out.", source=source, names=named(spare)
            )
        )
    shapes = polygons.sound_geometry(source, shapes[index.isin(known)], findings)
    if len(findings.problems) > before:
        return None
    return polygons.projected(source, shapes, findings, parts.about.crs)


def _shape_ids(table: RawTable, renames: dict[str, str], findings: Findings) -> list[str] | None:
    """Return the unit ids in a polygon file that accompanies a table of units."""
    if "unit_id" not in table.frame.columns:
        table = table.renamed({old: new for old, new in renames.items() if new == "unit_id"})
    table = resolve_aliases(table, UNITS, findings)
    if "unit_id" not in table.frame.columns:
        findings.error(
            table.source,
            None,
            Message("the column unit_id is missing, so nothing joins it to the units"),
            Message("Add the column."),
        )
        return None
    only = RawTable(table.source, table.frame[["unit_id"]], table.rows, table.counts)
    ids: list[str] = typed(only, UNITS, findings)["unit_id"].tolist()
    check_ids(table, ids, "unit_id", findings)
    return ids


def _placed(
    raw: RawTable, units: pd.DataFrame, geometry: gpd.GeoSeries | None, has_shapes: bool, *, findings: Findings
) -> pd.DataFrame:
    """Return units with x, y [km] first, and with area_km2 where it can be known."""
    metres = {"x_m", "y_m"} <= set(units.columns) and not {"x", "y"} <= set(units.columns)
    if metres:
        units = units.assign(x=units["x_m"] / 1000, y=units["y_m"] / 1000)
    units = units.drop(columns=[c for c in ("x_m", "y_m") if c in units.columns])
    given = {"x", "y"} <= set(units.columns)
    if geometry is not None and (raw.counts == "feature" or not given):
        points = pd.DataFrame(centroids_km(geometry), index=geometry.index, columns=["x", "y"])
        if {"x", "y"} & set(units.columns):
            findings.note(
                Message(
                    "{source}: x and y are the polygons' centroids [km], not the columns of that name.",
                    source=raw.source,
                )
            )
        units = units.assign(**points.reindex(units["unit_id"]).reset_index(drop=True))
    elif not given:
        if not has_shapes:
            findings.error(
                raw.source,
                None,
                Message("columns x, y [km] or x_m, y_m [m] are missing"),
                Message("Add them, or polygons."),
            )
        units = units.assign(x=np.nan, y=np.nan)
    else:
        _check_places(raw, units, metres, findings)
    if geometry is not None and "area_km2" not in units.columns:
        units["area_km2"] = (geometry.area / 1e6).reindex(units["unit_id"]).to_numpy()
    return units[["unit_id", "x", "y", *(c for c in units.columns if c not in ("unit_id", "x", "y"))]].astype(
        {"x": np.float64, "y": np.float64}
    )


def _check_places(raw: RawTable, units: pd.DataFrame, metres: bool, findings: Findings) -> None:
    told = {(p.path) for p in findings.problems}
    for column in ("x", "y"):
        as_given = f"{column}_m" if metres else column
        lacking = np.flatnonzero(units[column].isna()).tolist()
        places = [(raw.place(i, as_given), None) for i in lacking if raw.place(i, as_given) not in told]
        findings.cells(places, Message("every unit needs coordinates"), Message("Fill them in."))
    check_coordinates(raw.source, units, findings)


def _edges(
    parts: Parts, units: pd.DataFrame, geometry: gpd.GeoSeries | None, findings: Findings
) -> pd.DataFrame | None:
    """Return the adjacencies given, or else those of the polygons; None where neither can be had."""
    raw = parts.tables.get("adjacency")
    if raw is None:
        if geometry is not None and parts.shapes_file is not None:
            return borders(geometry, findings, parts.shapes_file.name)
        if parts.shapes is None:
            findings.error(
                "adjacency.csv", None, Message("the table adjacency is missing"), Message("Add it, or give polygons.")
            )
        return None
    if raw.frame.shape[1] < 2:
        findings.error(
            raw.source, None, Message("the first two columns must be unit ids"), Message("Add the second column.")
        )
        return None
    before = len(findings.problems)
    first, second = raw.frame.columns[:2]
    frame = typed(raw, TableKind(needed=(), text=(first, second), counts=ADJACENCY.counts), findings)
    kept = RawTable(raw.source, frame, raw.rows)
    edges = clean_edges(kept, frame[first].tolist(), frame[second].tolist(), units.index, findings)
    if "shared_border_m" in edges.columns and "shared_border_km" not in edges.columns:
        edges["shared_border_km"] = edges["shared_border_m"] / 1000
    return edges if len(findings.problems) == before else None


def _features(parts: Parts, geometry: gpd.GeoSeries | None) -> gpd.GeoDataFrame | None:
    if parts.features is None or geometry is None:
        return None
    return parts.features.to_crs(geometry.crs)


def _provenance(source: Path, parts: Parts, bridges: list[tuple[str, str]], findings: Findings) -> Provenance:
    about = parts.about
    return Provenance(
        path=str(source),
        sha256=parts.sha256(),
        synthetic=about.synthetic,
        generated=tuple(about.generated),
        bridges=(*((a, b) for a, b in about.bridges), *bridges),
        notes=(*about.notes, *(n for n in findings.notes if n not in about.notes)),
        seed=about.seed,
    )
