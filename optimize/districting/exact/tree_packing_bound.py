"""A bound of the cut edges for maps of any size: no community holds all that lies around a unit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.exact.tree_packing import pack_trees
from optimize.districting.formulations.tree_packing import pack
from optimize.districting.problem.evidence import note
from optimize.districting.problem.instance import Instance
from optimize.solving.deadline import Deadline, halting

STEPS, PHASES, QUICK_PHASES = (0.2, 0.1, 0.05), (50, 50, 100), (20, 20, 0)
"""How much longer a full edge becomes, and the rounds over all units, stage by stage."""

WIDEST = 0.5
"""Longest step, where there are fewer rounds."""

TREES, QUICK_TREES = 1_000_000, 200_000
"""Trees up to which these rounds are made; fewer rounds on larger maps."""

KEEP_STEP, KEEP_PHASES = 0.05, 40
"""Step and rounds of the stage whose trees the linear programme weighs anew."""

MOST_EDGES, QUICK_EDGES = 2_000, 600
"""Edges up to which there is such a programme: its effort grows with their cube."""

A_TREE_UNIT = 1.7e-7
"""Units of work of a unit that a tree takes in."""

MOST_TREE_UNITS = 1e15
"""What they take in at most, where work is not limited: so many that it stays a whole number."""

SURE = 1e-6
"""What a bound may lie above a whole number without being rounded up to the next."""


def bound_of_cuts(instance: Instance, effort: str, deadline: Deadline) -> float:
    """Return a number of cut edges that no plan can beat, from the upper bounds of the communities' sums.

    Parameters
    ----------
    instance : Instance
        Its wishes are left out, which keeps the bound valid.
    effort : {"quick", "normal", "thorough"}
    deadline : Deadline

    Returns
    -------
    float
        Whole; K - 1 at least, since the communities hang together.
    """
    lower, upper, squares = _limits(instance)
    fits = (lower <= upper) & (instance.loads.max(axis=0) <= upper)  # else there is no plan, and no need of a bound
    useful = fits & (upper < instance.loads.sum(axis=0))
    most = len(instance) * int(useful.sum())
    if not most or instance.communities < 2:
        return float(instance.communities - 1)
    loads = np.ascontiguousarray(instance.loads[:, useful])
    problem = (loads, lower[useful], upper[useful], squares[useful], *_ways(instance))
    length, congestion, packed = np.ones(len(instance.edges)), np.zeros(len(instance.edges)), 0.0
    quick = effort == "quick"
    stages, trees, edges = (QUICK_PHASES, QUICK_TREES, QUICK_EDGES) if quick else (PHASES, TREES, MOST_EDGES)
    share = min(1.0, trees / ((sum(stages) + KEEP_PHASES) * most))
    wider = share**-0.5  # fewer rounds take longer steps
    with halting(deadline) as halt:
        for plain, phases in zip(STEPS, stages, strict=True):
            step, rounds = min(plain * wider, WIDEST), math.ceil(share * phases)
            with _budget(deadline) as budget:
                packed = pack_trees(length, congestion, packed, step, rounds, False, *problem, budget, halt)[0]
        best = packed / max(float(congestion.max()), 1e-12)
        if len(length) <= edges and not halt[0] and not deadline.over:
            nothing, rounds = np.zeros_like(congestion), math.ceil(share * KEEP_PHASES)
            with _budget(deadline) as budget:
                more = (*problem, budget, halt)
                _, starts, members, shares = pack_trees(length, nothing, 0.0, KEEP_STEP, rounds, True, *more)
            if len(members):
                weights = pack(starts, members, shares, len(length), deadline)
                best = max(best, float(weights.sum()))
    bound = max(float(instance.communities - 1), math.ceil(best - SURE))
    note("trees", bound, lengths=length * (bound / max(float(length.sum()), 1e-300)))
    return bound


@contextmanager
def _budget(deadline: Deadline) -> Iterator[Floats]:
    """Provide what trees may take in, which they count down, and count what they took."""
    most = min(deadline.left / A_TREE_UNIT, MOST_TREE_UNITS)
    budget = np.array([most])
    yield budget
    deadline.spend(A_TREE_UNIT * (most - float(budget[0])))


def _limits(instance: Instance) -> tuple[Floats, Floats, Floats]:
    """Return what a community holds at least and at most, and the most that the squares of all add up to.

    What one community holds, the others leave it: (W - L)(W - U) <= 0 for each, which adds up over all of them.
    """
    k, total = instance.communities, instance.loads.sum(axis=0)
    lower, upper = instance.tolerated()
    lower = np.maximum(lower, 0.0)
    upper = np.minimum(upper, total - (k - 1) * lower)
    lower = np.maximum(lower, total - (k - 1) * upper)
    return lower, upper, (lower + upper) * total - k * lower * upper


def _ways(instance: Instance) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the neighbours, the edge that leads to each, and the edges."""
    n = len(instance)
    edges = np.sort(instance.edges, axis=1)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    ends = np.repeat(np.arange(n), np.diff(instance.indptr))
    pairs = np.minimum(ends, instance.indices) * n + np.maximum(ends, instance.indices)
    edge_at = order[np.searchsorted((edges[:, 0] * n + edges[:, 1])[order], pairs)]
    return instance.indptr, instance.indices, edge_at, instance.edges
