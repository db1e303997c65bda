"""Points without adjacencies: neighbours by their cells, stated everywhere, pruned, and never across a barrier."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import load_territory
from scenarios.territory.maps.point_neighbours import neighbours
from tests.scenarios.territory.makers import grid_csv, notes, pairs, refusal, rook_pairs
from tests.sizes import size


@pytest.mark.parametrize("how", [None, "delaunay", "gabriel"])
def test_a_grid_of_points_has_its_rook_neighbours(tmp_path: Path, how: str | None) -> None:
    territory = load_territory(grid_csv(tmp_path / "t", 5, 4, adjacency=False), adjacency=how)
    assert pairs(territory) == rook_pairs(5, 4)
    assert "derived from the points" in notes(territory)
    assert any(e.table == "adjacency" and e.status == "derived" for e in territory.provenance.account)


def test_the_map_shows_a_cell_for_every_point_that_saves_and_comes_back(tmp_path: Path) -> None:
    territory = load_territory(grid_csv(tmp_path / "t", adjacency=False))
    assert territory.geometry is not None and territory.provenance.cells
    assert territory.geometry.loc["u11"].area == pytest.approx(1e6, rel=1e-6)
    assert "area_km2" not in territory.units.columns  # a cell is drawn, not measured
    again = load_territory(territory.save(tmp_path / "saved"))
    assert again.provenance.cells and pairs(again) == pairs(territory)
    assert again.geometry.area.to_numpy() == pytest.approx(territory.geometry.area.to_numpy())


def test_adjacencies_of_another_file_take_the_place_of_what_is_there(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", 3, 1)
    (tmp_path / "own.csv").write_text("from,to\nu00,u20\nu00,u10\n", encoding="utf-8")
    assert pairs(load_territory(path, adjacency=tmp_path / "own.csv")) == {("u00", "u10"), ("u00", "u20")}
    assert "it must be delaunay or gabriel, or a file of neighbours" in refusal(path, adjacency="knn")


def test_absurdly_long_adjacencies_are_left_out(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", 6, 6, place=lambda i, j: (i + (300 if i > 2 else 0), j), adjacency=False)
    assert "every unit must be connected" in refusal(path)
    bridged = load_territory(path, bridge="nearest")
    assert len(bridged.provenance.bridges) == 1


def test_units_at_one_place_are_named(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (max(i, 1), j), adjacency=False)
    said = refusal(path)
    assert "lie at the same place" in said and "u00-u10" in said


def test_a_river_without_a_bridge_parts_neighbours(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", 4, 3, adjacency=False)
    river = {"type": "LineString", "coordinates": [[1.5, -5], [1.5, 1.5]]}
    features = [{"type": "Feature", "properties": {"kind": "river"}, "geometry": river}]
    (path / "barriers.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    territory = load_territory(path)
    assert rook_pairs(4, 3) - pairs(territory) == {("u10", "u20"), ("u11", "u21")}
    assert "2 adjacencies across barriers were left out" in notes(territory)
    bridge = {"type": "Point", "coordinates": [1.5, 1]}
    features.append({"type": "Feature", "properties": {"kind": "bridge"}, "geometry": bridge})
    (path / "barriers.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert rook_pairs(4, 3) - pairs(load_territory(path)) == {("u10", "u20")}


points = st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=5, max_size=25, unique=True).filter(
    lambda ps: min(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in combinations(ps, 2)) > 0.5
)


@given(points)
@settings(max_examples=size(24, 60), deadline=None)
def test_gabriel_neighbours_have_nobody_in_the_circle_between_them(places: list[tuple[float, float]]) -> None:
    p = np.array(places)
    found = {tuple(pair) for pair in neighbours(p, "gabriel").pairs.tolist()}
    delaunay = {tuple(pair) for pair in neighbours(p, "delaunay").pairs.tolist()}
    for a, b in combinations(range(len(p)), 2):
        middle, radius = (p[a] + p[b]) / 2, np.hypot(*(p[a] - p[b])) / 2
        inside = sum(np.hypot(*(p[c] - middle)) < radius * (1 - 1e-6) for c in range(len(p)) if c not in (a, b))
        if (a, b) in found:
            assert not inside
    assert found <= delaunay


@given(points, st.floats(0.1, 10), st.floats(-1000, 1000))
@settings(max_examples=size(16, 40), deadline=None)
def test_scale_and_place_of_the_map_change_no_neighbour(
    places: list[tuple[float, float]], scale: float, shift: float
) -> None:
    p = np.array(places)
    assert (neighbours(p, "gabriel").pairs.tolist()) == (neighbours(p * scale + shift, "gabriel").pairs.tolist())
