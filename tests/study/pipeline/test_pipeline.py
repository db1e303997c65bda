"""The study from end to end: on a small city, on a territory that lacks almost everything, and back from disk."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, Scenario, Territory, generate_city, load_scenario
from scenarios.loading.load import load_alternative
from scenarios.rules.scorecard import natural, scorecard
from study import StudyRecord, compare, run_study
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE
from study.evaluation.decisions import prepare_territory
from study.results.read_back import read_record
from study.results.storage import save_record


@pytest.fixture(scope="module")
def short() -> Scenario:
    doubts = {"hand_over.loss": [0.1, 0.5], "market.mobile.churn_per_year": [0.1, 0.3]}
    return load_scenario(
        "plan", {"run.days": 40, "study.alternatives": ["big_bang"], "study.sensitivity": doubts, "study.worlds": 4}
    )


@pytest.fixture(scope="module")
def town() -> Territory:
    return generate_city(units=60, centres=2, seed=5)


@pytest.fixture(scope="module")
def record(short: Scenario, town: Territory) -> StudyRecord:
    return run_study(short, territory=town, replications=2)


def test_one_scenario_is_compared_with_its_own_alternatives(record: StudyRecord) -> None:
    assert list(record.scenarios) == ["plan", "big_bang"]
    assert record.scenarios["big_bang"].run.days == 40
    assert set(record.comparison["scenario"]) == {"big_bang"}
    assert {"dip_depth", "synergy", "sales"} <= set(record.comparison["kpi"])


def test_communities_never_leave_their_centre_and_subdivisions_never_their_community(record: StudyRecord) -> None:
    units = record.territory.units
    for kind in ("redrawn", "subdivided"):
        assert units["centre"].groupby(record.plans[kind].assignment).nunique().max() == 1
    parents = record.plans["redrawn"].assignment.groupby(record.plans["subdivided"].assignment).nunique()
    assert parents.max() == 1


def test_readers_are_told_what_is_odd_synthetic_or_not_reached(record: StudyRecord) -> None:
    said = " ".join(str(w) for w in record.warnings)
    for expected in ("F24", "F25", "F26", "synthetic", "has not begun"):
        assert expected in said


def test_a_study_comes_back_from_disk_as_it_was(record: StudyRecord, tmp_path: Path) -> None:
    save_record(record, tmp_path)
    again = read_record(tmp_path)
    assert list(again.scenarios) == list(record.scenarios)
    assert again.scenario.sha256 == record.scenario.sha256
    assert again.robust is not None and record.robust is not None and again.worlds is not None
    assert again.robust["why"] == record.robust["why"] and len(again.worlds) == 4 * len(record.scenarios)
    for kind, plan in record.plans.items():
        assert again.plans[kind].assignment.to_dict() == plan.assignment.to_dict()
    for name in ("targets", "comparison", "daily", "placement", "tornado", "measures"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(record, name), check_dtype=False)
    assert again.run["seed"] == record.run["seed"] and len(again.warnings) == len(record.warnings)


@pytest.mark.slow
def test_a_study_does_not_depend_on_the_number_of_workers(
    short: Scenario, town: Territory, record: StudyRecord
) -> None:
    again = run_study(short, territory=town, replications=2, jobs=2)
    for kind, plan in record.plans.items():
        assert again.plans[kind].assignment.to_dict() == plan.assignment.to_dict()
    assert again.replications.to_csv() == record.replications.to_csv()
    assert again.targets.to_csv() == record.targets.to_csv()
    assert again.tornado is not None and record.tornado is not None
    assert again.tornado.to_csv() == record.tornado.to_csv()


@pytest.mark.slow
def test_a_bare_map_is_completed_and_everything_generated_is_named(short: Scenario) -> None:
    city = generate_city(units=60, centres=2, seed=6)
    bare = Territory("bare", city.units[["x", "y", "population"]], city.edges)
    scenario = load_scenario(
        "plan",
        {"run.days": 15, "territory.rates.persons_per_centre": 80000.0, "territory.rates.sellers_per_10k_persons": 3.0},
    )
    ready = prepare_territory(scenario, bare, seed=1)
    made = " ".join(ready.provenance.generated)
    for what in ("centre", "community", "households", "income", "outlets", "halls", "sellers"):
        assert what in made
    record = run_study(scenario, load_alternative(scenario, "no_training"), territory=bare, replications=1)
    assert any("generated from the scenario's rates" in str(w) for w in record.warnings)
    assert record.targets["value"].notna().all()


def test_an_alternative_goes_on_top_of_the_users_scenario() -> None:
    mine = load_scenario("plan", {"training.seats": 33})
    other = load_alternative(mine, "big_bang")
    assert other.training.seats == 33 and [p.name for p in other.phases] == ["adjustment", "trial_run"]
    with pytest.raises(InputError, match="list of overrides"):
        load_alternative(mine, "plan")


@pytest.mark.slow
def test_compare_by_python_calls_gives_paired_differences(short: Scenario, town: Territory, tmp_path: Path) -> None:
    result = compare(short, load_alternative(short, "no_merger"), territory=town, replications=2)
    columns = ["kpi", "baseline", "scenario", "difference", "low", "high", "replications"]
    assert list(result.to_frame().columns) == columns
    result.save(tmp_path)
    assert {"replications.csv", "daily.csv", "comparison.csv", "run.json"} <= {p.name for p in tmp_path.iterdir()}


def test_a_scorecard_adds_up(record: StudyRecord) -> None:
    for kind, plan in record.plans.items():
        card = scorecard(record.territory, plan, record.plans["current"])
        assert card["units"].sum() == len(record.territory)
        assert card["population"].sum() == record.territory.units["population"].sum()
        assert np.isclose(card.groupby("centre")["workload_deviation"].mean(), 0).all()
        if kind == "current":
            assert (card["moved"] == 0).all()


def test_scenarios_of_different_length_are_not_compared(town: Territory, short: Scenario) -> None:
    with pytest.raises(InputError, match="days cannot be compared"):
        compare(short, "no_merger", territory=town, replications=1)


def test_names_sort_as_people_count() -> None:
    assert sorted(["c10", "c2", "c1"], key=natural) == ["c1", "c2", "c10"]


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"format": 99, "verb": "study"}')
    with pytest.raises(InputError, match="format 99"):
        read_record(tmp_path)


@pytest.mark.slow
def test_the_command_line_delivers_every_file(tmp_path: Path) -> None:
    city, out = tmp_path / "city", tmp_path / "out"
    assert main(["city", "--units", "60", "--centres", "2", "--seed", "5", "--out", str(city), "--quiet"]) == DONE
    settings = ["--set", "run.days=25", "--set", "study.alternatives=[waves]", "--set", "study.worlds=2"]
    settings += ["--set", "study.sensitivity={effort.drill_share: [0.05, 0.3]}"]
    arguments = ["study", "--territory", str(city), "--replications", "2", "--out", str(out), "--quiet", *settings]
    assert main(arguments) == DONE
    expected = (
        "report.html workbook.xlsx plan.gpkg run.json plan.csv targets.csv placement.csv replications.csv daily.csv "
        "comparison.csv scorecard.csv result.json tornado.csv measures.csv"
    )
    assert set(expected.split()) <= {p.name for p in out.iterdir()}
    assert "<html" in (out / "report.html").read_text(encoding="utf-8")
    assert main(["simulate", "learning", "--out", str(tmp_path / "lab"), "--quiet"]) == DONE
    assert main(["targets", "plan", "--territory", str(city), "--out", str(tmp_path / "t"), "--quiet"]) == DONE
    assert (
        main(
            [
                "partition",
                str(city),
                "--communities",
                "4",
                "--out",
                str(tmp_path / "p"),
                "--effort",
                "quick",
                "--balance",
                "population=0.3",
                "--quiet",
            ]
        )
        == DONE
    )
    assert {"plan.csv", "scorecard.csv", "result.json", "map.png", "plan.gpkg"} <= {
        p.name for p in (tmp_path / "p").iterdir()
    }
    assert main(["partition", str(city), "--communities", "400", "--out", str(tmp_path / "q")]) == BAD_INPUT
