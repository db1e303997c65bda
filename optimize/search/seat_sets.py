"""Sets of seats that a plan within a limit may have, listed by branching on the seat of one unit after the other."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimize.instance import Floats, Ints
from optimize.search.fixed_seats import FIRST_ROUNDS, Bytes, close_off, price_fixed, propagate, strike

OUT, MAY, MUST = 0, 1, 2
"""What is known of a unit as a seat."""

FIRST_STEP, SHORTER, PATIENCE = 1.0, 0.5, 8
ROUNDS = 40


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def scores_of(
    cost: Floats, loads: Floats, lower: Floats, upper: Floats, allowed: Bytes, known: Bytes, assign: Floats,
    price: Floats, score: Floats,
) -> None:  # fmt: skip
    """Fill in the least cost of a community around every seat, its units' worth and its loads' prices considered."""
    n, m = loads.shape
    for j in range(n):
        score[j] = np.inf
        if known[j] == OUT:
            continue
        total = cost[j, j] - assign[j]
        for q in range(m):
            total += price[q, j] * loads[j, q] - price[q, j] * (upper[q] if price[q, j] > 0 else lower[q])
        if m == 1:
            u = price[0, j]
            for i in range(n):
                if allowed[j, i] and i != j:
                    total += min(0.0, cost[j, i] - assign[i] + u * loads[i, 0])
        else:
            for i in range(n):
                if allowed[j, i] and i != j:
                    dear = cost[j, i] - assign[i]
                    for q in range(m):
                        dear += price[q, j] * loads[i, q]
                    total += min(0.0, dear)
        score[j] = total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def choose_seats(score: Floats, known: Bytes, chosen: Ints) -> None:
    """Choose the seats that must be, and of the others those of least score."""
    n, place = len(score), 0
    for j in range(n):
        if known[j] == MUST:
            chosen[place] = j
            place += 1
    first = place
    while place < len(chosen):
        least = -1
        for j in range(n):
            if known[j] == MAY and (least < 0 or score[j] < score[least]):
                taken = False
                for c in range(first, place):
                    taken = taken or chosen[c] == j
                if not taken:
                    least = j
        chosen[place] = least
        if least < 0:
            return
        place += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_units(  # noqa: PLR0912 (one loop, compiled)
    cost: Floats, loads: Floats, lower: Floats, upper: Floats, unit: Floats, allowed: Bytes, known: Bytes, k: int,
    limit: float, rounds: int, assign: Floats, price: Floats, score: Floats, chosen: Ints,
) -> float:  # fmt: skip
    """Bound the moment as `lagrange` does, with some seats given and some pairs struck off; best multipliers on return."""
    n, m = loads.shape
    a, u = assign.copy(), price.copy()
    best, step, stale = -np.inf, FIRST_STEP, 0
    once, sums = np.empty(n), np.empty((m, k))
    for _ in range(rounds):
        scores_of(cost, loads, lower, upper, allowed, known, a, u, score)
        choose_seats(score, known, chosen)
        if chosen[-1] < 0:
            return np.inf
        bound = 0.0
        for i in range(n):
            bound += a[i]
        for j in chosen:
            bound += score[j]
        if bound > best + 1e-3 * max(limit - best, 0.0):
            stale = 0
        else:
            stale += 1
        if bound > best:
            best = bound
            assign[:] = a
            price[:] = u
        if best > limit:
            return best
        if stale >= PATIENCE:
            step, stale = step * SHORTER, 0
            if step < 0.05:
                break
        once[:] = 1.0
        norm = 1e-300
        for c in range(k):
            j = chosen[c]
            for q in range(m):
                sums[q, c] = 0.0
            for i in range(n):
                inside = i == j
                if not inside and allowed[j, i]:
                    dear = cost[j, i] - a[i]
                    for q in range(m):
                        dear += u[q, j] * loads[i, q]
                    inside = dear < 0
                if inside:
                    once[i] -= 1.0
                    for q in range(m):
                        sums[q, c] += loads[i, q]
            for q in range(m):
                over, under = sums[q, c] - upper[q], sums[q, c] - lower[q]
                if u[q, j] > 0:
                    slope = over
                elif u[q, j] < 0:
                    slope = under
                else:
                    slope = max(over, 0.0) + min(under, 0.0)
                sums[q, c] = slope / unit[q]
                norm += sums[q, c] ** 2
        for i in range(n):
            norm += once[i] ** 2
        length = step * max(limit - bound, 1e-9 * abs(limit)) / norm
        for i in range(n):
            a[i] += length * once[i]
        for c in range(k):
            for q in range(m):
                u[q, chosen[c]] += length * sums[q, c] / unit[q]
    return best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def strike_pairs(  # noqa: PLR0912
    cost: Floats, loads: Floats, lower: Floats, upper: Floats, indptr: Ints, indices: Ints, allowed: Bytes, known: Bytes,
    k: int, bound: float, limit: float, assign: Floats, price: Floats, score: Floats, chosen: Ints,
) -> bool:  # fmt: skip
    """Strike off seats and pairs that no plan within the limit uses; False where none is left."""
    n, m = loads.shape
    given, left = 0, 0
    for j in range(n):
        given += known[j] == MUST
    last, after = -np.inf, np.inf
    for j in range(n):
        if known[j] == MAY:
            taken = False
            for c in chosen:
                taken = taken or c == j
            if taken:
                last = max(last, score[j])
            else:
                after = min(after, score[j])
    for j in range(n):
        if known[j] != MAY:
            continue
        taken = False
        for c in chosen:
            taken = taken or c == j
        if not taken and (given == k or bound + score[j] - last > limit):
            known[j] = OUT
        elif taken and bound + after - score[j] > limit:
            known[j] = MUST
    given = 0
    for j in range(n):
        given += known[j] == MUST
    if given > k:
        return False
    own, options = np.empty(n, np.bool_), np.zeros(n, np.int64)
    for j in range(n):
        for i in range(n):
            options[i] += allowed[j, i]
    for j in range(n):
        if known[j] == OUT:
            allowed[j] = 0
            continue
        taken = False
        for c in chosen:
            taken = taken or c == j
        extra = 0.0 if taken else max(score[j] - last, 0.0)
        for i in range(n):
            if allowed[j, i] and i != j:
                dear = cost[j, i] - assign[i]
                for q in range(m):
                    dear += price[q, j] * loads[i, q]
                if bound + extra + max(dear, 0.0) > limit or known[i] == MUST:
                    allowed[j, i] = 0
        total = 0.0
        for i in range(n):
            own[i] = allowed[j, i] and known[j] == MUST and options[i] == 1
        held = close_off(j, allowed[j], own, loads, upper, indptr, indices)
        for q in range(m):
            total = 0.0
            for i in range(n):
                if allowed[j, i]:
                    total += loads[i, q]
            held = held and total >= lower[q]
        if not held:
            if known[j] == MUST:
                return False
            known[j] = OUT
            allowed[j] = 0
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def list_seat_sets(  # noqa: PLR0912, PLR0915
    cost: Floats, loads: Floats, lower: Floats, upper: Floats, possible: Bytes, must: Bytes, k: int,
    indptr: Ints, indices: Ints, limit: float, assign: Floats, price: Floats, part: int, parts: int, most: int, nodes: int, halt: Ints,
) -> tuple[Ints, Bytes, Floats, int, int]:  # fmt: skip
    """Return sets of seats, what they allow, their bounds, how many there are (-1: too many), and nodes left."""
    n, m = loads.shape
    depths = n + 2
    tree = np.zeros((depths, n, n), np.int8)
    seats = np.zeros((depths, n), np.int8)
    worth, charge = np.zeros((depths, n)), np.zeros((depths, m, n))
    unit, turn = np.full(depths, -1), np.zeros(depths, np.int64)
    order = np.zeros((depths, n), np.int64)
    sets, pairs, bounds = np.empty((most, k), np.int64), np.empty((most, n, k), np.int8), np.empty(most)
    count = 0
    score, chosen = np.empty(n), np.empty(k, np.int64)
    scale = np.empty(m)
    for q in range(m):
        scale[q] = max(loads[:, q].sum() / n, 1e-12)
    weight = np.zeros(n)
    for i in range(n):
        for q in range(m):
            weight[i] = max(weight[i], loads[i, q] / max(upper[q], 1e-300))
    tree[0], worth[0], charge[0] = possible, assign, price
    for j in range(n):
        seats[0, j] = MUST if must[j] else (MAY if possible[j, j] else OUT)
    regret = np.empty(n)
    depth, fresh = 0, True
    while depth >= 0:
        if fresh:
            nodes -= 1
            if nodes < 0 or halt[0]:
                return sets[:count], pairs[:count], bounds[:count], -1, nodes
            fresh = False
            unit[depth] = -1
            allowed, known = tree[depth], seats[depth]
            bound = price_units(
                cost, loads, lower, upper, scale, allowed, known, k, limit, 300 if depth == 0 else ROUNDS,
                worth[depth], charge[depth], score, chosen,
            )  # fmt: skip
            alive = bound <= limit
            if alive:
                # The scores at the best multipliers.
                scores_of(cost, loads, lower, upper, allowed, known, worth[depth], charge[depth], score)
                choose_seats(score, known, chosen)
                alive = strike_pairs(
                    cost, loads, lower, upper, indptr, indices, allowed, known, k, bound, limit, worth[depth], charge[depth],
                    score, chosen,
                )  # fmt: skip
            given, left = 0, 0
            for j in range(n):
                given += known[j] == MUST
                left += known[j] != OUT
            if not alive or left < k:
                depth -= 1
                continue
            if given == k or left == k:
                if depth == 0 and part > 0:
                    break
                place = 0
                for j in range(n):
                    if known[j] == MUST or (left == k and known[j] == MAY):
                        if count == most:
                            return sets, pairs, bounds, -1, nodes
                        sets[count, place] = j
                        for i in range(n):
                            pairs[count, i, place] = allowed[j, i]
                        place += 1
                for s in range(k):
                    for t in range(k):
                        if s != t:
                            pairs[count, sets[count, s], t] = 0
                near = np.empty((n, k))
                for s in range(k):
                    near[:, s] = cost[sets[count, s]]
                dues = np.zeros((m, k))
                known_bound = bound
                for again in range(2):
                    alive = propagate(sets[count], loads, lower, upper, pairs[count], indptr, indices)
                    if not alive:
                        break
                    bound = price_fixed(near, loads, lower, upper, pairs[count], limit, FIRST_ROUNDS, dues)
                    alive = bound <= limit
                    if not alive or not strike(near, loads, pairs[count], dues, bound, limit, regret):
                        break
                if alive:
                    bounds[count] = max(bound, known_bound)
                    count += 1
                depth -= 1
                continue
            choice, fewest, heaviest = -1, np.inf, 0.0
            for i in range(n):
                options, new = 0, 0
                for j in range(n):
                    if allowed[j, i]:
                        options += 1
                        new += known[j] == MAY
                if options == 0:
                    alive = False
                rank = (options - 1) / (weight[i] + 1e-6)
                if (new > 0 or weight[i] > 0.1) and options > 1 and rank < fewest:
                    choice, fewest = i, rank
            if not alive:
                depth -= 1
                continue
            if choice < 0:
                # Every unit has one seat left, or none that is open to doubt: a seat in doubt holds itself only.
                for j in range(n):
                    if known[j] == MAY:
                        choice = j
            unit[depth], turn[depth] = choice, 0
            dears = np.full(n, np.inf)
            for j in range(n):
                if allowed[j, choice]:
                    dears[j] = cost[j, choice] - worth[depth, choice] + max(score[j], -1e300) * 0
                    for q in range(m):
                        dears[j] += charge[depth, q, j] * loads[choice, q]
            order[depth] = np.argsort(dears)
        if unit[depth] < 0 or turn[depth] >= n or not tree[depth, order[depth, turn[depth]], unit[depth]]:
            depth -= 1
            continue
        j = order[depth, turn[depth]]
        turn[depth] += 1
        if depth == 0 and (turn[0] - 1) % parts != part:
            continue
        tree[depth + 1] = tree[depth]
        seats[depth + 1] = seats[depth]
        tree[depth + 1, :, unit[depth]] = 0
        tree[depth + 1, j, unit[depth]] = 1
        seats[depth + 1, j] = MUST
        if unit[depth] != j:
            seats[depth + 1, unit[depth]] = OUT
            tree[depth + 1, unit[depth], :] = 0
        worth[depth + 1], charge[depth + 1] = worth[depth], charge[depth]
        depth += 1
        fresh = True
    return sets[:count], pairs[:count], bounds[:count], count, nodes
