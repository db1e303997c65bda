"""A first draft of a plan: seeds spread over the map by load, communities grown from them to equal shares."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from foundation.arrays import Ints
from optimize.districting.problem.instance import Instance
from scenarios.territory.regions import grow_to_shares, seeded, step_lengths

SEED_ROUNDS = 20


def start_plan(instance: Instance, rng: np.random.Generator) -> Ints:
    """Return connected communities of roughly equal load, grown from seeds spread over the map."""
    load = (instance.loads / instance.mean).mean(axis=1)
    load = np.maximum(load, load.sum() * 1e-9 / len(load))
    graph = step_lengths(instance.points, instance.edges)
    seeds = _spread(instance, load, rng)
    shares = np.ones(instance.communities)
    label = grow_to_shares(graph, seeds, load, shares)
    return label if label.min() >= 0 else seeded(len(instance), seeds)


def _spread(instance: Instance, load: np.ndarray, rng: np.random.Generator) -> Ints:
    """Return distinct units to grow from: the fixed seats first, the others spread by load."""
    count, points = instance.communities, instance.points
    fixed = instance.seats.tolist()
    free = np.setdiff1d(np.arange(len(points)), fixed)
    chance = load[free] / load[free].sum()
    size = count - len(fixed)
    drawn = rng.choice(free, size=size, replace=False, p=chance).tolist() if size else list[int]()
    middles = points[[*fixed, *drawn]].copy()
    for _ in range(SEED_ROUNDS):
        nearest = cKDTree(middles).query(points)[1]
        total = np.maximum(np.bincount(nearest, load, count), 1e-12)
        for axis in (0, 1):
            middles[len(fixed) :, axis] = (np.bincount(nearest, load * points[:, axis], count) / total)[len(fixed) :]
    taken, seeds = set(fixed), list(fixed)
    tree = cKDTree(points)
    for middle in middles[len(fixed) :]:
        near = 8
        while True:
            order = np.atleast_1d(tree.query(middle, k=min(near, len(points)))[1]).tolist()
            unit = next((u for u in order if u not in taken), None)
            if unit is not None:
                break
            near *= 4
        taken.add(unit)
        seeds.append(unit)
    return np.array(seeds, dtype=np.int64)
