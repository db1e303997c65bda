"""The made-up city: reproducible, sound, uneven where history is, and labelled synthetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse.csgraph import connected_components

from foundation.findings import Findings
from scenarios import InputError, Territory, generate_city, load_territory
from scenarios.synthetic.names import outlet_names, person_names, unit_names
from scenarios.territory.load import CITIES
from scenarios.territory.maps.borders import borders
from scenarios.territory.save import folder_bytes
from tests.sizes import size


@pytest.fixture(scope="module")
def city() -> Territory:
    return generate_city()


def parts_are_connected(territory: Territory, column: str) -> bool:
    code, _ = pd.factorize(territory.units[column])
    return all(
        connected_components(territory.graph[m][:, m], directed=False)[0] == 1
        for m in (np.flatnonzero(code == k) for k in range(code.max() + 1))
    )


def test_it_reproduces_the_stored_model_city(city: Territory) -> None:
    stored = load_territory("model_city")
    pd.testing.assert_frame_equal(city.units, stored.units)
    pd.testing.assert_frame_equal(city.edges, stored.edges)
    for table in ("outlets", "halls", "sellers"):
        pd.testing.assert_frame_equal(getattr(city, table), getattr(stored, table))
    assert (city.geometry.hausdorff_distance(stored.geometry) < 0.02).all()  # type: ignore[union-attr]
    assert stored.features["kind"].tolist() == city.features["kind"].tolist()  # type: ignore[index]
    assert stored.provenance.synthetic and "synthetic" in stored.name
    assert sum(p.stat().st_size for p in (CITIES / "model_city").iterdir()) < 1_500_000


def test_the_same_arguments_give_the_same_bytes_and_another_seed_another_city(tmp_path: Path) -> None:
    first, again, other = (folder_bytes(generate_city(units=60, centres=3, seed=s)) for s in (4, 4, 5))
    assert first == again
    assert first["units.csv"] != other["units.csv"]
    city = generate_city(units=60, centres=3, seed=4)
    city.save(tmp_path / "c")
    assert load_territory(tmp_path / "c").provenance.sha256 == city.provenance.sha256


def test_it_is_as_large_as_asked(city: Territory) -> None:
    assert len(city) == 600
    assert city.units["centre"].nunique() == 8
    per_centre = city.units.groupby("centre")["community"].nunique()
    assert per_centre.between(4, 10).all() and 5 <= per_centre.median() <= 8
    assert city.sellers is not None and city.outlets is not None and city.halls is not None
    assert len(city.sellers) == 230
    assert (city.sellers["force"] == "CM").sum() == 138
    assert len(city.outlets) == 150
    assert city.halls.groupby("business").size().to_dict() == {"fixed": 8, "mobile": 8}


@pytest.mark.parametrize(
    ("units", "centres", "seed"), [(12, 1, 0), (12, 2, 3), (40, 5, 7), (150, 1, 9), (600, 8, 2), (700, 20, 3)]
)
def test_every_city_is_sound(units: int, centres: int, seed: int) -> None:
    check_sound(generate_city(units=units, centres=centres, seed=seed), units, centres)


@pytest.mark.slow
def test_a_large_city_is_sound() -> None:
    units = size(8_000, 20_000)
    check_sound(generate_city(units=units, centres=40, seed=1), units, 40)


def check_sound(city: Territory, units: int, centres: int) -> None:
    assert len(city) == units
    assert len(city.components()) == 1
    assert city.units["centre"].nunique() == centres
    assert parts_are_connected(city, "centre")
    assert parts_are_connected(city, "community")
    assert (city.units.groupby("community")["centre"].nunique() == 1).all()
    assert city.units["name"].is_unique
    shapes = city.geometry.to_numpy()  # type: ignore[union-attr]
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=1e-9)
    drawn = {tuple(e) for e in borders(city.geometry, Findings(), "")[["a", "b"]].to_numpy().tolist()}
    given = {tuple(e) for e in city.edges[["a", "b"]].to_numpy().tolist()}
    assert given <= drawn
    river = city.features[city.features["kind"] == "river"].geometry.union_all()  # type: ignore[index]
    for a, b in drawn - given:  # only the river parts neighbours
        side = shapely.intersection(shapely.boundary(city.geometry[a]), shapely.boundary(city.geometry[b]))  # type: ignore[index]
        assert river.buffer(1).contains(side)
    check_people(city)


def check_people(city: Territory) -> None:
    whole = ["population", "households", "income", "enterprises", "fixed_subscribers", "mobile_subscribers"]
    assert all(city.units[c].dtype == np.int64 and (city.units[c] >= 0).all() for c in whole)
    assert (city.units["population"] > 0).all() and (city.units["households"] <= city.units["population"]).all()
    assert (city.units["fixed_subscribers"] <= city.units["households"]).all()
    assert (city.units["mobile_subscribers"] <= city.units["population"]).all()
    sellers = city.sellers
    assert sellers is not None and city.outlets is not None
    assert sellers["seller_id"].is_unique
    managers = sellers[sellers["force"] == "GM"]
    known = [unit for units in managers["knows"] for unit in units.split(";")]
    assert sorted(known) == list(city.unit_ids)  # the grid covers the city once
    for home, units in zip(sellers["home_unit"], sellers["knows"], strict=True):
        members = units.split(";")
        assert home in members
    keeper = {u: s for s, units in zip(managers["seller_id"], managers["knows"], strict=True) for u in units.split(";")}
    assert [keeper[u] for u in city.outlets["unit_id"]] == city.outlets["seller_id"].tolist()
    for unit, x, y in city.outlets[["unit_id", "x", "y"]].itertuples(index=False):
        assert city.geometry[unit].buffer(2).contains(shapely.Point(x * 1000, y * 1000))  # type: ignore[index]


def test_grid_managers_areas_do_not_follow_the_centres(city: Territory) -> None:
    """F8 is a real question: a good part of the grid managers work in more than one centre."""
    assert city.sellers is not None
    managers = city.sellers[city.sellers["force"] == "GM"]
    spans = [city.units.loc[k.split(";"), "centre"].nunique() for k in managers["knows"]]
    assert 0.15 < np.mean(np.array(spans) > 1) < 0.9


def test_todays_communities_are_uneven_but_not_absurd(city: Territory) -> None:
    people = city.units.groupby(["centre", "community"])["population"].sum().groupby("centre")
    assert 2 < (people.max() / people.min()).median() < 6


def test_the_core_is_dense_and_the_rim_sparse(city: Territory) -> None:
    density = city.units["population"] / city.units["area_km2"]
    out = np.hypot(*(city.coordinates - city.coordinates.mean(axis=0)).T)
    near, far = density[out < np.quantile(out, 0.1)].median(), density[out > np.quantile(out, 0.9)].median()
    assert near > 5 * far
    assert (np.corrcoef(out, np.log(city.units["area_km2"]))[0, 1]) > 0.5


def test_the_river_parts_banks_and_bridges_join_them(city: Territory) -> None:
    kinds = city.features["kind"].value_counts()  # type: ignore[index]
    assert kinds["river"] == 1 and kinds["bridge"] == city.edges["bridge"].sum() >= 2
    dry = city.edges[city.edges["bridge"] == 0]
    from dataclasses import replace

    assert len(replace(city, edges=dry).components()) == 2


def test_names_never_repeat_however_many() -> None:
    rng = np.random.default_rng(0)
    for names in (unit_names(30_000, rng), person_names(200_000, rng), outlet_names(["甲"] * 500, rng)):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"units": 5}, "units is 5"), ({"units": 60, "centres": 11}, "centres is 11"), ({"seed": -1}, "seed is -1")],
)
def test_it_refuses_what_makes_no_city(arguments: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        generate_city(**arguments)  # type: ignore[arg-type]
