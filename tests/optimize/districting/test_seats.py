"""Proofs by sets of seats against brute force: maps with a giant unit, the sets listed, the plan about each."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.districting.exact.fixed_seats import best_about
from optimize.districting.exact.lagrangian_bound import lagrange
from optimize.districting.exact.seat_enumeration import fit_for_seats, prove_by_seats
from optimize.districting.exact.seat_prices import MUST, Node
from optimize.districting.exact.seat_sets import list_seat_sets
from optimize.districting.exact.separators import Ground
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from tests.optimize.districting.divisions import every_plan
from tests.optimize.districting.test_columns import a_grid, brute_force
from tests.sizes import size

GO_ON = np.zeros(1, dtype=np.int64)


def lumpy(width, height, k, giant, seed, slack):
    """A grid where one unit holds about so large a part of a community."""
    rng = np.random.default_rng(seed)
    loads = rng.integers(1, 10, width * height).astype(float)
    loads[rng.integers(len(loads))] = max(1.0, round(giant * loads.sum() / k))
    mean = loads.sum() / k
    return a_grid(width, height, loads, k, "moment", [mean * (1 - slack)], [mean * (1 + slack)])


def proven(instance, label=None, jobs=1, seconds=60.0):
    value = np.inf if label is None else check_plan(instance, label).value
    dual = lagrange(instance, value, rounds=200, deadline=Deadline())
    return prove_by_seats(instance, dual, label, deadline=Deadline(seconds), jobs=jobs)


def ground_of(instance):
    cost = np.ascontiguousarray((instance.weight[:, None] * instance.squared_distances()).T)
    return Ground(cost, instance.loads, instance.lower, instance.upper, instance.indptr, instance.indices)


def best_by_set(instance):
    """The least moment about every set of seats, by looking at every plan and all choices of a seat in it."""
    cost, best = instance.weight[:, None] * instance.squared_distances(), {}
    for label in every_plan(instance):
        members = [np.flatnonzero(label == c) for c in range(instance.communities)]
        sums = [{int(j): float(cost[m, j].sum()) for j in m} for m in members]
        for seats in itertools.product(*members):
            key, value = tuple(sorted(map(int, seats))), sum(s[int(j)] for s, j in zip(sums, seats, strict=True))
            best[key] = min(best.get(key, np.inf), value)
    return best


@pytest.mark.slow
@settings(max_examples=size(12, 30), deadline=None)
@given(st.data())
def test_the_best_plan_of_a_map_with_a_giant_is_found_and_proven_or_that_there_is_none(data):
    width, height, k = data.draw(st.sampled_from([(3, 3, 2), (3, 3, 3), (5, 2, 2), (4, 3, 2)]))
    giant, seed = data.draw(st.sampled_from([0.3, 0.6, 0.8, 0.95])), data.draw(st.integers(0, 10_000))
    instance = lumpy(width, height, k, giant, seed, data.draw(st.sampled_from([0.05, 0.15, 0.4])))
    value, label = brute_force(instance)
    for known in (None, label) if label is not None else (None,):
        exact = proven(instance, known)
        assert exact.proof == ("infeasible" if label is None else "optimal")
        if label is not None:
            assert exact.bound == pytest.approx(value)
            assert check_plan(instance, exact.label).faults == ()
            assert check_plan(instance, exact.label).value == pytest.approx(value)


@pytest.mark.parametrize(("seed", "giant", "slack"), [(1, 0.7, 0.2), (3, 0.85, 0.15)])
def test_no_set_of_seats_within_the_limit_is_missed_and_the_plan_about_each_is_the_best(seed, giant, slack):
    instance = lumpy(5, 2, 3, giant, seed, slack)
    n, k = len(instance), instance.communities
    best = best_by_set(instance)
    limit = sorted(best.values())[len(best) // 2] * (1 + 1e-9)
    root = Node(
        np.ones((n, n), dtype=np.int8), np.ones(n, dtype=np.int8), np.zeros(n), np.zeros((1, n)), np.zeros(n),
        np.zeros(k, dtype=np.int64),
    )  # fmt: skip
    found = {}
    for part in range(2):
        sets, allowed, bounds, left = list_seat_sets(ground_of(instance), root, limit, part, 2, 999, 99_999, GO_ON)
        assert left >= 0
        for seats, possible, bound in zip(sets, allowed, bounds, strict=True):
            key = tuple(seats.tolist())
            label, value, _ = best_about(ground_of(instance), seats, possible, limit, 99_999, GO_ON)
            assert bound <= value + 1e-9
            found[key] = min(found.get(key, np.inf), value)
            if np.isfinite(value):
                assert check_plan(instance, label).faults == ()
                assert set(seats[label[seats]].tolist()) == set(seats.tolist())
    within = {key: value for key, value in best.items() if value <= limit}
    assert len(within) > 3
    for key, value in within.items():
        assert found[key] == pytest.approx(value)
    assert all(not np.isfinite(value) for key, value in found.items() if key not in within)


def test_a_fixed_seat_is_in_every_set():
    instance = replace(lumpy(3, 3, 3, 0.6, 5, 0.3), seats=np.array([0, 8]))
    value, label = brute_force(instance)
    exact = proven(instance)
    assert label is not None
    assert exact.bound == pytest.approx(value)
    assert set(check_plan(instance, exact.label).seats.tolist()) >= {0, 8}


@pytest.mark.parametrize("seed", range(4))
def test_several_balanced_attributes_hold_at_once(seed):
    loads = np.random.default_rng(seed).integers(1, 9, (10, 2)).astype(float)
    mean = loads.sum(axis=0) / 2
    instance = a_grid(5, 2, loads, 2, "moment", mean * 0.8, mean * 1.2)
    value, label = brute_force(instance)
    exact = proven(instance)
    assert exact.proof == ("infeasible" if label is None else "optimal")
    assert exact.bound == pytest.approx(value)


def test_the_result_does_not_depend_on_the_number_of_threads():
    instance = lumpy(8, 6, 4, 0.8, 7, 0.02)
    one, two = proven(instance, jobs=1), proven(instance, jobs=2)
    assert one.proof == two.proof == "optimal"
    assert one.bound == two.bound
    assert np.array_equal(one.label, two.label)


def test_without_time_the_bound_and_the_plan_that_came_in_are_kept():
    instance = lumpy(8, 6, 4, 0.8, 7, 0.02)
    best = proven(instance)
    exact = proven(instance, seconds=-1.0)
    assert (exact.proof, exact.label) == ("feasible", None)
    assert exact.bound <= best.bound


def test_wishes_that_the_trees_do_not_know_are_left_to_others():
    instance = lumpy(4, 3, 3, 0.6, 5, 0.3)
    assert fit_for_seats(instance)
    assert not fit_for_seats(replace(instance, radius=3.0))
    assert not fit_for_seats(replace(instance, together=((0, 1),)))
    assert not fit_for_seats(replace(instance, apart=np.array([[0, 1]])))
    assert not fit_for_seats(replace(instance, lower=np.array([0.0])))


def test_a_seat_that_must_be_may_be_known_from_the_start():
    instance = lumpy(4, 3, 3, 0.6, 5, 0.3)
    known = np.ones(12, dtype=np.int8)
    known[4] = MUST
    root = Node(
        np.ones((12, 12), dtype=np.int8), known, np.zeros(12), np.zeros((1, 12)), np.zeros(12), np.zeros(3, int)
    )
    sets, _, _, _ = list_seat_sets(ground_of(instance), root, 1e9, 0, 1, 999, 99_999, GO_ON)
    assert len(sets) > 1
    assert np.all((sets == 4).any(axis=1))
