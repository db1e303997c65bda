"""Outlines of common sources: mended where that changes next to nothing, borders found however they are drawn."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from scenarios import load_territory
from tests.scenarios.territory.makers import KM, notes, pairs, polygons, refusal, square


def spiked(shape, length: float = KM / 5):
    """Return an outline with a spike out of its eastern side, there and back."""
    west, south, east, north = shape.bounds
    middle = (south + north) / 2
    ring = [(west, south), (east, south), (east, middle), (east + length, middle), (east, middle), (east, north)]
    return shapely.Polygon([*ring, (west, north)])


def test_a_spike_is_cut_off(tmp_path: Path) -> None:
    path = polygons(tmp_path / "t.geojson", {"a": spiked(square(0, 0)), "b": square(0, 1), "c": square(1, 1)})
    territory = load_territory(path)
    plain = load_territory(polygons(tmp_path / "u.geojson", {"a": square(0, 0), "b": square(0, 1), "c": square(1, 1)}))
    assert territory.units["area_km2"].to_numpy() == pytest.approx(plain.units["area_km2"].to_numpy(), rel=1e-6)
    assert pairs(territory) == pairs(plain)
    assert "mended the outline of a" in notes(territory)


def test_an_outline_that_crosses_itself_a_little_is_mended_and_one_that_does_so_a_lot_is_refused(
    tmp_path: Path,
) -> None:
    ring = [(0, 0), (1000, 0), (1000, 1000), (990, 1000), (1000, 1005), (1001, 1004), (985, 1000), (0, 1000)]
    shapes = {"a": shapely.Polygon(ring), "b": shapely.box(1000, 0, 2000, 900)}
    assert not shapes["a"].is_valid
    territory = load_territory(polygons(tmp_path / "t.gpkg", shapes, "EPSG:32650"))
    assert "mended the outline of a (area changed by at most" in notes(territory)
    bow = shapely.Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 700)])
    said = refusal(polygons(tmp_path / "u.gpkg", {"a": bow, "b": shapely.box(1000, 0, 2000, 900)}, "EPSG:32650"))
    assert "unit a is Self-intersection" in said and "changes its area by more than 1 %" in said


def test_an_island_written_as_a_hole_is_a_part(tmp_path: Path) -> None:
    island = [(3000, 3000), (3050, 3000), (3050, 3050), (3000, 3050)]
    shapes = {"a": shapely.Polygon([(0, 0), (2000, 0), (2000, 2000), (0, 2000)], [island])}
    shapes["b"] = shapely.box(2000, 0, 4000, 2000)
    territory = load_territory(polygons(tmp_path / "t.gpkg", shapes, "EPSG:32650"))
    assert territory.units.loc["a", "area_km2"] == pytest.approx(4.0025)


def test_a_collection_of_polygon_and_line_is_its_polygon(tmp_path: Path) -> None:
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1000, 1000), shapely.LineString([(1000, 0), (1500, 0)])])
    path = tmp_path / "t.geojson"
    shapes = [mixed, shapely.box(1000, 0, 2000, 1000)]
    frame = gpd.GeoDataFrame({"unit_id": ["a", "b"], "population": [1, 2]}, geometry=shapes, crs="EPSG:32650")
    frame.to_crs(4326).to_file(path)
    assert pairs(load_territory(path)) == {("a", "b")}


def test_valid_in_degrees_and_invalid_once_projected_is_mended(tmp_path: Path) -> None:
    notch = [(8.0, 50.0), (9.0, 50.0), (9.0, 50.3), (8.51, 50.3), (8.5, 50.00001), (8.49, 50.3), (8.0, 50.3)]
    shapes = {"a": shapely.Polygon(notch), "b": shapely.box(9, 50, 9.5, 50.3), "c": shapely.box(7.5, 50, 8, 50.3)}
    territory = load_territory(polygons(tmp_path / "t.geojson", shapes))
    assert pairs(territory) == {("a", "b"), ("a", "c")}
    assert territory.geometry.is_valid.all()


@pytest.mark.parametrize("south", [0.0, 30.0, 49.0, 65.0])
def test_a_long_border_is_common_although_its_sides_share_no_corner(tmp_path: Path, south: float) -> None:
    shapes = {"s": shapely.box(8, south, 9, south + 1)}
    for k, (west, east) in enumerate([(8.0, 8.3), (8.3, 8.7), (8.7, 9.0)]):
        shapes[f"n{k}"] = shapely.box(west, south + 1, east, south + 1.5)
    territory = load_territory(polygons(tmp_path / "t.geojson", shapes))
    assert pairs(territory) == {("n0", "n1"), ("n1", "n2"), ("n0", "s"), ("n1", "s"), ("n2", "s")}
    long = territory.edges.set_index(["a", "b"])["shared_border_km"]
    whole = long["n0", "s"] + long["n1", "s"] + long["n2", "s"]
    assert whole == pytest.approx(111.3 * np.cos(np.radians(south + 1)), rel=6e-3)


def test_parts_of_one_unit_are_joined_on_demand_and_offered(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"unit_id": ["a", "a", "b"], "population": [500, 500, 700], "name": ["甲", "甲", "乙"]},
        geometry=[square(0, 0), square(0, 1), square(1, 0)],
        crs=4326,
    )
    frame.to_file(tmp_path / "t.geojson")
    assert "join them with --dissolve" in refusal(tmp_path / "t.geojson")
    territory = load_territory(tmp_path / "t.geojson", dissolve=True)
    assert territory.units["population"].to_dict() == {"a": 500, "b": 700}
    assert pairs(territory) == {("a", "b")}
    frame.assign(population=[500, 400, 700]).to_file(tmp_path / "u.geojson")
    assert "the parts of one unit say different things of it" in refusal(tmp_path / "u.geojson", dissolve=True)


def test_a_city_over_its_districts_is_refused(tmp_path: Path) -> None:
    shapes = {f"d{i}": square(i, 0) for i in range(3)} | {"city": shapely.box(110, 32, 110 + 3 * KM, 32 + KM)}
    said = refusal(polygons(tmp_path / "t.geojson", shapes))
    assert "unit city; it lies over d0, d1, d2" in said and "counts twice" in said


def test_the_layer_that_is_read_is_said_and_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    for layer, count in (("districts", 2), ("blocks", 3)):
        table = {"unit_id": [f"{layer}{i}" for i in range(count)], "population": [9] * count}
        gpd.GeoDataFrame(table, geometry=[square(i, 0) for i in range(count)], crs=4326).to_file(path, layer=layer)
    assert "read layer districts, not blocks" in notes(load_territory(path))
    assert len(load_territory(path, layer="blocks")) == 3
    assert "no layer of polygons of this name; there are districts, blocks" in refusal(path, layer="wards")


def test_a_centre_that_is_a_place_is_no_grouping(tmp_path: Path) -> None:
    shapes = {f"d{i}": square(i, 0) for i in range(4)}
    centres = [f"[{110 + i * KM}, 32.004]" for i in range(4)]
    territory = load_territory(polygons(tmp_path / "t.gpkg", shapes, center=centres))
    assert "centre" not in territory.units.columns and "holds places" in notes(territory)
    territory = load_territory(polygons(tmp_path / "u.gpkg", shapes, center=["w", "x", "y", "z"]))
    assert "centre" not in territory.units.columns
    territory = load_territory(polygons(tmp_path / "v.gpkg", shapes, center=["w", "w", "y", "y"]))
    assert territory.units["centre"].tolist() == ["w", "w", "y", "y"]


def blocks(gap: float, n: int = 4, size: float = 200.0) -> dict[str, object]:
    step = size + gap
    return {
        f"u{i}{j}": shapely.box(i * step, j * step, i * step + size, j * step + size)
        for i in range(n)
        for j in range(n)
    }


@pytest.mark.parametrize("gap", [5.0, 20.0, 60.0])
def test_blocks_across_roads_are_neighbours_at_the_distance_that_the_message_names(tmp_path: Path, gap: float) -> None:
    whole = load_territory(polygons(tmp_path / "w.gpkg", blocks(0), "EPSG:32650"))
    path = polygons(tmp_path / "t.gpkg", blocks(gap), "EPSG:32650")
    said = refusal(path)
    assert "16 pieces of 16 units" in said
    suggested = float(said.rsplit("--gap ", 1)[1].rstrip(".\n"))
    territory = load_territory(path, gap=suggested)
    assert pairs(territory) == pairs(whole)
    assert pairs(load_territory(path, gap=3 * gap)) == pairs(whole)


def test_a_block_between_two_others_keeps_them_apart(tmp_path: Path) -> None:
    shapes = {"a": shapely.box(0, 0, 100, 100), "b": shapely.box(110, 0, 120, 100), "c": shapely.box(130, 0, 230, 100)}
    territory = load_territory(polygons(tmp_path / "t.gpkg", shapes, "EPSG:32650"), gap=40)
    assert pairs(territory) == {("a", "b"), ("b", "c")}
