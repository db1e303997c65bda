"""Who is not trained in both businesses goes on selling and keeping his own, in his place of the new organisation."""

import numpy as np
import pytest

from optimize import allocate_targets
from scenarios import Scenario, Territory, load_scenario
from scenarios.schema.fields import BUSINESSES
from sim.kpis import kpis
from sim.processes.company_day import tell
from sim.run import Run, simulate
from sim.state.model import Model
from sim.world.build import World, build_world

DAYS = 80
FIXED, MOBILE = (BUSINESSES.index(b) for b in BUSINESSES)


def scenario_with(**training: object) -> Scenario:
    return load_scenario("plan", {"run.days": DAYS, **{f"training.{k}": v for k, v in training.items()}})


def ran(scenario: Scenario, town: Territory) -> Run:
    return simulate(scenario, town, targets=allocate_targets(scenario, town).targets)


@pytest.fixture(scope="module")
def whole(town: Territory) -> Run:
    return ran(scenario_with(), town)


@pytest.fixture(scope="module")
def half(town: Territory) -> Run:
    return ran(scenario_with(cross_trained=0.5), town)


@pytest.fixture(scope="module")
def none(town: Territory) -> Run:
    return ran(scenario_with(cross_trained=0.0), town)


@pytest.mark.slow
def test_everybody_by_id_or_by_force_is_everybody_to_the_last_bit(town: Territory, whole: Run) -> None:
    assert town.sellers is not None
    ids = sorted(town.sellers["seller_id"].astype(str))
    for same in (scenario_with(trainees=ids), scenario_with(cross_trained={"CM": 1.0, "GM": 1.0})):
        again = ran(same, town)
        assert kpis(again) == pytest.approx(kpis(whole), rel=0, abs=0, nan_ok=True)
        assert np.array_equal(again.records.hours, whole.records.hours)
        assert np.array_equal(again.records.seller_growth, whole.records.seller_growth)


@pytest.mark.slow
@pytest.mark.parametrize("run", ["half", "none"])
def test_the_untrained_sell_their_own_business_alone_all_the_time(run: str, request: pytest.FixtureRequest) -> None:
    found: Run = request.getfixturevalue(run)
    alone, is_cm = ~found.world.trained, found.world.sellers.is_cm
    sold = found.records.seller_growth.sum(axis=1)
    assert alone.any() and (sold[alone & is_cm, FIXED] > 0).all() and (sold[alone & ~is_cm, MOBILE] > 0).all()
    assert not sold[alone & is_cm, MOBILE].any() and not sold[alone & ~is_cm, FIXED].any()
    both = found.world.trained
    assert (sold[both & is_cm, MOBILE] > 0).all() and (sold[both & ~is_cm, FIXED] > 0).all()


@pytest.mark.slow
def test_nobody_trained_learns_nothing_new_and_sits_in_no_course(none: Run, whole: Run) -> None:
    hours, did = none.records.hours.sum(axis=0), none.world.activities.index
    assert not hours[:, did("training")].any()
    assert not hours[0, did("sell_mobile")] and not hours[1, did("sell_fixed")]
    for force, what in ((0, "mobile"), (0, "channel"), (1, "fixed")):
        skill = none.records.skill[:, force, none.world.skills.index(what)]
        assert np.ptp(skill) == 0, what
    assert not none.records.bundled.any() and whole.records.bundled.any()


@pytest.mark.slow
def test_courses_take_the_hours_of_those_who_are_trained(half: Run, whole: Run) -> None:
    taught = [run.records.hours[:, :, run.world.activities.index("training")].sum() for run in (half, whole)]
    needed = half.world.scenario.training.hours_needed
    assert taught[0] == pytest.approx(needed * half.world.trained.sum())
    assert taught[0] < taught[1]


@pytest.mark.slow
def test_hours_fill_the_day_whoever_is_trained(half: Run, whole: Run) -> None:
    for run in (half, whole):
        worked = run.records.hours[:, :, :-1].sum()
        assert worked == pytest.approx(len(run.world.sellers.ids) * DAYS * run.world.scenario.calendar.hours_per_day)


@pytest.fixture(scope="module")
def half_world(town: Territory) -> World:
    return build_world(scenario_with(cross_trained=0.5), town)


def postings(world: World) -> dict[str, int]:
    return {phase.name: k + 1 for k, phase in enumerate(world.scenario.phases)}


def test_the_untrained_keep_their_place_and_leave_outlets_and_courses_to_others(
    half_world: World, town: Territory
) -> None:
    world, alone, whole = half_world, ~half_world.trained, build_world(scenario_with(), town)
    is_cm = world.sellers.is_cm
    for k, (mine, theirs) in enumerate(zip(world.postings, whole.postings, strict=True)):
        assert np.array_equal(mine.patch, theirs.patch) and np.array_equal(mine.area, theirs.area), k
        assert not (mine.sells & ~theirs.sells).any()
        assert not mine.course[alone].any()
    after = world.postings[postings(world)["trial_run"]]
    cared = np.diff(after.care_from)
    assert not cared[alone & is_cm].any() and cared[~is_cm].any()
    assert np.array_equal(after.sells[alone], np.stack([is_cm, ~is_cm], axis=1)[alone])
    assert after.sells[world.trained].all()


def test_the_untrained_visit_customers_of_their_own_business_alone(half_world: World) -> None:
    world = half_world
    model = Model(world, 1, 0)
    for day in (30, DAYS - 1):
        model.day = day
        model.phase_of_centre = world.table.phase[:, day].tolist()
        model.stage_of_centre = world.table.stage[:, day].copy()
        for centre in range(len(world.table.centres)):
            model.take_posts(centre)
        tell(model)
        own = np.where(world.sellers.is_cm, FIXED, MOBILE)
        for who, _, what in model.arranged:
            alone = ~world.trained[who]
            assert alone.any() and (what[alone] == own[who[alone]]).all()


def test_who_sells_one_business_is_appraised_on_it_alone_and_unsettled_by_no_weight(half_world: World) -> None:
    world = half_world
    model = Model(world, 1, 0)
    for stage in range(len(world.scenario.target_stages)):
        model.stage_of_centre[:] = stage
        for centre in range(len(world.table.centres)):
            model.take_appraisal(centre)
        alone = ~world.trained
        assert np.array_equal(model.weight[alone], np.eye(2)[model.force[alone]])
        weights = world.scenario.target_stages[stage].weights
        assert np.allclose(model.weight[world.trained & world.sellers.is_cm], [weights.CM.fixed, weights.CM.mobile])


def test_an_outlet_loses_those_who_no_longer_care_for_it(town: Territory) -> None:
    """A community manager who is not trained in channel work is no new acquaintance of an outlet."""
    part, whole = (build_world(scenario_with(cross_trained=share), town) for share in (0.0, 1.0))
    assert part.postings[2].supports.sum() == (~part.sellers.is_cm).sum() < whole.postings[2].supports.sum()
    for pair, ended in part.hand_overs.items():
        assert ((ended.outlets >= 0) & (ended.outlets <= 1)).all()
        assert (ended.units <= 1).all() and pair in whole.hand_overs
