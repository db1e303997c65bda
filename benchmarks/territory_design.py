"""Territory design as the field asks it: generated plane maps, three attributes at once, distances to a centre."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import Delaunay

from optimize import partition
from scenarios import Territory

SIZES = ((100, 6), (500, 20))
"""Units and communities."""

FIRST_SEED = 2011

SIGMA = 0.8
"""Spread of the skewed attributes' logarithms."""

LONG = 0.9
"""Quantile of the triangulation's lengths beyond which an adjacency is left out, if the map stays connected."""


def generated(units: int, seed: int, *, skewed: bool) -> Territory:
    """Return a plane map of points with three attributes of each unit.

    Points are uniform in a square of 500 km; adjacencies are those of their Delaunay triangulation without the longest.
    Customers, demand and workload are uniform (4 to 20, 15 to 400, 15 to 100), or skewed: lognormal about the same
    means. These are of the kind that the articles describe, not their instances.

    Parameters
    ----------
    units : int
    seed : int
    skewed : bool

    References
    ----------
    Salazar-Aguilar, Ríos-Mercado & Cabrera-Ríos, Networks and Spatial Economics 11, 2011; Ríos-Mercado & Escalante,
    Expert Systems with Applications 44, 2016.
    """
    rng = np.random.default_rng(np.random.SeedSequence([FIRST_SEED, units, seed, int(skewed)]))
    points = rng.uniform(0.0, 500.0, (units, 2)).round(3)
    ranges = {"customers": (4, 20), "demand": (15, 400), "workload": (15, 100)}
    if skewed:
        drawn = {n: rng.lognormal(np.log((a + b) / 2) - SIGMA**2 / 2, SIGMA, units) for n, (a, b) in ranges.items()}
        loads = {n: np.maximum(one.round(), 1.0) for n, one in drawn.items()}
    else:
        loads = {n: rng.integers(a, b + 1, units).astype(float) for n, (a, b) in ranges.items()}
    names = [f"u{i:05d}" for i in range(units)]
    frame = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], **loads}, index=pd.Index(names, name="unit_id"))
    pairs = [(names[a], names[b]) for a, b in _adjacent(points)]
    kind = "skewed" if skewed else "uniform"
    return Territory(f"generated {kind} {units}-{seed}", frame, pd.DataFrame(pairs, columns=["a", "b"]))


def _adjacent(points: np.ndarray) -> list[tuple[int, int]]:
    """Return the edges of a triangulation without its longest ones, as far as all units hang together."""
    corners = Delaunay(points).simplices
    both = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    edges = np.unique(both, axis=0)
    length = np.sqrt(((points[edges[:, 0]] - points[edges[:, 1]]) ** 2).sum(axis=1))
    home = np.arange(len(points))

    def root(i: int) -> int:
        while home[i] != i:
            home[i] = home[home[i]]
            i = int(home[i])
        return i

    kept = []
    limit = float(np.quantile(length, LONG))
    for e in np.argsort(length, kind="stable").tolist():
        a, b = edges[e].tolist()
        joins = root(a) != root(b)
        if length[e] <= limit or joins:
            kept.append((a, b))
            home[root(a)] = root(b)
    return sorted(kept)


def territory_design(seeds: int = 2, seconds: float = 60.0) -> None:
    """Solve generated maps, three attributes within five percent at once: value, gap and seconds of two objectives."""
    for units, communities in SIZES:
        for skewed in (False, True):
            for seed in range(seeds):
                territory = generated(units, seed, skewed=skewed)
                for objective in ("distance", "radius"):
                    result = partition(
                        territory,
                        communities,
                        objective=objective,
                        weight="demand",
                        balance=dict.fromkeys(("customers", "demand", "workload"), 0.05),
                        time_limit=seconds,
                        jobs=2,
                    )
                    gap = "none" if result.gap is None else f"{result.gap:.2%}"
                    said = f"{result.value:,.6g}, {result.proof}, gap {gap}, {result.seconds:.1f} s"
                    print(f"  {territory.name} into {communities}, {objective}: {said}", flush=True)


if __name__ == "__main__":
    territory_design()
