"""Who is whose neighbour: as a table says, as polygons show it, or as it follows from points."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from foundation.findings import Findings
from foundation.messages import Message
from scenarios.territory.account import Account, Entry
from scenarios.territory.checks import clean_edges
from scenarios.territory.columns import typed
from scenarios.territory.maps.barriers import read_barriers
from scenarios.territory.maps.point_neighbours import adjacency_of_points
from scenarios.territory.maps.point_reader import PointReader
from scenarios.territory.reading import GRAPHS, Reading
from scenarios.territory.sources import Parts
from scenarios.territory.tables.known_columns import ADJACENCY, TableKind
from scenarios.territory.tables.raw_table import RawTable, plain
from scenarios.territory.tables.references import References
from scenarios.territory.tables.written_numbers import plain_number

if TYPE_CHECKING:
    import geopandas as gpd

DEFAULT = "delaunay"
"""How neighbours are found among points when nobody says."""

USUAL_HEADERS = frozenset({("a", "b"), ("u", "v"), ("p", "q"), ("i", "j"), ("from", "to"), ("source", "target")})
"""Names of the two columns of ids, which may be ids of units as well."""

ROW_NUMBERS = frozenset({"序号", "no", "no.", "#", "nr", "nr."})
"""Names of a first column that counts the rows."""

LISTED = "neighbours"
"""Column of units that lists the neighbours of each."""

Found = tuple[pd.DataFrame | None, list[Any]]


def listed(
    raw: RawTable, units: pd.DataFrame, parts: Parts, how: Reading, *, findings: Findings, account: Account
) -> tuple[pd.DataFrame, Parts]:
    """Return the units without the column that lists neighbours, and the parts with a table made of it.

    It is read where nothing surer says who is whose neighbour: no table of adjacencies, no polygons, no option.
    """
    if LISTED not in units.columns:
        return units, parts
    cells, without = units[LISTED].tolist(), units.drop(columns=LISTED)
    column = next((e.item for e in account if e.table == "units" and e.meaning == LISTED), LISTED)
    if "adjacency" in parts.tables or parts.shapes is not None or how.adjacency is not None or not any(cells):
        account.add(Entry("units", column, "not read", "other_neighbours" if any(cells) else "empty", raw.source))
        return without, parts
    ids = units["unit_id"].tolist()
    known = References(ids, units["name"].tolist() if "name" in units.columns else ())
    pairs: dict[tuple[str, str], int] = {}
    for place, (own, cell) in enumerate(zip(ids, cells, strict=True)):
        found, stray = known.many(cell)
        for other in (*found, *stray):
            pairs.setdefault((own, other), place)
    joined = {frozenset(pair) for pair in pairs}
    findings.note(
        Message(
            "{source}: {count} {count:adjacency was|adjacencies were} read from the column {column}; {half} of them "
            "{half:is|are} listed by one of the two units only.",
            source=raw.source,
            count=len(joined),
            column=column,
            half=sum((b, a) not in pairs for a, b in pairs),
        )
    )
    first = {frozenset(pair): pair for pair in reversed(pairs)}
    kept = [pair for pair in pairs if first[frozenset(pair)] == pair]
    frame = pd.DataFrame(kept, columns=["a", "b"], dtype=object)
    rows = [raw.rows[pairs[pair]] for pair in kept]
    table = replace(raw, frame=frame, rows=rows, scales={})
    return without, replace(parts, tables={**parts.tables, "adjacency": table})


def adjacencies(
    parts: Parts,
    units: pd.DataFrame,
    shapes: tuple[gpd.GeoSeries | None, gpd.GeoSeries | None],
    how: Reading,
    reader: PointReader,
    *,
    findings: Findings,
    account: Account,
) -> Found:
    """Return the adjacencies (None where they cannot be had), and the cells around points that they were taken from.

    Parameters
    ----------
    parts : Parts
    units : DataFrame
        Indexed by unit id, with ``x``, ``y`` [km].
    shapes : (GeoSeries, GeoSeries) or (None, None)
        Polygons on the map and as the file draws them.
    how : Reading
        ``adjacency`` and ``gap`` are obeyed.
    reader : PointReader
        How coordinates come onto the plane of the units.
    findings : Findings
    account : Account
    """
    asked = str(how.adjacency) if str(how.adjacency) in GRAPHS else None
    if how.gap is not None and (shapes[0] is None or asked or "adjacency" in parts.tables):
        rule = Message("it joins polygons that roads part, and here the neighbours come from elsewhere")
        findings.error("--gap", how.gap, rule, Message("Leave it out, or leave out the table of adjacencies."))
    raw = None if asked else parts.tables.get("adjacency")
    if raw is not None:
        return _given(raw, units, findings, account), _kept_cells(parts, units, shapes[0])
    if asked is None and shapes[0] is not None and parts.shapes_file is not None:
        account.add(Entry("adjacency", "", "derived", "polygon_borders", parts.shapes_file.name))
        return _of_polygons(shapes[0], shapes[1], how, parts.shapes_file.name, findings), []
    if parts.shapes is not None and shapes[0] is None:
        return None, []  # the polygons' own problems come first
    graph = asked or DEFAULT
    barriers = None if parts.barriers is None else read_barriers(parts.barriers, reader, findings)
    source = parts.tables["units"].source
    edges, cells = adjacency_of_points(units, graph, source, findings, barriers)
    account.add(Entry("adjacency", "", "derived", f"{graph}_neighbours", source))
    return edges, cells


def _of_polygons(
    geometry: gpd.GeoSeries, drawn: gpd.GeoSeries | None, how: Reading, source: str, findings: Findings
) -> pd.DataFrame:
    from scenarios.territory.maps.borders import borders  # noqa: PLC0415 (it needs the optional libraries)
    from scenarios.territory.maps.gaps import join_gaps  # noqa: PLC0415

    in_degrees = drawn is not None and drawn.crs is not None and drawn.crs.is_geographic
    edges = borders(geometry, findings, source, drawn if in_degrees else None)
    return edges if how.gap is None else join_gaps(geometry, edges, how.gap, source, findings)


def _given(raw: RawTable, units: pd.DataFrame, findings: Findings, account: Account) -> pd.DataFrame | None:
    if raw.frame.shape[1] < 2:
        findings.error(
            raw.source, None, Message("the first two columns must be unit ids"), Message("Add the second column.")
        )
        return None
    before = len(findings.problems)
    names = units["name"].tolist() if "name" in units.columns else ()
    known = References(units.index.tolist(), names)
    raw = _row_by_row(_with_first_row(_without_numbers(raw), known, findings), known, findings)
    first, second = raw.frame.columns[:2]
    frame = typed(raw, TableKind(needed=(), text=(first, second), counts=ADJACENCY.counts), findings)
    kept = RawTable(raw.source, frame, raw.rows)
    ends = [[known.one(cell) or cell for cell in frame[column].tolist()] for column in (first, second)]
    if known.by_name:
        findings.note(
            Message(
                "{source}: units named in {count} {count:place was|places were} read as their ids.",
                source=raw.source,
                count=len(known.by_name),
            )
        )
    edges = clean_edges(kept, ends[0], ends[1], units.index, findings)
    if "shared_border_m" in edges.columns and "shared_border_km" not in edges.columns:
        edges["shared_border_km"] = edges["shared_border_m"] / 1000
    account.add(
        Entry("adjacency", str(first), "read", "a", raw.source),
        Entry("adjacency", str(second), "read", "b", raw.source),
        *(Entry("adjacency", str(c), "read", str(c), raw.source) for c in raw.frame.columns[2:]),
    )
    return edges if len(findings.problems) == before else None


def _without_numbers(raw: RawTable) -> RawTable:
    """Return the table without a first column that only counts its rows."""
    first = str(raw.frame.columns[0])
    counts = raw.frame.shape[1] > 2 and plain(first).casefold() in ROW_NUMBERS
    return replace(raw, frame=raw.frame.drop(columns=first)) if counts else raw


def _row_by_row(raw: RawTable, known: References, findings: Findings) -> RawTable:
    """Return the table with an adjacency a row, where a unit stands once for several or a cell lists neighbours."""
    first, second = (str(c) for c in raw.frame.columns[:2])
    records: list[dict[Any, Any]] = []
    rows: list[Any] = []
    below = listed = 0
    for row, record in zip(raw.rows, raw.frame.to_dict("records"), strict=True):
        if not record[first] and record[second] and records:
            record[first] = records[-1][first]
            below += 1
        several, stray = ([], []) if known.one(record[second]) else known.many(record[second])
        several = several if len(several) > 1 and not stray else []
        listed += bool(several)
        records += [record | {second: one} for one in several or [record[second]]]
        rows += [row] * max(len(several), 1)
    if not below and not listed:
        return raw
    known.by_name.clear()  # they are read again below
    findings.note(
        Message(
            "{source}: where the first unit is left blank it is the one above ({below} {below:row|rows}), and a cell "
            "that lists several neighbours is an adjacency with each ({listed} {listed:cell|cells}).",
            source=raw.source,
            below=below,
            listed=listed,
        )
    )
    return replace(raw, frame=pd.DataFrame(records, columns=raw.frame.columns, dtype=object), rows=rows)


def _with_first_row(raw: RawTable, known: References, findings: Findings) -> RawTable:
    """Return the table with its header among the records where that names two units: there is no header then."""
    first, second = (str(c) for c in raw.frame.columns[:2])
    usual = (first.casefold(), second.casefold()) in USUAL_HEADERS
    words = any(plain_number(str(c)) is None for c in raw.frame.columns[2:])
    if usual or words or known.one(first) is None or known.one(second) is None:
        return raw
    findings.note(
        Message("{source}: it has no header; its first row is an adjacency like the others.", source=raw.source)
    )
    top = pd.DataFrame([[str(c) for c in raw.frame.columns]], columns=raw.frame.columns, dtype=object)
    names = dict(
        zip(raw.frame.columns, ("a", "b", *(f"column_{k}" for k in range(3, raw.frame.shape[1] + 1))), strict=True)
    )
    frame = pd.concat([top, raw.frame], ignore_index=True).rename(columns=names)
    return replace(raw, frame=frame, rows=[raw.header, *raw.rows])


def _kept_cells(parts: Parts, units: pd.DataFrame, geometry: gpd.GeoSeries | None) -> list[Any]:
    """Return the cells of a saved territory whose map showed cells."""
    if not parts.about.cells or geometry is not None:
        return []
    return adjacency_of_points(units, DEFAULT, "", Findings())[1]
