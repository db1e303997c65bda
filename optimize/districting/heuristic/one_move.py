"""A move of annealing: what it does to the objective, to bounds, wishes and connectedness; what comes back for it."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

WALK = 4
"""Longest walk along the border to the unit that comes back."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def stays_connected(unit: int, label: Ints, indptr: Ints, indices: Ints, mark: Ints, stamp: int, queue: Ints) -> bool:
    """Say whether a community stays connected without a unit, by search from one neighbour to all the others."""
    home, first, wanted = label[unit], -1, 0
    for e in range(indptr[unit], indptr[unit + 1]):
        if label[indices[e]] == home and mark[indices[e]] != stamp:  # an adjacency may stand there twice
            wanted += 1
            first = indices[e]
            mark[first] = stamp
    if wanted == 0:
        return False
    if wanted == 1:
        return True
    mark[unit] = stamp + 1
    mark[first] = stamp + 1
    wanted -= 1
    head, tail = 0, 1
    queue[0] = first
    while head < tail:
        here = queue[head]
        head += 1
        for e in range(indptr[here], indptr[here + 1]):
            other = indices[e]
            if label[other] == home and mark[other] != stamp + 1:
                if mark[other] == stamp:
                    wanted -= 1
                    if wanted == 0:
                        return True
                mark[other] = stamp + 1
                queue[tail] = other
                tail += 1
    return False


@njit(cache=True)  # type: ignore[untyped-decorator]
def excess_of(total: float, lower: float, upper: float, mean: float) -> float:
    """Return by how much a sum lies outside its bounds, in means."""
    if total < lower:
        return (lower - total) / mean
    if total > upper:
        return (total - upper) / mean
    return 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def moment_of(w: float, sx: float, sy: float, q: float) -> float:
    """Return the moment about the weighted centroid from sums of w, wx, wy and w(x2 + y2)."""
    return q - (sx * sx + sy * sy) / w if w > 0 else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def change_by(
    i: int,
    a: int,
    b: int,
    label: Ints,
    points: Floats,
    weight: Floats,
    indptr: Ints,
    indices: Ints,
    seat: Ints,
    s: Floats,
    cut_edges: bool,
) -> float:
    """Return what moving a unit from community a to community b adds to the objective."""
    change = 0.0
    if cut_edges:
        for f in range(indptr[i], indptr[i + 1]):
            if label[indices[f]] == a:
                change += 1.0
            elif label[indices[f]] == b:
                change -= 1.0
        return change
    w, x, y = weight[i], points[i, 0], points[i, 1]
    r = w * (x * x + y * y)
    if seat[a] >= 0:
        change -= w * ((x - points[seat[a], 0]) ** 2 + (y - points[seat[a], 1]) ** 2)
    else:
        change += moment_of(s[a, 0] - w, s[a, 1] - w * x, s[a, 2] - w * y, s[a, 3] - r)
        change -= moment_of(s[a, 0], s[a, 1], s[a, 2], s[a, 3])
    if seat[b] >= 0:
        change += w * ((x - points[seat[b], 0]) ** 2 + (y - points[seat[b], 1]) ** 2)
    else:
        change += moment_of(s[b, 0] + w, s[b, 1] + w * x, s[b, 2] + w * y, s[b, 3] + r)
        change -= moment_of(s[b, 0], s[b, 1], s[b, 2], s[b, 3])
    return float(change)


@njit(cache=True)  # type: ignore[untyped-decorator]
def excess_of_both(sums: Floats, a: int, b: int, lower: Floats, upper: Floats, mean: Floats) -> float:
    """Return the excess of two communities together."""
    total = 0.0
    for q in range(sums.shape[1]):
        total += excess_of(sums[a, q], lower[a, q], upper[a, q], mean[q])
        total += excess_of(sums[b, q], lower[b, q], upper[b, q], mean[q])
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def carry(i: int, a: int, b: int, label: Ints, points: Floats, weight: Floats, loads: Floats, sums: Floats, s: Floats):  # type: ignore[no-untyped-def]
    """Move a unit from community a to community b in the label and in all sums."""
    label[i] = b
    w, x, y = weight[i], points[i, 0], points[i, 1]
    r = w * (x * x + y * y)
    for q in range(sums.shape[1]):
        sums[a, q] -= loads[i, q]
        sums[b, q] += loads[i, q]
    s[a, 0] -= w
    s[a, 1] -= w * x
    s[a, 2] -= w * y
    s[a, 3] -= r
    s[b, 0] += w
    s[b, 1] += w * x
    s[b, 2] += w * y
    s[b, 3] += r


@njit(cache=True)  # type: ignore[untyped-decorator]
def away_by(i: int, a: int, b: int, weight: Floats, today: Ints) -> float:
    """Return by how much a move changes the weight that is away from today's community."""
    if today[i] < 0:
        return 0.0
    if a == today[i]:
        return float(weight[i])
    return -weight[i] if b == today[i] else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def clashes_by(i: int, a: int, b: int, label: Ints, foes: Ints, foes_from: Ints) -> float:
    """Return by how much a move from community a to b changes the number of pairs that should be apart."""
    change = 0.0
    for e in range(foes_from[i], foes_from[i + 1]):
        if label[foes[e]] == b:
            change += 1.0
        elif label[foes[e]] == a:
            change -= 1.0
    return change


@njit(cache=True)  # type: ignore[untyped-decorator]
def strays(i: int, a: int, b: int, points: Floats, seat: Ints, s: Floats, reach: float) -> bool:
    """Say whether a move takes a unit out of reach of community b's middle, and farther than it was in a."""
    away = np.zeros(2)
    for side in range(2):
        c = a if side == 0 else b
        if seat[c] >= 0:
            x, y = points[seat[c], 0], points[seat[c], 1]
        elif s[c, 0] > 0:
            x, y = s[c, 1] / s[c, 0], s[c, 2] / s[c, 0]
        else:
            continue
        away[side] = (points[i, 0] - x) ** 2 + (points[i, 1] - y) ** 2
    return bool(away[1] > reach * reach and away[1] > away[0])


@njit(cache=True)  # type: ignore[untyped-decorator]
def partner(i: int, a: int, b: int, label: Ints, indptr: Ints, indices: Ints) -> int:
    """Return a unit of b that borders a near unit i, by a short random walk inside a; -1 where none is met."""
    here = i
    for _ in range(WALK):
        here = indices[indptr[here] + np.random.randint(indptr[here + 1] - indptr[here])]
        if label[here] == b and here != i:
            for e in range(indptr[here], indptr[here + 1]):
                if label[indices[e]] == a and indices[e] != i:
                    return int(here)
        elif label[here] != a:
            return -1
    return -1
