"""Packings of trees that bound the cut edges: every unit's surroundings weigh too much to be one community."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

AWAY, DONE = -1, -2
"""Place in the heap of a unit that has not been reached, and of one that has left it."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sink(heap: Ints, place: Ints, far: Floats, size: int, unit: int) -> None:
    """Put a unit at the top of the heap and let it sink."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and far[heap[below + 1]] < far[heap[below]]:
            below += 1
        if far[heap[below]] >= far[unit]:
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    heap[at] = unit
    place[unit] = at


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rise(heap: Ints, place: Ints, far: Floats, at: int, unit: int) -> None:
    """Put a unit at a place of the heap and let it rise."""
    while at > 0:
        above = (at - 1) // 2
        if far[heap[above]] <= far[unit]:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = unit
    place[unit] = at


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def tree_around(
    root: int,
    length: Floats,
    load: Floats,
    upper: float,
    indptr: Ints,
    indices: Ints,
    edge_at: Ints,
    far: Floats,
    via: Ints,
    order: Ints,
    heap: Ints,
    place: Ints,
) -> tuple[int, float]:
    """Grow the tree of shortest ways around a root until no further unit makes its inequality sharper.

    A tree T around r whose units weigh w(T) has the inequality ``sum_e below_e x_e >= w(T) - U``: what is not cut off
    is in the community of r. With lengths for x, the left over the right side is least where exactly the units
    nearer than that quotient are in the tree.

    Parameters
    ----------
    root : int
    length : ndarray, shape (edges,)
    load : ndarray, shape (units,)
    upper : float
        Most that a community may hold.
    indptr, indices, edge_at : ndarray of int
        Neighbours as in `Instance`, and the edge that leads there.
    far, via, order, heap, place : ndarray, shape (units,)
        Room to work in; ``place`` is AWAY everywhere, before and after. Afterwards ``order`` holds the tree's units
        from the root outwards, ``far`` how far they are and ``via`` the edge that leads to them.

    Returns
    -------
    units : int
        In the tree.
    rest : float
        What they weigh beyond the bound; not positive where there is no inequality.
    """
    count, size, weight, moved, least = 0, 1, 0.0, 0.0, np.inf
    far[root], via[root], heap[0], place[root] = 0.0, -1, root, 0
    while size > 0 and far[heap[0]] < least:
        unit = heap[0]
        size -= 1
        place[unit] = DONE
        if size > 0:
            _sink(heap, place, far, size, heap[size])
        order[count] = unit
        count += 1
        weight += load[unit]
        moved += load[unit] * far[unit]
        if weight > upper:
            least = min(least, moved / (weight - upper))
        for t in range(indptr[unit], indptr[unit + 1]):
            other = indices[t]
            way = far[unit] + length[edge_at[t]]
            if place[other] == DONE or (place[other] != AWAY and way >= far[other]):
                continue
            at = place[other]
            if at == AWAY:
                at = size
                size += 1
            far[other], via[other] = way, edge_at[t]
            _rise(heap, place, far, at, other)
    for t in range(count):
        place[order[t]] = AWAY
    for t in range(size):
        place[heap[t]] = AWAY
    return count, weight - upper


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weigh_below(
    count: int, order: Ints, via: Ints, edges: Ints, load: Floats, below: Floats, far: Floats, near: float
) -> tuple[int, float]:
    """Sum the loads below every unit of a tree, as far as it is near; return how many units and what they weigh."""
    units, whole = 0, 0.0
    while units < count and far[order[units]] < near:
        below[order[units]] = load[order[units]]
        whole += load[order[units]]
        units += 1
    for t in range(units - 1, 0, -1):
        unit = order[t]
        a, b = edges[via[unit]]
        below[a if b == unit else b] += below[unit]
    return units, whole


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _cross(
    count: int,
    rest: float,
    order: Ints,
    via: Ints,
    edges: Ints,
    load: Floats,
    below: Floats,
    far: Floats,
    length: Floats,
    share: Floats,
) -> tuple[float, float]:
    """Fill in the shares that a tree's inequality has at its edges; return what it is worth, and the largest share."""
    if rest <= 0:
        return np.inf, 0.0
    _weigh_below(count, order, via, edges, load, below, far, np.inf)
    value, most = 0.0, 0.0
    for t in range(1, count):
        edge = via[order[t]]
        share[edge] = min(below[order[t]] / rest, 1.0)
        most = max(most, share[edge])
        value += share[edge] * length[edge]
    return value, most


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _with_room(values: NDArray[Any], used: int, more: int) -> NDArray[Any]:
    """Return an array with room for more values behind those that are used."""
    if used + more <= len(values):
        return values
    return np.concatenate((values, np.zeros(len(values) + more, dtype=values.dtype)))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def pack_trees(  # noqa: PLR0912, PLR0915 (one ascent, compiled)
    length: Floats,
    congestion: Floats,
    packed: float,
    step: float,
    phases: int,
    keep: bool,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    squares: Floats,
    indptr: Ints,
    indices: Ints,
    edge_at: Ints,
    edges: Ints,
    budget: Floats,
    halt: Ints,
) -> tuple[float, Ints, Ints, Floats]:
    """Pack inequalities of trees fractionally, the sharpest first; what is packed grows what it crosses.

    Every inequality reads ``sum_e a_e x_e >= 1``. Weights on them under which no edge carries more than 1 add up to a
    bound of the cut edges (weak duality). One that is packed makes its edges longer, so that the next ones avoid them.
    Besides those of single trees there is one about all of them: the community of root r holds W_r, and
    ``sum_r p_r W_r``, the sum of the communities' squares, is at most ``squares``.

    In turn:

    1. find the sharpest inequality there is at the given lengths;
    2. for every root, pack its tree as long as it is about as sharp: what it crosses grows longer;
    3. add what all trees of the phase say together about the sum of squares;
    4. loosen what counts as sharp, and begin the next phase.

    Parameters
    ----------
    length, congestion : ndarray, shape (edges,)
        Both are carried on in place.
    packed : float
        Sum of the weights so far.
    step : float
        How much longer an edge becomes that a tree fills.
    phases : int
        Rounds over all roots.
    keep : bool
        Return the inequalities.
    loads : ndarray, shape (units, attributes)
    lower, upper : ndarray, shape (attributes,)
        Of a community's sum.
    squares : ndarray, shape (attributes,)
        Most that the squares of all communities' sums add up to.
    indptr, indices, edge_at : ndarray of int
    edges : ndarray of int, shape (edges, 2)
    budget : ndarray, shape (1,)
        Units that trees may still take in; counted down.
    halt : ndarray of int, shape (1,)

    Returns
    -------
    packed : float
    starts, members, shares : ndarray
        Inequality t has the coefficients ``shares[starts[t]:starts[t + 1]]`` at the edges ``members[...]``.

    References
    ----------
    Even, Naor, Rao & Schieber, "Fast approximate graph partitioning algorithms", SIAM Journal on Computing 28(6), 1999
    (spreading metrics). Ferreira, Martin, de Souza, Weismantel & Wolsey, "Formulations and valid inequalities for the
    node capacitated graph partitioning problem", Mathematical Programming 74, 1996 (knapsack trees). Garg & Könemann,
    "Faster and simpler algorithms for multicommodity flow and other fractional packing problems", SIAM Journal on
    Computing 37(2), 2007; Fleischer, SIAM Journal on Discrete Mathematics 13(4), 2000 (phases).
    """
    n, m = loads.shape
    far, below = np.zeros(n), np.zeros(n)
    via, order, heap = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    place = np.full(n, AWAY, dtype=np.int64)
    starts, members, shares = [0], np.zeros(1024, dtype=np.int64), np.zeros(1024)
    size = 0
    share = np.zeros(len(edges))
    sharpest = np.inf
    for root in range(n):
        for q in range(m):
            count, rest = tree_around(
                root, length, loads[:, q], upper[q], indptr, indices, edge_at, far, via, order, heap, place
            )
            value, most = _cross(count, rest, order, via, edges, loads[:, q], below, far, length, share)
            sharpest = min(sharpest, value)
    if sharpest == np.inf:
        return packed, np.zeros(1, dtype=np.int64), members[:0], shares[:0]
    for _ in range(phases):
        sharpest *= 1 + step
        following = np.inf
        for q in range(m):
            load, together, total = loads[:, q], np.zeros(len(edges)), 0.0
            for root in range(n):
                if halt[0] or budget[0] <= 0.0:
                    return packed, np.array(starts), members[:size], shares[:size]
                while True:
                    count, rest = tree_around(
                        root, length, load, upper[q], indptr, indices, edge_at, far, via, order, heap, place
                    )
                    value, most = _cross(count, rest, order, via, edges, load, below, far, length, share)
                    budget[0] -= count + 1.0
                    if value > sharpest:
                        break
                    packed += 1 / most
                    for t in range(1, count):
                        edge = via[order[t]]
                        congestion[edge] += share[edge] / most
                        length[edge] *= 1 + step * share[edge] / most
                    if keep:
                        members, shares = _with_room(members, size, count), _with_room(shares, size, count)
                        for t in range(1, count):
                            members[size] = via[order[t]]
                            shares[size] = share[via[order[t]]]
                            size += 1
                        starts.append(size)
                following = min(following, value)
                units, whole = _weigh_below(count, order, via, edges, load, below, far, sharpest)
                total += load[root] * max(whole, lower[q])
                for t in range(1, units):
                    together[via[order[t]]] += load[root] * min(below[order[t]], max(whole - lower[q], 0.0))
            rest = total - squares[q]
            most = together.max() / rest if rest > 0 else 0.0
            if most > 0:
                together /= rest
                value = float((together * length).sum())
                if keep and value <= sharpest * (1 + step):
                    kept = np.flatnonzero(together)
                    members, shares = _with_room(members, size, len(kept)), _with_room(shares, size, len(kept))
                    members[size : size + len(kept)] = kept
                    shares[size : size + len(kept)] = together[kept]
                    size += len(kept)
                    starts.append(size)
                while value <= sharpest:
                    packed += 1 / most
                    congestion += together / most
                    length *= 1 + step * together / most
                    value = float((together * length).sum())
                following = min(following, value)
        sharpest = max(sharpest, following / (1 + step))
        longest = length.max()
        length /= longest
        sharpest /= longest
    return packed, np.array(starts), members[:size], shares[:size]
