"""Connected, balanced communities around one unit, listed by branching on their border."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.pricing.left_over import FREE, IN, OUT, leaves_room


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grow(  # noqa: PLR0912, PLR0915 (one search tree, compiled)
    root: int,
    cost: Floats,
    reduced: Floats,
    floor: float,
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

    Every node of the tree holds units that are in, units that are out, and the rest; it branches on a free neighbour
    of what is in. Its bound is the floor plus what every decision so far costs against it: a unit in although its
    reduced cost is positive, a unit out although it is negative. Free units that cannot be reached any more are out.

    A node of the tree:

    1. put out what hangs together with the root no longer, where a unit has just gone out;
    2. leave the branch if its bound or its sums rule it out;
    3. else branch on the free neighbour that matters most, or list the community if none is left;
    4. undo the last branch, climb where both were taken, and take the next one.

    Parameters
    ----------
    root, loads, lower, upper, usable
        As in `load_prices.price_loads`.
    cost, reduced : ndarray, shape (units,)
        What a unit costs, and what it costs in the bound.
    floor : float
        Bound at the root.
    indptr, indices : ndarray
        Neighbours, as in `Instance`.
    limit : float
        Largest cost.
    cheapest : bool
        Lower the limit with every community found, which leads to the cheapest.
    most, nodes : int
        Communities and nodes after which the listing gives up.
    halt : ndarray of int, shape (1,)
        The listing gives up as soon as another thread writes anything but 0 here.

    Returns
    -------
    found : ndarray of int8, shape (communities, units)
    costs : ndarray, shape (communities,)
    left : int
        Nodes not used; negative where the listing gave up and is not complete.
    """
    n, m = loads.shape
    found = np.zeros((min(most, 64), n), dtype=np.int8)
    costs = np.zeros(min(most, 64))
    count = 0
    if floor > limit:
        return found[:0], costs[:0], nodes
    slack = np.zeros(m)
    for q in range(m):
        # Running sums are rounded; what is listed is weighed anew (`objectives`).
        slack[q] = 1e-12 * max(
            abs(upper[q]) if upper[q] < np.inf else 0.0, abs(lower[q]) if lower[q] > -np.inf else 0.0
        )
    state = np.zeros(n, dtype=np.int8)
    touch = np.zeros(n, dtype=np.int64)
    inside, reachable = np.zeros(m), np.zeros(m)  # sums of what is in, and of what is in or may still come
    for i in range(n):
        if usable[i] == 1 or i == root:
            reachable += loads[i]
        else:
            state[i] = OUT
    trail, length = np.zeros(n + 1, dtype=np.int64), 0
    # A level of the tree: the unit branched on, how many branches were taken, where its trail begins, sums and costs.
    unit_at, branch_at = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2, dtype=np.int64)
    trail_at, sums_at, cost_at = np.zeros(n + 2, dtype=np.int64), np.zeros((n + 2, 2, m)), np.zeros((n + 2, 2))
    queue, mark, stamp = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), 0
    total, bound = cost[root], floor
    state[root] = IN
    inside += loads[root]
    for e in range(indptr[root], indptr[root + 1]):
        touch[indices[e]] += 1
    depth, settle = 0, True
    while True:
        nodes -= 1
        if nodes < 0 or halt[0] != 0:
            return found[:count], costs[:count], -2 - nodes
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
            for i in range(n):
                if state[i] == FREE and mark[i] != stamp:
                    state[i] = OUT
                    trail[length] = i
                    length += 1
                    reachable -= loads[i]
                    bound += max(0.0, -reduced[i])
            open_node = bound <= limit
        if open_node:
            for q in range(m):
                if inside[q] > upper[q] + slack[q] or reachable[q] < lower[q] - slack[q]:
                    open_node = False
        if open_node:
            chosen, weight = -1, -1.0
            for i in range(n):
                if state[i] == FREE and touch[i] > 0 and abs(reduced[i]) > weight:
                    chosen, weight = i, abs(reduced[i])
            if chosen >= 0:
                depth += 1
                unit_at[depth], branch_at[depth], trail_at[depth] = chosen, 0, length
                sums_at[depth, 0], sums_at[depth, 1] = inside, reachable
                cost_at[depth, 0], cost_at[depth, 1] = total, bound
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
                        limit = total - 1e-12 * abs(total)
        # Undo the last branch of this level, climb where both were taken, and take the next.
        while depth > 0:
            unit = unit_at[depth]
            if branch_at[depth] > 0:
                while length > trail_at[depth]:
                    length -= 1
                    state[trail[length]] = FREE
                inside[:], reachable[:] = sums_at[depth, 0], sums_at[depth, 1]
                total, bound = cost_at[depth, 0], cost_at[depth, 1]
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
        if (reduced[unit] < 0) == (branch_at[depth] == 1):
            state[unit], settle = IN, False
            inside += loads[unit]
            total += cost[unit]
            bound += max(0.0, reduced[unit])
            for e in range(indptr[unit], indptr[unit + 1]):
                touch[indices[e]] += 1
        else:
            state[unit], settle = OUT, True
            trail[length] = unit
            length += 1
            reachable -= loads[unit]
            bound += max(0.0, -reduced[unit])
