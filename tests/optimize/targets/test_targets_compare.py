"""Waterfall, padding and the bottom-up comparison: each step and sum by arithmetic."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimize import TargetResult, allocate_targets
from scenarios import Scenario, Territory, load_scenario


@pytest.fixture(scope="module")
def result(plan: Scenario, town: Territory) -> TargetResult:
    return allocate_targets(plan, town)


def steps(result: TargetResult, measure: str = "growth", stage: str = "stage2", business: str = "mobile") -> Any:
    table = result.waterfall
    rows = table[(table["stage"] == stage) & (table["business"] == business) & (table["measure"] == measure)]
    return rows.set_index("step")


def company(result: TargetResult, measure: str = "growth", stage: str = "stage2", business: str = "mobile") -> float:
    table = result.to_frame()
    rows = (table["level"] == "company") & (table["stage"] == stage) & (table["business"] == business)
    return float(table.loc[rows & (table["measure"] == measure), "value"].iloc[0])


def test_a_waterfall_runs_from_the_rate_to_the_total_that_is_dealt_out(result: TargetResult) -> None:
    for (stage, business, measure), rows in result.waterfall.groupby(["stage", "business", "measure"]):
        assert np.allclose(rows["change"].cumsum(), rows["running"])
        assert rows["running"].iloc[-1] == company(result, str(measure), str(stage), str(business))
    subscribers = 28 / 365 * 0.3
    rate = steps(result).loc["rate", "running"]
    assert steps(result, "channel").loc["rate", "running"] == 0.37 * company(result)
    assert rate / subscribers == pytest.approx(steps(result, stage="stage3").loc["rate", "running"] / (31 / 365 * 0.3))


def test_padding_asks_for_more_than_is_needed_and_a_reserve_for_less(plan: Scenario, town: Territory) -> None:
    padded = allocate_targets(load_scenario("plan", {"targets.padding": 0.1, "targets.hold_back": 0.2}), town)
    found = steps(padded)
    need = found.loc["season", "running"]
    assert found.loc["hold-back", "change"] == pytest.approx(-0.2 * need)
    assert found.loc["padding", "change"] == pytest.approx(0.1 * 0.8 * need)
    assert company(padded) == round(0.88 * need)


def test_a_wish_for_the_company_is_a_step_of_its_own(plan: Scenario, town: Territory) -> None:
    pin = {
        "stage": "stage2",
        "level": "company",
        "id": "company",
        "business": "mobile",
        "measure": "growth",
        "value": 777,
    }
    found = steps(allocate_targets(load_scenario("plan", {"targets.pins": [pin]}), town))
    assert found.loc["wish", "running"] == 777 == found["change"].sum()


def test_bottom_up_adds_up_and_stands_beside_every_growth_target(result: TargetResult) -> None:
    table = result.bottom_up
    growth = result.to_frame().query("measure == 'growth'")
    assert len(table) == len(growth) and table["target"].sum() == growth["value"].sum()
    for _, rows in table.groupby(["stage", "business"]):
        level = rows.groupby("level")[["fair", "target", "bottom_up"]].sum()
        for below in ("centre", "community", "person"):
            assert np.allclose(level.loc[below], level.loc["company"], atol=0.1)
    assert np.allclose(table["difference"], table["target"] - table["bottom_up"], atol=1e-3)
    assert set(table["source"]) == {"skills and hours at best"}


def test_own_forecasts_go_before_skills_and_hours(plan: Scenario, town: Territory, tmp_path: Path) -> None:
    assert town.sellers is not None
    first = str(town.sellers["seller_id"].iloc[0])
    said = town.sellers.assign(forecast_mobile=np.where(town.sellers["seller_id"] == first, 36.5, np.nan))
    found = allocate_targets(plan, replace(town, sellers=said))
    rows = found.bottom_up.query("stage == 'stage2' and business == 'mobile'").set_index(["level", "id"])
    assert rows.loc[("person", first), "bottom_up"] == pytest.approx(36.5 * 12 * 28 / 365, abs=1e-4)
    assert rows.loc[("person", first), "source"] == "own forecast"
    assert rows.loc[("company", "company"), "source"] == "both"
    found.save(tmp_path)
    assert len(pd.read_csv(tmp_path / "bottom_up.csv")) == len(found.bottom_up)
    assert len(pd.read_csv(tmp_path / "waterfall.csv")) == len(found.waterfall)
