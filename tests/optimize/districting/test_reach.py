"""A radius that no plan can keep: said at once, with a radius below which none can, and never of one that is enough."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from optimize import partition
from optimize.districting.formulations import seats_in_reach
from optimize.districting.infeasibility.radius import in_the_way, too_short
from optimize.districting.problem.instance import Instance
from scenarios import InfeasibleError, Territory, generate_city
from tests.optimize.conftest import grid
from tests.optimize.districting.test_columns import a_grid
from tests.sizes import size


@st.composite
def small_maps(draw):
    width, height, k = draw(st.sampled_from([(3, 3, 2), (4, 2, 3), (5, 2, 2), (5, 1, 2), (4, 3, 4)]))
    n = width * height
    instance = a_grid(width, height, np.ones(n), k, "moment", [-np.inf], [np.inf])
    units = st.integers(0, n - 1)
    seats = draw(st.sets(units, max_size=k))
    groups = draw(st.lists(st.sets(units, min_size=2, max_size=3), max_size=1))
    return replace(
        instance,
        seats=np.array(sorted(seats), dtype=np.int64),
        together=tuple(tuple(sorted(g)) for g in groups),
        radius=draw(st.sampled_from([0.3, 0.9, 1.05, 1.5, 2.2, 3.1])),
    )


def least_radius(instance: Instance) -> float:
    """The shortest radius with which K seats reach everybody, by trying all choices of seats."""
    away = np.sqrt(instance.squared_distances())
    for group in instance.together:
        away[list(group)] = away[list(group)].max(axis=0)
    fixed = set(instance.seats.tolist())
    choices = itertools.combinations(range(len(instance)), instance.communities)
    return min(float(away[:, list(c)].min(axis=1).max()) for c in choices if fixed <= set(c))


@settings(max_examples=size(32, 80), deadline=None)
@given(small_maps())
def test_a_radius_that_is_enough_is_never_called_too_short(instance: Instance) -> None:
    needed, told = least_radius(instance), too_short(instance)
    if needed <= instance.radius:
        assert not told
    elif told:
        below = float(re.search(r"below ([\d.e+-]+) km", told).group(1))
        assert instance.radius <= below <= needed * (1 + 1e-6)
        assert in_the_way(instance)[-1] == "max_radius"


def test_on_a_line_the_least_radius_is_told() -> None:
    line: Territory = grid(9, 1, [10] * 9)
    with pytest.raises(InfeasibleError, match=r"a radius of 0\.5 km is too short for 3 communities; below 1 km none"):
        partition(line, 3, balance={"population": 0.5}, max_radius=0.5)
    assert partition(line, 3, balance={"population": 0.5}, max_radius=1.0).value > 0


def test_the_wish_that_makes_it_too_short_is_named() -> None:
    line = grid(9, 1, [10] * 9)
    with pytest.raises(InfeasibleError, match="what stands in the way is fix_seats, max_radius"):
        partition(line, 3, balance={"population": 0.5}, max_radius=1.0, fix_seats=["u00"])
    with pytest.raises(InfeasibleError, match="what stands in the way is keep_together, max_radius"):
        partition(line, 4, bounds={"population": (1, 90)}, max_radius=1.0, keep_together=[["u01", "u02", "u03", "u04"]])


def test_on_a_city_it_is_told_before_any_search() -> None:
    city = generate_city(units=300, centres=2, seed=5)
    with pytest.raises(InfeasibleError, match=r"too short for 10 communities; below [\d.]+ km none is enough"):
        partition(city, 10, balance={"population": 0.2}, max_radius=0.1, time_limit=2.0)


@pytest.mark.parametrize("seed", range(6))
def test_a_solver_whose_prices_are_off_proves_no_more_seats_than_are_needed(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    near = (rng.random((9, 9)) < 0.35) | np.eye(9, dtype=bool)
    fixed = np.array([0], dtype=np.int64)
    needed = min(
        1 + len(more)
        for count in range(9)
        for more in itertools.combinations(range(1, 9), count)
        if near[:, [0, *more]].any(axis=1).all()
    )

    def off(*asked, **options):
        found = linprog(*asked, **options)
        found.ineqlin.marginals = found.ineqlin.marginals * rng.uniform(0.5, 2.0, len(found.ineqlin.marginals))
        return found

    monkeypatch.setattr(seats_in_reach, "linprog", off)
    assert seats_in_reach.fewest_seats(csr_array(near.astype(float)), fixed) <= needed + 1e-9
