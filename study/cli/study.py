"""`fusion study`: the main job, from territory to report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from foundation.messages import Message
from study.cli import options as common
from study.cli.json_output import answer, rows, to_json_rows
from study.evaluation.points import POINTS
from study.pipeline.run_study import run_study
from study.reporting.deliver import deliver
from study.reporting.terminal import answer_lines, warned
from study.validation.closed_formulas import check_model

_EXAMPLES = """\
  fusion study
  fusion study plan waves --replications 50 --jobs 2 --lang zh
  fusion study --territory tracts.gpkg --id tract --rename POP=population --out results/mine"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "study", run, _EXAMPLES)
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="a file or the name of one; the first is studied, the others are compared with it "
        "(default: plan; with one scenario its own alternatives are compared with it)",
    )
    parser.add_argument(
        "--worlds",
        type=common.natural_number,
        metavar="N",
        help="worlds drawn from the beliefs, 0 for none (default: study.worlds of the scenario)",
    )
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Run the study and write everything."""
    scenarios = common.load_scenarios(options.scenarios or ["plan"], common.settings(options))
    territory = common.territory_from(options, scenarios[0])
    out = common.out_folder(options, "study", scenarios[0].name)
    reporter = common.reporter(options)
    record = run_study(
        *scenarios,
        territory=territory,
        replications=options.replications,
        seed=options.seed,
        jobs=options.jobs,
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
        worlds=options.worlds,
        points=out / POINTS,
    )
    with reporter.busy(Message("validate")) as step:
        step(Message("checks against known results"))
        record = replace(record, validation=check_model(int(record.run["seed"]), options.jobs))
    with reporter.busy(Message("write")) as step:
        step(Message("tables, workbook, maps and report"))
        report = deliver(record, out, options.lang)
    answer(
        options,
        report=str(report),
        partition=record.partition,
        differences=rows(record.comparison),
        warnings=to_json_rows(record.warnings),
    )
    for line in (*answer_lines(record, options.lang), *warned(record, options.lang), str(report)):
        reporter.say(line)
