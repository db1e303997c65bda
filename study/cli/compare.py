"""`fusion compare`: several scenarios under the same random numbers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from foundation.messages import Message
from scenarios import InputError, Problem
from scenarios.loading.case import cases_of
from study.cli import options as common
from study.cli.json_output import answer, rows, to_json_rows
from study.comparison.compare import compare
from study.comparison.select_best import check_selection
from study.reporting.terminal import cautions


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "compare",
        run,
        "  fusion compare plan big_bang waves --replications 50 --jobs 2\n"
        "  fusion compare plan waves slow --select contribution --probability 0.95",
    )
    parser.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="files or names, at least two")
    parser.add_argument("--select", metavar="KPI", help="also select the best scenario by the mean of this KPI")
    parser.add_argument(
        "--indifference",
        type=common.positive,
        metavar="D",
        help="smallest difference worth detecting (default: 1 %% of the first scenario's mean)",
    )
    parser.add_argument(
        "--probability",
        type=common.positive,
        default=0.95,
        metavar="P",
        help="of correct selection (default %(default)s)",
    )
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Simulate every scenario and write the comparison."""
    if len(options.scenarios) < 2:
        raise InputError(
            Problem(
                "SCENARIO", options.scenarios[0], Message("a comparison needs two"), Message("Name another scenario.")
            )
        )
    scenarios = common.load_scenarios(options.scenarios, common.settings(options))
    if options.select is not None:
        check_selection(options.select, cases_of(scenarios), options.probability)
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
        select=options.select,
        indifference=options.indifference,
        probability=options.probability,
    )
    comparison.save(out, language=options.lang)
    common.keep_plans(scenarios[0], out)
    answer(
        options,
        differences=rows(comparison.differences),
        verdicts=rows(comparison.effects.verdicts),
        selection=comparison.selection,
        warnings=to_json_rows(comparison.warnings),
    )
    reporter.say(comparison.in_text(options.lang))
    for line in cautions(comparison.warnings, comparison.scenarios, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")
