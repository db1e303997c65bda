"""Populations of plans: children take the place of what they resemble, crossing keeps to the borders of two plans."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import benchmarks
from benchmarks.partitions import COUNTIES
from optimize import partition
from optimize.districting.heuristic import search as heuristic
from optimize.districting.heuristic.crossover import crossed, evolve, pieces_in_common
from optimize.districting.heuristic.one_start import judge, one_start
from optimize.districting.heuristic.search import search
from optimize.districting.heuristic.side_by_side import each as each_of
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from scenarios import generate_city, load_territory
from tests.optimize.districting.test_columns import a_grid
from tests.sizes import size

FOREVER = Deadline()


def even_grid(width, height, k, slack=0.2):
    mean = width * height / k
    return a_grid(width, height, np.ones(width * height), k, "cut-edges", [mean * (1 - slack)], [mean * (1 + slack)])


def plans_of(instance, number, seed=1):
    streams = np.random.SeedSequence(seed).spawn(number)
    return [one_start(instance, 300, (2.0, 0.5), stream, FOREVER, None) for stream in streams]


@settings(max_examples=size(10, 25), deadline=None)
@given(st.integers(3, 7), st.integers(3, 7), st.integers(2, 4), st.integers(0, 1000))
def test_a_crossed_map_has_both_parents_plans_and_no_border_of_its_own(width, height, k, seed):
    instance = even_grid(width, height, k, slack=0.5)
    first, second = (found.label for found in plans_of(instance, 2, seed))
    small, member = crossed(instance, first, second)
    count, piece = pieces_in_common(instance, first, second)
    assert len(small) == count == len(np.unique(member))
    for plan in (first, second):
        alike = np.array([len(np.unique(plan[member == m])) for m in range(len(small))])
        assert (alike == 1).all()
        head = plan[np.unique(member, return_index=True)[1]]
        assert check_plan(small, head).value == check_plan(instance, plan).value
    ends = instance.edges
    apart = (first[ends[:, 0]] != first[ends[:, 1]]) | (second[ends[:, 0]] != second[ends[:, 1]])
    torn = member[ends[:, 0]] != member[ends[:, 1]]
    assert (torn <= apart).all()
    assert small.loads.sum() == instance.loads.sum()
    assert (pieces_in_common(instance, first, first)[0]) == k
    assert len(piece) == len(instance)


def test_a_population_stays_valid_and_diverse_and_never_becomes_worse():
    instance = even_grid(8, 8, 4)
    before = [found for found in plans_of(instance, 8) if found.valid]

    def child(parent, other, luck, _):
        assert parent is not other
        return one_start(instance, 2_000, (1.0, 0.1), luck, FOREVER, None)

    each = partial(each_of, deadline=FOREVER, jobs=2)
    after = evolve(instance, before, child, each, children=64, stream=np.random.SeedSequence(3), deadline=FOREVER)
    assert len(after) == len(before)
    assert all(found.valid and not check_plan(instance, found.label).faults for found in after)
    assert all(new.value <= old.value for old, new in zip(before, after, strict=True))
    assert sum(new.value for new in after) < sum(old.value for old in before)
    twins = [pieces_in_common(instance, a.label, b.label)[0] == 4 for n, a in enumerate(after) for b in after[:n]]
    original = [pieces_in_common(instance, a.label, b.label)[0] == 4 for n, a in enumerate(before) for b in before[:n]]
    assert sum(twins) <= sum(original)


def test_a_child_that_breaks_a_bound_takes_nobody_s_place():
    instance = even_grid(6, 6, 3)
    before = plans_of(instance, 4)
    lopsided = judge(instance, np.repeat([0, 1, 2], [34, 1, 1]), None)
    assert not lopsided.valid
    each = partial(each_of, deadline=FOREVER, jobs=1)
    stream = np.random.SeedSequence(1)
    after = evolve(instance, before, lambda *_: lopsided, each, children=8, stream=stream, deadline=FOREVER)
    assert all(a is b for a, b in zip(after, before, strict=True))


@pytest.mark.slow
def test_a_search_for_few_cut_edges_is_the_same_on_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(heuristic, "STARTS", {"normal": (2, 6)})
    city = generate_city(units=150, centres=3, seed=4)
    asked = {"objective": "cut-edges", "balance": {"population": 0.1}, "work_limit": size(2, 120)}
    plans = [partition(city, 5, jobs=jobs, **asked).assignment for jobs in (1, 3)]
    assert plans[0].equals(plans[1])


@pytest.mark.slow
def test_the_search_s_population_has_fewer_cut_edges_than_its_starts(monkeypatch):
    monkeypatch.setattr(heuristic, "STARTS", {"normal": (2, 8)})
    monkeypatch.setattr(heuristic, "STEPS_PER_UNIT", {"normal": 20})  # too few for every start to end at the optimum
    monkeypatch.setattr(heuristic, "LEAST_STEPS", 0)
    instance = even_grid(16, 16, 9, slack=0.05)
    made = {}

    def watched(instance, population, *rest, **named):
        made["starts"], made["children"] = list(population), named["children"]
        made["after"] = evolve(instance, population, *rest, **named)
        return made["after"]

    monkeypatch.setattr(heuristic, "evolve", watched)
    found = search(instance, effort="normal", seed=1, deadline=FOREVER, jobs=2)
    assert found.valid
    assert found.value <= min(one.value for one in made["after"])
    assert sum(one.value for one in made["after"]) < sum(one.value for one in made["starts"])
    whole = made["children"]
    short = search(instance, effort="normal", seed=1, deadline=FOREVER, jobs=2, brief=True)
    assert made["children"] == whole // 2 > 0
    assert short.valid
    assert short.value == min(one.value for one in made["after"])


@pytest.mark.slow
@pytest.mark.parametrize("state", ["KS", "AL"])
def test_lumpy_counties_are_proven_where_the_first_look_has_no_plan_or_a_poor_one(state):
    territory = load_territory(Path(benchmarks.__file__).parent / "counties" / state)
    plan = partition(territory, COUNTIES[state], balance={"population": 0.005}, time_limit=240, jobs=2)
    assert plan.proof == "optimal"
    assert plan.bound == plan.value
