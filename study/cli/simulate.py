"""`fusion simulate`: the simulation of one scenario."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from foundation.atomic_files import write_text
from foundation.messages import Message
from scenarios import Problem, Scenario, Territory
from scenarios.loading.case import counterfactual_of
from scenarios.loading.cautions import warnings_of
from sim import Inputs, replicate_all, replicate_until
from sim.output_analysis.number_of_replications import WATCHED
from study.cli import options as common
from study.cli.json_output import answer, told
from study.evaluation.decisions import Say, decide, prepare_territory
from study.evaluation.simulate import inputs_of
from study.presentation.replications_summary import said
from study.reporting.terminal import cautions
from study.results.run_json import describe_run
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
    seed = scenario.run.seed if options.seed is None else options.seed
    replications = options.replications or scenario.run.replications
    started = time.perf_counter()
    inputs: Inputs = Inputs(scenario)
    cautious: tuple[Problem, ...] = ()
    if options.territory is not None or scenario.territory.source is not None:
        territory = common.territory_from(options, scenario)
        with reporter.busy(scenario.name) as step:
            inputs, cautious = prepared(
                scenario, territory, seed=seed, solver=options.solver, jobs=options.jobs, say=step
            )
    with reporter.bar(Message("simulate {scenario}", scenario=scenario.name)) as tick:
        shared = {"counterfactual": counterfactual_of(scenario), "seed": seed, "jobs": options.jobs, "progress": tick}
        if replications == "auto":
            watched = options.watch or WATCHED
            result = replicate_until(
                inputs, precision=options.precision, watched=watched, budget=options.budget, **shared
            )
            replications = len(result.values)
        else:
            (result,) = replicate_all([inputs], replications=replications, **shared)
    result.save(out)
    common.keep_plans(scenario, out)
    run_facts = describe_run(
        "simulate",
        arguments,
        {scenario.name: scenario},
        inputs.territory,
        seed=seed,
        replications=replications,
        jobs=options.jobs,
        seconds=time.perf_counter() - started,
        events=result.events,
    )
    write_text(out / "run.json", dump(run_facts))
    warnings = (*warnings_of(scenario, inputs.territory), *cautious)
    kpis = {name: row.to_dict() for name, row in result.summary().iterrows()}
    answer(options, scenario=scenario.name, replications=replications, kpis=kpis, warnings=told(warnings))
    reporter.say(said(result, language=options.lang))
    for line in cautions(warnings, {scenario.name: scenario}, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")


def prepared(
    scenario: Scenario, territory: Territory, *, seed: int, solver: str, jobs: int, say: Say
) -> tuple[Inputs, tuple[Problem, ...]]:
    """Return what is simulated, with decisions where there is a merger, and the cautions about them."""
    if scenario.phases:
        made = decide(scenario, territory, seed=seed, solver=solver, jobs=jobs, say=say)
        return inputs_of(scenario, made), made.warnings
    return Inputs(scenario, prepare_territory(scenario, territory, seed=seed)), ()
