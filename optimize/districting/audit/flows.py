"""What a community with a short border costs at least, and what decisions add: a maximal flow in whole numbers."""

from __future__ import annotations

import numpy as np

from foundation.machine.compiled_loops import njit
from optimize.districting.audit.problem import Ints


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def maximal_flow(  # noqa: PLR0912 (one flow, compiled)
    weight: Ints, border: int, root: int, usable: Ints, indptr: Ints, indices: Ints, back: Ints
) -> tuple[int, Ints, Ints, Ints]:
    """Return the least of weights and borders of any set with the root, and what is left of a maximal flow.

    A unit of negative weight feeds what it earns, one of positive weight swallows what it costs, an adjacency carries
    its border either way; the root feeds, and a unit that may not be used swallows, whatever comes. For every set S
    with the root and usable units only
    ``sum_{i in S} weight_i + border * |cut(S)| = floor + sum_{i in S} d_i + sum_{i not in S} s_i + sum r_ij``,
    the last over adjacencies that leave S: what is left of demands, supplies and adjacencies.

    Returns
    -------
    floor : int
    supply, demand : ndarray of int, shape (units,)
    capacity : ndarray of int, shape (adjacencies,)
    """
    n = len(weight)
    plenty = np.int64(1) << 60
    supply, demand = np.zeros(n, np.int64), np.zeros(n, np.int64)
    floor = weight[root]
    for i in range(n):
        if i == root:
            supply[i] = plenty
        elif usable[i] == 0:
            demand[i] = plenty
        elif weight[i] < 0:
            supply[i] = -weight[i]
            floor += weight[i]
        else:
            demand[i] = weight[i]
    capacity = np.full(len(indices), border, np.int64)
    seen, via, queue = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    turn = 0
    for start in range(n):
        while supply[start] > 0:
            turn += 1
            seen[start], queue[0], end = turn, start, -1
            head, tail = 0, 1
            while head < tail:
                here = queue[head]
                head += 1
                if demand[here] > 0:
                    end = here
                    break
                for e in range(indptr[here], indptr[here + 1]):
                    if capacity[e] > 0 and seen[indices[e]] != turn:
                        seen[indices[e]], via[indices[e]] = turn, e
                        queue[tail] = indices[e]
                        tail += 1
            if end < 0:
                break
            amount, at = min(supply[start], demand[end]), end
            while at != start:
                amount = min(amount, capacity[via[at]])
                at = indices[back[via[at]]]
            at = end
            while at != start:
                capacity[via[at]] -= amount
                capacity[back[via[at]]] += amount
                at = indices[back[via[at]]]
            supply[start] -= amount
            demand[end] -= amount
            floor += amount
    supply[root] = 0
    return floor, supply, demand, capacity


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fed(root: int, supply: Ints, capacity: Ints, usable: Ints, indptr: Ints, indices: Ints) -> Ints:
    """Return the smallest set that costs least: what units with something left, and the root, still reach."""
    n = len(supply)
    inside, queue, tail = np.zeros(n, np.int64), np.zeros(n, np.int64), 0
    for i in range(n):
        if i == root or (usable[i] == 1 and supply[i] > 0):
            inside[i] = 1
            queue[tail] = i
            tail += 1
    head = 0
    while head < tail:
        here = queue[head]
        head += 1
        for e in range(indptr[here], indptr[here + 1]):
            other = indices[e]
            if capacity[e] > 0 and inside[other] == 0 and usable[other] == 1:
                inside[other] = 1
                queue[tail] = other
                tail += 1
    return inside
