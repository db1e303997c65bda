"""Connected, balanced communities with a short border, listed by branching on it; every node is bounded by a flow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.pricing.border_flow import push
from optimize.districting.exact.pricing.left_over import FREE, IN, OUT, leaves_room


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grow_cuts(  # noqa: PLR0912, PLR0915 (one search tree, compiled)
    root: int,
    cost: Floats,
    border: float,
    floor: float,
    supply: Floats,
    demand: Floats,
    capacity: Floats,
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

    Like `moment.grow`, with a border that costs: a decision on a unit makes the flow of `first_flow` grow, and the
    bound is the floor plus the flow that was added.

    A node of the tree:

    1. push the flow that the last decision allows, which raises the bound;
    2. put out what hangs together with the root no longer, and push again for each;
    3. leave the branch if its bound or its sums rule it out;
    4. else branch on the free neighbour that touches most, or list the community if none is left;
    5. undo the last branch with its flow, climb where both were taken, and take the next one.

    Parameters
    ----------
    root, loads, lower, upper, usable, indptr, indices, limit, cheapest, most, nodes, halt
        As in `moment.grow`.
    cost : ndarray, shape (units,)
        Cost of every unit in the community, borders aside.
    border : float
        Cost of every adjacency between the community and the rest.
    floor, supply, demand, capacity
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
        # Running sums are rounded; what is listed is weighed anew (`objectives`).
        slack[q] = 1e-12 * max(
            abs(upper[q]) if upper[q] < np.inf else 0.0, abs(lower[q]) if lower[q] > -np.inf else 0.0
        )
    state = np.zeros(n, dtype=np.int8)
    touch = np.zeros(n, dtype=np.int64)
    inside, reachable = np.zeros(m), np.zeros(m)
    supply, demand, capacity = supply.copy(), demand.copy(), capacity.copy()
    for i in range(n):
        if usable[i] == 1 or i == root:
            reachable += loads[i]
        else:
            state[i] = OUT
    trail, length = np.zeros(n + 1, dtype=np.int64), 0
    unit_at, branch_at = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2, dtype=np.int64)
    trail_at, sums_at, cost_at = np.zeros(n + 2, dtype=np.int64), np.zeros((n + 2, 2, m)), np.zeros((n + 2, 2))
    supply_at, demand_at, capacity_at = np.zeros((n + 2, n)), np.zeros((n + 2, n)), np.zeros((n + 2, len(capacity)))
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
                pushed, stamp = push(
                    recent, True, state, supply, demand, capacity, back, indptr, indices,
                    limit - bound + 1.0, mark, stamp, queue, via,
                )  # fmt: skip
            else:
                pushed, stamp = push(
                    recent, False, state, supply, demand, capacity, back, indptr, indices,
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
                    reachable -= loads[i]
                    if bound <= limit:
                        pushed, stamp = push(
                            i, False, state, supply, demand, capacity, back, indptr, indices,
                            limit - bound + 1.0, mark, stamp, queue, via,
                        )  # fmt: skip
                        bound += pushed
            open_node = bound <= limit
        if open_node:
            for q in range(m):
                if inside[q] > upper[q] + slack[q] or reachable[q] < lower[q] - slack[q]:
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
                sums_at[depth, 0], sums_at[depth, 1] = inside, reachable
                cost_at[depth, 0], cost_at[depth, 1] = total, bound
                supply_at[depth], demand_at[depth], capacity_at[depth] = supply, demand, capacity
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
                inside[:], reachable[:] = sums_at[depth, 0], sums_at[depth, 1]
                total, bound = cost_at[depth, 0], cost_at[depth, 1]
                supply[:], demand[:], capacity[:] = supply_at[depth], demand_at[depth], capacity_at[depth]
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
            reachable -= loads[unit]
            for e in range(indptr[unit], indptr[unit + 1]):
                if state[indices[e]] == IN:
                    total += border
