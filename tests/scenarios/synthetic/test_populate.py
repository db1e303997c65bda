"""What a user's territory lacks is made by the rates, named, and never overrides what is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import connected_components

from scenarios import InputError, Territory, generate_city
from scenarios.schema.territory_settings import TerritoryRates
from scenarios.synthetic.complete import complete_territory

RATES = TerritoryRates(
    persons_per_household=2.5,
    enterprises_per_1000_persons=20.0,
    income_default=30000.0,
    fixed_penetration=0.4,
    mobile_penetration=0.2,
    outlets_per_10k_persons=1.0,
    outlet_mobile_sales_per_month=18.0,
    halls_per_centre_per_company=1,
    clerks_per_hall=4,
    sellers_per_10k_persons=2.0,
    gm_share=0.4,
    counter_share=0.25,
    cm_counter_probability=0.5,
    persons_per_centre=200000.0,
    units_per_community=10.0,
)


@pytest.fixture(scope="module")
def city() -> Territory:
    return generate_city(units=120, centres=3, seed=2)


@pytest.fixture(scope="module")
def bare(city: Territory) -> Territory:
    units = city.units[["x", "y", "centre", "population"]]
    return replace(city, units=units, outlets=None, halls=None, sellers=None)


def test_a_complete_territory_stays_as_it_is(city: Territory) -> None:
    done = complete_territory(city, RATES, 1)
    assert done.provenance.generated == ()
    pd.testing.assert_frame_equal(done.units, city.units)
    for table in ("outlets", "halls", "sellers"):
        pd.testing.assert_frame_equal(getattr(done, table), getattr(city, table))


def test_everything_made_is_named_and_follows_the_rates(bare: Territory) -> None:
    done = complete_territory(bare, RATES, 1)
    assert done.provenance.generated == (
        "households", "income", "enterprises", "fixed_subscribers", "mobile_subscribers",
        "community", "sellers", "outlets", "halls",
    )  # fmt: skip
    people = bare.units["population"].to_numpy()
    assert (done.units["households"] == np.rint(people / 2.5)).all()
    assert (done.units["income"] == 30000).all()
    assert (done.units["fixed_subscribers"] == np.rint(done.units["households"] * 0.4)).all()
    assert (done.units["mobile_subscribers"] == np.rint(people * 0.2)).all()
    assert done.sellers is not None and done.outlets is not None and done.halls is not None
    total = round(people.sum() * 2 / 10_000)
    assert len(done.sellers) == total == 60
    assert (done.sellers["force"] == "GM").sum() == 24
    assert len(done.outlets) == 30
    assert done.halls.groupby(["business"]).size().to_dict() == {"fixed": 3, "mobile": 3}
    counter = done.sellers["counter_share"]
    assert set(counter) == {0.0, 0.25}
    assert (counter[done.sellers["force"] == "GM"] == 0).all()


def test_communities_are_connected_parts_of_one_centre_and_of_the_size_asked(bare: Territory) -> None:
    done = complete_territory(bare, RATES, 1)
    for community, group in done.units.groupby("community"):
        m = np.flatnonzero((done.units["community"] == community).to_numpy())
        assert connected_components(done.graph[m][:, m], directed=False)[0] == 1
        assert group["centre"].nunique() == 1
    assert done.units["community"].nunique() == sum(round(n / 10) for n in bare.units.groupby("centre").size().tolist())


def test_grid_managers_know_connected_areas_that_cover_the_territory(bare: Territory) -> None:
    done = complete_territory(bare, RATES, 1)
    assert done.sellers is not None and done.outlets is not None
    managers = done.sellers[done.sellers["force"] == "GM"]
    assert sorted(u for k in managers["knows"] for u in k.split(";")) == list(done.unit_ids)
    for known in managers["knows"]:
        m = done.units.index.get_indexer(known.split(";"))
        assert connected_components(done.graph[m][:, m], directed=False)[0] == 1
    keeper = {u: s for s, k in zip(managers["seller_id"], managers["knows"], strict=True) for u in k.split(";")}
    assert done.outlets["seller_id"].tolist() == [keeper[u] for u in done.outlets["unit_id"]]


def test_the_same_seed_gives_the_same_and_each_table_has_its_own_stream(bare: Territory, city: Territory) -> None:
    first, again, other = (complete_territory(bare, RATES, s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first.sellers, again.sellers)
    pd.testing.assert_frame_equal(first.outlets, again.outlets)
    assert not first.outlets.equals(other.outlets)  # type: ignore[union-attr]
    with_sellers = complete_territory(replace(bare, sellers=city.sellers), RATES, 1)
    places = ["unit_id", "x", "y"]
    pd.testing.assert_frame_equal(with_sellers.outlets[places], first.outlets[places])  # type: ignore[index]


def test_single_missing_values_are_filled_and_their_units_named(city: Territory) -> None:
    households = city.units["households"].astype(float)
    households.iloc[[3, 5]] = np.nan
    income = city.units["income"].astype(float)
    income.iloc[7] = np.nan
    done = complete_territory(city.with_columns({"households": households, "income": income}), RATES, 1)
    a, b, c = (city.unit_ids[i] for i in (3, 5, 7))
    assert done.provenance.generated == (f"households of 2 units ({a}, {b})", f"income of 1 unit ({c})")
    assert done.units["households"].dtype == np.int64
    assert done.units["households"].iloc[3] == round(city.units["population"].iloc[3] / 2.5)
    assert done.units["income"].iloc[7] == np.nanmedian(income)
    keep = ~households.isna()
    assert (done.units["households"][keep] == households[keep]).all()


def test_population_can_come_from_households(bare: Territory, city: Territory) -> None:
    units = bare.units.drop(columns="population").assign(households=city.units["households"])
    done = complete_territory(replace(bare, units=units), RATES, 1)
    assert (done.units["population"] == np.rint(city.units["households"] * 2.5)).all()
    assert done.provenance.generated[0] == "population"


def test_sellers_without_areas_get_them_from_their_homes(city: Territory) -> None:
    assert city.sellers is not None and city.outlets is not None
    sellers = city.sellers.assign(knows=pd.Series([""] * len(city.sellers), dtype="str"), counter_share=np.nan)
    outlets = city.outlets.assign(
        seller_id=pd.Series([""] * len(city.outlets), dtype="str"), mobile_sales_per_month=np.nan
    )
    done = complete_territory(replace(city, sellers=sellers, outlets=outlets), RATES, 1)
    assert done.provenance.generated == (
        "sellers.knows", "sellers.counter_share", "outlets.mobile_sales_per_month", "outlets.seller_id",
    )  # fmt: skip
    assert done.sellers is not None
    for force, home, known in done.sellers[["force", "home_unit", "knows"]].itertuples(index=False):
        members = known.split(";")
        assert home in members
        if force == "CM":
            community = city.units.loc[home, "community"]
            assert members == list(city.units.index[city.units["community"] == community])


def test_more_grid_managers_than_units_share_areas() -> None:
    small = generate_city(units=12, centres=1, seed=1)
    bare = replace(small, sellers=None)
    done = complete_territory(bare, RATES.model_copy(update={"sellers_per_10k_persons": 20.0}), 1)
    assert done.sellers is not None
    assert (done.sellers["force"] == "GM").sum() == 24
    assert (done.sellers["knows"] != "").all()


def test_it_needs_centres_and_people(bare: Territory) -> None:
    with pytest.raises(InputError) as caught:
        complete_territory(replace(bare, units=bare.units[["x", "y"]]), RATES, 1)
    said = str(caught.value)
    assert "every unit must belong to a marketing centre" in said
    assert "population or households must be known in every unit" in said


def test_a_table_of_sellers_without_rows_is_refused(city: Territory) -> None:
    assert city.sellers is not None
    with pytest.raises(InputError, match=r"sellers; it has no rows\. Add sellers, or leave the table out"):
        complete_territory(replace(city, sellers=city.sellers.iloc[:0]), RATES, 1)
