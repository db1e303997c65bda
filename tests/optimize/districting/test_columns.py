"""Proofs by whole communities against brute force, and the parts they are made of."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.districting.exact.branch_and_cut import prove_cuts, prove_moment
from optimize.districting.exact.column_generation import prove_by_columns
from optimize.districting.exact.exact_cover import bits_of, cover
from optimize.districting.exact.pricing.objectives import rooted
from optimize.districting.exact.set_partitioning import choose
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from tests.optimize.districting.divisions import every_plan
from tests.sizes import size

GO_ON = np.zeros(1, dtype=np.int64)


def a_grid(width, height, loads, communities, objective, lower, upper, weight=None):
    n = width * height
    edges = [(i, i + 1) for i in range(n) if i % width < width - 1] + [(i, i + width) for i in range(n - width)]
    near = [sorted([b for a, b in edges if a == i] + [a for a, b in edges if b == i]) for i in range(n)]
    points = np.array([[i % width + 0.1 * (i % 3), i // width + 0.07 * (i % 5)] for i in range(n)], dtype=float)
    loads = np.asarray(loads, dtype=float).reshape(n, -1)
    return Instance(
        tuple(map(str, range(n))),
        communities,
        objective,
        points,
        loads[:, 0].copy() if weight is None else np.asarray(weight, dtype=float),
        np.concatenate([[0], np.cumsum([len(x) for x in near])]).astype(np.int64),
        np.array([b for x in near for b in x], dtype=np.int64),
        np.array(edges, dtype=np.int64),
        tuple(f"a{q}" for q in range(loads.shape[1])),
        loads,
        np.asarray(lower, dtype=float),
        np.asarray(upper, dtype=float),
        loads.sum(axis=0) / communities,
        np.zeros(0, dtype=np.int64),
    )


def brute_force(instance):
    best = (np.inf, None)
    for label in every_plan(instance):
        value = check_plan(instance, label).value
        if value < best[0]:
            best = (value, label)
    return best


def some_plan(instance):
    return next(every_plan(instance), None)


def proven(instance, label=None, seconds=60.0):
    prices = np.full(len(instance), 1.0) * (check_plan(instance, label).value if label is not None else 1.0)
    everything = np.ones((len(instance), len(instance)), dtype=bool)
    deadline = Deadline(seconds)
    return prove_by_columns(instance, everything, label, 0.0, prices / len(instance), deadline=deadline, jobs=2)[0]


@pytest.mark.slow
@settings(max_examples=size(10, 25), deadline=None)
@given(st.data())
def test_both_objectives_agree_with_brute_force_on_tiny_maps(data):
    width, height, k = data.draw(st.sampled_from([(3, 3, 2), (3, 3, 3), (4, 2, 2), (5, 2, 3), (2, 4, 4)]))
    loads = data.draw(st.lists(st.integers(1, 9), min_size=width * height, max_size=width * height))
    slack = data.draw(st.sampled_from([0.1, 0.25, 0.6]))
    objective = data.draw(st.sampled_from(["moment", "cut-edges"]))
    mean = sum(loads) / k
    instance = a_grid(width, height, loads, k, objective, [mean * (1 - slack)], [mean * (1 + slack)])
    value, _ = brute_force(instance)
    label = some_plan(instance)
    if label is None:
        return
    exact = proven(instance, label)
    assert exact.proof == "optimal"
    assert exact.bound == pytest.approx(value)
    assert check_plan(instance, exact.label).value == pytest.approx(value)


@settings(max_examples=size(8, 15), deadline=None)
@given(st.data())
def test_several_balanced_attributes_hold_at_once(data):
    loads = [[data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))] for _ in range(8)]
    mean = np.array(loads).sum(axis=0) / 2
    instance = a_grid(4, 2, loads, 2, data.draw(st.sampled_from(["moment", "cut-edges"])), mean * 0.7, mean * 1.3)
    label = some_plan(instance)
    if label is not None:
        assert proven(instance, label).bound == pytest.approx(brute_force(instance)[0])


def test_a_fixed_seat_is_the_seat_of_its_community():
    from dataclasses import replace

    instance = a_grid(3, 3, np.ones(9), 3, "moment", [3], [3])
    instance = replace(instance, seats=np.array([0, 8]))
    exact = proven(instance, some_plan(instance))
    assert exact.proof == "optimal"
    assert exact.bound == pytest.approx(brute_force(instance)[0])


def test_the_result_does_not_depend_on_the_number_of_threads():
    loads = np.random.default_rng(3).integers(1, 20, 24)
    mean = loads.sum() / 4
    instance = a_grid(6, 4, loads, 4, "cut-edges", [mean * 0.9], [mean * 1.1])
    everything, prices = np.ones((24, 24), dtype=bool), loads * 20.0 / loads.sum()
    found = [
        prove_by_columns(instance, everything, None, 0.0, prices, deadline=Deadline(60), jobs=jobs)[0]
        for jobs in (1, 2)
    ]
    assert found[0].proof == found[1].proof == "optimal"
    assert np.array_equal(found[0].label, found[1].label)


@pytest.mark.parametrize("seed", range(2))
def test_no_plan_costs_less_than_what_its_units_and_seats_cost_at_least(seed, monkeypatch):
    monkeypatch.setattr("optimize.districting.exact.column_generation._close", lambda *_: None)
    monkeypatch.setattr("optimize.districting.exact.column_prices.PATIENCE", 1)
    rng = np.random.default_rng(seed)
    loads = rng.integers(1, 9, 9)
    mean = loads.sum() / 3
    instance = a_grid(3, 3, loads, 3, "moment", [0.7 * mean], [1.3 * mean])
    plans = list(every_plan(instance))
    worst = max(plans, key=lambda label: check_plan(instance, label).value)
    everything, prices = np.ones((9, 9), dtype=bool), np.full(9, check_plan(instance, worst).value / 9)
    deadline = Deadline(60)
    exact, at_least = prove_by_columns(instance, everything, worst, 0.0, prices, deadline=deadline)
    assert exact.proof == "feasible"
    assert np.isfinite(at_least).any()
    for label in plans:
        check = check_plan(instance, label)
        assert np.all(at_least[np.arange(9), check.seats[label]] <= check.value * (1 + 1e-9))


def test_prices_that_were_never_found_prove_nothing(monkeypatch):
    monkeypatch.setattr("optimize.districting.exact.column_prices.FAILURES", 0)
    loads = np.arange(1, 10)
    instance = a_grid(3, 3, loads, 3, "moment", [0.5 * loads.sum() / 3], [1.5 * loads.sum() / 3])
    worst = max(every_plan(instance), key=lambda label: check_plan(instance, label).value)
    exact = proven(instance, worst)
    assert exact.proof == "feasible"
    assert exact.bound == 0.0


def test_the_time_limit_holds_inside_the_trees_too():
    rng = np.random.default_rng(3)
    loads = rng.integers(80, 120, 120)
    mean = loads.sum() / 4
    instance = a_grid(12, 10, loads, 4, "moment", [0.9 * mean], [1.1 * mean])
    halt = np.ones(1, dtype=np.int64)
    trees = rooted(instance, np.ones((120, 120), dtype=bool), halt)
    with ThreadPoolExecutor(max_workers=1) as threads:
        root = trees.roots(np.full(120, 1e4), threads)[0]
    *_, left = trees.grow(root, np.inf, 10**12, cheapest=False)
    assert left < 0


def test_no_time_never_proves_anything():
    instance = a_grid(4, 4, np.arange(1, 17), 4, "moment", [30], [38])
    exact = proven(instance, some_plan(instance), seconds=-1.0)
    assert exact.proof == "feasible"
    assert exact.bound <= check_plan(instance, exact.label).value


def test_a_cover_is_the_cheapest_choice_of_disjoint_columns():
    rng = np.random.default_rng(5)
    columns = np.unique((rng.random((60, 9)) < 0.35).astype(np.int8), axis=0)
    cost = rng.integers(1, 30, len(columns)).astype(float)
    order = np.argsort(cost, kind="stable")
    columns, cost = columns[order], cost[order]
    truth = min(
        (
            cost[list(c)].sum()
            for c in itertools.combinations(range(len(columns)), 3)
            if np.all(columns[list(c)].sum(0) == 1)
        ),
        default=np.inf,
    )
    start = np.concatenate([[0], np.cumsum(columns.sum(axis=1, dtype=np.int64))])
    units = np.nonzero(columns)[1].astype(np.int64)
    _, best, left = cover(
        bits_of(columns), start, units, cost, cost, 0.0, 9, 3, np.inf, 10**6, GO_ON, np.zeros(len(cost)), np.inf
    )
    assert left >= 0
    assert best == truth
    chosen = choose(columns, cost, 3, 1000.0, 10**6, 1.0, GO_ON)
    assert chosen.complete
    assert (np.inf if chosen.chosen is None else 0.0) == (np.inf if truth == np.inf else 0.0)


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_dearer_than_what_leaves_units_uncovered_is_not_overlooked(seed: int) -> None:
    # Many cheap communities that fit into no plan make an uncovered unit look cheap beside the plans that there are.
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(6, 10)), int(rng.integers(2, 4))
    plans = [rng.permutation(np.arange(n) % k) for _ in range(4)]
    dear = [(label == c).astype(np.int8) for label in plans for c in range(k)]
    columns = np.unique(np.array([*dear, *(rng.random((40, n)) < 0.5).astype(np.int8)]), axis=0)
    columns = columns[columns.any(axis=1)]
    is_dear = (columns[:, None, :] == np.array(dear)[None]).all(axis=2).any(axis=1)
    cost = np.where(is_dear, rng.integers(50, 90, len(columns)), rng.integers(1, 3, len(columns))).astype(float)
    sets = [list(c) for c in itertools.combinations(range(len(columns)), k)]
    truth = min(cost[c].sum() for c in sets if np.all(columns[c].sum(0) == 1))
    found = choose(columns, cost, k, truth, 10**7, 1.0, GO_ON)
    assert found.complete
    assert found.chosen is not None
    dearer = choose(columns, cost, k, truth - 1, 10**7, 1.0, GO_ON)
    assert dearer.complete
    assert dearer.chosen is None


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_a_model_too_large_to_be_tried_keeps_the_plan_that_came_in(objective: str) -> None:
    instance = a_grid(20, 20, np.ones(400), 4, objective, [100.0], [100.0])
    label = np.array([2 * (i // 20 // 10) + i % 20 // 10 for i in range(400)])
    if objective == "moment":
        everything = np.ones((400, 400), dtype=bool)
        kept = prove_moment(instance, everything, label, 1.0, solver="highs", deadline=Deadline())
    else:
        kept = prove_cuts(instance, label, 1.0, solver="highs", deadline=Deadline())
    assert kept.label is label
    assert (kept.bound, kept.proof) == (1.0, "feasible")
