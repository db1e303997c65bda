"""Targets fit people who sell one business alone: nothing of the other one, more of their own, sums as ever."""

import numpy as np
import pandas as pd
import pytest

from optimize import TargetResult, allocate_targets
from optimize.targets.capacity import capacity
from scenarios import Scenario, Territory, generate_city, load_scenario
from scenarios.rules.learning import trained

STAGES = ("stage1", "stage2", "stage3", "full_service")


@pytest.fixture(scope="module")
def city() -> Territory:
    return generate_city(units=60, centres=2, seed=5)


def alone_of(scenario: Scenario, city: Territory) -> pd.DataFrame:
    assert city.sellers is not None
    people = city.sellers.sort_values("seller_id").reset_index(drop=True)
    return people.assign(trained=trained(scenario, people, city.units))


def persons(found: TargetResult, measure: str = "growth") -> pd.DataFrame:
    table = found.to_frame()
    return table[(table["level"] == "person") & (table["measure"] == measure)]


@pytest.mark.parametrize("share", [0.0, 0.3, {"CM": 0.2, "GM": 1.0}])
def test_nobody_is_given_a_target_in_a_business_that_he_does_not_sell(city: Territory, share: object) -> None:
    scenario = load_scenario("plan", {"training.cross_trained": share})
    found = allocate_targets(scenario, city)
    people = alone_of(scenario, city).set_index("seller_id")
    for measure in ("growth", "revenue", "arrears"):
        table = persons(found, measure).join(people[["force", "trained"]], on="id")
        other = ((table["force"] == "CM") & (table["business"] == "mobile")) | (
            (table["force"] == "GM") & (table["business"] == "fixed")
        )
        assert not table.loc[other & ~table["trained"], "value"].any()
        own = table[~other & (table["stage"] == "full_service")]
        assert (own["value"] > 0).all()


def test_totals_are_the_same_whoever_is_trained_and_sum_at_every_level(city: Territory) -> None:
    whole, part = (
        allocate_targets(load_scenario("plan", {"training.cross_trained": share}), city).to_frame()
        for share in (1.0, 0.3)
    )
    keys = ["stage", "business", "measure"]
    for table in (whole, part):
        sums = table.groupby([*keys, "level"])["value"].sum().unstack()
        assert np.allclose(sums.to_numpy(), sums["company"].to_numpy()[:, None])
    company = [t[t["level"] == "company"].set_index(keys)["value"] for t in (whole, part)]
    pd.testing.assert_series_equal(*company)


def test_who_sells_one_business_carries_twice_of_it_what_a_colleague_carries_who_sells_both(city: Territory) -> None:
    """By area and time alone (F22): all of a day against half of one, inside one community."""
    assert city.sellers is not None
    table = city.sellers.sort_values("seller_id")
    home = city.units["community"].reindex(table["home_unit"]).to_numpy()
    free = table["counter_share"].fillna(0.0).to_numpy() == 0
    cms = table[(table["force"] == "CM") & free]
    groups = cms.groupby(home[((table["force"] == "CM") & free).to_numpy()])["seller_id"]
    pair = next(ids.tolist()[:2] for _, ids in groups if len(ids) > 1)
    found = persons(allocate_targets(load_scenario("plan", {"training.trainees": [pair[0]]}), city))
    mine = found[(found["stage"] == "full_service") & (found["business"] == "fixed")].set_index("id")["value"]
    assert mine[pair[1]] == pytest.approx(2 * mine[pair[0]], abs=2)


def test_a_force_of_which_few_are_trained_owes_little_of_the_other_business(city: Territory) -> None:
    """Stage 2 gives grid managers 20 % of fixed lines when all of them sell them (F21)."""
    owed = []
    for share in (1.0, 0.5, 0.0):
        found = allocate_targets(load_scenario("plan", {"training.cross_trained": {"CM": 1.0, "GM": share}}), city)
        table = found.parts
        rows = table[(table["stage"] == "stage2") & (table["business"] == "fixed") & (table["measure"] == "growth")]
        given = rows.set_index("force")["given"]
        owed.append(given["GM"] / given.sum())
    assert owed[0] == pytest.approx(0.2, abs=0.005) and owed[2] == 0
    assert 0.08 < owed[1] < 0.14


def test_nobody_can_sell_what_he_is_not_trained_in(city: Territory) -> None:
    scenario = load_scenario("plan", {"training.cross_trained": 0.4, "run.days": 140})
    people = alone_of(scenario, city)
    able, is_cm, both = capacity(scenario, city), (people["force"] == "CM").to_numpy(), people["trained"].to_numpy()
    assert not able[:, ~both & is_cm, 1].any() and not able[:, ~both & ~is_cm, 0].any()
    assert able[-1][both].all() and able[-1][~both & is_cm, 0].all()
