"""Proof where moves are limited: communities that take the names of today's, each name once, and what they move."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from optimize.districting.exact.branch_and_cut import Exact
from optimize.districting.exact.course import (
    A_PROGRAMME,
    FIRST_CUT,
    LITTLE,
    PATIENCE,
    PER_ROOT,
    PRICE_NODES,
    SMOOTH,
    Course,
    batches,
    grown_side_by_side,
    roots_at,
)
from optimize.districting.exact.pricing.objectives import MOST_COLUMNS, rooted
from optimize.districting.exact.set_partitioning import Limit, choose
from optimize.districting.formulations.set_partitioning import relax
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.moves.named_communities import COMPLETE, Moves, moves_of
from optimize.districting.problem.evidence import note
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.rooted_communities import Columns, Root
from optimize.districting.problem.verify import Check, check_plan
from optimize.solving.deadline import Deadline, halting

LIST_NODES = 100_000_000
"""Nodes of one root's tree after which listing gives up."""

ROUNDS = 200
"""Rounds of pricing at the most."""

A_SET = 3e-7
"""Units of work of a set of units."""

PENALTY = 10.0


@dataclass
class _Course(Course):
    """Where a proof stands: with the names of today's communities."""

    moves: Moves = field(kw_only=True)
    today: Today = field(kw_only=True)

    def add(self, columns: Columns) -> int:
        """Take communities in that are not known; return how many."""
        fresh = [column for column in columns if column.tobytes() not in self.seen]
        self.seen.update(column.tobytes() for column in fresh)
        self.members += fresh
        return len(fresh)

    def named(self) -> tuple[Columns, Floats, Limit]:
        """Return the communities known so far under each of their names, what they cost and what they move."""
        members = self.known()
        cost = np.array([self.rooted.cost_of(c) for c in members], dtype=np.float64)
        possible = np.isfinite(cost)
        return self.moves.named(members[possible], cost[possible])

    def sound(self, label: Ints, found: Check) -> bool:
        """Say whether a plan is a valid one and keeps the limit."""
        return not found.faults and keeps(self.instance, label, self.today)


@dataclass(frozen=True)
class _Priced:
    """Prices of units and of moves, what a community costs at least at them under each name, and their bound."""

    prices: Floats
    toll: float
    least: Floats
    bound: float


def prove_within_moves(
    instance: Instance,
    possible: NDArray[np.bool_],
    incumbent: Ints | None,
    bound: float,
    first: Floats,
    today: Today,
    *,
    deadline: Deadline,
    jobs: int = 1,
) -> Exact:
    """Prove an objective over communities with names, where only so much may leave its name of today.

    A plan keeps the limit if its communities can take today's names, each one once, so that what leaves its name comes
    to no more: what a community with a name moves is a sum over its units. So the linear programme over whole
    communities gets one row a name, and one for the moves, whose prices a tree of each name takes into account. Then
    every community that a plan below a cut could use is listed under every name, as `prove_by_columns` does.

    Parameters
    ----------
    instance : Instance
        Bounded on both sides. Wishes about pairs of units are kept by leaving out what breaks them.
    possible : ndarray of bool, shape (units, units)
        As in `lagrange.Dual`.
    incumbent : ndarray of int or None
        Keeps the limit.
    bound : float
    first : ndarray, shape (units,)
        Prices of the units to begin with.
    today : Today
    deadline, jobs
        As for `prove_by_columns`.
    """
    value = math.inf if incumbent is None else check_plan(instance, incumbent).value
    plain = replace(instance, together=(), apart=np.zeros((0, 2), dtype=np.int64))
    if instance.objective == "cut-edges":
        plain = replace(plain, seats=np.zeros(0, dtype=np.int64))
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as threads, halting(deadline) as halt:
        trees, moves = rooted(plain, possible, halt), moves_of(instance, today)
        course = _Course(instance, trees, incumbent, value, bound, deadline, threads, halt, moves=moves, today=today)
        if incumbent is not None:
            course.add(np.array([incumbent == k for k in range(instance.communities)], dtype=np.int8))
        best = _converge(course, first)
        if best is not None and not course.closed and not deadline.over:
            _close(course, best)
    if course.closed:
        return Exact(course.label, course.value, "infeasible" if course.label is None else "optimal")
    return Exact(course.label, min(course.bound, course.value), "feasible")


def _converge(course: _Course, first: Floats) -> _Priced | None:
    """Add communities until hardly any lowers the linear programme; return the best prices."""
    best = _price(course, first, 0.0, math.inf)[0]
    stale, mark = 0, course.bound
    for _ in range(ROUNDS):
        if best is None or course.closed or course.late:
            break
        columns, cost, limit = course.named()
        course.deadline.spend(A_PROGRAMME * columns.size)
        solved = relax(
            columns, cost, course.instance.communities, course.rooted.scale, penalty=PENALTY,
            moved=limit.moved, most=limit.most,
        ) if len(columns) else None  # fmt: skip
        if solved is None:
            break
        units, new, priced = solved.prices[: len(course.instance)], 0, None
        for share in (1 - SMOOTH, 1.0):
            prices = (1 - share) * best.prices + share * units
            toll = (1 - share) * best.toll + share * solved.toll
            priced, new = _price(course, prices, toll, (1 - share) * best.bound + share * solved.value)
            if priced is not None and priced.bound > best.bound:
                best = priced
            if new or priced is None or course.closed:
                break
        stale += 1
        if best.bound - mark > LITTLE * max(course.goal - best.bound, 0.0):
            stale, mark = 0, best.bound
        if priced is None or not new or stale == PATIENCE or course.rooted.near(best.bound, solved.value):
            break
    return best


def _price(course: _Course, prices: Floats, toll: float, hope: float) -> tuple[_Priced | None, int]:
    """Return what prices prove, and how many communities were new; None where the work did not suffice."""
    names = course.instance.communities
    found: list[Columns] = []
    least, units = np.zeros(names), _on_grid(course, prices, toll)
    cap = (min(hope, course.value) - float(prices.sum()) + toll * course.moves.most) / names
    cap = cap + 1e-7 * abs(cap) if math.isfinite(cap) else math.inf
    for n in range(names):
        least[n] = cap
        for batch in batches(roots_at(course, units[:, n])):
            if course.late:
                return None, 0
            if batch[0].floor > least[n]:
                break
            grown = grown_side_by_side(course, batch, np.full(len(units), least[n]), PRICE_NODES, cheapest=True)
            for root, (columns, costs, left) in zip(batch, grown, strict=True):
                known = costs[-1] - root.slack if len(costs) else math.inf
                least[n] = min(least[n], known if left >= 0 else root.floor)
                found += [*columns[-PER_ROOT:]]
    if not np.isfinite(least).all():
        return None, 0
    bound = float(least.sum()) + _paid(course, units, prices, toll)
    course.raise_bound(bound)
    note("moves", bound, prices=prices, toll=toll)
    return _Priced(prices, toll, least, bound), course.add(np.array(found, dtype=np.int8).reshape(-1, len(prices)))


def _on_grid(course: _Course, prices: Floats, toll: float) -> Floats:
    """Return what covering a unit is worth under every name, shape (units, names)."""
    worth = [course.rooted.priced(prices - toll * away) for away in course.moves.away.T]
    return np.array(worth).T


def _paid(course: _Course, units: Floats, prices: Floats, toll: float) -> float:
    """Return what covering all units is worth at least, whatever names they come under while the limit is kept."""
    off = np.minimum(units - (prices[:, None] - toll * course.moves.away), 0.0).min(axis=1)
    terms = [*prices, *off, -toll * course.moves.most]
    size = float(np.abs(prices).sum()) + toll * (course.moves.most + float(course.moves.away.sum()))
    return math.fsum(terms) - 1e-14 * len(prices) * size


def _close(course: _Course, priced: _Priced) -> None:
    """List what plans below a cut could use and search them all; raise the cut until it reaches the incumbent."""
    k, units = course.instance.communities, _on_grid(course, priced.prices, priced.toll)
    paid = _paid(course, units, priced.prices, priced.toll)
    roots = [roots_at(course, units[:, n]) for n in range(k)]
    step = ((course.goal if math.isfinite(course.goal) else 2 * priced.bound) - priced.bound) / FIRST_CUT
    while not course.closed and not course.late:
        cut = min(course.rooted.cut_at(priced.bound + step, course.bound), course.goal)
        room = cut * (1 + 1e-7) - paid - float(priced.least.sum()) + 1e-7 * course.rooted.scale
        listed = _listed(course, roots, room + priced.least)
        if listed is None:
            return
        columns, cost, limit = listed
        choice = choose(
            columns, cost, k, cut, COMPLETE, course.rooted.scale, course.halt, course.deadline, limit
        )  # fmt: skip
        sound = course.accept(choice.chosen)
        if not choice.complete or not sound:
            return
        bound = course.rooted.above(cut) if cut < course.value else course.value
        course.raise_bound(bound)
        note("moves", course.bound, prices=priced.prices, toll=priced.toll)
        step *= 2


def _listed(course: _Course, roots: list[list[Root]], limits: Floats) -> tuple[Columns, Floats, Limit] | None:
    """Return every community with a name that is within the limit of that name; None where there are too many."""
    n, parts, costs = len(course.instance), list[Columns](), list[Floats]()
    moved, count = list[Floats](), 0
    for name, own in enumerate(roots):
        for batch in batches([root for root in own if root.floor <= limits[name]]):
            if course.late:
                return None
            grown = grown_side_by_side(course, batch, np.full(n, limits[name]), LIST_NODES, cheapest=False)
            for root, (columns, _, left) in zip(batch, grown, strict=True):
                course.deadline.spend(A_SET * len(columns))
                if left < 0 or count > MOST_COLUMNS:
                    return None
                named, cost, limit = course.moves.named(
                    *_wished(course.instance, *course.rooted.owned(root.unit, columns))
                )
                keep = named[:, n + name] == 1
                parts.append(named[keep])
                costs.append(cost[keep])
                moved.append(limit.moved[keep])
                count += int(keep.sum())
    if not parts:
        return np.zeros((0, n + len(roots)), dtype=np.int8), np.zeros(0), Limit(np.zeros(0), course.moves.most)
    return np.concatenate(parts), np.concatenate(costs), Limit(np.concatenate(moved), course.moves.most)


def _wished(instance: Instance, columns: Columns, cost: Floats) -> tuple[Columns, Floats]:
    """Return the communities that keep the wishes about pairs and groups of units, and share no fixed seats."""
    keep = np.ones(len(columns), dtype=bool)
    for group in instance.together:
        held = columns[:, list(group)].sum(axis=1)
        keep &= (held == 0) | (held == len(group))
    for a, b in instance.apart.tolist():
        keep &= (columns[:, a] == 0) | (columns[:, b] == 0)
    if len(instance.seats) > 1:
        keep &= columns[:, instance.seats].sum(axis=1) <= 1
    return columns[keep], cost[keep]
