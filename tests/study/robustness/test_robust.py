"""Worlds are drawn as believed, the same on any machine; the answer has what it promises and obeys the principles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foundation.parallel import working
from foundation.result_cache import Pieces
from scenarios import InputError, Scenario, Territory, generate_city, load_scenario, load_territory
from scenarios.loading.load import load_alternative, with_settings
from scenarios.schema.study_settings import Belief
from sim import replicate_all
from study import robust
from study.cli import main
from study.evaluation.decisions import decide
from study.evaluation.simulate import inputs_of
from study.presentation.language import Language
from study.robustness.advice import advise, standings
from study.robustness.answer import answer_of
from study.robustness.discovery import failing_box
from study.robustness.figures import draw_lights, draw_scatter, draw_value_of_knowing
from study.robustness.outcomes import Outcomes, broken, values_in
from study.robustness.result import Robust
from study.robustness.simulate import simulate_worlds
from study.robustness.wording.advice import advice_text
from study.robustness.wording.details import lines
from study.robustness.worlds import Worlds, draw_worlds, quantiles, shared_keys

SHORT = {"run.days": 40, "study.horizons": [25, 40], "study.alternatives": ["no_merger", "big_bang", "waves"]}
BELIEFS = {
    "effort.drill_share": {"low": 0.05, "likely": 0.15, "high": 0.3},
    "training.seats": {"low": 6.0, "likely": 12.0, "high": 18.0, "shape": "triangular"},
    "learning.fixed.half": {"low": 80.0, "likely": 160.0, "high": 320.0, "group": "learning"},
    "learning.mobile.half": {"low": 60.0, "likely": 120.0, "high": 240.0, "group": "learning"},
}
OBJECTS = (
    *("probability_best", "expected_regret", "worst_regret", "probability_beats_no_merger"),
    *("probability_synergy", "probability_not_interrupted"),
)


def one_centre() -> Territory:
    town = load_territory("model_city")
    return town.subset(town.units.index[town.units["centre"] == min(town.units["centre"])])


@pytest.fixture(scope="module")
def town() -> Territory:
    return one_centre()


@pytest.fixture(scope="module")
def plan() -> Scenario:
    return load_scenario("plan", {**SHORT, "study.belief_groups": {"learning": 0.8}, "study.beliefs": BELIEFS})


@pytest.fixture(scope="module")
def found(plan: Scenario, town: Territory) -> Robust:
    return robust(plan, territory=town, worlds=16, jobs=2)


def test_the_answer_has_what_the_interface_promises(found: Robust) -> None:
    answer = found.answer
    assert set(answer["scenarios"]) == {"plan", "big_bang", "waves"}  # no merger is no choice
    for about in answer["scenarios"].values():
        for name in OBJECTS:
            assert about[name]["low"] <= about[name]["value"] <= about[name]["high"]
        assert set(about["horizons"]) == {"25", "40"}
    assert sum(about["probability_best"]["value"] for about in answer["scenarios"].values()) == pytest.approx(1)
    assert set(answer["evppi"]) == set(BELIEFS) and set(answer["evpi"]) == {"value", "low", "high"}
    assert answer["recommended"] in answer["scenarios"] and answer["why"]
    for point in answer["flip_points"]:
        assert {"belief", "value", "low", "high", "from", "to"} <= set(point)


def test_a_row_for_each_world_and_scenario(found: Robust, plan: Scenario) -> None:
    table = found.worlds
    assert len(table) == 16 * 4 and set(BELIEFS) < set(table.columns)
    assert {"contribution@25", "contribution@40", "dip_depth@40", "synergy@25"} < set(table.columns)
    assert (table.groupby("world")[list(BELIEFS)].nunique() == 1).all(axis=None)
    for key, belief in plan.study.beliefs.items():
        assert table[key].between(belief.low, belief.high).all()
    assert (table["training.seats"] % 1 == 0).all()
    # a world's no-merger contribution is what the scenario of that name brings there
    alone = table[table["scenario"] == "no_merger"]
    np.testing.assert_allclose(alone["no_merger@40"], alone["contribution@40"])


@pytest.mark.slow
def test_the_likely_world_is_the_study_itself(plan: Scenario, town: Territory) -> None:
    """A world whose drawn values are the scenario's own brings what the scenario brings under the same numbers."""

    made = decide(plan, town, seed=1)
    own = np.array([[0.15, 12.0, 160.0, 120.0]])
    world = Worlds(tuple(BELIEFS), own, np.zeros((1, 4)), np.eye(4))
    inputs = [inputs_of(plan, made)]
    ((row,),) = simulate_worlds(inputs, world, [0], seed=5, jobs=1)
    (same,) = replicate_all(
        inputs, replications=1, counterfactual=load_alternative(plan, "no_merger"), seed=5, horizons=True
    )
    for kpi in ("contribution", "sales", "dip_depth", "synergy", "hall_refused"):
        assert row[f"{kpi}@40"] == same.values[kpi].iloc[0]
        assert row[f"{kpi}@25"] == same.earlier[25][kpi].iloc[0]


def test_any_number_of_workers_and_an_interruption_give_the_same_bytes(
    found: Robust, plan: Scenario, town: Territory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = robust(plan, territory=town, worlds=16, jobs=1)
    pd.testing.assert_frame_equal(alone.worlds, found.worlds)
    assert json.dumps(alone.answer, default=str) == json.dumps(found.answer, default=str)
    (tmp_path / "pieces").mkdir()
    with working(pieces=Pieces(tmp_path / "pieces")):
        robust(plan, territory=town, worlds=4)
        kept = len(list((tmp_path / "pieces").iterdir()))
        again = robust(plan, territory=town, worlds=16)
    assert kept >= 4
    pd.testing.assert_frame_equal(again.worlds, found.worlds)


def test_more_worlds_go_on_where_fewer_ended(plan: Scenario) -> None:
    few, many = draw_worlds(plan, 8, 3), draw_worlds(plan, 50, 3)
    np.testing.assert_array_equal(few.values, many.values[:8])


@pytest.mark.parametrize(
    ("shape", "mean"),
    [
        ("uniform", 6.0),
        ("triangular", (2 + 3 + 10) / 3),
        ("pert", (2 + 4 * 3 + 10) / 6),
        ("log_uniform", 8 / np.log(5)),
    ],
)
def test_values_are_drawn_as_the_shape_says(shape: str, mean: float) -> None:
    share = (np.arange(20_000) + 0.5) / 20_000
    values = quantiles(Belief(low=2.0, likely=3.0, high=10.0, shape=shape), 3.0, share)  # type: ignore[arg-type]
    assert values.mean() == pytest.approx(mean, rel=1e-3)
    assert values.min() >= 2 and values.max() <= 10 and (np.diff(values) >= 0).all()


def test_one_end_of_a_belief_is_set_by_its_key_in_brackets() -> None:
    own = load_scenario("plan").study.beliefs["hand_over.loss"]
    found = load_scenario("plan", {"study.beliefs[hand_over.loss].high": 0.95}).study.beliefs["hand_over.loss"]
    assert found == own.model_copy(update={"high": 0.95})


def test_beliefs_of_a_group_rise_and_fall_together(plan: Scenario) -> None:
    worlds = draw_worlds(plan, 2048, 1)
    rank = pd.DataFrame(worlds.values, columns=worlds.keys).corr("spearman")
    assert rank.loc["learning.fixed.half", "learning.mobile.half"] == pytest.approx(
        6 / np.pi * np.arcsin(0.4), abs=0.03
    )
    assert abs(rank.loc["effort.drill_share", "learning.fixed.half"]) < 0.05


def test_what_an_alternative_decides_is_no_belief() -> None:
    plan = load_scenario("plan", {"study.beliefs": BELIEFS, "study.belief_groups": {"learning": 0.5}})
    other = with_settings(plan, {"training.seats": 20}, "seats")
    assert shared_keys([plan, other], list(BELIEFS)) == [list(BELIEFS), [k for k in BELIEFS if k != "training.seats"]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"study.beliefs": {"no.such": {"low": 0.0, "high": 1.0}}}, "no.such"),
        ({"study.beliefs": {"hand_over.loss": {"low": 0.5, "high": 1.5}}}, "study.beliefs.hand_over.loss is 1.5"),
        ({"study.beliefs": {"hand_over.loss": {"low": 0.5, "high": 0.2}}}, "below high"),
        ({"study.beliefs": {"hand_over.loss": {"low": 0.1, "likely": 0.7, "high": 0.5}}}, "between low"),
        ({"study.beliefs": {"training.seats": {"low": 6.5, "high": 9.0}}}, "whole"),
        ({"study.beliefs": {"hand_over.loss": {"low": 0.1, "high": 0.5, "group": "x"}}}, "no such group"),
        ({"study.beliefs": {"selling.incentive_lift": {"low": 0.0, "high": 0.1, "shape": "log_uniform"}}}, "above 0"),
        ({"study.principles": {"dip_dept": {"most": 0.1}}}, "no such KPI"),
        ({"study.principles": {"dip_depth": {"most": 0.1, "least": 0.0}}}, "only one"),
        ({"study.principles": {"utilisation": {"slack": 0.1}}}, "neither more nor less"),
        ({"study.beliefs": {}}, "nothing is believed"),
        ({"phases": [], "target_stages": [], "study.alternatives": ["no_merger"]}, "no timeline to choose"),
    ],
)
def test_a_question_that_has_no_answer_is_refused_before_any_work(settings: dict, said: str, town: Territory) -> None:
    with pytest.raises(InputError, match=said):
        robust(load_scenario("plan", {"study.belief_groups": {}, "study.beliefs": BELIEFS_ALONE, **settings}), worlds=4)


BELIEFS_ALONE = {"effort.drill_share": BELIEFS["effort.drill_share"]}


def made_up(plan: Scenario, values: dict[str, np.ndarray], dips: dict[str, np.ndarray]) -> Outcomes:
    """Return outcomes of given contributions and dips, at one horizon, without a simulation."""
    names = list(values)
    scenarios = tuple(plan if n == "plan" else load_alternative(plan, n) for n in names)
    count = len(next(iter(values.values())))
    worlds = draw_worlds(plan, count, 1)
    rows = [
        {"world": w, "scenario": n, "contribution@40": values[n][w], "no_merger@40": 0.0, "dip_depth@40": dips[n][w]}
        for w in range(count)
        for n in names
    ]
    return Outcomes(scenarios, worlds, pd.DataFrame(rows), pd.DataFrame(rows)[:0])


@pytest.fixture
def ruled(plan: Scenario) -> Scenario:
    """The plan with one horizon and one principle, by which 20 % of the worlds may be broken."""
    rules = {"study.horizons": [40], "study.principles": {"dip_depth": {"slack": 0.01}}, "study.broken_at_most": 0.2}
    return with_settings(plan, rules)


def test_a_timeline_that_breaks_a_principle_too_often_is_not_recommended_however_much_it_brings(
    ruled: Scenario,
) -> None:
    noise = np.linspace(-1, 1, 40)
    values = {"plan": 100 + noise, "big_bang": 110 + noise, "waves": 105 + noise}
    dips = {"plan": np.full(40, 0.1), "big_bang": np.full(40, 0.2), "waves": np.where(np.arange(40) < 8, 0.2, 0.1)}
    outcomes = made_up(ruled, values, dips)
    found = {40: standings(outcomes, 40, 0.95, 1)}
    advice = advise(outcomes, found, 0.2)
    assert advice.recommended == "waves" and advice.most == "big_bang" and set(advice.admissible) == {"plan", "waves"}
    assert found[40]["waves"].probability_not_interrupted.value == pytest.approx(0.8)
    text = advice_text(answer_of(outcomes, 1), {s.name: s for s in outcomes.scenarios}, Language("en"))
    assert '"Big bang"' in text and "breaks a principle in 100 % of the worlds" in text


def test_where_every_timeline_breaks_one_the_sentence_that_names_it_says_so(ruled: Scenario) -> None:
    limit = with_settings(ruled, {"study.principles": {"dip_depth": {"most": 0.05}}})
    noise = np.linspace(-1, 1, 20)
    values = {"plan": 100 + noise, "big_bang": 110 + noise}
    dips = {"plan": np.full(20, 0.1), "big_bang": np.where(np.arange(20) < 15, 0.2, 0.01)}
    answer = answer_of(made_up(limit, values, dips), 1)
    assert answer["recommended"] == "big_bang" and answer["admissible"] == []
    first = answer["why"].split(". ")[0]
    assert "Big bang" in first and "75 %" in first and "No timeline keeps the principles" in first


def test_what_the_plan_asks_of_the_business_is_told_where_it_is_the_one_to_keep(ruled: Scenario) -> None:
    noise, depths, days = np.linspace(-1, 1, 11), np.linspace(0.05, 0.15, 11), np.linspace(10, 60, 11)
    values = {"plan": 100 + noise, "big_bang": 110 + noise}
    outcomes = made_up(ruled, values, {"plan": depths, "big_bang": depths + 0.2})
    table = outcomes.table.assign(**{"dip_days@40": np.repeat(days, 2)})
    answer = answer_of(replace(outcomes, table=table), 1)
    assert answer["recommended"] == "plan" and answer["admissible"] == ["plan"]
    assert answer["scenarios"]["plan"]["interruption"]["dip_days"] == {
        "value": pytest.approx(35.0),
        "low": pytest.approx(15.0),  # the second and the tenth of eleven
        "high": pytest.approx(55.0),
    }
    assert answer["why"].startswith('Keep "The plan as written": every other timeline breaks a principle')
    assert "35 days on which it contributes over 2 % less than no merger would" in answer["why"]
    assert "(15 to 55 in eight of ten); over its worst 10 days 10 % less (6 % to 14 %)" in answer["why"]


def test_the_limit_is_the_studied_scenarios_own_result_in_the_same_world(ruled: Scenario) -> None:
    own = np.linspace(0.05, 0.4, 20)
    dips = {"plan": own, "waves": own + np.where(np.arange(20) % 2, 0.005, 0.02)}
    outcomes = made_up(ruled, {"plan": np.ones(20), "waves": np.ones(20)}, dips)
    where = broken(outcomes, 40, ["plan", "waves"])["dip_depth"]
    np.testing.assert_array_equal(where, np.stack([np.zeros(20), 1.0 - np.arange(20) % 2], axis=1))


def test_a_difference_that_changes_sign_between_horizons_is_told(ruled: Scenario) -> None:
    both = with_settings(ruled, {"study.horizons": [25, 40], "study.principles": {}})
    outcomes = made_up(
        both, {"plan": np.full(12, 10.0), "waves": np.full(12, 11.0)}, {"plan": np.zeros(12), "waves": np.zeros(12)}
    )
    table = outcomes.table.assign(**{"contribution@25": np.tile([10.0, 8.0], 12), "no_merger@25": 0.0})
    answer = answer_of(replace(outcomes, table=table), 1)
    assert answer["recommended"] == "waves" and answer["turns_at"] == [25]
    assert "by day 25 the difference" in answer["why"]


def test_the_worlds_in_which_a_timeline_fails_are_found() -> None:
    rng = np.random.default_rng(4)
    values = rng.uniform(0, 1, (400, 6))
    worlds = Worlds(tuple("abcdef"), values, values, np.eye(6))
    fails = ((values[:, 1] > 0.7) & (values[:, 4] < 0.5)).astype(float)
    box = failing_box(worlds, fails, 0.95)
    assert box is not None
    limits = {key: (low, high) for key, low, high in box.limits}
    assert set(limits) == {"b", "e"}
    assert limits["b"][0] == pytest.approx(0.7, abs=0.05) and limits["e"][1] == pytest.approx(0.5, abs=0.06)
    assert box.density.value > 0.9 and box.coverage.value > 0.85
    assert failing_box(worlds, np.zeros(400), 0.95) is None


def test_a_kpi_that_no_scenario_has_breaks_nothing() -> None:
    assert np.isnan(values_in(pd.DataFrame({"world": [0, 0]}), ["a", "b"], "x@5", ["b"])).all()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_told_and_drawn_in_both_languages(found: Robust, language: str) -> None:
    say = Language(language)
    text = "\n".join([advice_text(found.answer, found.scenarios, say), *lines(found.answer, found.scenarios, say)])
    assert "{" not in text and len(text) > 300
    for draw in (draw_scatter, draw_value_of_knowing, draw_lights):
        assert draw(found.answer, found.scenarios, language=language).axes


@pytest.mark.slow
def test_the_command_writes_what_the_interface_names(tmp_path: Path) -> None:
    generate_city(units=30, centres=2, seed=1).save(tmp_path / "town")
    settings = [f"{key}={json.dumps(value)}" for key, value in SHORT.items()]
    settings += ["study.belief_groups={}", f"study.beliefs={json.dumps(BELIEFS_ALONE)}"]
    options = [text for one in settings for text in ("--set", one)]
    out = tmp_path / "out"
    asked = ["robust", "plan", "--territory", str(tmp_path / "town"), "--worlds", "4", "--quiet", "--out", str(out)]
    assert main([*asked, *options]) == 0
    assert {"worlds.csv", "robust.json", "run.json", "robust.png"} <= {path.name for path in out.iterdir()}
    table, answer = pd.read_csv(out / "worlds.csv"), json.loads((out / "robust.json").read_text("utf-8"))
    assert len(table) == 4 * 4 and answer["worlds"] == 4
    assert json.loads((out / "run.json").read_text("utf-8"))["verb"] == "robust"
    with pytest.raises(SystemExit, match="2"):
        main([*asked[:2], "--worlds", "0"])
