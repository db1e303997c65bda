"""Attainment by centre: its parts sum to the company's, and a case that anybody can work out by hand."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from optimize import allocate_targets
from scenarios import Scenario, Targets, generate_city, load_scenario
from sim import simulate
from sim.attainment import growth_by_centre
from sim.kpis import kpis
from sim.output_analysis.attainment import COLUMNS, Attained
from sim.run import Run
from sim.state.records import growth_rows
from study.evaluation.decisions import decide


@pytest.fixture(scope="module")
def run() -> tuple[Scenario, pd.DataFrame, Run]:
    """Return one run of the plan in waves on a small town, with its targets."""
    town = generate_city(units=60, centres=4, seed=3)
    plan = load_scenario("waves", {"partition.time_limit": 3.0})
    made = decide(plan, town, seed=1)
    targets = allocate_targets(plan, made.territory, made.plans, made.placement.placements).targets
    found = simulate(plan, made.territory, plans=made.plans, placements=made.placement.placements, targets=targets)
    return plan, targets.table, found


def test_the_centres_growth_sums_to_the_companys_in_every_stage(run: tuple[Scenario, pd.DataFrame, Run]) -> None:
    plan, _, made = run
    growth, records = growth_by_centre(made), made.records
    company = records.seller_growth.sum(axis=0)[1:] + records.other_growth[1:]
    assert growth.shape == (len(plan.target_stages), 4, 2) and growth.min() >= 0
    np.testing.assert_array_equal(growth.sum(axis=1), company)
    assert records.other_growth.sum() == records.hall_sales.sum() + records.outlet_sales.sum()


def test_outlets_and_halls_sell_in_the_centre_in_which_they_lie(run: tuple[Scenario, pd.DataFrame, Run]) -> None:
    _, _, made = run
    places = {*made.world.outlets.centre.tolist(), *made.world.halls.centre.tolist()}
    selling = made.records.other_growth_by_centre.sum(axis=(1, 2))
    assert {n for n, sold in enumerate(selling) if sold} <= places


def test_the_table_of_one_run_is_growth_over_target_of_company_and_centres(
    run: tuple[Scenario, pd.DataFrame, Run],
) -> None:
    """Truth: the company's KPIs, and for a centre its persons' sales with those of its outlets and halls."""
    plan, targets, made = run
    table = Attained.of(made.world, [growth_by_centre(made)]).table(0.95)
    found, names = kpis(made), made.world.table.centres
    for stage in plan.target_stages:
        for business, ending in (("all", ""), ("fixed", ".fixed"), ("mobile", ".mobile")):
            row = table[(table["stage"] == stage.name) & (table["business"] == business)]
            company = row[row["level"] == "company"]["attainment"].item()
            assert company == pytest.approx(found[f"attainment.{stage.name}{ending}"], rel=1e-12)
            assert set(row[row["level"] == "centre"]["id"]) == set(names)
    stage, centre = plan.target_stages[0].name, names[0]
    own = targets[(targets["stage"] == stage) & (targets["measure"] == "growth") & (targets["business"] == "fixed")]
    areas = set(own[(own["level"] == "community") & (own["parent"] == centre)]["id"])
    people = set(own[(own["level"] == "person") & own["parent"].isin(areas)]["id"])
    sold = sum(int(made.records.seller_growth[n, 1, 0]) for n, s in enumerate(made.world.sellers.ids) if s in people)
    sold += int(made.records.other_growth_by_centre[0, 1, 0])
    where = (table["stage"] == stage) & (table["id"] == centre) & (table["business"] == "fixed")
    row = table[where].iloc[0]
    wanted = float(own[(own["level"] == "centre") & (own["id"] == centre)]["value"].sum())
    assert (row["reached"], row["target"]) == (sold, wanted) and row["attainment"] == pytest.approx(sold / wanted)


def test_attainment_by_hand() -> None:
    """Two centres, one stage, three runs: 8, 10 and 12 of 10 are 100 % +- 2 sd of the mean by Student's t."""
    wanted = np.array([[[10.0, 0.0], [20.0, 10.0]]])
    reached = np.array([[[[n, 0.0], [15.0, 15.0]]] for n in (8.0, 10.0, 12.0)])
    table = Attained(("one",), ("East", "West"), wanted, reached).table(0.95).set_index(["id", "business"])
    east = table.loc[("East", "fixed")]
    assert east["attainment"] == pytest.approx(1.0)
    assert east["high"] - 1 == pytest.approx(4.302653 * 0.2 / np.sqrt(3), rel=1e-6)
    assert ("East", "mobile") not in table.index  # no target
    assert table.loc[("West", "all"), "attainment"] == pytest.approx(1.0)
    assert table.loc[("company", "all"), "target"] == 40 and table.loc[("company", "fixed"), "reached"] == 25


def test_a_stage_that_is_not_seen_whole_is_in_no_table() -> None:
    wanted = np.ones((2, 1, 2))
    reached = np.stack([np.stack([np.ones((1, 2)), np.full((1, 2), np.nan)])] * 2)
    found = Attained(("seen", "cut"), ("East",), wanted, reached)
    assert set(found.table(0.95)["stage"]) == {"seen"} and tuple(found.table(0.95).columns) == COLUMNS
    again = Attained.read(found.plain(), 1)
    assert again.reached.shape == (1, 2, 1, 2) and np.isnan(again.reached[0, 1]).all()


def test_without_stages_there_is_nothing_to_attain() -> None:
    nothing = Attained((), ("East",), np.zeros((0, 1, 2)), np.zeros((3, 0, 1, 2)))
    assert not len(nothing.table(0.95)) and not len(Attained.read(nothing.plain(), 3).table(0.95))


def test_without_targets_there_is_nothing_to_attain(run: tuple[Scenario, pd.DataFrame, Run]) -> None:
    _, _, made = run
    bare = dataclasses.replace(made, world=dataclasses.replace(made.world, targets=None))
    assert np.isnan(growth_by_centre(bare)).all()
    assert not len(Attained.of(bare.world, [growth_by_centre(bare)]).table(0.95))


def test_who_has_no_target_counts_where_he_is_based(run: tuple[Scenario, pd.DataFrame, Run]) -> None:
    _, table, made = run
    nobody = Targets(table[table["level"] != "person"])
    found = growth_by_centre(dataclasses.replace(made, world=dataclasses.replace(made.world, targets=nobody)))
    base = made.world.sellers.centre
    own = np.stack([made.records.seller_growth[base == n, 1].sum(axis=0) for n in range(4)])
    np.testing.assert_array_equal(found[0], own + made.records.other_growth_by_centre[:, 1])


def test_sales_of_a_place_count_in_its_centre_and_stage() -> None:
    scenario = SimpleNamespace(target_stages=(1, 2))
    table = SimpleNamespace(scenario=scenario, stage=np.array([[-1, 0, 1], [-1, -1, 0]]))
    rows = growth_rows(table, np.array([1, 0]))  # type: ignore[arg-type]
    assert rows.tolist() == [[3, 0], [3, 1], [4, 2]]
