"""`fusion repeat`: make a result again and compare."""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foundation.messages import Message
from scenarios import InputError, Problem
from study.cli import build_parser
from study.cli import options as common
from study.cli.execute import DIFFERENT, DONE, LIMIT, perform
from study.cli.json_output import add_json, answer
from study.pipeline.repeat import command_of, compare_folders, read_run, study_again


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "repeat",
        run,
        "  fusion repeat results/study-plan/run.json\n  fusion repeat results/mine --keep results/mine-again",
    )
    parser.add_argument("result", type=Path, metavar="RUN.JSON", help="run.json of a result, or its folder")
    add_json(parser)
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of the verdict (default en)")
    parser.add_argument("--keep", type=common.folder, metavar="DIR", help="keep the second result here")


@contextlib.contextmanager
def at_home(folder: object) -> Iterator[None]:
    """Work from the folder where the command was first given, where it is still there: names of files are meant so."""
    here = Path.cwd()
    if isinstance(folder, str) and Path(folder).is_dir():
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Run the command again and compare the tables; a difference has an exit code of its own."""
    facts = read_run(options.result)
    first = (options.result if options.result.is_dir() else options.result.parent).resolve()
    if options.keep is not None and options.keep.resolve() == first:
        rule = Message("the first result lies there, and would be compared with itself")
        raise InputError(Problem(f"--keep {options.keep}", None, rule, Message("Name another folder.")))
    with tempfile.TemporaryDirectory() as scratch:
        out = options.keep.absolute() if options.keep else Path(scratch) / "again"
        if facts["arguments"] is None:
            study_again(first, facts, out)
        else:
            with at_home(facts.get("folder")):
                _give_again(facts, out, options.result)
        verdict = compare_folders(first, out, facts)
    if verdict.clock_bound:
        options.exit_code, same = LIMIT, None
    else:
        options.exit_code, same = (DIFFERENT, False) if verdict.different else (DONE, True)
    answer(options, same=same, **asdict(verdict))
    if not options.json:
        print(verdict.in_text(options.lang))


def _give_again(facts: dict[str, Any], out: Path, result: Path) -> None:
    """Give the command of a run again."""
    command = command_of(facts, out)
    try:
        chosen = build_parser(command[0]).parse_args(command)
    except SystemExit:
        remedy = Message("Repeat it with the version that made it.")
        raise InputError(Problem(str(result), None, Message("its command is not understood"), remedy)) from None
    perform(chosen, command[1:])
