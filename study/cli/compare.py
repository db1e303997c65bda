"""`fusion compare`: several scenarios under the same random numbers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scenarios import InputError, Problem
from study.cli import common
from study.comparison import compare


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "compare",
        run,
        "several scenarios under the same random numbers; differences against the first",
        "  fusion compare plan big_bang waves --replications 50 --jobs 2",
    )
    parser.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="files or names, at least two")
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Simulate every scenario and write the comparison."""
    if len(options.scenarios) < 2:
        raise InputError(Problem("SCENARIO", options.scenarios[0], "a comparison needs two", "Name another scenario."))
    scenarios = common.load_scenarios(options.scenarios, common.settings(options))
    territory = common.territory_from(options, scenarios[0])
    out = common.out_folder(options, "compare", "-".join(s.name for s in scenarios))
    reporter = common.reporter(options)
    comparison = compare(
        *scenarios,
        territory=territory,
        replications=options.replications,
        seed=options.seed,
        jobs=options.jobs,
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
    )
    comparison.save(out)
    for warning in comparison.warnings:
        reporter.say(f"warning: {warning}")
    reporter.say(str(comparison))
    reporter.say(f"{out}")
