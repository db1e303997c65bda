"""Proof by sets of seats: list those that a plan below a cut may have, and search for the best plan about each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.exact.branch_and_cut import TIE, Exact
from optimize.districting.exact.fixed_seats import best_about
from optimize.districting.exact.lagrangian_bound import Dual
from optimize.districting.exact.seat_prices import MAY, MUST, OUT, Node
from optimize.districting.exact.seat_sets import list_seat_sets
from optimize.districting.exact.separators import Bytes, Ground
from optimize.districting.problem.evidence import note
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline, halting, trees_side_by_side

MOST_SEATS, SEAT_UNITS = 8, 128
"""Communities, and units, up to which sets of seats are listed."""

PARTS = 8
"""Parts of a list, made side by side; sets searched side by side. It decides the course, not the number of threads."""

FIRST_CUT = 8
"""The first cut lies at this part of the gap above the bound."""

FEW_NODES, LONGER = 1_000, 2.0
"""Nodes of a list that cost next to nothing, and how many times longer than its last one a list is meant to be."""

MOST_SETS, LIST_NODES = 20_000, 50_000_000
"""Sets and nodes after which a part of a list gives up."""

FIRST_NODES, BLIND_NODES = 24_000, 6_000
"""Nodes of a part from which a first look gives way to whole communities; sooner where no plan is known yet."""

GLANCE_NODES, SET_NODES = 2_000, 50_000_000
"""Nodes of one set's tree: first a look at each, since a better plan shortens the trees of all."""

A_LIST_NODE, A_SET_NODE = 4e-8, 2.5e-7
"""Units of work of a node of a list, for every pair of units; of one set's tree, for every unit and community."""

T = TypeVar("T")


@dataclass
class _Course:
    """Where a proof stands."""

    instance: Instance
    dual: Dual
    label: Ints | None
    value: float
    bound: float
    threads: ThreadPoolExecutor
    halt: Ints
    deadline: Deadline

    def __post_init__(self) -> None:
        one = self.instance
        least, most = one.tolerated()
        self.ground = Ground(
            np.ascontiguousarray(one.costs().T),
            np.ascontiguousarray(one.loads),
            np.maximum(least, 0.0),
            np.minimum(most, one.loads.sum(axis=0)),
            one.indptr,
            one.indices,
        )
        self.possible = np.ascontiguousarray(self.dual.possible.T.astype(np.int8))
        self.known = np.where(self.dual.possible.diagonal(), MAY, OUT).astype(np.int8)
        self.known[one.seats] = MUST
        # No plan costs more than this.
        self.most = float(self.ground.cost.max(axis=0).sum())

    def root(self) -> Node:
        """Return what is known at first, to be changed by one compiled tree."""
        return Node(
            self.possible,
            self.known,
            self.dual.prices,
            self.dual.charges,
            np.zeros(len(self.instance)),
            np.zeros(self.instance.communities, dtype=np.int64),
        )

    @property
    def goal(self) -> float:
        """The largest value of a plan worth finding."""
        return min(self.value * (1 - TIE), self.most * (1 + TIE))

    def accept(self, label: Ints) -> bool:
        """Take a valid plan as the incumbent if it is better; about its own best seats it may be better than found."""
        found = check_plan(self.instance, label)
        if not found.faults and found.value < self.value:
            self.label, self.value = label, found.value
        return not found.faults


def fit_for_seats(instance: Instance) -> bool:
    """Say whether sets of seats can be listed: few, bounded on both sides, no wishes about pairs of units."""
    few = 1 < instance.communities <= MOST_SEATS and instance.communities < len(instance) <= SEAT_UNITS
    bounded = bool(np.all(np.isfinite(instance.upper)) and np.all(instance.lower > 0))
    radius = np.isfinite(instance.radius) and not instance.seats_in_reach
    plain = not instance.together and not len(instance.apart) and not radius and not instance.splits
    return few and bounded and plain and instance.objective != "cut-edges"


def prove_by_seats(
    instance: Instance, dual: Dual, incumbent: Ints | None, *, deadline: Deadline, jobs: int = 1, glance: bool = False
) -> Exact:
    """Prove the moment of few communities over sets of seats.

    Branching on the seat of one unit after the other, with the multipliers of `lagrange` adapted at every node, leaves
    few sets of seats whose bound lies below a cut. About each of them the plan is searched by branch and bound: with
    the seats known only the balance needs prices, and the lightest ways from a seat to a unit, past what the community
    holds for certain, say what still fits into it. If there is a plan below the cut, the best one is the optimum;
    otherwise the cut is a bound, and the next one is higher.

    Parameters
    ----------
    instance : Instance
        With finite bounds, without units together or apart.
    dual : Dual
        The bound to begin with.
    incumbent : ndarray of int or None
    deadline : Deadline
    jobs : int
        Threads; the course does not depend on them.
    glance : bool
        Give up where the lists of sets turn out to be long.
    """
    value = np.inf if incumbent is None else check_plan(instance, incumbent).value
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as threads, halting(deadline) as halt:
        course = _Course(instance, dual, incumbent, value, max(dual.bound, 0.0), threads, halt, deadline)
        first = BLIND_NODES if incumbent is None else FIRST_NODES
        proven = _raise_cut(course, first if glance else LIST_NODES)
    bound = course.value if proven else min(course.bound, course.value)
    note("seats", bound)
    if proven and course.label is None:
        return Exact(None, np.inf, "infeasible")
    return Exact(course.label, bound, "optimal" if proven else "feasible")


def _raise_cut(course: _Course, most: int) -> bool:
    """Raise the cut until it has reached the incumbent, or a list is expected to take too many nodes; say whether."""
    known = np.isfinite(course.value)
    step = (course.goal - course.bound if known else max(course.bound, 1e-6 * course.goal) / 4) / FIRST_CUT
    before = 0
    while course.bound < course.goal:
        cut = min(course.bound + step, course.goal)
        listed = _list(course, cut, most)
        if course.halt[0] or course.deadline.over:
            return False
        if listed is None:  # too many sets below this cut
            step /= 4
            if most < LIST_NODES or step < 1e-3 * course.bound / FIRST_CUT:
                return False
            continue
        sets, nodes = listed
        if not _search(course, sets, cut):
            return False
        if course.value <= cut:
            return True
        course.bound = cut
        if LONGER * nodes > PARTS * most:
            return False
        # Lists grow like powers: the step that would make the next one so many times as long.
        growth = max(math.log(max(nodes, FEW_NODES) / max(before, FEW_NODES)), math.log(LONGER) / 1.5)
        step, before = step * math.log(LONGER) / growth, nodes
    return True


@dataclass(frozen=True)
class _Set:
    """A set of seats, what it leaves possible, and its bound."""

    seats: Ints
    allowed: Bytes
    bound: float


def _list(course: _Course, cut: float, most: int) -> tuple[list[_Set], int] | None:
    """Return the sets of seats below a cut, those of least bound first, and the nodes visited; None: too many."""

    def part(number: int, most: int) -> tuple[Ints, Bytes, Floats, int, int]:
        found = list_seat_sets(course.ground, course.root(), cut, number, PARTS, MOST_SETS, most, course.halt)
        return (*cast("tuple[Ints, Bytes, Floats, int]", found), most)

    found: list[_Set] = []
    nodes, n = 0, len(course.instance)
    parts = trees_side_by_side(
        course.threads,
        range(PARTS),
        part,
        lambda made: made[3],
        nodes=most,
        work=A_LIST_NODE * n**2,
        deadline=course.deadline,
    )
    for sets, allowed, bounds, left, given in parts:
        if left < 0:
            return None
        nodes += given - left
        found.extend(_Set(*one) for one in zip(sets, allowed, bounds.tolist(), strict=True))
    return sorted(found, key=lambda s: (s.bound, s.seats.tolist())), nodes


def _search(course: _Course, sets: Sequence[_Set], cut: float) -> bool:
    """Search about every set for a plan below the cut and the incumbent; say whether all were searched to the end."""
    for nodes in (GLANCE_NODES, SET_NODES):
        doubtful = []
        for batch in _batches(sets, PARTS):
            limit = min(cut, course.goal)
            good = [one for one in batch if one.bound <= limit]
            for one, (label, left) in zip(good, _searched(course, good, limit, nodes), strict=True):
                sound = label is None or course.accept(label)
                if left < 0 or not sound:
                    doubtful.append(one)
        sets = doubtful
    return not sets


def _searched(course: _Course, sets: Sequence[_Set], limit: float, nodes: int) -> list[tuple[Ints | None, int]]:
    """Return the best plan about each of some sets, if there is one within the limit, and the nodes left."""

    def search(one: _Set, most: int) -> tuple[Ints | None, int]:
        label, value, left = best_about(course.ground, one.seats, one.allowed, limit, most, course.halt)
        return (label if np.isfinite(value) else None), int(left)

    work = A_SET_NODE * len(course.instance) * course.instance.communities
    return trees_side_by_side(
        course.threads, sets, search, lambda made: made[1], nodes=nodes, work=work, deadline=course.deadline
    )


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
