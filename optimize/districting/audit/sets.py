"""All connected sets of units about a root that keep the bounds and cost no more than a limit, in whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.machine.compiled_loops import njit
from optimize.districting.audit.problem import Floats, Ints

FREE, INSIDE, OUTSIDE = 0, 1, 2

MARGIN = 1e-12
"""Share of a bound by which a running sum of loads may be off; what is listed is weighed anew."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def all_sets(  # noqa: PLR0912, PLR0915 (one search tree, compiled)
    root: int,
    usable: Ints,
    weight: Ints,
    border: int,
    floor: int,
    supply: Ints,
    demand: Ints,
    capacity: Ints,
    loads: Floats,
    least: Floats,
    most: Floats,
    indptr: Ints,
    indices: Ints,
    back: Ints,
    limit: int,
    nodes: int,
) -> tuple[NDArray[np.int8], Ints, int]:
    """List the sets, each once, by deciding one unit beside the set after the other: the one that matters most first.

    Deciding a unit adds what is left of its demand or supply and of the adjacencies to units decided otherwise
    (`flows.maximal_flow`): the sum is what a set costs at its end, and a bound on the way.

    A node of the tree:

    1. put out what hangs together with the root no longer, where a unit has just gone out;
    2. leave the branch if bound or loads rule it out;
    3. else decide the free neighbour that matters most, or list the set if none is left;
    4. undo the last decision, climb where both were tried, and try the next one.

    Parameters
    ----------
    root : int
    usable : ndarray of int, shape (units,)
    weight : ndarray of int, shape (units,)
        What a unit costs; with ``border`` for every adjacency that leaves the set.
    floor, supply, demand, capacity
        Of a flow for weights that are, with the loads at their prices, no larger.
    loads, least, most, indptr, indices, back : ndarray
    limit : int
        Sets up to this cost are listed.
    nodes : int
        After so many decisions it gives up.

    Returns
    -------
    sets : ndarray of int8, shape (sets, units)
    costs : ndarray of int, shape (sets,)
    left : int
        Decisions left; negative where it gave up.
    """
    n, m = loads.shape
    found, worth, count = np.zeros((64, n), np.int8), np.zeros(64, np.int64), 0
    state, touch = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        if usable[i] == 0 and i != root:
            state[i] = OUTSIDE
    bound, cost = floor, weight[root]
    state[root] = INSIDE
    for e in range(indptr[root], indptr[root + 1]):
        touch[indices[e]] += 1
        if state[indices[e]] == OUTSIDE:
            bound += capacity[e]
            cost += border
    inside = loads[root].copy()
    trail, length = np.zeros(n + 1, np.int64), 0
    at, turn, mark = np.zeros(n + 2, np.int64), np.zeros(n + 2, np.int64), np.zeros(n + 2, np.int64)
    bounds, costs, sums = np.zeros(n + 2, np.int64), np.zeros(n + 2, np.int64), np.zeros((n + 2, m))
    seen, queue, stamp = np.zeros(n, np.int64), np.zeros(n, np.int64), 0
    reachable = np.zeros(m)
    level, cut_off = 0, True
    while True:
        nodes -= 1
        if nodes < 0:
            return found[:count], worth[:count], -1
        good = bound <= limit
        if good and cut_off:
            stamp += 1
            seen[root], queue[0], head, tail = stamp, root, 0, 1
            reachable[:] = 0.0
            while head < tail:
                here = queue[head]
                head += 1
                reachable += loads[here]
                for e in range(indptr[here], indptr[here + 1]):
                    other = indices[e]
                    if state[other] != OUTSIDE and seen[other] != stamp:
                        seen[other] = stamp
                        queue[tail] = other
                        tail += 1
            for i in range(n):
                if state[i] == FREE and seen[i] != stamp:
                    state[i] = OUTSIDE
                    trail[length] = i
                    length += 1
                    bound += supply[i]
            for q in range(m):
                good = good and reachable[q] >= least[q] - MARGIN * abs(least[q])
            good = good and bound <= limit
        for q in range(m):
            good = good and inside[q] <= most[q] + MARGIN * abs(most[q])
        if good:
            unit, matters = -1, np.int64(-1)
            for i in range(n):
                if state[i] == FREE and touch[i] > 0:
                    gain = supply[i] - demand[i]
                    for e in range(indptr[i], indptr[i + 1]):
                        if state[indices[e]] == INSIDE:
                            gain += capacity[back[e]]
                        elif state[indices[e]] == OUTSIDE:
                            gain -= capacity[e]
                    if abs(gain) > matters:
                        unit, matters = i, abs(gain)
            if unit >= 0:
                level += 1
                at[level], turn[level], mark[level] = unit, 0, length
                bounds[level], costs[level], sums[level] = bound, cost, inside
            else:
                for q in range(m):
                    good = good and inside[q] >= least[q] - MARGIN * abs(least[q])
                if good and cost <= limit:
                    if count == len(found):
                        wider, longer = np.zeros((2 * count, n), np.int8), np.zeros(2 * count, np.int64)
                        wider[:count], longer[:count] = found, worth
                        found, worth = wider, longer
                    for i in range(n):
                        found[count, i] = 1 if state[i] == INSIDE else 0
                    worth[count] = cost
                    count += 1
        while level > 0:
            unit = at[level]
            if turn[level] > 0:
                while length > mark[level]:
                    length -= 1
                    state[trail[length]] = FREE
                bound, cost = bounds[level], costs[level]
                inside[:] = sums[level]
                if state[unit] == INSIDE:
                    for e in range(indptr[unit], indptr[unit + 1]):
                        touch[indices[e]] -= 1
                state[unit] = FREE
            if turn[level] < 2:
                break
            level -= 1
        if level == 0:
            return found[:count], worth[:count], nodes
        unit = at[level]
        turn[level] += 1
        if turn[level] == 1:  # out first: the other way round than where the proof was made
            state[unit], cut_off = OUTSIDE, True
            bound += supply[unit]
            for e in range(indptr[unit], indptr[unit + 1]):
                if state[indices[e]] == INSIDE:
                    bound += capacity[back[e]]
                    cost += border
        else:
            state[unit], cut_off = INSIDE, False
            inside += loads[unit]
            bound += demand[unit]
            cost += weight[unit]
            for e in range(indptr[unit], indptr[unit + 1]):
                touch[indices[e]] += 1
                if state[indices[e]] == OUTSIDE:
                    bound += capacity[e]
                    cost += border
