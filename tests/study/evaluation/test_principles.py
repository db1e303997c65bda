"""Principles held against runs: counted by hand, and told in the sentence that names what breaks them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios import Scenario, load_scenario
from scenarios.loading.load import load_alternative
from study.comparison.select_best import in_words, with_principles
from study.evaluation.principles import breaches

RULES = {
    "study.broken_at_most": 0.2,
    "study.principles": {"dip_depth": {"slack": 0.01, "most": 0.2}, "attainment": {"least": 1.0}},
}


@pytest.fixture(scope="module")
def plan() -> Scenario:
    return load_scenario("plan", RULES)


@pytest.fixture
def runs() -> dict[str, pd.DataFrame]:
    own = [0.10, 0.10, 0.10, 0.195, 0.25]
    other = [0.10, 0.12, 0.105, 0.203, 0.20]
    reached = {"attainment.stage1": [1.1] * 5, "attainment.stage2": [np.nan] * 5, "attainment.stage1.fixed": [0.2] * 5}
    late = {"attainment.stage1": [1.1, 1.1, 1.1, 1.1, 0.9]}
    return {
        "plan": pd.DataFrame({"dip_depth": own, **reached}),
        "big_bang": pd.DataFrame({"dip_depth": other, **late}),
    }


def test_relative_and_fixed_limits_are_counted_run_by_run(plan: Scenario, runs: dict[str, pd.DataFrame]) -> None:
    found = breaches(plan, runs)
    assert found["plan"].by == {"dip_depth": 0.2, "attainment": 0.0}  # only its own dip of 0.25 is beyond 0.2
    assert not found["plan"].too_often  # 20 % are allowed
    # beyond the plan's by more than 0.01 in the second run, beyond 0.2 in the fourth; late in the fifth
    assert found["big_bang"].by == {"dip_depth": 0.4, "attainment": 0.2}
    assert found["big_bang"].share == pytest.approx(0.6) and found["big_bang"].too_often


@pytest.mark.parametrize(("language", "word"), [("en", "breaks a principle in 60 % of the runs"), ("zh", "60%")])
def test_a_selection_says_it_in_its_own_sentence(
    plan: Scenario, runs: dict[str, pd.DataFrame], language: str, word: str
) -> None:
    rows = [{"scenario": name, "replications": 5, "left": name == "big_bang"} for name in runs]
    said = "best by contribution: big_bang, with probability of at least 95% that no other is better by more than 1"
    selection = {"kpi": "contribution", "best": "big_bang", "decided": True, "probability": 0.95, "indifference": 1.0}
    told = with_principles(selection | {"scenarios": rows, "says": said}, plan, runs)
    scenarios = {"plan": plan, "big_bang": load_alternative(plan, "big_bang")}
    sentence = in_words(told, scenarios, language)
    assert (word in sentence and "big" in sentence.lower()) or "一步到位" in sentence
    unbroken = with_principles(
        selection | {"best": "plan", "scenarios": rows, "says": "best by contribution: plan"}, plan, runs
    )
    assert unbroken["says"] == "best by contribution: plan"


def test_without_principles_nothing_is_broken(runs: dict[str, pd.DataFrame]) -> None:
    assert breaches(load_scenario("plan", {"study.principles": {}}), runs) == {}
