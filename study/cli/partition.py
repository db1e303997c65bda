"""`fusion partition`: community boundaries alone."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from optimize import partition
from scenarios import InputError, Problem, Territory
from study.cli import common
from study.maps import save_map

_EXAMPLES = """\
  fusion partition counties/ --communities 18 --balance population=0.05
  fusion partition tracts.gpkg --id tract --communities 12 --objective cut-edges --time-limit 120
  fusion partition city/ --within centre --communities teams.csv --balance population=0.1 --balance households=0.1"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "partition", run, "community boundaries: balanced, contiguous, with a bound", _EXAMPLES)
    parser.add_argument(
        "--communities", required=True, metavar="K", help="how many, or a CSV of group,communities with --within"
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


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Divide the territory and write the plan."""
    balance, bounds = read_balance(options.balance), read_bounds(options.bounds)
    communities = read_communities(options.communities, options.within)
    seats = read_seats(options.fix_seats)
    territory = common.territory_from(options)
    out = common.out_folder(options, "partition", territory.name)
    reporter = common.reporter(options)
    with reporter.busy("partition") as step:
        step(f"{len(territory)} units, at most {options.time_limit:g} s" + (" a group" if options.within else ""))
        result = partition(
            territory,
            communities=communities,
            objective=options.objective,
            weight=options.weight,
            balance=balance,
            bounds=bounds,
            within=options.within,
            current=options.current,
            max_moved=options.max_moved,
            time_limit=options.time_limit,
            solver=options.solver,
            seed=1 if options.seed is None else options.seed,
            jobs=options.jobs,
            fix_seats=seats,
            effort=options.effort,
        )
    result.save(out)
    save_map(drawable(territory, options), result.plan, out / "map.png", language=options.lang)
    reporter.say(str(result))
    reporter.say(f"{out}")


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


def read_communities(text: str, within: str | None) -> int | dict[str, int]:
    """Read the number of communities, or a CSV of ``group,communities``."""
    try:
        return int(text)
    except ValueError:
        pass
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
