"""Load a territory from a folder, an Excel file or polygons; say everything that is wrong with it at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from foundation.errors import InputError, Problem, one_line
from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.assemble import assemble
from scenarios.territory.reading import Reading
from scenarios.territory.sources import read_parts
from scenarios.territory.territory import Territory

CITIES = Path(__file__).resolve().parents[1] / "cities"
"""Territories that come with the project; each is known by the name of its folder."""


def load_territory(
    path: str | Path,
    *,
    id: str | None = None,
    rename: Mapping[str, str] | None = None,
    bridge: Literal["nearest"] | None = None,
    name: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    sheet: Mapping[str, str] | None = None,
    columns: str | Path | None = None,
    adjacency: str | Path | None = None,
    gap: float | None = None,
    dissolve: bool = False,
    distance: str | Path | None = None,
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
        Old -> new names of columns; ``outlets.old`` names a column of that table alone.
    bridge : "nearest", optional
        Join separate pieces to their nearest neighbours instead of refusing them.
    name : str, optional
        What reports call the territory; default the stored name, or that of the file.
    encoding : str, optional
        Code page of text files and Shapefiles; default UTF-8, else what their characters speak for.
    layer : str, optional
        Layer of a GeoPackage; default ``units``, else the first.
    sheet : mapping, optional
        Table -> name of its sheet in a workbook, or of its file in a folder.
    columns : str or Path, optional
        File of rows ``column,meaning`` or ``table,column,meaning``.
    adjacency : "delaunay", "gabriel", str or Path, optional
        How neighbours are found among points, or a file of them; default the table, else the polygons' borders, else
        Delaunay neighbours.
    gap : float, optional
        Polygons that face each other across at most so many metres are neighbours [m].
    dissolve : bool
        Polygons with one id become one unit.
    distance : str or Path, optional
        File of ``a,b,`` km or minutes (all pairs, or stretches that shortest ways join), or a column of the
        adjacencies; default straight lines.

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
    how = Reading(
        id, dict(rename or {}), bridge, encoding, layer, dict(sheet or {}), columns, adjacency, gap, dissolve, distance
    ).checked(findings)
    findings.stop()
    parts = read_parts(source, findings, how)
    findings.stop()
    return assemble(source, parts, how, name, findings=findings)


def _located(path: str | Path) -> Path:
    given = Path(path)
    try:
        if given.exists():
            return given
    except (OSError, ValueError):  # a name no file can have; below it is refused with the names there are
        given = Path(one_line(str(path))[:80])
    stored = CITIES / str(given)
    if len(given.parts) == 1 and stored.is_dir():
        return stored
    beside = sorted(p.name for p in given.parent.iterdir()) if given.parent.is_dir() else []
    cities = sorted(p.name for p in CITIES.iterdir() if p.is_dir()) if CITIES.is_dir() else []
    near = difflib.get_close_matches(given.name, [*beside, *cities], 3, 0.5) or cities
    raise InputError(
        Problem(
            Message("territory {path}", path=path),
            None,
            Message("there is no such file or folder, and no city of this name"),
            (Message("Did you mean {names}?", names=named(near)) if near else Message("Check the path.")),
        )
    )
