"""Simulated annealing over plans: units on a border change sides, communities stay connected."""

from __future__ import annotations

import numpy as np
from numba import njit

from optimize.instance import Floats, Ints

DEARER, CHEAPER = 1.2, 0.9
"""Factors on the penalty after a stretch mostly outside the bounds, and mostly inside."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def _stays_connected(unit: int, label: Ints, indptr: Ints, indices: Ints, mark: Ints, stamp: int, queue: Ints) -> bool:
    """Say whether a community stays connected without a unit, by search from one neighbour to all the others."""
    home, first, wanted = label[unit], -1, 0
    for e in range(indptr[unit], indptr[unit + 1]):
        if label[indices[e]] == home:
            wanted += 1
            first = indices[e]
    if wanted == 0:
        return False
    if wanted == 1:
        return True
    for e in range(indptr[unit], indptr[unit + 1]):
        if label[indices[e]] == home:
            mark[indices[e]] = stamp
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
    pinned : ndarray of int, shape (units,)
        1 where a unit must not move.
    seat : ndarray of int, shape (communities,)
        Fixed seat of a community or -1.
    today : ndarray of int, shape (units,)
        Today's community (label), for the limit on moved workload; -1 where there is none.
    most_moved : float
        Largest weight that may be away from today's community.
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
            excess += _excess(sums[c, a], lower[a], upper[a], mean[a])
    excess += max(0.0, moved - most_moved) / total_weight
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
        rise = 0.0
        for q in range(m):
            rise += (
                _excess(sums[a, q] - loads[i, q], lower[q], upper[q], mean[q])
                + _excess(sums[b, q] + loads[i, q], lower[q], upper[q], mean[q])
                - _excess(sums[a, q], lower[q], upper[q], mean[q])
                - _excess(sums[b, q], lower[q], upper[q], mean[q])
            )
        shift = 0.0
        if today[i] >= 0:
            if a == today[i]:
                shift = weight[i]
            elif b == today[i]:
                shift = -weight[i]
            rise += (max(0.0, moved + shift - most_moved) - max(0.0, moved - most_moved)) / total_weight
        w, x, y = weight[i], points[i, 0], points[i, 1]
        r = w * (x * x + y * y)
        change = 0.0
        if cut_edges:
            for f in range(indptr[i], indptr[i + 1]):
                if label[indices[f]] == a:
                    change += 1.0
                elif label[indices[f]] == b:
                    change -= 1.0
        else:
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
        cost = change + penalty * rise
        if cost > 0 and np.random.random() >= np.exp(-cost / heat):
            continue
        stamp += 2
        if not _stays_connected(i, label, indptr, indices, mark, stamp, queue):
            continue
        label[i] = b
        sums[a] -= loads[i]
        sums[b] += loads[i]
        for c, sign in ((a, -1.0), (b, 1.0)):
            s[c, 0] += sign * w
            s[c, 1] += sign * w * x
            s[c, 2] += sign * w * y
            s[c, 3] += sign * r
        moved += shift
        value += change
        excess += rise
        if excess < best_excess - 1e-9 or (excess < best_excess + 1e-9 and value < best_value):
            best_excess, best_value = excess, value
            best[:] = label
    return best, best_excess, best_value, penalty
