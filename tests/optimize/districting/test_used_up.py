"""Few plans inside their bounds are found where one was planted; work that somebody asked for is used, no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import benchmarks
from benchmarks.territory_design import generated
from optimize import partition
from optimize.districting.heuristic import one_start as starts
from optimize.districting.heuristic.one_start import judge, one_start
from optimize.districting.heuristic.search import search_on
from optimize.districting.heuristic.seeds import start_plan
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.limits import WORK_LIMIT, used_up_to
from optimize.districting.problem.side_constraints import Wishes
from optimize.solving.deadline import Deadline
from scenarios import generate_city, load_territory

THREE = ("customers", "demand", "workload")
CITY = generate_city(units=240, centres=2, seed=3)
MOVES = 3_000
"""Tried by a start, for each unit."""


def planted(units, communities, seed, objective, tolerance=0.02):
    """Three skewed attributes, of which every community of a plan that is thrown away holds the mean exactly."""
    territory = generated(units, seed, skewed=True)
    bounds = dict.fromkeys(THREE, tolerance)
    asked = {"objective": objective, "weight": "demand", "bounds": {}}
    plan = start_plan(instance_of(territory, communities, balance=bounds, **asked), np.random.default_rng(seed))
    loads = {name: territory.attribute(name) for name in THREE}
    even = {name: load / np.bincount(plan, load)[plan] * load.sum() / communities for name, load in loads.items()}
    territory = replace(territory, units=territory.units.assign(**even))
    instance = instance_of(territory, communities, balance=bounds, **asked)
    assert judge(instance, plan, None).valid
    return instance


@pytest.mark.parametrize("objective", ["distance", "moment", "cut-edges"])
def test_a_start_finds_a_plan_inside_three_narrow_bounds_where_one_was_planted(objective, monkeypatch):
    instance = planted(200, 8, 1, objective)
    style = (2.0, 0.5) if objective == "cut-edges" else (2.0, 0.02)

    def found():
        streams = np.random.SeedSequence(6).spawn(4)
        return [one_start(instance, MOVES * 200, style, one, Deadline(20.0), None).valid for one in streams]

    assert any(found())
    monkeypatch.setattr(starts, "RESCUES", 0)
    assert not any(found())  # or this is no test of the rescues


def test_a_price_that_stays_ends_inside_half_a_percent_where_one_that_follows_is_caught_outside():
    kansas = load_territory(Path(benchmarks.__file__).parent / "counties" / "KS")
    instance = instance_of(
        kansas, 4, objective="cut-edges", weight="population", balance={"population": 0.005}, bounds={}
    )

    def inside(price):
        ends = []
        for luck in np.random.SeedSequence(1).spawn(4):
            rng = np.random.default_rng(luck)
            label = starts.annealed(
                instance, start_plan(instance, rng), 800_000, starts.Style(4.0, 0.5, price), rng, Deadline(), None
            )
            ends.append(judge(instance, label, None))
        return [end.value for end in ends if end.valid]

    fixed = inside(5.0)
    assert len(fixed) > len(inside(None))
    assert min(fixed) >= 32  # the fewest cut edges (Validi & Buchanan 2022, Table 9)


def test_work_is_used_that_was_asked_for_and_no_other():
    assert used_up_to(None, None, "normal") == used_up_to(60.0, 30.0, "quick") == 0.0
    assert used_up_to(None, 30.0, "normal") == used_up_to(5.0, 30.0, "normal") == 30.0
    assert used_up_to(None, None, "thorough") == WORK_LIMIT
    for effort in ("normal", "thorough"):  # a time limit is a safety stop, and is not to decide the plan
        assert 0 < used_up_to(60.0, None, effort) < 60.0


@pytest.mark.parametrize(
    "objective", ["moment", "distance", pytest.param("radius", marks=pytest.mark.slow), "cut-edges"]
)
def test_a_search_uses_its_work_unless_a_proof_ends_it(objective):
    asked = {"objective": objective, "balance": {"population": 0.03}, "work_limit": 1.0}
    plan = partition(CITY, 11, **asked)
    assert plan.proof == "feasible"
    assert plan.work >= 0.85 * 1.0
    course = [value for _, value in plan.course[""]]
    assert course == sorted(course, reverse=True) and plan.value == course[-1]
    assert partition(CITY, 11, effort="quick", **asked).work < 0.85 * 1.0
    again = partition(CITY, 11, jobs=2, **asked)
    assert (again.assignment == plan.assignment).all() and again.course == plan.course


@pytest.mark.parametrize("objective", ["moment", "distance", "cut-edges"])
def test_going_on_never_loses_the_plan_nor_what_stays_together(objective):
    group = [CITY.unit_ids[0], CITY.unit_ids[CITY.graph.indices[0]]]
    wishes = Wishes(keep_together=(tuple(group),))
    instance = instance_of(
        CITY, 9, objective=objective, weight="population", balance={"population": 0.1}, bounds={}, wishes=wishes
    )
    first = partition(
        CITY, 9, objective=objective, balance={"population": 0.1}, keep_together=[group], effort="quick", work_limit=1
    )
    label = np.unique(first.assignment, return_inverse=True)[1].astype(np.int64)
    found = search_on(instance, label, effort="normal", seed=3, deadline=Deadline(1.0))
    assert found.valid
    assert found.value <= judge(instance, label, None).value
