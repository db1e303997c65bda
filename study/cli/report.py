"""`fusion report`: render a finished study again, in either language."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from study.cli import common
from study.cli.answer import add_json, answer
from study.deliver import redraw
from study.reading import read_record


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "report",
        run,
        "render a finished study again, in either language",
        "  fusion report results/study --lang zh",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of a finished study")
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language (default en)")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    add_json(parser)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Read the record and render it."""
    record = read_record(options.folder)
    page = redraw(record, options.folder, options.lang)
    answer(options, report=str(page))
    common.reporter(options).say(f"{page}")
