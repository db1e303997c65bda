"""How a territory is to be read: the options of every verb that takes one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from foundation.messages import Message
from scenarios import InputError, Problem, Territory

WIDEST_M = 20_000.0
"""Widest gap that an option takes [m]."""


def add_reading(group: Any) -> None:
    """Add to a group of arguments what may be stated about a territory's files."""
    group.add_argument("--id", metavar="COLUMN", help="column with the unit ids of a polygon file")
    group.add_argument("--rename", action="append", default=[], metavar="OLD=NEW", help="rename a column (repeatable)")
    group.add_argument("--columns", metavar="FILE", help="file of column,meaning or table,column,meaning")
    group.add_argument(
        "--sheet",
        action="append",
        default=[],
        metavar="ROLE=NAME",
        help="sheet of a table, units=Sheet1 (repeatable)",
    )
    group.add_argument("--layer", metavar="NAME", help="layer of a GeoPackage (default: units, else the first)")
    group.add_argument("--encoding", metavar="NAME", help="code page (default: UTF-8, else by the characters)")
    group.add_argument(
        "--adjacency",
        metavar="delaunay|gabriel|FILE",
        help="neighbours of points, or a file of them (default: the table, else the polygons, else delaunay)",
    )
    group.add_argument(
        "--gap", type=_gap, metavar="METRES", help="polygons that face each other across at most this are neighbours"
    )
    group.add_argument("--dissolve", action="store_true", help="polygons with one id become one unit")
    group.add_argument(
        "--distance",
        metavar="FILE|COLUMN",
        help="road distance or travel time: a file of a,b,km or a,b,minutes, or a column of the adjacencies "
        "(default: straight lines)",
    )
    group.add_argument(
        "--bridge", choices=("nearest",), help="join islands and separate components to their nearest neighbour"
    )


def reading(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the options state, as `load_territory` takes it; what is not stated is left out.

    Raises
    ------
    InputError
        An option that is a pair is none.
    """
    problems: list[Problem] = []
    stated = {
        "id": options.id,
        "rename": _pairs("--rename", options.rename, "OLD=NEW", "POP=population", problems),
        "bridge": options.bridge,
        "encoding": options.encoding,
        "layer": options.layer,
        "sheet": _pairs("--sheet", options.sheet, "ROLE=NAME", "units=小区清单", problems),
        "columns": options.columns,
        "adjacency": options.adjacency,
        "gap": options.gap,
        "dissolve": options.dissolve,
        "distance": options.distance,
    }
    if problems:
        raise InputError(problems)
    return {key: value for key, value in stated.items() if value}


def merged(first: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a scenario states with the options over it; names of columns and sheets add up."""
    both = {**first, **over}
    for key in ("rename", "sheet"):
        if first.get(key) and over.get(key):
            both[key] = {**first[key], **over[key]}
    return both


def notes_of(territory: Territory) -> list[Problem]:
    """Return a territory's notes as warnings."""
    return [Problem(territory.name, None, note, "", "warning") for note in territory.provenance.notes]


def _pairs(option: str, texts: Sequence[str], form: str, example: str, problems: list[Problem]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        old, sign, new = text.partition("=")
        if not (old and sign and new):
            remedy = Message("Example: {option} {example}", option=option, example=example)
            problems.append(Problem(f"{option} {text}", None, Message("it must be {form}", form=form), remedy))
        pairs[old] = new
    return pairs


def _gap(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value <= WIDEST_M:
        told = Message(
            "{value!r} must be a number of metres above 0 and at most {most:g}", value=text[:40], most=WIDEST_M
        )
        raise argparse.ArgumentTypeError(told)
    return value
