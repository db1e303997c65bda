"""The sensitivity of a study: each assumption at both ends of its range, and what is said of it."""

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, Scenario, generate_city, load_scenario
from scenarios.loading.case import by_market, case_of, counterfactual_of
from scenarios.loading.inputs import resolve
from scenarios.loading.load import plain
from scenarios.schema.dotted_keys import lookup
from sim import replicate
from study.evaluation.decisions import Decisions, decide
from study.presentation.language import Language, catalogue
from study.presentation.progress import Reporter
from study.sensitivity.figures import draw_tornado
from study.sensitivity.one_at_a_time import ends_of, tornado
from study.sensitivity.summary import by_weight, findings, key_label, rows_of
from tests.study.sensitivity.runs import RUNS, SEED, simulated

DOUBTS = {"hand_over.loss": [0.1, 0.5], "market.mobile.churn_per_year": [0.4, 0.2]}
QUIET = Reporter(quiet=True)


def plan_with(doubts: dict[str, list[float]], **others: float) -> Scenario:
    settings = {"run.days": 25, "study.sensitivity_replications": RUNS, "study.sensitivity": doubts}
    return load_scenario("plan", {**settings, **{k.replace("__", "."): v for k, v in others.items()}})


@pytest.fixture(scope="module")
def plan() -> Scenario:
    visit = load_scenario("plan").outlets.visit_minutes
    return plan_with({**DOUBTS, "outlets.visit_minutes": [visit, visit]})


@pytest.fixture(scope="module")
def made(plan: Scenario) -> Decisions:
    return decide(plan, generate_city(units=30, centres=2, seed=7), seed=SEED)


@pytest.fixture(scope="module")
def table(plan: Scenario, made: Decisions) -> pd.DataFrame:
    return tornado(ends_of(plan), made, simulated(plan, made, 5), seed=SEED, jobs=1, reporter=QUIET)


@pytest.mark.parametrize(("key", "value"), [("hand_over.loss", 0.5), ("market.mobile.churn_per_year", 0.4)])
def test_an_end_is_the_plan_with_one_other_value_in_a_market_that_has_it_too(
    plan: Scenario, made: Decisions, table: pd.DataFrame, key: str, value: float
) -> None:
    here = simulated(plan, made).values
    there = simulated(plan_with({}, **{key.replace(".", "__"): value}), made).values
    for kpi in ("contribution", "dip_depth", "synergy"):
        (row,) = table[(table["key"] == key) & (table["value"] == value) & (table["kpi"] == kpi)].to_dict("records")
        differences = (there[kpi] - here[kpi]).to_numpy(dtype=np.float64)
        assert row["difference"] == pytest.approx(differences.mean(), rel=1e-9)
        assert row["mean"] == pytest.approx(there[kpi].mean(), rel=1e-9)
        assert row["low"] <= row["difference"] <= row["high"]
        assert row["replications"] == RUNS


MERGERS_OWN = {
    "effort.drill_share": 0.4, "hand_over.loss": 0.6, "hand_over.weight": 0.9, "learning.peer_value": 9.0,
    "learning.course_value": 9.0, "selling.data_support_lift": 0.5, "selling.incentive_lift": 0.5,
    "training.hours_needed": 8.0, "training.seats": 2, "trial_run.improvement": 0.5,
}  # fmt: skip


def test_forces_side_by_side_share_their_runs_only_where_nothing_differs(made: Decisions) -> None:
    plan = plan_with({})
    variants = [plan, *(plan_with({}, **{key: value}) for key, value in MERGERS_OWN.items())]
    assert by_market([case_of(v) for v in variants]) == [list(range(len(variants)))]
    twins = [counterfactual_of(plan), counterfactual_of(plan_with({}, **MERGERS_OWN))]
    one, other = (replicate(twin, made.territory, replications=1, seed=SEED) for twin in twins if twin is not None)
    pd.testing.assert_frame_equal(one.values, other.values)
    assert len(by_market([case_of(plan), case_of(plan_with({}, market__mobile__churn_per_year=0.4))])) == 2
    merging = [v.model_copy(update={"study": v.study.model_copy(update={"counterfactual": "slow"})}) for v in variants]
    assert len(by_market([case_of(v) for v in merging])) == len(variants)


@pytest.mark.slow
def test_months_of_value_reach_no_other_assumption(made: Decisions) -> None:
    both = plan_with({"study.value_months": [6.0, 24.0], "hand_over.loss": [0.1, 0.5]})
    alone = plan_with({"hand_over.loss": [0.1, 0.5]})
    rows = [tornado(ends_of(p), made, simulated(p, made), seed=SEED, jobs=1, reporter=QUIET) for p in (both, alone)]
    same = [table[table["key"] == "hand_over.loss"].reset_index(drop=True) for table in rows]
    pd.testing.assert_frame_equal(*same)
    months = rows[0][(rows[0]["key"] == "study.value_months") & (rows[0]["kpi"] == "synergy")]
    assert months["mean"].between(0.5, 1.5).all()


def test_where_nothing_varies_nothing_changes(table: pd.DataFrame) -> None:
    still = table[table["key"] == "outlets.visit_minutes"]
    assert len(still) and (still[["difference", "low", "high"]] == 0).all(axis=None)
    assert (table.loc[table["key"] == "hand_over.loss", "difference"] != 0).any()


def test_the_plan_needs_no_more_runs_than_it_has(plan: Scenario, made: Decisions, table: pd.DataFrame) -> None:
    fewer = tornado(ends_of(plan), made, simulated(plan, made, 2), seed=SEED, jobs=1, reporter=QUIET)
    assert set(fewer["replications"]) == {2} and len(fewer) == len(table)


def test_every_value_that_does_not_fit_is_refused_before_any_work() -> None:
    wrong = plan_with({"hand_over.loss": [0.1, 1.5], "no.such_key": [1.0, 2.0], "run.seed": [1.0, 2.0]})
    with pytest.raises(InputError) as caught:
        ends_of(wrong)
    told = str(caught.value)
    assert "study.sensitivity: hand_over.loss is 1.5" in told and "no.such_key" in told and "run.seed" in told
    with pytest.raises(InputError, match="sensitivity"):
        load_scenario("plan", {"study.sensitivity": {"hand_over.loss": [0.1]}})
    assert resolve(["plan"], None)  # the plan's own ranges are in order
    assert len(ends_of(load_scenario("plan"))) == 2 * len(load_scenario("plan").study.sensitivity)


def made_up(synergy: list[float], *, unsure: bool = False) -> pd.DataFrame:
    """Two keys of two ends each; the second moves contribution further, the first the dip."""
    rows = []
    for key, size, place in (("hand_over.loss", 1.0, 0), ("learning.peer_value", 5.0, 2)):
        for end, value in enumerate((1.0, 2.0)):
            for kpi, change in (("contribution", 1e5 * size), ("dip_depth", 0.05 / size), ("synergy", 0.01)):
                found = change * (2 * end - 1)
                half = 2 * abs(found) if unsure else abs(found) / 2
                level = synergy[place + end] if kpi == "synergy" else 1.0
                rows.append(
                    {"key": key, "base": 1.5, "value": value, "kpi": kpi, "mean": level, "mean_low": level - 0.01}
                    | {"mean_high": level + 0.01, "difference": found, "low": found - half, "high": found + half}
                    | {"replications": 4}
                )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_what_matters_most_is_said_first_and_only_if_it_is_sure(code: str) -> None:
    say = Language(code)
    table = made_up([1.2, 1.2, 1.2, 1.2])
    assert by_weight(table) == ["learning.peer_value", "hand_over.loss"]
    contribution, dip, two = findings(table, say)
    assert key_label("learning.peer_value", say) in contribution and key_label("hand_over.loss", say) in dip
    assert two == say("doubts.synergy.everywhere", count="4")
    near = table.copy()
    near.loc[(near["kpi"] == "contribution") & (near["key"] == "hand_over.loss"), ["difference", "low", "high"]] *= 3
    told = findings(
        near, say
    )  # 6 +- 3 hundred thousand over its range, against 10 +- 5: they may be the other way round
    assert told[0] == contribution + say("doubts.rivals", names=key_label("hand_over.loss", say)) and told[1] == dip
    once = made_up([1.2] * 4).assign(low=float("nan"), high=float("nan"), mean_low=float("nan"))
    assert findings(once, say) == [say("doubts.contribution.nothing"), say("doubts.dip_depth.nothing")]  # one run
    assert findings(made_up([1.2] * 4, unsure=True), say)[:2] == [
        say("doubts.contribution.nothing"),
        say("doubts.dip_depth.nothing"),
    ]
    rows = rows_of(table, say)
    assert [row[2] for row in rows] == ["1", "2", "1", "2"] and rows[0][0] == key_label("learning.peer_value", say)
    doubtful = rows_of(made_up([1.2] * 4, unsure=True), say)
    assert all(cell.replace("\xa0", " ").endswith(say("verdict.unsure")) for row in doubtful for cell in row[3:])


def test_ends_where_one_and_one_need_not_be_more_than_two_are_named() -> None:
    say = Language("en")
    assert findings(made_up([0.9, 0.9, 0.9, 1.005]), say)[2] == say("doubts.synergy.nowhere", count="4")
    assert "learning from colleagues = 2" in findings(made_up([0.9, 0.9, 0.9, 1.2]), say)[2]
    some = findings(made_up([1.2, 1.005, 1.2, 1.2]), say)[2]
    assert "relationship lost when a manager changes = 2" in some and "colleagues" not in some


def test_a_key_without_a_name_of_its_own_is_called_by_what_the_schema_says() -> None:
    assert (
        key_label("effort.returns", Language("en")) and key_label("effort.returns", Language("en")) != "effort.returns"
    )
    assert key_label("no.such_key", Language("zh")) == "no.such_key"


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_picture_has_a_panel_for_each_result_and_a_row_for_each_key(table: pd.DataFrame, code: str) -> None:
    figure = draw_tornado(table, language=code)
    assert len(figure.axes) == 3
    names = [label.get_text().replace("\n", "") for label in figure.axes[0].get_yticklabels()]
    assert len(names) == len(DOUBTS) + 1 and all(name for name in names)


def test_every_name_in_the_catalogue_is_that_of_a_key() -> None:
    named = [key.removeprefix("doubt.") for key in catalogue("en") if key.startswith("doubt.")]
    assert set(named) >= set(load_scenario("plan").study.sensitivity)
    content = plain(load_scenario("plan"))
    assert all(isinstance(lookup(content, key), float) for key in named)
