"""What the basic units are to sellers: how far apart their doors lie, and who lives behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from scenarios.rules.businesses import businesses_of, market_rules
from scenarios.schema.scenario import Scenario
from scenarios.territory.territory import Territory

HEXAGON = float(np.sqrt(3.0) / 2.0)
"""Area of a cell of a hexagonal lattice over the squared distance of its neighbours."""


def unit_areas(territory: Territory) -> Floats:
    """Return the area of every unit [km2]; where unknown, that of a hexagon with its neighbours' mean distance."""
    n = len(territory)
    edges, points = territory.edge_positions, territory.coordinates
    gap = np.sqrt(((points[edges[:, 0]] - points[edges[:, 1]]) ** 2).sum(axis=1))
    degree = np.bincount(edges.ravel(), minlength=n)
    total = np.bincount(edges.ravel(), weights=np.repeat(gap, 2), minlength=n)
    guess = HEXAGON * (total / np.maximum(degree, 1)) ** 2
    if "area_km2" not in territory.units:
        return np.asarray(guess, dtype=np.float64)
    known = territory.units["area_km2"].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(known), known, guess)


def toured_areas(territory: Territory, speed_km_per_hour: float) -> Floats:
    """Return the area of every unit as tours feel it [km2]: that in which straight ways are as long as the real ones.

    A tour through an area is as long as its root, so ways that are longer by a factor make the area larger by its
    square. The factor of a unit is that of the ways to its neighbours: their lengths over the straight lines, minutes
    being turned into the lengths that they allow at the usual speed.

    References
    ----------
    Detour (circuity) factors of road networks: Ballou, Rahardja & Sakai 2002.
    """
    areas = unit_areas(territory)
    if territory.distances is None:
        return areas
    ends = territory.edge_positions
    a, b = np.concatenate([ends, ends[:, ::-1]]).T
    lines = np.sqrt(((territory.coordinates[a] - territory.coordinates[b]) ** 2).sum(axis=1))
    scale = speed_km_per_hour / 60.0 if territory.distances.unit == "min" else 1.0
    ways = np.bincount(a, territory.distances.matrix[a, b] * scale, len(areas))
    straight = np.bincount(a, lines, len(areas))
    factor = np.divide(ways, straight, out=np.ones(len(areas)), where=straight > 0)
    return np.asarray(areas * factor**2)


def kilometres_between(territory: Territory, first: Ints, second: Ints, speed_km_per_hour: float) -> Floats:
    """Return how far units lie from others, shape (first, second) [km]: as the territory's distances have it.

    Straight lines where it has none; minutes are the lengths that they allow at the usual speed.
    """
    if territory.distances is None:
        gap = territory.coordinates[first][:, None, :] - territory.coordinates[second][None, :, :]
        return np.asarray(np.sqrt((gap**2).sum(axis=2)), dtype=np.float64)
    scale = speed_km_per_hour / 60.0 if territory.distances.unit == "min" else 1.0
    return np.asarray(territory.distances.matrix[np.ix_(first, second)] * scale)


def market_of(scenario: Scenario, units: pd.DataFrame) -> tuple[Ints, Ints, Floats]:
    """Return subscribers, prospects and economic factor of every unit and business, shapes (units, businesses)."""
    n = len(units)
    columns = []
    for business, rules in zip(businesses_of(scenario), market_rules(scenario), strict=True):
        if n == 0:
            columns.append((np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)))
            continue
        subscribers = np.rint(_subscribers(scenario, units, business)).astype(np.int64)
        reachable = np.rint(rules.reachable * units[rules.base].to_numpy(dtype=np.float64)).astype(np.int64)
        income = units["income"].to_numpy(dtype=np.float64)
        index = np.maximum(income, 0) / income.mean() if income.mean() > 0 else np.ones(n)
        columns.append((subscribers, np.maximum(reachable - subscribers, 0), index**rules.elasticity))
    subscribers, prospects, index = (np.column_stack(list(c)) for c in zip(*columns, strict=True))
    return subscribers, prospects, index


def _subscribers(scenario: Scenario, units: pd.DataFrame, business: str) -> Floats:
    """Return today's subscribers of a business: counted, or, of one beside the two, as its penetration says."""
    column, more = f"{business}_subscribers", scenario.more_businesses.get(business)
    if more is None or column in units:
        return units[column].to_numpy(dtype=np.float64)
    return np.asarray(more.penetration * units["households"].to_numpy(dtype=np.float64))
