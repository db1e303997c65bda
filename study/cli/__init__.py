"""The command line: the only room that knows arguments, exit codes and terminals."""

from __future__ import annotations

import argparse
import contextlib
import errno
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from optimize.solver import usable
from scenarios import InfeasibleError, InputError, LimitError, Problem
from scenarios.errors import one_line
from scenarios.workers import working
from study.cli import (
    app,
    calibrate,
    city,
    compare,
    completion,
    partition,
    recommend,
    repeat,
    report,
    resume,
    simulate,
    study,
    targets,
    template,
    timeline,
    validate,
    whatif,
)
from study.cli.answer import print_answer
from study.cli.parser import Parser
from study.cluster import joined
from study.progress import complain
from study.unfinished import Unfinished, is_unfinished

DONE, BAD_INPUT, INFEASIBLE, LIMIT, INTERRUPTED = 0, 2, 3, 4, 130

_VERBS = (
    *(study, validate, partition, targets, simulate, compare, whatif, timeline, recommend, calibrate, app),
    *(city, template, report, repeat, resume, completion),
)

_EPILOG = """\
examples:
  fusion study                                   the plan and its alternatives on the embedded city
  fusion study --territory my_city/ --out out    the same on your own territory
  fusion validate scenarios/plan.yaml            what is odd in the plan, and what is assumed
  fusion partition my_city/ --communities 12     community boundaries alone
  fusion VERB --help                             options and examples of a verb
  fusion completion bash --help                  let the shell complete what you type

exit codes: 0 done, 2 bad input, 3 proven infeasible, 4 stopped at a limit, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser().parse_args(argv)
    code = DONE
    problems: Sequence[Problem | str] = ()
    try:
        perform(options, argv[1:])
    except (InputError, InfeasibleError, LimitError, OSError, MemoryError, KeyboardInterrupt) as error:
        code, problems = explain(error)
        problems = error.problems if isinstance(error, InputError) else problems
        out = getattr(options, "begun_in", None)
        if code in (LIMIT, INTERRUPTED) and out is not None and is_unfinished(out):
            problems = [*problems, f"what is finished is kept; go on with: fusion resume {out}"]
        for problem in problems:
            complain(str(problem))
    print_answer(options, code, problems)
    return code


def perform(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Carry out a command; what is finished is kept on the way, so that `fusion resume` can go on with it.

    Raises
    ------
    InputError, InfeasibleError, LimitError, OSError
        As the verb raises them. Bad input and proven infeasibility leave nothing to go on with.
    """
    for text in arguments:
        if "\0" in text:  # not from a shell, but a request to resume may hold anything
            raise InputError(Problem(text, None, "it holds a character that no name can have", "Remove it."))
    if getattr(options, "solver", None) not in (None, usable(getattr(options, "solver", ""))):
        options.solver = usable(options.solver)
        print(f"fusion: HiGHS is not installed; {options.solver.upper()} solves instead", file=sys.stderr)
    with contextlib.ExitStack() as stack:
        stack.enter_context(joined(getattr(options, "cluster", None)))

        def begun(out: Path) -> None:
            options.begun_in = out
            options.work = Unfinished(out, options.verb, tuple(arguments), Path.cwd())
            stack.enter_context(working(pieces=options.work.begin()))

        options.begun = begun
        try:
            options.run(options, arguments)
        except (InputError, InfeasibleError):
            _over(options)
            raise
        except (LimitError, OSError, MemoryError):
            if hasattr(options, "work") and not options.work.has_pieces():
                _over(options)
            raise
        _over(options)


def _over(options: argparse.Namespace) -> None:
    """Take away what was kept to go on with: there is nothing left to do, or nothing to do it with."""
    if hasattr(options, "work"):
        options.work.finish()


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
            return code, [one_line(f"{place}{error.strerror or error}")]
        case MemoryError():
            return LIMIT, ["out of memory; finished files are whole. Use fewer --jobs or a smaller territory."]
        case _:
            return INTERRUPTED, ["interrupted; finished files are whole."]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every verb."""
    parser = Parser(
        prog="fusion",
        description="Plan the merger of two sales forces: simulate the cross-training, redraw the communities, "
        "re-cut the targets.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('frontline-fusion')}")
    verbs = parser.add_subparsers(
        title="verbs", dest="verb", required=True, metavar="VERB", parser_class=argparse.ArgumentParser
    )
    for module in _VERBS:
        module.add_parser(verbs)
    return parser
