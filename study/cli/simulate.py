"""`fusion simulate`: the simulation of one scenario."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from foundation.atomic_files import write_text
from foundation.messages import Message
from scenarios import Problem
from scenarios.loading.cautions import warnings_of
from sim import Inputs, replicate_all, replicate_until
from sim.output_analysis.number_of_replications import WATCHED
from study.cli import options as common
from study.cli.json_output import answer, to_json_rows
from study.evaluation.decisions import prepare_territory
from study.evaluation.experiment import Experiment
from study.evaluation.simulate import inputs_of
from study.presentation.replications_summary import summary_text
from study.reporting.terminal import cautions
from study.results.storage import dump


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "simulate",
        run,
        "  fusion simulate plan --replications 50 --jobs 2\n"
        "  fusion simulate plan --replications auto --precision 0.01 --watch sales --watch churned\n"
        "  fusion simulate erlang_c --set support.level1.agents=4\n"
        "  fusion simulate my_scenario.yaml --territory my_city/",
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    common.add_simulation(parser, auto=True)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Decide, simulate and write the tables."""
    (scenario,) = common.load_scenarios([options.scenario], common.settings(options))
    out = common.out_folder(options, "simulate", scenario.name)
    reporter = common.reporter(options)
    named = options.territory is not None or scenario.territory.source is not None
    experiment = Experiment.set_up(
        [scenario],
        common.territory_from(options, scenario) if named else None,
        seed=options.seed,
        replications=None if options.replications == "auto" else options.replications,
        bare=True,
        jobs=options.jobs,
        solver=options.solver,
        reporter=reporter,
    )
    inputs, cautious = prepared(experiment)
    with reporter.bar(Message("simulate {scenario}", scenario=scenario.name)) as tick:
        shared: dict[str, Any] = {"counterfactual": experiment.cases[0].counterfactual, "progress": tick}
        shared |= {"seed": experiment.seed, "jobs": options.jobs}
        if options.replications == "auto":
            watched = options.watch or WATCHED
            result = replicate_until(
                inputs, precision=options.precision, watched=watched, budget=options.budget, **shared
            )
            experiment = replace(experiment, replications=len(result.values))
        else:
            (result,) = replicate_all([inputs], replications=experiment.replications, **shared)
    result.save(out)
    common.keep_plans(scenario, out)
    run_facts = experiment.run_json("simulate", arguments, inputs.territory, events=result.events)
    write_text(out / "run.json", dump(run_facts))
    warnings = (*warnings_of(scenario, inputs.territory), *cautious)
    kpis = {name: row.to_dict() for name, row in result.summary().iterrows()}
    answer(
        options,
        scenario=scenario.name,
        replications=experiment.replications,
        kpis=kpis,
        warnings=to_json_rows(warnings),
    )
    reporter.say(summary_text(result, language=options.lang))
    for line in cautions(warnings, {scenario.name: scenario}, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")


def prepared(experiment: Experiment) -> tuple[Inputs, tuple[Problem, ...]]:
    """Return what is simulated, with decisions where there is a merger, and the cautions about them."""
    scenario = experiment.first
    if experiment.ground is None:
        return Inputs(scenario), ()
    if scenario.phases:
        made = experiment.decide()[scenario.name]
        return inputs_of(scenario, made), made.warnings
    with experiment.reporter.busy(scenario.name):
        return Inputs(scenario, prepare_territory(scenario, experiment.ground, seed=experiment.seed)), ()
