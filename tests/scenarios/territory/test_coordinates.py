"""Coordinates are recognised by distances between neighbours and the people there, or refused; never taken for km."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import load_territory
from scenarios.territory.maps.coordinates import Plane, scales_of
from scenarios.territory.maps.projection import fitting
from tests.scenarios.territory.makers import KM, grid_csv, notes, pairs, refusal, rook_pairs
from tests.sizes import size


def spread(territory) -> tuple[float, float]:
    return float(np.ptp(territory.units["x"])), float(np.ptp(territory.units["y"]))


def test_kilometres_stay_as_they_are(tmp_path: Path) -> None:
    territory = load_territory(grid_csv(tmp_path / "t"))
    assert spread(territory) == (3.0, 2.0)
    assert "cannot be kilometres" not in notes(territory)


def test_metres_in_columns_called_x_and_y_are_recognised(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (410_000 + 1000 * i, 3_390_000 + 1000 * j))
    territory = load_territory(path)
    assert spread(territory) == pytest.approx((3.0, 2.0))
    assert "read as metres" in notes(territory)


def test_degrees_in_columns_called_x_and_y_are_recognised(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (114.2 + KM * i, 35.6 + KM * j))
    territory = load_territory(path)
    _, _, north = pyproj.Geod(ellps="WGS84").inv(114.2, 35.6, 114.2, 35.6 + 2 * KM)
    _, _, east = pyproj.Geod(ellps="WGS84").inv(114.2, 35.609, 114.2 + 3 * KM, 35.609)
    assert spread(territory) == pytest.approx((east / 1000, north / 1000), rel=2e-3)
    assert "read as degrees" in notes(territory)


def test_the_same_city_is_the_same_whatever_its_coordinates_are_in(tmp_path: Path) -> None:
    places = {
        "km": lambda i, j: (410 + 1.0 * i, 3390 + 1.0 * j),
        "m": lambda i, j: (410_000 + 1000.0 * i, 3_390_000 + 1000.0 * j),
    }
    found = {name: load_territory(grid_csv(tmp_path / name, place=place)) for name, place in places.items()}
    assert (found["km"].units[["x", "y"]].to_numpy() == found["m"].units[["x", "y"]].to_numpy()).all()


def test_what_may_be_kilometres_or_degrees_is_refused_with_both_remedies(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (100 + 0.5 * i, 30 + 0.5 * j))
    said = refusal(path)
    assert "they may be kilometres, or degrees" in said and "x=lon" in said and "x=x_km" in said
    stated = load_territory(path, rename={"x": "x_km", "y": "y_km"})
    assert spread(stated) == (1.5, 1.0)
    degrees = load_territory(path, rename={"x": "lon", "y": "lat"})
    assert spread(degrees)[1] == pytest.approx(111.0, rel=2e-2)


def test_latitude_and_longitude_in_each_others_column_are_refused(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (35.6 + KM * j, 114.2 + KM * i))
    assert "latitude and longitude, in this order" in refusal(path)
    path = grid_csv(tmp_path / "u", place=lambda i, j: (35.6 + KM * j, 114.2 + KM * i))
    text = (path / "units.csv").read_text().replace("unit_id,x,y", "unit_id,lon,lat")
    (path / "units.csv").write_text(text)
    assert "each other's column" in refusal(path)


@pytest.mark.parametrize(("x", "y"), [("经度", "纬度"), ("lon", "lat"), ("Longitude", "Latitude"), ("lng", "lat")])
def test_longitude_and_latitude_are_projected(tmp_path: Path, x: str, y: str) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (114.2 + KM * i, 35.6 + KM * j), adjacency=False)
    text = (path / "units.csv").read_text().replace("unit_id,x,y", f"unit_id,{x},{y}")
    (path / "units.csv").write_text(text, encoding="utf-8")
    territory = load_territory(path)
    assert spread(territory)[1] == pytest.approx(1.997, rel=2e-3)
    assert pairs(territory) == rook_pairs(4, 3)


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=size(24, 60), deadline=None)
def test_the_plane_is_that_of_proj(longitude: float, latitude: float, east: float, north: float) -> None:
    plane = Plane(round(longitude, 2), round(latitude, 2))
    there = np.array([plane.longitude + east]), np.array([np.clip(plane.latitude + north, -89, 89)])
    x, y = plane.km(*there)
    expected = pyproj.Transformer.from_crs("EPSG:4326", plane.crs, always_xy=True).transform(*there)
    assert np.allclose([x[0] * 1000, y[0] * 1000], [expected[0][0], expected[1][0]], atol=1e-5)


@given(
    st.integers(3, 9),
    st.floats(0.3, 20),
    st.floats(200, 20_000),
    st.floats(-500, 500),
    st.floats(91, 4000),
)
@settings(max_examples=size(40, 100), deadline=None)
def test_a_city_in_kilometres_or_metres_is_told_apart(
    n: int, step: float, density: float, east: float, north: float
) -> None:
    i, j = np.meshgrid(np.arange(n), np.arange(n))
    x, y = east + step * i.ravel(), north + step * j.ravel()
    people = density * (n * step) ** 2
    assert scales_of(x, y, people) == ("km",)
    assert scales_of(x * 1000, y * 1000, people) == ("m",)


def test_outlets_lie_where_their_own_coordinates_say_in_the_units_of_the_map(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", place=lambda i, j: (114.2 + KM * i, 35.6 + KM * j))
    (path / "outlets.csv").write_text(f"outlet_id,unit_id,lon,lat\no1,u00,{114.2 + KM / 2!r},35.6\n", encoding="utf-8")
    territory = load_territory(path)
    away = territory.outlets["x"].iloc[0] - territory.units.loc["u00", "x"]
    assert away == pytest.approx(0.407, abs=0.005)


def test_outlets_far_from_their_units_are_refused(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t")
    (path / "outlets.csv").write_text("outlet_id,unit_id,x,y\no1,u00,400000,900000\n", encoding="utf-8")
    assert "lie far from their units" in refusal(path)


@pytest.mark.parametrize("seed", range(size(3, 60)))
def test_the_zone_of_a_map_is_the_one_that_the_database_of_reference_systems_names(seed: int) -> None:
    rng = np.random.default_rng(seed)
    longitude, latitude = float(rng.uniform(-179, 179)), float(rng.uniform(-80, 84))
    if seed % 3 == 0:  # by an edge of zones
        longitude, latitude = round(longitude / 6) * 6 + float(rng.normal(0, 0.05)), latitude * 0.001
    shapes = gpd.GeoSeries([shapely.box(longitude - 0.1, latitude - 0.1, longitude + 0.1, latitude + 0.1)], crs=4326)
    assert fitting(shapes) == shapes.estimate_utm_crs()
