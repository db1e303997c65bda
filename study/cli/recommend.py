"""`fusion recommend`: partitions of the frontier judged by simulation."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from foundation.atomic_files import write_bytes
from foundation.messages import Message
from scenarios import InputError, Problem
from study.cli import options as common
from study.cli.json_output import answer
from study.plotting.theme import to_png
from study.recommendation.candidates import variants_of
from study.recommendation.figures import draw_recommendation
from study.recommendation.recommend import BUDGET, recommend
from study.reporting.terminal import cautions

_EXAMPLES = """\
  fusion recommend plan --replications 30 --jobs 2
  fusion recommend my_scenario.yaml --over disruption --values 0.05,0.1,0.2
  fusion recommend plan --kpi sales --probability 0.9"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "recommend", run, _EXAMPLES)
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    parser.add_argument(
        "--over", choices=("balance", "disruption"), default="balance", help="what is traded for compactness"
    )
    parser.add_argument("--values", metavar="V,V,V", help="tolerances, or shares of workload moved (default: five)")
    parser.add_argument("--kpi", default="contribution", metavar="KPI", help="judged by (default contribution)")
    parser.add_argument(
        "--indifference",
        type=common.positive,
        metavar="D",
        help="smallest difference worth detecting (default: 0.5 %% of the scenario's own mean)",
    )
    parser.add_argument(
        "--probability",
        type=common.positive,
        default=0.95,
        metavar="P",
        help="of correct selection (default %(default)s)",
    )
    parser.add_argument(
        "--budget",
        type=common.count,
        default=BUDGET,
        metavar="N",
        help="most runs of a candidate (default %(default)s)",
    )
    parser.add_argument(
        "--cache",
        type=common.folder,
        metavar="DIR",
        help="folder of finished runs (default: recommend-cache beside --out)",
    )
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Check everything, simulate the candidates and write the recommendation."""
    (scenario,) = common.load_scenarios([options.scenario], common.settings(options))
    values = _values(options.values)
    variants = variants_of(scenario, options.over, values)
    if not 1 / len(variants) < options.probability < 1:
        rule = Message("it must lie between {value:.3g} and 1", value=1 / len(variants))
        raise InputError(Problem("--probability", options.probability, rule, Message("Give 0.95.")))
    territory = common.territory_from(options, scenario)
    out = common.out_folder(options, "recommend", scenario.name)
    reporter = common.reporter(options)
    result = recommend(
        scenario,
        territory=territory,
        over=options.over,
        values=values,
        kpi=options.kpi,
        indifference=options.indifference,
        probability=options.probability,
        replications=options.replications,
        budget=options.budget,
        seed=options.seed,
        jobs=options.jobs,
        cache=options.cache or out.parent / "recommend-cache",
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
    )
    write_bytes(out / "recommendation.png", to_png(draw_recommendation(result, language=options.lang)))
    result.save(out)
    answer(options, **result.to_dict())
    reporter.say(result.in_text(options.lang))
    for line in cautions(result.warnings, {scenario.name: scenario}, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")


def _values(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        rule = Message("it must be numbers with commas between them")
        raise InputError(Problem("--values", text, rule, Message("Example: --values 0.05,0.1,0.2"))) from None
