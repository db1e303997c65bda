"""Simulated annealing about seats that follow their communities: for any metric, for distances as they are."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.heuristic.anneal import CHEAPER, DEARER, SWAPS
from optimize.districting.heuristic.following_seats import Chains, Ground, about, costs, follow, link, next_seat, unlink
from optimize.districting.heuristic.one_move import (
    away_by,
    clashes_by,
    excess_of,
    excess_of_both,
    partner,
    stays_connected,
)
from optimize.districting.splits.counts import Groups, counted, splits_by

FOLLOW = 8
"""A seat is looked for anew once a community of so many units has changed by one; larger ones later in proportion."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _carry(i: int, a: int, b: int, label: Ints, loads: Floats, sums: Floats) -> None:
    """Move a unit from community a to community b in the label and in the sums."""
    label[i] = b
    for q in range(sums.shape[1]):
        sums[a, q] -= loads[i, q]
        sums[b, q] += loads[i, q]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def anneal_about_seats(  # noqa: PLR0912, PLR0915 (one loop, compiled: a call per move would cost more than the move)
    ground: Ground,
    label: Ints,
    seat: Ints,
    edges: Ints,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    mean: Floats,
    pinned: Ints,
    today: Ints,
    most_moved: float,
    foes: Ints,
    foes_from: Ints,
    groups: Groups,
    steps: int,
    hot: float,
    cold: float,
    penalty: float,
    fixed: bool,
    first: bool,
    seed: int,
) -> tuple[Ints, float, float, float]:
    """Anneal one plan whose cost is taken about seats.

    As `anneal`, but every community has a seat among its members. A move is judged about the seats as they are, which
    takes constant time and never flatters it; after some moves a seat is looked for anew among the members beside it
    (the sum of distances from a point of the plane is convex). A unit out of its seat's reach is an excess.

    A step:

    1. cool; after a stretch, set the price of an excess anew;
    2. draw a unit at a border, and now and then one that comes back for it; a seat that leaves has a follower;
    3. carry them over, and see what that changes about the seats, in bounds, wishes and moves;
    4. keep it if it is cheap enough for the temperature and both communities stay connected, else undo it;
    5. look for the seats of communities anew that have changed enough;
    6. remember the plan if it is the best one so far.

    Parameters
    ----------
    ground : Ground
    label : ndarray of int, shape (units,)
        Start; connected communities. Overwritten by the last plan.
    seat : ndarray of int, shape (communities,)
        Their seats. Overwritten, too.
    pinned : ndarray of int, shape (units,)
        1 where a unit must not move: fixed seats, which stay the seats of their communities.

    Other parameters and what is returned are those of `anneal`.

    References
    ----------
    Kaufman & Rousseeuw, "Finding groups in data", Wiley 1990 (medoids that are exchanged). Salazar-Aguilar,
    Ríos-Mercado & Cabrera-Ríos, "New models for commercial territory design", Networks and Spatial Economics 11, 2011.
    """
    np.random.seed(seed)
    n, k, m = len(label), len(seat), loads.shape[1]
    weight, indptr, indices = ground.weight, ground.indptr, ground.indices
    sums = np.zeros((k, m))
    chains = Chains(np.full(k, -1), np.full(n, -1), np.full(n, -1), np.zeros(k, np.int64))
    moved, value, excess = 0.0, 0.0, 0.0
    for i in range(n):
        c = label[i]
        sums[c] += loads[i]
        link(chains, i, c)
        cost, far = costs(ground, i, seat[c])
        value += cost
        excess += far
        if today[i] >= 0 and c != today[i]:
            moved += weight[i]
        for e in range(foes_from[i], foes_from[i + 1]):
            if label[foes[e]] == label[i]:
                excess += 0.5
    total_weight = weight.sum()
    for c in range(k):
        for q in range(m):
            excess += excess_of(sums[c, q], lower[c, q], upper[c, q], mean[q])
    excess += max(0.0, moved - most_moved) / total_weight
    held, made, split = counted(label, k, groups)
    excess += split
    best, best_excess, best_value = label.copy(), excess, value
    # What has changed since the best plan; its copy follows when a better one is met, not unit by unit of the map.
    changed, changes = np.empty(n, np.int64), 0
    mark, queue, stamp = np.zeros(n, np.int64), np.empty(n, np.int64), 0
    stale, pair = np.zeros(k, np.int64), np.empty(2, np.int64)
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
        if a == b or pinned[i] == 1 or chains.size[a] == 1:
            continue
        other = -1
        if np.random.random() < SWAPS:
            other = partner(i, a, b, label, indptr, indices)
            if other >= 0 and (pinned[other] == 1 or other == seat[b] or i == seat[a]):
                continue
        cost, far = costs(ground, i, seat[b])
        follower = -1
        if i == seat[a]:
            follower, new, new_far = next_seat(ground, chains, label, a, i, i, np.inf, penalty)
            if follower < 0:
                continue
            old, old_far = about(ground, chains, a, -1, i, np.inf, penalty)
        else:
            new, new_far = 0.0, 0.0
            old, old_far = costs(ground, i, seat[a])
        change, rise = cost + new - old, far + new_far - old_far
        if other >= 0:
            cost, far = costs(ground, other, seat[a])
            old, old_far = costs(ground, other, seat[b])
            change += cost - old
            rise += far - old_far
        before = excess_of_both(sums, a, b, lower, upper, mean)
        rise += clashes_by(i, a, b, label, foes, foes_from)
        shift = away_by(i, a, b, weight, today)
        _carry(i, a, b, label, loads, sums)
        rise += splits_by(i, a, b, groups, held, made)
        if other >= 0:
            rise += clashes_by(other, b, a, label, foes, foes_from)
            shift += away_by(other, b, a, weight, today)
            _carry(other, b, a, label, loads, sums)
            rise += splits_by(other, b, a, groups, held, made)
        rise += excess_of_both(sums, a, b, lower, upper, mean) - before
        rise += (max(0.0, moved + shift - most_moved) - max(0.0, moved - most_moved)) / total_weight
        dear = change + penalty * rise
        good = dear <= 0 or np.random.random() < np.exp(-dear / heat)
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
                _carry(other, a, b, label, loads, sums)
                splits_by(other, a, b, groups, held, made)
            _carry(i, b, a, label, loads, sums)
            splits_by(i, b, a, groups, held, made)
            continue
        if follower >= 0:
            seat[a] = follower
        unlink(chains, i, a)
        link(chains, i, b)
        if other >= 0:
            unlink(chains, other, b)
            link(chains, other, a)
        moved += shift
        value += change
        excess += rise
        for unit in (i, other):
            if unit >= 0 and changes < n:
                changed[changes] = unit
                changes += 1
        pair[0], pair[1] = a, b
        for c in pair:
            stale[c] += 1 if other < 0 else 2
            if stale[c] * FOLLOW >= chains.size[c]:
                stale[c] = 0
                if pinned[seat[c]] == 0:
                    change, rise = follow(ground, chains, label, c, seat, penalty)
                    value += change
                    excess += rise
        if excess < best_excess - 1e-9 or (excess < best_excess + 1e-9 and value < best_value):
            best_excess, best_value = excess, value
            if changes < n:
                for at in range(changes):
                    best[changed[at]] = label[changed[at]]
            else:
                best[:] = label
            changes = 0
            if first and best_excess < 1e-9:
                break
    return best, best_excess, best_value, penalty
