"""The cheapest choice of listed communities that covers every unit once, searched on bits and pruned by prices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

Bits = NDArray[np.uint64]


def bits_of(columns: NDArray[np.int8]) -> Bits:
    """Return columns as bits, 64 units a word, shape (columns, words)."""
    count, n = columns.shape
    words = (n + 63) // 64
    padded = np.zeros((count, words * 64), dtype=np.uint8)
    padded[:, :n] = columns
    return np.ascontiguousarray(np.packbits(padded, axis=1, bitorder="little").view(np.uint64).reshape(count, words))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def cover(  # noqa: PLR0912, PLR0915 (one search tree, compiled)
    bits: Bits,
    member_from: Ints,
    member: Ints,
    cost: Floats,
    reduced: Floats,
    bound: float,
    units: int,
    communities: int,
    best: float,
    nodes: int,
    halt: Ints,
    moved: Floats,
    most: float,
) -> tuple[Ints, float, int]:
    """Choose disjoint columns that cover all units at least cost.

    A round of the loop:

    1. choose the unit that the fewest columns cover as what this level must cover;
    2. try its next column, unless the bound says that neither it nor the rest are cheaper;
    3. at the last level, keep the choice if it covers all and is cheaper;
    4. else list what is apart from it, and go down if enough is left;
    5. climb where no column of the level is left.

    Parameters
    ----------
    bits : ndarray of uint64, shape (columns, words)
    member_from, member : ndarray of int
        Units of column c: ``member[member_from[c]:member_from[c + 1]]``.
    cost, reduced : ndarray, shape (columns,)
        Sorted by ``reduced``, which is not negative: a choice costs at least ``bound`` plus its reduced costs.
    bound : float
    units, communities : int
    best : float
        Only cheaper choices count.
    nodes : int
        Columns tried after which the search gives up.
    halt : ndarray of int, shape (1,)
        The search gives up as soon as another thread writes anything but 0 here.
    moved : ndarray, shape (columns,)
        None below 0.
    most : float
        What the chosen ones may move in all.

    Returns
    -------
    chosen : ndarray of int
        Columns of the cheapest choice; empty where none is cheaper.
    best : float
    left : int
        Columns not tried; negative where the search gave up.
    """
    total, words = bits.shape
    lists = np.empty((communities + 1, total), dtype=np.int64)
    size, place, pivot = (
        np.zeros(communities + 1, np.int64),
        np.zeros(communities + 1, np.int64),
        np.zeros(communities + 1, np.int64),
    )
    paid, spent, gone = np.zeros(communities + 1), np.zeros(communities + 1), np.zeros(communities + 1)
    covered = np.zeros((communities + 1, words), dtype=np.uint64)
    taken, chosen = np.zeros(communities, dtype=np.int64), np.zeros(0, dtype=np.int64)
    counts = np.zeros(units, dtype=np.int64)
    one = np.uint64(1)
    lists[0] = np.arange(total)
    size[0] = total
    level, fresh = 0, True
    while True:
        if fresh:
            counts[:] = 0
            for s in range(size[level]):
                c = lists[level, s]
                for u in range(member_from[c], member_from[c + 1]):
                    counts[member[u]] += 1
            rare = -1
            for u in range(units):
                if (covered[level, u // 64] >> np.uint64(u % 64)) & one == 0 and (rare < 0 or counts[u] < counts[rare]):
                    rare = u
            pivot[level], place[level], fresh = rare, 0, False
        word, shift = pivot[level] // 64, np.uint64(pivot[level] % 64)
        went = False
        while place[level] < size[level]:
            c = lists[level, place[level]]
            place[level] += 1
            if bound + spent[level] + reduced[c] >= best:
                break  # the rest of the list is no cheaper
            if (bits[c, word] >> shift) & one == 0 or gone[level] + moved[c] > most:
                continue
            nodes -= 1
            if nodes < 0 or halt[0] != 0:
                return chosen, best, -2 - nodes
            taken[level] = c
            if level + 1 == communities:
                whole = True
                for w in range(words):
                    full = covered[level, w] | bits[c, w]
                    left = units - 64 * w
                    if full != (~np.uint64(0) if left >= 64 else (one << np.uint64(left)) - one):
                        whole = False
                if whole and paid[level] + cost[c] < best:
                    best = paid[level] + cost[c]
                    chosen = taken.copy()
                continue
            below = level + 1
            spent[below], paid[below] = spent[level] + reduced[c], paid[level] + cost[c]
            gone[below] = gone[level] + moved[c]
            for w in range(words):
                covered[below, w] = covered[level, w] | bits[c, w]
            kept = 0
            for s in range(size[level]):
                d = lists[level, s]
                if bound + spent[below] + reduced[d] >= best:
                    break
                apart = True
                for w in range(words):
                    if bits[d, w] & bits[c, w] != 0:
                        apart = False
                        break
                if apart:
                    lists[below, kept] = d
                    kept += 1
            size[below] = kept
            if kept >= communities - below:
                level, fresh, went = below, True, True
                break
        if not went:
            if level == 0:
                return chosen, best, nodes
            level -= 1
