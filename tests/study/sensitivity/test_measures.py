"""What each measure of the plan is worth: the plan against the plan without it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, Scenario, Territory, generate_city, load_scenario
from study.evaluation.decisions import decide
from study.presentation.language import Language
from study.presentation.progress import Reporter
from study.presentation.verdict import kpi_unit
from study.sensitivity.figures import draw_measures
from study.sensitivity.measures import COLUMNS, decide_without, plans_without, worth_of_measures
from study.sensitivity.summary import COSTS, PAYS, advice_on_redrawing, worth_of_redrawing, worths_of
from tests.study.sensitivity.runs import RUNS, SEED, simulated

MEASURES = {
    "redraw": {"phases.transition.communities": "current", "phases.trial_run.communities": "current"},
    "my own": {"phases.transition.mixed_teams": False},
    "no such": {"effort.retention": load_scenario("plan").effort.retention},
}
QUIET = Reporter(quiet=True)


def plan_with(measures: dict[str, dict[str, Any]], **others: Any) -> Scenario:
    settings = {"run.days": 85, "study.sensitivity_replications": RUNS, "study.measures": measures}
    return load_scenario("plan", settings | {key.replace("__", "."): value for key, value in others.items()})


@pytest.fixture(scope="module")
def town() -> Territory:
    return generate_city(units=30, centres=2, seed=7)


@pytest.fixture(scope="module")
def table(town: Territory) -> pd.DataFrame:
    plan = plan_with(MEASURES)
    made, without = decide(plan, town, seed=SEED), plans_without(plan)
    decided = decide_without(without, plan, made, solver="highs", seed=SEED, jobs=1, reporter=QUIET)
    return worth_of_measures(without, decided, simulated(plan, made, 5), seed=SEED, jobs=1, reporter=QUIET)


@pytest.mark.parametrize("measure", ["redraw", "my own"])
def test_a_measure_is_worth_the_plan_less_the_plan_written_without_it(
    town: Territory, table: pd.DataFrame, measure: str
) -> None:
    with_it, without = plan_with({}), plan_with({}, **MEASURES[measure])
    pair = [simulated(s, decide(s, town, seed=SEED), RUNS).values for s in (with_it, without)]
    for kpi in ("contribution", "sales", "dip_depth", "synergy"):
        (row,) = table[(table["measure"] == measure) & (table["kpi"] == kpi)].to_dict("records")
        change = (pair[0][kpi] - pair[1][kpi]).to_numpy(dtype=np.float64)
        assert row["difference"] == pytest.approx(change.mean(), rel=1e-9, abs=1e-12)
        assert row["mean"] == pytest.approx(pair[1][kpi].mean(), rel=1e-9)
        assert row["low"] <= row["difference"] <= row["high"]
        assert row["replications"] == RUNS
    assert (pair[0]["contribution"] != pair[1]["contribution"]).all()


def test_what_the_plan_does_without_in_any_case_is_no_measure_of_it(table: pd.DataFrame) -> None:
    assert list(table.columns) == COLUMNS
    assert list(dict.fromkeys(table["measure"])) == ["redraw", "my own"]
    assert plans_without(load_scenario("no_merger")) == {}
    short = plans_without(load_scenario("plan", {"phases.trial_run": None}))
    assert "subdivide" not in short and "redraw" in short
    assert short["redraw"].phases[-1].communities == "current"


def test_every_problem_of_every_measure_is_told_at_once() -> None:
    wrong = {"first": {"no.such_key": 1}, "second": {"effort.channel": -1}}
    with pytest.raises(InputError) as caught:
        plans_without(plan_with(wrong))
    told = str(caught.value)
    assert "study.measures.first: no.such_key" in told
    assert "study.measures.second: effort.channel is -1" in told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_measures_are_drawn_and_told_with_their_sign(table: pd.DataFrame, language: str) -> None:
    say = Language(language)
    figure = draw_measures(table, language=language)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == [say("measures.name.redraw"), "my own"]
    for row, name in enumerate(("redraw", "my own")):
        (worth,) = table.loc[(table["measure"] == name) & (table["kpi"] == "contribution"), "difference"]
        drawn = [line.get_xdata()[0] for line in figure.axes[0].lines if list(line.get_ydata()) == [-row]]
        assert drawn == [pytest.approx(worth)]
    assert [row[0] for row in worths_of(table, say)] == names
    for factor in (1.0, -1.0):
        mirrored = table.assign(
            difference=factor * table["difference"],
            low=np.minimum(factor * table["low"], factor * table["high"]),
            high=np.maximum(factor * table["low"], factor * table["high"]),
        )
        (row,) = mirrored[(mirrored["measure"] == "redraw") & (mirrored["kpi"] == "contribution")].to_dict("records")
        verdict = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "unsure"
        said = worth_of_redrawing(mirrored, say)
        unit = kpi_unit("contribution", say, change=True)
        assert said is not None and unit in said
        assert said.startswith(say(f"measures.redraw.{verdict}", worth="@", unit=unit, holds="").split("@")[0])
    assert worth_of_redrawing(table[table["measure"] != "redraw"], say) is None


def in_worlds(low: float, high: float) -> pd.DataFrame:
    """Return what two measures earn in worlds, redrawing between two ends."""
    rows = [
        ("redraw", "contribution", 250, (low + high) / 2, low, high, -4e6, 5e6, 0.25, 40),
        ("my own", "contribution", 250, 2e6, 1e6, 3e6, -1e6, 6e6, 0.9, 40),
    ]
    columns = ["measure", "kpi", "days", "mean", "low", "high", "lower", "upper", "pays", "worlds"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_there_are_worlds_their_mean_is_what_a_measure_is_judged_by(table: pd.DataFrame, language: str) -> None:
    say = Language(language)
    for low, high, verdict in ((1e6, 2e6, "better"), (-2e6, -1e6, "worse"), (-1e6, 1e6, "unsure")):
        said = worth_of_redrawing(table, say, in_worlds(low, high))
        assert (
            said is not None and say("measures.holds.worlds", worlds=40, days=250, share=say.percent(0.25, 0)) in said
        )
        assert said.startswith(say(f"measures.redraw.{verdict}", worth="@", unit="", holds="").split("@")[0])
    for low, high, short in ((1e6, 2e6, PAYS), (-2e6, -1e6, COSTS), (-1e6, 1e6, None)):
        told = advice_on_redrawing(table, say, in_worlds(low, high))
        assert told.short == short and told.amount == say.money(abs(low + high) / 2)
    assert advice_on_redrawing(None, say) == (None, None, "")
    rows = worths_of(table, say, in_worlds(1e6, 2e6))
    assert rows[0][-1] == say.percent(0.25, 0) and rows[1][-1] == say.percent(0.9, 0)
    bars = [line for line in draw_measures(table, in_worlds(1e6, 2e6), language=language).axes[0].lines]
    assert any(list(line.get_xdata()) == [-4e6, 5e6] and list(line.get_ydata()) == [0, 0] for line in bars)
