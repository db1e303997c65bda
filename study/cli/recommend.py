"""`fusion recommend`: partitions of the frontier judged by simulation."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from foundation.atomic_files import write_bytes, write_text
from foundation.messages import Message
from foundation.safe_csv import csv_text
from scenarios import InputError, Problem, Scenario
from study.cli import options as common
from study.cli.json_output import answer
from study.cli.partition_given import read_objections
from study.plotting.theme import to_png
from study.presentation.language import Language
from study.presentation.text_table import aligned
from study.recommendation.candidates import variants_of
from study.recommendation.figures import draw_recommendation
from study.recommendation.prices import in_text, objections_of, priced, wishes_of
from study.recommendation.recommend import BUDGET, recommend
from study.reporting.terminal import cautions
from study.results.run_json import describe_run
from study.results.storage import dump

_EXAMPLES = """\
  fusion recommend plan --replications 30 --jobs 2
  fusion recommend my_scenario.yaml --over disruption --values 0.05,0.1,0.2
  fusion recommend plan --kpi sales --probability 0.9
  fusion recommend my_scenario.yaml --over wishes
  fusion recommend plan --plan drawn.csv --objections objections.csv"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "recommend", run, _EXAMPLES)
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    parser.add_argument(
        "--over",
        choices=("balance", "disruption", "wishes"),
        default="balance",
        help="what is traded for compactness; wishes: what each of the scenario's costs",
    )
    parser.add_argument(
        "--objections",
        type=Path,
        metavar="FILE",
        help="unit_id,community[,who,why] against --plan: what granting each costs",
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
    if options.over == "wishes" or options.objections:
        _prices(scenario, options, arguments)
        return
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


def _prices(scenario: Scenario, options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Price wishes, or objections to a given plan: prices.csv."""
    started = time.perf_counter()
    variants = [] if options.objections else wishes_of(scenario)
    territory = common.territory_from(options, scenario)
    out = common.out_folder(options, "recommend", scenario.name)
    reporter = common.reporter(options)
    seed = scenario.run.seed if options.seed is None else options.seed
    if options.objections:
        asked = read_objections(options.objections)
        variants = objections_of(scenario, territory, asked, out / "objections", seed=seed)
    table = priced(
        variants,
        territory=territory,
        kpi=options.kpi,
        replications=options.replications,
        seed=seed,
        jobs=options.jobs,
        cache=options.cache or out.parent / "recommend-cache",
        solver=options.solver,
        reporter=reporter,
    )
    write_text(out / "prices.csv", csv_text(table))
    common.keep_plans(scenario, out)
    runs = scenario.run.replications if options.replications is None else options.replications
    facts = describe_run(
        "recommend", arguments, {scenario.name: scenario}, territory, seed=seed, replications=runs,
        jobs=options.jobs, seconds=time.perf_counter() - started, solver=options.solver,
    )  # fmt: skip
    write_text(out / "run.json", dump(facts))
    answer(options, prices=table.to_dict("records"))
    reporter.say(aligned(in_text(table, Language(options.lang))))
    reporter.say(f"{out}")


def _values(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        rule = Message("it must be numbers with commas between them")
        raise InputError(Problem("--values", text, rule, Message("Example: --values 0.05,0.1,0.2"))) from None
