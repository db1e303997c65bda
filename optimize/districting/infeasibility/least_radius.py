"""No plan has a smaller radius: radii are proven too short by prices of the units, then by whole proofs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from foundation.arrays import Floats
from optimize.districting.exact.lagrangian_bound import Dual, lagrange
from optimize.districting.infeasibility.radius import shortest_by_cover
from optimize.districting.problem.evidence import note, noting
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.solving.deadline import Deadline

MOST_UNITS = 3_000
"""Units up to which prices are looked for (their arrays grow with the square)."""

COVER_UNITS = 128
"""Units up to which the first bound is that of a cover; beyond, prices know more in less time."""

WORK = {"quick": 2e7, "normal": 2e8, "thorough": 8e8}
"""Array entries that the prices of one radius may visit."""

LEAST_ROUNDS, MOST_ROUNDS = 40, 2_000

TARGET = 1.0
"""Units out of reach that the ascent of the prices steps towards."""

ENOUGH = 1e-3
"""Units out of reach that prices need not be raised beyond."""

SURE = 1e-6
"""Units out of reach that prices must prove at least: one is out of reach, or none."""


@dataclass(frozen=True)
class Shortest:
    """Radii that plans can have, and what is proven of them.

    Attributes
    ----------
    radii : ndarray
        Every distance between two units, in order; a plan's radius is one of them.
    bound : float
        No plan has a smaller radius.
    """

    radii: Floats
    bound: float

    def above(self, radius: float) -> float:
        """Return the next larger radius, rounding apart; infinite where there is none."""
        at = int(np.searchsorted(self.radii, radius * (1 + ROUNDING), side="right"))
        return float(self.radii[at]) if at < len(self.radii) else math.inf

    def below(self, radius: float) -> float | None:
        """Return the next smaller radius, rounding apart; None where there is none."""
        at = int(np.searchsorted(self.radii, radius * (1 - 2 * ROUNDING), side="left"))
        return float(self.radii[at - 1]) if at else None

    def too_short(self, radius: float) -> Shortest:
        """Return what is known once a radius is proven too short."""
        return replace(self, bound=max(self.bound, self.above(radius)))


def first_bound(instance: Instance) -> Shortest:
    """Return the radii, and a bound by how few seats have every unit in reach.

    Where there are too many units for a look at every pair, there are no radii, and the bound itself is one.
    """
    if len(instance) > MOST_UNITS:
        return Shortest(np.zeros(0), spread_of(instance))
    radii = np.unique(instance.all_distances())
    if len(instance) <= COVER_UNITS:
        return Shortest(radii, shortest_by_cover(instance, radii))
    shorter = radii[radii < spread_of(instance)]
    known = Shortest(radii, 0.0)
    return known.too_short(float(shorter[-1])) if len(shorter) else known


def spread_of(instance: Instance) -> float:
    """Return half of the least distance between K + 1 units far from each other: two of them share a seat.

    0 for a matrix of distances: nothing says that going by way of a seat is no shorter there.

    References
    ----------
    Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science 38, 1985.
    """
    if instance.distances is not None or instance.communities >= len(instance):
        return 0.0
    chosen, least = 0, math.inf
    away = np.full(len(instance), math.inf)
    for _ in range(instance.communities):
        away = np.minimum(away, np.sqrt(((instance.points - instance.points[chosen]) ** 2).sum(axis=1)))
        chosen = int(np.argmax(away))
        least = min(least, float(away[chosen]))
    return least / 2 * (1 - ROUNDING)


def raised_by_prices(instance: Instance, known: Shortest, value: float, effort: str, deadline: Deadline) -> Shortest:
    """Raise the bound by bisection: of each radius, prices may prove that a unit is out of reach in every plan.

    With costs 1 for a unit out of reach of its seat and 0 for all others, the Lagrangian bound of `lagrange`, which
    knows the balance, is above 0 only where no plan keeps the radius.

    Parameters
    ----------
    instance : Instance
    known : Shortest
    value : float
        Radius of the best plan.
    effort : {"quick", "normal", "thorough"}
    deadline : Deadline
    """
    if len(instance) > MOST_UNITS:
        return known
    rounds = int(np.clip(WORK[effort] / len(instance) ** 2, LEAST_ROUNDS, MOST_ROUNDS))
    least, most = known.bound * (1 - 2 * ROUNDING), value * (1 - 2 * ROUNDING)
    inside = known.radii[(known.radii >= least) & (known.radii < most)]
    low, high = 0, len(inside)  # all below `low` are proven too short; from `high` on prices do not prove it
    while low < high and not deadline.over:
        middle = (low + high) // 2
        dual = _out_of_reach(instance, float(inside[middle]), rounds, deadline)
        if dual.bound > SURE:
            known, low = known.too_short(float(inside[middle])), middle + 1
            note("radius", known.bound, assign=dual.prices, charges=dual.charges)
        else:
            high = middle
    if not low and (radius := known.below(known.bound)) is not None and not deadline.over:
        # The bound rests on distances alone: prices for it can be looked at by others.
        dual = _out_of_reach(instance, radius, rounds, deadline)
        if dual.bound > SURE:
            note("radius", math.nextafter(known.bound, math.inf), assign=dual.prices, charges=dual.charges)
    return known


def _out_of_reach(instance: Instance, radius: float, rounds: int, deadline: Deadline) -> Dual:
    """Return how many units at least are out of their seats' reach in every plan, as prices prove it."""
    far = (instance.all_distances() > radius * (1 + ROUNDING)).astype(np.float64)
    ones = np.ones(len(instance))
    counted = replace(instance, objective="distance", weight=ones, distances=far, radius=math.inf, seats_in_reach=False)
    with noting():  # a number of units is no radius
        return lagrange(counted, TARGET, rounds=rounds, deadline=deadline, enough=ENOUGH)
