"""The polygons of units: found for each, their parts joined, mended and projected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.checks import check_ids
from scenarios.territory.columns import typed
from scenarios.territory.reading import Reading
from scenarios.territory.sources import Parts
from scenarios.territory.tables.column_meanings import resolve_aliases
from scenarios.territory.tables.known_columns import UNITS
from scenarios.territory.tables.raw_table import RawTable

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass
class Shapes:
    """The polygons of units: as the file draws them, and on the map."""

    drawn: gpd.GeoSeries
    flat: gpd.GeoSeries


def parts_remedy(raw: RawTable) -> str:
    """Return what to do about a repeated id: parts of one unit are made one, where they say the same of it."""
    ids = raw.frame["unit_id"].astype(str)
    again = raw.frame[ids.duplicated(keep=False)]
    if (
        raw.counts == "feature"
        and len(again)
        and len(again.astype(str).drop_duplicates()) == ids[again.index].nunique()
    ):
        return Message("If they are parts of one unit, join them with --dissolve.")
    if raw.counts == "feature":
        return Message(
            "Remove the repeated record, give it an id of its own, or join parts of one unit with --dissolve."
        )
    return Message("Remove the repeated record, or give it an id of its own.")


def dissolved(raw: RawTable, parts: Parts, findings: Findings) -> tuple[RawTable, Parts]:
    """Return the table and the shapes with the parts of each unit as one; numbers that differ are refused."""
    from scenarios.territory.maps.outlines import dissolve  # noqa: PLC0415 (it needs the optional libraries)

    ids = raw.frame["unit_id"].astype(str)
    first = ~ids.duplicated()
    if parts.shapes is None or first.all():
        return raw, parts
    for column in map(str, raw.frame.columns):
        differing = raw.frame[column].astype(str).groupby(ids).nunique()
        mixed = differing.index[differing > 1].tolist()
        if mixed and column in UNITS.counts and column != "area_km2":
            rule = Message("the parts of one unit say different things of it")
            told = raw.frame[column].astype(str)
            findings.cells(
                [
                    (
                        Message("{source} unit {unit}, {column}", source=raw.source, unit=unit, column=column),
                        named(dict.fromkeys(told[ids == unit])),
                    )
                    for unit in mixed
                ],
                rule,
                Message("Give each part the whole unit's value."),
            )
        elif mixed:
            raw = replace(raw, frame=raw.frame.drop(columns=column))
            findings.note(
                Message(
                    "{source}: {column} differs between parts of one unit and was left out.",
                    source=raw.source,
                    column=column,
                )
            )
    shapes = parts.shapes.geometry.groupby(ids.to_numpy(), sort=False).agg(list)
    joined = parts.shapes[first.to_numpy()].copy()
    joined[joined.geometry.name] = [
        group[0] if len(group) == 1 else dissolve(group) for group in shapes.reindex(ids[first]).tolist()
    ]
    gone = np.flatnonzero(~first.to_numpy()).tolist()
    findings.note(
        Message(
            "{source}: {count} features were joined to {total} units (--dissolve).",
            source=raw.source,
            count=len(ids),
            total=int(first.sum()),
        )
    )
    return raw.without(gone), replace(parts, shapes=joined.reset_index(drop=True))


def unit_shapes(parts: Parts, raw: RawTable, units: pd.DataFrame, how: Reading, findings: Findings) -> Shapes | None:
    """Return polygons by unit id, one for every unit, or None where there are none or they are unsound."""
    if parts.shapes is None or parts.shapes_file is None:
        return None
    import geopandas as gpd  # noqa: PLC0415 (optional, and here as there are polygons)

    from scenarios.territory.maps import outlines, projection  # noqa: PLC0415
    from scenarios.territory.maps.polygon_files import as_table  # noqa: PLC0415

    source = parts.shapes_file.name
    ids = units["unit_id"].tolist()
    if raw.source != source:
        found = _shape_ids(as_table(parts.shapes_file, parts.shapes), how, findings)
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
    shapes = outlines.sound_geometry(source, shapes[index.isin(known)], findings)
    if len(findings.problems) > before:
        return None
    flat = projection.projected(source, shapes, findings, parts.about.crs)
    return Shapes(shapes, flat) if len(findings.problems) == before else None


def _shape_ids(table: RawTable, how: Reading, findings: Findings) -> list[str] | None:
    """Return the unit ids in a polygon file that accompanies a table of units."""
    if "unit_id" not in table.frame.columns:
        table = table.renamed({old: new for old, new in how.renames_of_any().items() if new == "unit_id"})
    table = resolve_aliases(table, UNITS, Findings())
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
