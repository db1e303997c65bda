"""Laws of connected regions, on random maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

from scenarios.synthetic.grid_manager_areas import draw_grid
from scenarios.territory.regions import (
    apportion,
    grow_regions,
    grow_to_shares,
    mend_regions,
    seeded,
    spread_seeds,
    step_lengths,
)


def random_map(seed: int, n: int):  # type: ignore[no-untyped-def]
    points = np.random.default_rng(seed).uniform(0, 10, (n, 2))
    triangles = Delaunay(points).simplices
    pairs = np.unique(
        np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1), axis=0
    )
    return points, step_lengths(points, pairs)


def connected(graph, members) -> bool:  # type: ignore[no-untyped-def]
    return connected_components(graph[members][:, members], directed=False)[0] == 1


@given(st.integers(0, 10_000), st.integers(8, 60), st.integers(1, 8))
def test_grown_and_cut_regions_are_connected_and_cover_the_map(seed: int, n: int, k: int) -> None:
    points, graph = random_map(seed, n)
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0, 1, n)
    seeds = spread_seeds(points, weights, k, rng)
    assert len(set(seeds.tolist())) == k
    noisy = mend_regions(graph, rng.integers(0, k, n))
    for label in (
        grow_regions(graph, seeded(n, seeds), rng.uniform(0.5, 2, k)),
        grow_to_shares(graph, seeds, weights, np.ones(k)),
        draw_grid(points, weights, graph, k),
        noisy,
    ):
        assert label.min() >= 0
        assert all(connected(graph, np.flatnonzero(label == region)) for region in np.unique(label))
    assert len(np.unique(draw_grid(points, weights, graph, k))) == k


def test_a_faster_region_reaches_further_on_a_line() -> None:
    points = np.column_stack([np.arange(11.0), np.zeros(11)])
    graph = step_lengths(points, np.column_stack([np.arange(10), np.arange(1, 11)]))
    label = grow_regions(graph, seeded(11, np.array([0, 10])), [4.0, 1.0])
    assert np.bincount(label).tolist() == [9, 2]  # they meet at distance 8 of 10: 8/4 = 2/1, the first in wins the tie


def test_the_mobile_grid_balances_its_weight() -> None:
    points, graph = random_map(3, 2000)
    label = draw_grid(points, np.ones(2000), graph, 7)
    assert np.bincount(label).max() <= 1.2 * 2000 / 7


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.integers(0, 200), st.integers(0, 2))
def test_apportioning_gives_out_everything_within_one_of_the_quota(
    weights: list[float], total: int, least: int
) -> None:
    share = apportion(np.array(weights), total, least)
    assert share.sum() == total
    assert share.min() >= min(least, total // len(weights))
    if least == 0 and sum(weights) > 0:
        quota = np.array(weights) / sum(weights) * total
        assert (np.abs(share - quota) < 1 + 1e-6).all()


def test_apportioning_follows_hamilton() -> None:
    assert apportion(np.array([41.0, 33.0, 26.0]), 5).tolist() == [2, 2, 1]  # quotas 2.05, 1.65, 1.30


def test_seeds_cannot_be_more_than_units() -> None:
    points = np.zeros((3, 2))
    assert sorted(spread_seeds(points, np.ones(3), 3, np.random.default_rng(0)).tolist()) == [0, 1, 2]
    with pytest.raises(ValueError, match="only 3 units"):
        spread_seeds(points, np.ones(3), 4, np.random.default_rng(0))
