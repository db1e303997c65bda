"""The roll-out by waves: as good as trying everything, within the trainers' hours, honest where they are few."""

from itertools import product

import numpy as np
import pytest

from optimize import roll_out
from optimize.rollout.formulations import waves
from optimize.rollout.roll_out import _check_room, course_hours
from optimize.solving.solver import solve
from scenarios import InfeasibleError, InputError, load_scenario


@pytest.mark.parametrize("seed", range(15))
def test_the_waves_are_as_good_as_by_trying_every_assignment(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 6))
    hours, stake = rng.integers(1, 9, count).tolist(), rng.integers(0, 20, count).tolist()
    room = float(rng.integers(max(hours), sum(hours) + 1))
    most = None if seed % 2 else int(rng.integers(1, count + 1))
    model = waves.build(hours, stake, room, most)
    outcome = solve(model.problem)

    def fits(chosen: tuple[int, ...]) -> bool:
        loads = [sum(h for h, c in zip(hours, chosen, strict=True) if c == w) for w in range(count)]
        sizes = [chosen.count(w) for w in range(count)]
        return max(loads) <= room and (most is None or max(sizes) <= most)

    waits = [
        sum(p * w for p, w in zip(stake, chosen, strict=True))
        for chosen in product(range(count), repeat=count)
        if fits(chosen)
    ]
    assert outcome.proof == "optimal"
    assert outcome.objective == pytest.approx(min(waits))


def test_with_trainers_for_all_every_centre_starts_at_once() -> None:
    found = roll_out(load_scenario("plan"), {"a": 10, "b": 12}, {"a": 5e5, "b": 7e5}, days_between_waves=14)
    assert found.waves == (("a", "b"),) and found.value == 0 and found.proof == "optimal"


def test_few_trainers_go_first_where_most_persons_wait() -> None:
    scenario = load_scenario("plan", {"training.shared_trainers": 1})
    # Of the fortnight from 11 December the ten days of courses count: 6 working days, 2 sessions of 4 hours, 12 seats.
    assert course_hours(scenario, 3, 14) == 6 * 2 * 4 * 12
    sellers = dict.fromkeys("abc", 30)
    found = roll_out(scenario, sellers, {"a": 1e5, "b": 3e5, "c": 2e5}, days_between_waves=14)
    assert found.waves == (("b",), ("c",), ("a",))
    assert found.value == pytest.approx(2e5 * 1 + 1e5 * 2)
    assert "wave 1: b" in str(found) and list(found.to_frame()["wave"]) == [1, 2, 3]


def test_a_centre_beyond_all_trainers_is_named_with_what_helps() -> None:
    scenario = load_scenario("plan", {"training.shared_trainers": 1})
    with pytest.raises(InfeasibleError, match=r"b needs 1600 course hours .* 576 .*training\.shared_trainers"):
        roll_out(scenario, {"a": 10, "b": 100}, {"a": 1, "b": 1}, days_between_waves=14)
    with pytest.raises(InputError, match="no centres"):
        roll_out(scenario, {}, {}, days_between_waves=14)


@pytest.mark.parametrize("seed", range(12))
def test_small_centres_beside_a_metropolis_are_still_put_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    persons = dict(zip("abcde", np.round(10 ** rng.uniform(0, 7.5, 5)).tolist(), strict=True))
    scenario = load_scenario("plan", {"training.shared_trainers": 1})
    found = roll_out(scenario, dict.fromkeys("abcde", 1), persons, days_between_waves=14, most=1)
    order = sorted(persons.values(), reverse=True)
    least = sum(p * w for w, p in enumerate(order))
    assert found.bound is not None and found.bound <= least
    assert found.proof == "optimal" and found.value == least


def test_hours_that_just_fit_are_not_refused_for_their_last_digit() -> None:
    assert 3 * 13.3 > 39.9
    _check_room(["a"], [3 * 13.3], 39.9, 14)
    with pytest.raises(InfeasibleError, match=r"a needs 39\.91"):
        _check_room(["a"], [39.91], 39.9, 14)
