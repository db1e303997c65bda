"""`fusion study`: the main job, from territory to report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scenarios.load import load_alternative
from study.cli import common
from study.exchange import write_geopackage
from study.pipeline import run_study
from study.report import render_report
from study.storage import save_record
from study.workbook import write_workbook

_EXAMPLES = """\
  fusion study
  fusion study plan waves --replications 50 --jobs 2 --lang zh
  fusion study --territory tracts.gpkg --id tract --rename POP=population --out results/mine"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs, "study", run, "the whole study: communities, places, targets, simulation, report", _EXAMPLES
    )
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="a file or the name of one; the first is studied, the others are compared with it "
        "(default: plan; with one scenario its own alternatives are compared with it)",
    )
    parser.add_argument(
        "--replications", type=common.count, metavar="N", help="runs per scenario (default: the scenario's)"
    )
    parser.add_argument(
        "--solver", choices=("highs", "cbc"), default="highs", help="solver of the models (default highs)"
    )
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Run the study and write everything."""
    base, *others = common.load_scenarios(options.scenarios or ["plan"], common.settings(options))
    if not others:
        others = [load_alternative(base, name) for name in base.study.alternatives]
    territory = common.territory_from(options, base)
    out = common.out_folder(options, "study", base.name)
    reporter = common.reporter(options)
    record = run_study(
        [base, *others],
        territory,
        replications=options.replications,
        seed=options.seed,
        jobs=options.jobs,
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
    )
    save_record(record, out)
    reporter.say("report, workbook and maps")
    write_workbook(record, out / "workbook.xlsx")
    write_geopackage(record, out / "plan.gpkg")
    for warning in record.warnings:
        reporter.say(f"warning: {warning}")
    reporter.say(f"{render_report(record, out, options.lang)}")
