"""KPIs by hand: small series whose dip, break-even and synergy anybody can work out."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import Scenario, Territory, load_scenario
from sim import replicate, simulate
from sim.contribution import contribution, costs, merger_effect, moving_mean
from sim.kpis import KPIS, kpis
from sim.output_analysis.intervals import interval, paired
from sim.world.build import build_world

REQUIRED = [
    "sales",
    "revenue",
    "churned",
    "retention",
    "arrears_recovered",
    "channel_sales",
    "support_requests",
    "support_wait_hours",
    "support_within_sla",
    "hall_wait_minutes",
    "hall_refused",
    "training_hours",
    "skill",
    "utilisation",
    "dip_depth",
    "dip_days",
    "break_even_date",
    "synergy",
]


def scenario(**study: object) -> Scenario:
    settings = {"study.dip_window_days": 1, "study.synergy_window_days": 5, "study.dip_tolerance": 0.05}
    return load_scenario("plan", {"run.days": 30, **settings, **study})


def test_a_dip_by_hand() -> None:
    world = build_world(scenario(), None)
    alone = np.full(30, 100.0)
    merged = alone.copy()
    merged[8:12] = [90, 70, 98, 100]  # phase 1 starts on working day 8 (13 December)
    merged[12:] = 105
    effect = merger_effect(world, merged, alone)
    assert effect["dip_depth"] == pytest.approx(0.30)
    assert effect["dip_days"] == 2
    # Owed after day 11: 42; days 12 to 20 pay back 45, so nothing is owed from day 20 on.
    assert effect["break_even_date"] == (world.table.days[20] - date(2021, 12, 1)).days
    assert effect["synergy"] == pytest.approx(1.05)


def test_a_merger_that_never_pays_back_has_no_break_even() -> None:
    world = build_world(scenario(), None)
    effect = merger_effect(world, np.full(30, 99.0), np.full(30, 100.0))
    assert math.isnan(effect["break_even_date"])


def test_without_a_merger_within_the_study_synergy_is_the_ratio_that_it_is() -> None:
    world = build_world(scenario(**{"phases": [], "target_stages": []}), None)
    effect = merger_effect(world, np.full(30, 90.0), np.full(30, 100.0))
    assert effect["synergy"] == pytest.approx(0.9) and effect["dip_depth"] == 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.integers(1, 50))
def test_the_moving_mean_is_the_mean_of_the_last_days(values: list[float], window: int) -> None:
    expected = pd.Series(values).rolling(window, min_periods=1).apply(np.mean, raw=True)
    np.testing.assert_allclose(moving_mean(np.array(values), window), expected, atol=1e-6)


def test_intervals_are_students() -> None:
    values = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, np.nan]])
    mean, low, high = interval(values, 0.95)
    assert mean.tolist() == [2.0, 5.0]
    assert high[0] - mean[0] == pytest.approx(4.302652729911275 / math.sqrt(3))  # t table, 2 degrees of freedom
    assert math.isnan(low[1])


def test_pairs_are_matched_by_replication_and_missing_ones_left_out() -> None:
    base = pd.DataFrame({"a": [1.0, 2.0, np.nan]}, index=[0, 1, 2])
    other = pd.DataFrame({"a": [3.0, 2.0, 4.0], "b": [0.0, 0.0, 0.0]}, index=[1, 0, 2])
    table = paired(base, other, 0.95)
    assert table.loc[0, "difference"] == 1.0 and table.loc[0, "replications"] == 2
    assert list(table["kpi"]) == ["a"]


def test_every_required_kpi_is_there_with_unit_and_definition(
    plan: Scenario, town: Territory, no_merger: Scenario
) -> None:
    values = replicate(plan, town, replications=1, counterfactual=no_merger).values
    assert set(REQUIRED) <= set(values.columns)
    assert {name.split(".")[0] for name in values.columns} <= set(KPIS)
    assert {"sales.fixed", "sales.mobile", "skill.CM.mobile", "skill.GM.fixed"} <= set(values.columns)


def test_tables_have_the_agreed_columns(plan: Scenario, town: Territory) -> None:
    short = load_scenario("plan", {"run.days": 12})
    result = replicate(short, town, replications=2)
    assert list(result.to_frame().columns) == ["scenario", "replication", "kpi", "value"]
    assert list(result.daily().columns) == ["scenario", "date", "kpi", "business", "force", "mean", "low", "high"]
    assert set(result.daily()["date"]) == {d for d in result.dates}
    assert "replications of 12 working days" in str(result)


def test_a_run_says_its_kpis() -> None:
    run = simulate(load_scenario("erlang_c", {"run.days": 30, "run.warm_up_days": 2}))
    table = run.to_frame().set_index("kpi")["value"]
    assert table["support_requests"] > 0
    assert "support_wait_hours" in str(run) and len(str(run).splitlines()) < 40


def test_contribution_by_hand(plan: Scenario, town: Territory) -> None:
    """Every subscriber counts with the bills of his unit, as in the revenue, and what the merger costs is taken off."""
    prices = {"trainer_day": 700.0, "seat_hour": 3.0, "exchange_hour": 5.0, "office_month": 11.0, "overtime_hour": 13.0}
    run = simulate(load_scenario("plan", {"run.days": 30, **{f"costs.{k}": v for k, v in prices.items()}}), town)
    records, world, table = run.records, run.world, run.world.table
    arpu, months = np.array([60.0, 41.2]), 12.0
    assert [world.scenario.market.fixed.arpu, world.scenario.market.mobile.arpu] == arpu.tolist()
    share_of_month = world.calendar_days * 12 / 365
    bills = records.revenue / share_of_month[:, None]  # a month's bills of all subscribers
    start = (world.market.subscribers * world.market.worth).sum(axis=0) * arpu
    won = np.diff(np.vstack([start[None], bills]), axis=0) + records.churned_worth * arpu
    taught = (table.phase == 0).sum(axis=0)
    offices = (~world.sellers.is_cm).sum() * (table.phase[0] >= 0) * share_of_month
    spent = 700 * taught + 3 * (records.hours[:, :, 6].sum(axis=1) + records.clerk_hours[:, 0])
    spent = spent + 5 * records.clerk_hours[:, 1] + 11 * offices + 13 * records.hall_overtime
    expected = months * (won + records.saved_worth * arpu).sum(axis=1) + records.recovered.sum(axis=1) - spent
    np.testing.assert_allclose(contribution(run), expected, rtol=1e-9)
    assert kpis(run)["costs"] == pytest.approx(spent.sum())
    free = load_scenario("plan", {"run.days": 30, **{f"costs.{k}": 0.0 for k in prices}})
    np.testing.assert_allclose(contribution(simulate(free, town)), contribution(run) + costs(run), rtol=1e-12)
