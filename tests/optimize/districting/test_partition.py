"""Community boundaries: held against brute force, published optima, and the laws every plan obeys."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimize import PartitionResult, partition
from optimize.districting.problem.instance import limits
from scenarios import InfeasibleError, InputError, LimitError, Territory, generate_city
from tests.optimize.conftest import best_by_brute_force, connected, grid, published, value_of

QUIET = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_lawful(territory: Territory, result: PartitionResult, low: float = 0.0, high: float = float("inf")) -> None:
    plan = result.assignment
    assert list(plan.index) == list(territory.units.index)
    groups = {c: set(plan.index[plan == c]) for c in plan.unique()}
    assert len(groups) == result.communities
    for community, members in groups.items():
        assert connected(territory, members)
        assert result.seats[community] in members
        if result.within is None:
            total = territory.units.loc[sorted(members), "population"].sum()
            assert low <= total <= high
    if result.weight == "population" and result.within is None:
        assert result.value == pytest.approx(value_of(territory, plan.to_dict(), result.objective))
    assert result.bound is None or result.bound <= result.value
    assert (result.gap == 0) == (result.proof == "optimal") or result.gap is None


@pytest.mark.slow
@QUIET
@given(st.lists(st.integers(1, 9), min_size=9, max_size=9), st.integers(2, 3), st.sampled_from(["moment", "cut-edges"]))
def test_small_maps_are_divided_as_well_as_brute_force_can(population: list[int], k: int, objective: str) -> None:
    territory = grid(3, 3, population)
    mean = sum(population) / k
    low, high = float(np.ceil(mean * 0.6)), float(np.floor(mean * 1.4))
    best = best_by_brute_force(territory, k, low, high, objective)
    try:
        result = partition(territory, k, objective=objective, bounds={"population": (low, high)}, time_limit=30)
    except InfeasibleError:
        assert best is None
        return
    assert best is not None
    assert_lawful(territory, result, low, high)
    assert result.proof == "optimal"
    assert result.value == pytest.approx(best)


@pytest.mark.slow
@QUIET
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_any_map_gives_a_lawful_plan_or_says_why_not(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    territory = grid(6, 5, rng.integers(1, 50, 30).tolist())
    mean = territory.units["population"].sum() / k
    low, high = np.ceil(mean * 0.85), np.floor(mean * 1.15)
    try:
        result = partition(territory, k, balance={"population": 0.15}, effort="quick", seed=seed)
    except (InfeasibleError, LimitError) as error:
        assert "population" in str(error)
        return
    assert_lawful(territory, result, low, high)


@pytest.mark.slow
@settings(QUIET, max_examples=5)
@given(st.integers(0, 1000), st.integers(2, 50))
def test_scaling_the_workload_leaves_the_plan_alone(seed: int, factor: int) -> None:
    population = np.random.default_rng(seed).integers(1, 30, 20)
    plans = []
    for scale in (1, factor):
        territory = grid(5, 4, (population * scale).tolist())
        bounds = {"population": (population.sum() * scale * 0.2, population.sum() * scale * 0.5)}
        plans.append(partition(territory, 3, bounds=bounds, seed=1, effort="quick").value / scale)
    assert plans[0] == pytest.approx(plans[1])


@pytest.mark.slow
@pytest.mark.parametrize("agreed", [1, 10**6])
def test_starts_that_agree_end_the_search_and_lose_nothing_that_a_proof_needs(
    agreed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimize.districting.heuristic.side_by_side.AGREED", agreed)
    city = generate_city(units=60, centres=2, seed=9)
    result = partition(city, 4, balance={"population": 0.05}, time_limit=60)
    assert result.proof == "optimal"
    assert result.value == pytest.approx(partition(city, 4, balance={"population": 0.05}, effort="thorough").value)


def test_the_order_of_the_input_does_not_matter() -> None:
    territory = grid(6, 5, np.random.default_rng(3).integers(1, 50, 30).tolist())
    shuffled = Territory("grid", territory.units, territory.edges.sample(frac=1, random_state=1))
    a, b = (partition(t, 4, balance={"population": 0.2}, effort="quick") for t in (territory, shuffled))
    assert a.value == b.value


@pytest.mark.slow
def test_the_same_seed_gives_the_same_plan_on_any_number_of_workers(town: Territory) -> None:
    a, b = (
        partition(town, 12, within="centre", balance={"workload": 0.2}, effort="quick", jobs=jobs) for jobs in (1, 2)
    )
    pd.testing.assert_series_equal(a.assignment, b.assignment)
    assert a.value == b.value and a.bound == b.bound


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "k", "low", "high", "moment", "cuts"),
    [("ID_county", 2, 779873, 787709, 60_039.862e6, 10), ("OK_county", 5, 746519, 754021, None, 40)],
)
def test_published_optima_are_found(name: str, k: int, low: int, high: int, moment: float | None, cuts: int) -> None:
    territory = published(f"published/{name}")
    bounds = {"population": (float(low), float(high))}
    cut = partition(territory, k, objective="cut-edges", bounds=bounds, time_limit=20)
    assert_lawful(territory, cut, low, high)
    assert cut.value == cuts
    if moment is not None:
        result = partition(territory, k, bounds=bounds, time_limit=60)
        assert result.proof == "optimal"
        assert result.value == pytest.approx(moment, rel=1e-7)


@pytest.mark.slow
def test_a_real_province_is_divided_within_five_percent() -> None:
    henan = published("henan")
    result = partition(henan, 18, balance={"population": 0.05}, effort="normal", time_limit=4)
    total = henan.units["population"].sum() / 18
    assert_lawful(henan, result, np.ceil(total * 0.95), np.floor(total * 1.05))
    assert result.worst_deviation["population"] <= 0.05 and result.gap is not None


@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_a_time_limit_never_yields_a_proof(objective: str) -> None:
    territory = grid(9, 8, np.random.default_rng(5).integers(1, 99, 72).tolist())
    result = partition(territory, 5, objective=objective, balance={"population": 0.1}, time_limit=0.01)  # type: ignore[arg-type]
    assert result.proof == "feasible" and result.bound is not None and result.bound <= result.value


def test_two_attributes_balance_at_once() -> None:
    rng = np.random.default_rng(9)
    jobs = rng.integers(1, 50, 48).astype(float).tolist()
    territory = grid(8, 6, rng.integers(1, 50, 48).tolist(), jobs=jobs)
    result = partition(territory, 4, balance={"population": 0.1, "jobs": 0.15}, effort="quick")
    assert_lawful(territory, result)
    assert result.worst_deviation["population"] <= 0.1 and result.worst_deviation["jobs"] <= 0.15


def test_groups_are_never_crossed_and_their_bounds_add_up(town: Territory) -> None:
    result = partition(town, 10, within="centre", balance={"workload": 0.2}, effort="quick")
    centre = town.units["centre"]
    assert result.communities == 10
    assert all(centre[result.assignment == c].nunique() == 1 for c in result.assignment.unique())
    alone = [
        partition(
            town.subset(town.units.index[centre == c]),
            int(result.assignment[centre == c].nunique()),
            balance={"workload": 0.2},
            effort="quick",
        )
        for c in sorted(centre.unique())
    ]
    assert result.value == pytest.approx(sum(r.value for r in alone))
    assert result.bound == pytest.approx(sum(r.bound or 0 for r in alone))


def test_fixed_seats_are_seats_and_the_limit_on_moves_holds(town: Territory) -> None:
    seats = [town.unit_ids[3], town.unit_ids[40]]
    result = partition(town, 5, balance={"population": 0.3}, fix_seats=seats, effort="quick")
    assert set(seats) <= set(result.seats.values())
    today = partition(town, 5, balance={"population": 0.6}, effort="quick", seed=4).assignment
    known = town.with_columns({"today": today})
    moved = partition(known, 5, balance={"population": 0.6}, current="today", max_moved=0.1, effort="quick")
    share = moved.moves()["population"].sum() / town.units["population"].sum()
    assert share <= 0.1 and moved.scorecard()["moved"].max() <= 1


def test_an_impossible_request_says_which_unit_and_what_would_do() -> None:
    territory = grid(3, 1, [100, 10, 10])
    with pytest.raises(InfeasibleError, match=r"unit u00 alone has population 100.*is 46\.67% of the mean"):
        partition(territory, 2, balance={"population": 0.2})
    with pytest.raises(InfeasibleError, match="cannot hold the total of 45"):  # before the units are looked at
        partition(grid(3, 3, [5] * 9), 3, bounds={"population": (1, 2)})
    with pytest.raises(InfeasibleError, match="cannot hold the total"):
        partition(territory, 2, bounds={"population": (1.0, 10.0)} | {"population": (101.0, 200.0)})
    with pytest.raises(InfeasibleError, match="no connected plan"):
        partition(grid(3, 1, [10, 1, 10]), 2, bounds={"population": (10.0, 10.5)})


def test_every_problem_of_a_request_is_named_at_once() -> None:
    territory = grid(3, 3, [1] * 9)
    with pytest.raises(InputError) as caught:
        partition(
            territory, 3, objective="area", balance={"people": 0.1, "population": 5.0}, within="center", solver="gurobi"
        )  # type: ignore[arg-type]
    text = str(caught.value)
    for said in ("objective is area", "'people'", "balance population is 5", "within is center", "solver is gurobi"):
        assert said in text
    for k in (0, 10):
        with pytest.raises(InputError, match="between 1 and the number of units"):
            partition(territory, k)


def test_a_territory_in_pieces_is_refused() -> None:
    territory = grid(3, 2, [1] * 6)
    cut = Territory("cut", territory.units, territory.edges[~territory.edges["b"].isin(["u02", "u05"])])
    with pytest.raises(InputError, match="must be connected"):
        partition(cut, 2, balance={"population": 0.5})


def test_every_centre_in_two_pieces_is_named_with_a_remedy_that_works() -> None:
    columns = {"centre": [*"ABACBC"], "mended": ["A1", "B1", "A2", "C1", "B2", "C2"]}
    territory = grid(6, 1, [1] * 6).with_columns(columns)
    with pytest.raises(InputError, match="in the column centre") as caught:
        partition(territory, 3, balance={"population": 1.0}, within="centre")
    assert [(p.path, p.value) for p in caught.value.problems] == [
        ("centre A", "2 pieces, the small ones: u02"),
        ("centre B", "2 pieces, the small ones: u04"),
        ("centre C", "2 pieces, the small ones: u05"),
    ]
    assert "--bridge" not in str(caught.value)
    assert partition(territory, 6, balance={"population": 1.0}, within="mended").communities == 6


def test_a_locked_community_in_two_pieces_is_told_to_be_unlocked() -> None:
    territory = grid(5, 1, [1] * 5).with_columns({"today": [*"ABBBA"]})
    with pytest.raises(InputError, match=r"lock A is 2 pieces.*Unlock it"):
        partition(territory, 3, balance={"population": 1.0}, current="today", lock=["A"])


@pytest.mark.parametrize("k", [1, 9])
def test_one_community_and_one_for_each_unit_are_plans_too(k: int) -> None:
    territory = grid(3, 3, [1] * 9)
    result = partition(territory, k, balance={"population": 1.0})
    assert result.proof == "optimal" and result.communities == k
    assert f"9 units into {'1 community' if k == 1 else '9 communities'}" in str(result).splitlines()[0]
    assert_lawful(territory, result)


def test_files_say_what_the_result_says(tmp_path: Path, town: Territory) -> None:
    result = partition(town, 6, within="centre", balance={"workload": 0.3}, current="community", effort="quick")
    result.save(tmp_path)
    plan = pd.read_csv(tmp_path / "plan.csv", dtype=str)
    assert list(plan.columns) == ["unit_id", "community", "is_seat"]
    assert plan.set_index("unit_id")["community"].equals(result.assignment.rename_axis("unit_id"))
    assert (plan["is_seat"] == "1").sum() == 6
    stated = json.loads((tmp_path / "result.json").read_text())
    wanted = "objective value bound gap proof seconds communities worst_deviation contiguous seed versions input_sha256"
    assert set(wanted.split()) <= set(stated)
    assert stated["value"] == result.value and stated["communities"] == 6
    assert len(pd.read_csv(tmp_path / "scorecard.csv")) == 6
    assert (tmp_path / "plan.gpkg").stat().st_size > 0
    assert pd.read_csv(tmp_path / "scorecard.csv")["moment"].sum() == pytest.approx(result.value)


def test_a_plan_keeps_todays_names_where_it_resembles_them(town: Territory) -> None:
    known = town.units["community"].nunique()
    result = partition(town, known, within="centre", balance={"workload": 0.5}, current="community", effort="quick")
    assert result.assignment.nunique() == known
    shared = len(set(result.assignment) & set(town.units["community"]))
    assert shared >= known - 1  # only a community that resembles none of today's gets a new name


def test_a_community_of_today_that_lies_in_two_groups_names_only_one_new_one() -> None:
    territory = grid(6, 4, [1] * 24).with_columns({"side": ["w", "w", "w", "e", "e", "e"] * 4, "today": ["same"] * 24})
    result = partition(territory, 4, within="side", balance={"population": 0.5}, current="today")
    assert result.assignment.nunique() == 4
    assert {"same", "same (w)"} <= set(result.assignment)
    assert territory.units["side"].groupby(result.assignment).nunique().max() == 1


def test_brute_force_itself_knows_a_map_by_hand() -> None:
    """Two by two squares of one person: two rows or two columns, a moment of 2 and 2 cut edges."""
    assert best_by_brute_force(grid(2, 2, [1] * 4), 2, 2, 2, "moment") == 2.0
    assert best_by_brute_force(grid(2, 2, [1] * 4), 2, 2, 2, "cut-edges") == 2.0


@pytest.mark.parametrize(("total", "k", "low", "high"), [(1_273_980_000, 34, 37_282_650, 37_657_350),
                                                         (599_495_000, 5, 119_299_505, 120_498_495)])  # fmt: skip
def test_bounds_of_many_millions_are_right_to_the_last_person(total: int, k: int, low: int, high: int) -> None:
    assert limits("population", np.array([1.0]), total / k, {"population": 0.005}, {}) == (low, high)


@pytest.mark.slow
def test_a_large_map_takes_no_array_of_all_pairs_of_units() -> None:
    city = generate_city(units=4000, centres=4, seed=1)
    for objective in ("moment", "cut-edges"):
        tracemalloc.start()
        partition(city, 160, balance={"population": 0.1}, objective=objective, effort="quick")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * len(city) ** 2 / 2
