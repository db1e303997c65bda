"""Where a proof by whole communities stands: best plan, bound, what is known so far, and how more is grown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.rooted_communities import Columns, Root, Rooted
from optimize.districting.problem.verify import Check, check_plan
from optimize.solving.deadline import Deadline, trees_side_by_side

PRICE_NODES = 500_000
"""Nodes of one root's tree after which pricing gives up."""

BATCH = 8
"""Roots priced side by side; the number decides the course, not how many threads there are."""

PER_ROOT = 3
"""Communities that one root adds to the linear programme at a time."""

SMOOTH = 0.6
"""Weight of the best prices so far in the next ones (Wentges)."""

LITTLE, PATIENCE = 0.02, 12
"""Share of the gap that counts as progress, and the pricing rounds without it after which prices are good enough."""

FIRST_CUT = 8
"""The first cut lies at this part of the gap above the bound; then it doubles."""

A_PROGRAMME = 4e-7
"""Units of work of a linear programme, for every entry of its matrix."""


@dataclass
class Course:
    """Where a proof stands: the best plan, the bound, and the communities known so far."""

    instance: Instance
    rooted: Rooted
    label: Ints | None
    value: float
    bound: float
    deadline: Deadline
    threads: ThreadPoolExecutor
    halt: Ints
    members: list[Columns] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    @property
    def late(self) -> bool:
        """Whether the work is spent."""
        return self.deadline.over

    @property
    def goal(self) -> float:
        """The largest value of a better plan; without a plan, of any."""
        return self.rooted.better(self.value) if math.isfinite(self.value) else self.rooted.most

    @property
    def closed(self) -> bool:
        """Whether no better plan is possible."""
        return self.bound > self.goal

    def known(self) -> Columns:
        """Return the communities known so far, shape (communities, units)."""
        return np.array(self.members, dtype=np.int8).reshape(-1, len(self.instance))

    def accept(self, chosen: Columns | None) -> bool:
        """Take a choice of communities as the incumbent if it is a better plan; False where it is no valid one."""
        if chosen is None:
            return True
        label = np.argmax(chosen[:, : len(self.instance)], axis=0).astype(np.int64)
        found = check_plan(self.instance, label)
        sound = self.sound(label, found)
        if sound and found.value < self.value:
            self.label, self.value = label, found.value
        return sound

    def sound(self, label: Ints, found: Check) -> bool:
        """Say whether a plan is a valid one."""
        return not found.faults

    def raise_bound(self, bound: float) -> None:
        """Raise the bound to what no plan may cost less than."""
        self.bound = max(self.bound, self.rooted.rounded(bound))


def roots_at(course: Course, prices: Floats) -> list[Root]:
    """Return the roots at given prices, those of least floor first."""
    course.deadline.spend(course.rooted.root_work * len(course.instance))
    return course.rooted.roots(prices, course.threads)


def batches(roots: list[Root]) -> Iterator[list[Root]]:
    """Yield the roots that are grown side by side."""
    for start in range(0, len(roots), BATCH):
        yield roots[start : start + BATCH]


def grown_side_by_side(
    course: Course, batch: list[Root], limits: Floats, nodes: int, *, cheapest: bool
) -> list[tuple[Columns, Floats, int]]:
    """Grow the trees of some roots side by side, each up to the limit of its root; limits of shape (units,)."""
    return trees_side_by_side(
        course.threads,
        batch,
        lambda root, most: course.rooted.grow(root, float(limits[root.unit]), most, cheapest=cheapest),
        lambda grown: grown[2],
        nodes=nodes,
        work=course.rooted.node_work,
        deadline=course.deadline,
    )
