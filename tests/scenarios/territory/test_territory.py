"""The territory itself: its arrays, its parts, and where things lie on its map."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from scenarios import InputError, Territory, generate_city, load_territory


@pytest.fixture(scope="module")
def city() -> Territory:
    return generate_city(units=60, centres=3, seed=5)


def test_its_graph_is_symmetric_and_holds_every_adjacency(city: Territory) -> None:
    dense = city.graph.toarray()
    assert (dense == dense.T).all() and (np.diag(dense) == 0).all()
    assert dense.sum() == 2 * len(city.edges)
    a, b = city.edges.loc[0, ["a", "b"]]
    assert dense[city.unit_ids.index(a), city.unit_ids.index(b)] == 1


def test_it_refuses_unknown_and_textual_attributes(city: Territory) -> None:
    with pytest.raises(InputError, match="no numeric column"):
        city.attribute("wealth")
    with pytest.raises(InputError, match="no numeric column"):
        city.attribute("centre")


def test_a_part_keeps_what_lies_in_it(city: Territory) -> None:
    centre = city.units["centre"].iloc[0]
    ids = city.units.index[city.units["centre"] == centre]
    part = city.subset(ids, name="part")
    assert part.unit_ids == tuple(ids)
    assert len(part.components()) == 1
    assert part.outlets is not None and city.outlets is not None
    assert set(part.outlets["unit_id"]) <= set(ids)
    assert len(part.outlets) == city.outlets["unit_id"].isin(ids).sum()
    assert list(part.geometry.index) == list(ids)  # type: ignore[union-attr]


def test_it_is_frozen_and_a_change_makes_a_new_one(city: Territory) -> None:
    with pytest.raises(FrozenInstanceError):
        city.name = "other"  # type: ignore[misc]
    doubled = city.with_columns({"load": city.attribute("population") * 2}, generated=["load"])
    assert "load" not in city.units.columns
    assert doubled.provenance.generated == ("load",)


def test_things_lie_on_the_map_of_the_polygons_whatever_projection_x_and_y_are_in(tmp_path: Path) -> None:
    pd.DataFrame({"unit_id": ["a", "b"], "x": [-3.0, -2.0], "y": [50.0, 50.0]}).to_csv(
        tmp_path / "units.csv", index=False
    )
    pd.DataFrame({"a": ["a"], "b": ["b"]}).to_csv(tmp_path / "adjacency.csv", index=False)
    pd.DataFrame({"outlet_id": ["o", "p"], "unit_id": ["a", "b"], "x": [-2.9, -2.0], "y": [50.2, 50.0]}).to_csv(
        tmp_path / "outlets.csv", index=False
    )
    cells = [shapely.box(500_000, 4_000_000, 501_000, 4_001_000), shapely.box(501_000, 4_000_000, 502_000, 4_001_000)]
    gpd.GeoDataFrame({"unit_id": ["a", "b"]}, geometry=cells, crs="EPSG:32650").to_file(tmp_path / "units.gpkg")
    territory = load_territory(tmp_path)
    assert territory.outlets is not None
    places = territory.map_points(territory.outlets)
    assert np.allclose(places, [[500_600, 4_000_700], [501_500, 4_000_500]])


def test_what_a_folder_says_about_itself_is_checked(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("unit_id,x,y\na,0,0\nb,1,0\n")
    (tmp_path / "adjacency.csv").write_text("p,q,a\na,b,7\n")
    (tmp_path / "territory.json").write_text('{"name": "N", "seed": "one", "bridges": [["a"]], "crs": "EPSG:4326"}')
    with pytest.raises(InputError) as caught:
        load_territory(tmp_path)
    said = str(caught.value)
    assert "territory.json seed" in said and "territory.json bridges.0" in said and "in metres" in said
    (tmp_path / "territory.json").write_text('{"name": "N", "synthetic": true, "notes": ["made up"]}')
    territory = load_territory(tmp_path)
    assert (territory.name, territory.provenance.synthetic, territory.provenance.notes) == ("N", True, ("made up",))
    assert territory.edges["a_given"].tolist() == [7]


def test_labels_in_a_polygon_file_may_mix_numbers_and_words(tmp_path: Path) -> None:
    cells = [shapely.box(k, 0, k + 1, 1) for k in range(3)]
    frame = gpd.GeoDataFrame({"unit_id": list("abc"), "label": ["101", "102", "103A"]}, geometry=cells, crs="EPSG:4326")
    frame.to_file(tmp_path / "t.gpkg")
    assert load_territory(tmp_path / "t.gpkg").units["label"].tolist() == ["101", "102", "103A"]


def test_ten_thousand_units_in_a_chain_are_one_piece(tmp_path: Path) -> None:
    n = 10_000
    rows = "".join(f"u{k:05d},{k},0\n" for k in range(n))
    (tmp_path / "units.csv").write_text("unit_id,x,y\n" + rows)
    (tmp_path / "adjacency.csv").write_text("a,b\n" + "".join(f"u{k:05d},u{k + 1:05d}\n" for k in range(n - 1)))
    territory = load_territory(tmp_path)
    assert [len(part) for part in territory.components()] == [n]
