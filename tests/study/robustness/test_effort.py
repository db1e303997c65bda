"""Worlds are added until the best is known, and what is beaten drops out: against problems whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from scenarios import InputError, Scenario, load_scenario
from scenarios.loading.load import load_alternative, with_settings
from study.presentation.language import Language
from study.robustness.answer import answer_of
from study.robustness.effort import STAGE, Simulate, explore
from study.robustness.outcomes import broken, twice
from study.robustness.simulate import Row
from study.robustness.wording.advice import own_limits
from study.robustness.wording.details import effort_lines
from study.robustness.worlds import Worlds, draw_worlds
from tests.sizes import size

NAMES = ("plan", "big_bang", "slow", "waves")
RULES = {
    "run.days": 40,
    "study.horizons": [40],
    "study.belief_groups": {},
    "study.alternatives": list(NAMES[1:]),
    "study.principles": {"dip_depth": {"slack": 0.01}},
    "study.beliefs": {
        "learning.peer_value": {"low": 0.5, "high": 3.0},
        "effort.drill_share": {"low": 0.05, "high": 0.3},
    },
}


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    plan = load_scenario("plan", RULES)
    return [plan, *(load_alternative(plan, name) for name in NAMES[1:])]


def laboratory(
    worlds: Worlds, means: Sequence[float], slopes: Sequence[float], luck: float, dips: Sequence[float], seed: int
) -> tuple[Simulate, list[tuple[int, tuple[str, ...], bool]]]:
    """A simulation whose contributions are linear in the first belief's score, with luck; and what was asked of it."""
    asked: list[tuple[int, tuple[str, ...], bool]] = []
    noise = np.random.default_rng(seed).normal(0, luck, (2, len(worlds), len(NAMES)))

    def simulate(numbers: Sequence[int], names: Sequence[str], again: bool) -> list[list[Row]]:
        asked.append((len(numbers), tuple(names), again))
        place = [NAMES.index(name) for name in names]
        return [
            [
                {
                    "contribution@40": 1000 + means[k] + slopes[k] * worlds.scores[n, 0] + noise[int(again), n, k],
                    "no_merger@40": 900.0,
                    "dip_depth@40": dips[k],
                }
                for k in place
            ]
            for n in numbers
        ]

    return simulate, asked


def test_a_clear_best_needs_few_worlds_and_no_more_are_drawn(scenarios: list[Scenario]) -> None:
    worlds = draw_worlds(scenarios[0], 512, 1)
    simulate, asked = laboratory(worlds, (0, 50, -50, -80), (1, 1, 1, 1), 0.5, (0.1,) * 4, 1)
    outcomes, effort = explore(scenarios, worlds, simulate)
    assert effort.known and effort.leading == "big_bang" and effort.error <= 0.02
    assert len(outcomes.worlds) == sum(count for count, _, again in asked if not again) == 2 * STAGE
    assert len(outcomes.again) == len(NAMES) * twice(2 * STAGE)


@pytest.mark.slow
def test_an_open_question_uses_the_budget_and_drops_what_is_beaten(scenarios: list[Scenario]) -> None:
    """Two alternatives change places with a belief; two others are behind both by more than the belief can turn."""
    worlds = draw_worlds(scenarios[0], 512, 1)
    simulate, asked = laboratory(worlds, (0, 0.2, -40, -60), (-2, 2, 0, 0), 0.3, (0.1,) * 4, 2)
    outcomes, effort = explore(scenarios, worlds, simulate)
    assert not effort.known and len(outcomes.worlds) == 512
    assert set(effort.beaten) == {"slow", "waves"}
    assert all(one.by in ("plan", "big_bang") and one.chance.high <= 0.02 for one in effort.beaten.values())
    assert asked[-1][1] == ("plan", "big_bang")
    answer = answer_of(outcomes, 1, effort)
    best = {name: about["probability_best"] for name, about in answer["scenarios"].items()}
    true = float(stats.norm.cdf(0.2 / 4))  # that the difference 0.2 + 4 z is positive
    assert best["big_bang"]["low"] <= true <= best["big_bang"]["high"]
    assert list(answer["scenarios"]) == list(NAMES) and best["waves"]["value"] == 0
    told = effort_lines(answer, {s.name: s for s in scenarios}, Language("en"))
    assert len(told) == 3 and "All 512 worlds" in told[0] and "dropped out after 192 worlds" in told[1]


def test_what_keeps_the_principles_better_never_drops_out(scenarios: list[Scenario]) -> None:
    worlds = draw_worlds(scenarios[0], 256, 1)
    simulate, _ = laboratory(worlds, (0, 0.2, -40, -60), (-2, 2, 0, 0), 0.3, (0.1, 0.5, 0.1, 0.1), 2)
    ruled = [with_settings(scenarios[0], {"study.principles": {"dip_depth": {"most": 0.05}}}), *scenarios[1:]]
    _, all_break = explore(ruled, worlds, simulate)
    assert set(all_break.beaten) == {"slow", "waves"}  # all break it everywhere, so that it decides nothing
    kept, _ = laboratory(worlds, (0, 0.2, -40, -60), (-2, 2, 0, 0), 0.3, (0.1, 0.5, 0.02, 0.02), 2)
    _, some_keep = explore(ruled, worlds, kept)
    assert set(some_keep.beaten) == {"waves"}  # by slow, which keeps it as well


def test_what_is_studied_never_drops_out(scenarios: list[Scenario]) -> None:
    worlds = draw_worlds(scenarios[0], 256, 1)
    simulate, _ = laboratory(worlds, (-90, 0.2, 0, -60), (0, 2, -2, 0), 0.3, (0.1,) * 4, 2)
    outcomes, effort = explore(scenarios, worlds, simulate)
    assert set(effort.beaten) == {"waves"} and "plan" in outcomes.choices


@pytest.mark.slow
def test_hardly_ever_does_the_best_drop_out(scenarios: list[Scenario]) -> None:
    """Problems drawn anew: the alternative with the largest expected contribution stays in, as often as stated."""
    problems, lost, dropped = size(40, 400), 0, 0
    for number in range(problems):
        rng = np.random.default_rng(number)
        means, slopes = rng.normal(0, 3, len(NAMES)), rng.normal(0, 2, len(NAMES))
        worlds = draw_worlds(scenarios[0], 384, number)
        simulate, _ = laboratory(worlds, means, slopes, 1.0, (0.1,) * 4, number)
        _, effort = explore(scenarios, worlds, simulate)
        lost += NAMES[int(np.argmax(means))] in effort.beaten
        dropped += len(effort.beaten)
    assert dropped > problems / 2 and lost <= 0.05 * problems


def test_fixed_limits_bind_the_studied_timeline_too(scenarios: list[Scenario]) -> None:
    rules = {"study.principles": {"dip_depth": {"slack": 0.01, "most": 0.2}}}
    ruled = [with_settings(scenarios[0], rules), *scenarios[1:]]
    worlds = draw_worlds(ruled[0], 32, 1)
    simulate, _ = laboratory(worlds, (0, 50, -50, -80), (1, 1, 1, 1), 0.5, (0.1, 0.15, 0.1, 0.3), 1)
    outcomes, effort = explore(ruled, worlds, simulate)
    found = {n: broken(outcomes, 40, NAMES)["dip_depth"][0, k] for k, n in enumerate(NAMES)}
    assert found == {"plan": 0, "big_bang": 1, "slow": 0, "waves": 1}
    fixed = broken(outcomes, 40, NAMES, fixed=True)["dip_depth"][0]
    assert fixed.tolist() == [0, 0, 0, 1]
    answer = answer_of(outcomes, 1, effort)
    assert answer["recommended"] == "plan" and answer["by_fixed_limits"] == "big_bang"
    (told,) = own_limits(answer, {s.name: s for s in ruled}, Language("en"))
    assert "by construction" in told and '"Big bang"' in told and told in answer["why"]


def test_a_principle_takes_one_limit_of_each_kind() -> None:
    for rule in ({"most": 0.1, "least": 0.2}, {"slack": 0.1, "slack_share": 0.2}, {}):
        with pytest.raises(InputError, match=r"study\.principles"):
            load_scenario("plan", {"study.principles": {"dip_depth": rule}})
