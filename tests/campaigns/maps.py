"""Random connected maps to be divided: points joined to their neighbours, grids with holes, trees with a few rings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay

Edge = tuple[int, int]
Floats = NDArray[np.float64]


def connected(units: int, edges: Sequence[Edge]) -> bool:
    """Say whether a map hangs together."""
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    links = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(units, units))
    return int(connected_components(links, directed=False)[0]) == 1


def scattered(rng: np.random.Generator, units: int) -> tuple[Floats, list[Edge]]:
    """Points at random, joined as Delaunay does; edges much longer than most are left out where the map holds."""
    points = np.round(rng.uniform(0, 10 * math.sqrt(units), (units, 2)), 2)
    edges = _joined(points)
    length = np.array([np.linalg.norm(points[a] - points[b]) for a, b in edges])
    most = float(np.median(length)) * rng.uniform(1.4, 2.2)
    return points, [e for e, far in zip(edges, length, strict=True) if far <= most or e in _tree(points, edges)]


def holed(rng: np.random.Generator, units: int) -> tuple[Floats, list[Edge]]:
    """Squares of a grid, side by side, from which some have been taken where the rest still holds."""
    columns = max(3, round(math.sqrt(units * rng.uniform(1.1, 1.6))))
    cells = [(x, y) for y in range(-(-units * 5 // (4 * columns)) + 1) for x in range(columns)]
    while len(cells) > units:
        gone = cells[int(rng.integers(len(cells)))]
        left = [c for c in cells if c != gone]
        if connected(len(left), _beside(left)):
            cells = left
    return np.array(cells, dtype=np.float64), _beside(cells)


def branching(rng: np.random.Generator, units: int) -> tuple[Floats, list[Edge]]:
    """A tree in the plane, with a few more edges that close rings."""
    points = np.round(rng.uniform(0, 10 * math.sqrt(units), (units, 2)), 2)
    edges = _joined(points)
    kept = _tree(points, edges)
    others = [e for e in edges if e not in kept]
    more = rng.choice(len(others), size=min(len(others), int(rng.integers(0, units // 4 + 1))), replace=False)
    return points, sorted([*kept, *(others[int(k)] for k in more)])


SHAPES = {"scattered": scattered, "holed": holed, "branching": branching}


def _joined(points: Floats) -> list[Edge]:
    triangles = Delaunay(points).simplices
    pairs = (pair for triangle in triangles for pair in itertools.combinations(sorted(map(int, triangle)), 2))
    return sorted(set(pairs))


def _tree(points: Floats, edges: Sequence[Edge]) -> set[Edge]:
    ends = np.array(edges)
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    weights = csr_array((length + 1e-9, (ends[:, 0], ends[:, 1])), shape=(len(points), len(points)))
    tree = minimum_spanning_tree(weights).tocoo()
    return {(min(int(a), int(b)), max(int(a), int(b))) for a, b in zip(tree.row, tree.col, strict=True)}


def _beside(cells: Sequence[tuple[int, int]]) -> list[Edge]:
    place = {cell: k for k, cell in enumerate(cells)}
    pairs = [(k, place.get((x + dx, y + dy))) for (x, y), k in place.items() for dx, dy in ((1, 0), (0, 1))]
    return sorted((min(a, b), max(a, b)) for a, b in pairs if b is not None)


def grown(rng: np.random.Generator, units: int, edges: Sequence[Edge], communities: int) -> list[int]:
    """Divide a map into connected communities of about as many units, without regard to what lives there."""
    near: list[list[int]] = [[] for _ in range(units)]
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    label = np.full(units, -1)
    label[rng.choice(units, size=communities, replace=False)] = np.arange(communities)
    while (label < 0).any():
        sizes = np.bincount(label[label >= 0], minlength=communities)
        for k in sorted(range(communities), key=lambda k: (sizes[k], k)):
            beside = sorted({b for a in np.flatnonzero(label == k) for b in near[a] if label[b] < 0})
            if beside:
                # The one with most neighbours inside: communities grow round, with few cut edges.
                label[max(beside, key=lambda u: (sum(label[v] == k for v in near[u]), rng.random()))] = k
                break
    return [int(k) for k in label]
