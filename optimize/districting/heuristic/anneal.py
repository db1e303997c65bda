"""Simulated annealing over plans: units on a border change sides, communities stay connected."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.heuristic.one_move import (
    away_by,
    carry,
    change_by,
    clashes_by,
    excess_of,
    excess_of_both,
    moment_of,
    partner,
    stays_connected,
    strays,
)
from optimize.districting.splits.counts import Groups, counted, splits_by

DEARER, CHEAPER = 1.2, 0.9
"""Factors on the penalty after a stretch mostly outside the bounds, and mostly inside."""

SWAPS = 0.3
"""Share of tries that exchange two units of a border instead of moving one."""


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
    groups: Groups,
    reach: float,
    cut_edges: bool,
    steps: int,
    hot: float,
    cold: float,
    penalty: float,
    fixed: bool,
    first: bool,
    seed: int,
) -> tuple[Ints, float, float, float]:
    """Anneal one plan.

    Cost = objective + penalty * excess, where the excess is how far sums lie outside their bounds, in means. The
    penalty rises while the plan stays outside its bounds and falls while it stays inside, so that the search keeps to
    the edge of what is allowed. The moment is taken about the weighted centroid (or the fixed seat), which a move
    changes in constant time.

    A step:

    1. cool; after a stretch, set the price of an excess anew;
    2. draw a unit at a border, and now and then one that comes back for it;
    3. carry them over, and see what that changes in objective, bounds, wishes and moves;
    4. keep it if it is cheap enough for the temperature and both communities stay connected, else undo it;
    5. remember the plan if it is the best one so far.

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
    groups : Groups
        Whose splits are limited; one too many is an excess of one mean.
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
    fixed : bool
        That price stays as it is.
    first : bool
        The first plan inside its bounds will do.
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
            excess += excess_of(sums[c, a], lower[c, a], upper[c, a], mean[a])
    excess += max(0.0, moved - most_moved) / total_weight
    held, made, split = counted(label, k, groups)
    excess += split
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
                value += moment_of(s[c, 0], s[c, 1], s[c, 2], s[c, 3])
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
        if (step + 1) % window == 0 and not fixed:
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
            other = partner(i, a, b, label, indptr, indices)
            if other >= 0 and pinned[other] == 1:
                continue
        if reach < np.inf and strays(i, a, b, points, seat, s, reach):
            continue
        before = excess_of_both(sums, a, b, lower, upper, mean)
        clashes = clashes_by(i, a, b, label, foes, foes_from)
        change = change_by(i, a, b, label, points, weight, indptr, indices, seat, s, cut_edges)
        shift = away_by(i, a, b, weight, today)
        carry(i, a, b, label, points, weight, loads, sums, s)
        clashes += splits_by(i, a, b, groups, held, made)
        if other >= 0:
            change += change_by(other, b, a, label, points, weight, indptr, indices, seat, s, cut_edges)
            shift += away_by(other, b, a, weight, today)
            clashes += clashes_by(other, b, a, label, foes, foes_from)
            carry(other, b, a, label, points, weight, loads, sums, s)
            clashes += splits_by(other, b, a, groups, held, made)
        rise = excess_of_both(sums, a, b, lower, upper, mean) - before + clashes
        rise += (max(0.0, moved + shift - most_moved) - max(0.0, moved - most_moved)) / total_weight
        cost = change + penalty * rise
        good = cost <= 0 or np.random.random() < np.exp(-cost / heat)
        if good:
            label[i] = a
            if other >= 0:
                label[other] = b
            stamp += 2
            good = stays_connected(i, label, indptr, indices, mark, stamp, queue)
            label[i] = b
            if good and other >= 0:
                stamp += 2
                good = stays_connected(other, label, indptr, indices, mark, stamp, queue)
                label[other] = a
        if not good:
            if other >= 0:
                carry(other, a, b, label, points, weight, loads, sums, s)
                splits_by(other, a, b, groups, held, made)
            carry(i, b, a, label, points, weight, loads, sums, s)
            splits_by(i, b, a, groups, held, made)
            continue
        moved += shift
        value += change
        excess += rise
        if excess < best_excess - 1e-9 or (excess < best_excess + 1e-9 and value < best_value):
            best_excess, best_value = excess, value
            best[:] = label
            if first and best_excess < 1e-9:
                break
    return best, best_excess, best_value, penalty
