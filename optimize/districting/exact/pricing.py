"""What a community costs around each of its possible roots, for either objective: the face of a proof by columns."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from optimize.districting.exact.pricing_cut_edges import first_flow, grow_cuts, price_cuts
from optimize.districting.exact.pricing_moment import charge_bridges, floor_of, grow, price_loads
from optimize.districting.problem.instance import Instance

Columns = NDArray[np.int8]

MOST_COLUMNS = 400_000
"""Communities listed after which a root's tree gives up."""

ASCENTS = 4
"""Rounds of pricing the loads and contiguity of one root."""

FLOWS = 8
"""Flows tried for the price of a load."""


@dataclass(frozen=True)
class Root:
    """One unit as the root of communities, at given prices.

    Attributes
    ----------
    unit : int
    cost : ndarray, shape (units,)
        What every unit costs in its community, less what covering it is worth.
    reduced : ndarray, shape (units,)
        The same with the loads at their prices.
    floor : float
        No community around this root costs less.
    """

    unit: int
    cost: Floats
    reduced: Floats
    floor: float


class Rooted(Protocol):
    """An instance seen from its roots: every community has one root, and trees list the communities around it."""

    scale: float

    def roots(self, prices: Floats, threads: ThreadPoolExecutor) -> list[Root]:
        """Return the roots at given prices of the units, those of least floor first."""

    def grow(self, root: Root, limit: float, nodes: int, *, cheapest: bool) -> tuple[Columns, Floats, int]:
        """List communities around a root (`grow.grow`)."""

    def owned(self, unit: int, columns: Columns) -> tuple[Columns, Floats]:
        """Return the communities whose root is this unit, so that each is listed once, with their costs."""

    def cost_of(self, column: Columns) -> float:
        """Return the objective of one community."""

    def better(self, value: float) -> float:
        """Return the largest value of a plan better than one of this value."""

    def rounded(self, bound: float) -> float:
        """Return a bound as strong as the objective's kind allows."""

    def above(self, value: float) -> float:
        """Return the bound once no plan of at most this value is left."""

    def near(self, bound: float, value: float) -> bool:
        """Say whether a bound is so near a value that listing what lies between is easier than closing in on it."""


def rooted(instance: Instance, possible: NDArray[np.bool_], halt: Ints) -> Rooted:
    """Return an instance seen from its roots.

    Parameters
    ----------
    instance : Instance
    possible : ndarray of bool, shape (units, units)
        Which units may have which seat (moment only).
    halt : ndarray of int, shape (1,)
        Trees give up as soon as this is not 0.
    """
    return _Seats(instance, possible, halt) if instance.objective == "moment" else _Heaviest(instance, halt)


class _Seats:
    """For the moment the root is the seat."""

    def __init__(self, instance: Instance, possible: NDArray[np.bool_], halt: Ints) -> None:
        self.instance, self.halt = instance, halt
        self.loads = np.ascontiguousarray(instance.loads)
        self.from_seat = instance.weight[:, None] * instance.squared_distances()
        allowed, fixed = np.array(possible), instance.seats
        if len(fixed):
            allowed[fixed] = False
            allowed[fixed, fixed] = True
        self.usable = np.ascontiguousarray(allowed.T.astype(np.int64))
        self.scale = max(float(self.from_seat.mean(axis=1).sum()), 1.0)

    def roots(self, prices: Floats, threads: ThreadPoolExecutor) -> list[Root]:
        units = [j for j in range(len(self.instance)) if self.usable[j, j]]
        return sorted(threads.map(lambda j: self._root(j, prices), units), key=lambda r: (r.floor, r.unit))

    def _root(self, unit: int, prices: Floats) -> Root:
        usable, one = self.usable[unit], self.instance
        cost = self.from_seat[:, unit] - prices
        # Prices of the loads and of contiguity in turn: each changes what the other sees.
        inner, best = cost, (-math.inf, cost)
        for _ in range(ASCENTS):
            price = price_loads(unit, inner, self.loads, one.lower, one.upper, usable)
            reduced = charge_bridges(unit, inner + self.loads @ price, usable, one.indptr, one.indices)
            floor = floor_of(unit, reduced, price, one.lower, one.upper, usable)
            if floor <= best[0] + 1e-9 * abs(best[0]):
                break
            best, inner = (floor, reduced), reduced - self.loads @ price
        return Root(unit, cost, best[1], best[0])

    def grow(self, root: Root, limit: float, nodes: int, *, cheapest: bool) -> tuple[Columns, Floats, int]:
        one = self.instance
        columns, costs, left = grow(
            root.unit,
            root.cost,
            root.reduced,
            root.floor,
            self.loads,
            one.lower,
            one.upper,
            self.usable[root.unit],
            one.indptr,
            one.indices,
            limit,
            cheapest,
            MOST_COLUMNS,
            nodes,
            self.halt,
        )
        return columns, costs, int(left)

    def owned(self, unit: int, columns: Columns) -> tuple[Columns, Floats]:
        sums = columns.astype(np.float64) @ self.from_seat
        own = sums[:, unit]
        if unit in self.instance.seats:
            return columns, own
        keep = own <= np.where(columns == 1, sums, np.inf).min(axis=1, initial=np.inf) * (1 + 1e-12)
        return columns[keep], own[keep]

    def cost_of(self, column: Columns) -> float:
        members = np.flatnonzero(column)
        seat = np.intersect1d(members, self.instance.seats)
        return float(self.from_seat[np.ix_(members, seat if len(seat) else members)].sum(axis=0).min())

    def better(self, value: float) -> float:
        return value * (1 - 1e-9)

    def rounded(self, bound: float) -> float:
        return bound

    def above(self, value: float) -> float:
        return math.nextafter(value, math.inf)

    def near(self, bound: float, value: float) -> bool:
        return bound >= value * (1 - 1e-7)


class _Heaviest:
    """For cut edges the root is the unit of the largest load; each cut edge costs either side a half."""

    BORDER = 0.5
    scale = 1.0

    def __init__(self, instance: Instance, halt: Ints) -> None:
        n = len(instance)
        self.instance, self.halt = instance, halt
        self.loads = np.ascontiguousarray(instance.loads)
        place = np.empty(n, dtype=np.int64)
        place[np.argsort(-instance.loads[:, 0], kind="stable")] = np.arange(n)
        self.usable = np.ascontiguousarray((place[None, :] >= place[:, None]).astype(np.int64))
        self.ends = np.repeat(np.arange(n), np.diff(instance.indptr))
        order = np.lexsort((self.ends, instance.indices))
        self.back = np.empty(len(order), dtype=np.int64)
        self.back[np.lexsort((instance.indices, self.ends))] = order

    def roots(self, prices: Floats, threads: ThreadPoolExecutor) -> list[Root]:
        made = threads.map(lambda j: self._root(j, prices), range(len(self.instance)))
        return sorted(made, key=lambda r: (r.floor, r.unit))

    def _root(self, unit: int, prices: Floats) -> Root:
        one, usable = self.instance, self.usable[unit]
        if np.any(usable @ self.loads < one.lower):
            return Root(unit, -prices, -prices, math.inf)
        floor, price = price_cuts(
            unit,
            -prices,
            self.BORDER,
            self.loads,
            one.lower,
            one.upper,
            usable,
            one.indptr,
            one.indices,
            self.back,
            FLOWS,
        )
        return Root(unit, -prices, self.loads @ price - prices, floor)

    def grow(self, root: Root, limit: float, nodes: int, *, cheapest: bool) -> tuple[Columns, Floats, int]:
        one, usable = self.instance, self.usable[root.unit]
        _, supply, demand, room = first_flow(
            root.unit, root.reduced, self.BORDER, usable, one.indptr, one.indices, self.back
        )
        columns, costs, left = grow_cuts(
            root.unit,
            root.cost,
            self.BORDER,
            root.floor,
            supply,
            demand,
            room,
            self.back,
            self.loads,
            one.lower,
            one.upper,
            usable,
            one.indptr,
            one.indices,
            limit,
            cheapest,
            MOST_COLUMNS,
            nodes,
            self.halt,
        )
        return columns, costs, int(left)

    def owned(self, unit: int, columns: Columns) -> tuple[Columns, Floats]:
        return columns, np.array([self.cost_of(c) for c in columns], dtype=np.float64)

    def cost_of(self, column: Columns) -> float:
        return self.BORDER * float(((column[self.ends] == 1) & (column[self.instance.indices] == 0)).sum())

    def better(self, value: float) -> float:
        return value - 1

    def rounded(self, bound: float) -> float:
        return math.ceil(bound - 1e-6) if math.isfinite(bound) else bound

    def above(self, value: float) -> float:
        return math.floor(value + 1e-6) + 1

    def near(self, bound: float, value: float) -> bool:
        return bound >= value - 0.1 and self.rounded(bound) >= self.rounded(value)
