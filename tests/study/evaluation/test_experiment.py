"""An experiment is set up once for every question: scenarios, territory, seed, runs, and what made the result."""

import pytest

from scenarios import InputError, generate_city, load_scenario
from study.evaluation.experiment import Experiment

TOWN = generate_city(units=12, centres=1, seed=3)


def test_what_is_not_given_is_the_first_scenarios() -> None:
    plan = load_scenario("plan", {"run.seed": 11, "run.replications": 7})
    asked = Experiment.set_up([plan, "waves"], TOWN)
    assert (asked.seed, asked.replications, list(asked.named)) == (11, 7, ["plan", "waves"])
    given = Experiment.set_up([plan], TOWN, seed=0, replications=2)
    assert (given.seed, given.replications) == (0, 2)
    other = Experiment.set_up([plan], TOWN, usual=lambda first: first.run.replications + 1)
    assert other.replications == 8


def test_its_cases_are_made_once_and_its_record_tells_what_it_was_asked() -> None:
    asked = Experiment.set_up(["plan"], TOWN, alternatives=True, jobs=2, solver="cbc")
    assert asked.cases is asked.cases
    assert [case.scenario for case in asked.cases] == list(asked.scenarios)
    run = asked.run_json("study", ["plan"], TOWN, events=3)
    assert (run["seed"], run["replications"], run["workers"], run["events"]) == (asked.seed, asked.replications, 2, 3)
    assert list(run["scenarios"]) == list(asked.named) and run["wall_seconds"] >= 0
    assert list(asked.run_json("study", None, None, {"mine": asked.first})["scenarios"]) == ["mine"]


def test_a_laboratory_needs_no_territory_unless_the_question_does() -> None:
    bare = Experiment.set_up(["erlang_c"], None, bare=True)
    assert bare.ground is None and bare.cases[0].counterfactual is None
    for ask in (lambda: bare.territory, lambda: Experiment.set_up(["erlang_c"], None)):
        with pytest.raises(InputError, match="the study needs a territory"):
            ask()
