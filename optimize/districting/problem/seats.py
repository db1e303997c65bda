"""The seat of every community: its best member, in whatever metric, within reach of all others where that is asked."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

NOWHERE = np.zeros((0, 0))
"""Stands for a matrix of distances where these are straight lines."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def distance(i: int, j: int, points: Floats, matrix: Floats) -> float:
    """Return the distance of unit i from seat j: of the matrix, or, where it is empty, the straight line."""
    if len(matrix):
        return float(matrix[i, j])
    x, y = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
    return float(np.sqrt(x * x + y * y))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def about(
    members: Ints, seat: int, points: Floats, matrix: Floats, weight: Floats, square: bool, most: float
) -> tuple[float, float]:
    """Return what members cost about a seat, and the distance of the farthest; the first only up to ``most``."""
    total, farthest = 0.0, 0.0
    for i in members:
        away = distance(i, seat, points, matrix)
        total += weight[i] * (away * away if square else away)
        farthest = max(farthest, away)
        if total > most:
            return np.inf, np.inf
    return total, farthest


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _nearest(members: Ints, fixed: Ints, points: Floats, matrix: Floats) -> float:
    """Return how near the farthest member is to the best seat."""
    candidates = fixed if len(fixed) else members
    least = np.inf
    for j in candidates:
        farthest = 0.0
        for i in members:
            farthest = max(farthest, distance(i, j, points, matrix))
            if farthest >= least:
                break
        least = min(least, farthest)
    return least


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def least_radii(order: Ints, start: Ints, fixed: Ints, points: Floats, matrix: Floats) -> Floats:
    """Return for every community the distance of its farthest member from the seat that makes this least.

    Parameters
    ----------
    order, start : ndarray of int
        Members of community k: ``order[start[k]:start[k + 1]]``.
    fixed : ndarray of int, shape (units,)
        1 where a unit must be a seat.
    """
    radii = np.zeros(len(start) - 1)
    for k in range(len(radii)):
        members = order[start[k] : start[k + 1]]
        radii[k] = _nearest(members, members[fixed[members] == 1], points, matrix)
    return radii


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def best_seats(
    order: Ints,
    start: Ints,
    fixed: Ints,
    points: Floats,
    matrix: Floats,
    weight: Floats,
    square: bool,
    reach: float,
    in_reach: bool,
    alike: float,
) -> Ints:
    """Return the seat of every community: the fixed one, else the member about which the others cost least.

    Parameters
    ----------
    order, start, fixed
        As in `least_radii`.
    square : bool
        Distances count squared.
    reach : float
        Largest distance from a seat; infinite where there is none.
    in_reach : bool
        Only members that have all others within reach are seats; where there is none, the one whose farthest unit is
        nearest. Otherwise, of members that are as good, the share ``alike`` apart, that one is taken.
    alike : float
    """
    seats = np.full(len(start) - 1, -1)
    for k in range(len(seats)):
        members = order[start[k] : start[k + 1]]
        chosen = members[fixed[members] == 1]
        if len(chosen):
            seats[k] = chosen[0]
            continue
        least = np.inf
        for j in members:
            total, farthest = about(members, j, points, matrix, weight, square, least)
            if total < least and (not in_reach or farthest <= reach):
                seats[k], least = j, total
        if (least == np.inf) if in_reach else (reach < np.inf):
            seats[k] = _central(members, points, matrix, weight, square, np.inf if in_reach else least * (1 + alike))
    return seats


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _central(members: Ints, points: Floats, matrix: Floats, weight: Floats, square: bool, most: float) -> int:
    """Return, of the members about which the others cost no more than ``most``, the one whose farthest is nearest."""
    seat, least = -1, np.inf
    for j in members:
        total, farthest = about(members, j, points, matrix, weight, square, most)
        if total <= most and farthest < least:
            seat, least = j, farthest
    return seat
