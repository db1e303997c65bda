"""Moved has one meaning in every file: work that leaves the community which most of its new one comes from."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from optimize import PartitionResult, partition
from scenarios import Plan, Territory, generate_city
from scenarios.rules.moved import moved_units, share_moved, share_of_plan_moved, share_renamed, work_of
from scenarios.rules.scorecard import scorecard

UNITS = st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("123"), st.integers(1, 20)), min_size=1, max_size=30)


@given(UNITS)
def test_the_share_of_a_plan_is_that_of_its_communities_together(units: list[tuple[str, str, int]]) -> None:
    before, after, work = (pd.Series(list(part)) for part in zip(*units, strict=True))
    weight = work.astype(float)
    of_each = [
        share_moved(weight[after == name].to_numpy(), before[after == name].to_numpy()) * weight[after == name].sum()
        for name in after.unique()
    ]
    assert np.isclose(share_of_plan_moved(before, after, weight), sum(of_each) / weight.sum())


@given(UNITS, st.sampled_from("ABC"))
def test_no_name_of_a_community_makes_less_work_renamed_than_is_moved(
    units: list[tuple[str, str, int]], name: str
) -> None:
    before, weight = np.array([b for b, _, _ in units]), np.array([float(w) for *_, w in units])
    assert share_moved(weight, before) <= share_renamed(weight, before, name) + 1e-12


def test_new_names_alone_move_nothing() -> None:
    before = pd.Series(["A", "A", "B"])
    assert share_of_plan_moved(before, before.map({"A": "x", "B": "A"}), pd.Series([1.0, 2.0, 3.0])) == 0
    assert (
        share_moved(np.ones(2), np.array(["A", "A"])) == 0 and share_renamed(np.ones(2), np.array(["A", "A"]), "x") == 1
    )


def divided() -> tuple[Territory, Plan, PartitionResult]:
    town = generate_city(units=60, centres=3, seed=2)
    town = town.with_columns({"workload": town.attribute("population")})
    result = partition(
        town, 12, balance={"workload": 0.4}, within="centre", current="community", effort="quick", seed=1
    )
    return town, Plan(town.units["community"].astype(str), {}), result


def test_both_scorecards_call_the_same_share_moved() -> None:
    town, today, result = divided()
    by_optimiser = result.scorecard().set_index("community")
    by_study = scorecard(town, result.plan, today).set_index("community")
    assert by_optimiser["moved"].to_dict() == by_study["moved"].to_dict()
    assert 0 < by_study["moved"].max() < 1, "nothing is moved, so nothing is compared"
    assert (by_optimiser["moved"] <= by_optimiser["renamed"] + 1e-12).all()
    units = moved_units(town, today.assignment, result.assignment)
    work = work_of(town)
    assert np.isclose(work[units].sum(), (by_study["moved"] * work.groupby(result.assignment).sum()).sum())
