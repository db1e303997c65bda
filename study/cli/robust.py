"""`fusion robust`: every timeline in worlds drawn from what is believed, and what follows from it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from foundation.atomic_files import write_bytes
from study.cli import options as common
from study.cli.json_output import answer, to_json_rows
from study.plotting.theme import to_png
from study.reporting.terminal import cautions
from study.robustness.figures import draw_scatter, draw_value_of_knowing
from study.robustness.run import robust

_EXAMPLES = """\
  fusion robust
  fusion robust plan big_bang slow --worlds 256 --jobs 2
  fusion robust plan --worlds 64 --set study.broken_at_most=0.2 --lang zh"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "robust", run, _EXAMPLES)
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="a file or the name of one; the first is studied, the others are compared with it "
        "(default: plan; with one scenario its own alternatives are compared with it)",
    )
    parser.add_argument(
        "--worlds", type=common.count, metavar="N", help="worlds drawn (default: study.worlds of the scenario, or 256)"
    )
    common.add_solver(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Draw, simulate, and write the answer."""
    scenarios = common.load_scenarios(options.scenarios or ["plan"], common.settings(options))
    territory = common.territory_from(options, scenarios[0])
    out = common.out_folder(options, "robust", scenarios[0].name)
    reporter = common.reporter(options)
    result = robust(
        *scenarios,
        territory=territory,
        worlds=options.worlds,
        seed=options.seed,
        jobs=options.jobs,
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
    )
    for name, draw in (("robust.png", draw_scatter), ("worth.png", draw_value_of_knowing)):
        write_bytes(out / name, to_png(draw(result.answer, result.scenarios, language=options.lang)))
    result.save(out)
    common.keep_plans(scenarios[0], out)
    answer(options, robust=result.answer, warnings=to_json_rows(result.warnings))
    reporter.say(result.in_text(options.lang))
    for line in cautions(result.warnings, dict(result.scenarios), options.lang):
        reporter.say(line)
    reporter.say(f"{out}")
