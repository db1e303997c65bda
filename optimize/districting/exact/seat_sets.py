"""Sets of seats that a plan within a limit may have, listed by branching on the seat of one unit after the other."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.exact.fixed_seats import FIRST_ROUNDS, settle
from optimize.districting.exact.seat_prices import MAY, MUST, OUT, Node, bound_of, price_units, strike_seats
from optimize.districting.exact.separators import Bytes, Ground

ROUNDS, ROOT_ROUNDS = 40, 300
"""Subgradient steps at a node, and at the root."""

HEAVY = 0.1
"""Share of the largest load from which a unit is branched on even where only seats that must be are left to it."""


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
