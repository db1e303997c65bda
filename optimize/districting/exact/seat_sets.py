"""Sets of seats that a plan within a limit may have, listed by branching on the seat of one unit after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.fixed_seats import FIRST_ROUNDS, settle, slope_of
from optimize.districting.exact.separators import Bytes, Ground, close_off

OUT, MAY, MUST = 0, 1, 2
"""What is known of a unit as a seat."""

FIRST_STEP, LEAST_STEP, SHORTER, PATIENCE = 1.0, 0.05, 0.5, 8
"""Length of the first step, as a share of Polyak's, and of the last; its factor after so many without progress."""

ROUNDS, ROOT_ROUNDS = 40, 300
"""Subgradient steps at a node, and at the root."""

PROGRESS = 1e-3
"""Share of the gap to the limit that counts as progress."""

HEAVY = 0.1
"""Share of the largest load from which a unit is branched on even where only seats that must be are left to it."""


class Node(NamedTuple):
    """Where the tree stands; what compiled loops change.

    Attributes
    ----------
    allowed : ndarray of int8, shape (seats, units)
        1 where a unit may have a seat.
    known : ndarray of int8, shape (units,)
        `OUT`, `MAY` or `MUST` be a seat.
    assign : ndarray, shape (units,)
        What covering a unit is worth.
    price : ndarray, shape (attributes, seats)
        What a load costs (below 0: earns) at a seat.
    score : ndarray, shape (seats,)
        Least cost of a community about a seat.
    chosen : ndarray of int, shape (communities,)
        The seats of least score.
    """

    allowed: Bytes
    known: Bytes
    assign: Floats
    price: Floats
    score: Floats
    chosen: Ints


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill_dear(cost: Floats, loads: Floats, assign: Floats, price: Floats, j: int, dear: Floats) -> None:
    """Fill in what all units cost at a seat, less what they are worth."""
    for i in range(len(dear)):
        dear[i] = cost[j, i] - assign[i]
    for q in range(len(price)):
        for i in range(len(dear)):
            dear[i] += price[q, j] * loads[i, q]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def bound_of(ground: Ground, node: Node) -> float:
    """Fill in scores and the seats of least score; return the bound that they give, infinite where seats lack."""
    cost, loads, lower, upper = ground.cost, ground.loads, ground.lower, ground.upper
    n, m = loads.shape
    dear = np.empty(n)
    for j in range(n):
        node.score[j] = np.inf
        if node.known[j] == OUT:
            continue
        _fill_dear(cost, loads, node.assign, node.price, j, dear)
        total = dear[j]
        dear[j] = 0.0
        for q in range(m):
            price = node.price[q, j]
            total -= price * (upper[q] if price > 0 else lower[q])
        for i in range(n):
            total += min(0.0, dear[i]) if node.allowed[j, i] else 0.0
        node.score[j] = total
    _choose(node)
    if node.chosen[-1] < 0:
        return np.inf
    return float(node.assign.sum() + node.score[node.chosen].sum())


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _choose(node: Node) -> None:
    """Choose the seats that must be, then those of least score; -1 at the end where there are too few or too many."""
    free, place, k = node.known == MAY, 0, len(node.chosen)
    node.chosen[:] = -1
    for j in range(len(free)):
        if node.known[j] == MUST:
            if place == k:
                node.chosen[-1] = -1
                return
            node.chosen[place] = j
            place += 1
    while place < k:
        least = -1
        for j in range(len(free)):
            if free[j] and (least < 0 or node.score[j] < node.score[least]):
                least = j
        if least < 0:
            return
        free[least] = False
        node.chosen[place] = least
        place += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_units(ground: Ground, node: Node, limit: float, rounds: int) -> float:
    """Bound the moment as `lagrange` does, with what is known of seats and pairs; stop once above the limit.

    The node ends at the best multipliers.
    """
    n, m = ground.loads.shape
    best, step, stale = -np.inf, FIRST_STEP, 0
    assign, price = node.assign.copy(), node.price.copy()
    once, slope, unit = np.empty(n), np.empty((m, len(node.chosen))), np.empty(m)
    for q in range(m):
        unit[q] = max(ground.loads[:, q].mean(), 1e-12)
    for _ in range(rounds):
        bound = bound_of(ground, node)
        stale = 0 if bound > best + PROGRESS * max(limit - best, 0.0) else stale + 1
        if bound > best:
            best, assign[:], price[:] = bound, node.assign, node.price
        if best > limit:
            break
        if stale >= PATIENCE:
            step, stale = step * SHORTER, 0
            if step < LEAST_STEP:
                break
        norm = _slopes(ground, node, unit, once, slope)
        length = step * max(limit - bound, 1e-9 * abs(limit)) / norm
        node.assign[:] += length * once
        for c in range(len(node.chosen)):
            for q in range(m):
                node.price[q, node.chosen[c]] += length * slope[q, c] / unit[q]
    node.assign[:], node.price[:] = assign, price
    return best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _slopes(ground: Ground, node: Node, unit: Floats, once: Floats, slope: Floats) -> float:
    """Fill in a subgradient, loads in their units; return its squared length."""
    cost, loads, lower, upper = ground.cost, ground.loads, ground.lower, ground.upper
    n, m = loads.shape
    once[:], slope[:] = 1.0, 0.0
    dear = np.empty(n)
    for c in range(len(node.chosen)):
        j = node.chosen[c]
        _fill_dear(cost, loads, node.assign, node.price, j, dear)
        for i in range(n):
            if i == j or (node.allowed[j, i] and dear[i] < 0):
                once[i] -= 1.0
                for q in range(m):
                    slope[q, c] += loads[i, q]
        for q in range(m):
            slope[q, c] = slope_of(node.price[q, j], slope[q, c], lower[q], upper[q]) / unit[q]
    return float((once**2).sum() + (slope**2).sum() + 1e-300)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def strike_seats(ground: Ground, node: Node, bound: float, limit: float) -> bool:
    """Strike off seats and pairs that no plan within the limit uses; False where too few are left."""
    cost, loads, n = ground.cost, ground.loads, len(node.known)
    taken, dear = np.zeros(n, np.bool_), np.empty(n)
    for j in node.chosen:
        taken[j] = True
    last, after = -np.inf, np.inf  # the scores of the worst free seat chosen, and of the best one not chosen
    for j in range(n):
        if node.known[j] == MAY:
            if taken[j]:
                last = max(last, node.score[j])
            else:
                after = min(after, node.score[j])
    for j in range(n):
        if node.known[j] == MAY:
            if not taken[j] and bound + node.score[j] - last > limit:
                node.known[j] = OUT
            elif taken[j] and bound + after - node.score[j] > limit:
                node.known[j] = MUST
    for j in range(n):
        extra = 0.0 if taken[j] else max(node.score[j] - last, 0.0)
        _fill_dear(cost, loads, node.assign, node.price, j, dear)
        for i in range(n):
            lifted = bound + extra + max(dear[i], 0.0) > limit
            if i != j and (node.known[j] == OUT or node.known[i] == MUST or lifted):
                node.allowed[j, i] = 0
    left = _strike_unreached(ground, node)
    return bool(left)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _strike_unreached(ground: Ground, node: Node) -> bool:
    """Strike off what contiguity and loads rule out about every seat; False where a seat or a unit has no way left."""
    n = len(node.known)
    choices, own = np.zeros(n, np.int64), np.empty(n, np.bool_)
    for j in range(n):
        if node.known[j] == OUT:
            node.allowed[j] = 0
        choices += node.allowed[j]
    if choices.min() == 0:
        return False
    for j in range(n):
        for i in range(n):
            if node.allowed[j, i] and choices[i] == 1:
                node.known[j] = MUST  # it is all that a unit has left
    for j in range(n):
        if node.known[j] == OUT:
            continue
        for i in range(n):
            own[i] = node.allowed[j, i] and node.known[j] == MUST and choices[i] == 1
        if not close_off(ground, j, node.allowed[j], own):
            if node.known[j] == MUST:
                return False
            node.known[j], node.allowed[j] = OUT, 0
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _branch_on(ground: Ground, node: Node) -> int:
    """Return the unit whose seat is decided next: heavy, with few choices; -1 where a unit has none.

    A unit with one choice left that is no seat for certain yet comes first: what was struck off about other seats
    decided it, and while any seat is open, there is a unit to branch on.
    """
    n = len(node.known)
    choice, least = -1, np.inf
    for i in range(n):
        choices, new = 0, 0
        for j in range(n):
            if node.allowed[j, i]:
                choices += 1
                new += node.known[j] == MAY
        if choices == 0:
            return -1
        share = (ground.loads[i] / ground.upper).max()
        rank = (choices - 1) / (share + 1e-6)
        if (new > 0 or (choices > 1 and share > HEAVY)) and rank < least:
            choice, least = i, rank
    return choice


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _seats_of(ground: Ground, node: Node, i: int) -> Ints:
    """Return the seats of a unit, those that cost least first; what is ruled out comes last."""
    dear = np.full(len(node.known), np.inf)
    for j in range(len(dear)):
        if node.allowed[j, i]:
            dear[j] = ground.cost[j, i] - node.assign[i] + (ground.loads[i] * node.price[:, j]).sum()
    return np.argsort(dear)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _leaf(ground: Ground, node: Node, limit: float, seats: Ints, allowed: Bytes) -> float:
    """Fill in a full set of seats and what it allows; return its bound, infinite where it is above the limit."""
    n, k = allowed.shape
    place = 0
    for j in range(n):
        if node.known[j] != OUT:
            seats[place] = j
            place += 1
    cost, price, regret = np.empty((n, k)), np.zeros((ground.loads.shape[1], k)), np.empty(n)
    for s in range(k):
        cost[:, s], allowed[:, s] = ground.cost[seats[s]], node.allowed[seats[s]]
    for s in range(k):
        for t in range(k):
            if s != t:
                allowed[seats[s], t] = 0
    return float(settle(ground, cost, seats, allowed, limit, FIRST_ROUNDS, price, regret))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def list_seat_sets(  # noqa: PLR0912 (one search, compiled)
    ground: Ground, root: Node, limit: float, part: int, parts: int, most: int, nodes: int, halt: Ints
) -> tuple[Ints, Bytes, Floats, int]:
    """List the sets of seats that a plan within a limit may have.

    Parameters
    ----------
    ground : Ground
    root : Node
        What is known, and multipliers to begin with.
    limit : float
    part, parts : int
        Of the root's branches, those whose number leaves this remainder.
    most, nodes : int
        Sets and nodes after which the listing gives up.
    halt : ndarray of int, shape (1,)
        It gives up, too, as soon as this is not 0.

    Returns
    -------
    sets : ndarray of int, shape (sets, communities)
    allowed : ndarray of int8, shape (sets, units, communities)
    bounds : ndarray, shape (sets,)
    left : int
        Nodes left; below 0 where it gave up.
    """
    n, k, m = len(root.known), len(root.chosen), len(root.price)
    tree, seats = np.zeros((n + 2, n, n), np.int8), np.zeros((n + 2, n), np.int8)
    worth, price = np.zeros((n + 2, n)), np.zeros((n + 2, m, n))
    unit, turn, order = np.full(n + 2, -1), np.zeros(n + 2, np.int64), np.zeros((n + 2, n), np.int64)
    sets, pairs, bounds = np.empty((most, k), np.int64), np.empty((most, n, k), np.int8), np.empty(most)
    tree[0], seats[0], worth[0], price[0] = root.allowed, root.known, root.assign, root.price
    count, depth, fresh = 0, 0, True
    while depth >= 0:
        if fresh:
            fresh, nodes = False, nodes - 1
            if nodes < 0 or halt[0] or count == most:
                return sets[:count], pairs[:count], bounds[:count], -2 - nodes
            unit[depth] = -1
            node = Node(tree[depth], seats[depth], worth[depth], price[depth], root.score, root.chosen)
            bound = price_units(ground, node, limit, ROOT_ROUNDS if depth == 0 else ROUNDS)
            if bound <= limit:
                bound_of(ground, node)  # the scores at the best multipliers
                if strike_seats(ground, node, bound, limit):
                    left, given = (node.known != OUT).sum(), (node.known == MUST).sum()
                    if given == k:
                        for j in range(n):
                            if node.known[j] == MAY:
                                node.known[j] = OUT
                        left = k
                    if left == k and (depth > 0 or part == 0):
                        bounds[count] = max(bound, _leaf(ground, node, limit, sets[count], pairs[count]))
                        count += bounds[count] <= limit
                    elif left > k > given:
                        unit[depth] = _branch_on(ground, node)
                        turn[depth] = 0
                        if unit[depth] >= 0:
                            order[depth] = _seats_of(ground, node, unit[depth])
        while unit[depth] >= 0 and turn[depth] < n:
            if tree[depth, order[depth, turn[depth]], unit[depth]] and (depth > 0 or turn[depth] % parts == part):
                break
            turn[depth] += 1
        if unit[depth] < 0 or turn[depth] == n:
            depth -= 1
            continue
        i, j = unit[depth], order[depth, turn[depth]]
        turn[depth] += 1
        tree[depth + 1], seats[depth + 1] = tree[depth], seats[depth]
        worth[depth + 1], price[depth + 1] = worth[depth], price[depth]
        tree[depth + 1, :, i] = 0
        if i != j:
            tree[depth + 1, i], seats[depth + 1, i] = 0, OUT
        tree[depth + 1, j, i], seats[depth + 1, j] = 1, MUST
        depth, fresh = depth + 1, True
    return sets[:count], pairs[:count], bounds[:count], nodes
