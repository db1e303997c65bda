"""`fusion partition`: community boundaries alone."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from optimize import PartitionResult, ensemble, explain, frontier, numbers, partition
from scenarios import InfeasibleError, InputError, LimitError, Problem, Territory
from scenarios.atomic import write_text
from scenarios.workload import composite
from study.cli import common
from study.figures_plans import save_ensemble, save_frontier
from study.maps import save_map
from study.progress import Reporter

_EXAMPLES = """\
  fusion partition counties/ --communities 18 --balance population=0.05
  fusion partition tracts.gpkg --id tract --communities 12 --objective cut-edges --time-limit 120
  fusion partition city/ --within centre --communities teams.csv --balance population=0.1 --balance households=0.1
  fusion partition city/ --communities 8 --current community --lock 东一 --keep-apart rivals.csv --max-radius 4
  fusion partition counties/ --communities 14:20                       # which number? a table and a recommendation
  fusion partition counties/ --communities 18 --frontier balance       # what a tighter balance costs
  fusion partition counties/ --communities 18 --ensemble 500 --why 410184
  fusion partition city/ --communities 30 --composite load=population:0.6,enterprises:0.4 --balance load=0.1"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "partition", run, "community boundaries: balanced, contiguous, with a bound", _EXAMPLES)
    parser.add_argument(
        "--communities",
        required=True,
        metavar="K",
        help="how many, A:B for a range, or a CSV of group,communities with --within",
    )
    parser.add_argument(
        "--objective", choices=("moment", "cut-edges"), default="moment", help="what is minimised (default moment)"
    )
    parser.add_argument(
        "--weight", metavar="NAME", help="workload attribute of moment (default: first balanced attribute)"
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
        help="explicit bounds of each sum (repeatable)",
    )
    parser.add_argument("--within", metavar="COLUMN", help="communities never cross the groups of this column")
    parser.add_argument("--current", metavar="COLUMN", help="today's communities, for moves and disruption")
    parser.add_argument(
        "--max-moved", type=float, metavar="SHARE", help="largest share of workload that may change community"
    )
    parser.add_argument(
        "--fix-seats", type=Path, metavar="FILE", help="CSV whose first column is unit ids that must be seats"
    )
    _add_wishes(parser)
    _add_questions(parser)
    parser.add_argument("--time-limit", type=common.positive, default=60.0, metavar="S", help="seconds (default 60)")
    parser.add_argument(
        "--effort",
        choices=("quick", "normal", "thorough"),
        default="normal",
        help="length of the search, in moves; with the seed it decides the result (default normal)",
    )
    common.add_solver(parser)
    common.add_territory(parser, option=False)
    common.add_common(parser, scenario=False)


def _add_wishes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep-together", type=Path, metavar="FILE", help="CSV of unit_id,group: units of a group share a community"
    )
    parser.add_argument(
        "--keep-apart", type=Path, metavar="FILE", help="CSV of a,b: pairs of units that must not share a community"
    )
    parser.add_argument(
        "--lock",
        action="append",
        default=[],
        metavar="COMMUNITY",
        help="community of --current that stays as it is (repeatable)",
    )
    parser.add_argument("--max-radius", type=common.positive, metavar="KM", help="largest distance from the seat")
    parser.add_argument(
        "--forbid", type=Path, metavar="FILE", help="CSV of a,b: borders no community may cross, such as a river"
    )
    parser.add_argument(
        "--composite",
        action="append",
        default=[],
        metavar="NAME=A:W,B:W",
        help="attribute made of weighted shares of others, for --balance and --weight (repeatable)",
    )


def _add_questions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--frontier", choices=("balance", "disruption"), help="also show what a tighter limit costs (frontier.csv)"
    )
    parser.add_argument(
        "--ensemble", type=common.count, metavar="N", help="also place the plan among N random valid ones"
    )
    parser.add_argument(
        "--why",
        action="append",
        default=[],
        metavar="UNIT",
        help="what moving this unit would cost (why.csv, repeatable)",
    )


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Divide the territory and write the plan."""
    choices = {
        "objective": options.objective,
        "weight": options.weight,
        "balance": read_balance(options.balance),
        "bounds": read_bounds(options.bounds),
        "within": options.within,
        "current": options.current,
        "max_moved": options.max_moved,
        "time_limit": options.time_limit,
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
    }
    communities = read_communities(options.communities, options.within)
    territory = common.territory_from(options)
    for name, parts in read_composites(options.composite).items():
        territory = composite(territory, name, parts)
    out = common.out_folder(options, "partition", territory.name)
    reporter = common.reporter(options)
    if isinstance(communities, range):
        with reporter.bar("numbers of communities") as tick:
            table, plans = numbers(territory, communities, progress=tick, **choices)
        result = _recommended(table, plans, choices)
        write_text(out / "frontier.csv", table.to_csv(index=False, lineterminator="\n"))
        save_frontier(table, "communities", out / "frontier.png", objective=options.objective, language=options.lang)
        reporter.say(table.to_string(index=False))
    else:
        with reporter.busy("partition") as step:
            step(f"{len(territory)} units, at most {options.time_limit:g} s" + (" a group" if options.within else ""))
            result = partition(territory, communities=communities, **choices)
    answers = _answer(options, result, choices, out, reporter)
    result.save(out, **answers)
    save_map(drawable(result.territory, options), result.plan, out / "map.png", language=options.lang)
    reporter.say(str(result))
    reporter.say(f"{out}")


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
    if options.why:
        table = pd.concat([explain(result, unit) for unit in options.why], ignore_index=True)
        write_text(out / "why.csv", table.to_csv(index=False, lineterminator="\n"))
        reporter.say(table.to_string(index=False))
    if options.ensemble:
        with reporter.bar("random plans") as tick:
            drawn = ensemble(result, options.ensemble, seed=result.seed, progress=tick)
        write_text(out / "ensemble.csv", drawn.plans.to_csv(index=False, lineterminator="\n"))
        save_ensemble(drawn, out / "ensemble.png", objective=options.objective, language=options.lang)
        answers["ensemble"] = drawn.to_dict()
        reporter.say(str(drawn))
    if options.frontier and not isinstance(read_communities(options.communities, options.within), range):
        with reporter.bar(f"frontier over {options.frontier}") as tick:
            table, _ = frontier(
                result.territory,
                result.communities,
                over=options.frontier,
                progress=tick,
                **{k: v for k, v in choices.items() if k != "max_moved" or options.frontier == "balance"},
            )
        write_text(out / "frontier.csv", table.to_csv(index=False, lineterminator="\n"))
        save_frontier(table, "limit", out / "frontier.png", objective=options.objective, language=options.lang)
        reporter.say(table.to_string(index=False))
    return answers


def drawable(territory: Territory, options: argparse.Namespace) -> Territory:
    """Return the territory with the groups of ``--within`` as centres, so that the map draws their borders."""
    if options.within and "centre" not in territory.units:
        return territory.with_columns({"centre": territory.units[options.within].astype(str)})
    return territory


def read_balance(texts: Sequence[str]) -> dict[str, float]:
    """Read ``NAME=TOL`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            problems.append(
                Problem(f"--balance {text}", None, "it must be NAME=TOL", "Example: --balance population=0.05")
            )
    if problems:
        raise InputError(problems)
    return found


def read_bounds(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Read ``NAME=LOW:HIGH`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, values = text.partition("=")
        low, _, high = values.partition(":")
        try:
            found[name] = (float(low), float(high))
        except ValueError:
            problems.append(
                Problem(f"--bounds {text}", None, "it must be NAME=LOW:HIGH", "Example: --bounds population=9000:11000")
            )
    if problems:
        raise InputError(problems)
    return found


def read_composites(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Read ``NAME=A:W,B:W`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, parts = text.partition("=")
        try:
            found[name] = {a: float(w) for a, _, w in (part.partition(":") for part in parts.split(","))}
        except ValueError:
            remedy = "Example: --composite load=population:0.5,income:0.5"
            problems.append(Problem(f"--composite {text}", None, "it must be NAME=A:W,B:W with numbers", remedy))
    if problems:
        raise InputError(problems)
    return found


def read_groups(path: Path | None) -> list[tuple[str, ...]]:
    """Read a CSV of ``unit_id,group``."""
    groups: dict[str, list[str]] = {}
    for row in _two_columns(path, "unit_id", "group"):
        groups.setdefault(row[1], []).append(row[0])
    return [tuple(units) for units in groups.values()]


def read_pairs(path: Path | None) -> list[tuple[str, str]]:
    """Read a CSV of ``a,b``."""
    return [(row[0], row[1]) for row in _two_columns(path, "a", "b")]


def _two_columns(path: Path | None, first: str, second: str) -> list[list[str]]:
    if path is None:
        return []
    table = rows(path)
    if table and table[0][:2] == [first, second]:
        table = table[1:]
    wrong = [
        Problem(f"{path} row {number}", ",".join(row), f"it must be {first},{second}", "Correct it.")
        for number, row in enumerate(table, start=1)
        if len(row) < 2
    ]
    if wrong:
        raise InputError(wrong)
    return table


def read_communities(text: str, within: str | None) -> int | range | dict[str, int]:
    """Read the number of communities, a range ``A:B``, or a CSV of ``group,communities``."""
    first, colon, last = text.partition(":")
    try:
        if not colon:
            return int(text)
        counts = range(int(first), int(last) + 1)
    except ValueError:
        pass
    else:
        if not counts:
            rule = "the range must run from the smaller to the larger number"
            raise InputError(Problem(f"--communities {text}", None, rule, "Example: --communities 10:14"))
        return counts
    if within is None:
        raise InputError(
            Problem(
                f"--communities {text}", None, "it must be a whole number", "A CSV of group,communities needs --within."
            )
        )
    found: dict[str, int] = {}
    problems = []
    for number, row in enumerate(rows(Path(text)), start=1):
        try:
            group, value = row[0], int(row[1])
        except (IndexError, ValueError):
            if number > 1:
                problems.append(
                    Problem(f"{text} row {number}", ",".join(row), "it must be group,communities", "Correct it.")
                )
            continue
        if group in found:
            problems.append(Problem(f"{text} row {number}", group, "this group stands here twice", "Keep one row."))
        found[group] = value
    if not found and not problems:
        problems.append(Problem(text, None, "no row of it is group,communities", "Write one row per group."))
    if problems:
        raise InputError(problems)
    return found


def read_seats(path: Path | None) -> list[str]:
    """Read the units that must be seats: the first column of a CSV."""
    return [] if path is None else [row[0] for row in rows(path) if row[0] != "unit_id"]


def rows(path: Path) -> list[list[str]]:
    """Return the non-empty rows of a small CSV file as text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = [[cell.strip() for cell in row if cell.strip()] for row in csv.reader(lines)]
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            Problem(str(path), None, f"it cannot be read: {reason}", "Name a CSV file in UTF-8.")
        ) from None
    return [row for row in table if row]
