"""Recommendation: the frontier's candidates judged by simulation, and what was promised beside what was delivered."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foundation.messages import Message
from scenarios import InputError, LimitError, Scenario, generate_city, load_scenario
from scenarios.loading.case import counterfactual_of
from sim import replicate_all
from study import Recommendation, recommend
from study.cli import main
from study.evaluation.decisions import Decisions, decide
from study.evaluation.simulate import inputs_of
from study.recommendation import candidates
from study.recommendation.candidates import Candidate, variants_of
from study.recommendation.figures import draw_recommendation
from study.recommendation.promised_vs_simulated import _verdict
from study.recommendation.recommend import _pick, _standing
from study.recommendation.simulate import Trial
from study.recommendation.summary import reasons_for

TOWN = generate_city(units=36, centres=2, seed=3)
RUNS = 4


def short() -> Scenario:
    return load_scenario("plan", {"run.days": 30, "run.replications": RUNS})


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recommendation, Path]:
    cache = tmp_path_factory.mktemp("cache")
    return recommend(short(), territory=TOWN, values=[0.15, 0.3], budget=12, cache=cache), cache


@pytest.mark.slow
def test_the_scenario_as_asked_is_simulated_as_a_study_does(found: tuple[Recommendation, Path]) -> None:
    seed = short().run.seed
    (alone,) = replicate_all(
        [inputs_of(short(), decide(short(), TOWN, seed=seed))], counterfactual=counterfactual_of(short()), seed=seed
    )
    row = found[0].candidates.set_index("candidate").loc["as_asked"]
    for kpi in ("contribution", "sales", "dip_depth"):
        assert row[kpi] == pytest.approx(alone.values[kpi].mean())


def test_today_s_communities_move_nothing_and_are_among_the_candidates(found: tuple[Recommendation, Path]) -> None:
    table = found[0].candidates.set_index("candidate")
    assert table.loc["today", "moved"] == 0 and np.isnan(table.loc["today", "bound"])
    others = table.drop(index="today")
    assert (others["moment"] >= others["bound"] - 1e-6).all()
    assert (others["deviation"] <= others["limit"] + 1e-6).all()
    assert set(table.index) == {"as_asked", "today", "balance_0.3"}
    assert any("same communities as as_asked" in str(warning) for warning in found[0].warnings)


def test_what_is_recommended_is_the_best_or_its_equal(found: tuple[Recommendation, Path]) -> None:
    result = found[0]
    chosen = result.candidates[result.candidates["recommended"] == 1]
    assert len(chosen) == 1 and chosen["standing"].iloc[0] in ("best", "equal")
    assert (result.candidates["standing"] == "best").sum() == 1
    words = re.sub(r"[a-z]+_[\d.]+", "", result.in_text("zh"))  # names of candidates
    assert not set(re.findall(r"[A-Za-z_]{2,}", words)) - {"as_asked", "today"}
    assert (result.best in str(result) and "probability of at least 95%" in str(result)) or "undecided" in str(result)


def test_both_sides_of_every_promise_are_shown(found: tuple[Recommendation, Path]) -> None:
    result = found[0]
    table = result.candidates.set_index("candidate")
    paired = result.promised[result.promised["promise"] == "compactness"].set_index("candidate")
    assert set(paired.index) == set(table.index) - {"as_asked"}
    for name, row in paired.iterrows():
        assert row["promised"] == pytest.approx(table.loc[name, "moment"] - table.loc["as_asked", "moment"])
        difference = table.loc[name, "travel_hours"] - table.loc["as_asked", "travel_hours"]
        assert row["delivered"] == pytest.approx(difference) and row["low"] <= difference <= row["high"]
    targets = result.promised[result.promised["promise"] == "targets"]
    assert (targets["promised"] == 1).all() and not targets["result"].str.contains("full_service").any()
    assert set(result.promised["verdict"]) <= {"kept", "broken", "unsure", "nothing promised"}


@pytest.mark.slow
def test_finished_runs_are_kept(found: tuple[Recommendation, Path]) -> None:
    again = recommend(short(), territory=TOWN, values=[0.15, 0.3], budget=12, cache=found[1])
    assert again.run["computed"] == 0 < found[0].run["computed"]
    pd.testing.assert_frame_equal(again.candidates, found[0].candidates)
    pd.testing.assert_frame_equal(again.promised, found[0].promised)


@pytest.mark.slow
def test_runs_of_other_communities_are_not_used(tmp_path: Path) -> None:
    """A solver that its time limit stops may draw others for the same scenario."""
    made = decide(short(), TOWN, seed=1)
    other = replace(made, plans={**made.plans, "redrawn": made.plans["subdivided"]})

    def computed(decisions: Decisions) -> int:
        candidate = Candidate(short(), decisions, 0.1, 0.0, 0.0, 0.0, 0.0)
        trial = Trial([candidate], counterfactual_of(short()), seed=1, jobs=1, cache=tmp_path)
        trial.run([0], [0])
        return trial.computed

    assert [computed(made), computed(made), computed(other), computed(other)] == [1, 0, 1, 0]


def test_pictures_are_drawn_in_both_languages(found: tuple[Recommendation, Path]) -> None:
    for language in ("en", "zh"):
        assert len(draw_recommendation(found[0], language=language).axes) == 2


@pytest.mark.parametrize(
    ("low", "high", "sign", "standing"),
    [(-1.0, 1.0, 1, "equal"), (-9.0, -3.0, 1, "worse"), (-9.0, 3.0, 1, "unsure"), (3.0, 9.0, -1, "worse")],
)
def test_a_standing_follows_from_the_interval(low: float, high: float, sign: int, standing: str) -> None:
    assert _standing(low, high, 2.0, sign) == standing


def test_a_promise_is_kept_only_where_the_interval_says_so() -> None:
    assert [_verdict(-1, -2, -1), _verdict(-1, 1, 2), _verdict(-1, -1, 1), _verdict(0.0, 1, 2)] == [
        "kept", "broken", "unsure", "nothing promised"]  # fmt: skip


def test_of_equals_the_least_disruptive_is_taken_and_a_broken_tolerance_is_told() -> None:
    table = pd.DataFrame(
        {"candidate": ["a", "b", "c"], "standing": ["best", "equal", "worse"], "moved": [0.3, 0.1, 0.0],
         "moment": [1.0, 2.0, 0.5], "bound": [1.0, np.nan, 0.5], "deviation": [0.05, 0.2, 0.0],
         "difference": [0.0, -1.0, -9.0], "low": [0.0, -2.0, -10.0], "high": [0.0, 0.0, -8.0]}
    )  # fmt: skip
    assert _pick(table) == 1
    table["recommended"] = [0, 1, 0]
    promises = pd.DataFrame(columns=["candidate", "verdict", "result", "delivered"])
    selection = {"kpi": "sales", "best": "a", "decided": True, "left": ["a"], "probability": 0.95,
                 "indifference": 3.0, "replications": {"a": 10}}  # fmt: skip
    said = " ".join(reasons_for(table, promises, selection, "balance", 0.1))
    assert "whoever holds to it takes a" in said and "Shown to be worse: c" in said


@pytest.mark.slow
def test_a_limit_that_cannot_be_kept_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def divide(scenario: Scenario, *_: object, **__: object) -> object:
        if scenario.partition.balance_tolerance < 0.1:
            raise LimitError(Message("no plan was found"))
        return decide(scenario, TOWN, seed=1)

    monkeypatch.setattr(candidates, "decide", divide)
    kept, notes = candidates.candidates_of(
        variants_of(short(), "balance", [0.01]), TOWN, seed=1, solver="highs", jobs=1
    )
    assert [c.name for c in kept] == ["as_asked", "today"]
    assert "balance_0.01 is 0.01; it is left out: no plan was found" in str(notes[0])
    tight = load_scenario("plan", {"partition.balance_tolerance": 0.05})
    with pytest.raises(LimitError):
        candidates.candidates_of(variants_of(tight, "balance", [0.3]), TOWN, seed=1, solver="highs", jobs=1)


def test_limits_that_do_not_fit_are_refused_together() -> None:
    with pytest.raises(InputError) as stopped:
        variants_of(short(), "balance", [2.0, -1.0, 0.1])
    assert len(stopped.value.problems) == 2
    with pytest.raises(InputError, match="redraws nothing"):
        variants_of(load_scenario("no_merger"), "balance", None)
    names = [s.name for s, _ in variants_of(short(), "disruption", [0.1, 0.2])]
    assert names == ["as_asked", "today", "disruption_0.1", "disruption_0.2"]


@pytest.mark.slow
def test_the_command_line_writes_the_recommendation(tmp_path: Path) -> None:
    folder = TOWN.save(tmp_path / "t")
    base = ["recommend", "plan", "--territory", str(folder), "--set", "run.days=30", "--quiet", "--values", "0.3"]
    asked = [*base, "--replications", "2", "--budget", "11", "--out", str(tmp_path / "a")]
    assert main(asked) == 0
    content = json.loads((tmp_path / "a" / "recommendation.json").read_text("utf-8"))
    table = pd.read_csv(tmp_path / "a" / "candidates.csv")
    assert content["recommended"] == table.loc[table["recommended"] == 1, "candidate"].item()
    for name in ("promised.csv", "plan.csv", "placement.csv", "recommendation.png", "run.json"):
        assert (tmp_path / "a" / name).stat().st_size > 0
    for wrong in (["--values", "x"], ["--probability", "0.1"], ["--values", "3"]):
        assert main([*base, *wrong, "--out", str(tmp_path / "b")]) == 2
    assert main([*asked[:-1], str(tmp_path / "c"), "--kpi", "nonsense"]) == 2
    assert not (tmp_path / "b").exists()


@pytest.mark.slow
def test_wishes_hold_for_every_candidate_and_a_given_plan_stays_as_it_is(tmp_path: Path) -> None:
    """Locks, neighbours kept together and a radius by the plans themselves; the drawn ones beside the given one."""
    scenario = load_scenario("plan", {"run.days": 10, "partition.work_limit": 1.0})
    home = TOWN.units["community"].astype(str)
    pairs = list(zip(TOWN.edges["a"], TOWN.edges["b"], strict=True))
    locked, across = next(
        (name, pair)
        for name in sorted(home.unique())
        for pair in pairs
        if name not in set(home[list(pair)])
        and home[list(pair)].nunique() == 2
        and TOWN.units.loc[list(pair), "centre"].nunique() == 1
    )
    wishes = {"lock": [locked], "keep_together": [across]}
    found = recommend(scenario, territory=TOWN, values=[0.4], replications=2, budget=2, **wishes)  # type: ignore[arg-type]
    made = found.decisions.plans["redrawn"].assignment
    assert found.best != "as_asked" or made[across[0]] == made[across[1]]
    asked = candidates.with_wishes(scenario, **wishes)
    assert asked.partition.wishes.lock == (locked,) and asked.partition.wishes.keep_together == (across,)
    drawn = decide(asked, TOWN, seed=1).plans["redrawn"].assignment
    assert drawn[across[0]] == drawn[across[1]]
    assert set(drawn.index[drawn == drawn[home.index[home == locked][0]]]) == set(home.index[home == locked])
    rows = "".join(f"{unit},{name}\r\n" for unit, name in home.items())
    (tmp_path / "mine.csv").write_bytes(b"\xef\xbb\xbfunit_id,community\r\n" + rows.encode())
    given = load_scenario("plan", {"run.days": 10, "partition.work_limit": 1.0,
                                   "partition.plan": str(tmp_path / "mine.csv")})  # fmt: skip
    variants = {s.name: s.partition.plan for s, _ in variants_of(given, "balance", [0.4])}
    assert variants == {"as_asked": given.partition.plan, "today": given.partition.plan, "balance_0.4": None}
