"""What a community costs around each of its possible roots, for every objective: the face of a proof by columns."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from optimize.districting.exact.pricing.border_flow import first_flow, price_cuts
from optimize.districting.exact.pricing.cut_edges import grow_cuts
from optimize.districting.exact.pricing.load_prices import charge_bridges, floor_of, price_loads
from optimize.districting.exact.pricing.moment import grow
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.rooted_communities import Columns, Root, Rooted

MOST_COLUMNS = 400_000
"""Communities listed after which a root's tree gives up."""

ASCENTS = 4
"""Rounds of pricing the loads and contiguity of one root."""

FLOWS = 8
"""Flows tried for the price of a load."""

FINE = {"moment": 2.0**-43, "distance": 2.0**-43, "cut-edges": 2.0**-30}
"""Costs and prices are rounded to this share of the scale: what a community costs at given prices is then exact."""

LARGEST = {"moment": 2.0**9, "distance": 2.0**9, "cut-edges": 2.0**22}
"""Largest sum of prices, as a share of the scale, for which that is so."""

ROUNDED = 2.0**-49
"""Share of the sizes of its terms, for each of them, by which a sum of floating point numbers is taken to be off."""

A_NODE = {"moment": 3.5e-9, "distance": 3.5e-9, "cut-edges": 3e-8}
A_ROOT = {"moment": 2e-7, "distance": 2e-7, "cut-edges": 1e-6}
"""Units of work of a node of a tree and of a root, for every unit."""

NEXT_CUT = 1e-9
"""How much cheaper than the last one found the next cheapest community must be (`cut_edges.grow_cuts`)."""


def rooted(instance: Instance, possible: NDArray[np.bool_], halt: Ints) -> Rooted:
    """Return an instance seen from its roots.

    Parameters
    ----------
    instance : Instance
    possible : ndarray of bool, shape (units, units)
        Which units may have which seat (not for cut edges).
    halt : ndarray of int, shape (1,)
        Trees give up as soon as this is not 0.
    """
    return _Heaviest(instance, halt) if instance.objective == "cut-edges" else _Seats(instance, possible, halt)


class _Base:
    """What all objectives have in common."""

    def __init__(self, instance: Instance, halt: Ints, scale: float) -> None:
        self.instance, self.halt, self.scale = instance, halt, scale
        self.loads = np.ascontiguousarray(instance.loads)
        self.lower, self.upper = instance.tolerated()
        self.grid = 2.0 ** math.floor(math.log2(scale)) * FINE[instance.objective]
        self.node_work = A_NODE[instance.objective] * len(instance)
        self.root_work = A_ROOT[instance.objective] * len(instance) * math.log2(len(instance) + 1)

    def priced(self, prices: Floats) -> Floats:
        largest = LARGEST[self.instance.objective] * self.scale / max(len(prices), 1)
        return np.clip(np.rint(prices / self.grid) * self.grid, -largest, largest)

    def balanced(self, columns: Columns) -> NDArray[np.bool_]:
        """Return which communities keep the bounds, as the check of a plan sees it."""
        sums = columns.astype(np.float64) @ self.loads
        return np.asarray(np.all((sums >= self.lower) & (sums <= self.upper), axis=1))

    def slack(self, reduced: Floats, price: Floats) -> float:
        """Return how far sums of reduced costs, and of loads at their prices, may be off."""
        bounds = np.concatenate([self.lower, self.upper])
        largest = float(np.abs(bounds[np.isfinite(bounds)]).max(initial=0.0))
        size = float(np.abs(reduced).sum()) + float(np.abs(price).sum()) * largest
        return ROUNDED * (len(reduced) + len(price)) * size


class _Seats(_Base):
    """For the moment and sums of distances the root is the seat."""

    def __init__(self, instance: Instance, possible: NDArray[np.bool_], halt: Ints) -> None:
        from_seat = instance.costs()
        super().__init__(instance, halt, max(float(from_seat.mean(axis=1).sum()), 1e-300))
        self.from_seat = np.rint(from_seat / self.grid) * self.grid
        self.most = float(self.from_seat.max(axis=1).sum()) + len(instance) * self.grid
        allowed, fixed = np.array(possible), instance.seats
        if len(fixed):
            allowed[fixed] = False
            allowed[fixed, fixed] = True
        self.usable = np.ascontiguousarray(allowed.T.astype(np.int64))
        # Members that have another one out of their reach are no seats, however little they cost.
        self.far = np.zeros((len(instance), 0))
        if instance.seats_in_reach and math.isfinite(instance.radius):
            self.far = (instance.all_distances() > instance.radius * (1 + ROUNDING)).astype(np.float64)

    def roots(self, prices: Floats, threads: ThreadPoolExecutor) -> list[Root]:
        units = [j for j in range(len(self.instance)) if self.usable[j, j]]
        return sorted(threads.map(lambda j: self._root(j, prices), units), key=lambda r: (r.floor, r.unit))

    def _root(self, unit: int, prices: Floats) -> Root:
        usable, one = self.usable[unit], self.instance
        cost = self.from_seat[:, unit] - prices
        # Prices of the loads and of contiguity in turn: each changes what the other sees.
        nothing = np.zeros(self.loads.shape[1])
        inner, best = cost, (floor_of(unit, cost, nothing, self.lower, self.upper, usable), cost, nothing)
        for _ in range(ASCENTS):
            price = price_loads(unit, inner, self.loads, self.lower, self.upper, usable)
            reduced = charge_bridges(unit, inner + self.loads @ price, usable, one.indptr, one.indices)
            floor = floor_of(unit, reduced, price, self.lower, self.upper, usable)
            if not floor > best[0] + 1e-9 * abs(best[0]):
                break
            best, inner = (floor, reduced, price), reduced - self.loads @ price
        slack = self.slack(best[1], best[2])
        return Root(unit, cost, best[1], best[0] - slack, slack)

    def grow(self, root: Root, limit: float, nodes: int, *, cheapest: bool) -> tuple[Columns, Floats, int]:
        one = self.instance
        columns, costs, left = grow(
            root.unit,
            root.cost,
            root.reduced,
            root.floor,
            self.loads,
            self.lower,
            self.upper,
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
            keep = self.balanced(columns)
            return columns[keep], own[keep]
        # Of members that are as good, a rounding apart, the check of a plan may take either: both are roots.
        lowest = np.where(self._seats(columns), sums, np.inf).min(axis=1, initial=np.inf)
        keep = (own <= lowest * (1 + 1e-12) + len(self.instance) * self.grid) & self.balanced(columns)
        return columns[keep], own[keep]

    def cost_of(self, column: Columns) -> float:
        members = np.flatnonzero(column)
        seat = np.intersect1d(members, self.instance.seats)
        if not len(seat):
            seat = np.flatnonzero(self._seats(column[None])[0])
        return float(self.from_seat[np.ix_(members, seat)].sum(axis=0).min(initial=np.inf))

    def _seats(self, columns: Columns) -> NDArray[np.bool_]:
        """Return which units may be the seats of communities, shape (communities, units)."""
        if not self.far.size:
            return np.asarray(columns == 1)
        return np.asarray((columns == 1) & (columns.astype(np.float64) @ self.far == 0))

    def better(self, value: float) -> float:
        return value * (1 - 1e-9)

    def rounded(self, bound: float) -> float:
        return bound

    def above(self, value: float) -> float:
        return math.nextafter(value, math.inf)

    def cut_at(self, value: float, bound: float) -> float:
        return value

    def near(self, bound: float, value: float) -> bool:
        return bound >= value * (1 - 1e-7)


class _Heaviest(_Base):
    """For cut edges the root is the unit of the largest load; each cut edge costs either side a half."""

    BORDER = 0.5

    def __init__(self, instance: Instance, halt: Ints) -> None:
        super().__init__(instance, halt, 1.0)
        n, self.most = len(instance), float(len(instance.edges))
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
        if np.any(usable @ self.loads < self.lower):
            return Root(unit, -prices, -prices, math.inf)
        floor, price = price_cuts(
            unit,
            -prices,
            self.BORDER,
            self.loads,
            self.lower,
            self.upper,
            usable,
            one.indptr,
            one.indices,
            self.back,
            FLOWS,
        )
        reduced = self.loads @ price - prices
        slack = self.slack(reduced, price) + NEXT_CUT
        return Root(unit, -prices, reduced, floor - slack if math.isfinite(floor) else -math.inf, slack)

    def grow(self, root: Root, limit: float, nodes: int, *, cheapest: bool) -> tuple[Columns, Floats, int]:
        one, usable = self.instance, self.usable[root.unit]
        _, supply, demand, capacity = first_flow(
            root.unit, root.reduced, self.BORDER, usable, one.indptr, one.indices, self.back
        )
        columns, costs, left = grow_cuts(
            root.unit,
            root.cost,
            self.BORDER,
            root.floor,
            supply,
            demand,
            capacity,
            self.back,
            self.loads,
            self.lower,
            self.upper,
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
        own = columns[self.balanced(columns)]
        return own, np.array([self.cost_of(c) for c in own], dtype=np.float64)

    def cost_of(self, column: Columns) -> float:
        return self.BORDER * float(((column[self.ends] == 1) & (column[self.instance.indices] == 0)).sum())

    def better(self, value: float) -> float:
        return value - 1

    def rounded(self, bound: float) -> float:
        return math.ceil(bound - 1e-6) if math.isfinite(bound) else bound

    def above(self, value: float) -> float:
        return math.floor(value + 1e-6) + 1

    def cut_at(self, value: float, bound: float) -> float:
        return max(math.floor(value), bound)

    def near(self, bound: float, value: float) -> bool:
        return bound >= value - 0.1 and self.rounded(bound) >= self.rounded(value)
