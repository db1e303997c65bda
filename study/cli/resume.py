"""`fusion resume`: go on with an interrupted run."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios import InputError, Problem
from study.cli import build_parser
from study.cli import options as common
from study.cli.execute import perform
from study.cli.json_output import add_json
from study.pipeline.repeat import command_of
from study.results.interrupted import read_unfinished

_EXAMPLES = """\
  fusion resume results/study-plan
  fusion resume results/mine --jobs 2"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "resume", run, _EXAMPLES)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the results (--out of the run)")
    parser.add_argument("--jobs", type=common.count, metavar="N", help="worker processes (default: as then)")
    common.add_cluster(parser)
    parser.add_argument("--lang", choices=("en", "zh"), help="language of messages about the run (default: as then)")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    add_json(parser)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Give the command again; what is finished is read instead of made."""
    out = options.folder.absolute()
    left = read_unfinished(out)
    command = command_of({"verb": left.verb, "arguments": list(left.arguments)}, out)
    command = [text for text in command if text != "--quiet"]
    command += ["--quiet"] if options.quiet or "--quiet" in left.arguments else []
    command += ["--jobs", str(options.jobs)] if options.jobs else []
    try:
        chosen = build_parser(command[0]).parse_args(command)
    except SystemExit:
        remedy = Message("Resume it with the version that began it.")
        raise InputError(Problem(str(options.folder), None, Message("its command is not understood"), remedy)) from None
    options.begun_in, options.lang = out, options.lang or getattr(chosen, "lang", None)
    with _from(left.folder):
        perform(chosen, left.arguments)
    options.json = options.json or chosen.json
    options.answer, options.folder_made = getattr(chosen, "answer", {}), out


@contextlib.contextmanager
def _from(folder: Path) -> Iterator[None]:
    """Work from the folder where the command was first given: names of files are meant from there."""
    here = Path.cwd()
    try:
        os.chdir(folder)
    except OSError as error:
        rule = Message("the command was given there, and it is not to be had: {strerror}", strerror=cause(error))
        raise InputError(Problem(str(folder), None, rule, Message("Make the folder available."))) from None
    try:
        yield
    finally:
        os.chdir(here)
