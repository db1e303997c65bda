"""Maps so small, or counts so plain, that every division is looked at: the best is known without bound or solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.enumeration import two_communities as halves
from optimize.districting.enumeration.two_communities import connected, cuts_of, moment_of, named_sets, popcount
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.verify import check_plan, worst_excess

MOST_UNITS = 15
"""Units up to which every set of units is taken for a community: 3^15 / 2 pairs of a set and a part of it."""


def can_be_exhausted(instance: Instance) -> bool:
    """Say whether every division can be looked at: of few units, of not too many in two, or where there is only one."""
    if instance.splits and 1 < instance.communities < len(instance):  # which no community breaks by itself
        return False
    return len(instance) <= MOST_UNITS or instance.communities in (1, len(instance)) or halves.can_be_halved(instance)


def best_of_all(instance: Instance) -> Ints | None:
    """Return the best plan, or None where there is none.

    Parameters
    ----------
    instance : Instance
        As `can_be_exhausted` asks.

    Returns
    -------
    label : ndarray of int, shape (units,), or None
    """
    if instance.communities in (1, len(instance)):
        only = only_division(instance)
        return None if check_plan(instance, only).faults else only
    if halves.can_be_halved(instance):
        return halves.best_halves(instance)
    excess, value = sets_of(instance)
    best = _covered(np.where(excess <= 0, value, np.inf), len(instance), instance.communities, False)
    return _labels(best, np.where(excess <= 0, value, np.inf)) if np.isfinite(best[-1, -1]) else None


def best_of_sizes(instance: Instance, named: int) -> Ints | None:
    """Return the best plan whose first communities have sizes of their own; None where there is none.

    Parameters
    ----------
    instance : Instance
        Of at most `MOST_UNITS` units, with bounds for every community.
    named : int
        Communities, from the first, whose bounds are their own; those of all others are alike.
    """
    n, rest = len(instance), instance.communities - named
    costs = [_value_of(instance.sized(k)) for k in range(min(named + 1, instance.communities))]
    tables = [_nothing(n) if rest == 0 else _covered(costs[named], n, rest + 1, False)[rest - 1]]
    for cost in costs[:named]:
        tables.append(_joined(tables[-1], cost, n))
    everything = (1 << n) - 1
    if not np.isfinite(tables[-1][everything]):
        return None
    label, left = np.zeros(n, dtype=np.int64), everything
    for k in reversed(range(named)):
        own = _last(tables[k], costs[k], left, float(tables[k + 1][left]))
        label[[unit for unit in range(n) if own >> unit & 1]] = k
        left ^= own
    if rest:
        inside = [unit for unit in range(n) if left >> unit & 1]
        best = _covered(costs[named], n, rest + 1, False)[:rest]
        label[inside] = named + _labels_of(best, costs[named], left)[inside]
    return label


def _value_of(instance: Instance) -> Floats:
    excess, value = sets_of(instance)
    return np.where(excess <= 0, value, np.inf)


def _nothing(n: int) -> Floats:
    table = np.full(1 << n, np.inf)
    table[0] = 0.0
    return table


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _joined(before: Floats, cost: Floats, n: int) -> Floats:
    """Return for every set the least cost of a community in it and of what is left, divided as before."""
    best = np.full(1 << n, np.inf)
    for units in range(1, 1 << n):
        part = units
        while part:
            total = cost[part] + before[units ^ part]
            best[units] = min(best[units], total)
            part = (part - 1) & units
    return best


def _last(before: Floats, cost: Floats, units: int, least: float) -> int:
    """Return the community that reaches the least cost of a set."""
    part = units
    while part:
        if cost[part] + before[units ^ part] == least:
            return part
        part = (part - 1) & units
    return units


def least_excess(instance: Instance) -> float:
    """Return by how much every bound must give way before there is a plan [share of the mean]; infinite: never."""
    if instance.communities in (1, len(instance)):
        label, everything = only_division(instance), np.full(len(instance.mean), np.inf)
        check = check_plan(replace(instance, lower=-everything, upper=everything), label)
        return np.inf if check.faults else worst_excess(instance, check.sums)
    if halves.can_be_halved(instance):
        return halves.least_excess(instance)
    excess, _ = sets_of(instance)
    return max(float(_covered(excess, len(instance), instance.communities, True)[-1, -1]), 0.0)


def only_division(instance: Instance) -> Ints:
    """Return the only division there is, in one community or in as many as units."""
    size = len(instance)
    return np.zeros(size, dtype=np.int64) if instance.communities == 1 else np.arange(size, dtype=np.int64)


def sets_of(instance: Instance) -> tuple[Floats, Floats]:
    """Return how far every set of units is outside the bounds, infinite where it is no community, and its value."""
    sets = named_sets(instance)
    slack = ROUNDING * np.maximum(np.abs(instance.mean), 1e-300)
    far = instance.all_distances()
    excess, value = _weigh_all(
        sets.near,
        np.ascontiguousarray(instance.loads),
        instance.lower - slack,
        instance.upper + slack,
        np.maximum(instance.mean, 1e-300),
        np.ascontiguousarray(instance.costs()),
        np.ascontiguousarray(far),
        instance.radius * (1 + ROUNDING),
        instance.seats_in_reach,
        sets.groups,
        sets.pairs,
        sets.seats,
        instance.objective == "cut-edges",
    )
    return excess, value


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weigh_all(
    near: Ints,
    loads: Floats,
    low: Floats,
    high: Floats,
    mean: Floats,
    cost: Floats,
    far: Floats,
    reach: float,
    in_reach: bool,
    groups: Ints,
    pairs: Ints,
    seats: np.int64,
    cut: bool,
) -> tuple[Floats, Floats]:
    """Return excess and value of every set; a cut edge counts half at either end."""
    n, attributes = loads.shape
    excess, value = np.full(1 << n, np.inf), np.full(1 << n, np.inf)
    for members in range(1, 1 << n):
        good = connected(members, near) and popcount(members & seats) <= 1
        for group in groups:
            good = good and (members & group == 0 or members & group == group)
        for pair in pairs:
            good = good and members & pair != pair
        if not good:
            continue
        about = _moment_within(members, seats, cost, far, reach, in_reach)
        if about == np.inf:
            continue
        value[members] = cuts_of(members, near) / 2 if cut else about
        worst = 0.0
        for a in range(attributes):
            load = 0.0
            for unit in range(n):
                if members >> unit & 1:
                    load += loads[unit, a]
            worst = max(worst, (low[a] - load) / mean[a], (load - high[a]) / mean[a])
        excess[members] = worst
    return excess, value


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _moment_within(members: int, seats: np.int64, cost: Floats, far: Floats, reach: float, in_reach: bool) -> float:
    """Return the cost about the seat; infinite where a member is out of reach of every seat that is as good.

    Where seats are any members that reach all others, the least cost about these.
    """
    least = moment_of(members, seats, cost)
    if reach == np.inf:
        return float(least)
    near = np.inf
    candidates = members & seats if members & seats else members
    for seat in range(len(cost)):
        if candidates >> seat & 1:
            about, farthest = 0.0, 0.0
            for unit in range(len(cost)):
                if members >> unit & 1:
                    about += cost[unit, seat]
                    farthest = max(farthest, far[unit, seat])
            if in_reach and farthest <= reach:
                near = min(near, about)
            elif about <= least * (1 + ROUNDING) and farthest <= reach:
                return float(least)
    return near


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _covered(cost: Floats, n: int, communities: int, widest: bool) -> Floats:
    """Return for 1 to K communities and every set the least cost of a division: the sum, or the largest of its parts.

    The community of a set's first unit is one of its parts; what is left is divided at best by one community fewer.
    """
    everything = (1 << n) - 1
    best = np.full((communities, 1 << n), np.inf)
    best[0] = cost
    for more in range(1, communities):
        for units in range(1, 1 << n):
            if more == communities - 1 and units != everything:
                continue
            first = units & -units
            rest = units ^ first
            part = rest
            while part:
                part = (part - 1) & rest
                alone = cost[first | part]
                if alone < best[more, units]:
                    others = best[more - 1, rest ^ part]
                    total = max(alone, others) if widest else alone + others
                    best[more, units] = min(best[more, units], total)
    return best


def _labels(best: Floats, cost: Floats) -> Ints:
    """Return the division that reaches the least sum, from the table of least sums."""
    return _labels_of(best, cost, best.shape[1] - 1)


def _labels_of(best: Floats, cost: Floats, left: int) -> Ints:
    """Return the division of a set that reaches its least sum; 0 for units outside it."""
    n = int(best.shape[1]).bit_length() - 1
    label = np.zeros(n, dtype=np.int64)
    for more in range(len(best) - 1, 0, -1):
        first = left & -left
        rest = part = left ^ first
        while part:
            part = (part - 1) & rest
            if cost[first | part] + best[more - 1, rest ^ part] == best[more, left]:
                break
        left = rest ^ part
        label[[unit for unit in range(n) if left >> unit & 1]] += 1
    return label
