"""Who is trained, from the command line to the simulation: decided once, the same people in targets and simulation."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from scenarios import InputError, Territory, generate_city, load_scenario
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE
from study.evaluation.decisions import Decisions, decide, decide_again, who_works_where
from study.evaluation.simulate import inputs_of

CHOSEN = {"training.cross_trained": 0.5, "training.trainees": "chosen", "partition.balance_tolerance": 0.5}


@pytest.fixture(scope="module")
def town() -> Territory:
    return generate_city(units=40, centres=2, seed=3)


@pytest.fixture(scope="module")
def made(town: Territory) -> Decisions:
    return decide(load_scenario("plan", CHOSEN), town, seed=1)


@pytest.mark.slow
def test_those_whom_the_model_chooses_are_those_who_are_simulated_and_given_targets(made: Decisions) -> None:
    scenario = load_scenario("plan", CHOSEN)
    assert made.training is not None and made.training.proof == "optimal"
    people = set(made.training.people)
    world = inputs_of(scenario, made).world()
    assert 0 < len(people) < len(world.sellers.ids)
    assert {i for i, able in zip(world.sellers.ids, world.trained, strict=True) if able} == people
    table = made.targets.to_frame()
    last = table[(table["level"] == "person") & (table["stage"] == "full_service") & (table["measure"] == "growth")]
    both = last[last["value"] > 0].groupby("id")["business"].nunique()
    assert set(both[both == 2].index) == people


@pytest.mark.slow
def test_the_table_of_the_teams_says_who_is_trained_where_not_everybody_is(made: Decisions) -> None:
    assert made.training is not None
    table = who_works_where(load_scenario("plan", CHOSEN), made)
    assert set(table.loc[table["trained"], "seller_id"]) == set(made.training.people)
    for everybody in (load_scenario("plan"), load_scenario("no_merger", {"training.cross_trained": 0.5})):
        assert "trained" not in who_works_where(everybody, replace(made, training=None))


@pytest.mark.slow
def test_another_share_is_another_choice_and_everybody_is_none(made: Decisions) -> None:
    fewer = decide_again(made, load_scenario("plan", {**CHOSEN, "training.cross_trained": 0.2}))
    assert fewer.training is not None and made.training is not None
    assert len(fewer.training.people) < len(made.training.people)
    whole = load_scenario("plan")
    assert decide_again(made, whole).training is None
    # a scenario that says who is trained keeps its word whatever was chosen for another one
    assert inputs_of(whole, made).scenario.training.trainees == "spread"
    assert inputs_of(whole, replace(made, training=None)).world().trained.all()


def test_an_unknown_id_is_refused_before_anything_is_drawn(town: Territory, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("study.evaluation.decisions.place_sellers", never)
    with pytest.raises(InputError) as told:
        decide(load_scenario("plan", {"training.trainees": ["nobody", "no one"]}), town, seed=1)
    assert [p.value for p in told.value.problems] == ["nobody", "no one"]


def test_the_command_line_refuses_every_fault_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings = ["--set", "training.cross_trained=1.5", "--set", "training.trainees=best"]
    assert main(["simulate", "plan", "--out", str(tmp_path / "out"), *settings]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "training.cross_trained" in said and "training.trainees" in said
    assert not (tmp_path / "out").exists()
    assert main(["simulate", "plan", "--out", str(tmp_path / "out"), "--lang", "zh", *settings]) == BAD_INPUT
    assert "人员比例须在0到1之间" in capsys.readouterr().err


@pytest.mark.slow
def test_a_what_if_varies_how_many_the_model_may_choose(tmp_path: Path) -> None:
    assert main(["city", "--units", "40", "--centres", "2", "--seed", "3", "--out", str(tmp_path / "city")]) == DONE
    call = ["whatif", "plan", "--vary", "training.cross_trained=0,0.5", "--set", "training.trainees=chosen"]
    for business in ("fixed", "mobile"):  # quick learners, so that thirty days are worth a course
        call += ["--set", f"learning.{business}.half=10"]
    call += ["--set", "run.days=30", "--replications", "2", "--territory", str(tmp_path / "city"), "--jobs", "1"]
    assert main([*call, "--out", str(tmp_path / "out"), "--quiet"]) == DONE
    table = pd.read_csv(tmp_path / "out" / "whatif.csv").iloc[1:]  # the first row is the scenario as it is
    assert table["training.cross_trained"].tolist() == [0.0, 0.5]
    assert table["skill"].iloc[0] < table["skill"].iloc[1]  # courses have taught somebody


@pytest.mark.slow
def test_targets_write_who_is_trained(tmp_path: Path) -> None:
    assert main(["city", "--units", "40", "--centres", "2", "--seed", "3", "--out", str(tmp_path / "city")]) == DONE
    call = ["targets", "half_trained", "--territory", str(tmp_path / "city"), "--out", str(tmp_path / "out")]
    assert main([*call, "--quiet"]) == DONE
    table = pd.read_csv(tmp_path / "out" / "training.csv")
    assert list(table.columns) == ["seller_id", "force", "centre", "community", "trained"]
    assert 0 < table["trained"].sum() <= 0.5 * len(table) + 2
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
