"""`fusion targets`: the target allocation of every target stage."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from foundation.atomic_files import write_text
from foundation.messages import Message
from scenarios import Problem, Scenario
from study.cli import options as common
from study.cli.json_output import answer, rows, to_json_rows
from study.evaluation.decisions import decide
from study.presentation.targets_summary import summary_text
from study.reporting.terminal import cautions
from study.results.run_json import describe_run
from study.results.storage import dump


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "targets",
        run,
        "  fusion targets plan\n"
        "  fusion targets plan --set targets.mobile.growth=0.3 --set targets.priority=capacity\n"
        "  fusion targets plan --set 'targets.pins=[{level: company, id: company, business: mobile, measure: growth,"
        " value: 9000}]'",
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    common.add_solver(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Allocate and write the targets and the placement they rest on."""
    (scenario,) = common.load_scenarios([options.scenario], common.settings(options))
    territory = common.territory_from(options, scenario)
    out = common.out_folder(options, "targets", scenario.name)
    reporter = common.reporter(options)
    seed = scenario.run.seed if options.seed is None else options.seed
    started = time.perf_counter()
    with reporter.busy(scenario.name) as step:
        made = decide(scenario, territory, seed=seed, solver=options.solver, jobs=options.jobs, say=step)
    made.placement.save(out)
    made.targets.save(out)
    if made.training is not None:
        made.training.save(out)
    common.keep_plans(scenario, out)
    facts = describe_run(
        "targets",
        arguments,
        {scenario.name: scenario},
        made.territory,
        seed=seed,
        replications=0,
        jobs=options.jobs,
        seconds=time.perf_counter() - started,
    )
    write_text(out / "run.json", dump(facts))
    warnings = [*made.warnings, *_nothing_to_allocate(scenario)]
    answer(options, stages=rows(made.targets.stages), notes=made.targets.notes, warnings=to_json_rows(warnings))
    if scenario.target_stages:
        reporter.say(summary_text(made.targets, scenario, language=options.lang))
    for line in cautions(warnings, {scenario.name: scenario}, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")


def _nothing_to_allocate(scenario: Scenario) -> list[Problem]:
    """Return a warning where a scenario asks for no targets."""
    if scenario.target_stages:
        return []
    rule = Message("the scenario has no target stages, so there is nothing to allocate and the tables are empty")
    remedy = Message("Add target_stages, or name another scenario.")
    return [Problem(Message("scenario {name}", name=scenario.name), None, rule, remedy, "warning")]
