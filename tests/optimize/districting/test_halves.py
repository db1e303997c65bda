"""Two communities of a few units: the look at every division against brute force over labels, under every wish."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import partition
from optimize.districting.enumeration.two_communities import best_halves, can_be_halved, least_excess
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from scenarios import InfeasibleError, generate_city
from tests.optimize.districting.test_columns import a_grid
from tests.sizes import size


def every_division(instance: Instance):
    n = len(instance)
    for number in range(1, 1 << (n - 1)):
        yield (number >> np.arange(n)) & 1


@st.composite
def small_maps(draw):
    width, height = draw(st.sampled_from([(2, 2), (3, 2), (3, 3), (4, 2), (5, 2)]))
    n = width * height
    load = draw(st.lists(st.integers(0, 20), min_size=2 * n, max_size=2 * n))
    loads = np.array(load, dtype=float).reshape(n, 2)
    mean = loads.sum(axis=0) / 2
    share = draw(st.sampled_from([0.0, 0.05, 0.2, 0.6]))
    instance = a_grid(
        width, height, loads, 2, draw(st.sampled_from(["moment", "cut-edges"])), (1 - share) * mean, (1 + share) * mean
    )
    units = st.integers(0, n - 1)
    seats = draw(st.sets(units, max_size=2))
    pairs = draw(st.lists(st.tuples(units, units).filter(lambda p: p[0] != p[1]), max_size=2))
    groups = draw(st.lists(st.sets(units, min_size=2, max_size=3), max_size=1))
    return replace(
        instance,
        seats=np.array(sorted(seats), dtype=np.int64),
        apart=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        together=tuple(tuple(sorted(g)) for g in groups),
    )


@pytest.mark.slow
@settings(max_examples=size(24, 60))
@given(small_maps())
def test_the_look_at_every_division_finds_what_brute_force_finds(instance: Instance) -> None:
    checks = [check_plan(instance, label) for label in every_division(instance)]
    values = [check.value for check in checks if not check.faults]
    label = best_halves(instance)
    if label is None:
        assert not values
    else:
        found = check_plan(instance, label)
        assert not found.faults
        assert found.value == pytest.approx(min(values), rel=1e-9)


@settings(max_examples=size(16, 40))
@given(small_maps())
def test_the_least_relaxation_is_just_enough(instance: Instance) -> None:
    excess = least_excess(instance)
    wide = replace(instance, lower=np.full(2, -np.inf), upper=np.full(2, np.inf))
    if not np.isfinite(excess):
        assert best_halves(wide) is None
        return

    def widened(by: float) -> Instance:
        return replace(instance, lower=instance.lower - by * instance.mean, upper=instance.upper + by * instance.mean)

    assert best_halves(widened(excess + 1e-9)) is not None
    if excess > 1e-6:
        assert best_halves(widened(excess - 1e-6)) is None


def test_only_two_communities_of_a_few_units_without_a_radius_are_looked_at() -> None:
    instance = a_grid(4, 3, np.ones(12), 2, "moment", [5], [7])
    assert can_be_halved(instance)
    assert not can_be_halved(replace(instance, communities=3))
    assert not can_be_halved(replace(instance, radius=1.0))
    assert not can_be_halved(a_grid(6, 4, np.ones(24), 2, "moment", [5], [7]))


def test_a_small_request_is_proven_at_the_least_effort_and_refused_with_the_least_relaxation() -> None:
    city = generate_city(units=16, centres=1, seed=3)
    for objective in ("moment", "cut-edges"):
        plan = partition(city, 2, objective=objective, balance={"population": 0.2}, effort="quick")
        assert plan.proof == "optimal" and plan.value == plan.bound
    lumpy = city.with_columns({"population": [400.0 if n < 3 else 1.0 for n in range(16)]})
    with pytest.raises(InfeasibleError, match=r"no connected plan of 2 communities .*mean on every bound \(proven\)"):
        partition(lumpy, 2, balance={"population": 0.1}, effort="quick")
