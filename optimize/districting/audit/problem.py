"""The problem and the claims of a certificate, read from plain data and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROOT_BITS = 64
"""Binary places of a root beyond those of its square's."""

NEAR = Fraction(1, 10**9)
"""Relative difference that the rounding of floating point numbers explains."""


@dataclass(frozen=True)
class DistrictingProblem:
    """What is divided, and how it must be.

    Attributes
    ----------
    objective : {"moment", "distance", "radius", "cut-edges"}
    communities : int
    points : ndarray, shape (units, 2)
    weight : ndarray, shape (units,)
    edges : ndarray of int, shape (edges, 2)
    near : list of set of int
        Neighbours of every unit.
    loads : ndarray, shape (units, attributes)
    least, most : ndarray, shape (attributes,)
        Bounds of a community's sums.
    fixed : frozenset of int
        Units that must be seats.
    together : list of list of int
    apart : list of (int, int)
    radius : float
    distances : ndarray, shape (units, units), or None
        From unit i to seat j; None: straight lines between the points.
    today : ndarray of int, shape (units,), or None
        Today's community of every unit, where moves are limited.
    most_moved : float
        Weight that may leave its community of today.
    seats_in_reach : bool
        Any member is a seat that has all others within the radius, be it the best one or not.
    splits : list of (int, list of set of int)
        At most so many splits of so many groups: one in two communities is split once, in three twice.
    sizes : (ndarray, ndarray), each of shape (communities, attributes), or None
        Bounds of the sums of every community, in the order of the plan, where they are not alike; ``least`` and
        ``most`` are the widest of them.
    """

    objective: str
    communities: int
    points: Floats
    weight: Floats
    edges: Ints
    near: list[set[int]]
    loads: Floats
    least: Floats
    most: Floats
    fixed: frozenset[int]
    together: list[list[int]]
    apart: list[tuple[int, int]]
    radius: float
    distances: Floats | None = None
    today: Ints | None = None
    most_moved: float = math.inf
    seats_in_reach: bool = False
    splits: list[tuple[int, list[set[int]]]] = field(default_factory=list)
    sizes: tuple[Floats, Floats] | None = None

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.weight)

    @property
    def may_move(self) -> float:
        """What may move, a rounding included."""
        return self.most_moved * (1 + 2 * float(NEAR)) + float(NEAR) * float(np.abs(self.weight).max(initial=0.0))

    def bounds_of(self, community: int) -> tuple[Floats, Floats]:
        """Return the least and the most that the sums of one community may come to."""
        return (self.least, self.most) if self.sizes is None else (self.sizes[0][community], self.sizes[1][community])

    def kinds(self) -> list[tuple[Floats, Floats, int]]:
        """Return the bounds of communities that differ, each with how many have them; the commonest come last."""
        least, most = self.sizes or (np.array([self.least]), np.array([self.most]))
        rows, count = np.unique(np.hstack([least, most]), axis=0, return_counts=True)
        half = least.shape[1]
        found = [(row[:half], row[half:], int(times)) for row, times in zip(rows, count, strict=True)]
        return sorted(found, key=lambda kind: kind[2])

    def away(self, units: Any, seats: Any) -> Floats:
        """Return the distances of units from seats, shape (units, seats)."""
        if self.distances is not None:
            return self.distances[np.ix_(units, seats)]
        gap = self.points[units][:, None] - self.points[seats][None]
        return np.asarray(np.hypot(gap[:, :, 0], gap[:, :, 1]))

    def costs(self, units: Any, seats: Any) -> Floats:
        """Return what units cost at seats, shape (units, seats), as doubles.

        Weight by distance, or by its square for the moment, about which cut edges have their seats, too.
        """
        away = self.away(units, seats)
        return np.asarray(self.weight[units][:, None] * (away if self.objective == "distance" else away**2))

    def whole_costs(self, units: list[int], seats: list[int]) -> tuple[NDArray[Any], int]:
        """Return the same in whole numbers of 2^-bits, and the bits: exact, but roots are rounded down."""
        weight, weight_bits = whole(self.weight[units])
        if self.objective == "distance":
            away, bits = self.whole_distances(units, seats)
        else:
            away, bits, squared = self._as_given(units, seats)
            away, bits = (away, bits) if squared else (away**2, 2 * bits)
        return np.array(weight, dtype=object)[:, None] * away, bits + weight_bits

    def whole_distances(self, units: list[int], seats: list[int]) -> tuple[NDArray[Any], int]:
        """Return distances in whole numbers of 2^-bits, roots rounded down, and the bits."""
        away, bits, squared = self._as_given(units, seats)
        if not squared:
            return away, bits
        fine = 2 * ROOT_BITS + bits % 2
        roots = [math.isqrt(int(one) << fine) for one in away.ravel()]
        return np.array(roots, dtype=object).reshape(away.shape), (bits + fine) // 2

    def _as_given(self, units: list[int], seats: list[int]) -> tuple[NDArray[Any], int, bool]:
        """Return distances, or their squares, in whole numbers of 2^-bits, the bits, and whether they are squares."""
        if self.distances is not None:
            numbers, bits = whole(self.distances[np.ix_(units, seats)])
            return np.array(numbers, dtype=object).reshape(len(units), len(seats)), bits, False
        numbers, bits = whole(self.points[[*units, *seats]])
        x, y = np.array(numbers[0::2], dtype=object), np.array(numbers[1::2], dtype=object)
        n = len(units)
        return (x[:n, None] - x[None, n:]) ** 2 + (y[:n, None] - y[None, n:]) ** 2, 2 * bits, True


def problem_of(certificate: Mapping[str, Any]) -> DistrictingProblem:
    """Return the problem of a certificate.

    Raises
    ------
    ValueError
        It contradicts itself: lengths differ, or an edge leads nowhere.
    """
    n = len(certificate["units"])
    edges = np.array(certificate["edges"], dtype=np.int64).reshape(-1, 2)
    near: list[set[int]] = [set() for _ in range(n)]
    for a, b in edges.tolist():
        if not (0 <= a < n and 0 <= b < n and a != b):
            msg = f"edge {a}, {b} of the certificate leads nowhere; there are {n} units"
            raise ValueError(msg)
        near[a].add(b)
        near[b].add(a)
    problem = DistrictingProblem(
        certificate["objective"],
        certificate["communities"],
        np.array(certificate["points"], dtype=np.float64).reshape(-1, 2),
        np.array(certificate["weight"], dtype=np.float64),
        edges,
        near,
        np.array(certificate["loads"], dtype=np.float64).reshape(n, -1),
        _bounds(certificate["least"], -math.inf),
        _bounds(certificate["most"], math.inf),
        frozenset(certificate["fixed_seats"]),
        [list(group) for group in certificate["together"]],
        [(a, b) for a, b in certificate["apart"]],
        math.inf if certificate["radius"] is None else certificate["radius"],
        _matrix(certificate.get("distances"), n),
        *_today(certificate),
        sizes=_sizes(certificate.get("sizes")),
        splits=[(int(one["most"]), [set(group) for group in one["groups"]]) for one in certificate.get("splits", [])],
    )
    if not (len(problem.points) == len(problem.weight) == len(certificate["plan"]) == n):
        msg = f"points, weights and plan of the certificate differ in length from its {n} units"
        raise ValueError(msg)
    return problem


def _today(certificate: Mapping[str, Any]) -> tuple[Ints | None, float]:
    if certificate.get("today") is None or certificate.get("most_moved") is None:
        return None, math.inf
    return np.array(certificate["today"], dtype=np.int64), float(certificate["most_moved"])


def _sizes(stated: Mapping[str, Any] | None) -> tuple[Floats, Floats] | None:
    if stated is None:
        return None
    least, most = (
        np.array([_bounds(row, missing) for row in stated[end]])
        for end, missing in (("least", -math.inf), ("most", math.inf))
    )
    return least, most


def _matrix(stated: list[list[float]] | None, n: int) -> Floats | None:
    return None if stated is None else np.array(stated, dtype=np.float64).reshape(n, n)


def _bounds(stated: list[float | None], missing: float) -> Floats:
    return np.array([missing if bound is None else bound for bound in stated], dtype=np.float64)


def whole(values: Floats) -> tuple[list[int], int]:
    """Return doubles as whole numbers of 2^-bits, exactly, and the bits."""
    ratios = [value.as_integer_ratio() for value in np.asarray(values, dtype=np.float64).ravel().tolist()]
    bits = max((bottom.bit_length() - 1 for _, bottom in ratios), default=0)
    return [top << (bits - bottom.bit_length() + 1) for top, bottom in ratios], bits
