"""Simulated annealing over plans: units on a border change sides, communities stay connected."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

DEARER, CHEAPER = 1.2, 0.9
"""Factors on the penalty after a stretch mostly outside the bounds, and mostly inside."""

SWAPS = 0.3
"""Share of tries that exchange two units of a border instead of moving one."""

WALK = 4
"""Longest walk along the border to the unit that comes back."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def _stays_connected(unit: int, label: Ints, indptr: Ints, indices: Ints, mark: Ints, stamp: int, queue: Ints) -> bool:
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
def _excess(total: float, lower: float, upper: float, mean: float) -> float:
    """Return by how much a sum lies outside its bounds, in means."""
    if total < lower:
        return (lower - total) / mean
    if total > upper:
        return (total - upper) / mean
    return 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _spread(w: float, sx: float, sy: float, q: float) -> float:
    """Return the moment about the weighted centroid from sums of w, wx, wy and w(x2 + y2)."""
    return q - (sx * sx + sy * sy) / w if w > 0 else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _change(  # what moving a unit from community a to community b adds to the objective
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
        change += _spread(s[a, 0] - w, s[a, 1] - w * x, s[a, 2] - w * y, s[a, 3] - r)
        change -= _spread(s[a, 0], s[a, 1], s[a, 2], s[a, 3])
    if seat[b] >= 0:
        change += w * ((x - points[seat[b], 0]) ** 2 + (y - points[seat[b], 1]) ** 2)
    else:
        change += _spread(s[b, 0] + w, s[b, 1] + w * x, s[b, 2] + w * y, s[b, 3] + r)
        change -= _spread(s[b, 0], s[b, 1], s[b, 2], s[b, 3])
    return float(change)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _both(sums: Floats, a: int, b: int, lower: Floats, upper: Floats, mean: Floats) -> float:
    """Return the excess of two communities together."""
    total = 0.0
    for q in range(sums.shape[1]):
        total += _excess(sums[a, q], lower[a, q], upper[a, q], mean[q])
        total += _excess(sums[b, q], lower[b, q], upper[b, q], mean[q])
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def _apply(i: int, a: int, b: int, label: Ints, points: Floats, weight: Floats, loads: Floats, sums: Floats, s: Floats):  # type: ignore[no-untyped-def]
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
def _away(i: int, a: int, b: int, weight: Floats, today: Ints) -> float:
    """Return by how much a move changes the weight that is away from today's community."""
    if today[i] < 0:
        return 0.0
    if a == today[i]:
        return float(weight[i])
    return -weight[i] if b == today[i] else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _clashes(i: int, a: int, b: int, label: Ints, foes: Ints, foes_from: Ints) -> float:
    """Return by how much a move from community a to b changes the number of pairs that should be apart."""
    change = 0.0
    for e in range(foes_from[i], foes_from[i + 1]):
        if label[foes[e]] == b:
            change += 1.0
        elif label[foes[e]] == a:
            change -= 1.0
    return change


@njit(cache=True)  # type: ignore[untyped-decorator]
def _strays(i: int, a: int, b: int, points: Floats, seat: Ints, s: Floats, reach: float) -> bool:
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
def _partner(i: int, a: int, b: int, label: Ints, indptr: Ints, indices: Ints) -> int:
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


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def anneal(  # noqa: PLR0912, PLR0915 (one loop, compiled: a call per move would cost more than the move)
    label: Ints,
    points: Floats,
    weight: Floats,
    indptr: Ints,
    indices: Ints,
    edges: Ints,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    mean: Floats,
    pinned: Ints,
    seat: Ints,
    today: Ints,
    most_moved: float,
    foes: Ints,
    foes_from: Ints,
    reach: float,
    cut_edges: bool,
    steps: int,
    hot: float,
    cold: float,
    penalty: float,
    seed: int,
) -> tuple[Ints, float, float, float]:
    """Anneal one plan.

    Cost = objective + penalty * excess, where the excess is how far sums lie outside their bounds, in means. The
    penalty rises while the plan stays outside its bounds and falls while it stays inside, so that the search keeps to
    the edge of what is allowed. The moment is taken about the weighted centroid (or the fixed seat), which a move
    changes in constant time.

    Parameters
    ----------
    label : ndarray of int, shape (units,)
        Start; connected communities. Overwritten by the last plan.
    lower, upper : ndarray, shape (communities, attributes)
    pinned : ndarray of int, shape (units,)
        1 where a unit must not move.
    seat : ndarray of int, shape (communities,)
        Fixed seat of a community or -1.
    today : ndarray of int, shape (units,)
        Today's community (label), for the limit on moved workload; -1 where there is none.
    most_moved : float
        Largest weight that may be away from today's community.
    foes, foes_from : ndarray of int
        Units that unit i must not share a community with: ``foes[foes_from[i]:foes_from[i + 1]]``.
    reach : float
        Distance from a community's middle beyond which no unit joins it.
    cut_edges : bool
        Minimise cut edges instead of the moment.
    steps : int
        Moves tried.
    hot, cold : float
        First and last temperature, in units of the objective.
    penalty : float
        Price of an excess of one mean at the start.
    seed : int

    Returns
    -------
    best : ndarray of int, shape (units,)
        Best plan seen: least excess first, then least objective.
    excess, value : float
        Of that plan; value about the centroids.
    penalty : float
        Price at the end, for a continuation.

    References
    ----------
    Kirkpatrick, Gelatt & Vecchi, "Optimization by simulated annealing", Science 220, 1983.
    Glover, "Heuristics for integer programming using surrogate constraints", Decision Sciences 8, 1977 (oscillation).
    """
    np.random.seed(seed)
    n, k, m = len(label), len(seat), loads.shape[1]
    sums = np.zeros((k, m))
    s = np.zeros((k, 4))
    moved = 0.0
    for i in range(n):
        c = label[i]
        sums[c] += loads[i]
        x, y = points[i, 0], points[i, 1]
        s[c, 0] += weight[i]
        s[c, 1] += weight[i] * x
        s[c, 2] += weight[i] * y
        s[c, 3] += weight[i] * (x * x + y * y)
        if today[i] >= 0 and c != today[i]:
            moved += weight[i]
    total_weight = weight.sum()
    value, excess = 0.0, 0.0
    for c in range(k):
        for a in range(m):
            excess += _excess(sums[c, a], lower[c, a], upper[c, a], mean[a])
    excess += max(0.0, moved - most_moved) / total_weight
    for i in range(n):
        for e in range(foes_from[i], foes_from[i + 1]):
            if label[foes[e]] == label[i]:
                excess += 0.5
    for i in range(len(edges)):
        if cut_edges and label[edges[i, 0]] != label[edges[i, 1]]:
            value += 1.0
    if not cut_edges:
        for c in range(k):
            if seat[c] < 0:
                value += _spread(s[c, 0], s[c, 1], s[c, 2], s[c, 3])
        for i in range(n):
            f = seat[label[i]]
            if f >= 0:
                value += weight[i] * ((points[i, 0] - points[f, 0]) ** 2 + (points[i, 1] - points[f, 1]) ** 2)
    best, best_excess, best_value = label.copy(), excess, value
    mark = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    stamp = 0
    cooling = (cold / hot) ** (1.0 / max(steps, 1))
    heat = hot
    window, least, most = max(4 * n, 400), penalty * 1e-4, penalty * 1e6
    inside, outside = 0, 0
    for step in range(steps):
        heat *= cooling
        if excess < 1e-9:
            inside += 1
        else:
            outside += 1
        if (step + 1) % window == 0:
            if inside < outside // 4:
                penalty = min(penalty * DEARER, most)
            elif inside > outside:
                penalty = max(penalty * CHEAPER, least)
            inside, outside = 0, 0
        e = np.random.randint(len(edges))
        i, j = edges[e, 0], edges[e, 1]
        if np.random.random() < 0.5:
            i, j = j, i
        a, b = label[i], label[j]
        if a == b or pinned[i] == 1:
            continue
        other = -1
        if np.random.random() < SWAPS:
            other = _partner(i, a, b, label, indptr, indices)
            if other >= 0 and pinned[other] == 1:
                continue
        if reach < np.inf and _strays(i, a, b, points, seat, s, reach):
            continue
        before = _both(sums, a, b, lower, upper, mean)
        clashes = _clashes(i, a, b, label, foes, foes_from)
        change = _change(i, a, b, label, points, weight, indptr, indices, seat, s, cut_edges)
        shift = _away(i, a, b, weight, today)
        _apply(i, a, b, label, points, weight, loads, sums, s)
        if other >= 0:
            change += _change(other, b, a, label, points, weight, indptr, indices, seat, s, cut_edges)
            shift += _away(other, b, a, weight, today)
            clashes += _clashes(other, b, a, label, foes, foes_from)
            _apply(other, b, a, label, points, weight, loads, sums, s)
        rise = _both(sums, a, b, lower, upper, mean) - before + clashes
        rise += (max(0.0, moved + shift - most_moved) - max(0.0, moved - most_moved)) / total_weight
        cost = change + penalty * rise
        good = cost <= 0 or np.random.random() < np.exp(-cost / heat)
        if good:
            label[i] = a
            if other >= 0:
                label[other] = b
            stamp += 2
            good = _stays_connected(i, label, indptr, indices, mark, stamp, queue)
            label[i] = b
            if good and other >= 0:
                stamp += 2
                good = _stays_connected(other, label, indptr, indices, mark, stamp, queue)
                label[other] = a
        if not good:
            if other >= 0:
                _apply(other, a, b, label, points, weight, loads, sums, s)
            _apply(i, b, a, label, points, weight, loads, sums, s)
            continue
        moved += shift
        value += change
        excess += rise
        if excess < best_excess - 1e-9 or (excess < best_excess + 1e-9 and value < best_value):
            best_excess, best_value = excess, value
            best[:] = label
    return best, best_excess, best_value, penalty
