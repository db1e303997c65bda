"""The ground plan of a made-up city: where people are dense, where the river runs, and the cells between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree, Voronoi

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SHORT_KM = 0.02
"""Cell sides shorter than this shrink to a point, so that whole metres keep every side."""

RIM = 1.3
"""Points are also drawn out to this multiple of the outline; their cells bound the city's cells."""

SMOOTHING_ROUNDS = 2


@dataclass(frozen=True)
class GroundPlan:
    """What fixes a city before there are units; all lengths in km, the core at (0, 0).

    Attributes
    ----------
    radius : mean radius of the outline
    waves : amplitude and phase of the outline's harmonics, shape (harmonics, 2)
    sub_centres : positions, shape (n, 2), of denser places around the core
    sub_weights : their density against the core's, shape (n,)
    river_angle : direction of the river [rad]
    river_waves : amplitude [km], wave number [1/km], phase of its bends, shape (bends, 3)
    river_offset : distance at which it passes the core
    """

    radius: float
    waves: Array
    sub_centres: Array
    sub_weights: Array
    river_angle: float
    river_waves: Array
    river_offset: float

    def reach(self, points: Array) -> Array:
        """Return how far out each point lies, 1 on the outline."""
        angle = np.arctan2(points[:, 1], points[:, 0])
        order = np.arange(2, 2 + len(self.waves))
        bulge = (self.waves[:, 0] * np.cos(order * angle[:, None] + self.waves[:, 1])).sum(axis=1)
        return np.asarray(np.hypot(points[:, 0], points[:, 1]) / (self.radius * (1 + bulge)))

    def density(self, points: Array) -> Array:
        """Return persons per area against the core's (1 at the core): core, sub-centres and a thin floor."""
        r = np.hypot(points[:, 0], points[:, 1]) / self.radius
        value = 0.025 + np.exp(-((r / 0.33) ** 1.4))
        for middle, weight in zip(self.sub_centres, self.sub_weights, strict=True):
            gap = ((points - middle) ** 2).sum(axis=1) / (0.11 * self.radius) ** 2
            value = value + weight * np.exp(-gap / 2)
        return np.asarray(value)

    def river(self, along: Array) -> Array:
        """Return the river's course at distances along its direction, shape (n, 2)."""
        amplitude, number, phase = self.river_waves.T
        across = self.river_offset + (amplitude * np.sin(number * along[:, None] + phase)).sum(axis=1)
        return self._turned(np.column_stack([along, across]), self.river_angle)

    def bank(self, points: Array) -> Array:
        """Return on which side of the river points lie (-1 or 1)."""
        own = self._turned(points, -self.river_angle)
        amplitude, number, phase = self.river_waves.T
        across = self.river_offset + (amplitude * np.sin(number * own[:, :1] + phase)).sum(axis=1)
        return np.where(own[:, 1] > across, 1, -1)

    def along(self, points: Array) -> Array:
        """Return the distance of points along the river's direction [km]."""
        return self._turned(points, -self.river_angle)[:, 0]

    @staticmethod
    def _turned(points: Array, angle: float) -> Array:
        c, s = np.cos(angle), np.sin(angle)
        return np.asarray(points @ np.array([[c, s], [-s, c]]))


@dataclass(frozen=True)
class Cells:
    """Cells of a city on one net of vertices.

    Attributes
    ----------
    sites : generating points, shape (cells, 2) [km]
    vertices : shape (n, 2) [km], whole metres
    rings : vertex positions around each cell
    pairs : cells with a common side, shape (sides, 2)
    sides : vertex positions of that side, shape (sides, 2)
    wet : sides that lie in the river, shape (sides,)
    """

    sites: Array
    vertices: Array
    rings: tuple[tuple[int, ...], ...]
    pairs: Whole
    sides: Whole
    wet: NDArray[np.bool_]


def draw_plan(units: int, sub_centres: int, km2_per_unit: float, rng: np.random.Generator) -> GroundPlan:
    """Draw the outline, the denser places and the river of a city of so many units."""
    radius = float(np.sqrt(units * km2_per_unit / np.pi))
    waves = np.column_stack([rng.uniform(0.02, 0.09, 4), rng.uniform(0, 2 * np.pi, 4)])
    turn = rng.uniform(0, 2 * np.pi)
    angles = turn + 2 * np.pi * (np.arange(sub_centres) + rng.uniform(-0.25, 0.25, sub_centres)) / max(sub_centres, 1)
    out = radius * rng.uniform(0.42, 0.72, sub_centres)
    places = np.column_stack([out * np.cos(angles), out * np.sin(angles)])
    bends = np.column_stack(
        [
            radius * np.array([0.16, 0.05]) * rng.uniform(0.7, 1.2, 2),
            np.array([2.2, 6.0]) / radius * rng.uniform(0.85, 1.15, 2),
            rng.uniform(0, 2 * np.pi, 2),
        ]
    )
    return GroundPlan(
        radius=radius,
        waves=waves,
        sub_centres=places,
        sub_weights=rng.uniform(0.18, 0.45, sub_centres),
        river_angle=float(rng.uniform(0, np.pi)),
        river_waves=bends,
        river_offset=float(radius * rng.choice([-1.0, 1.0]) * rng.uniform(0.08, 0.2)),
    )


def draw_cells(plan: GroundPlan, units: int, rng: np.random.Generator) -> Cells:
    """Draw exactly so many cells: small where people are dense, with the river along their sides.

    Cells are Voronoi cells, so neighbours and common sides come from the diagram itself; points in pairs on both
    banks put the sides on the river's course. The city is the cells nearest the core in terms of the outline, and
    its ragged rim is the rim of those cells.
    """
    per_km2 = _unit_density(plan, units)
    banks = _river_pairs(plan, per_km2)
    loose = _scattered(plan, units, per_km2, banks, rng)
    guard = _ring(plan)
    sites = _smoothed(plan, banks, loose, guard)
    diagram = Voronoi(sites)
    inside = _city(plan, sites, diagram, units)
    return _on_whole_metres(plan, sites, diagram, inside)


class _unit_density:  # noqa: N801 - a function with a scale worked out once
    """Units per km2 at a place: grows with the density of people, less than in proportion."""

    def __init__(self, plan: GroundPlan, units: int) -> None:
        self.plan, self.scale = plan, 1.0
        side = np.linspace(-1.6, 1.6, 200) * plan.radius
        grid = np.column_stack([a.ravel() for a in np.meshgrid(side, side)])
        inside = plan.reach(grid) < 1
        self.scale = units / float(self(grid[inside]).sum() * (side[1] - side[0]) ** 2)

    def __call__(self, points: Array) -> Array:
        return np.asarray(self.scale * self.plan.density(points) ** 0.75)


def _river_pairs(plan: GroundPlan, per_km2: _unit_density) -> Array:
    """Return points in pairs on both banks, as far apart as units are there."""
    end = 1.7 * plan.radius
    places, at = [], -end
    while at < end:
        here, ahead = plan.river(np.array([at, at + 1e-4]))
        slope = (ahead - here) / 1e-4
        gap = 0.9 / float(np.sqrt(per_km2(here[None, :])[0]))
        normal = np.array([-slope[1], slope[0]]) / np.hypot(*slope)
        places += [here + normal * gap * 0.42, here - normal * gap * 0.42]
        at += gap / float(np.hypot(*slope))
    return np.array(places)


def _scattered(plan: GroundPlan, units: int, per_km2: _unit_density, banks: Array, rng: np.random.Generator) -> Array:
    """Return points drawn by density until the outline holds `units`, those of the banks included."""
    tree = KDTree(banks)
    missing = units - int((plan.reach(banks) < 1).sum())
    half, peak = 1.6 * plan.radius, float(per_km2(np.vstack([np.zeros((1, 2)), plan.sub_centres])).max())
    kept: list[Array] = []
    while missing > 0:
        tried = rng.uniform(-half, half, (max(4 * units, 2000), 2))
        density = per_km2(tried)
        tried = tried[(rng.random(len(tried)) * peak < density) & (plan.reach(tried) < RIM)]
        near, _ = tree.query(tried)
        tried = tried[near * np.sqrt(per_km2(tried)) > 0.75]
        within = np.cumsum(plan.reach(tried) < 1)
        if len(within) and within[-1] > missing:
            tried = tried[: int(np.searchsorted(within, missing)) + 1]
        kept.append(tried)
        missing -= int((plan.reach(tried) < 1).sum())
    return np.vstack(kept) if kept else np.empty((0, 2))


def _ring(plan: GroundPlan) -> Array:
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * plan.radius * 2.2


def _smoothed(plan: GroundPlan, banks: Array, loose: Array, guard: Array) -> Array:
    """Move loose points to the middle of their cells (Lloyd 1982), so that no cell is a sliver."""
    for _ in range(SMOOTHING_ROUNDS):
        sites = np.vstack([banks, loose, guard])
        diagram = Voronoi(sites)
        middles = _middles(diagram, len(sites))[len(banks) : len(banks) + len(loose)]
        stay = ~np.isfinite(middles).all(axis=1) | (plan.reach(loose) > RIM * 0.93)
        stay |= plan.bank(middles) != plan.bank(loose)
        loose = np.where(stay[:, None], loose, middles)
    return np.vstack([banks, loose, guard])


def _middles(diagram: Voronoi, count: int) -> Array:
    """Return centroids of all cells, NaN where unbounded, summed over triangles (site, side)."""
    pairs, sides = diagram.ridge_points, np.asarray(diagram.ridge_vertices)
    bounded = (sides >= 0).all(axis=1)
    area, moment = np.zeros(count), np.zeros((count, 2))
    p, q = diagram.vertices[sides[bounded, 0]], diagram.vertices[sides[bounded, 1]]
    for k in (0, 1):
        cell = pairs[bounded, k]
        site = diagram.points[cell]
        triangle = np.abs(np.cross(np.pad(p - site, ((0, 0), (0, 1))), np.pad(q - site, ((0, 0), (0, 1))))[:, 2]) / 2
        area += np.bincount(cell, triangle, count)
        for axis in (0, 1):
            middle = (p + q + site)[:, axis] / 3
            moment[:, axis] += np.bincount(cell, triangle * middle, count)
    area[np.unique(pairs[~bounded])] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(moment / area[:, None])


def _city(plan: GroundPlan, sites: Array, diagram: Voronoi, units: int) -> Whole:
    """Return the sites of the city: the nearest in terms of the outline that hang together."""
    sides = np.asarray(diagram.ridge_vertices)
    length = np.hypot(*(diagram.vertices[sides[:, 0]] - diagram.vertices[sides[:, 1]]).T)
    solid = (sides >= 0).all(axis=1) & (length > SHORT_KM)
    pairs = diagram.ridge_points[solid]
    order = np.argsort(plan.reach(sites), kind="stable")
    barred = np.zeros(len(sites), dtype=bool)
    while True:
        chosen = np.zeros(len(sites), dtype=bool)
        chosen[order[~barred[order]][:units]] = True
        both = chosen[pairs].all(axis=1)
        joined = coo_array((np.ones(both.sum()), pairs[both].T), shape=(len(sites), len(sites)))
        _, piece = connected_components(joined, directed=False)
        stray = chosen & (piece != piece[order[0]])
        if not stray.any():
            return np.flatnonzero(chosen)
        barred |= stray


def _on_whole_metres(plan: GroundPlan, sites: Array, diagram: Voronoi, inside: Whole) -> Cells:
    """Round vertices to metres and merge the ends of short sides, keeping one net for all cells."""
    number = np.full(len(sites), -1, dtype=np.int64)
    number[inside] = np.arange(len(inside))
    ridge_sides, ridge_pairs = np.asarray(diagram.ridge_vertices), number[diagram.ridge_points]
    mine = (ridge_pairs >= 0).any(axis=1)
    sides, pairs = ridge_sides[mine], ridge_pairs[mine]
    length = np.hypot(*(diagram.vertices[sides[:, 0]] - diagram.vertices[sides[:, 1]]).T)
    short = sides[length <= SHORT_KM]
    count = len(diagram.vertices)
    _, merged = connected_components(coo_array((np.ones(len(short)), short.T), shape=(count, count)), directed=False)
    used = np.unique(sides)
    total = np.bincount(merged[used], minlength=merged.max() + 1)
    vertices = np.column_stack(
        [np.bincount(merged[used], diagram.vertices[used, axis], len(total)) / np.maximum(total, 1) for axis in (0, 1)]
    )
    vertices = np.round(vertices, 3) + 0.0
    rings = tuple(_ring_of(diagram, int(site), merged) for site in inside)
    ends = merged[sides]
    common = (pairs >= 0).all(axis=1) & (vertices[ends[:, 0]] != vertices[ends[:, 1]]).any(axis=1)
    own = sites[inside]
    bank = plan.bank(own)
    pairs = np.sort(pairs[common], axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, ends = pairs[order], ends[common][order]
    return Cells(own, vertices, rings, pairs, ends.astype(np.int64), bank[pairs[:, 0]] != bank[pairs[:, 1]])


def _ring_of(diagram: Voronoi, site: int, merged: NDArray[np.int32]) -> tuple[int, ...]:
    corners = np.asarray(diagram.regions[diagram.point_region[site]])
    offset = diagram.vertices[corners] - diagram.points[site]
    around = merged[corners[np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")]].tolist()
    ring = [v for k, v in enumerate(around) if v != around[k - 1]]
    return tuple(int(v) for v in ring)
