"""Timelines of a small town: what a choice means, who judges it, what is written; an interruption costs nothing."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import InputError, Scenario, Territory, generate_city, load_scenario
from scenarios.loading.case import counterfactual_of
from scenarios.rules.timetable import timetable
from sim import Inputs, replicate_all
from study import search_timeline
from study.cli import main
from study.evaluation.decisions import decide, prepare_territory
from study.evaluation.simulate import inputs_of
from study.timeline.dates import lengths_of
from study.timeline.decision_variables import Moves, moves_of, timeline_key
from study.timeline.objective import MEASURES, limits_of
from study.timeline.simulate import Simulation
from tests.sizes import size

TOWN = generate_city(units=40, centres=2, seed=8)
DATES = {
    "phases.transition.end": "2022-01-10",
    "phases.trial_run.start": "2022-01-11",
    "target_stages.stage1.end": "2021-12-27",
    "target_stages.stage2.start": "2021-12-28",
    "target_stages.stage2.end": "2022-01-03",
    "target_stages.stage3.start": "2022-01-04",
    "target_stages.stage3.end": "2022-01-10",
    "target_stages.full_service.start": "2022-01-11",
}
DEAR = {
    **{"hand_over.loss": 1.0, "hand_over.recovery_days": 400.0, "hand_over.known_saves": 0.0},
    "study.principles": {},
}
"""Every hand-over loses all that was known for longer than the study: who hands over less often than the plan earns
more, so that a search has something to recommend; in three runs of a small town principles are broken by chance."""

QUICK = {"run.days": 60, "timeline.finalists": 2, "timeline.last_replications": 3, "timeline.replications": 2}


def short(more: dict[str, object] | None = None) -> Scenario:
    return load_scenario("plan", {**QUICK, **DATES, **(more or {})})


def moves(scenario: Scenario, territory: Territory = TOWN) -> Moves:
    ready = prepare_territory(scenario, territory, seed=1)
    assert ready.sellers is not None
    centre = ready.units["centre"].astype(str)
    return moves_of(scenario, ready, centre.loc[ready.sellers["home_unit"].astype(str)].tolist())


PLAN = load_scenario("plan")
CITY = generate_city(units=60, centres=4, seed=3)
MOVES = moves(PLAN, CITY)


def test_the_plan_is_a_point_and_stays_untouched() -> None:
    assert MOVES.settings(MOVES.start) == {} and MOVES.scenario_of(MOVES.start) is PLAN
    chosen = {axis.name: axis.values[k] for axis, k in zip(MOVES.axes, MOVES.start, strict=True)}
    assert (chosen["length.adjustment"], chosen["length.transition"], chosen["seats"]) == (10, 101, 12)
    assert (chosen["redrawn_from"], chosen["subdivided_from"], chosen["days_between_waves"]) == (
        "transition",
        "trial_run",
        0,
    )
    assert [chosen[f"own_share.{name}"] for name in ("first", "step.stage2", "step.stage3")] == [1.0, 0.2, 0.2]


@settings(max_examples=size(24, 60))
@given(st.data())
def test_every_timeline_ends_where_the_plan_ends(data: st.DataObject) -> None:
    point = tuple(data.draw(st.integers(0, len(axis.values) - 1)) for axis in MOVES.axes)
    reason = MOVES.refuse(point)
    if reason:
        with pytest.raises(InputError):
            MOVES.scenario_of(point)
        return
    made = MOVES.scenario_of(point)
    assert made.target_stages[-1].weights == PLAN.target_stages[-1].weights
    assert made.phases[-1].communities == PLAN.phases[-1].communities
    assert made.phases[0].start == PLAN.phases[0].start and made.market == PLAN.market
    own = [stage.weights.CM.fixed for stage in made.target_stages]
    assert own == sorted(own, reverse=True) and own == [s.weights.GM.mobile for s in made.target_stages]
    table = timetable(made, MOVES.sellers)
    assert (table.phase[:, -PLAN.study.synergy_window_days :] == len(made.phases) - 1).all()
    chosen = {axis.name: axis.values[k] for axis, k in zip(MOVES.axes, point, strict=True)}
    assert lengths_of(made) == {n: chosen[f"length.{n}"] for n in ("adjustment", "transition")}
    assert len(set(table.wave)) == 1 or chosen["days_between_waves"] > 0
    assert timeline_key(made) == MOVES.space().key(point)


def test_stages_keep_their_place_in_a_phase_of_another_length() -> None:
    axes = [axis.name for axis in MOVES.axes]
    halved = list(MOVES.start)
    halved[axes.index("length.transition")] = MOVES.axes[axes.index("length.transition")].values.index(50)
    stages = MOVES.scenario_of(tuple(halved)).target_stages
    # 42 and 70 of the plan's 101 days are over when stages 2 and 3 begin: of 50 days, 21 and 35.
    start = PLAN.phases[1].start
    assert [(stage.start - start).days for stage in stages] == [0, 21, 35, 50]
    later = list(halved)
    later[axes.index("stage_pace")] = 0
    # (42/101)^0.5 = 0.645 and (70/101)^0.5 = 0.832 of 50 days
    assert [(s.start - start).days for s in MOVES.scenario_of(tuple(later)).target_stages] == [0, 32, 42, 50]


def test_a_merger_put_off_beyond_the_end_is_no_timeline() -> None:
    short = moves(load_scenario("plan", {"run.days": 120}), CITY)
    axes = [axis.name for axis in short.axes]
    longest = list(short.start)
    longest[axes.index("length.transition")] = len(short.axes[axes.index("length.transition")].values) - 1
    assert "working days of the study and 20 are needed" in short.refuse(tuple(longest))


def test_waves_by_trainers_are_those_of_the_model() -> None:
    scenario = load_scenario("plan", {"training.shared_trainers": 1, "training.hours_needed": 40.0})
    found = moves(scenario, CITY)
    axes = [axis.name for axis in found.axes]
    point = list(found.start)
    for name, value in (("wave_order", "by trainers"), ("days_between_waves", 14), ("centres_per_wave", 3)):
        point[axes.index(name)] = found.axes[axes.index(name)].values.index(value)
    made = found.scenario_of(tuple(point))
    assert sorted(name for wave in made.roll_out.waves for name in wave) == sorted(found.sellers)
    hours = [sum(found.sellers[name] for name in wave) * 40.0 for wave in made.roll_out.waves]
    assert max(hours) <= 6 * 2 * 4 * 12 and len(made.roll_out.waves) > 1


@pytest.mark.slow
def test_the_judge_says_what_a_study_says() -> None:
    scenario = short()
    made = decide(scenario, TOWN, seed=5)
    alone = counterfactual_of(scenario)
    assert alone is not None
    (study,) = replicate_all([inputs_of(scenario, made)], replications=3, counterfactual=alone, seed=5)
    inputs = inputs_of(scenario, made)
    judge = Simulation(lambda _: inputs, Inputs(alone, made.territory), seed=5)
    np.testing.assert_array_equal(judge([(0,)], range(3))[:, 0, :], study.values[list(MEASURES)].to_numpy())
    np.testing.assert_array_equal(judge([(0,)], [2])[0, 0], study.values[list(MEASURES)].to_numpy()[2])
    more = tuple(limits_of(scenario).principles)
    assert set(more) == set(scenario.study.principles)
    with_principles = Simulation(lambda _: inputs, Inputs(alone, made.territory), seed=5, more=more)
    stages = study.values[[c for c in study.values if c.startswith("attainment.") and c.count(".") == 1]]
    expected = study.values.assign(attainment=stages.min(axis=1))[[*MEASURES, *more]].to_numpy()
    np.testing.assert_array_equal(with_principles([(0,)], range(3))[:, 0, :], expected)


def test_a_stated_limit_of_the_dip_takes_the_place_of_its_principle() -> None:
    assert set(limits_of(short(DEEP)).principles) == set(short().study.principles) - {"dip_depth", "dip_days"}
    assert not limits_of(short({"study.principles": {}})).principles


DEEP = {"timeline.max_dip_depth": 0.9, "timeline.max_dip_days": 60.0}
LOOSE = ("--max-dip-depth", "0.9", "--max-dip-days", "60")


def command(out: Path, *more: str) -> list[str]:
    sets = [f"--set={key}={value}" for key, value in {**QUICK, **DATES, **DEAR}.items()]
    return [
        "timeline",
        "plan",
        *sets,
        "--trials",
        "5",
        *LOOSE,
        "--territory",
        str(out.parent / "town"),
        *more,
        "--out",
        str(out),
    ]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    TOWN.save(folder / "town")
    assert main(command(folder / "whole", "--jobs", "2", "--quiet")) == 0
    return folder


def hand_overs(scenario: Scenario) -> int:
    """Count how often customers get other sellers because communities change."""
    kinds = ["current", *(phase.communities for phase in scenario.phases)]
    return sum(a != b for a, b in pairwise(kinds))


WRITTEN = ("timeline.csv", "timeline.json", "replications.csv", "daily.csv", "comparison.csv", "recommended.yaml")


@pytest.mark.slow
def test_a_search_writes_what_it_found(searched: Path) -> None:
    out = searched / "whole"
    assert {*WRITTEN, "timeline.png", "run.json"} <= {p.name for p in out.iterdir()}
    found = json.loads((out / "timeline.json").read_text("utf-8"))
    table = pd.read_csv(out / "timeline.csv")
    assert len(table) == 5 and table["origin"][0] == "plan" and table["incumbent"].sum() == 1
    assert found["verdict"] in ("better", "unsure")
    kpis = pd.read_csv(out / "replications.csv")
    wide = kpis[kpis["kpi"] == "contribution"].pivot(index="replication", columns="scenario", values="value")
    mine = load_scenario(out / "recommended.yaml")
    assert mine.name == "plan_timeline" and mine.base == "plan"
    assert hand_overs(mine) < hand_overs(short()) == 2
    assert mine.source_of(next(iter(found["recommended"]["settings"]))).startswith("found by fusion timeline plan")
    difference = wide["plan_timeline"] - wide["plan"]
    margin = found["margin"]
    assert margin["mean"] == pytest.approx(difference.mean())
    assert margin["low"] <= difference.mean() <= margin["high"]
    if found["verdict"] == "unsure":
        assert margin["low"] <= 0 <= margin["high"] and "no clear difference" in found["says"]["en"]
    for axis, values in found["region"].items():
        assert values and axis in found["search"]["axes"]


@pytest.mark.slow
def test_an_interrupted_search_ends_in_the_same_bytes(searched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = searched / "broken"
    real, calls = Simulation.__call__, []

    def stopping(self: Simulation, points: object, numbers: object) -> object:
        calls.append(1)
        if len(calls) in (4, 9):
            raise KeyboardInterrupt
        return real(self, points, numbers)  # type: ignore[arg-type]

    monkeypatch.setattr(Simulation, "__call__", stopping)
    for _ in range(2):
        assert main(command(out, "--quiet")) == 130
        assert not (out / "timeline.json").exists() and not (out / "run.json").exists()
    assert main(command(out, "--quiet")) == 0
    for name in WRITTEN:
        assert (searched / "whole" / name).read_bytes() == (out / name).read_bytes(), name


@pytest.mark.slow
def test_impossible_limits_end_with_an_answer_and_nothing_to_go_on_with(
    searched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = searched / "impossible"
    asked = command(out, "--quiet", "--max-dip-depth", "0.00001")
    assert main(asked) == 4
    said = capsys.readouterr().err
    assert "no timeline tried keeps the dip within the limits" in said and "resume" not in said
    found = json.loads((out / "timeline.json").read_text("utf-8"))
    assert found["verdict"] == "none" and found["finalists"] == {"kept": 0, "refused": 1, "replications": 3}
    assert "not shown to keep" in found["says"]["en"] and not (out / ".unfinished").exists()
    assert main(["resume", str(out), "--quiet"]) == 2


@pytest.mark.slow
def test_a_recommended_scenario_of_ones_own_carries_all_its_values(searched: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    sets = {**QUICK, **DATES, **DEAR, "training.seats": 9, **DEEP}
    rows = "".join(f"  {key}: {value}\n" for key, value in sets.items())
    own.write_text(f"name: mine\nbase: plan\nset:\n{rows}", encoding="utf-8")
    result = search_timeline(str(own), territory=TOWN, trials=5)
    assert result.recommended is not None
    copy = tmp_path / "again.yaml"
    copy.write_text(result.recipe, encoding="utf-8")
    assert load_scenario(copy).sha256 == result.recommended.sha256
    assert (load_scenario(copy).base, load_scenario(copy).training.seats) == ("plan", result.recommended.training.seats)
    clock = search_timeline(str(own), territory=TOWN, minutes=1e-9)
    assert len(clock.trials) == 2 and clock.trials.equals(result.trials[:2].assign(incumbent=clock.trials["incumbent"]))


@pytest.mark.slow
def test_a_study_too_short_for_any_other_timeline_is_said_to_be() -> None:
    result = search_timeline(load_scenario("plan", {**QUICK, "run.days": 30, **DEEP}), territory=TOWN, trials=5)
    assert len(result.trials) == 1 and result.summary["verdict"] == "plan"
    reason = "its last phase holds everywhere for 0 working days of the study and 20 are needed"
    assert result.summary["search"]["stuck"] == reason
    says = result.summary["says"]
    assert reason in says["en"] and "run.days" in says["en"] and "of 0 timelines" not in says["en"]
    assert "末阶段在各中心全面实行的工作日仅0天" in says["zh"] and "working days" not in says["zh"]


def test_bad_input_is_refused_before_anything_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    for arguments, message in (
        (["no_merger"], "a merger of at least two phases"),
        (["plan", "--max-dip-depth", "1.5"], "timeline.max_dip_depth is 1.5; it must be at most 1"),
        (["plan", "--set", "timeline.seats=[]"], "timeline.seats is empty"),
        (["plan", "--set", "timeline.probability=1.0"], "timeline.probability is 1.0"),
        (["plan", "--set", "study.counterfactual=null"], "against the scenario of no merger"),
        (["plan", "--set", "roll_out.waves=[[x]]"], "roll_out.waves[0][0] is x"),
        (["plan", "--replications", "1"], "it must be at least 2"),
        (["plan", "--set", f"name={'x' * 72}"], f"{'x' * 72}_timeline, and a name has at most 80 characters"),
    ):
        assert main(["timeline", *arguments, "--out", str(out), "--quiet"]) == 2, arguments
        assert message in capsys.readouterr().err
        assert not out.exists(), arguments
    with pytest.raises(SystemExit) as caught:
        main(["timeline", "plan", "--budget", "0"])
    assert caught.value.code == 2


def remembered(folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, town: Territory = TOWN) -> int:
    """Return how many of two timelines are run though the folder may hold them; nothing is simulated."""
    asked: list[int] = []

    def once(_: Simulation, points: list[object], numbers: list[int]) -> np.ndarray:
        asked.append(len(points))
        return np.ones((len(numbers), len(points), len(MEASURES)))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Simulation, "__call__", once)
    monkeypatch.setattr("study.timeline.run._last_word", stop)
    with pytest.raises(KeyboardInterrupt):
        search_timeline(scenario, territory=town, trials=2, replications=2, folder=folder)
    return len(asked)


@pytest.mark.slow
def test_runs_of_another_territory_counterfactual_or_program_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = tmp_path / "alone.yaml"
    text = "name: alone\ntitle: {en: Alone, zh: 对照}\nbase: plan\nset: {phases: [], target_stages: []}\n"
    twin.write_text(text, "utf-8")
    scenario = short({"study.counterfactual": str(twin), "study.alternatives": [], "study.principles": {}})
    assert remembered(tmp_path / "state", monkeypatch, scenario) == 2
    assert remembered(tmp_path / "state", monkeypatch, scenario) == 0
    for changed in (
        replace(TOWN, outlets=TOWN.outlets.iloc[:2]),  # of the same files: the digest of these does not change
        TOWN.with_columns({"population": 3 * TOWN.attribute("population")}),
    ):
        with pytest.raises(InputError, match="another territory"):
            remembered(tmp_path / "state", monkeypatch, scenario, changed)
    twin.write_text(text.replace("[]}", "[], selling.conversion.fixed: 0.03}"), "utf-8")
    with pytest.raises(InputError, match="another no merger"):
        remembered(tmp_path / "state", monkeypatch, scenario)
    twin.write_text(text, "utf-8")
    monkeypatch.setattr("foundation.result_cache.program", lambda: "another model")
    assert remembered(tmp_path / "state", monkeypatch, scenario) == 2


@pytest.mark.slow
def test_where_nothing_earns_anything_the_margin_is_no_share_of_it() -> None:
    free: dict[str, object] = {f"costs.{name}": 0.0 for name in type(PLAN.costs).model_fields}
    free |= {"market.fixed.arpu": 0.0, "market.mobile.arpu": 0.0, "arrears.recover_share": 0.0}
    found = search_timeline(short(free), territory=TOWN, trials=2, replications=2)
    assert found.summary["margin"]["share"] is None and found.summary["margin"]["mean"] == 0


ONE = {
    "phase_lengths": [1.0],
    "stage_pace": [1.0],
    "seats": [1.0],
    "first_own_shares": [1.0],
    "weight_steps": [0.2],
    "days_between_waves": [0],
    "centres_per_wave": [2],
}


@settings(max_examples=size(8, 80))
@given(
    st.sets(st.sampled_from(sorted(ONE)), max_size=6),
    st.sampled_from(["plan", "waves"]),
    st.sampled_from([0, 7]),
    st.data(),
)
def test_what_may_not_change_never_stops_what_may(single: set[str], name: str, delay: int, data: st.DataObject) -> None:
    values = {f"timeline.{what}": [delay] if what == "days_between_waves" else ONE[what] for what in single}
    found = moves(load_scenario(name, values), CITY)
    for _ in range(5):
        point = tuple(data.draw(st.integers(0, len(axis.values) - 1)) for axis in found.axes)
        assert found.refuse(point) or found.scenario_of(point).phases
    held = {axis.name for axis in found.axes}
    assert name == "waves" or delay or "days_between_waves" not in single or not any("wave" in axis for axis in held)
    assert "seats" not in single or "seats" not in held


def test_a_timeline_that_cannot_be_given_targets_is_left_out_and_told() -> None:
    """A grid manager has a fixed-line target in stage 1; where each force is appraised by its own alone, he cannot."""
    wish = {"stage": "stage1", "level": "person", "id": "GM001", "business": "fixed", "measure": "growth", "value": 1.0}
    shared = {"CM": {"fixed": 0.8, "mobile": 0.2}, "GM": {"fixed": 0.2, "mobile": 0.8}}
    one = {f"timeline.{what}": values for what, values in ONE.items()}
    asked = {"timeline.first_own_shares": [0.9, 1.0], "target_stages.stage1.weights": shared, "targets.pins": [wish]}
    scenario = short({**DEEP, **one, **asked})
    found = search_timeline(scenario, territory=TOWN, trials=6, seed=5)
    assert found.summary["search"]["impossible"] > 0
    assert found.trials["own_share.first"].isin([0.8, 0.9]).all()
    assert "could not be given targets" in str(found) and "the part of GM by its weight 0" in str(found)
    assert "无法分解目标" in found.summary["says"]["zh"]
