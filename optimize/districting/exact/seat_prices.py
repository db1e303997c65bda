"""What is known of seats at a node of the tree, its bound at good prices, and what that strikes off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.fixed_seats import slope_of
from optimize.districting.exact.separators import Bytes, Ground, close_off

OUT, MAY, MUST = 0, 1, 2
"""What is known of a unit as a seat."""

FIRST_STEP, LEAST_STEP, SHORTER, PATIENCE = 1.0, 0.05, 0.5, 8
"""Length of the first step, as a share of Polyak's, and of the last; its factor after so many without progress."""

PROGRESS = 1e-3
"""Share of the gap to the limit that counts as progress."""


class Node(NamedTuple):
    """Where the tree stands; what compiled loops change.

    Attributes
    ----------
    allowed : ndarray of int8, shape (seats, units)
        1 where a unit may have a seat.
    known : ndarray of int8, shape (units,)
        `OUT`, `MAY` or `MUST` be a seat.
    assign : ndarray, shape (units,)
        What covering a unit is worth.
    price : ndarray, shape (attributes, seats)
        What a load costs (below 0: earns) at a seat.
    score : ndarray, shape (seats,)
        Least cost of a community about a seat.
    chosen : ndarray of int, shape (communities,)
        The seats of least score.
    """

    allowed: Bytes
    known: Bytes
    assign: Floats
    price: Floats
    score: Floats
    chosen: Ints


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill_dear(cost: Floats, loads: Floats, assign: Floats, price: Floats, j: int, dear: Floats) -> None:
    """Fill in what all units cost at a seat, less what they are worth."""
    for i in range(len(dear)):
        dear[i] = cost[j, i] - assign[i]
    for q in range(len(price)):
        for i in range(len(dear)):
            dear[i] += price[q, j] * loads[i, q]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def bound_of(ground: Ground, node: Node) -> float:
    """Fill in scores and the seats of least score; return the bound that they give, infinite where seats lack."""
    cost, loads, lower, upper = ground.cost, ground.loads, ground.lower, ground.upper
    n, m = loads.shape
    dear = np.empty(n)
    for j in range(n):
        node.score[j] = np.inf
        if node.known[j] == OUT:
            continue
        _fill_dear(cost, loads, node.assign, node.price, j, dear)
        total = dear[j]
        dear[j] = 0.0
        for q in range(m):
            price = node.price[q, j]
            total -= price * (upper[q] if price > 0 else lower[q])
        for i in range(n):
            total += min(0.0, dear[i]) if node.allowed[j, i] else 0.0
        node.score[j] = total
    _choose(node)
    if node.chosen[-1] < 0:
        return np.inf
    return float(node.assign.sum() + node.score[node.chosen].sum())


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _choose(node: Node) -> None:
    """Choose the seats that must be, then those of least score; -1 at the end where there are too few or too many."""
    free, place, k = node.known == MAY, 0, len(node.chosen)
    node.chosen[:] = -1
    for j in range(len(free)):
        if node.known[j] == MUST:
            if place == k:
                node.chosen[-1] = -1
                return
            node.chosen[place] = j
            place += 1
    while place < k:
        least = -1
        for j in range(len(free)):
            if free[j] and (least < 0 or node.score[j] < node.score[least]):
                least = j
        if least < 0:
            return
        free[least] = False
        node.chosen[place] = least
        place += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_units(ground: Ground, node: Node, limit: float, rounds: int) -> float:
    """Bound the moment as `lagrange` does, with what is known of seats and pairs; stop once above the limit.

    The node ends at the best multipliers.
    """
    n, m = ground.loads.shape
    best, step, stale = -np.inf, FIRST_STEP, 0
    assign, price = node.assign.copy(), node.price.copy()
    once, slope, unit = np.empty(n), np.empty((m, len(node.chosen))), np.empty(m)
    for q in range(m):
        unit[q] = max(ground.loads[:, q].mean(), 1e-12)
    for _ in range(rounds):
        bound = bound_of(ground, node)
        stale = 0 if bound > best + PROGRESS * max(limit - best, 0.0) else stale + 1
        if bound > best:
            best, assign[:], price[:] = bound, node.assign, node.price
        if best > limit:
            break
        if stale >= PATIENCE:
            step, stale = step * SHORTER, 0
            if step < LEAST_STEP:
                break
        norm = _slopes(ground, node, unit, once, slope)
        length = step * max(limit - bound, 1e-9 * abs(limit)) / norm
        node.assign[:] += length * once
        for c in range(len(node.chosen)):
            for q in range(m):
                node.price[q, node.chosen[c]] += length * slope[q, c] / unit[q]
    node.assign[:], node.price[:] = assign, price
    return best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _slopes(ground: Ground, node: Node, unit: Floats, once: Floats, slope: Floats) -> float:
    """Fill in a subgradient, loads in their units; return its squared length."""
    cost, loads, lower, upper = ground.cost, ground.loads, ground.lower, ground.upper
    n, m = loads.shape
    once[:], slope[:] = 1.0, 0.0
    dear = np.empty(n)
    for c in range(len(node.chosen)):
        j = node.chosen[c]
        _fill_dear(cost, loads, node.assign, node.price, j, dear)
        for i in range(n):
            if i == j or (node.allowed[j, i] and dear[i] < 0):
                once[i] -= 1.0
                for q in range(m):
                    slope[q, c] += loads[i, q]
        for q in range(m):
            slope[q, c] = slope_of(node.price[q, j], slope[q, c], lower[q], upper[q]) / unit[q]
    return float((once**2).sum() + (slope**2).sum() + 1e-300)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def strike_seats(ground: Ground, node: Node, bound: float, limit: float) -> bool:
    """Strike off seats and pairs that no plan within the limit uses; False where too few are left."""
    cost, loads, n = ground.cost, ground.loads, len(node.known)
    taken, dear = np.zeros(n, np.bool_), np.empty(n)
    for j in node.chosen:
        taken[j] = True
    last, after = -np.inf, np.inf  # the scores of the worst free seat chosen, and of the best one not chosen
    for j in range(n):
        if node.known[j] == MAY:
            if taken[j]:
                last = max(last, node.score[j])
            else:
                after = min(after, node.score[j])
    for j in range(n):
        if node.known[j] == MAY:
            if not taken[j] and bound + node.score[j] - last > limit:
                node.known[j] = OUT
            elif taken[j] and bound + after - node.score[j] > limit:
                node.known[j] = MUST
    for j in range(n):
        extra = 0.0 if taken[j] else max(node.score[j] - last, 0.0)
        _fill_dear(cost, loads, node.assign, node.price, j, dear)
        for i in range(n):
            lifted = bound + extra + max(dear[i], 0.0) > limit
            if i != j and (node.known[j] == OUT or node.known[i] == MUST or lifted):
                node.allowed[j, i] = 0
    left = _strike_unreached(ground, node)
    return bool(left)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _strike_unreached(ground: Ground, node: Node) -> bool:
    """Strike off what contiguity and loads rule out about every seat; False where a seat or a unit has no way left."""
    n = len(node.known)
    choices, own = np.zeros(n, np.int64), np.empty(n, np.bool_)
    for j in range(n):
        if node.known[j] == OUT:
            node.allowed[j] = 0
        choices += node.allowed[j]
    if choices.min() == 0:
        return False
    for j in range(n):
        for i in range(n):
            if node.allowed[j, i] and choices[i] == 1:
                node.known[j] = MUST  # it is all that a unit has left
    for j in range(n):
        if node.known[j] == OUT:
            continue
        for i in range(n):
            own[i] = node.allowed[j, i] and node.known[j] == MUST and choices[i] == 1
        if not close_off(ground, j, node.allowed[j], own):
            if node.known[j] == MUST:
                return False
            node.known[j], node.allowed[j] = OUT, 0
    return True
