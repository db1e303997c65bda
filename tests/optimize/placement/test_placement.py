"""Placement: everybody once, where he knows most, in teams of the right size and mix."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from optimize import partition, place_sellers
from optimize.placement.formulations import sellers_to_communities as places
from optimize.solving.solver import solve
from scenarios import InputError, Plan, Scenario, Territory
from scenarios.territory.maps.distances import Distances


@pytest.fixture(scope="module")
def plans(town: Territory) -> dict[str, Plan]:
    redrawn = partition(town, 6, within="centre", balance={"workload": 0.3}, effort="quick").plan
    nested = town.with_columns({"redrawn": redrawn.assignment})
    finer = partition(nested, 12, within="redrawn", balance={"workload": 0.9}, effort="quick").plan
    return {"redrawn": redrawn, "subdivided": finer}


def test_every_seller_is_placed_once_and_in_a_community_of_his_centre(
    plan: Scenario, town: Territory, plans: dict[str, Plan]
) -> None:
    result = place_sellers(plan, town, plans)
    assert town.sellers is not None
    for kind, placement in result.placements.items():
        table = placement.table
        assert sorted(table["seller_id"]) == sorted(town.sellers["seller_id"])
        centre_of = town.units["centre"].groupby(plans[kind].assignment).first()
        assert (table["community"].map(centre_of) == table["centre"]).all()
    assert result.proof == "optimal"


def test_grid_managers_go_where_most_of_what_they_know_lies(plan: Scenario, town: Territory) -> None:
    result = place_sellers(plan, town)
    assert town.sellers is not None
    for row in town.sellers[town.sellers["force"] == "GM"].itertuples():
        known = town.units.loc[str(row.knows).split(";")]
        share = known.groupby("centre")["population"].sum() / known["population"].sum()
        placed = result.to_frame().set_index("seller_id").loc[row.seller_id]
        assert placed["overlap"] == pytest.approx(share.max(), abs=1e-6)
        assert share[placed["centre"]] == share.max()


def test_the_overlay_shows_every_grid_manager_and_sums_to_one(plan: Scenario, town: Territory) -> None:
    overlay = place_sellers(plan, town).overlay.set_index("seller_id")
    np.testing.assert_allclose(overlay.sum(axis=1), 1.0, atol=1e-5)


def test_subdividing_moves_nobody_out_of_his_community(plan: Scenario, town: Territory, plans: dict[str, Plan]) -> None:
    result = place_sellers(plan, town, plans)
    parent = plans["redrawn"].assignment.groupby(plans["subdivided"].assignment).first()
    finer = result.placements["subdivided"].table.set_index("seller_id")["community"].map(parent)
    coarse = result.placements["redrawn"].table.set_index("seller_id")["community"]
    assert (finer == coarse).all()


def test_teams_have_the_size_their_workload_asks_for(plan: Scenario, town: Territory, plans: dict[str, Plan]) -> None:
    result = place_sellers(plan, town, plans)
    table = result.placement.table
    load = town.units["workload"].groupby(plans["redrawn"].assignment).sum()
    for _, inside in table.groupby("centre"):
        size = inside["community"].value_counts()
        quota = load[size.index] / load[size.index].sum() * len(inside)
        assert (abs(size - quota) < 1.5).all()


def test_every_outlet_has_a_supporter_in_its_community(plan: Scenario, town: Territory, plans: dict[str, Plan]) -> None:
    result = place_sellers(plan, town, plans)
    outlets = result.outlets
    assert town.outlets is not None and len(outlets) == len(town.outlets)
    community = result.placement.table.set_index("seller_id")["community"]
    assert (outlets["seller_id"].map(community) == outlets["community"]).all()
    stays = outlets["before"].map(community) == outlets["community"]
    assert (outlets.loc[stays, "seller_id"] == outlets.loc[stays, "before"]).all()


@pytest.mark.parametrize("seed", range(10))
def test_small_teams_are_as_good_as_trying_every_assignment(seed: int) -> None:
    rng = np.random.default_rng(seed)
    merit, size = rng.random((5, 2)), np.array([2, 3])
    is_gm = [bool(b) for b in rng.integers(0, 2, 5)]
    least, most = np.array([1, 1]), np.array([2, 2])
    model = places.build(merit, size, is_gm, least, most, 100.0)
    outcome = solve(model.problem)

    def worth(order: tuple[int, ...]) -> float:
        value = sum(merit[s, 0 if i < 2 else 1] for i, s in enumerate(order))
        grid = [sum(is_gm[s] for s in order[:2]), sum(is_gm[s] for s in order[2:])]
        return float(value) - 100.0 * sum(
            max(0, low - g, g - high) for g, low, high in zip(grid, least, most, strict=True)
        )

    assert outcome.objective == pytest.approx(max(worth(p) for p in permutations(range(5))))


def test_the_order_of_the_sellers_does_not_matter(plan: Scenario, town: Territory, plans: dict[str, Plan]) -> None:
    assert town.sellers is not None
    mixed = replace(town, sellers=town.sellers.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(
        place_sellers(plan, town, plans).to_frame(), place_sellers(plan, mixed, plans).to_frame()
    )


def weighed(plan: Scenario, outlet: float) -> Scenario:
    return plan.model_copy(update={"placement": plan.placement.model_copy(update={"outlet_weight": outlet})})


def test_outlets_keep_their_supporter_as_often_as_sizes_and_mix_allow(
    plan: Scenario, town: Territory, plans: dict[str, Plan]
) -> None:
    """Against every assignment of a centre with few sellers: no other one that is as well mixed keeps more outlets."""
    assert town.sellers is not None and town.outlets is not None
    few = town.sellers.groupby([town.sellers["home_unit"].map(town.units["centre"]), "force"]).head(3)
    few = few.reset_index(drop=True)
    rng = np.random.default_rng(3)
    outlets = town.outlets.assign(seller_id=rng.choice(few["seller_id"], len(town.outlets)))
    small = replace(town, sellers=few, outlets=outlets)
    result = place_sellers(weighed(plan, 100.0), small, {"redrawn": plans["redrawn"]})
    table = result.to_frame()
    where = outlets["unit_id"].map(plans["redrawn"].assignment)

    def kept(team: dict[str, str]) -> int:
        return int((outlets["seller_id"].map(team) == where).sum())

    mix = result.mix.set_index("community")
    for _, group in table.groupby("centre"):
        ids, forces = group["seller_id"].tolist(), group["force"].tolist()
        best = 0
        for order in set(permutations(group["community"])):
            grid = pd.Series(order)[[f == "GM" for f in forces]].value_counts()
            within = [mix.loc[c, "wanted_least"] <= grid.get(c, 0) <= mix.loc[c, "wanted_most"] for c in set(order)]
            if all(within):
                best = max(best, kept(dict(zip(ids, order, strict=True))))
        assert kept(dict(zip(ids, group["community"], strict=True))) == best
    blind = place_sellers(weighed(plan, 0.0), small, {"redrawn": plans["redrawn"]}).to_frame()
    teams = [frame.set_index("seller_id")["community"].to_dict() for frame in (table, blind)]
    assert kept(teams[0]) > kept(teams[1])


def test_communities_without_a_seller_are_named_and_who_knows_nothing_stays_at_home(
    plan: Scenario, town: Territory, plans: dict[str, Plan]
) -> None:
    assert town.sellers is not None
    lone = town.sellers[town.sellers["force"] == "GM"].tail(1).assign(knows="nowhere;else")
    result = place_sellers(plan, replace(town, sellers=lone.reset_index(drop=True)), plans)
    (row,) = result.to_frame().to_dict("records")
    assert row["centre"] == town.units.loc[str(lone["home_unit"].iloc[0]), "centre"] and row["overlap"] == 1
    empty = set(plans["redrawn"].assignment) - {row["community"]}
    assert any(note.startswith(f"redrawn: no seller is left for {len(empty)} ") for note in result.notes)
    alone = (~result.outlets["community"].isin([row["community"]])).sum()
    assert any(note.startswith(f"{alone} outlets lie where nobody works") for note in result.notes)


def test_a_territory_without_sellers_is_refused(plan: Scenario, town: Territory) -> None:
    assert town.sellers is not None
    for sellers in (None, town.sellers.iloc[:0]):
        with pytest.raises(InputError, match="sellers and centres"):
            place_sellers(plan, replace(town, sellers=sellers))


def test_sellers_and_outlets_find_each_other_by_road_where_roads_are_given(
    plan: Scenario, town: Territory, plans: dict[str, Plan]
) -> None:
    """Outlets without a supporter of today: of equal loads the shortest ways, by the matrix and not by the map."""
    lines = np.linalg.norm(town.coordinates[:, None] - town.coordinates[None], axis=2)
    far = np.where(lines > 0, lines.max() + 1.0 - lines, 0.0)  # who lives next door is farthest
    assert town.outlets is not None
    strangers = replace(town, outlets=town.outlets.assign(seller_id=""))
    minutes = Distances(far / plan.selling.speed_km_per_hour * 60.0, "min", "made up")
    total = {}
    for name, distances in (("map", None), ("road", Distances(far, "km", "made up")), ("minutes", minutes)):
        placed = place_sellers(plan, replace(strangers, distances=distances), plans)
        home = town.sellers.set_index("seller_id")["home_unit"].astype(str)  # type: ignore[union-attr]
        at = pd.Index(town.outlets["unit_id"].astype(str))
        first = town.units.index.get_indexer(at)
        second = town.units.index.get_indexer(home.reindex(placed.outlets["seller_id"].astype(str)))
        total[name] = float(far[first, second].sum())
        if name == "road":
            by_road = placed
    assert total["road"] < total["map"]
    assert total["minutes"] == pytest.approx(total["road"])
    teams = by_road.placements["redrawn"].table["community"]
    assert teams.equals(placed.placements["redrawn"].table["community"])
