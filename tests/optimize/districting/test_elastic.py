"""The stated relaxation against all connected divisions of tiny maps, under every wish."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import partition
from optimize.districting.infeasibility import relax as elastic
from optimize.districting.infeasibility.relax import PROVEN, Relaxation, smallest_relaxation
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from optimize.solving.solver import Solution
from scenarios import InfeasibleError, generate_city
from tests.optimize.conftest import grid
from tests.optimize.districting.divisions import every_division
from tests.optimize.districting.test_columns import a_grid
from tests.sizes import size

WISHES = ("keep_together", "keep_apart", "max_radius", "fix_seats")
INFINITE = np.full(2, np.inf)


def widened(instance: Instance, by: float) -> Instance:
    return replace(instance, lower=instance.lower - by * instance.mean, upper=instance.upper + by * instance.mean)


@st.composite
def wishful_maps(draw, wishes: tuple[str, ...] = WISHES):
    width, height, k = draw(st.sampled_from([(3, 3, 3), (4, 2, 3), (4, 2, 2), (5, 2, 3), (3, 3, 4)]))
    n = width * height
    loads = np.array(draw(st.lists(st.integers(1, 20), min_size=2 * n, max_size=2 * n)), dtype=float).reshape(n, 2)
    mean, share = loads.sum(axis=0) / k, draw(st.sampled_from([0.0, 0.001, 0.1]))
    weight = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    objective = draw(st.sampled_from(["moment", "cut-edges"]))
    instance = a_grid(width, height, loads, k, objective, mean * (1 - share), mean * (1 + share), weight)
    units = st.integers(0, n - 1)
    changes: dict[str, object] = {}
    if "keep_together" in wishes:
        changes["together"] = ((0, 1),)
    if "keep_apart" in wishes:
        pairs = draw(
            st.lists(st.tuples(units, units).filter(lambda p: p[0] != p[1]), min_size=1, max_size=2, unique=True)
        )
        changes["apart"] = np.array(pairs, dtype=np.int64)
    if "max_radius" in wishes:
        changes["radius"] = draw(st.sampled_from([1.1, 1.3, 1.6, 2.2]))
    if "fix_seats" in wishes:
        changes["seats"] = np.array(sorted(draw(st.sets(units, min_size=2, max_size=min(k, 3)))), dtype=np.int64)
    return replace(instance, **changes)


def agrees_with_brute_force(instance: Instance) -> None:
    loose = replace(instance, lower=-INFINITE, upper=INFINITE)
    kept = [label for label in every_division(instance) if not check_plan(loose, label).faults]
    stated = smallest_relaxation(instance, seed=1, deadline=Deadline(60))
    if math.isinf(stated.proven):
        assert not kept and stated.obstacles and "proven): what stands in the way is" in str(stated)
        return

    def admits(by: float) -> bool:
        return any(not check_plan(widened(instance, by), label).faults for label in kept)

    assert stated.found <= stated.proven + PROVEN
    assert admits(stated.found + 1e-6)
    assert stated.found == 0 or not admits(stated.found - 1e-4)
    said = re.search(r"([\d.]+)%", str(stated))
    assert said and admits(float(said[1]) / 100 + 1e-9) and not (stated.found and admits(float(said[1]) / 100 - 1e-3))


@pytest.mark.slow
@pytest.mark.parametrize("wish", WISHES)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_the_relaxation_under_one_wish_is_just_enough(wish: str, data: st.DataObject) -> None:
    agrees_with_brute_force(data.draw(wishful_maps((wish,))))


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_the_radius_of_cut_edges_counts_from_the_seats_of_least_moment(objective: str) -> None:
    """Once from those of the least sum of distances, by which other divisions keep the radius: 36.4 % were proven."""
    loads = np.ones((9, 2))
    loads[8, 1] = 3
    mean = loads.sum(axis=0) / 3
    instance = replace(a_grid(3, 3, loads, 3, objective, mean, mean, [3] + [1] * 8), radius=1.3)
    assert smallest_relaxation(instance, seed=1, deadline=Deadline(60)).proven == pytest.approx(1 / 3, abs=1e-5)
    agrees_with_brute_force(instance)


@pytest.mark.slow
@settings(max_examples=size(16, 40), deadline=None)
@given(st.sets(st.sampled_from(WISHES)).flatmap(lambda wishes: wishful_maps(tuple(wishes))))
def test_the_relaxation_under_several_wishes_is_just_enough(instance: Instance) -> None:
    agrees_with_brute_force(instance)


@pytest.mark.parametrize(
    ("width", "changes", "named"),
    [
        (5, {"radius": 0.3}, ("max_radius",)),
        (5, {"radius": 0.3, "together": ((0, 1),)}, ("max_radius",)),
        (5, {"apart": np.array([[0, 1], [1, 2], [0, 2]]), "seats": np.array([9])}, ("keep_apart",)),
        (5, {"apart": np.array([[0, 1]]), "seats": np.array([9]), "together": ((0, 1, 2),)},
         ("keep_together", "keep_apart")),
        (5, {"apart": np.array([[0, 1]]), "seats": np.array([0, 4, 9])}, ("fix_seats",)),
        (5, {"together": ((0, 1),), "seats": np.array([0, 1])}, ("keep_together", "fix_seats")),
        (4, {"together": ((0, 1),), "seats": np.array([0, 1])}, ("keep_together", "fix_seats")),
    ],
)  # fmt: skip
def test_wishes_that_no_bounds_admit_are_named(width: int, changes: dict[str, object], named: tuple[str, ...]) -> None:
    instance = replace(a_grid(width, 2, np.ones(2 * width), 2, "moment", [4.0], [6.0]), **changes)
    stated = smallest_relaxation(instance, seed=1, deadline=Deadline(30))
    assert stated.obstacles == named
    assert str(stated).endswith(f"what stands in the way is {', '.join(named)}.")


@pytest.mark.parametrize(
    ("relaxation", "says"),
    [
        (Relaxation(0.117949, 0.117949), "The smallest relaxation that admits a plan is 11.80% of the mean"),
        (Relaxation(0.00001, 0.00001), "is 0.01% of the mean"),
        (Relaxation(0.2, 0.117949), "Bounds wider by 20.00% of the mean admit a plan (found; less than 11.79%"),
        (Relaxation(0.2, 0.0), "Bounds wider by 20.00% of the mean admit a plan (found)."),
        (Relaxation(math.inf, 0.05), "No relaxation of the bounds alone was found that admits a plan; less than 5.00%"),
        (Relaxation(math.inf, 0.0), "No relaxation of the bounds alone was found that admits a plan."),
    ],
)
def test_a_relaxation_says_what_is_known(relaxation: Relaxation, says: str) -> None:
    assert says in str(relaxation)


@pytest.mark.slow
@pytest.mark.parametrize("wish", [{"max_radius": 1.55}, {"max_radius": 1.8}, {"fix_seats": ("U0010", "U0014")}])
@pytest.mark.parametrize("seed", [2, 5])
def test_a_request_that_gives_way_as_it_was_told_is_met(seed: int, wish: dict[str, object]) -> None:
    city = generate_city(units=14, centres=1, seed=seed)
    with pytest.raises(InfeasibleError) as refused:
        partition(city, 3, balance={"population": 0.001}, **wish)
    told = re.search(r"smallest relaxation .* is ([\d.]+)% .*\(proven\)", str(refused.value))
    if told is None:
        assert "what stands in the way is" in str(refused.value)
        return
    share = float(told[1]) / 100
    assert partition(city, 3, balance={"population": 0.001 + share}, **wish).communities == 3
    if share > 2e-3:
        with pytest.raises(InfeasibleError):
            partition(city, 3, balance={"population": share - 1e-3}, **wish)


def test_around_locked_communities_shares_are_of_the_mean_of_all() -> None:
    today = ["a"] * 4 + ["b"] * 6
    territory = grid(10, 1, [40, 40, 40, 40, 10, 10, 10, 10, 10, 10]).with_columns({"today": today})
    asked = {"current": "today", "lock": ["a"], "balance": {"population": 0.5}}
    with pytest.raises(InfeasibleError, match=r"cannot hold the total of 60 \(mean 30\)"):
        partition(territory, 3, **asked)
    lumpy = territory.with_columns({"population": [5, 5, 5, 5, 30, 2, 2, 42, 2, 2]})
    with pytest.raises(InfeasibleError) as refused:
        partition(lumpy, 3, **(asked | {"balance": {"population": 0.3}}))
    told = re.search(r"is ([\d.]+)% of the mean", str(refused.value))
    assert told and float(told[1]) == 9.0  # 46 in a community instead of 43, where the mean of all is 33.3
    wider = asked | {"balance": {"population": 0.3 + float(told[1]) / 100}}
    assert partition(lumpy, 3, **wider).communities == 3


def test_a_bound_beyond_the_tolerance_of_a_solver_does_not_say_what_is_too_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance = a_grid(4, 5, np.arange(1.0, 21.0), 2, "moment", [105.0], [105.0])
    monkeypatch.setattr(elastic, "can_be_exhausted", lambda _: False)
    monkeypatch.setattr(elastic, "_by_search", lambda *_: math.inf)
    told = Solution("unknown", None, 0.05 + 1e-6, 0.0, "highs")
    monkeypatch.setattr(elastic, "solved_within", lambda *_, **__: told)
    assert smallest_relaxation(instance, seed=1, deadline=Deadline(60)).proven < 0.05


def test_of_what_is_0_in_every_unit_no_share_is_said_to_help() -> None:
    territory = grid(5, 2, [0] * 5 + [2] * 5).with_columns({"row": ["a"] * 5 + ["b"] * 5})
    with pytest.raises(InfeasibleError) as refused:
        partition(territory, 2, within="row", bounds={"population": (1, 20)})
    assert str(refused.value).endswith("(proven): what stands in the way is population, 0 in every unit.")
