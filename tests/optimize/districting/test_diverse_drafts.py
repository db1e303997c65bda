"""Drafts that differ on purpose: connected, near to equal, and where hot starts agree on a worse plan, better."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import partition
from optimize.districting.heuristic.diverse_drafts import KINDS, diverse_draft, plans_lie_apart, settled_draft
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.verify import check_plan, reach
from optimize.solving.deadline import Deadline
from scenarios import generate_city, load_territory
from tests.sizes import FULL, size

PUBLISHED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "published"
SIZES = {"population": (779_873.0, 787_709.0)}
TOWN = generate_city(units=120, centres=2, seed=4)


def instance_for(communities, tolerance=0.1):
    return instance_of(
        TOWN,
        communities,
        objective="cut-edges",
        weight="population",
        balance={"population": tolerance},
        bounds={},
        seats=(),
    )


@settings(max_examples=size(12, 30), deadline=None)
@given(st.integers(2, 8), st.integers(0, 5), st.integers(0, 1_000))
def test_drafts_of_every_kind_are_connected_communities_of_their_number(communities, number, seed):
    instance = instance_for(communities)
    label = diverse_draft(instance, number, np.random.default_rng(seed))
    assert sorted(np.unique(label).tolist()) == list(range(communities))
    for k in range(communities):
        members = set(np.flatnonzero(label == k).tolist())
        assert reach(instance, label, min(members)) == members


def test_kinds_cut_the_map_in_different_ways():
    instance = instance_for(2)
    plans = {diverse_draft(instance, kind, np.random.default_rng(1)).tobytes() for kind in range(len(KINDS))}
    assert len(plans) == len(KINDS)
    assert plans_lie_apart(instance) and not plans_lie_apart(instance_for(9))


def test_a_settled_draft_keeps_its_bounds_and_is_the_same_again():
    instance = instance_for(3)
    found = [settled_draft(instance, 0, np.random.default_rng(5), Deadline(9.0)) for _ in range(2)]
    assert found[0].valid and not check_plan(instance, found[0].label).faults
    assert (found[0].label == found[1].label).all()


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published instances are not beside the project")
@pytest.mark.parametrize("seed", [1, 2, 3] if FULL else [1])
def test_the_published_optimum_of_298_tracts_in_two_is_found_whatever_the_seed(seed):
    territory = load_territory(PUBLISHED / "ID_tract")
    asked = {"objective": "cut-edges", "bounds": SIZES, "effort": "normal", "work_limit": 15}
    found = partition(territory, 2, seed=seed, **asked)
    assert found.value == 17  # Validi & Buchanan 2022, table 13
    assert found.bound is not None and found.bound <= 17


@pytest.mark.slow
@pytest.mark.skipif(not (FULL and PUBLISHED.is_dir()), reason="it takes minutes (FULL=1), and the published instances")
def test_the_published_optimum_of_298_tracts_in_two_is_proven():
    territory = load_territory(PUBLISHED / "ID_tract")
    found = partition(territory, 2, objective="cut-edges", bounds=SIZES, work_limit=300)
    assert (found.value, found.proof, found.clock_bound) == (17, "optimal", ())


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["moment", "distance", "cut-edges"])
def test_the_course_of_a_search_falls_and_ends_at_the_plan_on_any_number_of_threads(objective):
    territory = generate_city(units=40, centres=2, seed=7)
    plans = [
        partition(
            territory, 5, objective=objective, balance={"population": 0.1}, effort="quick", work_limit=2, jobs=jobs
        )
        for jobs in (1, 2)
    ]
    (course,) = plans[0].course.values()
    assert plans[1].course == plans[0].course
    assert all(a[0] <= b[0] and a[1] > b[1] for a, b in itertools.pairwise(course))
    assert course[-1][1] == pytest.approx(plans[0].value)
    assert 0 < course[-1][0] <= plans[0].work + 1e-6
    assert plans[0].to_dict()["course"] == {"": [list(point) for point in course]}
