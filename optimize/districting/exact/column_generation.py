"""Proof by whole communities: price connected, balanced ones, list those of any better plan, choose among them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from optimize.districting.exact.branch_and_cut import Exact
from optimize.districting.exact.column_prices import (
    TIGHT,
    ColumnCourse,
    Priced,
    converge,
    cost_of_others,
    note_prices,
)
from optimize.districting.exact.course import FIRST_CUT, batches, grown_side_by_side, roots_at
from optimize.districting.exact.pricing.objectives import MOST_COLUMNS, ROUNDED, rooted
from optimize.districting.exact.set_partitioning import choose
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.rooted_communities import Columns, Root
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline, halting

LIST_NODES, DOUBTFUL_NODES = 1_000_000_000, 5_000_000
"""Nodes of one root's tree after which listing gives up; sooner where pricing gave up, too."""

COMPLETE, GLANCE = 400_000_000, 3_000_000
"""Communities tried in a complete search for a cover, and in one that only hopes for a better plan."""


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
        course = ColumnCourse(
            instance, rooted(instance, possible, halt), incumbent, value, bound, deadline, threads, halt
        )
        if incumbent is not None:
            for k in range(instance.communities):
                course.add((incumbent == k).astype(np.int8))
        priced = converge(course, first)
        known = bool(np.isfinite(priced.least).all())  # not where no round of pricing was better than what came in
        if known and not course.closed and not course.late and not (glance and priced.doubtful):
            _close(course, priced)
        if course.closed:
            return Exact(course.label, course.value, "infeasible" if course.label is None else "optimal"), nothing
        at_least = _at_least(course, priced) if known else nothing
    return Exact(course.label, min(course.bound, course.value), "feasible"), at_least


def _close(course: ColumnCourse, priced: Priced) -> None:
    """List what plans below a cut could use and search them all; raise the cut until it reaches the incumbent."""
    k = course.instance.communities
    members, cost = course.arrays()
    course.accept(
        choose(members, cost, k, course.value, GLANCE, course.rooted.scale, course.halt, course.deadline).chosen
    )
    prices, others = priced.prices, cost_of_others(priced.least, k)
    rounding = ROUNDED * len(prices) * (float(np.abs(prices).sum()) + float(np.abs(others).max()))
    roots = roots_at(course, prices)
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
        note_prices(course, priced, course.bound, cut, limits, listed[0])
        if not course.closed:
            course.accept(
                choose(*listed, k, course.value, GLANCE, course.rooted.scale, course.halt, course.deadline).chosen
            )
        step *= 2


def _listed(course: ColumnCourse, roots: list[Root], limits: Floats, nodes: int) -> tuple[Columns, Floats] | None:
    """Return every community whose reduced cost is within the limit of its root; None where there are too many."""
    parts, costs, count = [np.zeros((0, len(course.instance)), dtype=np.int8)], [np.zeros(0)], 0
    for batch in batches(roots):
        if course.late:
            return None
        grown = grown_side_by_side(course, batch, limits, nodes, cheapest=False)
        for root, (columns, _, left) in zip(batch, grown, strict=True):
            own, cost = course.rooted.owned(root.unit, columns)
            parts.append(own)
            costs.append(cost)
            count += len(own)
            if left < 0 or count > MOST_COLUMNS:
                return None
    return np.concatenate(parts), np.concatenate(costs)


def _at_least(course: ColumnCourse, priced: Priced) -> Floats:
    """Return what a plan costs at least that gives unit i the root j; infinite where j is no root at all."""
    n, k, prices = len(course.instance), course.instance.communities, priced.prices
    others = float(prices.sum()) + cost_of_others(priced.least, k)
    kth = np.partition(priced.least, k - 1)[k - 1]
    bound = np.full((n, n), np.inf)
    for root in roots_at(course, prices):
        j = root.unit
        least = max(root.floor, min(priced.least[j], kth))
        cost = np.maximum(root.floor + np.maximum(root.reduced, 0.0), least)
        cost[j] = least
        bound[:, j] = cost + others[j]
    return bound
