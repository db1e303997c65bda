"""Closed formulas that the simulation must meet: Erlang C, M/M/c halls, the learning curve, queues by hand."""

import math
from collections.abc import Generator
from functools import partial
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scenarios import load_scenario, load_territory
from scenarios.rules.learning import experience_for, skill
from scenarios.rules.response import curvature, response
from scenarios.rules.travel import calls, hours_for, joint_offers
from scenarios.schema.operations import Curve
from sim import replicate, simulate
from sim.output_analysis.warm_up import warm_up_days
from sim.random_numbers.counts import another, binomial_quantile, poisson_quantile
from sim.settlement.counters import LEFT, REFUSED, SERVED, plan_courses, serve
from sim.settlement.market import mend
from sim.settlement.sellers import yield_of
from sim.settlement.visits import arrange, keep_subscribers
from sim.state.desk import Desk, Request
from sim.state.fast_timeouts import Clock, Pause, Process, live
from tests.sizes import size


def erlang_c_wait(arrivals_per_hour: float, minutes: float, agents: int) -> float:
    """Mean wait [hours] of M/M/c by the Erlang C formula (Erlang 1917)."""
    load = arrivals_per_hour * minutes / 60
    blocking = 1.0
    for c in range(1, agents + 1):
        blocking = load * blocking / (c + load * blocking)
    waits = blocking / (1 - load / agents * (1 - blocking))
    return waits / (agents * 60 / minutes - arrivals_per_hour)


LOADS = [
    0.5,
    *(pytest.param(x, marks=pytest.mark.slow) for x in (0.7, 0.8, 0.9, 0.95)),
]


@pytest.mark.slow
@pytest.mark.parametrize("load", LOADS)
def test_the_desk_waits_as_long_as_erlang_c_says(load: float) -> None:
    agents, minutes, hours = 4, 30.0, 8.0
    per_day = load * agents * 60 / minutes * hours
    days = 400 if load < 0.9 else size(750, 1500)
    scenario = load_scenario(
        "erlang_c",
        {
            "support.level1.agents": agents,
            "support.requests_per_day": per_day,
            "run.days": days,
            "run.warm_up_days": days // 10,
            "run.replications": 12,
        },
    )
    waits = replicate(scenario, jobs=2).values["support_wait_hours"]
    # A 99.9 % interval: one false alarm in a thousand loads.
    half = stats.t.ppf(0.9995, len(waits) - 1) * waits.std(ddof=1) / math.sqrt(len(waits))
    assert abs(waits.mean() - erlang_c_wait(per_day / hours, minutes, agents)) < half


def test_a_seller_alone_follows_the_closed_form_of_the_learning_curve() -> None:
    scenario = load_scenario("learning")
    result = replicate(scenario, load_territory("one_seller"))
    curve, start = scenario.learning.fixed, scenario.learning.CM.fixed
    days = np.arange(1, scenario.run.days + 1)
    practice = start + days * scenario.calendar.hours_per_day
    expected = curve.ceiling * practice / (practice + curve.half)
    for run in result.series["skill", "fixed", "CM"]:
        np.testing.assert_allclose(run, expected, rtol=0, atol=1e-9)


@given(st.floats(0.01, 1), st.floats(1, 1000), st.floats(0.01, 0.99))
def test_experience_for_a_level_is_the_inverse_of_skill(ceiling: float, half: float, part: float) -> None:
    curve = Curve(ceiling=ceiling, half=half)
    assert skill(curve, experience_for(curve, part * ceiling)) == pytest.approx(part * ceiling, rel=1e-9)
    assert experience_for(curve, ceiling) == math.inf


DRAWN = st.just(0.0) | st.floats(1e-16, 0.999999)
"""Uniforms as generators draw them, multiples of 2^-53: of far smaller ones SciPy itself finds no quantile."""


@given(DRAWN, st.floats(0, 80) | st.floats(80, 20_000))
def test_poisson_draws_are_the_quantiles_of_the_distribution(u: float, mean: float) -> None:
    expected = max(0.0, float(stats.poisson.ppf(u, mean))) if mean > 0 else 0.0
    exact = stats.poisson.cdf([expected - 1, expected], mean) if mean > 0 else [0, 1]
    if min(abs(u - exact[0]), abs(u - exact[1])) > 1e-9:  # at a jump both neighbours are right
        assert poisson_quantile(u, mean) == expected


@given(DRAWN, st.integers(0, 40) | st.integers(300, 3000), st.floats(0, 1))
def test_binomial_draws_are_the_quantiles_of_the_distribution(u: float, n: int, p: float) -> None:
    expected = max(0.0, float(stats.binom.ppf(u, n, p)))
    if min(abs(u - stats.binom.cdf([expected - 1, expected], n, p))) > 1e-9:
        assert binomial_quantile(u, n, p) == expected


def expected_variance(possible: float, share: float) -> float:
    """Variance of successes of a number of visits that is rounded at random: law of total variance."""
    part = possible - math.floor(possible)
    return possible * share * (1 - share) + part * (1 - part) * share**2


@pytest.mark.parametrize("possible", [0.1, 0.3, 0.5, 0.7, 1.2, 2.5])
def test_visits_turn_out_as_often_as_they_should_however_many_there_are(possible: float) -> None:
    """How the number of visits is rounded says nothing about what they bring."""
    share, draws, minutes, n = 0.3, np.random.default_rng(9).random((20_000, 2)), 30.0, 2
    one, order, bounds = np.array([0]), np.array([0]), np.array([0, 1])
    hours = next(h for h in np.arange(0.01, 9, 0.005) if calls(h, minutes, 1.0, 10.0) >= possible)
    many, worth, skill, bond = np.full((1, n), 1000), np.ones((1, n)), np.ones((1, 3)), np.ones((1, n))
    made = kept = 0
    counts = []
    for rounding, outcome in draws:
        visits, saved = np.zeros(1, dtype=np.int64), np.zeros(n, dtype=np.int64)
        free, uniforms = np.array([hours]), np.array([rounding])
        _, plan = arrange(free, minutes, np.ones(1), 10.0, uniforms, many, worth, worth, one, order, bounds, visits)
        decided = np.zeros_like(many)
        uniforms, kept_worth = np.array([outcome]), np.zeros(n)
        keep_subscribers(plan, skill, uniforms, share, 0.4, bond, 2 * worth, many.copy(), decided, saved, kept_worth)
        assert (kept_worth == 2 * saved).all()
        assert decided.sum() + saved.sum() == visits[0]
        made, kept = made + int(visits[0]), kept + int(saved.sum())
        counts.append(int(saved.sum()))
    assert np.var(counts) == pytest.approx(expected_variance(possible, share), rel=0.1)  # each visit with its own luck
    assert made / len(draws) == pytest.approx(possible, rel=0.05)
    assert abs(kept / made - share) < 4 * math.sqrt(share * (1 - share) / made)


def test_a_visit_goes_where_it_is_worth_most_to_who_makes_it() -> None:
    """Value x skill x weight by hand: the strong one takes 9 x 0.5, the other what is worth more to him, 4 x 0.9."""
    pool, value = np.array([[1, 9], [1, 9]]), np.array([[9.0, 4.0], [2.0, 4.0]])
    gain, zero = np.array([[0.5, 0.1], [0.1, 0.9]]), np.zeros(2, dtype=np.int64)
    hours, order, bounds, visits = np.full(2, 0.5), np.arange(2), np.array([0, 2]), zero.copy()
    _, plan = arrange(hours, 30.0, np.zeros(2), 10.0, np.zeros(2), pool, value, gain, zero, order, bounds, visits)
    assert [tuple(row) for row in np.transpose(plan).tolist()] == [(0, 0, 0), (1, 0, 1)]
    nothing = gain * [[0.0, 0.0], [1.0, 0.0]]  # appraisal counts nothing of what the first could do
    _, plan = arrange(hours, 30.0, np.zeros(2), 10.0, np.zeros(2), pool, value, nothing, zero, order, bounds, visits)
    assert visits.tolist() == [0, 1] and plan[2].tolist() == [0]


def test_draws_made_of_one_are_uniform_and_know_nothing_of_each_other() -> None:
    first = np.random.default_rng(3).random(4000)
    drawn = np.array([[another(u, k) for k in range(3)] for u in first])
    assert stats.kstest(drawn.ravel(), "uniform").pvalue > 1e-3
    assert np.abs(np.corrcoef(np.column_stack([first, drawn]).T) - np.eye(4)).max() < 4 / math.sqrt(len(first))


@given(st.floats(0.01, 10), st.floats(1, 60), st.floats(0, 500), st.floats(1, 50))
def test_hours_for_calls_are_the_inverse_of_calls(h: float, m: float, area: float, speed: float) -> None:
    assert hours_for(calls(h, m, area, speed), m, area, speed) == pytest.approx(h, rel=1e-9)


@given(st.floats(0.01, 10), st.floats(1, 60), st.floats(0, 500), st.floats(1, 50))
def test_calls_and_the_tour_between_them_fill_the_time_exactly(h: float, m: float, area: float, speed: float) -> None:
    n = calls(h, m, area, speed)
    tour = 0.7124 * math.sqrt(n * area)
    assert n * m / 60 + tour / speed == pytest.approx(h, rel=1e-9)


def queue(arrivals: np.ndarray, service: np.ndarray, clerks: int, **more: Any) -> tuple[np.ndarray, np.ndarray]:
    """Serve customers who all want what every clerk knows, and have patience; return waits and outcomes."""
    n = len(arrivals)
    wait, outcome = np.empty(n), np.empty(n, dtype=np.int64)
    how = {
        "patience": np.full(n, np.inf),
        "other": np.zeros(n, dtype=bool),
        "uniforms": np.full(n, 0.5),
        "closing": np.inf,
        "free": np.zeros(clerks),
        "learnt": np.zeros(clerks),
        "curve": (20.0, 1.0, 0.5),
        "course_at": np.full(clerks, np.inf),
        "course": 0.0,
        **more,
    }
    serve(arrivals, service, *how.values(), wait, outcome)
    return wait, outcome


@given(st.floats(0.1, 8), st.floats(0.1, 8), st.floats(1, 20), st.floats(0, 60), st.floats(2, 30))
def test_joint_visits_equal_separate_ones_when_the_second_offer_costs_a_whole_tour(
    one: float, two: float, minutes: float, area: float, speed: float
) -> None:
    doors = calls(one, minutes, area, speed), calls(two, minutes, area, speed)
    tour_of_the_lesser = 60 * min(one, two) / min(doors)  # minutes of a tour of its own, by offer
    assert joint_offers(one, two, minutes, tour_of_the_lesser, area, speed) == pytest.approx(doors, rel=1e-9)
    cheap = joint_offers(one, two, minutes, 0.5 * minutes, area, speed)
    assert cheap[0] > doors[0] and cheap[1] > doors[1]
    assert cheap[0] / cheap[1] == pytest.approx(doors[0] / doors[1])


@given(st.floats(0.1, 1.0) | st.just(1.0))
def test_the_response_has_the_elasticity_it_says_and_its_limit(elasticity: float) -> None:
    c, step = curvature(elasticity), 1e-6

    def sales(density: float) -> float:
        return density * response(density, c)

    assert sales(1.0) == pytest.approx(1.0)
    assert (math.log(sales(1 + step)) - math.log(sales(1 - step))) / (2 * step) == pytest.approx(elasticity, rel=1e-4)
    assert sales(3.0) <= 3.0 * (1 + 1e-9)
    if c > 1e-3:
        assert sales(1e12) == pytest.approx((1 + c) / c, rel=1e-6) and sales(3.0) < 3.0


def test_doors_in_two_areas_sell_most_in_proportion_to_their_prospects() -> None:
    """Two units, 100 and 300 prospects: by Lagrange, the hyperbola's optimum gives both the same contacts each."""
    prospects, usual, c = np.array([100.0, 300.0]), np.array([0.05, 0.05]), curvature(0.34)
    felt = np.array([[0.0, 0.0], [100.0, 1.0], [400.0, 2.0]])
    order, bounds, patch = np.array([0, 1]), np.array([0, 1, 2]), np.array([0, 1])
    potential = np.column_stack([prospects, np.ones(2)]).astype(np.int64)

    def sold(first: float) -> float:
        visits, yields = np.array([[first, 0.0], [20.0 - first, 0.0]]), np.zeros((2, 2))
        yield_of(visits, patch, felt, order, bounds, potential, usual, c, 2, yields)
        return float((visits[:, 0] * yields[:, 0]).sum())

    grid = np.linspace(0.1, 19.9, 199)
    assert grid[np.argmax([sold(x) for x in grid])] == pytest.approx(20 * 100 / 400)
    assert sold(5.0) == pytest.approx(20.0)  # 20 contacts, as many as today: a door brings what it does today


def test_another_sellers_doors_in_the_same_units_count_as_own_ones_do() -> None:
    felt, order = np.array([[0.0, 0.0], [50.0, 50.0], [100.0, 100.0], [150.0, 150.0]]), np.array([0, 1, 1])
    bounds, potential = np.array([0, 2, 3]), np.array([[100, 100], [50, 50]])  # the second area is a part of the first
    yields, usual = np.zeros((2, 2)), np.array([0.1, 0.1])
    visits = np.array([[10.0, 0.0], [5.0, 0.0]])
    yield_of(visits, np.array([0, 1]), felt, order, bounds, potential, usual, 1.0, 2, yields)
    assert yields[0, 0] == pytest.approx(2 / (1 + 15 / 10)) and yields[1, 0] == pytest.approx(2 / (1 + 10 / 5))


@pytest.mark.parametrize("days", [30.0, 75.0, 180.0])
def test_a_hand_over_costs_what_the_closed_form_says_and_beliefs_span_the_evidence(days: float) -> None:
    """A geometric series: weight x loss x sum of (1 - 1/d)^k over a year of 250 working days."""
    loss, weight, year = 0.5, 0.4, 250
    bond, lost = np.array([1.0 - loss]), 0.0
    for _ in range(year):
        lost += weight * (1 - bond[0])
        mend(bond, days)
    keeps = 1 - 1 / days
    assert lost / year == pytest.approx(weight * loss * (1 - keeps**year) * days / year)
    beliefs = load_scenario("plan").study.beliefs

    def cost(end: str) -> float:
        low = {k: getattr(beliefs[f"hand_over.{k}"], end) for k in ("weight", "loss", "recovery_days")}
        back = low["recovery_days"]
        return float(low["weight"] * low["loss"] * (1 - (1 - 1 / back) ** year) * back / year)

    assert cost("low") < 0.014 and cost("high") > 0.18  # from the model's of before to more than the evidence's


def test_a_queue_by_hand_comes_out_as_by_hand() -> None:
    arrivals, service = np.array([0.0, 0.1, 0.2, 0.3]), np.full(4, 1.0)
    wants, patience, free = np.array([False, False, True, False]), np.array([9.0, 9.0, 9.0, 0.5]), np.zeros(2)
    never = {"curve": (20.0, 1.0, 1.0)}  # a clerk without any skill sends everybody elsewhere
    wait, outcome = queue(arrivals, service, 2, patience=patience, other=wants, free=free, **never)
    assert outcome.tolist() == [SERVED, SERVED, REFUSED, LEFT]
    assert wait[:2].tolist() == [0.0, 0.0] and wait[3] == pytest.approx(0.7)
    assert free.tolist() == [1.0, 1.1]


def test_a_clerk_who_learns_is_slower_first_and_sends_fewer_elsewhere_later() -> None:
    """At half the skill a customer takes 1 + 1/2 of the time, and the same luck (0.4) no longer means elsewhere."""
    at, one, wants = np.array([0.0]), np.array([1.0]), np.array([True])
    free, learnt, lucky = np.zeros(1), np.array([20.0]), np.array([0.4])
    _, outcome = queue(at, one, 1, other=wants, uniforms=lucky, free=free, learnt=learnt)
    assert outcome[0] == SERVED and free[0] == 1.5 and learnt[0] == 21.5
    _, outcome = queue(at, one, 1, other=wants, uniforms=lucky, learnt=np.zeros(1))
    assert outcome[0] == REFUSED
    master, free = (20.0, 0.0, 0.0), np.zeros(1)  # switched off
    _, outcome = queue(at, one, 1, other=wants, uniforms=np.zeros(1), free=free, learnt=np.zeros(1), curve=master)
    assert outcome[0] == SERVED and free[0] == 1.0


def test_who_is_not_served_before_the_hall_closes_goes_home_and_a_course_waits_for_the_customer_before() -> None:
    arrivals, service = np.array([0.0, 7.5, 7.6]), np.array([2.5, 1.0, 1.0])
    free = np.zeros(1)
    wait, outcome = queue(arrivals, service, 1, closing=8.0, free=free, course_at=np.array([2.0]), course=3.0)
    assert outcome.tolist() == [SERVED, SERVED, LEFT]
    assert wait.tolist() == pytest.approx([0.0, 0.0, 0.4]) and free[0] == 8.5  # 2.5 h, then the course until 5.5


def test_courses_follow_one_another_and_leave_counters_open() -> None:
    staff, attended, learnt, at = np.array([0, 3, 4]), np.zeros(4), np.zeros(4), np.zeros(4)
    plan_courses((8.0, 16.0), np.array([True, False]), 2.0, 4.0, 2.0, staff, attended, learnt, at)
    assert at.tolist() == [8.0, 10.0, 12.0, np.inf]
    assert attended.tolist() == [2.0, 2.0, 2.0, 0.0] and learnt.tolist() == [4.0, 4.0, 4.0, 0.0]
    for _ in range(2):
        plan_courses((8.0, 16.0), np.array([True, False]), 2.0, 4.0, 2.0, staff, attended, learnt, at)
    assert np.isinf(at).all() and attended.max() == 4.0


@given(st.integers(1, 4), st.lists(st.tuples(st.floats(0, 2), st.floats(0.01, 3)), min_size=1, max_size=40))
def test_a_desk_serves_in_the_order_of_arrival_by_whoever_is_free(
    agents: int, customers: list[tuple[float, float]]
) -> None:
    """Processes at a desk wait as the recursion of Kiefer and Wolfowitz says."""
    env, waits = Clock(), []
    desk = Desk(env, agents)

    def agent(pause: Pause) -> Process:
        while True:
            while not desk.waiting:
                yield desk.rest(pause)
            request = desk.waiting.popleft()
            waits.append(env.now - request.at_desk)
            yield pause.hours(request.luck[0])

    def come() -> Generator[simpy.Event, None, None]:
        for gap, service in customers:
            yield env.timeout(gap)
            desk.ask(Request(env.now, 0, 0, 0, [service]))

    desk.staff(agent)
    env.process(come())
    env.run(until=sum(gap + service for gap, service in customers) + 1)
    arrivals = np.cumsum([gap for gap, _ in customers])
    wait, _ = queue(arrivals, np.array([s for _, s in customers]), agents)
    np.testing.assert_allclose(waits, wait, rtol=0, atol=1e-9)


@given(
    st.lists(st.lists(st.sampled_from([None, 0.0, 0.25, 0.5, 1.5]), max_size=8), min_size=1, max_size=6),
    st.sets(st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])),
)
def test_pauses_wake_in_the_order_in_which_timeouts_do(people: list[list[float | None]], stops: set[float]) -> None:
    """Hours of everybody, None for waiting until the bell of every full hour: as `env.process` has it.

    So also where the clock is stopped now and then, at the very moment at which somebody's pause is over.
    """
    logs: list[list[tuple[float, int]]] = []
    for paused in (False, True):
        env, log = Clock() if paused else simpy.Environment(), []
        bell = [env.event()]

        def ring(env: simpy.Environment = env, bell: list[simpy.Event] = bell) -> Generator[simpy.Event, None, None]:
            while True:
                yield env.timeout(1.0)
                rung, bell[0] = bell[0], env.event()
                rung.succeed()

        def person(
            i: int,
            pause: Pause,
            env: simpy.Environment = env,
            bell: list[simpy.Event] = bell,
            log: list[tuple[float, int]] = log,
            paused: bool = paused,
        ) -> Process:
            for hours in people[i]:
                if paused:
                    yield pause.until(bell[0]) if hours is None else pause.hours(hours)
                else:
                    yield bell[0] if hours is None else env.timeout(hours)
                log.append((env.now, i))
            if paused:
                yield pause

        for i in range(len(people)):
            if paused:
                live(env, partial(person, i))
            else:
                env.process(person(i, Pause(env)))
        env.process(ring())
        for stop in (*sorted(stops), 30.0):
            env.run(until=stop)
            log.append((env.now, -1))
        logs.append(log)
    assert logs[0] == logs[1]


def test_what_goes_wrong_in_a_process_reaches_whoever_lets_the_clock_run() -> None:
    clock = Clock()

    def fall(pause: Pause) -> Process:
        yield pause.hours(1.0)
        raise ValueError("a stair was missing")

    live(clock, fall)
    with pytest.raises(ValueError, match="a stair was missing") as caught:
        clock.run(until=2.0)
    assert clock.now == 1.0 and caught.traceback[-1].name == "fall"


@pytest.mark.parametrize("clerks", [1, 3])
def test_halls_wait_as_long_as_m_m_c_says(clerks: int) -> None:
    rng, rate, minutes, waits = np.random.default_rng(7), 0.8 * clerks * 5, 12.0, []
    for _ in range(12):
        n = 40_000
        arrivals, service = np.cumsum(rng.exponential(1 / rate, n)), rng.exponential(minutes / 60, n)
        wait, _ = queue(arrivals, service, clerks)
        waits.append(wait[n // 10 :].mean())
    half = stats.t.ppf(0.9995, len(waits) - 1) * np.std(waits, ddof=1) / math.sqrt(len(waits))
    assert abs(np.mean(waits) - erlang_c_wait(rate, minutes, clerks)) < half


@pytest.mark.parametrize("load", [0.5, 0.7, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("variation", [0.0, 0.5, 1.5])
def test_one_clerk_waits_as_pollaczek_and_khinchine_say(load: float, variation: float) -> None:
    """M/G/1 with even and with gamma service: the wait is rate E[S^2] / (2 (1 - load))."""
    rng, hours, waits = np.random.default_rng([8, round(100 * load), round(10 * variation)]), 0.2, []
    rate, n = load / hours, 60_000
    for _ in range(16):
        even = np.full(n, hours)
        service = even if variation == 0 else rng.gamma(variation**-2, hours * variation**2, n)
        wait, _ = queue(np.cumsum(rng.exponential(1 / rate, n)), service, 1)
        waits.append(wait[n // 10 :].mean())
    half = stats.t.ppf(0.9995, len(waits) - 1) * np.std(waits, ddof=1) / math.sqrt(len(waits))
    second_moment = hours**2 * (1 + variation**2)
    assert abs(np.mean(waits) - rate * second_moment / (2 * (1 - load))) < half


def test_the_warm_up_rule_cuts_a_climb_and_leaves_a_steady_series_alone() -> None:
    rng = np.random.default_rng(4)
    steady = 10 + rng.normal(0, 1, 400)
    climb = steady - 30 * np.exp(-np.arange(400) / 15)
    assert warm_up_days(steady) is not None and (warm_up_days(steady) or 0) <= 100
    assert 40 <= (warm_up_days(climb) or 0) <= 160
    assert warm_up_days(np.arange(400.0)) is None and warm_up_days(np.arange(10.0)) is None
    assert warm_up_days(np.stack([climb, climb])) == warm_up_days(climb)


@pytest.mark.slow
def test_the_support_desk_leaves_out_as_many_days_as_it_takes_to_fill() -> None:
    """The laboratory's own warm-up is at least what the rule asks for on the daily waits of a desk that starts idle."""
    scenario = load_scenario("erlang_c", {"run.days": 160, "run.replications": 10})
    waits = replicate(scenario).series["support_wait_hours", "all", "all"]
    needed = warm_up_days(waits)
    assert needed is not None and needed <= scenario.run.warm_up_days


def test_the_split_of_hours_is_the_optimum_it_claims_to_be() -> None:
    """The closed form maximises sum w (s h)^r; a grid of splits must not do better."""
    weights, skills, r = np.array([0.8, 0.2]), np.array([0.3, 0.9]), 0.3
    claim = (weights * skills**r) ** (1 / (1 - r))
    best = claim[0] / claim.sum()
    grid = np.linspace(0.001, 0.999, 999)

    def worth(share: float) -> float:
        return float(weights[0] * (skills[0] * share) ** r + weights[1] * (skills[1] * (1 - share)) ** r)

    assert worth(best) >= max(worth(x) for x in grid) - 1e-12


def test_a_laboratory_without_territory_has_nothing_but_its_desk() -> None:
    run = simulate(load_scenario("erlang_c", {"run.days": 20, "run.warm_up_days": 0}))
    assert run.records.sales.sum() == 0 and len(run.records.requests) > 0
