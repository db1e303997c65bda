"""What the coordinates of a table are, kilometres or metres or degrees, and how they come onto one plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, KDTree, QhullError

Array = NDArray[np.float64]
Scale = Literal["km", "m", "degrees"]

KM_OFF = 25_000.0
"""No place on a map in kilometres lies further from its origin: the Earth's girth is 40,000 km."""

DENSITIES = (0.5, 100_000.0)
"""Persons per km² between which whole territories lie, from Western Australia to the densest quarters."""

CROWDED = 30_000.0
"""Persons per km² beyond which a whole territory is crowded; read as degrees it may be a quiet one."""

LONELY = 1.0
"""Persons per km² below which units in degrees are not believed."""

LEAST_M, FAREST_KM, LEAST_KM = 20.0, 300.0, 0.02
"""Neighbouring units lie at least 20 m and at most 300 km apart."""

OFFSET = 3.0
"""A map in degrees lies this many times its extent away from where equator and meridian of Greenwich meet."""

DEGREE_KM = 111.2
"""Length of a degree of latitude [km]."""

_A, _F = 6_378_137.0, 1 / 298.257223563
_E2 = _F * (2 - _F)
_E = float(np.sqrt(_E2))


@dataclass(frozen=True)
class Plane:
    """The plane on which places in degrees are measured: equal-area, around a middle.

    Attributes
    ----------
    longitude, latitude : float
        Its middle [degrees].
    """

    longitude: float
    latitude: float

    @classmethod
    def around(cls, longitude: Array, latitude: Array) -> Plane:
        """Return the plane around places, its middle rounded to a hundredth of a degree."""
        middle = [round(float(np.nanmin(v) + np.nanmax(v)) / 2, 2) for v in (longitude, latitude)]
        return cls(*middle)

    def km(self, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        """Return x to the east and y to the north of the middle [km].

        References
        ----------
        Snyder (1987), Map projections: a working manual, equations 24-17 to 24-26 (Lambert azimuthal equal-area,
        ellipsoid WGS 84).
        """
        phi, phi0 = np.radians(latitude), float(np.radians(self.latitude))
        turn = np.radians(longitude - self.longitude)
        whole = _authalic(np.array([np.pi / 2]))[0]
        beta, beta0 = (np.arcsin(np.clip(_authalic(v) / whole, -1, 1)) for v in (phi, np.array([phi0])))
        b0 = float(beta0[0])
        radius = _A * np.sqrt(whole / 2)
        parallel = np.cos(phi0) / np.sqrt(1 - _E2 * np.sin(phi0) ** 2)
        d = _A * parallel / (radius * np.cos(b0))
        b = radius * np.sqrt(2 / (1 + np.sin(b0) * np.sin(beta) + np.cos(b0) * np.cos(beta) * np.cos(turn)))
        x = b * d * np.cos(beta) * np.sin(turn)
        y = b / d * (np.cos(b0) * np.sin(beta) - np.sin(b0) * np.cos(beta) * np.cos(turn))
        return x / 1000, y / 1000

    @property
    def crs(self) -> str:
        """The plane as other programs know it, in metres."""
        return f"+proj=laea +lat_0={self.latitude:g} +lon_0={self.longitude:g} +datum=WGS84 +units=m +no_defs"


def _authalic(phi: Array) -> Array:
    s = np.sin(phi)
    return (1 - _E2) * (s / (1 - _E2 * s * s) - np.log((1 - _E * s) / (1 + _E * s)) / (2 * _E))


def scales_of(x: Array, y: Array, people: float | None) -> tuple[Scale, ...]:
    """Return what columns called x and y can be: one answer, or several where it stays doubtful.

    Kilometres are what the columns are said to hold, so they stand unless they cannot be: too far from the origin, too
    few or too many persons per km², neighbours too close or too far; and something else can.

    Parameters
    ----------
    x, y : ndarray, shape (units,)
    people : float or None
        Population of all units, where it is known.
    """
    points = np.unique(np.column_stack([x, y]), axis=0)
    if len(points) < 3:
        return ("km",)
    near, area = _spacing(points), _area(points)
    far = float(np.abs(points).max())
    degrees = _may_be_degrees(points, near, area, people)
    km = far <= KM_OFF and near <= FAREST_KM
    metres = near >= LEAST_M and (not km or _dense(people, area / 1e6))
    if people:
        crowded = people / area > (CROWDED if degrees else DENSITIES[1])
        km = km and not crowded and people / area >= DENSITIES[0]
        metres = metres and _dense(people, area / 1e6)
    elif degrees:
        km = km and near >= LEAST_KM
    if km:
        return ("km", "degrees") if degrees else ("km",)
    if degrees:
        return ("degrees",)
    if metres or far > KM_OFF:
        return ("m",)
    return ("km",)


def looks_swapped(x: Array, y: Array) -> bool:
    """Return whether x and y look like latitude and longitude, in this order."""
    return bool(np.abs(x).max() <= 90 < np.abs(y).max() <= 180)


def people_of(units: pd.DataFrame) -> float | None:
    """Return the persons in all units, by population or else by households; None where neither is known."""
    for column, each in (("population", 1.0), ("households", 3.0)):
        if column in units.columns and pd.api.types.is_numeric_dtype(units[column]):
            total = float(np.nansum(units[column].to_numpy(dtype=np.float64))) * each
            if total > 0:
                return total
    return None


def _dense(people: float | None, area_km2: float) -> bool:
    return people is not None and DENSITIES[0] <= people / area_km2 <= DENSITIES[1]


def _may_be_degrees(points: Array, near: float, area: float, people: float | None) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    if np.abs(points[:, 0]).max() > 180 or np.abs(points[:, 1]).max() > 90:
        return False
    extent = float((high - low).max())
    if extent > 60 or not (np.abs(points).min(axis=0) > OFFSET * extent).any():
        return False
    east = DEGREE_KM * float(np.cos(np.radians(points[:, 1].mean())))
    apart = near * np.sqrt(DEGREE_KM * east)
    if not LEAST_KM <= apart <= FAREST_KM:
        return False
    return people is None or LONELY <= people / (area * DEGREE_KM * east) <= DENSITIES[1]


def _spacing(points: Array) -> float:
    distance, _ = KDTree(points).query(points, k=2)
    return float(np.median(distance[:, 1]))


def _area(points: Array) -> float:
    """Return the ground that points cover: their hull, or a square of the usual spacing for each."""
    squares = len(points) * _spacing(points) ** 2
    try:
        return max(float(ConvexHull(points).volume), squares)
    except QhullError:  # all on one line
        return squares
