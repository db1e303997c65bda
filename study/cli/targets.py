"""`fusion targets`: the target allocation of every target stage."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from study.cli import common
from study.cli.answer import answer, rows, told
from study.decide import decide


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "targets",
        run,
        "target allocation for every target stage, from company to person",
        "  fusion targets plan\n"
        "  fusion targets plan --set targets.mobile.growth=0.3 --set targets.priority=capacity\n"
        "  fusion targets plan --set 'targets.pins=[{level: company, id: company, business: mobile, measure: growth,"
        " value: 9000}]'",
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    common.add_solver(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Allocate and write the targets and the placement they rest on."""
    (scenario,) = common.load_scenarios([options.scenario], common.settings(options))
    territory = common.territory_from(options, scenario)
    out = common.out_folder(options, "targets", scenario.name)
    reporter = common.reporter(options)
    seed = scenario.run.seed if options.seed is None else options.seed
    with reporter.busy(scenario.name) as step:
        made = decide(scenario, territory, seed=seed, solver=options.solver, say=step)
    made.placement.save(out)
    made.targets.save(out)
    answer(options, stages=rows(made.targets.stages), notes=made.targets.notes, warnings=told(made.warnings))
    reporter.say(str(made.targets))
    reporter.say(f"{out}")
