"""The command line: the only room that knows arguments, exit codes and terminals."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence

from scenarios import InfeasibleError, InputError, LimitError
from study.cli import (
    app,
    city,
    compare,
    partition,
    repeat,
    report,
    simulate,
    study,
    targets,
    template,
    validate,
    whatif,
)

DONE, BAD_INPUT, INFEASIBLE, LIMIT, INTERRUPTED = 0, 2, 3, 4, 130

_VERBS = (study, validate, partition, targets, simulate, compare, whatif, app, city, template, report, repeat)

_EPILOG = """\
examples:
  fusion study                                   the plan and its alternatives on the embedded city
  fusion study --territory my_city/ --out out    the same on your own territory
  fusion validate scenarios/plan.yaml            what is odd in the plan, and what is assumed
  fusion partition my_city/ --communities 12     community boundaries alone

exit codes: 0 done, 2 bad input, 3 proven infeasible, 4 stopped at a limit, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser().parse_args(argv)
    code = DONE
    try:
        options.run(options, argv[1:])
    except (InputError, InfeasibleError, LimitError, OSError, MemoryError, KeyboardInterrupt) as error:
        code, complaints = explain(error)
        for text in complaints:
            print(f"fusion: {text}", file=sys.stderr)
    return code


def explain(error: BaseException) -> tuple[int, list[str]]:
    """Return the exit code of an error, and what a person is told of it, line by line."""
    match error:
        case InputError():
            return BAD_INPUT, [str(problem) for problem in error.problems]
        case InfeasibleError():
            return INFEASIBLE, [f"infeasible: {error}"]
        case LimitError():
            return LIMIT, [f"stopped at a limit: {error}"]
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            code = LIMIT if error.errno == errno.ENOSPC else BAD_INPUT
            return code, [f"{place}{error.strerror or error}"]
        case MemoryError():
            return LIMIT, ["out of memory; finished files are whole. Use fewer --jobs or a smaller territory."]
        case _:
            return INTERRUPTED, ["interrupted; finished files are whole."]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every verb."""
    parser = argparse.ArgumentParser(
        prog="fusion",
        description="Plan the merger of two sales forces: simulate the cross-training, redraw the communities, "
        "re-cut the targets.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", dest="verb", required=True, metavar="VERB")
    for module in _VERBS:
        module.add_parser(verbs)
    return parser
