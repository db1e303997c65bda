"""The best plan about fixed seats, by branch and bound: loads are priced, what contiguity rules out is struck off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.separators import Bytes, Ground, astray, close_off, make_own, own_more

FIRST_STEP, LEAST_STEP, SHORTER, PATIENCE = 1.2, 1e-2, 0.6, 6
"""Length of the first step, as a share of Polyak's, and of the last; its factor after so many without progress."""

ROUNDS, FIRST_ROUNDS = 40, 200
"""Subgradient steps at a node of the tree, and at its root."""

REPEATS = 3
"""Times that a node is priced anew after something was struck off."""

ASTRAY = 4.0
"""How much more a unit that its seat can't reach is worth branching on."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def slope_of(price: float, total: float, lower: float, upper: float) -> float:
    """Return a subgradient of the bound along the price of a load, of which a seat has so much in total."""
    over, under = total - upper, total - lower
    if price == 0:
        return max(over, 0.0) + min(under, 0.0)
    return over if price > 0 else under


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_fixed(  # noqa: PLR0912 (one loop, compiled)
    ground: Ground, cost: Floats, allowed: Bytes, limit: float, rounds: int, price: Floats
) -> float:
    """Bound the moment about fixed seats by pricing the loads; stop once the bound is above the limit.

    With prices u_qk of attribute q at seat k (negative: a reward), every unit takes the seat of least
    c_ik + sum_q u_qk p_iq, and the bound is the sum of these less sum_qk max(u_qk U_q, u_qk L_q).

    Parameters
    ----------
    cost : ndarray, shape (units, seats)
    allowed : ndarray of int8, shape (units, seats)
        1 where a unit may have a seat; every unit has one.
    limit : float
    rounds : int
    price : ndarray, shape (attributes, seats)
        Where to begin; the best prices found on return.
    """
    loads, lower, upper = ground.loads, ground.lower, ground.upper
    n, k = cost.shape
    m = loads.shape[1]
    best, step, stale = -np.inf, FIRST_STEP, 0
    now, sums = price.copy(), np.empty((m, k))
    for _ in range(rounds):
        bound = 0.0
        for q in range(m):
            for s in range(k):
                sums[q, s] = 0.0
                bound -= now[q, s] * (upper[q] if now[q, s] > 0 else lower[q])
        for i in range(n):
            least, place = np.inf, 0
            for s in range(k):
                if allowed[i, s]:
                    dear = cost[i, s]
                    for q in range(m):
                        dear += now[q, s] * loads[i, q]
                    if dear < least:
                        least, place = dear, s
            bound += least
            for q in range(m):
                sums[q, place] += loads[i, q]
        if bound > best + 1e-6 * max(limit - best, 0.0):
            stale = 0
        else:
            stale += 1
        if bound > best:
            best = bound
            price[:] = now
        if best > limit:
            break
        if stale >= PATIENCE:
            step, stale = step * SHORTER, 0
            now[:] = price
            if step < LEAST_STEP:
                break
            continue
        norm = 0.0
        for q in range(m):
            for s in range(k):
                sums[q, s] = slope_of(now[q, s], sums[q, s], lower[q], upper[q])
                norm += sums[q, s] ** 2
        if norm == 0.0:
            break
        length = step * max(limit - bound, 1e-9 * abs(limit)) / norm
        for q in range(m):
            for s in range(k):
                now[q, s] += length * sums[q, s]
    return best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def strike(
    cost: Floats, loads: Floats, allowed: Bytes, price: Floats, bound: float, limit: float, least: Floats
) -> bool:
    """Strike off what would lift the bound above the limit; say whether anything was struck off.

    ``least`` (shape units) then holds how much dearer a unit's second best seat is than its best one.
    """
    n, k = cost.shape
    m = loads.shape[1]
    struck = False
    dear = np.empty(k)
    for i in range(n):
        low, place = np.inf, 0
        for s in range(k):
            dear[s] = np.inf
            if allowed[i, s]:
                dear[s] = cost[i, s]
                for q in range(m):
                    dear[s] += price[q, s] * loads[i, q]
            if dear[s] < low:
                low, place = dear[s], s
        least[i] = np.inf
        for s in range(k):
            if s != place and allowed[i, s]:
                if bound + dear[s] - low > limit:
                    allowed[i, s] = 0
                    struck = True
                else:
                    least[i] = min(least[i], dear[s] - low)
    return struck


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def propagate(ground: Ground, seats: Ints, allowed: Bytes) -> bool:
    """Strike off what loads and contiguity rule out, until nothing more is; False where no plan is left.

    What a seat's own units (those with no other choice) can't do without, and what its least load needs, becomes its
    own, too.

    Parameters
    ----------
    ground : Ground
    seats : ndarray of int, shape (seats,)
    allowed : ndarray of int8, shape (units, seats)
        1 where a unit may have a seat; changed.
    """
    n, k = allowed.shape
    choices, own, open_ = np.zeros(n, np.int64), np.empty(n, np.bool_), np.empty(n, np.int8)
    changed = True
    while changed:
        changed = False
        for i in range(n):
            choices[i] = 0
            for s in range(k):
                choices[i] += allowed[i, s]
            if choices[i] == 0:
                return False
        for s in range(k):
            if not allowed[seats[s], s]:
                return False
            for i in range(n):
                open_[i] = allowed[i, s]
                own[i] = allowed[i, s] and choices[i] == 1
            if not close_off(ground, seats[s], open_, own):
                return False
            for i in range(n):
                if allowed[i, s] and not open_[i]:
                    allowed[i, s] = 0
                    choices[i] -= 1
                    changed = True
                    if choices[i] == 0:
                        return False
            needed = _own_by_load(ground, s, allowed, choices)
            crossed = own_more(seats[s], s, allowed, choices, ground.indptr, ground.indices)
            changed = changed or needed or crossed
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _own_by_load(ground: Ground, place: int, allowed: Bytes, choices: Ints) -> bool:
    """Make own what a seat needs for its least loads; say whether there was any."""
    n = len(allowed)
    more = False
    for q in range(ground.loads.shape[1]):
        total = 0.0
        for i in range(n):
            if allowed[i, place]:
                total += ground.loads[i, q]
        for i in range(n):
            if allowed[i, place] and choices[i] > 1 and total - ground.loads[i, q] < ground.lower[q]:
                make_own(i, place, allowed, choices)
                more = True
    return more


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def settle(
    ground: Ground, cost: Floats, seats: Ints, allowed: Bytes, limit: float, rounds: int, price: Floats, regret: Floats
) -> float:
    """Price a node, and strike off what that and contiguity rule out; return its bound, infinite where nothing is left.

    ``regret`` (shape units) then holds how much dearer a unit's second best seat is than its best one.
    """
    bound = -np.inf
    for _ in range(REPEATS):
        if not propagate(ground, seats, allowed):
            return np.inf
        bound = price_fixed(ground, cost, allowed, limit, rounds, price)
        if bound > limit:
            return np.inf
        if not strike(cost, ground.loads, allowed, price, bound, limit, regret):
            return float(bound)
    return float(bound) if propagate(ground, seats, allowed) else np.inf


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def best_about(
    ground: Ground, seats: Ints, possible: Bytes, limit: float, nodes: int, halt: Ints
) -> tuple[Ints, float, int]:
    """Return the best plan about fixed seats that costs at most a limit: seats by number, moment, nodes left.

    Without a plan the moment is infinite; nodes left are below 0 where the search gave up.

    Parameters
    ----------
    ground : Ground
    seats : ndarray of int, shape (seats,)
    possible : ndarray of int8, shape (units, seats)
        1 where a unit may have a seat.
    limit : float
    nodes : int
    halt : ndarray of int, shape (1,)
        The search gives up as soon as this is not 0.
    """
    n, k = possible.shape
    m = ground.loads.shape[1]
    cost = np.empty((n, k))
    for s in range(k):
        cost[:, s] = ground.cost[seats[s]]
    tree, prices = np.zeros((n + 2, n, k), np.int8), np.zeros((n + 2, m, k))
    unit, turn, order = np.full(n + 2, -1), np.zeros(n + 2, np.int64), np.zeros((n + 2, k), np.int64)
    best, value, regret, taken = np.zeros(n, np.int64), np.inf, np.empty(n), np.empty(n, np.int64)
    tree[0] = possible
    depth, fresh = 0, True
    while depth >= 0:
        if fresh:
            fresh = False
            nodes -= 1
            if nodes < 0 or halt[0]:
                return best, value, -2 - nodes
            unit[depth] = -1
            rounds = FIRST_ROUNDS if depth == 0 else ROUNDS
            bound = settle(ground, cost, seats, tree[depth], limit, rounds, prices[depth], regret)
            if bound <= limit:
                total = _cheapest(ground, cost, tree[depth], prices[depth], taken)
                lost = astray(seats, taken, ground.indptr, ground.indices)
                if total <= limit and not lost.any():
                    best[:], value, limit = taken, total, total * (1 - 1e-9)
                if bound <= limit:
                    unit[depth] = _doubtful(ground, tree[depth], limit - bound, regret, lost)
                    turn[depth] = 0
                    if unit[depth] >= 0:
                        order[depth] = np.argsort(cost[unit[depth]] + ground.loads[unit[depth]] @ prices[depth])
        while unit[depth] >= 0 and turn[depth] < k and not tree[depth, unit[depth], order[depth, turn[depth]]]:
            turn[depth] += 1
        if unit[depth] < 0 or turn[depth] == k:
            depth -= 1
            continue
        tree[depth + 1], prices[depth + 1] = tree[depth], prices[depth]
        tree[depth + 1, unit[depth]] = 0
        tree[depth + 1, unit[depth], order[depth, turn[depth]]] = 1
        turn[depth] += 1
        depth, fresh = depth + 1, True
    return best, value, nodes


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _cheapest(ground: Ground, cost: Floats, allowed: Bytes, price: Floats, taken: Ints) -> float:
    """Give every unit the seat that costs least at the prices; return the moment, infinite where loads don't fit."""
    n, k = cost.shape
    m = ground.loads.shape[1]
    sums, total = np.zeros((m, k)), 0.0
    for i in range(n):
        least = np.inf
        for s in range(k):
            if allowed[i, s]:
                dear = cost[i, s]
                for q in range(m):
                    dear += price[q, s] * ground.loads[i, q]
                if dear < least:
                    least, taken[i] = dear, s
        total += cost[i, taken[i]]
        for q in range(m):
            sums[q, taken[i]] += ground.loads[i, q]
    for q in range(m):
        for s in range(k):
            if not ground.lower[q] <= sums[q, s] <= ground.upper[q]:
                return np.inf
    return total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _doubtful(ground: Ground, allowed: Bytes, gap: float, regret: Floats, lost: NDArray[np.bool_]) -> int:
    """Return the unit to branch on: heavy, with a second seat hardly dearer than the first, or out of its seat's reach.

    -1 where every unit has one choice.
    """
    choice, most = -1, -1.0
    for i in range(len(regret)):
        if allowed[i].sum() > 1:
            share = (ground.loads[i] / ground.upper).max()
            worth = share * max(gap - regret[i], 0.0) * (ASTRAY if lost[i] else 1.0)
            if worth > most:
                choice, most = i, worth
    return choice
