"""Connected regions on a map: grown from seeds, counted, and mended where they fell apart."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

UNCLAIMED = -1


def grow_regions(
    graph: csr_array, labels: NDArray[np.int64], pace: Sequence[float] | NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """Let labelled units claim their unlabelled neighbours, nearest first, until nobody is left.

    A unit is claimed only by a neighbour that already belongs to the region, so regions that start connected stay so.

    Parameters
    ----------
    graph : csr_array, shape (units, units)
        Adjacency; the values are lengths of the steps [any unit].
    labels : ndarray of int, shape (units,)
        Region of each unit at the start, `UNCLAIMED` where none.
    pace : sequence of float, optional
        Speed of each region; twice the pace reaches twice as far. Default 1 for all.

    Returns
    -------
    ndarray of int, shape (units,)
        A unit that no region can reach stays `UNCLAIMED`.
    """
    labels = labels.copy()
    count = int(labels.max(initial=-1)) + 1
    speed = np.ones(count) if pace is None else np.asarray(pace, dtype=np.float64)
    start, neighbours, lengths = graph.indptr.tolist(), graph.indices.tolist(), graph.data.tolist()
    heap: list[tuple[float, int, int]] = []

    def reach(unit: int, region: int, time: float) -> None:
        for k in range(start[unit], start[unit + 1]):
            if labels[neighbours[k]] == UNCLAIMED:
                heapq.heappush(heap, (time + lengths[k] / speed[region], neighbours[k], region))

    for unit in np.flatnonzero(labels != UNCLAIMED).tolist():
        reach(unit, int(labels[unit]), 0.0)
    while heap:
        time, unit, region = heapq.heappop(heap)
        if labels[unit] == UNCLAIMED:
            labels[unit] = region
            reach(unit, region, time)
    return labels


def grow_to_shares(
    graph: csr_array,
    seeds: NDArray[np.int64],
    weights: NDArray[np.float64],
    shares: NDArray[np.float64],
    rounds: int = 12,
) -> NDArray[np.int64]:
    """Grow connected regions from seeds whose weights come near given shares, by adjusting their paces.

    Parameters
    ----------
    graph : csr_array, shape (units, units)
        Connected adjacency; the values are lengths of the steps.
    seeds : ndarray of int, shape (regions,)
        The unit each region starts from.
    weights : ndarray, shape (units,)
        What is shared out, such as population [persons].
    shares : ndarray, shape (regions,)
        Wanted sizes, in any unit.
    rounds : int
        Growths tried; the one nearest to the shares is kept.

    Returns
    -------
    ndarray of int, shape (units,)
    """
    start, pace = seeded(len(weights), seeds), np.ones(len(seeds))
    wanted = shares / shares.sum() * max(float(weights.sum()), 1e-9)
    best, least = start, np.inf
    for _ in range(rounds):
        label = grow_regions(graph, start, pace)
        reached = np.bincount(label, weights, len(seeds))
        worst = float(np.abs(reached / wanted - 1).max())
        if worst < least:
            best, least = label, worst
        pace = pace * np.clip(wanted / np.maximum(reached, wanted / 100), 0.5, 2.0) ** 0.4
    return best


def mend_regions(graph: csr_array, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels with every region connected: its largest piece stays, the rest goes to the neighbours."""
    kept = np.full(len(labels), UNCLAIMED, dtype=np.int64)
    for region in range(int(labels.max(initial=-1)) + 1):
        members = np.flatnonzero(labels == region)
        if len(members):
            kept[largest_piece(graph, members)] = region
    return grow_regions(graph, kept)


def largest_piece(graph: csr_array, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the members that form the largest connected piece; of equals, the one with the first unit."""
    _, piece = connected_components(graph[members][:, members], directed=False)
    return np.asarray(members[piece == np.argmax(np.bincount(piece))], dtype=np.int64)


def spread_seeds(
    points: NDArray[np.float64], weights: NDArray[np.float64], count: int, rng: np.random.Generator, rounds: int = 30
) -> NDArray[np.int64]:
    """Return positions of `count` units spread over the map by weight (k-means with k-means++ seeding).

    Parameters
    ----------
    points : ndarray, shape (units, 2) [km]
    weights : ndarray, shape (units,)
        Positive; a region tends to gather the same weight only where the map is even.
    count : int
        At most the number of units.
    rng : Generator
        Draws the first seeds.
    rounds : int
        Improvement rounds.

    Raises
    ------
    ValueError
        More seeds than units are asked for.

    References
    ----------
    Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding".
    """
    if count > len(points):
        msg = f"count is {count}; there are only {len(points)} units to choose from."
        raise ValueError(msg)
    chosen = [int(rng.choice(len(points), p=weights / weights.sum()))]
    gap = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    for _ in range(count - 1):
        pull = gap * weights
        pull[chosen] = 0.0
        if pull.sum() <= 0:
            pull = np.ones(len(points))
            pull[chosen] = 0.0
        chosen.append(int(rng.choice(len(points), p=pull / pull.sum())))
        gap = np.minimum(gap, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    middles = points[chosen].copy()
    for _ in range(rounds):
        nearest = ((points[:, None, :] - middles[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
        total = np.bincount(nearest, weights, count)
        for axis in (0, 1):
            sums = np.bincount(nearest, weights * points[:, axis], count)
            middles[:, axis] = np.where(total > 0, sums / np.where(total > 0, total, 1.0), middles[:, axis])
    return _distinct_nearest(points, middles)


def seeded(units: int, seeds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels with region k at seed k and everything else unclaimed."""
    labels = np.full(units, UNCLAIMED, dtype=np.int64)
    labels[seeds] = np.arange(len(seeds))
    return labels


def step_lengths(points: NDArray[np.float64], pairs: NDArray[np.int64]) -> csr_array:
    """Return the symmetric adjacency matrix whose values are distances between units [km]."""
    a, b = pairs[:, 0], pairs[:, 1]
    length = np.maximum(np.hypot(*(points[a] - points[b]).T), 1e-9)
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    graph = csr_array((np.concatenate([length, length]), (rows, columns)), shape=(len(points), len(points)))
    graph.sort_indices()
    return graph


def apportion(weights: NDArray[np.float64], total: int, least: int = 0) -> NDArray[np.int64]:
    """Share out `total` whole things by weight (largest remainders), at least `least` each if there are enough."""
    floor = min(least, total // max(len(weights), 1))
    rest = total - floor * len(weights)
    scale = weights.sum()
    quota = weights / scale * rest if scale > 0 else np.full(len(weights), rest / max(len(weights), 1))
    share = np.floor(quota).astype(np.int64)
    order: Any = np.lexsort((np.arange(len(weights)), -np.round(quota - share, 12)))
    share[order[: rest - int(share.sum())]] += 1
    return np.asarray(share + floor, dtype=np.int64)


def _distinct_nearest(points: NDArray[np.float64], middles: NDArray[np.float64]) -> NDArray[np.int64]:
    free = np.ones(len(points), dtype=bool)
    found = []
    for middle in middles:
        distance = np.where(free, ((points - middle) ** 2).sum(axis=1), np.inf)
        found.append(int(distance.argmin()))
        free[found[-1]] = False
    return np.asarray(found, dtype=np.int64)
