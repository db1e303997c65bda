"""Tables for people, the model beside formulas, and the slider of the notebooks."""

import math

import pandas as pd
import pytest

from study.presentation import kpi_tables
from study.results.record import StudyRecord
from study.validation.closed_formulas import desk_against_formula, erlang_c_wait, seller_against_formula
from study.validation.figures import draw_desk, draw_precision, draw_seller


@pytest.mark.parametrize("language", ["en", "zh"])
def test_differences_carry_unit_interval_and_verdict(record: StudyRecord, language: str) -> None:
    table = kpi_tables.differences(record.comparison, record.scenarios, language=language)
    assert len(table) and not table.isna().any().any()
    assert (table.map(lambda text: isinstance(text, str) and text != "")).all().all()
    others = len(record.scenarios) - 1
    assert len(table) % others == 0


def test_better_is_said_only_where_the_interval_leaves_out_zero() -> None:
    from scenarios import load_scenario

    rows = [("sales", "a", "b", 5.0, 1.0, 9.0, 5), ("churned", "a", "b", 5.0, -1.0, 11.0, 5)]
    table = pd.DataFrame(rows, columns=["kpi", "baseline", "scenario", "difference", "low", "high", "replications"])
    found = kpi_tables.differences(table, {"b": load_scenario("plan")}).set_index("Result")["Verdict"]
    assert found["New subscribers"] == "better"
    assert found["Subscribers lost"] == "no clear difference"


def test_targets_are_shown_with_units_and_keep_their_sums(record: StudyRecord) -> None:
    stage = record.scenario.target_stages[-1].name
    table = kpi_tables.targets(record.targets, stage)
    mine = record.targets[(record.targets["stage"] == stage) & (record.targets["level"] == "centre")]
    assert list(table.index) == list(dict.fromkeys(mine["id"]))
    assert all("[" in column for column in table.columns)


def test_a_record_shows_a_map_and_a_table(record: StudyRecord) -> None:
    page = record._repr_html_()
    assert "<svg" in page and "<table" in page and "Verdict" in page
    assert "[–" not in page


def test_one_agent_waits_as_m_m_1_does() -> None:
    for load in (0.1, 0.5, 0.9):
        assert math.isclose(erlang_c_wait(2 * load, 30.0, 1), load / (1 - load) * 0.5)


def test_the_desk_and_the_seller_stand_beside_their_formulas() -> None:
    desk = desk_against_formula((0.5, 0.8), days=150, replications=6)
    assert (desk["low"] < desk["mean"]).all() and (desk["mean"] < desk["high"]).all()
    # Five standard errors each way: the formula lies there unless the model is wrong.
    wide = (desk["high"] - desk["mean"]) * 3
    assert ((desk["mean"] - desk["formula"]).abs() < wide).all()
    alone = seller_against_formula()
    assert (alone["formula"] - alone["model"]).abs().max() < 1e-9
    for figure in (draw_desk(desk), draw_seller(alone)):
        figure.draw_without_rendering()


def test_precision_is_drawn_for_every_kpi_that_is_watched() -> None:
    from scenarios import load_scenario
    from sim import replicate

    scenario = load_scenario("erlang_c", {"run.days": 30, "run.warm_up_days": 3})
    figure = draw_precision(replicate(scenario, replications=4), ["support_wait_hours", "support_requests"])
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert len(names) == 3
