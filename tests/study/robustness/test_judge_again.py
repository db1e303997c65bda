"""A finished study's worlds looked at anew: the same answer without changes, and what limits and suppositions do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenarios import Scenario, load_scenario
from scenarios.loading.load import with_settings
from study.results.storage import dump
from study.robustness.answer import judge
from study.robustness.judge_again import judged_by, stored, supposed
from study.robustness.outcomes import Outcomes, table_of
from study.robustness.result import Robust
from study.robustness.worlds import draw_worlds

KEY = "hand_over.loss"
NAMES = ("plan", "big_bang")


@pytest.fixture(scope="module")
def plan() -> Scenario:
    return load_scenario("plan", {"study.horizons": [120, 250]})


@pytest.fixture(scope="module")
def kept(plan: Scenario, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcomes]:
    """Keep 32 worlds, made up: the big bang earns more where the loss is below its middle, and dips in every fourth."""
    worlds = draw_worlds(plan, 32, 5)
    loss = worlds.values[:, worlds.keys.index(KEY)]
    gain = np.where(loss < np.median(loss), 5e6, -5e6)
    base = {"dip_days": 10.0, "no_merger": 9e7, "synergy": 1.2}
    rows = [
        [
            {
                f"{k}@{d}": v
                for d in (120, 250)
                for k, v in {**base, "contribution": 1e8 + n * 1e4, "dip_depth": 0.1}.items()
            },
            {
                f"{k}@{d}": v
                for d in (120, 250)
                for k, v in {**base, "contribution": 1e8 + gain[n], "dip_depth": 0.5 if n % 4 == 0 else 0.1}.items()
            },
        ]
        for n in range(32)
    ]
    other = plan.model_copy(update={"name": NAMES[1]})
    table = table_of(worlds, range(32), NAMES, rows)
    again = table_of(worlds, range(8), NAMES, rows[:8])
    outcomes = Outcomes((plan, other), worlds, table, again)
    folder = tmp_path_factory.mktemp("kept")
    Robust({s.name: s for s in outcomes.scenarios}, judge(outcomes, 1), table, again).save(folder)
    return folder, outcomes


def read(kept: tuple[Path, Outcomes]) -> Outcomes:
    folder, outcomes = kept
    answer = json.loads((folder / "robust.json").read_text())
    found = stored(folder, {s.name: s for s in outcomes.scenarios}, answer)
    assert found is not None
    return found


def test_what_was_kept_gives_the_answer_that_was_kept(kept: tuple[Path, Outcomes]) -> None:
    answer = json.loads((kept[0] / "robust.json").read_text())
    again = json.loads(dump(judge(read(kept), 1)))
    assert again == answer


def test_a_looser_limit_admits_what_a_stricter_one_does_not(kept: tuple[Path, Outcomes], plan: Scenario) -> None:
    strict, loose = (
        judge(judged_by(read(kept), with_settings(plan, {"study.principles": {"dip_depth": {"most": most}}})), 1)
        for most in (0.2, 0.6)
    )
    assert strict["admissible"] == ["plan"] and strict["recommended"] == "plan"
    assert strict["scenarios"]["big_bang"]["broken"]["dip_depth"]["value"] == 0.25  # every fourth world
    assert loose["admissible"] == ["plan", "big_bang"]


def test_supposing_an_assumption_keeps_the_worlds_in_its_range_and_turns_the_chances(
    kept: tuple[Path, Outcomes], plan: Scenario
) -> None:
    outcomes = read(kept)
    loss = outcomes.worlds.values[:, outcomes.worlds.keys.index(KEY)]
    middle = float(np.median(loss))
    low, high = (supposed(outcomes, {KEY: ends}) for ends in ((loss.min(), middle), (middle, loss.max())))
    assert len(low.worlds) + len(high.worlds) == 32
    free = with_settings(plan, {"study.principles": {"dip_depth": {"most": 0.9}}})
    chances = [
        judge(judged_by(part, free), 1)["scenarios"]["big_bang"]["probability_best"]["value"] for part in (low, high)
    ]
    assert chances == [1.0, 0.0]
    assert list(low.table["world"]) == [n for n in range(len(low.worlds)) for _ in NAMES]
    assert supposed(outcomes, {}).table.equals(outcomes.table)


def test_tables_that_do_not_belong_to_the_answer_are_not_read(kept: tuple[Path, Outcomes]) -> None:
    folder, outcomes = kept
    scenarios = {s.name: s for s in outcomes.scenarios}
    answer = json.loads((folder / "robust.json").read_text())
    assert stored(folder, scenarios, {**answer, "worlds": 31}) is None
    assert stored(folder / "nowhere", scenarios, answer) is None
