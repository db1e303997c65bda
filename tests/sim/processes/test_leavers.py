"""Who leaves: households with both businesses, neglected customers, sellers; and months that are bad for everybody."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from scenarios import Scenario, Territory, load_scenario
from scenarios.schema.organisation import Turnover as Rules
from sim import simulate
from sim.run import Run
from sim.settlement.market import leave
from sim.settlement.turnover import end_relationships, leaving_rate
from sim.start import after_usual_days, started
from sim.state.model import Model
from sim.world.build import build_world
from tests.sizes import size

UNITS, SUBSCRIBERS, TOGETHER, CHANCE = 400, 1000, 400, 0.02


def left(keeps: float = 0.0, pull: float = 0.0, bond: float = 1.0, together: float = TOGETHER) -> tuple[Any, ...]:
    """Let a day pass in which everybody who leaves does so unannounced; return the leavers and the bundles left."""
    uniforms = np.random.default_rng(1).random((UNITS, 2, 6))
    subscribers, prospects = np.full((UNITS, 2), SUBSCRIBERS), np.zeros((UNITS, 2), dtype=np.int64)
    none, bundles, churned = np.zeros_like(prospects), np.full(UNITS, float(together)), np.zeros(2, dtype=np.int64)
    kept = np.zeros(2)
    leave(
        uniforms,
        np.full(2, CHANCE),
        0.0,
        15.0,
        none,
        none.copy(),
        subscribers,
        prospects,
        np.ones((UNITS, 2)),
        bundles,
        keeps,
        np.full((UNITS, 2), bond),
        pull,
        churned,
        np.zeros(2),
        kept,
    )
    assert (subscribers + prospects == SUBSCRIBERS).all() and (bundles >= 0).all()
    assert (bundles <= subscribers.min(axis=1)).all()
    np.testing.assert_allclose(kept, kept_worth(keeps, pull, bond, together), rtol=0.02)  # fixed lines leave first
    return churned, bundles


def kept_worth(keeps: float, pull: float, bond: float, together: float) -> float:
    """Return the expected worth of who stays for being bundled, less who is won by a competitor."""
    rate = CHANCE * (1 - keeps * together / SUBSCRIBERS) * (1 + pull * (1 - bond))
    return SUBSCRIBERS * UNITS * (CHANCE - rate)


@pytest.mark.parametrize("keeps", [0.0, 0.2, 0.7, 1.0])
def test_households_with_both_leave_as_much_less_often_as_stated(keeps: float) -> None:
    """A rate c for S - B single ones and c (1 - k) for B: c (S - k B) leave, c (1 - k) B of them end a bundle."""
    churned, bundles = left(keeps)
    expected = CHANCE * (SUBSCRIBERS - keeps * TOGETHER) * UNITS
    assert np.abs(churned - expected).max() < 4 * np.sqrt(expected)
    ended = 2 * CHANCE * (1 - keeps) * TOGETHER  # either business ends it
    assert TOGETHER - bundles.mean() == pytest.approx(ended if keeps else 0.0, rel=0.05, abs=1e-9)


def test_neglected_customers_leave_more_often_as_the_relationship_is_lost() -> None:
    for bond, pull in ((1.0, 2.0), (0.5, 2.0), (0.25, 1.0)):
        churned, _ = left(pull=pull, bond=bond)
        expected = CHANCE * SUBSCRIBERS * UNITS * (1 + pull * (1 - bond))
        assert np.abs(churned - expected).max() < 4 * np.sqrt(expected)
    whole, _ = left(pull=5.0, bond=1.0)
    without, _ = left()
    np.testing.assert_array_equal(whole, without)


def test_bundles_are_never_more_than_subscribers(plan: Scenario, town: Territory) -> None:
    world = build_world(load_scenario("plan", {"run.days": 110, "market.bundle_share": 1.0}), town)
    model, last = started(world, 1, 0)
    model.env.run(until=last)
    assert (model.bundles >= 0).all() and (model.bundles <= model.subscribers.min(axis=1)).all()
    assert 0 < model.bundles.sum() <= model.records.bundled.sum()


def test_switched_off_is_absent(town: Territory) -> None:
    """Fields at 0 give the bytes of a scenario that does not have them."""
    off: dict[str, Any] = {"run.days": 50, "market.bundle_keeps": 0.0, "market.rival_pull": 0.0}
    off |= {"market.month_spread": 0.0, "turnover.per_year": 0.0}
    stated = load_scenario("plan", off)
    bare = stated.model_dump()
    for key in ("bundle_keeps", "rival_pull", "month_spread"):
        del bare["market"][key]
    del bare["turnover"]
    absent = Scenario.model_validate(bare)
    assert absent.turnover.per_year == absent.market.bundle_keeps == absent.market.month_spread == 0
    assert _digest(simulate(stated, town)) == _digest(simulate(absent, town))
    on = {"market.bundle_keeps": 0.9, "market.rival_pull": 2.0, "market.month_spread": 0.2, "turnover.per_year": 0.3}
    for key, value in on.items():
        assert _digest(simulate(load_scenario("plan", {**off, key: value}), town)) != _digest(simulate(stated, town))


def _digest(run: Run) -> list[Any]:
    values = [getattr(run.records, item.name) for item in fields(run.records)]
    return [value.tobytes() if isinstance(value, np.ndarray) else value for value in values]


def test_good_and_bad_months_are_the_same_for_every_timeline_of_a_replication(town: Territory) -> None:
    numbers: dict[str, Any] = {"run.days": 120, "market.month_spread": 0.2}
    scenarios = [load_scenario(name, numbers) for name in ("plan", "big_bang", "no_merger")]
    worlds = [build_world(scenario, town) for scenario in scenarios]
    first, *others = (Model(world, 1, 0).demand for world in worlds)
    assert all((first == other).all() for other in others)
    factors = np.concatenate([(Model(worlds[0], 1, k).demand / worlds[0].demand)[[0, 30, 50, 75]] for k in range(400)])
    np.testing.assert_allclose(factors[:, 0], factors[:, 1])  # both businesses
    assert factors.mean() == pytest.approx(1.0, abs=0.02) and factors[:, 0].std() == pytest.approx(0.2, rel=0.1)
    days = worlds[0].table.days
    shocks = (first / worlds[0].demand)[:, 0]
    for a, b in zip(range(119), range(1, 120), strict=True):
        assert (abs(shocks[a] / shocks[b] - 1) < 1e-12) == (days[a].month == days[b].month)


def test_a_leaver_takes_his_part_of_the_relationships_with_him() -> None:
    """Three in an area, two of them in business 0: he takes 1/2 and 1/3 of 0.6, less 40 % that colleagues save."""
    bond, shops = np.ones((3, 2)), np.ones(3)
    sells = np.array([[True, False], [True, True], [False, True], [False, True]])
    patch, nobody = np.array([0, 0, 0, 1]), np.zeros(0, dtype=np.int64)
    end_relationships(0, patch, sells, 0.6, 0.4, np.array([0, 2]), np.array([1]), bond, shops)
    np.testing.assert_allclose(bond, [[1 - 0.6 * 0.6 / 2, 1], [1, 1], [1 - 0.6 * 0.6 / 2, 1]])
    np.testing.assert_allclose(shops, [1, 1 - 0.6 * 0.6 / 3, 1])
    end_relationships(3, patch, sells, 0.6, 0.4, np.array([1]), nobody, bond, shops)  # alone: nobody knows the area
    assert bond[1, 1] == pytest.approx(0.4)


@pytest.mark.slow
def test_in_steady_state_tenure_and_vacancies_are_what_the_rate_says(town: Territory) -> None:
    """Of n posts a share r V / (1 + r V) is vacant; who leaves has been there 1 / r days; half a year's rate is the
    logarithm's."""
    days = size(500, 2000)
    numbers: dict[str, Any] = {"run.days": days, "turnover.per_year": 0.9, "turnover.vacancy_days": 30}
    scenario = load_scenario("no_merger", numbers)
    world = after_usual_days(build_world(scenario, town))
    rate, count = leaving_rate(scenario.turnover, float(world.calendar_days.mean())), len(world.sellers.ids)
    runs = [simulate(scenario, town, replication=k).records for k in range(2)]
    late = slice(days // 4, None)
    leavers = sum(r.left[late].sum() for r in runs)
    expected = 2 * len(runs[0].left[late]) * count * rate / (1 + rate * 30)
    assert abs(leavers - expected) < 4 * np.sqrt(expected)
    hours = np.mean([r.hours[late, :, :-1].sum() / len(r.hours[late]) for r in runs]) / scenario.calendar.hours_per_day
    assert hours / count == pytest.approx(1 / (1 + rate * 30), rel=0.03)


@pytest.mark.slow
def test_in_steady_state_skill_is_the_mean_over_tenures(town: Territory) -> None:
    """Practice a day h, tenure exponential: E[t h / (t h + half)], summed over tenures and persons."""
    numbers: dict[str, Any] = {
        "run.days": 600,
        "turnover": {"per_year": 0.95, "unrest": 0.0, "unrest_days": 0, "vacancy_days": 0, "newcomer": 0.0},
        "learning.spread": 0.0,
    }
    scenario = load_scenario("no_merger", numbers)
    late, found, practice = slice(-300, None), [], []
    for replication in range(size(6, 24)):
        result = simulate(scenario, town, replication=replication)
        found.append(result.records.skill[late, 0, 0].mean())
        practice.append(result.records.hours[late, 0, 0].mean())
    world = result.world
    rate, half = leaving_rate(scenario.turnover, float(world.calendar_days.mean())), scenario.learning.fixed.half
    present = 1.0 - world.sellers.counter_share[world.sellers.is_cm]
    tenure = np.arange(0, 5000)[:, np.newaxis]
    hours = tenure * np.mean(practice) * present / present.sum()
    expected = (rate * (1 - rate) ** tenure * hours / (hours + half)).sum(axis=0).mean()
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found, ddof=1) / np.sqrt(len(found)))
    assert 0.4 < expected < 0.8 and np.std(found, ddof=1) < 0.1


def test_nobody_leaves_at_a_rate_of_nothing_and_everybody_in_the_end() -> None:
    assert leaving_rate(Rules(), 1.46) == 0.0
    assert (1 - leaving_rate(Rules(per_year=0.2), 1.0)) ** 365 == pytest.approx(0.8, abs=1e-3)


def test_more_leave_while_a_change_is_felt_and_the_same_ones_otherwise(town: Territory) -> None:
    numbers: dict[str, Any] = {"run.days": 90, "turnover.per_year": 0.5}
    calm = simulate(load_scenario("plan", {**numbers, "turnover.unrest": 0.0}), town).records.left
    upset = simulate(load_scenario("plan", {**numbers, "turnover.unrest": 4.0}), town).records.left
    first = int(np.argmax((calm != upset).any(axis=1)))
    begun = simulate(load_scenario("plan", numbers), town).world.table.phase[0]
    assert first >= int(np.argmax(begun >= 0)) and upset.sum() > 1.3 * calm.sum()
