"""Prices of the units at which hardly any community lowers the linear programme: the bound of a proof by columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from foundation.arrays import Floats
from optimize.districting.exact.course import (
    A_PROGRAMME,
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
from optimize.districting.formulations.set_partitioning import relax
from optimize.districting.problem.evidence import listing, note
from optimize.districting.problem.rooted_communities import Columns

WIDTH = 0.3
"""Half of the width of the box for a unit's price, as a share of the mean price."""

FAILURES = 4
"""Pricing rounds in a row with a tree too large after which communities are taken to be too large for this method."""

TIGHT = 1e-7
"""Rounding of what communities cost, as a share."""


@dataclass
class ColumnCourse(Course):
    """Where a proof by columns stands: with the costs of the communities known so far."""

    cost: list[float] = field(default_factory=list)

    def arrays(self) -> tuple[Columns, Floats]:
        """Return the communities known so far, shape (communities, units), and their costs."""
        return self.known(), np.array(self.cost, dtype=np.float64)

    def add(self, column: Columns) -> bool:
        """Take a community in; False where it is known."""
        if column.tobytes() in self.seen:
            return False
        self.seen.add(column.tobytes())
        self.members.append(column)
        self.cost.append(self.rooted.cost_of(column))
        return True


@dataclass(frozen=True)
class Priced:
    """Prices of the units, the least reduced cost around every root, and the bound that they give.

    Doubtful where trees grew too large before the prices had settled: then what is listed may soon be too much, too.
    """

    prices: Floats
    least: Floats
    bound: float
    doubtful: bool = False


def converge(course: ColumnCourse, first: Floats) -> Priced:
    """Add communities until hardly any lowers the linear programme, or time runs out; return the best prices."""
    k, scale = course.instance.communities, course.rooted.scale
    best = Priced(first, np.full(len(first), -np.inf), course.bound)
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
                best = Priced(prices, least, bound)
                course.raise_bound(bound)
            new = sum(course.add(column) for column in columns)
            if new or course.closed:
                break
        failures = 0 if whole else failures + 1
        stale += 1
        if best.bound - mark > LITTLE * max(course.goal - best.bound, 0.0):
            stale, mark = 0, best.bound
        finished = stale == PATIENCE or (not solved.short and course.rooted.near(best.bound, solved.value))
        note_prices(course, best, best.bound)
        if course.closed or (whole and not solved.short and not new) or finished:
            return best
        if not whole:  # prices too far from the best ones make trees too large
            width *= 0.5
        elif solved.short and best is not centre:  # the box was in the way
            width *= 1.5
        if whole and not new:
            width *= 2
    return replace(best, doubtful=True)


def _price(course: ColumnCourse, prices: Floats, hope: float) -> tuple[Floats, list[Columns], bool]:
    """Return the least reduced cost around every root (as far as it is among the K least), and cheap communities.

    A bound beyond what is hoped for is not looked for: that would only grow the trees. The third value is False where
    a tree grew too large even so.
    """
    k = course.instance.communities
    cap = (min(hope, course.value) - float(prices.sum())) / k + TIGHT * abs(course.bound) / k
    least = np.full(len(course.instance), cap)
    found: list[Columns] = []
    whole = True
    for batch in batches(roots_at(course, prices)):
        limit = float(np.partition(least, k - 1)[k - 1])
        if batch[0].floor > limit or course.late:
            whole &= not course.late
            break
        grown = grown_side_by_side(course, batch, np.full(len(least), limit), PRICE_NODES, cheapest=True)
        for root, (columns, costs, left) in zip(batch, grown, strict=True):
            whole &= left >= 0
            known = costs[-1] - root.slack if len(costs) else limit
            least[root.unit] = min(known, limit if left >= 0 else root.floor)
            found.extend(columns[-PER_ROOT:])
    if course.late:
        least[:] = -np.inf
    return least, found, whole


def cost_of_others(least: Floats, k: int) -> Floats:
    """Return for every root what the K - 1 other communities cost at least."""
    low = np.sort(least)[:k]
    return np.asarray(np.where(least <= low[-1], low.sum() - least, low[:-1].sum()), dtype=np.float64)


def note_prices(
    course: ColumnCourse,
    priced: Priced,
    bound: float,
    cut: float | None = None,
    limits: Floats | None = None,
    listed: Columns | None = None,
) -> None:
    """Note the prices, what they bound, and what was listed."""
    if np.isfinite(priced.least).all():
        facts = {"prices": priced.prices, "least": priced.least, "cut": cut, "limits": limits}
        note("communities", bound, **facts, **({} if listed is None else listing(listed)))
