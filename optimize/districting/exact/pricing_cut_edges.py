"""Connected, balanced communities with a short border, listed by branching on it; every node is bounded by a flow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.pricing_moment import FREE, IN, OUT, leaves_room

EPS = 1e-10


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _push(  # noqa: PLR0912 (one path after the other, compiled)
    start: int,
    forward: bool,
    state: Ints,
    supply: Floats,
    demand: Floats,
    room: Floats,
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
                left = room[e] if forward else room[back[e]]
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
            amount = min(amount, room[e] if forward else room[back[e]])
            here = indices[back[e]]
        here = end
        while here != start:
            e = via[here]
            if forward:
                room[e] -= amount
                room[back[e]] += amount
            else:
                room[back[e]] -= amount
                room[e] += amount
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
    room : ndarray, shape (adjacencies,)
        What is left on the adjacencies.
    """
    n = len(weight)
    state = np.zeros(n, dtype=np.int8)
    supply, demand = np.maximum(-weight, 0.0), np.maximum(weight, 0.0)
    room = np.full(len(indices), border)
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
        pushed, stamp = _push(
            i, True, state, supply, demand, room, back, indptr, indices, supply[i], mark, stamp, queue, via
        )
        supply[i] -= pushed
        floor += pushed
    for i in range(n):
        if state[i] == OUT:
            # What an excluded unit promised is lost.
            floor += supply[i]
            supply[i] = 0.0
    state[root] = IN
    pushed, stamp = _push(
        root, True, state, supply, demand, room, back, indptr, indices, np.inf, mark, stamp, queue, via
    )
    return floor + pushed, supply, demand, room


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grow_cuts(  # noqa: PLR0912, PLR0915 (one search tree, compiled)
    root: int,
    cost: Floats,
    border: float,
    floor: float,
    supply: Floats,
    demand: Floats,
    room: Floats,
    back: Ints,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    usable: Ints,
    indptr: Ints,
    indices: Ints,
    limit: float,
    cheapest: bool,
    most: int,
    nodes: int,
    halt: Ints,
) -> tuple[NDArray[np.int8], Floats, int]:
    """List the connected, balanced communities that contain a root and cost no more than a limit.

    Like `grow.grow`, with a border that costs: a decision on a unit makes the flow of `first_flow` grow, and the bound
    is the floor plus the flow that was added.

    Parameters
    ----------
    root, loads, lower, upper, usable, indptr, indices, limit, cheapest, most, nodes, halt
        As in `grow.grow`.
    cost : ndarray, shape (units,)
        Cost of every unit in the community, borders aside.
    border : float
        Cost of every adjacency between the community and the rest.
    floor, supply, demand, room
        As `first_flow` returns them, with the loads at their prices.
    back : ndarray of int, shape (adjacencies,)
        Position of the same adjacency seen from the other end.
    """
    n, m = loads.shape
    found = np.zeros((min(most, 64), n), dtype=np.int8)
    costs = np.zeros(min(most, 64))
    count = 0
    if floor > limit:
        return found[:0], costs[:0], nodes
    slack = np.zeros(m)
    for q in range(m):
        # Running sums are rounded; what is listed is weighed anew (`roots`).
        slack[q] = 1e-12 * max(
            abs(upper[q]) if upper[q] < np.inf else 0.0, abs(lower[q]) if lower[q] > -np.inf else 0.0
        )
    state = np.zeros(n, dtype=np.int8)
    touch = np.zeros(n, dtype=np.int64)
    inside, hope = np.zeros(m), np.zeros(m)
    supply, demand, room = supply.copy(), demand.copy(), room.copy()
    for i in range(n):
        if usable[i] == 1 or i == root:
            hope += loads[i]
        else:
            state[i] = OUT
    trail, length = np.zeros(n + 1, dtype=np.int64), 0
    unit_at, branch_at = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2, dtype=np.int64)
    trail_at, sums_at, cost_at = np.zeros(n + 2, dtype=np.int64), np.zeros((n + 2, 2, m)), np.zeros((n + 2, 2))
    supply_at, demand_at, room_at = np.zeros((n + 2, n)), np.zeros((n + 2, n)), np.zeros((n + 2, len(room)))
    queue, mark, via, stamp = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64), 0
    total, bound = cost[root], floor
    state[root] = IN
    inside += loads[root]
    for e in range(indptr[root], indptr[root + 1]):
        touch[indices[e]] += 1
        if state[indices[e]] == OUT:
            total += border
    depth, settle, recent = 0, True, -1
    while True:
        nodes -= 1
        if nodes < 0 or halt[0] != 0:
            return found[:count], costs[:count], -2 - nodes
        if recent >= 0 and bound <= limit:
            if state[recent] == IN:
                pushed, stamp = _push(
                    recent, True, state, supply, demand, room, back, indptr, indices,
                    limit - bound + 1.0, mark, stamp, queue, via,
                )  # fmt: skip
            else:
                pushed, stamp = _push(
                    recent, False, state, supply, demand, room, back, indptr, indices,
                    limit - bound + 1.0, mark, stamp, queue, via,
                )  # fmt: skip
            bound += pushed
        open_node = bound <= limit
        if open_node and settle:
            stamp += 1
            head, tail = 0, 1
            queue[0] = root
            mark[root] = stamp
            while head < tail:
                here = queue[head]
                head += 1
                for e in range(indptr[here], indptr[here + 1]):
                    other = indices[e]
                    if mark[other] != stamp and state[other] != OUT:
                        mark[other] = stamp
                        queue[tail] = other
                        tail += 1
            reached = stamp
            for i in range(n):
                if state[i] == FREE and mark[i] < reached:
                    state[i] = -1
            for i in range(n):
                if state[i] == -1:
                    state[i] = OUT
                    trail[length] = i
                    length += 1
                    hope -= loads[i]
                    if bound <= limit:
                        pushed, stamp = _push(
                            i, False, state, supply, demand, room, back, indptr, indices,
                            limit - bound + 1.0, mark, stamp, queue, via,
                        )  # fmt: skip
                        bound += pushed
            open_node = bound <= limit
        if open_node:
            for q in range(m):
                if inside[q] > upper[q] + slack[q] or hope[q] < lower[q] - slack[q]:
                    open_node = False
        if open_node:
            # The unit that most of the community already touches.
            chosen, weight = -1, 0
            for i in range(n):
                if state[i] == FREE and touch[i] > weight:
                    chosen, weight = i, touch[i]
            if chosen >= 0:
                depth += 1
                unit_at[depth], branch_at[depth], trail_at[depth] = chosen, 0, length
                sums_at[depth, 0], sums_at[depth, 1] = inside, hope
                cost_at[depth, 0], cost_at[depth, 1] = total, bound
                supply_at[depth], demand_at[depth], room_at[depth] = supply, demand, room
            elif total <= limit:
                stamp += 1
                fits = leaves_room(state, loads, lower, upper, indptr, indices, mark, stamp, queue)
                for q in range(m):
                    if inside[q] < lower[q] - slack[q]:
                        fits = False
                if fits:
                    if count == most:
                        return found[:count], costs[:count], -2 - nodes
                    if count == len(costs):
                        more = min(2 * count, most)
                        wider, longer = np.zeros((more, n), dtype=np.int8), np.zeros(more)
                        wider[:count], longer[:count] = found, costs
                        found, costs = wider, longer
                    for i in range(n):
                        found[count, i] = 1 if state[i] == IN else 0
                    costs[count] = total
                    count += 1
                    if cheapest:
                        limit = total - 1e-9
        while depth > 0:
            unit = unit_at[depth]
            if branch_at[depth] > 0:
                while length > trail_at[depth]:
                    length -= 1
                    state[trail[length]] = FREE
                inside[:], hope[:] = sums_at[depth, 0], sums_at[depth, 1]
                total, bound = cost_at[depth, 0], cost_at[depth, 1]
                supply[:], demand[:], room[:] = supply_at[depth], demand_at[depth], room_at[depth]
                if state[unit] == IN:
                    state[unit] = FREE
                    for e in range(indptr[unit], indptr[unit + 1]):
                        touch[indices[e]] -= 1
            if branch_at[depth] < 2:
                break
            depth -= 1
        if depth == 0:
            return found[:count], costs[:count], nodes
        unit = unit_at[depth]
        branch_at[depth] += 1
        recent = unit
        if branch_at[depth] == 1:
            state[unit], settle = IN, False
            inside += loads[unit]
            total += cost[unit]
            for e in range(indptr[unit], indptr[unit + 1]):
                touch[indices[e]] += 1
                if state[indices[e]] == OUT:
                    total += border
        else:
            state[unit], settle = OUT, True
            trail[length] = unit
            length += 1
            hope -= loads[unit]
            for e in range(indptr[unit], indptr[unit + 1]):
                if state[indices[e]] == IN:
                    total += border


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
            floor, supply, _demand, room = first_flow(root, weight, border, usable, indptr, indices, back)
            for p in range(m):
                if price[p] > 0:
                    floor -= price[p] * upper[p]
                elif price[p] < 0:
                    floor -= price[p] * lower[p]
            if floor > best:
                best = floor
                best_price[:] = price
            load = _load_of(root, supply, room, usable, loads[:, q].copy(), indptr, indices)
            if step == 0 and lower[q] <= load <= upper[q]:
                break
            if load > (upper[q] if price[q] > 0 or (price[q] == 0 and load > upper[q]) else lower[q]):
                low = price[q]
            else:
                high = price[q]
        price[:] = best_price
    return best, best_price


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _load_of(root: int, supply: Floats, room: Floats, usable: Ints, load: Floats, indptr: Ints, indices: Ints) -> float:
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
            if room[e] > EPS and seen[other] == 0 and (usable[other] == 1 or other == root):
                seen[other] = 1
                queue[tail] = other
                tail += 1
    return total
