"""What the options of `fusion partition` say: numbers, pairs and small files, every problem at once."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from foundation.messages import Message
from scenarios import InputError, Problem
from scenarios.loading.small_tables import refuse, rows, wrong
from study.cli import options as common


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """Add what communities must respect, and what their sums are made of."""
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
    parser.add_argument(
        "--size",
        action="append",
        default=[],
        metavar="COMMUNITY=SHARE",
        help="share of its group's sums that this community is to have; the others share the rest (repeatable)",
    )
    parser.add_argument(
        "--split",
        action="append",
        default=[],
        metavar="COLUMN=N",
        help="at most N splits of the groups of COLUMN, such as towns: a town in two communities is one (repeatable)",
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


def read_balance(texts: Sequence[str]) -> dict[str, float]:
    """Read ``NAME=TOL`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            problems.append(
                Problem(
                    f"--balance {text}",
                    None,
                    Message("it must be NAME=TOL"),
                    Message("Example: --balance population=0.05"),
                )
            )
    refuse(problems)
    return found


def read_sizes(texts: Sequence[str]) -> dict[str, float]:
    """Read ``COMMUNITY=SHARE`` options."""
    found, problems = {}, []
    for text in texts:
        name, sign, value = text.rpartition("=")
        try:
            if not name or not sign:
                raise ValueError
            found[name] = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
        except ValueError:
            remedy = Message("Example: --size 东一=0.2")
            problems.append(Problem(f"--size {text}", None, Message("it must be COMMUNITY=SHARE"), remedy))
    refuse(problems)
    return found


def read_splits(texts: Sequence[str]) -> dict[str, int]:
    """Read ``COLUMN=N`` options."""
    found: dict[str, int] = {}
    problems = []
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not name or not sign or not value.strip().isdecimal():
            remedy = Message("Example: --split town=5")
            problems.append(Problem(f"--split {text}", None, Message("it must be COLUMN=N"), remedy))
        elif name in found:
            rule = Message("this column stands there twice")
            problems.append(Problem(f"--split {text}", None, rule, Message("Name it once.")))
        else:
            found[name] = int(value)
    refuse(problems)
    return found


def read_bounds(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Read ``NAME=LOW:HIGH`` options; one of the two may be left out."""
    found, problems = {}, []
    for text in texts:
        name, _, values = text.partition("=")
        low, colon, high = values.partition(":")
        try:
            if not colon or not low + high:
                raise ValueError
            found[name] = (float(low or -math.inf), float(high or math.inf))
        except ValueError:
            problems.append(
                Problem(
                    f"--bounds {text}",
                    None,
                    Message("it must be NAME=LOW:HIGH"),
                    Message("Example: --bounds population=9000:11000"),
                )
            )
    refuse(problems)
    return found


def read_composites(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Read ``NAME=A:W,B:W`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, parts = text.partition("=")
        try:
            found[name] = {a: float(w) for a, _, w in (part.partition(":") for part in parts.split(","))}
        except ValueError:
            remedy = Message("Example: --composite load=population:0.5,income:0.5")
            problems.append(
                Problem(f"--composite {text}", None, Message("it must be NAME=A:W,B:W with numbers"), remedy)
            )
    refuse(problems)
    return found


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
            rule = Message("the range must run from the smaller to the larger number")
            raise InputError(Problem(f"--communities {text}", None, rule, Message("Example: --communities 10:14")))
        return counts
    if within is None:
        raise InputError(
            Problem(
                f"--communities {text}",
                None,
                Message("it must be a whole number"),
                Message("A CSV of group,communities needs --within."),
            )
        )
    found: dict[str, int] = {}
    problems = []
    for number, row in enumerate(rows(Path(text)), start=1):
        try:
            group, value = row[0], int(row[1])
            if not group:
                raise ValueError
        except (IndexError, ValueError):
            if number > 1 or not row[0]:
                problems.append(wrong(text, number, row, Message("it must be group,communities")))
            continue
        if group in found:
            problems.append(
                Problem(
                    Message("{text} row {number}", text=text, number=number),
                    group,
                    Message("this group stands here twice"),
                    Message("Keep one row."),
                )
            )
        found[group] = value
    if not found and not problems:
        problems.append(
            Problem(text, None, Message("no row of it is group,communities"), Message("Write one row per group."))
        )
    refuse(problems)
    return found
