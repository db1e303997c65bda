"""Maps so small that every division is looked at, where splits and moves are limited at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.enumeration.all_divisions import sets_of
from optimize.districting.exact.branch_and_cut import Exact
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.problem.evidence import note
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan

MOST_UNITS = 10
"""Units up to which divisions are listed one by one."""

MOST_STEPS = 200_000
"""Communities taken into a division, after which listing gives up."""


def best_with_few_splits(instance: Instance, today: Today) -> Exact | None:
    """Return the best plan of a tiny map that keeps both limits, proven; None where that takes too long.

    Communities are taken in turn, each about the first unit without one, while they cost less than the best plan known.
    What is whole is judged as every plan is: by `check_plan`, which counts the splits, and by what it moves.
    """
    if len(instance) > MOST_UNITS:
        return None
    excess, value = sets_of(instance)
    course = _Course(instance, today, np.where(excess <= 0, value, np.inf))
    if not course.takes_all((1 << len(instance)) - 1, 0, 0.0):
        return None
    note("divisions", course.least)
    if course.label is None:
        return Exact(None, math.inf, "infeasible")
    return Exact(course.label, course.least, "optimal")


@dataclass
class _Course:
    instance: Instance
    today: Today
    cost: Floats
    label: Ints | None = None
    least: float = math.inf
    steps: int = 0
    parts: list[int] = field(default_factory=list)

    def takes_all(self, left: int, taken: int, spent: float) -> bool:
        """Divide the units left in every way; say whether none was left out for want of steps."""
        if taken == self.instance.communities:
            if not left:
                self._judge()
            return True
        first = left & -left
        rest = part = left ^ first
        while left:
            total = spent + float(self.cost[first | part])
            # A plan as dear as the best known is no better; sums in another order differ by a rounding.
            if total < self.least * (1 + 1e-9):
                self.steps += 1
                if self.steps > MOST_STEPS:
                    return False
                self.parts.append(first | part)
                whole = self.takes_all(rest ^ part, taken + 1, total)
                self.parts.pop()
                if not whole:
                    return False
            if not part or taken == self.instance.communities - 1:  # the last one takes what is left
                break
            part = (part - 1) & rest
        return True

    def _judge(self) -> None:
        label = np.zeros(len(self.instance), dtype=np.int64)
        for k, part in enumerate(self.parts):
            label[[unit for unit in range(len(label)) if part >> unit & 1]] = k
        check = check_plan(self.instance, label)
        if check.value < self.least and not check.faults and keeps(self.instance, label, self.today):
            self.label, self.least = label, check.value
