"""What a community about a seat can hold: the lightest ways to a unit, and what every way crosses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

Bytes = NDArray[np.int8]


class Ground(NamedTuple):
    """The part of an instance that trees about seats stand on.

    Attributes
    ----------
    cost : ndarray, shape (seats, units)
        Moment of every unit about every unit that may be a seat.
    loads, lower, upper, indptr, indices : ndarray
        As in `Instance`; the bounds finite, a rounding apart.
    """

    cost: Floats
    loads: Floats
    lower: Floats
    upper: Floats
    indptr: Ints
    indices: Ints


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
def close_off(  # noqa: PLR0912 (one look, compiled)
    ground: Ground, seat: int, open_: Bytes, own: NDArray[np.bool_]
) -> bool:
    """Close to a seat the units that no community around it can hold; False where its own units are among them.

    Its own units (those that no other seat can have) weigh nothing more: every other unit must be reached from the
    seat, and from the own unit farthest off, by ways that still fit. And what is open must come to the least loads.
    """
    loads, indptr, indices = ground.loads, ground.indptr, ground.indices
    n, m = loads.shape
    weight, start = np.empty(n), np.empty(n)
    for q in range(m):
        room = ground.upper[q]
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
    for q in range(m):
        total = 0.0
        for i in range(n):
            if open_[i]:
                total += loads[i, q]
        if total < ground.lower[q]:
            return False
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def make_own(unit: int, place: int, allowed: Bytes, choices: Ints) -> None:
    """Leave a unit one seat."""
    for t in range(allowed.shape[1]):
        if t != place:
            allowed[unit, t] = 0
    choices[unit] = 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def own_more(root: int, place: int, allowed: Bytes, choices: Ints, indptr: Ints, indices: Ints) -> bool:
    """Make own what every way from the seat to one of its own units crosses (articulations, by depth-first search)."""
    n = len(allowed)
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
            make_own(up, place, allowed, choices)
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
