"""Capacity: the simulation's own formulas, an upper estimate of what people sell in it, and not a loose one."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from optimize import allocate_targets, partition, place_sellers
from optimize.targets.capacity import capacity
from scenarios import Scenario, Territory, generate_city, load_scenario
from scenarios.rules.selling_day import calls, lifts, time_for_visits
from scenarios.rules.timetable import timetable
from scenarios.rules.travel import calls as calls_simulated
from scenarios.rules.worksites import worksites
from sim.processes.company_day import tell
from sim.run import simulate_world
from sim.state.model import Model
from sim.world.build import build_world
from tests.sizes import size

RUNS = size(15, 60)
WEIGHED = {
    "run.days": 140,  # in a longer study who sells so much finds fewer to sell to; the estimate leaves that out
    "target_stages.stage2.weights.CM": {"fixed": 0.3, "mobile": 0.7},
    "target_stages.stage2.weights.GM": {"fixed": 0.7, "mobile": 0.3},
    "effort.drill_share": 0.3,
    "market.bundle_share": 0.5,
    "learning.peer_value": 4.0,
    "learning.forgetting_per_day": 0.02,
    "selling.data_support_lift": 0.3,
    "trial_run.improvement": 0.4,
    "roll_out.centres_per_wave": 1,
    "roll_out.days_between_waves": 14,
}


@lru_cache(maxsize=1)
def city() -> Territory:
    return generate_city(units=60, centres=2, seed=5)


@lru_cache(maxsize=4)
def sold(name: str, seed: int = 1) -> np.ndarray:
    """What everybody sold at doors, shape (runs, stages, people, businesses)."""
    world = build_world(scenario_of(name), city())
    growth = [simulate_world(world, seed, k).records.seller_growth[:, 1:] for k in range(RUNS)]
    return np.stack(growth).swapaxes(1, 2)


def scenario_of(name: str) -> Scenario:
    if name == "half":
        return load_scenario("plan", {"training.cross_trained": 0.5, "run.days": 140})
    return load_scenario("plan", WEIGHED) if name == "weighed" else load_scenario(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plan", "big_bang", "weighed", "half"])
def test_no_force_sells_more_than_the_estimate_and_in_full_service_not_much_less(name: str) -> None:
    scenario, found = scenario_of(name), sold(name)
    able = capacity(scenario, city())
    sellers = city().sellers
    assert sellers is not None
    is_cm = (sellers.sort_values("seller_id")["force"] == "CM").to_numpy()
    for members in (is_cm, ~is_cm):
        force = found[:, :, members].sum(axis=2)
        half = student.ppf(0.995, RUNS - 1) * force.std(axis=0, ddof=1) / math.sqrt(RUNS)
        assert (force.mean(axis=0) <= able[:, members].sum(axis=1) + half).all()
        assert (able[-1, members].sum(axis=0) <= 1.6 * force.mean(axis=0)[-1]).all()
    half = student.ppf(0.995, RUNS - 1) * np.maximum(found.std(axis=0, ddof=1), 1.0) / math.sqrt(RUNS)
    assert (found.mean(axis=0) > able + half).mean() < 0.03  # persons, each with his own luck in experience


def test_nothing_is_sold_of_the_other_business_before_both_are_allowed(plan: Scenario) -> None:
    able = capacity(load_scenario("plan", {"phases": []}), city())
    sellers = city().sellers
    assert sellers is not None
    is_cm = (sellers.sort_values("seller_id")["force"] == "CM").to_numpy()
    assert not able[:, is_cm, 1].any() and not able[:, ~is_cm, 0].any()
    assert able[:, is_cm, 0].all() and able[:, ~is_cm, 1].all()
    notes = allocate_targets(load_scenario("plan", {"phases": []}), city()).notes
    assert any("stage2 mobile growth CM" in note and "cannot sell it in this stage at all" in note for note in notes)
    assert not any("cannot sell it" in note for note in allocate_targets(plan, city()).notes)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("training.hours_needed", 80.0),
        ("learning.peer_value", 4.0),
        ("selling.data_support_lift", 0.5),
        ("selling.incentive_lift", 0.5),
        ("trial_run.improvement", 0.5),
        ("effort.drill_share", 0.4),
        ("market.bundle_share", 0.6),
        ("selling.speed_km_per_hour", 60.0),
        ("market.fixed.season", [2.0] * 12),
    ],
)
def test_everything_that_helps_selling_raises_the_estimate(plan: Scenario, setting: str, value: Any) -> None:
    sellers = city().sellers
    assert sellers is not None
    is_gm = (sellers.sort_values("seller_id")["force"] == "GM").to_numpy()
    before, after = (capacity(s, city())[:, is_gm, 0].sum() for s in (plan, load_scenario("plan", {setting: value})))
    assert after > 1.01 * before


def test_a_stage_that_ends_after_the_study_is_counted_to_its_end(plan: Scenario) -> None:
    whole, cut = capacity(plan, city()), capacity(load_scenario("plan", {"run.days": 60}), city())
    gap = np.abs(whole[1:3] / np.maximum(cut[1:3], 1e-9) - 1)  # the mean gap of days off differs a little
    assert gap.max() < 0.02


@pytest.fixture(scope="module")
def placed(plan: Scenario, town: Territory) -> dict[str, Any]:
    plans = {"redrawn": partition(town, 6, within="centre", balance={"workload": 0.3}, effort="quick").plan}
    return {"plans": plans, "placements": place_sellers(plan, town, plans).placements}


@pytest.mark.parametrize(("decided", "trained"), [(False, 1.0), (True, 1.0), (True, 0.4)])
def test_people_work_where_the_simulation_posts_them(
    plan: Scenario, town: Territory, placed: dict[str, Any], decided: bool, trained: float
) -> None:
    how: dict[str, Any] = placed if decided else {}
    plan = load_scenario("plan", {"training.cross_trained": trained})
    world, sites = build_world(plan, town, **how), worksites(plan, town, **how)
    assert np.array_equal(sites.centre, world.sellers.centre)
    for k, posting in enumerate(world.postings):
        assert np.allclose(sites.area[k], posting.area)
        cared = np.diff(posting.care_from)
        assert np.array_equal(sites.outlets[k], cared)
        teams = {p: max(int(((posting.patch == p) & posting.supports).sum()), 1) for p in posting.patch.tolist()}
        assert all(sites.carers[k][i] == teams[p] for i, p in enumerate(posting.patch.tolist()) if cared[i])
        same = sites.patch[k][:, None] == sites.patch[k][None, :]
        assert np.array_equal(same, posting.patch[:, None] == posting.patch[None, :])
        model = Model(world, 1, 0)
        tell(model)
        assert np.allclose(sites.pull[k], model.pull[posting.patch])


def test_one_number_is_one_work_area_in_every_phase(plan: Scenario, town: Territory, placed: dict[str, Any]) -> None:
    """While centres follow each other, people of several phases are at work: who shares a number is a team."""
    sites = worksites(plan, town, **placed)
    market: dict[int, bytes] = {}
    for patches, prospects in zip(sites.patch, sites.prospects, strict=True):
        for patch, there in zip(patches.tolist(), prospects, strict=True):
            assert market.setdefault(patch, there.tobytes()) == there.tobytes()


def test_a_day_is_lifted_as_by_hand(town: Territory) -> None:
    """Both the estimate and the simulation lift sales by `lifts`: here a trial run that starts on one known day."""
    settings = {"selling.data_support_lift": 0.2, "selling.incentive_lift": 0.1, "trial_run.improvement": 0.3}
    plan = load_scenario("plan", {**settings, "trial_run.days": 40.0})
    table = timetable(plan, town.units["centre"].astype(str))
    first = next(k for k, day in enumerate(table.days) if day >= plan.phases[-1].start)
    lift = lifts(plan, table)
    assert (lift[:, :first] == 1).all()
    for later in (0, 7):
        by_hand = 1.2 * 1.1 * (1 + 0.3 * (1 - math.exp(-later / 40)))
        assert np.allclose(lift[:, first + later], by_hand)


def test_calls_are_the_simulations() -> None:
    hours, area = np.array([0.0, 0.5, 4.0, 8.0]), np.array([1.0, 0.0, 20.0, 300.0])
    found = calls(hours, 4.0, area, 10.0)
    assert np.allclose(found, [calls_simulated(h, 4.0, a, 10.0) for h, a in zip(hours, area, strict=True)])


def test_visits_take_the_hours_that_whole_visits_take() -> None:
    """Against the rounding of `sim.settlement.sellers.arrange`: int(possible + luck), never beyond the hours."""
    luck = (np.arange(10_000) + 0.5) / 10_000
    for possible in (0.3, 1.0, 1.7, 4.2):
        taken = np.minimum(1.0, np.floor(possible + luck) / possible).mean()
        found = time_for_visits(np.array([1.5]), np.array([possible]), np.array([1e9]))
        assert found[0] == pytest.approx(1.5 * taken, rel=1e-3)
    assert time_for_visits(np.array([1.5]), np.array([3.0]), np.array([0.6]))[0] == pytest.approx(0.3)
    assert time_for_visits(np.array([1.5]), np.array([0.0]), np.array([0.6]))[0] == 0
