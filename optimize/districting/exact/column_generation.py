"""Proof by whole communities: price connected, balanced ones, list those of any better plan, choose among them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from optimize.districting.exact.branch_and_cut import Exact
from optimize.districting.exact.pricing import MOST_COLUMNS, ROUNDED, rooted
from optimize.districting.exact.set_partitioning import choose
from optimize.districting.formulations.set_partitioning import relax
from optimize.districting.problem.evidence import listing, note
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.rooted_communities import Columns, Root, Rooted
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline, halting, trees_side_by_side

PRICE_NODES, LIST_NODES, DOUBTFUL_NODES = 500_000, 1_000_000_000, 5_000_000
"""Nodes of one root's tree after which pricing and listing give up; listing sooner where pricing gave up, too."""

BATCH = 8
"""Roots priced side by side; the number decides the course, not how many threads there are."""

PER_ROOT = 3
"""Communities that one root adds to the linear programme at a time."""

SMOOTH = 0.6
"""Weight of the best prices so far in the next ones (Wentges)."""

WIDTH = 0.3
"""Half of the width of the box for a unit's price, as a share of the mean price."""

LITTLE, PATIENCE, FAILURES = 0.02, 12, 4
"""Share of the gap that counts as progress; the pricing rounds without it after which prices are good enough; and those
in a row with a tree too large after which communities are taken to be too large for this method."""

FIRST_CUT = 8
"""The first cut lies at this part of the gap above the bound; then it doubles."""

COMPLETE, GLANCE, TIGHT = 400_000_000, 3_000_000, 1e-7
"""Communities tried in a complete search for a cover, and in one that only hopes for a better plan; rounding."""


A_PROGRAMME = 4e-7
"""Units of work of a linear programme, for every entry of its matrix."""


@dataclass
class _Course:
    """Where a proof stands: the best plan, the bound, and the communities known so far with their costs."""

    instance: Instance
    rooted: Rooted
    label: Ints | None
    value: float
    bound: float
    deadline: Deadline
    threads: ThreadPoolExecutor
    halt: Ints
    members: list[Columns] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    @property
    def late(self) -> bool:
        return self.deadline.over

    @property
    def closed(self) -> bool:
        return self.bound > self.goal

    @property
    def goal(self) -> float:
        """The largest value of a better plan; without a plan, of any."""
        return self.rooted.better(self.value) if math.isfinite(self.value) else self.rooted.most

    def arrays(self) -> tuple[Columns, Floats]:
        members = np.array(self.members, dtype=np.int8).reshape(-1, len(self.instance))
        return members, np.array(self.cost, dtype=np.float64)

    def add(self, column: Columns) -> bool:
        if column.tobytes() in self.seen:
            return False
        self.seen.add(column.tobytes())
        self.members.append(column)
        self.cost.append(self.rooted.cost_of(column))
        return True

    def accept(self, columns: Columns | None) -> bool:
        """Take a choice of communities as the incumbent if it is a better plan; False where it is no valid one."""
        if columns is None:
            return True
        label = np.argmax(columns, axis=0).astype(np.int64)
        found = check_plan(self.instance, label)
        if not found.faults and found.value < self.value:
            self.label, self.value = label, found.value
        return not found.faults

    def raise_bound(self, bound: float) -> None:
        self.bound = max(self.bound, self.rooted.rounded(bound))


def prove_by_columns(
    instance: Instance,
    possible: NDArray[np.bool_],
    incumbent: Ints | None,
    bound: float,
    first: Floats,
    *,
    deadline: Deadline,
    jobs: int = 1,
    glance: bool = False,
) -> tuple[Exact, Floats]:
    """Prove an objective over whole communities.

    The linear programme over all connected, balanced communities (`formulations.whole_communities`) bounds far better
    than one over units and seats, since a fraction of a unit is not on offer. Its columns are priced by tree search.
    Then every community that a plan below a cut could use is listed, and a search among them says whether there is
    such a plan; the cut doubles its distance from the bound until it has reached the incumbent.

    Parameters
    ----------
    instance : Instance
        Without units together or apart.
    possible : ndarray of bool, shape (units, units)
        As in `lagrange.Dual`.
    incumbent : ndarray of int or None
    bound : float
    first : ndarray, shape (units,)
        Prices of the units to begin with.
    deadline : Deadline
    jobs : int
        Threads; the course does not depend on them.
    glance : bool
        Give up where communities turn out to be too large for this method.

    Returns
    -------
    exact : Exact
    at_least : ndarray, shape (units, units)
        What a plan that uses only what is possible costs at least if it gives unit i the root j: where this method does
        not finish, the model of units and seats goes on with far fewer variables.

    References
    ----------
    Mehrotra, Johnson & Nemhauser, "An optimization based heuristic for political districting", Management Science
    44(8), 1998 (columns). Baldacci, Christofides & Mingozzi, Mathematical Programming 115, 2008 (listing what fits
    into the gap).
    """
    nothing = np.full(possible.shape, -np.inf)
    value = np.inf if incumbent is None else check_plan(instance, incumbent).value
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as threads, halting(deadline) as halt:
        course = _Course(instance, rooted(instance, possible, halt), incumbent, value, bound, deadline, threads, halt)
        if incumbent is not None:
            for k in range(instance.communities):
                course.add((incumbent == k).astype(np.int8))
        priced = _converge(course, first)
        known = bool(np.isfinite(priced.least).all())  # not where no round of pricing was better than what came in
        if known and not course.closed and not course.late and not (glance and priced.doubtful):
            _close(course, priced)
        if course.closed:
            return Exact(course.label, course.value, "infeasible" if course.label is None else "optimal"), nothing
        at_least = _at_least(course, priced) if known else nothing
    return Exact(course.label, min(course.bound, course.value), "feasible"), at_least


@dataclass(frozen=True)
class _Priced:
    """Prices of the units, the least reduced cost around every root, and the bound that they give.

    Doubtful where trees grew too large before the prices had settled: then what is listed may soon be too much, too.
    """

    prices: Floats
    least: Floats
    bound: float
    doubtful: bool = False


def _converge(course: _Course, first: Floats) -> _Priced:
    """Add communities until hardly any lowers the linear programme, or time runs out; return the best prices."""
    k, scale = course.instance.communities, course.rooted.scale
    best = _Priced(first, np.full(len(first), -np.inf), course.bound)
    failures, stale, mark, width = 0, 0, course.bound, WIDTH * float(np.abs(first).mean())
    while not course.late and failures < FAILURES:
        course.deadline.spend(A_PROGRAMME * len(course.members) * len(first))
        solved = relax(*course.arrays(), k, scale, centre=best.prices, width=width)
        if solved is None:
            break
        new, centre = 0, best
        for share in (1 - SMOOTH, 1.0):
            prices = course.rooted.priced((1 - share) * centre.prices + share * solved.prices)
            least, columns, whole = _price(course, prices, (1 - share) * centre.bound + share * solved.value)
            bound = float(prices.sum() + np.partition(least, k - 1)[:k].sum())
            if bound > best.bound:
                best = _Priced(prices, least, bound)
                course.raise_bound(bound)
            new = sum(course.add(column) for column in columns)
            if new or course.closed:
                break
        failures = 0 if whole else failures + 1
        stale += 1
        if best.bound - mark > LITTLE * max(course.goal - best.bound, 0.0):
            stale, mark = 0, best.bound
        finished = stale == PATIENCE or (not solved.short and course.rooted.near(best.bound, solved.value))
        _note(course, best, best.bound)
        if course.closed or (whole and not solved.short and not new) or finished:
            return best
        if not whole:  # prices too far from the best ones make trees too large
            width *= 0.5
        elif solved.short and best is not centre:  # the box was in the way
            width *= 1.5
        if whole and not new:
            width *= 2
    return replace(best, doubtful=True)


def _price(course: _Course, prices: Floats, hope: float) -> tuple[Floats, list[Columns], bool]:
    """Return the least reduced cost around every root (as far as it is among the K least), and cheap communities.

    A bound beyond what is hoped for is not looked for: that would only grow the trees. The third value is False where
    a tree grew too large even so.
    """
    k = course.instance.communities
    cap = (min(hope, course.value) - float(prices.sum())) / k + TIGHT * abs(course.bound) / k
    least = np.full(len(course.instance), cap)
    found: list[Columns] = []
    whole = True
    for batch in _batches(_roots(course, prices)):
        limit = float(np.partition(least, k - 1)[k - 1])
        if batch[0].floor > limit or course.late:
            whole &= not course.late
            break
        grown = _grown(course, batch, np.full(len(least), limit), PRICE_NODES, cheapest=True)
        for root, (columns, costs, left) in zip(batch, grown, strict=True):
            whole &= left >= 0
            known = costs[-1] - root.slack if len(costs) else limit
            least[root.unit] = min(known, limit if left >= 0 else root.floor)
            found.extend(columns[-PER_ROOT:])
    if course.late:
        least[:] = -np.inf
    return least, found, whole


def _roots(course: _Course, prices: Floats) -> list[Root]:
    """Return the roots at given prices, those of least floor first."""
    course.deadline.spend(course.rooted.root_work * len(course.instance))
    return course.rooted.roots(prices, course.threads)


def _grown(
    course: _Course, batch: list[Root], limits: Floats, nodes: int, *, cheapest: bool
) -> list[tuple[Columns, Floats, int]]:
    """Grow the trees of some roots side by side, each up to the limit of its root."""
    return trees_side_by_side(
        course.threads,
        batch,
        lambda root, most: course.rooted.grow(root, float(limits[root.unit]), most, cheapest=cheapest),
        lambda grown: grown[2],
        nodes=nodes,
        work=course.rooted.node_work,
        deadline=course.deadline,
    )


def _batches(roots: list[Root]) -> Iterator[list[Root]]:
    for start in range(0, len(roots), BATCH):
        yield roots[start : start + BATCH]


def _close(course: _Course, priced: _Priced) -> None:
    """List what plans below a cut could use and search them all; raise the cut until it reaches the incumbent."""
    k = course.instance.communities
    members, cost = course.arrays()
    course.accept(
        choose(members, cost, k, course.value, GLANCE, course.rooted.scale, course.halt, course.deadline).chosen
    )
    prices, others = priced.prices, _others(priced.least, k)
    rounding = ROUNDED * len(prices) * (float(np.abs(prices).sum()) + float(np.abs(others).max()))
    roots = _roots(course, prices)
    step = (course.goal if np.isfinite(course.goal) else 2 * priced.bound) - priced.bound
    step /= FIRST_CUT
    while not course.closed and not course.late:
        cut = min(course.rooted.cut_at(priced.bound + step, course.bound), course.goal)
        limits = cut * (1 + TIGHT) - float(prices.sum()) - others + rounding
        # Without cut edges another model stands ready; for cut edges nothing else gets as far.
        nodes = DOUBTFUL_NODES if priced.doubtful and course.instance.objective != "cut-edges" else LIST_NODES
        listed = _listed(course, [r for r in roots if r.floor <= limits[r.unit]], limits, nodes)
        if listed is None:
            return
        choice = choose(*listed, k, cut, COMPLETE, course.rooted.scale, course.halt, course.deadline)
        sound = course.accept(choice.chosen)
        if not choice.complete or not sound:  # the cheapest choice is no plan: a dearer one may be
            return
        course.raise_bound(course.rooted.above(cut) if cut < course.value else course.value)
        _note(course, priced, course.bound, cut, limits, listed[0])
        if not course.closed:
            course.accept(
                choose(*listed, k, course.value, GLANCE, course.rooted.scale, course.halt, course.deadline).chosen
            )
        step *= 2


def _note(
    course: _Course,
    priced: _Priced,
    bound: float,
    cut: float | None = None,
    limits: Floats | None = None,
    listed: Columns | None = None,
) -> None:
    """Note the prices, what they bound, and what was listed."""
    if np.isfinite(priced.least).all():
        facts = {"prices": priced.prices, "least": priced.least, "cut": cut, "limits": limits}
        note("communities", bound, **facts, **({} if listed is None else listing(listed)))


def _at_least(course: _Course, priced: _Priced) -> Floats:
    """Return what a plan costs at least that gives unit i the root j; infinite where j is no root at all."""
    n, k, prices = len(course.instance), course.instance.communities, priced.prices
    others = float(prices.sum()) + _others(priced.least, k)
    kth = np.partition(priced.least, k - 1)[k - 1]
    bound = np.full((n, n), np.inf)
    for root in _roots(course, prices):
        j = root.unit
        least = max(root.floor, min(priced.least[j], kth))
        cost = np.maximum(root.floor + np.maximum(root.reduced, 0.0), least)
        cost[j] = least
        bound[:, j] = cost + others[j]
    return bound


def _others(least: Floats, k: int) -> Floats:
    """Return for every root what the K - 1 other communities cost at least."""
    low = np.sort(least)[:k]
    return np.asarray(np.where(least <= low[-1], low.sum() - least, low[:-1].sum()), dtype=np.float64)


def _listed(course: _Course, roots: list[Root], limits: Floats, nodes: int) -> tuple[Columns, Floats] | None:
    """Return every community whose reduced cost is within the limit of its root; None where there are too many."""
    parts, costs, count = [np.zeros((0, len(course.instance)), dtype=np.int8)], [np.zeros(0)], 0
    for batch in _batches(roots):
        if course.late:
            return None
        grown = _grown(course, batch, limits, nodes, cheapest=False)
        for root, (columns, _, left) in zip(batch, grown, strict=True):
            own, cost = course.rooted.owned(root.unit, columns)
            parts.append(own)
            costs.append(cost)
            count += len(own)
            if left < 0 or count > MOST_COLUMNS:
                return None
    return np.concatenate(parts), np.concatenate(costs)
