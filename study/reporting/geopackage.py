"""The GeoPackage: plans, places and people as layers that open with colours in a GIS."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd

from foundation.atomic_files import atomic_path
from foundation.geopackage import WRITTEN, write_layers
from foundation.graph_colouring import colour_map
from scenarios.rules.moved import moved_units
from study.plotting.map_layout import dissolve, neighbours, points_of
from study.plotting.theme import AREAS
from study.results.record import StudyRecord

KINDS = ("current", "redrawn", "subdivided")


def write_geopackage(record: StudyRecord, path: Path | str) -> Path:
    """Write the layers, whole or not at all.

    Layers: ``units`` (with their community in every plan), ``communities_current``, ``communities_redrawn`` and
    ``communities_subdivided`` (dissolved; only with polygons), ``outlets``, ``halls``, ``sellers`` (at home), and one
    for each kind of feature (river ...).
    Without polygons the units are points, in a plane of no known place.

    Parameters
    ----------
    record : StudyRecord
    path : Path or str
        Ends in ``.gpkg``.

    Raises
    ------
    OSError
        The file cannot be written; one that is there stays whole.
    """
    layers = layers_of(record)
    with atomic_path(path) as draft:
        write_layers(draft, layers)
        _add_styles(draft, _styles(record, layers))
    return Path(path)


def layers_of(record: StudyRecord) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer by name."""
    territory = record.territory
    crs = None if territory.geometry is None else territory.geometry.crs
    layers = {"units": _units(record, crs)}
    if territory.geometry is not None:
        for kind in [k for k in KINDS if k in record.plans]:
            layers[f"communities_{kind}"] = _communities(record, kind, crs)
    for name, table in (("outlets", territory.outlets), ("halls", territory.halls)):
        if table is not None and len(table):
            layers[name] = _at(table, territory.map_points(table), crs)
    sellers = territory.sellers
    if sellers is not None and len(sellers):
        at = territory.units.index.get_indexer(pd.Index(sellers["home_unit"].astype(str)))
        layers["sellers"] = _at(
            _with_places(sellers, record.placement)[at >= 0], points_of(territory)[at[at >= 0]], crs
        )
    if territory.features is not None and territory.geometry is not None and len(territory.features):
        for kind in sorted(set(territory.features["kind"])):
            layers[f"feature_{kind}"] = territory.features[territory.features["kind"] == kind]
    return layers


def _units(record: StudyRecord, crs: Any) -> gpd.GeoDataFrame:
    territory = record.territory
    table = territory.units.reset_index()
    for kind in [k for k in KINDS if k in record.plans]:
        table[f"community_{kind}"] = record.plans[kind].assignment.reindex(territory.units.index).astype(str).to_numpy()
    if {"current", "redrawn"} <= set(record.plans):
        moved = moved_units(territory, record.plans["current"].assignment, record.plans["redrawn"].assignment)
        table["moved"] = moved.astype(int)
    if territory.geometry is None:
        return _at(table, points_of(territory), crs)
    return gpd.GeoDataFrame(table, geometry=list(territory.geometry), crs=crs)


def _communities(record: StudyRecord, kind: str, crs: Any) -> gpd.GeoDataFrame:
    territory, plan = record.territory, record.plans[kind]
    label = plan.assignment.reindex(territory.units.index).astype(str).to_numpy(dtype=object)
    shapes = dissolve(territory, label)
    colours = colour_map(neighbours(territory, label), len(AREAS))
    table = pd.DataFrame({"community": shapes.index, "colour": [colours[name] for name in shapes.index]})
    table["seat"] = [plan.seats.get(name, "") for name in shapes.index]
    card = record.scorecards.get(kind)
    if card is not None:
        table = table.merge(card.assign(community=card["community"].astype(str)), on="community", how="left")
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=crs)


def _with_places(sellers: pd.DataFrame, placement: pd.DataFrame) -> pd.DataFrame:
    chosen = placement[["seller_id", "centre", "community", "overlap"]].drop_duplicates("seller_id")
    chosen = chosen.assign(seller_id=chosen["seller_id"].astype(str))
    return sellers.assign(seller_id=sellers["seller_id"].astype(str)).merge(chosen, on="seller_id", how="left")


def _at(table: pd.DataFrame, points: Any, crs: Any) -> gpd.GeoDataFrame:
    spots = np.asarray(points, dtype=np.float64)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(spots[:, 0], spots[:, 1]), crs=crs)


def _styles(record: StudyRecord, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, str]:
    """Return a QGIS style for each layer of communities and of places."""
    styles = {n: _fills(layer) for n, layer in layers.items() if n.startswith("communities_")}
    for name, colour, shape in (
        ("outlets", "#d55e00", "circle"),
        ("halls", "#0072b2", "diamond"),
        ("sellers", "#333333", "triangle"),
    ):
        if name in layers:
            styles[name] = _qml(
                f'<renderer-v2 type="singleSymbol"><symbols>{_marker(colour, shape)}</symbols></renderer-v2>'
            )
    for name in layers:
        kind = "fill" if name == "units" and record.territory.geometry is not None else ""
        kind = (
            "line"
            if name == "feature_river"
            else "marker"
            if name in ("feature_bridge", "units") and not kind
            else kind
        )
        if kind and name not in styles:
            symbol = _PLAIN[kind]()
            styles[name] = _qml(f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>')
    return styles


def _outline() -> str:
    """Return the outline of a unit, without a fill: what lies below it stays to be seen."""
    options = f"{_option('style', 'no')}{_option('outline_color', '150,150,150,255')}{_option('outline_width', '0.15')}"
    return (
        '<symbol type="fill" name="0" alpha="1"><layer class="SimpleFill" enabled="1">'
        f'<Option type="Map">{options}</Option></layer></symbol>'
    )


def _dot() -> str:
    return _marker("#595959", "circle")


def _river() -> str:
    options = f"{_option('line_color', _rgb('#2b7bba'))}{_option('line_width', '0.9')}"
    return (
        '<symbol type="line" name="0" alpha="0.85"><layer class="SimpleLine" enabled="1">'
        f'<Option type="Map">{options}</Option></layer></symbol>'
    )


def _fills(layer: gpd.GeoDataFrame) -> str:
    used = sorted(set(layer["colour"]))
    categories = "".join(f'<category value="{c}" symbol="{c}" label="{c}" render="true"/>' for c in used)
    symbols = "".join(
        f'<symbol type="fill" name="{c}" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map">'
        f"{_option('color', _rgb(AREAS[c]))}{_option('outline_color', '60,60,60,255')}{_option('outline_width', '0.4')}"
        "</Option></layer></symbol>"
        for c in used
    )
    kinds = f"<categories>{categories}</categories><symbols>{symbols}</symbols>"
    renderer = f'<renderer-v2 type="categorizedSymbol" attr="colour">{kinds}</renderer-v2>'
    label = '<labeling type="simple"><settings><text-style fieldName="community" fontSize="8"/></settings></labeling>'
    return _qml(renderer + label)


def _marker(colour: str, shape: str) -> str:
    options = f"{_option('color', _rgb(colour))}{_option('name', shape)}{_option('size', '2')}"
    return (
        '<symbol type="marker" name="0" alpha="1"><layer class="SimpleMarker" enabled="1">'
        f'<Option type="Map">{options}</Option></layer></symbol>'
    )


def _option(name: str, value: str) -> str:
    return f'<Option type="QString" name={quoteattr(name)} value={quoteattr(value)}/>'


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _qml(content: str) -> str:
    head = '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">'
    what = 'styleCategories="Symbology|Labeling" labelsEnabled="1"'
    return f'{head}<qgis version="3.28" {what}>{content}</qgis>'


_PLAIN = {"fill": _outline, "line": _river, "marker": _dot}
"""Symbols of layers without categories."""


def _add_styles(path: Path, styles: Mapping[str, str]) -> None:
    """Add the table in which QGIS looks for the default style of a layer."""
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, "
            "f_table_catalog TEXT(256), f_table_schema TEXT(256), "
            "f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"
        )
        for name, style in styles.items():
            base.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '', NULL, ?)",
                (name, escape(name), style, WRITTEN),
            )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, NULL)",
            (WRITTEN,),
        )
        base.commit()
