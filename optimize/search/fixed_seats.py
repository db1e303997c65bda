"""The best plan about fixed seats, by branch and bound: loads are priced, what contiguity rules out is struck off."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimize.instance import Floats, Ints

Bytes = NDArray[np.int8]

FIRST_STEP, LEAST_STEP, SHORTER, PATIENCE = 1.2, 1e-2, 0.6, 6
"""Length of the first step, as a share of Polyak's, and of the last; its factor after so many without progress."""

ROUNDS, FIRST_ROUNDS = 40, 200
"""Subgradient steps at a node of the tree, and at its root."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_fixed(  # noqa: PLR0912 (one loop, compiled)
    cost: Floats,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    allowed: Bytes,
    limit: float,
    rounds: int,
    price: Floats,
) -> float:
    """Bound the moment about fixed seats by pricing the loads; stop once the bound is above the limit.

    With prices u_qk of attribute q at seat k (negative: a reward), every unit takes the seat of least
    c_ik + sum_q u_qk p_iq, and the bound is the sum of these less sum_qk max(u_qk U_q, u_qk L_q).

    Parameters
    ----------
    cost : ndarray, shape (units, seats)
    loads, lower, upper : ndarray
        As in `Instance`, bounds finite.
    allowed : ndarray of int8, shape (units, seats)
        1 where a unit may have a seat; every unit has one.
    limit : float
    rounds : int
    price : ndarray, shape (attributes, seats)
        Where to begin; the best prices found on return.
    """
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
                over, under = sums[q, s] - upper[q], sums[q, s] - lower[q]
                if now[q, s] > 0:
                    slope = over
                elif now[q, s] < 0:
                    slope = under
                else:
                    slope = max(over, 0.0) + min(under, 0.0)
                sums[q, s] = slope
                norm += slope**2
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
def lightest_ways(start: Floats, weight: Floats, open_: Bytes, indptr: Ints, indices: Ints, most: float) -> Floats:
    """Return the lightest way to every unit through open units (its own weight included), infinite beyond ``most``.

    ``start`` holds what a way that begins at a unit weighs so far, that unit included.
    """
    n = len(start)
    far, tentative = np.full(n, np.inf), start.copy()
    border, count = np.empty(n, np.int64), 0
    listed = np.zeros(n, np.bool_)
    for i in range(n):
        if open_[i] and tentative[i] <= most:
            border[count] = i
            count += 1
            listed[i] = True
    while count:
        at = 0
        for b in range(1, count):
            if tentative[border[b]] < tentative[border[at]]:
                at = b
        here = border[at]
        count -= 1
        border[at] = border[count]
        far[here] = tentative[here]
        for e in range(indptr[here], indptr[here + 1]):
            other = indices[e]
            way = far[here] + weight[other]
            if open_[other] and way <= most and way < tentative[other]:
                tentative[other] = way
                if not listed[other]:
                    listed[other] = True
                    border[count] = other
                    count += 1
    return far


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def close_off(
    seat: int, open_: Bytes, own: NDArray[np.bool_], loads: Floats, upper: Floats, indptr: Ints, indices: Ints
) -> bool:
    """Close to a seat the units that no community around it can hold; False where its own units are among them.

    Its own units (those that no other seat can have) weigh nothing more: every other unit must be reached from the
    seat, and from the own unit farthest off, by ways that still fit.
    """
    n, m = loads.shape
    weight, start = np.empty(n), np.empty(n)
    for q in range(m):
        room = upper[q]
        for i in range(n):
            mine = open_[i] and (own[i] or i == seat)
            weight[i] = 0.0 if mine else loads[i, q]
            start[i] = np.inf
            if mine:
                room -= loads[i, q]
        if room < 0.0:
            return False
        start[seat] = 0.0
        far = lightest_ways(start, weight, open_, indptr, indices, room)
        last = seat
        for i in range(n):
            if open_[i] and own[i] and far[i] > far[last]:
                last = i
        if far[last] == np.inf:
            return False
        if far[last] > 0.0:  # three ends: the seat, the own unit farthest off, and any other
            start[:] = np.inf
            start[last] = 0.0
            back = lightest_ways(start, weight, open_, indptr, indices, room)
            far = lightest_ways(far + back - weight, weight, open_, indptr, indices, room)
        for i in range(n):
            if open_[i] and far[i] == np.inf:
                if own[i]:
                    return False
                open_[i] = 0
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def propagate(  # noqa: PLR0912 (one loop, compiled)
    seats: Ints,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    allowed: Bytes,
    indptr: Ints,
    indices: Ints,
) -> bool:
    """Strike off what loads and contiguity rule out; False where nothing is left.

    What a seat's own units can't do without, and what its least load needs, becomes its own, too.
    """
    n, k = allowed.shape
    m = loads.shape[1]
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
            if not close_off(seats[s], open_, own, loads, upper, indptr, indices):
                return False
            for q in range(m):
                total = 0.0
                for i in range(n):
                    if open_[i]:
                        total += loads[i, q]
                if total < lower[q]:
                    return False
                for i in range(n):
                    if open_[i] and choices[i] > 1 and total - loads[i, q] < lower[q]:
                        for t in range(k):
                            if t != s:
                                allowed[i, t] = 0
                        choices[i] = 1
                        changed = True
            for i in range(n):
                if allowed[i, s] and not open_[i]:
                    allowed[i, s] = 0
                    choices[i] -= 1
                    changed = True
                    if choices[i] == 0:
                        return False
            if own_more(seats[s], s, allowed, choices, indptr, indices):
                changed = True
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def own_more(root: int, place: int, allowed: Bytes, choices: Ints, indptr: Ints, indices: Ints) -> bool:
    """Make own what every way from the seat to one of its own units crosses (articulations, by depth-first search)."""
    n, k = allowed.shape
    order, low, parent = np.zeros(n, np.int64), np.zeros(n, np.int64), np.full(n, -1)
    edge, stack = indptr[:-1].copy(), np.empty(n, np.int64)
    own = np.zeros(n, np.int64)  # own units below, in the tree of the search
    clock, depth = 1, 1
    stack[0] = root
    order[root] = low[root] = 1
    more = False
    while depth:
        here = stack[depth - 1]
        if edge[here] < indptr[here + 1]:
            other = indices[edge[here]]
            edge[here] += 1
            if not allowed[other, place]:
                continue
            if order[other] == 0:
                clock += 1
                order[other] = low[other] = clock
                parent[other] = here
                stack[depth] = other
                depth += 1
            elif other != parent[here]:
                low[here] = min(low[here], order[other])
            continue
        depth -= 1
        if choices[here] == 1:
            own[here] += 1
        up = parent[here]
        if up < 0:
            continue
        low[up] = min(low[up], low[here])
        own[up] += own[here]
        if up != root and low[here] >= order[up] and own[here] > 0 and choices[up] > 1:
            for t in range(k):
                if t != place:
                    allowed[up, t] = 0
            choices[up] = 1
            more = True
    return more


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def astray(seats: Ints, taken: Ints, indptr: Ints, indices: Ints) -> NDArray[np.bool_]:
    """Return the units that their seat can't reach through units of the same seat."""
    lost = np.ones(len(taken), np.bool_)
    queue = np.empty(len(taken), np.int64)
    for s in range(len(seats)):
        queue[0] = seats[s]
        lost[seats[s]] = False
        head, tail = 0, 1
        while head < tail:
            here = queue[head]
            head += 1
            for e in range(indptr[here], indptr[here + 1]):
                other = indices[e]
                if lost[other] and taken[other] == s:
                    lost[other] = False
                    queue[tail] = other
                    tail += 1
    return lost


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def best_about(  # noqa: PLR0912 (one search, compiled)
    seats: Ints,
    cost: Floats,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    possible: Bytes,
    indptr: Ints,
    indices: Ints,
    limit: float,
    nodes: int,
    halt: Ints,
) -> tuple[Ints, float, int]:
    """Return the best plan about fixed seats whose moment is at most a limit: the seats' numbers, the moment, nodes left.

    No plan: the moment is infinite. Nodes left are below 0 where the search gave up.
    """
    n, k = cost.shape
    m = loads.shape[1]
    tree = np.zeros((n + 2, n, k), np.int8)
    prices = np.zeros((n + 2, m, k))
    order = np.zeros((n + 2, k), np.int64)
    unit, turn = np.full(n + 2, -1), np.zeros(n + 2, np.int64)
    best, value = np.zeros(n, np.int64), np.inf
    regret, taken = np.empty(n), np.empty(n, np.int64)
    weight = np.empty(n)
    for i in range(n):
        weight[i] = 0.0
        for q in range(m):
            weight[i] = max(weight[i], loads[i, q] / max(upper[q], 1e-300))
    tree[0] = possible
    depth, fresh = 0, True
    while depth >= 0:
        if fresh:
            nodes -= 1
            if nodes < 0 or halt[0]:
                return best, value, -1
            allowed, price = tree[depth], prices[depth]
            alive, bound = True, -np.inf
            for again in range(3):
                alive = propagate(seats, loads, lower, upper, allowed, indptr, indices)
                if not alive:
                    break
                rounds = FIRST_ROUNDS if depth == 0 else ROUNDS
                bound = price_fixed(cost, loads, lower, upper, allowed, limit, rounds, price)
                alive = bound <= limit
                if not alive or not strike(cost, loads, allowed, price, bound, limit, regret):
                    break
            unit[depth] = -1
            if alive:
                alive = propagate(seats, loads, lower, upper, allowed, indptr, indices)
            if alive:
                total = 0.0
                good = True
                sums = np.zeros((m, k))
                for i in range(n):
                    least = np.inf
                    for s in range(k):
                        if allowed[i, s]:
                            dear = cost[i, s]
                            for q in range(m):
                                dear += price[q, s] * loads[i, q]
                            if dear < least:
                                least, taken[i] = dear, s
                    total += cost[i, taken[i]]
                    for q in range(m):
                        sums[q, taken[i]] += loads[i, q]
                for q in range(m):
                    for s in range(k):
                        good = good and lower[q] <= sums[q, s] <= upper[q]
                lost = astray(seats, taken, indptr, indices)
                if good and total <= limit and not lost.any():
                    best[:] = taken
                    value = total
                    limit = total * (1 - 1e-9)
                choice, most = -1, -1.0
                for i in range(n):
                    count = 0
                    for s in range(k):
                        count += allowed[i, s]
                    if count > 1:
                        worth = weight[i] * max(limit - bound - regret[i], 0.0)
                        if lost[i]:
                            worth = worth * 4
                        if worth > most:
                            choice, most = i, worth
                if choice >= 0 and bound <= limit:
                    unit[depth], turn[depth] = choice, 0
                    dears = np.full(k, np.inf)
                    for s in range(k):
                        if allowed[choice, s]:
                            dears[s] = cost[choice, s]
                            for q in range(m):
                                dears[s] += price[q, s] * loads[choice, q]
                    order[depth] = np.argsort(dears)
            fresh = False
        if unit[depth] < 0 or turn[depth] >= k or not tree[depth, unit[depth], order[depth, turn[depth]]]:
            depth -= 1
            continue
        s = order[depth, turn[depth]]
        turn[depth] += 1
        tree[depth + 1] = tree[depth]
        tree[depth + 1, unit[depth]] = 0
        tree[depth + 1, unit[depth], s] = 1
        prices[depth + 1] = prices[depth]
        depth += 1
        fresh = True
    return best, value, nodes
