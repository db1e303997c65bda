"""Two communities of a few units: every division is looked at, so the best one is known without bound or solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.problem.instance import ROUNDING, Instance

MOST_UNITS = 22
"""Units up to which all divisions in two (two million) are looked at; a fifth of a second."""


@dataclass(frozen=True)
class NamedSets:
    """The sets of units that an instance names, as whole numbers: unit u is in a set if bit u is.

    Attributes
    ----------
    near : ndarray, shape (units,)
        The neighbours of every unit.
    groups, pairs : ndarray
        Units to stay together; to be kept apart.
    seats : int
    """

    near: Ints
    groups: Ints
    pairs: Ints
    seats: np.int64


def named_sets(instance: Instance) -> NamedSets:
    """Return the sets that an instance names, as bits."""
    bit = np.int64(1) << np.arange(len(instance), dtype=np.int64)
    return NamedSets(
        np.array([bit[instance.neighbours(unit)].sum() for unit in range(len(instance))], dtype=np.int64),
        np.array([bit[list(group)].sum() for group in instance.together], dtype=np.int64),
        np.array([bit[a] | bit[b] for a, b in instance.apart], dtype=np.int64),
        bit[instance.seats].sum() if len(instance.seats) else np.int64(0),
    )


def can_be_halved(instance: Instance) -> bool:
    """Say whether every division can be looked at: two communities, few units, no radius about the seats."""
    return instance.communities == 2 and 2 <= len(instance) <= MOST_UNITS and not np.isfinite(instance.radius)


def best_halves(instance: Instance, away: Floats | None = None, most_moved: float = np.inf) -> Ints | None:
    """Return the best plan of two communities, or None where there is none.

    Every set of units with the first of them is taken for a community, by its sums, its wishes, its connections and
    then its value; of equal ones the first counts.

    Parameters
    ----------
    instance : Instance
        As `can_be_halved` asks.
    away : ndarray, shape (units, 2), optional
        What a unit moves in a community that takes the first or the second name of today.
    most_moved : float
        What all may move, names being given as moves least.

    Returns
    -------
    label : ndarray of int, shape (units,), or None
    """
    found, _ = _looked_at(instance, 0.0, away, most_moved)
    units = np.arange(len(instance), dtype=np.int64)
    return None if found < 0 else (1 - ((found >> units) & 1)).astype(np.int64)


def least_excess(instance: Instance) -> float:
    """Return by how much every bound must give way before there is a plan [share of the mean]; infinite: never."""
    found, excess = _looked_at(instance, np.inf)
    return np.inf if found < 0 else max(excess, 0.0)


def _looked_at(
    instance: Instance, most: float, away: Floats | None = None, most_moved: float = np.inf
) -> tuple[int, float]:
    """Return the first community of the best plan as bits, and how far outside its bounds (up to ``most``) it lies."""
    sets = named_sets(instance)
    slack = ROUNDING * np.maximum(np.abs(instance.mean), 1e-300)
    total = instance.loads.sum(axis=0)
    moves = np.zeros((len(instance), 2)) if away is None else np.ascontiguousarray(away)
    found, excess = _look_at_all(
        sets.near,
        np.ascontiguousarray(instance.loads),
        # Both communities keep the bounds if the first one keeps them and leaves what the second needs.
        np.maximum(instance.lower - slack, total - instance.upper - slack),
        np.minimum(instance.upper + slack, total - instance.lower + slack),
        np.maximum(instance.mean, 1e-300),
        np.ascontiguousarray(instance.costs()),
        sets.groups,
        sets.pairs,
        sets.seats,
        instance.objective == "cut-edges",
        most,
        moves,
        most_moved,
    )
    return int(found), float(excess)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _look_at_all(
    near: Ints,
    loads: Floats,
    low: Floats,
    high: Floats,
    mean: Floats,
    cost: Floats,
    groups: Ints,
    pairs: Ints,
    seats: np.int64,
    cut: bool,
    most: float,
    away: Floats,
    most_moved: float,
) -> tuple[int, float]:
    """Return the first community of the best plan as bits (-1: there is none), and its excess over the bounds.

    Of the plans whose excess is at most ``most`` those of the least excess count; an excess of 0 is not made smaller.
    """
    n, attributes = loads.shape
    everything, half = (1 << n) - 1, n // 2
    first = _sums_of_all(loads[:half])
    second = _sums_of_all(loads[half:])
    # What moves if the first community takes the first name, less what moves if it takes the second.
    turn = away[:, :1] - away[:, 1:]
    first_turn, second_turn = _sums_of_all(turn[:half]), _sums_of_all(turn[half:])
    one_way, other_way = away[:, 1].sum(), away[:, 0].sum()
    best, found = np.inf, -1
    for others in range((1 << (n - 1)) - 1):
        inside = 2 * others + 1
        left, right = inside & ((1 << half) - 1), inside >> half
        excess = 0.0
        for a in range(attributes):
            load = first[left, a] + second[right, a]
            excess = max(excess, (low[a] - load) / mean[a], (load - high[a]) / mean[a])
        if excess > most:
            continue
        lean = first_turn[left, 0] + second_turn[right, 0]
        if one_way + lean > most_moved and other_way - lean > most_moved:
            continue
        good = True
        for group in groups:
            good = good and (inside & group == 0 or inside & group == group)
        for pair in pairs:
            good = good and inside & pair != 0 and inside & pair != pair
        outside = everything ^ inside
        if not good or not connected(inside, near) or not connected(outside, near):
            continue
        if popcount(inside & seats) > 1 or popcount(outside & seats) > 1:
            continue
        value = cuts_of(inside, near) if cut else moment_of(inside, seats, cost) + moment_of(outside, seats, cost)
        if excess < most or value < best:
            best, found, most = value, inside, excess
    return found, most


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sums_of_all(loads: Floats) -> Floats:
    """Return the sums of every set of units, shape (2^units, attributes)."""
    n, attributes = loads.shape
    sums = np.zeros((1 << n, attributes))
    for unit in range(n):
        for members in range(1 << unit):
            for a in range(attributes):
                sums[members | (1 << unit), a] = sums[members, a] + loads[unit, a]
    return sums


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def connected(members: int, near: Ints) -> bool:
    """Say whether a set of units hangs together."""
    seen = members & -members
    fresh = seen
    while fresh:
        reached, unit = 0, 0
        while fresh:
            if fresh & 1:
                reached |= near[unit]
            fresh >>= 1
            unit += 1
        fresh = reached & members & ~seen
        seen |= fresh
    return bool(seen == members)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def popcount(members: int) -> int:
    """Return the number of units in a set."""
    count = 0
    while members:
        members &= members - 1
        count += 1
    return count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def cuts_of(members: int, near: Ints) -> float:
    """Return the number of adjacencies that leave a set."""
    count = 0
    for unit in range(len(near)):
        if members >> unit & 1:
            count += popcount(near[unit] & ~members)
    return float(count)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def moment_of(members: int, seats: int, cost: Floats) -> float:
    """Return the moment about the fixed seat among the members, or about the best of them."""
    fixed = members & seats
    candidates = fixed if fixed else members
    least = np.inf
    for seat in range(len(cost)):
        if candidates >> seat & 1:
            moment = 0.0
            for unit in range(len(cost)):
                if members >> unit & 1:
                    moment += cost[unit, seat]
            least = min(least, moment)
    return least
