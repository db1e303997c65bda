"""Every division of a tiny map: all communities that keep the wishes, and the cheapest choice of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.districting.audit.cover import cheapest_cover
from optimize.districting.audit.patience import Patience
from optimize.districting.audit.problem import DistrictingProblem, Floats, Ints
from optimize.districting.audit.sets import all_sets

MOST_UNITS = 22
"""Units up to which all connected sets are listed."""

MOST_SETS = 300_000
"""Communities after which the audit gives up."""

NODES, A_NODE, A_SET = 50_000_000, 2.5e-7, 2e-5
"""Decisions about one root after which the audit gives up; units of work of one, and of weighing a community."""

NEAR = 1e-9
"""Relative rounding of distances."""


def best_division(problem: DistrictingProblem, patience: Patience) -> float | None:
    """Return what the best plan of a tiny map is worth, under every wish; of radii only whether it is infinite.

    Returns
    -------
    float or None
        Infinite where there is no plan; None where there are too many communities to look at, or work did not suffice.
    """
    n = len(problem)
    if n > MOST_UNITS or len(problem.splits) + (problem.today is not None) > 1:  # the cover has one limit of this kind
        return None
    both = np.concatenate([problem.edges, problem.edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n))]).astype(np.int64)
    nothing, free = np.zeros(n, dtype=np.int64), np.zeros(len(both), dtype=np.int64)
    sets: list[Any] = []
    cost: list[float] = []
    for root in range(n):
        if patience.over:
            return None
        nodes = patience.times(A_NODE, NODES)
        usable = (np.arange(n) >= root).astype(np.int64)
        listed, _, left = all_sets(
            root, usable, nothing, 0, 0, nothing, nothing, free, problem.loads, problem.least, problem.most,
            indptr, both[:, 1].copy(), free, 0, nodes,
        )  # fmt: skip
        patience.spend(A_NODE * (nodes - max(left, 0)) + A_SET * len(listed))
        if left < 0 or len(sets) + len(listed) > MOST_SETS:
            return None
        for own in listed:
            worth = _worth(problem, np.flatnonzero(own).tolist())
            if worth < math.inf:
                sets.append(own)
                cost.append(worth)
    columns = np.array(sets, dtype=np.int8).reshape(-1, n)
    prices, moved = np.array(cost), None
    if problem.today is not None:
        columns, prices, moved = _named(problem, problem.today, columns, prices)
    elif problem.sizes is not None:
        columns, prices = _of_sizes(problem, columns, prices)
    for split, groups in problem.splits:
        touched = columns.astype(np.int64) @ _members(groups, n) > 0
        moved = touched.sum(axis=1).astype(np.float64), float(split + len(groups))
    scale = max(float(prices.max(initial=0.0)), 1e-300)  # a solver's tolerances are absolute
    best = cheapest_cover(columns, prices / scale, problem.communities, math.inf, patience, moved)
    return None if best is None else best * scale


def _members(groups: list[set[int]], units: int) -> Ints:
    """Return which units are in which group, shape (units, groups)."""
    return np.array([[int(unit in group) for group in groups] for unit in range(units)], dtype=np.int64)


def _named(
    problem: DistrictingProblem, today: Ints, sets: NDArray[np.int8], cost: Floats
) -> tuple[NDArray[np.int8], Floats, tuple[Floats, float]]:
    """Return communities once under every name of today, which is covered once like a unit, and what that moves."""
    names = np.unique(today)
    parts, costs, moves = [], [], []
    for n, name in enumerate(names.tolist()):
        moved = sets.astype(np.float64) @ (problem.weight * (today != name))
        keep = moved <= problem.may_move
        mark = np.zeros((int(keep.sum()), len(names)), dtype=np.int8)
        mark[:, n] = 1
        parts.append(np.hstack([sets[keep], mark]))
        costs.append(cost[keep])
        moves.append(moved[keep])
    return np.concatenate(parts), np.concatenate(costs), (np.concatenate(moves), problem.may_move)


def _of_sizes(problem: DistrictingProblem, sets: NDArray[np.int8], cost: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return communities once in every place of a size that they fit; the commonest size has no place to be covered."""
    *rare, common = problem.kinds()
    places = [(least, most) for least, most, times in rare for _ in range(times)]
    sums = sets.astype(np.float64) @ problem.loads
    parts, costs = [], []
    for place, (least, most) in enumerate([*places, common[:2]]):
        keep = ((sums >= least) & (sums <= most)).all(axis=1)
        mark = np.zeros((int(keep.sum()), len(places)), dtype=np.int8)
        mark[:, place : place + 1] = place < len(places)
        parts.append(np.hstack([sets[keep], mark]))
        costs.append(cost[keep])
    return np.concatenate(parts), np.concatenate(costs)


def _worth(problem: DistrictingProblem, units: list[int]) -> float:
    """Return what a community is worth (half of every edge that leaves it); infinite where it breaks a wish."""
    inside = set(units)
    sums = problem.loads[units].sum(axis=0)
    if np.any(sums < problem.least) or np.any(sums > problem.most) or len(inside & problem.fixed) > 1:
        return math.inf
    torn = any(0 < len(inside & set(group)) < len(group) for group in problem.together)
    if torn or any(a in inside and b in inside for a, b in problem.apart):
        return math.inf
    if problem.seats_in_reach:
        return _in_reach(problem, units)
    if math.isfinite(problem.radius) and not _within(problem, units):
        return math.inf
    if problem.objective != "cut-edges":
        return float(_costs(problem, units).min())
    return 0.5 * sum((a in inside) != (b in inside) for a, b in problem.edges.tolist())


def _costs(problem: DistrictingProblem, units: list[int]) -> np.ndarray:
    seats = [unit for unit in units if unit in problem.fixed] or units
    return np.asarray(problem.costs(units, seats).sum(axis=0))


def _in_reach(problem: DistrictingProblem, units: list[int]) -> float:
    """Return the least cost about a seat that has all units within the radius; infinite where there is none."""
    seats = [unit for unit in units if unit in problem.fixed] or units
    farthest = problem.away(units, seats).max(axis=0)
    return float(_costs(problem, units)[farthest <= problem.radius * (1 + NEAR)].min(initial=math.inf))


def _within(problem: DistrictingProblem, units: list[int]) -> bool:
    """Say whether all units lie within reach of a seat that is as good as the best, a rounding apart."""
    seats = [unit for unit in units if unit in problem.fixed] or units
    costs = _costs(problem, units) * (problem.objective != "radius")  # there any member may be the seat
    farthest = problem.away(units, seats).max(axis=0)
    return bool(np.any(farthest[costs <= float(costs.min()) * (1 + NEAR)] <= problem.radius * (1 + NEAR)))
