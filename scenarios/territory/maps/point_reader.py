"""Coordinates of tables read onto one plane [km]: what they are is stated by a column's name, or recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.findings import Findings
from foundation.messages import Message
from scenarios.territory.maps.coordinates import Plane, Scale, looks_swapped, people_of, scales_of
from scenarios.territory.tables.raw_table import RawTable

Array = NDArray[np.float64]

NAMED: dict[Scale, tuple[tuple[str, str], ...]] = {
    "km": (("x_km", "y_km"),),
    "m": (("x_m", "y_m"),),
    "degrees": (("lon", "lat"),),
}
"""Columns whose names say what they hold."""

_REMEDY = Message("Say what they are: --rename x=lon --rename y=lat, or x=x_km and y=y_km, or x=x_m and y=y_m.")

FAR_KM, FAR_EXTENTS = 50.0, 5.0
"""What belongs to a unit lies at most this far from it, and this many times the extent of the map."""


@dataclass(frozen=True)
class PointReader:
    """How coordinates come onto the plane of the units.

    Attributes
    ----------
    scale : str or None
        What x and y of the units were found to be; None where the units lie in polygons.
    plane : Plane or None
        The plane of the units, where they were given in degrees.
    crs : object
        Reference system of the units' polygons [m], where there are any.
    extent : float
        Of the map [km].
    """

    scale: Scale | None = None
    plane: Plane | None = None
    crs: Any = None
    extent: float = 0.0

    def read(self, raw: RawTable, table: pd.DataFrame, findings: Findings, near: Array) -> Array:
        """Return the places of outlets or halls, shape (rows, 2) [km]; NaN where a row has none.

        Parameters
        ----------
        raw : RawTable
        table : DataFrame
            Typed.
        findings : Findings
            Takes a problem where the places cannot lie near their units.
        near : ndarray, shape (rows, 2)
            Where the units of the rows lie [km].
        """
        nothing = np.full((len(table), 2), np.nan)
        given = given_columns(table)
        if given is None:
            return nothing
        stated, columns = given
        values = table[list(columns)].to_numpy(dtype=np.float64)
        choices: list[Scale] = [stated] if stated is not None else ["km", "m", "degrees"]
        if stated is None and self.scale is not None:
            choices.sort(key=lambda s: s != self.scale)
        for scale in choices:
            places = self.on_plane(values, scale)
            if places is not None and self._lies_near(places, near):
                return places
        if stated == "degrees" and self.plane is None and self.crs is None:
            findings.note(
                Message(
                    "{source}: {x} and {y} are degrees, while the units lie on a plane; each is placed at its unit.",
                    source=raw.source,
                    x=columns[0],
                    y=columns[1],
                )
            )
            return nothing
        rule = Message("whatever they are taken for, half of the places lie far from their units")
        findings.error(
            Message("{source}, {x} and {y}", source=raw.source, x=columns[0], y=columns[1]),
            None,
            rule,
            Message("Correct them, or leave them out."),
        )
        return nothing

    def on_plane(self, values: Array, scale: Scale) -> Array | None:
        """Return places read at a scale, shape (rows, 2) [km]; None where they cannot be that."""
        if scale != "degrees":
            return values / (1000.0 if scale == "m" else 1.0)
        inside = np.isnan(values) | (np.abs(values) <= (180.0, 90.0))
        if not inside.all():
            return None
        if self.plane is not None:
            return np.column_stack(self.plane.km(values[:, 0], values[:, 1]))
        if self.crs is not None:
            return project(values, self.crs)
        return None

    def _lies_near(self, places: Array, near: Array) -> bool:
        away = np.hypot(*(places - near).T)
        away = away[np.isfinite(away)]
        return not len(away) or float(np.median(away)) <= FAR_KM + FAR_EXTENTS * self.extent


def given_columns(table: pd.DataFrame) -> tuple[Scale | None, tuple[str, str]] | None:
    """Return which columns hold coordinates and what their names say; x and y say nothing. None: there are none."""
    if {"x", "y"} <= set(table.columns):
        return None, ("x", "y")
    for scale, pairs in NAMED.items():
        for pair in pairs:
            if {*pair} <= set(table.columns):
                return scale, pair
    return None


def units_on_plane(
    raw: RawTable, units: pd.DataFrame, crs: Any, findings: Findings, *, is_saved: bool = False
) -> tuple[Array, PointReader] | None:
    """Return the units' places, shape (units, 2) [km], and how others are read; None where they cannot be known.

    Parameters
    ----------
    raw : RawTable
    units : DataFrame
        Typed, with coordinates under any of the known names.
    crs : object
        Reference system of polygons beside the table [m], or None.
    findings : Findings
        Takes a note of what was recognised, a problem of what stays doubtful.
    is_saved : bool
        The territory was saved by this project: x and y are kilometres.
    """
    given = given_columns(units)
    if given is None:
        return None
    stated, columns = given
    values = units[list(columns)].to_numpy(dtype=np.float64)
    if np.isnan(values).any():
        return values, PointReader("km")
    scale = stated or ("km" if is_saved else _recognised(raw, units, values, findings))
    if scale is None or (scale == "degrees" and not _are_degrees(raw, values, columns, findings)):
        return None
    plane = None
    if scale != "degrees":
        places = values / (1000.0 if scale == "m" else 1.0)
    elif crs is not None:
        places = project(values, crs)
    else:
        plane = Plane.around(values[:, 0], values[:, 1])
        places = np.column_stack(plane.km(values[:, 0], values[:, 1]))
        findings.note(
            Message(
                "{source}: longitude and latitude were projected to kilometres around {longitude:g}, {latitude:g} "
                "(equal-area).",
                source=raw.source,
                longitude=plane.longitude,
                latitude=plane.latitude,
            )
        )
    return places, PointReader(scale, plane, crs, _extent(places))


def project(values: Array, crs: Any) -> Array:
    """Return longitudes and latitudes in a reference system in metres, shape (rows, 2) [km]."""
    import pyproj  # noqa: PLC0415 (optional, and here as there are polygons)

    turn = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.column_stack(turn.transform(values[:, 0], values[:, 1])) / 1000


def _recognised(raw: RawTable, units: pd.DataFrame, values: Array, findings: Findings) -> Scale | None:
    scales = scales_of(values[:, 0], values[:, 1], people_of(units))
    if scales == ("km",):
        if looks_swapped(values[:, 0], values[:, 1]) and scales_of(values[:, 1], values[:, 0], people_of(units)) == (
            "degrees",
        ):
            rule = Message("they look like latitude and longitude, in this order")
            remedy = Message("Say so: --rename x=lat --rename y=lon.")
            findings.error(
                Message("{source}, {x} and {y}", source=raw.source, x="x", y="y"), _range(values), rule, remedy
            )
            return None
        return "km"
    if len(scales) > 1:
        rule = Message("they may be kilometres, or degrees of longitude and latitude")
        findings.error(Message("{source}, {x} and {y}", source=raw.source, x="x", y="y"), _range(values), rule, _REMEDY)
        return None
    what = Message("metres") if scales[0] == "m" else Message("degrees of longitude and latitude")
    findings.note(
        Message(
            "{source}: x and y ({range}) cannot be kilometres between neighbours; read as {what}.",
            source=raw.source,
            range=_range(values),
            what=what,
        )
    )
    return scales[0]


def _are_degrees(raw: RawTable, values: Array, columns: tuple[str, str], findings: Findings) -> bool:
    outside = np.abs(values) > (180.0, 90.0)
    if not outside.any():
        return True
    row, axis = (int(k) for k in np.argwhere(outside)[0])
    if np.abs(values[:, 1]).max() > 90 and np.abs(values[:, 0]).max() <= 90:
        remedy = Message("Longitude and latitude may stand in each other's column: rename the two.")
    else:
        remedy = Message("Correct them; places on a plane are called x_km, y_km or x_m, y_m.")
    rule = Message("longitudes lie within 180 degrees and latitudes within 90")
    findings.error(raw.place(row, columns[axis]), f"{values[row, axis]:g}", rule, remedy)
    return False


def _range(values: Array) -> str:
    (west, south), (east, north) = values.min(axis=0), values.max(axis=0)
    return f"{west:g} to {east:g}, {south:g} to {north:g}"


def _extent(places: Array) -> float:
    return float(np.ptp(places, axis=0).max()) if len(places) else 0.0
