"""Who is trained: everybody by default, an even part of each force, or people by id; every fault at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import InputError, Scenario, Territory, generate_city, load_scenario
from scenarios.rules.learning import trained, with_trainees

CITY = generate_city(units=60, centres=2, seed=5)
PLAN = load_scenario("plan")


def chosen(scenario: Scenario, town: Territory = CITY) -> set[str]:
    assert town.sellers is not None
    people = town.sellers.sort_values("seller_id").reset_index(drop=True)
    return set(people["seller_id"].astype(str)[trained(scenario, people, town.units)])


def with_share(share: float) -> Scenario:
    training = PLAN.training.model_copy(update={"cross_trained": share})
    return PLAN.model_copy(update={"training": training})


def test_everybody_is_trained_unless_the_scenario_says_otherwise() -> None:
    assert PLAN.training.cross_trained == 1.0 and PLAN.training.trainees == "spread"
    assert CITY.sellers is not None
    everybody = set(CITY.sellers["seller_id"].astype(str))
    assert chosen(PLAN) == everybody
    assert chosen(load_scenario("plan", {"training.cross_trained": {"CM": 1.0, "GM": 1.0}})) == everybody
    assert chosen(load_scenario("plan", {"training.cross_trained": 0.0})) == set()


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_whom_a_smaller_one_trains_in_numbers_of_the_share(one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert chosen(with_share(small)) <= chosen(with_share(large))
    assert CITY.sellers is not None
    for force, members in CITY.sellers.groupby("force"):
        found = len(chosen(with_share(small)) & set(members["seller_id"].astype(str)))
        assert found == int(small * len(members) + 0.5), force


def test_a_part_is_spread_over_centres() -> None:
    town = generate_city(units=240, centres=4, seed=3)
    assert town.sellers is not None
    centre = town.units["centre"].reindex(town.sellers["home_unit"]).to_numpy()
    half = chosen(load_scenario("plan", {"training.cross_trained": 0.5}), town)
    share = town.sellers["seller_id"].isin(half).groupby([centre, town.sellers["force"]]).mean()
    size = town.sellers.groupby([centre, town.sellers["force"]]).size()
    assert ((share - 0.5).abs() <= 1.5 / size).all()


def test_people_by_id_and_nobody_else() -> None:
    assert CITY.sellers is not None
    some = CITY.sellers["seller_id"].astype(str).iloc[[3, 1]].tolist()
    assert chosen(load_scenario("plan", {"training.trainees": some})) == set(some)
    assert chosen(with_trainees(PLAN, some)) == set(some)
    assert chosen(load_scenario("plan", {"training.trainees": []})) == set()


def test_ids_that_nobody_has_are_all_told_with_what_is_near() -> None:
    assert CITY.sellers is not None
    known = str(CITY.sellers["seller_id"].iloc[0])
    with pytest.raises(InputError) as told:
        chosen(load_scenario("plan", {"training.trainees": [known, f"{known}x", "nobody"]}))
    assert [p.value for p in told.value.problems] == [f"{known}x", "nobody"]
    assert known in told.value.problems[0].remedy


def test_those_still_to_be_chosen_are_no_silent_default() -> None:
    with pytest.raises(InputError, match=r"training\.trainees is chosen"):
        chosen(load_scenario("plan", {"training.trainees": "chosen"}))
    assert chosen(load_scenario("plan", {"training.trainees": "chosen", "phases": [], "target_stages": []}))


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({"training.cross_trained": 50}, ["training.cross_trained"]),
        ({"training.cross_trained": -0.1}, ["training.cross_trained"]),
        ({"training.cross_trained": True}, ["training.cross_trained"]),
        ({"training.cross_trained": float("nan")}, ["training.cross_trained"]),
        ({"training.cross_trained": "half"}, ["training.cross_trained"]),
        (
            {"training.cross_trained": {"CM": 2, "XX": 1}},
            ["training.cross_trained.XX", "training.cross_trained.GM", "training.cross_trained.CM"],
        ),
        ({"training.trainees": "best"}, ["training.trainees"]),
        ({"training.trainees": ["a", "a", 3, " "]}, [f"training.trainees[{n}]" for n in (2, 3, 1)]),
        ({"training.trainees": ["a"], "training.cross_trained": 0.5}, ["training.trainees"]),
        (
            {"training.cross_trained": 2, "training.trainees": "all", "training.neighbour_share": 1.5},
            ["training.cross_trained", "training.trainees", "training.neighbour_share"],
        ),
        ({"training.demand_spread": -1.0}, ["training.demand_spread"]),
    ],
)
def test_bad_fields_are_refused_each_by_its_place_all_at_once(settings: dict, paths: list[str]) -> None:
    with pytest.raises(InputError) as told:
        load_scenario("plan", settings)
    assert [p.path.removeprefix("plan: ") for p in told.value.problems] == paths
    assert all(p.remedy for p in told.value.problems if "training.demand_spread" not in p.path)
