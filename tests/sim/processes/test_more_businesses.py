"""A third business is data: with it the model keeps the laws it keeps with two; one that is idle changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from foundation.errors import InputError
from optimize import allocate_targets
from optimize.targets.capacity import capacity
from scenarios import Scenario, Territory, load_scenario
from scenarios.rules.businesses import businesses_of, owned, taught
from scenarios.rules.selling_day import shares_of_selling
from scenarios.rules.travel import calls, joint_offers
from sim.kpis import daily, kpis
from sim.run import Run, simulate
from sim.settlement.sellers import knock
from sim.world.build import build_world
from study.presentation.language import Language
from tests.sizes import size

THIRD = 2
DAYS = 70
IDLE = {
    "title": {"en": "nothing", "zh": "无"},
    "own": ["CM", "GM"],
    "market": {
        **{"base": "households", "reachable": 1e-9, "arpu": 50.0, "churn_per_year": 0.1, "arrears_per_month": 0.01},
        **{"arrears_bills": 1.0, "elasticity": 0.0, "season": [1.0] * 12},
    },
    "conversion": 0.02,
    "curve": {"ceiling": 1.0, "half": 1.0},
    "CM": 1e9,
    "GM": 1e9,
}


def ran(scenario: Scenario, town: Territory, **how: object) -> Run:
    return simulate(scenario, town, targets=allocate_targets(scenario, town).targets, **how)


@pytest.fixture(scope="module")
def broadband() -> Scenario:
    return load_scenario("broadband", {"run.days": DAYS})


@pytest.fixture(scope="module")
def run(broadband: Scenario, town: Territory) -> Run:
    return ran(broadband, town)


def test_every_subscriber_of_three_businesses_came_from_somewhere(run: Run) -> None:
    records, at_start = run.records, run.world.market.subscribers.sum(axis=0)
    won = records.sales.sum(axis=(0, 2)) + records.hall_sales.sum(axis=0)
    won[1] += records.outlet_sales.sum()
    np.testing.assert_array_equal(records.subscribers[-1], at_start + won - records.churned.sum(axis=0))
    assert (won > 0).all() and records.bundled[:, THIRD].sum() > 0 and records.hall_sales[:, THIRD].sum() > 0
    assert records.churned[:, THIRD].sum() > 0 and records.written_off[:, THIRD].sum() > 0


def test_hours_fill_the_day_with_three_businesses(run: Run) -> None:
    worked = run.records.hours[:, :, :-1].sum()
    assert worked == pytest.approx(len(run.world.sellers.ids) * DAYS * run.world.scenario.calendar.hours_per_day)


def test_each_force_begins_with_its_own_and_learns_what_is_new(broadband: Scenario, run: Run) -> None:
    hours, begins = run.records.hours, int(np.argmax(run.world.table.phase[0] >= 0))
    assert hours[0, 0, THIRD] > 0 and not hours[:begins, 1, THIRD].any()
    assert run.records.skill[-1, 1, THIRD] > 3 * run.records.skill[0, 1, THIRD]
    np.testing.assert_allclose(owned(broadband), [[1, 0, 1], [0, 1, 0]])
    np.testing.assert_allclose(taught(broadband), [[0, 0.5, 0, 0.5], [0.5, 0, 0.5, 0]])


def test_results_name_every_business(run: Run, broadband: Scenario) -> None:
    found, series = kpis(run), daily(run)
    parts = [found[f"sales.{name}"] for name in businesses_of(broadband)]
    assert sum(parts) == found["sales"] and parts[THIRD] > 0
    assert series["sales", "broadband", "all"].sum() == parts[THIRD]
    assert "skill.GM.broadband" in found and "attainment.stage1.broadband" not in found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plan", "big_bang"])
def test_a_business_that_nobody_wants_changes_nothing(name: str, town: Territory) -> None:
    """Its luck comes from streams of its own, so the other two have the very sales that they have without it."""
    one = ran(load_scenario(name, {"run.days": DAYS}), town)
    other = ran(load_scenario(name, {"run.days": DAYS, "more_businesses": {"idle": IDLE}}), town)
    for what in ("sales", "churned", "saved", "subscribers", "hall_sales", "bundled"):
        before, after = getattr(one.records, what), getattr(other.records, what)
        np.testing.assert_array_equal(before, after[:, :THIRD], err_msg=what)
        assert not after[:, THIRD].any(), what
    np.testing.assert_allclose(one.records.skill, other.records.skill[:, :, [0, 1, 3]], rtol=1e-9)
    assert kpis(one)["contribution"] == pytest.approx(kpis(other)["contribution"], rel=1e-9)


@pytest.mark.slow
def test_the_order_of_businesses_beside_the_two_is_only_a_name(town: Territory) -> None:
    """Two that are alike in all but their names earn alike, whichever is written first."""
    alike = load_scenario("broadband").more_businesses["broadband"].model_dump(mode="json")
    halves = {**alike, "conversion": alike["conversion"] / 2}
    half = {"fixed": 0.4, "mobile": 0.0, "more": {"first": 0.3, "second": 0.3}}
    base = {"run.days": DAYS, "weights_before.CM": half, "target_stages.stage1.weights.CM": half}
    sold = np.array(
        [
            [
                kpis(ran(load_scenario("plan", {**base, "more_businesses": names}), town, replication=n))[f"sales.{k}"]
                for k in ("first", "second")
            ]
            for names in ({"first": halves, "second": halves}, {"second": halves, "first": halves})
            for n in range(size(3, 8))
        ]
    )
    difference = sold[:, 0] - sold[:, 1]
    assert abs(difference.mean()) < 4 * difference.std(ddof=1) / len(difference) ** 0.5


def test_nobody_sells_more_of_the_third_than_skills_and_hours_allow(town: Territory) -> None:
    calm = {"run.days": 40, "learning.spread": 0.0, "market.month_spread": 0.0}
    scenario = load_scenario("broadband", calm)
    able = capacity(scenario, town)
    assert able.shape[2] == 3 and (able[..., THIRD].sum(axis=1)[:2] > 0).all()
    sold = [ran(scenario, town, replication=n).records.seller_growth[:, 1:, THIRD].sum(axis=0) for n in range(2)]
    seen = np.mean(sold, axis=0)[0]  # the first stage, seen whole
    assert seen <= able[0, :, THIRD].sum() * 1.1


def test_the_time_is_shared_out_among_those_one_sells() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        people, businesses = 6, int(rng.integers(2, 5))
        weights = rng.dirichlet(np.ones(businesses), people) * (rng.random((people, businesses)) < 0.8)
        skill, sells = rng.random((people, businesses)), (rng.random((people, businesses)) < 0.7).astype(float)
        sells[np.arange(people), rng.integers(businesses, size=people)] = 1.0
        new = (rng.random((people, businesses)) < 0.5).astype(float)
        drilled = rng.choice([0.0, 0.15, 0.5], people)
        share = shares_of_selling(weights, skill, sells, new, drilled, 0.5)
        np.testing.assert_allclose(share.sum(axis=1), 1.0)
        assert (share >= 0).all() and not share[sells == 0].any()
        learns, knows = ((sells * kind).any(axis=1) for kind in (new, 1 - new))
        drills = learns & knows
        assert ((share * new).sum(axis=1)[drills] >= drilled[drills] - 1e-12).all()


def test_of_two_the_share_is_that_of_the_closed_form() -> None:
    weights, skill, returns = np.array([[0.6, 0.4]]), np.array([[0.3, 0.9]]), 0.5
    claims = (weights * skill**returns) ** 2
    nobody, both = np.zeros((1, 2)), np.ones((1, 2))
    share = shares_of_selling(weights, skill, both, nobody, np.zeros(1), returns)
    np.testing.assert_allclose(share, claims / claims.sum())
    drilled = shares_of_selling(weights, skill, both, np.array([[1.0, 0.0]]), np.array([0.5]), returns)
    np.testing.assert_allclose(drilled, [[0.5, 0.5]])


def test_a_tour_for_three_offers_all_at_its_doors() -> None:
    area, minutes, second, speed = np.array([2.0]), 10.0, 4.0, 5.0
    visits, way = np.zeros((1, 3)), np.zeros((1, 8))
    knock(np.array([[3.0], [2.0], [0.0]]), area, minutes, second, speed, visits, way)
    np.testing.assert_allclose(visits[0, :2], joint_offers(3.0, 2.0, minutes, second, 2.0, speed))
    assert visits[0, 2] == 0
    knock(np.array([[3.0], [2.0], [1.0]]), area, minutes, second, speed, visits, way)
    alone = np.array([calls(h, minutes, 2.0, speed) for h in (3.0, 2.0, 1.0)])
    np.testing.assert_allclose(visits[0] / visits[0, 0], alone / alone[0])  # as two tours would be in proportion
    spent = visits[0, 0] * minutes + visits[0, 1:].sum() * second
    assert way[0, 0] == pytest.approx(6.0 - spent / 60.0) and not way[0, 1:].any()
    doors = calls(6.0, minutes + second * (alone[1:] / alone[0]).sum(), 2.0, speed)
    assert visits[0, 0] == pytest.approx(doors)


def test_columns_of_subscribers_come_before_a_penetration(broadband: Scenario, town: Territory) -> None:
    assumed = build_world(broadband, town).market.subscribers[:, THIRD]
    np.testing.assert_array_equal(assumed, np.rint(0.25 * town.units["households"]))
    counted = replace(town, units=town.units.assign(broadband_subscribers=7))
    assert (build_world(broadband, counted).market.subscribers[:, THIRD] == 7).all()


def test_what_does_not_fit_is_said_all_at_once() -> None:
    weights = {"fixed": 0.5, "mobile": 0.2, "more": {"cable": 0.3}}
    with pytest.raises(InputError) as caught:
        load_scenario("plan", {"more_businesses": {"outlet": IDLE, "a b": IDLE}, "weights_before.CM": weights})
    told = str(caught.value)
    assert "more_businesses.outlet" in told and "more_businesses.a b" in told
    assert "weights_before.CM.more.cable" in told and "no such business" in told


def test_a_business_beside_the_two_goes_by_its_own_name() -> None:
    assert Language("en").business("fixed") != "fixed" and Language("zh").business("broadband") == "broadband"
