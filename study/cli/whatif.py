"""`fusion whatif`: other weights or parameters, through targets, partition and simulation."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from foundation.atomic_files import write_bytes
from foundation.messages import Message
from scenarios import InputError, Problem
from scenarios.loading.variants import variants_of, whole_keys
from study.cli import options as common
from study.cli.json_output import answer, rows, to_json_rows
from study.plotting.theme import to_png
from study.reporting.terminal import cautions
from study.sensitivity.design import KINDS, design, read_vary
from study.whatif.figures import draw_screening, draw_whatif
from study.whatif.whatif import what_if

_EXAMPLES = """\
  fusion whatif plan --vary indicators.income=0:0.6:0.15 --vary indicators.enterprises=0:0.6:0.15 --jobs 2
  fusion whatif plan --vary target_stages.stage2.weights.CM.fixed=0.5:0.9:0.1 --replications 20
  fusion whatif plan --design sobol --points 32 --vary learning.peer_value=0:3 --vary training.hours_needed=8:40
  fusion whatif plan --design morris --points 6 --vary hand_over.loss=0:0.6 --vary effort.drill_share=0:0.3"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "whatif", run, _EXAMPLES)
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    parser.add_argument(
        "--vary", action="append", required=True, metavar="KEY=A:B:STEP", help="what varies (repeatable); or KEY=V,V,V"
    )
    parser.add_argument(
        "--design",
        choices=KINDS,
        default="grid",
        help="all combinations, a sample, or a screening of many keys (default grid)",
    )
    parser.add_argument(
        "--points", type=common.count, metavar="N", help="points of a sample; trajectories of a screening"
    )
    parser.add_argument(
        "--cache",
        type=common.folder,
        metavar="DIR",
        help="folder of finished points (default: whatif-cache beside --out)",
    )
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Compute the points that are new, and write the answers."""
    (scenario,) = common.load_scenarios([options.scenario], common.settings(options))
    pairs = [read_vary(text) for text in options.vary]
    twice = [key for n, (key, _) in enumerate(pairs) if key in [k for k, _ in pairs[:n]]]
    if twice:
        raise InputError(
            [Problem(f"--vary {key}", None, Message("it varies twice"), Message("Give it once.")) for key in twice]
        )
    seed = scenario.run.seed if options.seed is None else options.seed
    whole = whole_keys(scenario, dict(pairs))
    variants_of(scenario, design(dict(pairs), options.design, options.points, seed, whole))
    territory = None
    if options.territory is not None or scenario.territory.source is not None:
        territory = common.territory_from(options, scenario)
    out = common.out_folder(options, "whatif", scenario.name)
    reporter = common.reporter(options)
    result = what_if(
        scenario,
        dict(pairs),
        territory=territory,
        replications=options.replications,
        seed=seed,
        jobs=options.jobs,
        kind=options.design,
        points=options.points,
        cache=options.cache or out.parent / "whatif-cache",
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
    )
    result.save(out)
    common.keep_plans(scenario, out)
    answer(options, points=rows(result.points), computed=result.new, warnings=to_json_rows(result.warnings))
    write_bytes(out / "whatif.png", to_png(draw_whatif(result, language=options.lang)))
    if len(result.screening):
        write_bytes(out / "screening.png", to_png(draw_screening(result.screening, language=options.lang)))
    reporter.say(result.in_text(options.lang))
    for line in cautions(result.warnings, {scenario.name: scenario}, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")
