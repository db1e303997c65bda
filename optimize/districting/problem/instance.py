"""A partition problem as arrays: units, neighbours, what is minimised and what must balance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.problem.side_constraints import Wishes
from optimize.districting.problem.splits import SplitLimit, split_limits
from scenarios import Territory

DEFAULT_BALANCE = {"population": 0.05}
FREE = -1
WHOLE = 1e-15
"""Share of the mean by which a product of doubles may lie beside the whole number that it is."""

ROUNDING = 1e-9
"""Share of the mean by which a sum may lie outside its bounds: sums of fractional attributes are rounded."""


@dataclass(frozen=True)
class Instance:
    """One connected piece of a territory to be divided into communities.

    Attributes
    ----------
    names : tuple of str, length units
    communities : int
    objective : {"moment", "distance", "radius", "cut-edges"}
    points : ndarray, shape (units, 2) [km]
    weight : ndarray, shape (units,)
        Workload in the moment of inertia and in the sum of distances.
    indptr, indices : ndarray
        Neighbours of unit i: ``indices[indptr[i]:indptr[i + 1]]``, sorted.
    edges : ndarray, shape (edges, 2)
    balanced : tuple of str
        Names of the balanced attributes.
    loads : ndarray, shape (units, attributes)
    lower, upper : ndarray, shape (attributes,)
        Bounds of every community's sum; shape (communities, attributes) where communities are of unequal size.
    mean : ndarray, shape (attributes,)
        What deviations are measured against: total over communities, of the whole group where locks leave a part of it.
    seats : ndarray of int
        Units that must be seats; may be fewer than the communities.
    together : tuple of tuple of int
        Units of each group share a community.
    apart : ndarray of int, shape (pairs, 2)
        Units that must not share a community.
    radius : float [km]
        Largest distance of a unit from its seat.
    distances : ndarray, shape (units, units) [km], or None
        From unit i to seat j, in whatever metric; None: straight lines between the points.
    seats_in_reach : bool
        Where there is a radius: a community's seat is the best of the members that have all others within it. Otherwise
        it is the best of all members, and the radius says whether the plan is valid.
    splits : tuple of SplitLimit
        At most so many splits of a grouping.
    """

    names: tuple[str, ...]
    communities: int
    objective: str
    points: Floats
    weight: Floats
    indptr: Ints
    indices: Ints
    edges: Ints
    balanced: tuple[str, ...]
    loads: Floats
    lower: Floats
    upper: Floats
    mean: Floats
    seats: Ints
    together: tuple[tuple[int, ...], ...] = ()
    apart: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    radius: float = math.inf
    distances: Floats | None = None
    seats_in_reach: bool = False
    splits: tuple[SplitLimit, ...] = ()

    @property
    def is_sized(self) -> bool:
        """Whether communities are of unequal size, so that their numbers mean something."""
        return self.lower.ndim > 1

    def bounds_of_each(self) -> tuple[Floats, Floats]:
        """Return the bounds of every community's sums, shape (communities, attributes) each."""
        shape = (self.communities, len(self.balanced))
        return tuple(np.ascontiguousarray(np.broadcast_to(b, shape)) for b in (self.lower, self.upper))  # type: ignore[return-value]

    def evened(self) -> Instance:
        """Return the instance in which every community may be as small and as large as any: what bounds it holds here.

        Every plan of this instance is one of that, so nothing better than its bound can be found here.
        """
        if not self.is_sized:
            return self
        return replace(self, lower=self.lower.min(axis=0), upper=self.upper.max(axis=0))

    def unsplit(self) -> Instance:
        """Return the instance without limits on splits: what bounds it bounds this one, too."""
        return replace(self, splits=()) if self.splits else self

    def sized(self, community: int) -> Instance:
        """Return the instance in which all communities have the bounds of one."""
        low, high = self.bounds_of_each()
        return replace(self, lower=low[community], upper=high[community])

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.names)

    @property
    def kind(self) -> tuple[str, int, int]:
        """What tells values of this instance from those of parts of it, and of other objectives."""
        return self.objective, len(self), self.communities

    def neighbours(self, unit: int) -> list[int]:
        """Return the units next to a unit, sorted."""
        return cast("list[int]", self.indices[self.indptr[unit] : self.indptr[unit + 1]].tolist())

    def tolerated(self) -> tuple[Floats, Floats]:
        """Return the least and the most that a community's sums may come to, shape (attributes,) each.

        The bounds, a rounding wider. Plans are checked against these, so every proof must use them, too: with narrower
        ones it could call impossible what the check lets pass.
        """
        slack = ROUNDING * np.maximum(np.abs(self.mean), 1e-300)
        return self.lower - slack, self.upper + slack

    def away(self, units: Ints, seats: Ints) -> Floats:
        """Return the distances of units from seats; the two broadcast against each other [km]."""
        if self.distances is not None:
            return np.asarray(self.distances[units, seats])
        gap = self.points[units] - self.points[seats]
        return np.asarray(np.sqrt((gap**2).sum(axis=-1)))

    def all_distances(self) -> Floats:
        """Return the distance of every unit from every seat, shape (units, units) [km]."""
        return np.sqrt(self.squared_distances()) if self.distances is None else self.distances

    def within(self, radius: float = math.inf) -> Instance:
        """Return the instance that asks for the least sum of distances, of plans that keep a radius.

        Any members are seats from which all others lie within it. A request for the least radius asks this of one
        radius after the other; its own limit on the radius holds, too.
        """
        return replace(self, objective="distance", radius=min(radius, self.radius), seats_in_reach=True)

    def squared_distances(self) -> Floats:
        """Return squared distances between all units, shape (units, units) [km2]."""
        if self.distances is not None:
            return self.distances**2
        x, y = self.points[:, 0], self.points[:, 1]
        return np.asarray((x[:, None] - x[None, :]) ** 2 + (y[:, None] - y[None, :]) ** 2)

    def costs(self) -> Floats:
        """Return what every unit costs at every seat, shape (units, units).

        Weight by squared distance for the moment, about which cut edges have their seats, too (a limit on the radius
        counts from them); weight by distance for all else.
        """
        square = self.objective in ("moment", "cut-edges")
        away = self.squared_distances() if square else self.all_distances()
        return np.asarray(self.weight[:, None] * away)


def instance_of(
    territory: Territory,
    communities: int,
    *,
    objective: str,
    weight: str | None,
    balance: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
    seats: tuple[str, ...] = (),
    wishes: Wishes | None = None,
    mean: Mapping[str, float] | None = None,
    distances: Floats | None = None,
    sizes: Sequence[float] = (),
) -> Instance:
    """Turn a territory and a request into arrays.

    The mean is that of the territory's own communities unless it is given; distances are the territory's, straight
    lines if it has no others, unless they are given. Sizes are shares of the territory's sums: those of the first
    communities; the others share what is left.

    Raises
    ------
    InputError
        An attribute is missing.
    """
    if not balance and not bounds:
        balance = DEFAULT_BALANCE
    balanced = tuple(dict.fromkeys([*balance, *bounds]))
    loads = np.column_stack([territory.attribute(name) for name in balanced])
    means = loads.sum(axis=0) / communities if mean is None else np.array([mean[name] for name in balanced])
    allowed = [limits(name, loads[:, a], means[a], balance, bounds) for a, name in enumerate(balanced)]
    ends = np.array(allowed, dtype=np.float64).reshape(-1, 2)
    lower, upper = ends[:, 0], ends[:, 1]
    if sizes:
        rows = [
            [limits(name, loads[:, a], float(loads[:, a].sum()) * share, balance, bounds) for a, name in
             enumerate(balanced)] for share in shares_of(sizes, communities)
        ]  # fmt: skip
        both = np.array(rows, dtype=np.float64)
        lower, upper = np.ascontiguousarray(both[:, :, 0]), np.ascontiguousarray(both[:, :, 1])
    graph = territory.graph
    position = {unit: i for i, unit in enumerate(territory.unit_ids)}
    if distances is None and territory.distances is not None:
        distances = territory.distances.matrix
    return Instance(
        territory.unit_ids,
        communities,
        objective,
        territory.coordinates,
        territory.attribute(weight) if weight else loads[:, 0],
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int64),
        territory.edge_positions,
        balanced,
        loads,
        lower,
        upper,
        means,
        np.array([position[s] for s in seats if s in position], dtype=np.int64),
        *_wished(wishes or Wishes(), position),
        distances=distances,
        splits=split_limits(territory, wishes.splits) if wishes is not None else (),
    )


def shares_of(sizes: Sequence[float], communities: int) -> list[float]:
    """Return the share of every community: those stated come first, the others are alike."""
    rest = communities - len(sizes)
    return [*sizes, *([(1.0 - sum(sizes)) / rest] * rest if rest else [])]


def _wished(wishes: Wishes, position: Mapping[str, int]) -> tuple[tuple[tuple[int, ...], ...], Ints, float]:
    """Return the wishes that concern these units, by position."""
    groups = [tuple(sorted(position[u] for u in group if u in position)) for group in wishes.keep_together]
    # A pair may be named twice, in either order; it is one constraint.
    named = [(position[a], position[b]) for a, b in wishes.keep_apart if a in position and b in position]
    pairs = {(min(pair), max(pair)) for pair in named}
    return (
        tuple(group for group in groups if len(group) > 1),
        np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2),
        math.inf if wishes.max_radius is None else wishes.max_radius,
    )


def limits(
    name: str, loads: Floats, mean: float, balance: Mapping[str, float], bounds: Mapping[str, tuple[float, float]]
) -> tuple[float, float]:
    """Return the bounds of a community's sum: whole numbers are rounded inwards, both requests hold at once."""
    low, high = bounds.get(name, (-math.inf, math.inf))
    if name in balance:
        least, most = mean * (1 - balance[name]), mean * (1 + balance[name])
        if np.all(loads == np.rint(loads)):
            slack = max(1e-9, WHOLE * mean)
            least, most = math.ceil(least - slack), math.floor(most + slack)
        low, high = max(low, least), min(high, most)
    return low, high
