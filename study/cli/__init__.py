"""The command line: the only room that knows arguments, exit codes and terminals."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import version

from study.cli.parser import Parser, VerbParser, without_language
from study.cli.surroundings import settle
from study.cli.verbs import VERBS

_EPILOG = """\
examples:
  fusion study                                   the plan and its alternatives on the embedded city
  fusion study --territory my_city/ --out out    the same on your own territory
  fusion validate scenarios/plan.yaml            what is odd in the plan, and what is assumed
  fusion partition my_city/ --communities 12     community boundaries alone
  fusion VERB --help                             options and examples of a verb
  fusion completion bash --help                  let the shell complete what you type

exit codes: 0 done, 1 repeated and different, 2 bad input, 3 proven infeasible, 4 stopped at a limit, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    settle()
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, and not when nobody can answer for it any more
    except OSError as error:
        # Only here, as below.
        from study.cli.execute import unprinted  # noqa: PLC0415

        return unprinted(error)


def _run(arguments: Sequence[str] | None) -> int:
    argv = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser(_verb_of(argv))
    if "--json" in argv:
        parser.answer_machines()
    options = parser.parse_args(argv)
    # Only here, so that help and misspelt calls wait for nothing but themselves.
    from study.cli.execute import execute  # noqa: PLC0415

    return execute(options, argv[1:])


def _verb_of(argv: Sequence[str]) -> str | None:
    """Return the verb whose options are needed; none (an empty text) for help, all if it can't be told."""
    first = next(iter(without_language(argv)), "")
    if first in ("-h", "--help", "--version"):
        return ""
    return None if first.startswith("-") else first


def build_parser(verb: str | None = None) -> Parser:
    """Return the parser, with the options of every verb, or of one: the others then only have their names."""
    parser = Parser(
        prog="fusion",
        description="Plan the merger of two sales forces: simulate the cross-training, redraw the communities, "
        "re-cut the targets.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('frontline-fusion')}")
    verbs = parser.add_subparsers(title="verbs", dest="verb", required=True, metavar="VERB", parser_class=VerbParser)
    for name, summary in VERBS.items():
        if verb in (None, name):
            importlib.import_module(f"study.cli.{name}").add_parser(verbs)
        else:
            verbs.add_parser(name, help=summary)
    return parser
