"""The least of weights inside and border around any set with a root, by a flow: the bound of cut edges."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.pricing.left_over import FREE, IN, OUT

EPS = 1e-10


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def push(  # noqa: PLR0912 (one path after the other, compiled)
    start: int,
    forward: bool,
    state: Ints,
    supply: Floats,
    demand: Floats,
    capacity: Floats,
    back: Ints,
    indptr: Ints,
    indices: Ints,
    most: float,
    mark: Ints,
    stamp: int,
    queue: Ints,
    via: Ints,
) -> tuple[float, int]:
    """Push flow out of a unit that has come in (forward), or into a unit that has gone out, up to an amount.

    A unit that is in feeds as much as is asked, one that is out swallows as much; a free unit feeds what is left of
    its supply and swallows what is left of its demand. Returns what was pushed, and the last stamp used.
    """
    pushed = 0.0
    while pushed < most:
        stamp += 1
        mark[start] = stamp
        queue[0] = start
        head, tail, end = 0, 1, -1
        while head < tail and end < 0:
            here = queue[head]
            head += 1
            if forward:
                if state[here] == OUT or ((here == start or state[here] == FREE) and demand[here] > EPS):
                    end = here
                    break
            elif state[here] == IN or ((here == start or state[here] == FREE) and supply[here] > EPS):
                end = here
                break
            for e in range(indptr[here], indptr[here + 1]):
                other = indices[e]
                left = capacity[e] if forward else capacity[back[e]]
                if left > EPS and mark[other] != stamp:
                    mark[other] = stamp
                    via[other] = e
                    queue[tail] = other
                    tail += 1
        if end < 0:
            return pushed, stamp
        amount = most - pushed
        if forward and state[end] != OUT:
            amount = min(amount, demand[end])
        if not forward and state[end] != IN:
            amount = min(amount, supply[end])
        here = end
        while here != start:
            e = via[here]
            amount = min(amount, capacity[e] if forward else capacity[back[e]])
            here = indices[back[e]]
        here = end
        while here != start:
            e = via[here]
            if forward:
                capacity[e] -= amount
                capacity[back[e]] += amount
            else:
                capacity[back[e]] -= amount
                capacity[e] += amount
            here = indices[back[e]]
        if forward and state[end] != OUT:
            demand[end] -= amount
        if not forward and state[end] != IN:
            supply[end] -= amount
        pushed += amount
    return pushed, stamp


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def first_flow(
    root: int, weight: Floats, border: float, usable: Ints, indptr: Ints, indices: Ints, back: Ints
) -> tuple[float, Floats, Floats, Floats]:
    """Return the least of weights inside and border around any set with the root, and the flow that proves it.

    By duality of cuts and flows: units of negative weight are fed what they promise, units of positive weight swallow
    what they cost, and every adjacency carries up to its border either way.

    Returns
    -------
    floor : float
    supply, demand : ndarray, shape (units,)
        What is left at the units.
    capacity : ndarray, shape (adjacencies,)
        What is left on the adjacencies.
    """
    n = len(weight)
    state = np.zeros(n, dtype=np.int8)
    supply, demand = np.maximum(-weight, 0.0), np.maximum(weight, 0.0)
    capacity = np.full(len(indices), border)
    mark, queue, via = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    floor, stamp = 0.0, 0
    for i in range(n):
        floor += min(0.0, weight[i])
        if usable[i] == 0 and i != root:
            state[i] = OUT
    floor += 0.0
    for i in range(n):
        if i == root or supply[i] <= EPS or state[i] == OUT:
            continue
        pushed, stamp = push(
            i, True, state, supply, demand, capacity, back, indptr, indices, supply[i], mark, stamp, queue, via
        )
        supply[i] -= pushed
        floor += pushed
    for i in range(n):
        if state[i] == OUT:
            # What an excluded unit promised is lost.
            floor += supply[i]
            supply[i] = 0.0
    state[root] = IN
    pushed, stamp = push(
        root, True, state, supply, demand, capacity, back, indptr, indices, np.inf, mark, stamp, queue, via
    )
    return floor + pushed, supply, demand, capacity


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_cuts(
    root: int,
    cost: Floats,
    border: float,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    usable: Ints,
    indptr: Ints,
    indices: Ints,
    back: Ints,
    steps: int,
) -> tuple[float, Floats]:
    """Return the floor of a root's communities with the loads at good prices, and these prices.

    The floor is concave in every price; the load of the cheapest set says which way it rises.
    """
    n, m = loads.shape
    price, best_price, best = np.zeros(m), np.zeros(m), -np.inf
    for q in range(m):
        scale = 0.0
        for i in range(n):
            if loads[i, q] > 0:
                scale = max(scale, abs(cost[i]) / loads[i, q])
        low, high = -scale, scale
        for step in range(steps):
            price[q] = 0.0 if step == 0 else 0.5 * (low + high)
            weight = cost + loads @ price
            floor, supply, _demand, capacity = first_flow(root, weight, border, usable, indptr, indices, back)
            for p in range(m):
                if price[p] > 0:
                    floor -= price[p] * upper[p]
                elif price[p] < 0:
                    floor -= price[p] * lower[p]
            if floor > best:
                best = floor
                best_price[:] = price
            load = _load_of(root, supply, capacity, usable, loads[:, q].copy(), indptr, indices)
            if step == 0 and lower[q] <= load <= upper[q]:
                break
            if load > (upper[q] if price[q] > 0 or (price[q] == 0 and load > upper[q]) else lower[q]):
                low = price[q]
            else:
                high = price[q]
        price[:] = best_price
    return best, best_price


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _load_of(
    root: int, supply: Floats, capacity: Floats, usable: Ints, load: Floats, indptr: Ints, indices: Ints
) -> float:
    """Return the load of the smallest cheapest set: what the flow's sources still reach."""
    n = len(supply)
    seen, queue = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    head, tail = 0, 0
    for i in range(n):
        if i == root or (usable[i] == 1 and supply[i] > EPS):
            seen[i] = 1
            queue[tail] = i
            tail += 1
    total = 0.0
    while head < tail:
        here = queue[head]
        head += 1
        total += load[here]
        for e in range(indptr[here], indptr[here + 1]):
            other = indices[e]
            if capacity[e] > EPS and seen[other] == 0 and (usable[other] == 1 or other == root):
                seen[other] = 1
                queue[tail] = other
                tail += 1
    return total
