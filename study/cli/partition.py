"""`fusion partition`: community boundaries alone."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.atomic_files import write_text
from foundation.messages import Message
from foundation.parallel import note_stop, stops
from foundation.safe_csv import csv_text
from optimize import PartitionResult, ensemble, explain, frontier, numbers, partition
from optimize.districting.audit.audit import audit
from optimize.districting.problem.limits import limits
from optimize.districting.subdivide import PARENT
from scenarios import InfeasibleError, InputError, LimitError, Problem, Territory
from scenarios.loading.small_tables import read_groups, read_pairs, read_seats
from scenarios.rules.workload import composite
from study.cli import options as common
from study.cli.execute import DIFFERENT
from study.cli.json_output import answer
from study.cli.partition_given import Question, about_given, add_given, check_combination, drawn
from study.cli.partition_options import (
    add_wishes,
    read_balance,
    read_bounds,
    read_communities,
    read_composites,
    read_sizes,
    read_splits,
)
from study.plotting.frontiers import save_ensemble, save_frontier
from study.plotting.maps import save_map
from study.presentation.partition_summary import answer_table, contradicted, placed, summary_text, verified
from study.presentation.progress import Reporter, complain
from study.presentation.text_table import aligned
from study.results.run_json import describe_run
from study.results.storage import dump

_EXAMPLES = """\
  fusion partition counties/ --communities 18 --balance population=0.05
  fusion partition tracts.gpkg --id tract --communities 12 --objective cut-edges --time-limit 120
  fusion partition city/ --within centre --communities teams.csv --balance population=0.1 --balance households=0.1
  fusion partition city/ --communities 8 --current community --lock 东一 --keep-apart rivals.csv --max-radius 4
  fusion partition counties/ --communities 14:20                       # which number? a table and a recommendation
  fusion partition counties/ --communities 18 --frontier balance       # what a tighter balance costs
  fusion partition counties/ --communities 18 --ensemble 500 --why 410184
  fusion partition city/ --communities 60 --subdivide results/partition/plan.csv --balance population=0.3
  fusion partition city/ --communities 8 --size 东一=0.2 --balance population=0.1   # one of a fifth, seven alike
  fusion partition city/ --communities 8 --split town=3 --balance population=0.1    # towns split three times at most
  fusion partition city/ --check drawn.csv --balance population=0.1     # what a plan breaks, and the smallest repair
  fusion partition city/ --from drawn.csv --max-moved 0.05
  fusion partition city/ --from drawn.csv --objections objections.csv
  fusion partition city/ --communities 30 --composite load=population:0.6,enterprises:0.4 --balance load=0.1"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "partition", run, _EXAMPLES)
    parser.add_argument(
        "--communities",
        metavar="K",
        help="how many, A:B for a range, or a CSV of group,communities with --within",
    )
    parser.add_argument(
        "--objective",
        choices=("moment", "distance", "radius", "cut-edges"),
        default="moment",
        metavar="NAME",
        help="what is minimised: moment (default), distance, radius or cut-edges",
    )
    parser.add_argument(
        "--weight",
        metavar="NAME",
        help="attribute that distances are weighted by (default: first balanced attribute)",
    )
    parser.add_argument(
        "--balance",
        action="append",
        default=[],
        metavar="NAME=TOL",
        help="each sum within TOL of the mean (repeatable)",
    )
    parser.add_argument(
        "--bounds",
        action="append",
        default=[],
        metavar="NAME=LOW:HIGH",
        help="explicit bounds of each sum; either may be left out (repeatable)",
    )
    groups = parser.add_mutually_exclusive_group()
    groups.add_argument("--within", metavar="COLUMN", help="communities never cross the groups of this column")
    groups.add_argument(
        "--subdivide", type=Path, metavar="FILE", help="plan.csv of an earlier result, whose communities are divided"
    )
    parser.add_argument("--current", metavar="COLUMN", help="today's communities, for moves and disruption")
    parser.add_argument(
        "--max-moved", type=float, metavar="SHARE", help="largest share of workload that may change community"
    )
    parser.add_argument(
        "--fix-seats", type=Path, metavar="FILE", help="CSV whose first column is unit ids that must be seats"
    )
    add_wishes(parser)
    add_given(parser)
    _add_questions(parser)
    _add_limits(parser)
    common.add_solver(parser)
    common.add_territory(parser, option=False)
    common.add_common(parser, scenario=False)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--work-limit",
        type=common.positive,
        metavar="N",
        help="units of deterministic work, about seconds of one quiet core, a group (default 100)",
    )
    parser.add_argument(
        "--time-limit",
        type=common.positive,
        metavar="S",
        help="seconds after which the clock stops a group for safety; given alone, a longer one allows more work",
    )
    parser.add_argument(
        "--effort",
        choices=("quick", "normal", "thorough"),
        default="normal",
        help="length of the search, in moves; with the seed it decides the result (default normal)",
    )


def _frontier_over(what: str) -> Message:
    """Return what a frontier is drawn over."""
    return Message("frontier over balance") if what == "balance" else Message("frontier over disruption")


def _at_most(units: int, work: float, by_group: bool) -> Message:
    """Return how far is searched."""
    if by_group:
        return Message("{units} units, at most {work:g} units of work a group", units=units, work=work)
    return Message("{units} units, at most {work:g} units of work", units=units, work=work)


def _add_questions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--frontier", choices=("balance", "disruption"), help="also show what a tighter limit costs (frontier.csv)"
    )
    parser.add_argument(
        "--ensemble", type=common.count, metavar="N", help="also place the plan among N random valid ones"
    )
    parser.add_argument(
        "--verify", action="store_true", help="check plan, bound and proof by code that shares nothing with the prover"
    )
    parser.add_argument(
        "--why",
        action="append",
        default=[],
        metavar="UNIT",
        help="what moving this unit would cost (why.csv, repeatable)",
    )


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Divide the territory and write the plan."""
    started = time.perf_counter()
    check_combination(options)
    if options.subdivide:
        options.within = PARENT
    choices = _choices(options)
    communities = None if options.communities is None else read_communities(options.communities, options.within)
    territory = common.territory_from(options)
    if isinstance(communities, range) and communities[-1] > len(territory):
        rule = Message("it must end at the number of units ({count}) or before", count=len(territory))
        raise InputError(Problem("--communities", options.communities, rule, Message("Example: --communities 10:14")))
    if options.subdivide:
        territory = territory.with_columns({PARENT: drawn(options.subdivide, territory).assignment})
    for name, parts in read_composites(options.composite).items():
        territory = composite(territory, name, parts)
    out = common.out_folder(options, "partition", territory.name)
    reporter = common.reporter(options)
    told: dict[str, Any] = {}
    if options.check or options.start:
        if isinstance(communities, range):
            rule = Message("a given plan has one number of communities")
            raise InputError(Problem("--communities", options.communities, rule, Message("Leave it out.")))
        result, told = about_given(Question(options, territory, communities, choices, out, reporter))
    elif isinstance(communities, range):
        with reporter.bar(Message("numbers of communities")) as tick:
            table, plans = numbers(territory, communities, progress=tick, **choices)
        result = _recommended(table, plans, choices)
        write_text(out / "frontier.csv", csv_text(table))
        save_frontier(table, "communities", out / "frontier.png", objective=options.objective, language=options.lang)
        reporter.say(aligned(answer_table(table, language=options.lang)))
    else:
        with reporter.busy(Message("partition")) as step:
            _, work = limits(options.time_limit, options.work_limit)
            step(_at_most(len(territory), work, bool(options.within)))
            assert communities is not None  # asked for above
            result = partition(territory, communities=communities, **choices)
    answers = told | _answer(options, result, choices, out, reporter)
    result.save(out, **answers)
    answer(options, **(result.to_dict() | answers))
    save_map(drawable(result.territory, options), result.plan, out / "map.png", language=options.lang)
    facts = describe_run(
        "partition",
        arguments,
        {},
        territory,
        seed=result.seed,
        replications=0,
        jobs=options.jobs,
        seconds=time.perf_counter() - started,
        clock_bound=sorted({*stops(), *result.clock_bound}),
    )
    write_text(out / "run.json", dump(facts))
    reporter.say(summary_text(result, language=options.lang))
    reporter.say(f"{out}")
    if result.contradictions or answers.get("verification", {}).get("verdict") == "contradicted":
        complain(contradicted(result, answers.get("verification"), language=options.lang), options.lang)
        options.exit_code = DIFFERENT


def _choices(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `partition` is asked besides territory and number; files are read."""
    return {
        "objective": options.objective,
        "weight": options.weight,
        "balance": read_balance(options.balance),
        "bounds": read_bounds(options.bounds),
        "within": options.within,
        "current": options.current,
        "max_moved": options.max_moved,
        "time_limit": options.time_limit,
        "work_limit": options.work_limit,
        "solver": options.solver,
        "seed": 1 if options.seed is None else options.seed,
        "jobs": options.jobs,
        "fix_seats": read_seats(options.fix_seats),
        "effort": options.effort,
        "keep_together": read_groups(options.keep_together),
        "keep_apart": read_pairs(options.keep_apart),
        "lock": options.lock,
        "max_radius": options.max_radius,
        "forbid": read_pairs(options.forbid),
        "sizes": read_sizes(options.size),
        "splits": read_splits(options.split),
    }


def _recommended(table: pd.DataFrame, plans: Sequence[PartitionResult], choices: Mapping[str, Any]) -> PartitionResult:
    chosen = table.loc[table["recommended"] == 1, "communities"]
    if not len(chosen):
        msg = "no number of communities in the range admits a plan within the limits. Widen them, or the range."
        proven = bool((table["proof"] == "infeasible").all())
        raise (InfeasibleError if proven else LimitError)(msg)
    return next(plan for plan in plans if plan.communities == int(chosen.iloc[0]))


def _answer(
    options: argparse.Namespace,
    result: PartitionResult,
    choices: Mapping[str, Any],
    out: Path,
    reporter: Reporter,
) -> dict[str, Any]:
    """Answer the further questions; return what of it belongs into result.json."""
    answers: dict[str, Any] = {}
    if options.verify:
        with reporter.busy(Message("verification")) as step:
            step(Message("plan, bound and proof"))
            found = audit(result.certificates)
        answers["verification"] = found.to_dict()
        if found.clock_bound:
            note_stop("verification")
        if found.verdict == "contradicted":
            answers |= {"proof": "feasible", "bound": None, "gap": None}
        reporter.say(verified(found, language=options.lang))
    if options.why:
        table = pd.concat([explain(result, unit) for unit in options.why], ignore_index=True)
        write_text(out / "why.csv", csv_text(table))
        reporter.say(aligned(answer_table(table, language=options.lang)))
    if options.ensemble:
        with reporter.bar(Message("random plans")) as tick:
            drawn = ensemble(result, options.ensemble, seed=result.seed, progress=tick)
        write_text(out / "ensemble.csv", csv_text(drawn.plans))
        save_ensemble(drawn, out / "ensemble.png", objective=options.objective, language=options.lang)
        answers["ensemble"] = drawn.to_dict()
        reporter.say(placed(drawn, language=options.lang))
    ranged = options.communities is not None and isinstance(
        read_communities(options.communities, options.within), range
    )
    if options.frontier and not ranged:
        with reporter.bar(_frontier_over(options.frontier)) as tick:
            table, _ = frontier(
                result.territory,
                result.communities,
                over=options.frontier,
                progress=tick,
                **{k: v for k, v in choices.items() if k != "max_moved" or options.frontier == "balance"},
            )
        write_text(out / "frontier.csv", csv_text(table))
        save_frontier(table, "limit", out / "frontier.png", objective=options.objective, language=options.lang)
        reporter.say(aligned(answer_table(table, language=options.lang)))
    return answers


def drawable(territory: Territory, options: argparse.Namespace) -> Territory:
    """Return the territory with the groups that are divided as centres, so that the map draws their borders."""
    if options.subdivide or (options.within and "centre" not in territory.units):
        return territory.with_columns({"centre": territory.units[options.within].astype(str)})
    return territory
