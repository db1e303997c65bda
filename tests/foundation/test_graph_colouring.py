"""Colours of a map: neighbours differ, and what was wished stays."""

import itertools

import numpy as np
import pytest

from foundation.graph_colouring import colour_map


@pytest.mark.parametrize("seed", range(8))
def test_neighbours_differ_wherever_every_area_has_fewer_of_them_than_there_are_colours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"a{k}" for k in range(30)]
    touching: dict[str, set[str]] = {name: set() for name in names}
    for a, b in itertools.combinations(names, 2):
        if rng.uniform() < 0.2 and max(len(touching[a]), len(touching[b])) < 6:
            touching[a].add(b)
            touching[b].add(a)
    colours = colour_map(touching, 7)
    assert set(colours) == set(names)
    assert all(colours[a] != colours[b] for a in names for b in touching[a])
    wished = {"a0": 5}
    assert colour_map(touching, 7, wished)["a0"] == 5
