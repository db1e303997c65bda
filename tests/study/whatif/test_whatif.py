"""What-ifs: designs, what a key means, the cache, and answers that arithmetic can check."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, Scenario, Territory, generate_city, load_scenario
from scenarios.loading.case import case_of, counterfactual_of
from scenarios.loading.load import with_settings
from scenarios.loading.variants import settings_of, whole_keys
from sim import replicate_all
from study import WhatIf, what_if
from study.cli import main
from study.evaluation.decisions import Decisions, decide, prepare_territory
from study.evaluation.fairness import efficient, gini
from study.evaluation.points import Store
from study.evaluation.simulate import inputs_of
from study.sensitivity.design import design, read_vary
from study.whatif.figures import draw_whatif

KEY = "target_stages.stage2.weights.CM.fixed"
TOWN = generate_city(units=40, centres=2, seed=8)


def short() -> Scenario:
    return load_scenario("plan", {"run.days": 60, "run.replications": 3})


def sellers_of(town: Territory) -> list[str]:
    """Return the sellers of the town with everything generated filled in."""
    sellers = prepare_territory(short(), town, seed=short().run.seed).sellers
    assert sellers is not None
    return sellers["seller_id"].tolist()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[WhatIf, Path]:
    cache = tmp_path_factory.mktemp("cache")
    vary = {KEY: [0.5, 0.9], "indicators.income": [0.0, 0.6]}
    return what_if(short(), vary, territory=TOWN, cache=cache, jobs=2), cache


@pytest.mark.slow
def test_a_point_is_what_a_study_of_its_scenario_gives(asked: tuple[WhatIf, Path]) -> None:
    row = asked[0].points.iloc[1]
    assert (row[KEY], row["indicators.income"]) == (0.5, 0.0)
    scenario = with_settings(short(), settings_of(short(), {KEY: 0.5, "indicators.income": 0.0}))
    seed = scenario.run.seed
    inputs = inputs_of(scenario, decide(scenario, TOWN, seed=seed))
    (alone,) = replicate_all([inputs], counterfactual=counterfactual_of(scenario), seed=seed)
    for kpi in ("sales", "dip_depth", "contribution"):
        assert row[kpi] == pytest.approx(alone.values[kpi].mean())
        assert row[f"{kpi}_low"] <= row[kpi] <= row[f"{kpi}_high"]


def test_the_answers_hang_together(asked: tuple[WhatIf, Path]) -> None:
    result = asked[0]
    assert len(result.points) == 5 and result.new == 5 and result.points["base"].tolist() == [1, 0, 0, 0, 0]
    assert result.points["moved"].iloc[0] == 0 and result.points["moved"].between(0, 1).all()
    assert result.borders["together"].between(0, 1).all() and len(result.borders) == len(TOWN.edges)
    assert np.allclose(result.changes["change"], result.changes["value"] - result.changes["base"], rtol=0, atol=0.005)
    assert result.points["pareto"].sum() >= 1
    assert set(result.changes["stage"]) == {stage.name for stage in short().target_stages}
    persons = result.gains[result.gains["level"] == "person"]
    assert set(persons["id"]) == set(sellers_of(TOWN)) and (persons["gains"] + persons["loses"] <= 1).all()
    assert (persons["community"] != "").all() and persons["least"].le(persons["most"]).all()
    assert result.stable["recurs"].between(0, 1).all() and (result.stable["core"] <= 1).all()
    assert result.stable.loc[result.stable["point"] == 0, "units"].sum() <= len(TOWN)
    effects = result.sensitivity[result.sensitivity["kpi"] == "sales"]
    assert set(effects["key"]) == {KEY, "indicators.income"} and effects["explained"].between(0, 1).all()
    assert "computed now" in str(result)
    page = result._repr_html_()
    assert page.count("<tr") == len(result.points) + 1 and page.count("<li>") >= 2 and "_low" not in page
    assert not set(re.findall(r"[A-Za-z]{2,}", result.in_text("zh").replace(KEY, ""))) - {"indicators", "income"}
    for language in ("en", "zh"):
        assert len(draw_whatif(result, language=language).axes) == 2


@pytest.mark.slow
def test_what_is_known_is_not_computed_again(asked: tuple[WhatIf, Path]) -> None:
    result, cache = asked
    vary = {KEY: [0.5, 0.9], "indicators.income": [0.0, 0.6]}
    again = what_if(short(), vary, territory=TOWN, cache=cache)
    assert again.new == 0
    pd.testing.assert_frame_equal(again.points, result.points)
    wider = what_if(short(), {KEY: [0.5, 0.7, 0.9], "indicators.income": [0.0]}, territory=TOWN, cache=cache)
    assert wider.new == 1
    more = what_if(short(), vary, territory=TOWN, cache=cache, replications=4)
    fresh = what_if(short(), vary, territory=TOWN, replications=4)
    pd.testing.assert_frame_equal(more.points, fresh.points)
    assert what_if(short(), vary, territory=TOWN, cache=cache, replications=2).new == 0


def test_a_changed_model_finds_nothing_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scenario, seed = short(), short().run.seed
    path = Store(tmp_path, TOWN, seed, "highs").path(case_of(scenario))
    assert path == Store(tmp_path, TOWN, seed, "highs").path(case_of(scenario))
    assert path != Store(tmp_path, TOWN, seed + 1, "highs").path(case_of(scenario))
    monkeypatch.setattr("foundation.result_cache.program", lambda: "another model")
    assert path != Store(tmp_path, TOWN, seed, "highs").path(case_of(scenario))


def test_a_changed_scenario_of_no_merger_finds_nothing_in_the_cache(tmp_path: Path) -> None:
    twin, store = tmp_path / "alone.yaml", Store(tmp_path, TOWN, 1, "highs")
    text = "name: alone\ntitle: {en: Alone, zh: 对照}\nbase: plan\nset: {phases: [], target_stages: []}\n"
    twin.write_text(text, "utf-8")
    scenario = with_settings(short(), {"study.counterfactual": str(twin)})
    path = store.path(case_of(scenario))
    twin.write_text(text.replace("[]}", "[], selling.conversion.fixed: 0.03}"), "utf-8")
    assert path != store.path(case_of(scenario))
    twin.write_text(text, "utf-8")
    assert path == store.path(case_of(scenario))


@pytest.mark.slow
def test_runs_of_other_communities_are_not_added_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A solver that its time limit stops may draw others for the same point."""
    vary = {"retention.save_share": [0.5]}
    what_if(short(), vary, territory=TOWN, cache=tmp_path, replications=1)

    def elsewhere(*args: Any, **more: Any) -> Decisions:
        made = decide(*args, **more)
        return replace(made, plans={**made.plans, "redrawn": made.plans["subdivided"]})

    monkeypatch.setattr("study.whatif.points.decide", elsewhere)
    more = what_if(short(), vary, territory=TOWN, cache=tmp_path, replications=2)
    fresh = what_if(short(), vary, territory=TOWN, replications=2)
    pd.testing.assert_frame_equal(more.points, fresh.points)


@pytest.mark.slow
def test_a_damaged_file_of_the_cache_is_computed_again(asked: tuple[WhatIf, Path], tmp_path: Path) -> None:
    vary = {KEY: [0.6]}
    first = what_if(short(), vary, territory=TOWN, cache=tmp_path, replications=2)
    for path in tmp_path.glob("*.json"):
        path.write_text(path.read_text()[:50])
    again = what_if(short(), vary, territory=TOWN, cache=tmp_path, replications=2)
    assert again.new == 2
    pd.testing.assert_frame_equal(again.points, first.points)


def test_weights_of_a_person_keep_their_sum_and_whole_numbers_stay_whole() -> None:
    found = settings_of(short(), {KEY: 0.7, "training.seats": 9.0, "indicators.income": 0.2})
    assert found["target_stages.stage2.weights.CM"] == {"fixed": 0.7, "mobile": 0.3}
    assert found["training.seats"] == 9 and isinstance(found["training.seats"], int)
    assert with_settings(short(), found).target_stages[1].weights.CM.mobile == 0.3


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({"name": 1.0}, "varies numbers, and this is 'plan'"),
        ({"indicators": 1.0}, "no single number"),
        ({"run.seed": 1.0}, "Give it once: --seed 7"),
        ({KEY: 0.5, KEY.replace("fixed", "mobile"): 0.1}, "keeps the sum of 1 with"),
        ({"indicators.incom": 1.0}, "Did you mean 'income'"),
    ],
)
def test_what_cannot_vary_is_refused(point: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        settings_of(short(), point)


def test_a_sample_of_whole_numbers_takes_each_as_often_and_a_switch_is_on_or_off() -> None:
    vary = {"training.seats": [6.0, 9.0], "indicators.income": [0.0, 1.0]}
    assert whole_keys(short(), {**vary, "no.such": [1.0]}) == ["training.seats"]
    seats = pd.DataFrame(design(vary, "lhs", 40, 3, whole_keys(short(), vary)))["training.seats"]
    assert seats.value_counts().to_dict() == {6.0: 10, 7.0: 10, 8.0: 10, 9.0: 10}
    screening = pd.DataFrame(design(vary, "morris", 3, 1, ["training.seats"]))
    assert set(screening["training.seats"]) <= {6.0, 7.0, 8.0, 9.0}
    with pytest.raises(InputError, match="lie 3, 6, 9"):
        design({**vary, "training.seats": [6.0, 10.0]}, "morris", 3, 1, ["training.seats"])
    assert settings_of(short(), {"phases.adjustment.training": 0.0}) == {"phases.adjustment.training": False}


@pytest.mark.slow
def test_a_key_that_changes_nothing_is_named(asked: tuple[WhatIf, Path]) -> None:
    assert not asked[0].warnings or not any("nothing changes" in w.rule for w in asked[0].warnings)
    vary = {"timeline.trials": [10.0, 20.0], KEY: [0.5, 0.9]}
    result = what_if(short(), vary, territory=TOWN, cache=asked[1], replications=2, jobs=2)
    assert [w.path for w in result.warnings if "nothing changes" in w.rule] == ["vary timeline.trials"]


@pytest.mark.slow
def test_a_screening_moves_one_key_at_a_time_and_ranks_them() -> None:
    vary = {"selling.conversion.fixed": [0.01, 0.06], "halls.learn_hours": [19.0, 22.0]}
    result = what_if(short(), vary, territory=TOWN, kind="morris", points=2, replications=2, jobs=2)
    assert len(result.points) == 7
    sales = result.screening[result.screening["kpi"] == "sales"]
    assert sales["key"].tolist() == list(vary) and sales["rank"].tolist() == [1, 2] and "1. selling" in str(result)
    with pytest.raises(InputError, match="move every key"):
        what_if(short(), {"halls.learn_hours": [20.0]}, territory=TOWN, kind="morris", points=2)


@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_a_sample_fills_the_space_and_is_repeatable(kind: str) -> None:
    vary = {"a": [0.0, 1.0], "b": [2.0, 6.0]}
    points = pd.DataFrame(design(vary, kind, 16, 1))  # type: ignore[arg-type]
    assert len(points) == 16 and points["a"].between(0, 1).all() and points["b"].between(2, 6).all()
    assert np.histogram(points["b"], bins=4, range=(2, 6))[0].min() >= 3
    assert points.equals(pd.DataFrame(design(vary, kind, 16, 1)))  # type: ignore[arg-type]


def test_steps_are_read_as_they_are_written() -> None:
    assert read_vary("a.b=0:0.6:0.15") == ("a.b", [0.0, 0.15, 0.3, 0.45, 0.6])
    assert read_vary("a=1,4") == ("a", [1.0, 4.0]) and read_vary("a=1:4") == ("a", [1.0, 4.0])
    for wrong in ("a", "a=", "a=x", "a=3:1:1", "a=0:1:0", "a=0:1:0.1:2"):
        with pytest.raises(InputError, match="KEY=LOW:HIGH:STEP"):
            read_vary(wrong)


def test_gini_and_efficiency_by_hand() -> None:
    assert gini(np.array([1.0, 1, 1, 1])) == 0 and gini(np.array([0.0, 0, 0, 1])) == pytest.approx(0.75)
    assert efficient(np.array([[1.0, 2], [2, 1], [2, 2], [np.nan, 0]])).tolist() == [True, True, False, False]


def test_the_command_line_writes_the_answers(tmp_path: Path, asked: tuple[WhatIf, Path]) -> None:
    folder = TOWN.save(tmp_path / "t")
    base = ["whatif", "plan", "--territory", str(folder), "--set", "run.days=40", "--replications", "2", "--quiet"]
    assert main([*base, "--vary", f"{KEY}=0.6,0.8", "--out", str(tmp_path / "a")]) == 0
    assert pd.read_csv(tmp_path / "a/whatif.csv")[KEY].tolist()[1:] == [0.6, 0.8]
    for name in ("changes", "gains", "stable", "borders", "sensitivity", "influence"):
        assert (tmp_path / f"a/{name}.csv").is_file()
    assert json.loads((tmp_path / "a/run.json").read_text())["vary"] == {KEY: [0.6, 0.8]}
    assert (tmp_path / "a/whatif.png").stat().st_size > 0 and any((tmp_path / "whatif-cache").iterdir())
    assert main([*base, "--vary", "nonsense.key=0:1:1", "--out", str(tmp_path / "b")]) == 2
    assert main([*base, "--vary", f"{KEY}=0.5:1.5:1", "--out", str(tmp_path / "b")]) == 2
    assert main([*base, "--vary", f"{KEY}=1", "--vary", f"{KEY}=0", "--out", str(tmp_path / "b")]) == 2
    assert not (tmp_path / "b").exists()
