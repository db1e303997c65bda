"""What happens between a command that is understood and its exit code."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from foundation.errors import InfeasibleError, InputError, LimitError, Problem
from foundation.machine.dask_cluster import joined
from foundation.machine.folder_lock import HeldError, holding
from foundation.machine.full_disk import FULL
from foundation.messages import Message
from foundation.parallel import noting_stops, stops, working
from study.cli.closed_pipes import CLOSED, hush, nobody_reads
from study.cli.json_output import print_answer
from study.cli.repeated_keys import refuse_repeated
from study.presentation.error_messages import clock_cut, ending, go_on, other_solver
from study.presentation.progress import complain
from study.results.interrupted import FOLDER, Unfinished, is_unfinished

DONE, DIFFERENT, BAD_INPUT, INFEASIBLE, LIMIT, INTERRUPTED = 0, 1, 2, 3, 4, 130


def execute(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Carry out a command, say what went wrong if anything did, and return the exit code.

    Raises
    ------
    OSError
        The result cannot be printed.
    """
    problems: Sequence[Problem | str] = ()
    try:
        perform(options, arguments)
        code = getattr(options, "exit_code", DONE)
    except (InputError, InfeasibleError, LimitError, OSError, MemoryError, KeyboardInterrupt) as error:
        if isinstance(error, BrokenPipeError) and nobody_reads():
            raise
        code, problems = explain(error)
        language = _language(options)
        lines = ending(error, language)
        problems = error.problems if isinstance(error, InputError) else problems
        out = getattr(options, "begun_in", None)
        if code in (LIMIT, INTERRUPTED) and out is not None and is_unfinished(out):
            problems, lines = [*problems, go_on(out)], [*lines, go_on(out, language)]
        for line in lines:
            complain(line, language)
    print_answer(options, code, problems)
    return code


def unprinted(error: OSError) -> int:
    """Return the exit code where the result cannot be printed; a reader who has seen enough is told nothing."""
    closed = isinstance(error, BrokenPipeError)
    if not closed:
        error.filename = error.filename or "stdout"
        complain("\n".join(ending(error)))
    hush()
    return CLOSED if closed else explain(error)[0]


def perform(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Carry out a command; what is finished is kept on the way, so that `fusion resume` can go on with it.

    Raises
    ------
    InputError, InfeasibleError, LimitError, OSError
        As the verb raises them. Bad input and proven infeasibility leave nothing to go on with.
    """
    for text in arguments:
        if "\0" in text:  # not from a shell, but a request to resume may hold anything
            raise InputError(
                Problem(text, None, Message("it holds a character that no name can have"), Message("Remove it."))
            )
    refuse_repeated(options)
    if getattr(options, "solver", None) is not None:
        _use_what_is_there(options)
    with contextlib.ExitStack() as stack:
        stack.enter_context(joined(getattr(options, "cluster", None)))

        def begun(out: Path) -> None:
            stack.enter_context(_alone(out, options.verb))
            options.begun_in = out
            options.work = Unfinished(out, options.verb, tuple(arguments), Path.cwd())
            stack.enter_context(working(pieces=options.work.begin()))

        options.begun = begun
        stack.enter_context(noting_stops())
        try:
            options.run(options, arguments)
            _tell_stops(options)
        except (InputError, InfeasibleError):
            _over(options)
            _leave_no_empty_folder(options)
            raise
        except (LimitError, OSError, MemoryError) as error:
            _tell_stops(options)
            if hasattr(options, "work") and not options.work.has_pieces() and not _is_full(error):
                _over(options)
            raise
        _over(options)


def _tell_stops(options: argparse.Namespace) -> None:
    """Say what the clock cut short: another machine may give another result."""
    cut = [] if options.verb in ("repeat", "resume") else stops()  # the command that they give has said it
    if cut:
        language = _language(options)
        complain(clock_cut(cut, language), language)


@contextlib.contextmanager
def _alone(out: Path, verb: str) -> Iterator[None]:
    """Write to a folder alone: of two runs at once the later would win, or each half.

    Raises
    ------
    InputError
        Another run writes there.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(holding(out / FOLDER / "in-use", f"fusion {verb}"))
        except HeldError as error:
            other = error.holder
            rule = Message(
                "another run is writing there: {what}, process {process} on {host}, since {since}",
                what=other.what,
                process=other.process,
                host=other.host,
                since=other.since,
            )
            remedy = Message("Wait for it to end, or name another folder.")
            raise InputError(Problem(f"--out {out}", None, rule, remedy)) from None
        yield


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in FULL


def _use_what_is_there(options: argparse.Namespace) -> None:
    """Take the solver that is installed, and say so if it is not the one that was asked for."""
    from optimize.solving.solver import usable  # noqa: PLC0415 (heavy, and only verbs that solve need it)

    solver = usable(options.solver)
    if solver != options.solver:
        options.solver = solver
        language = _language(options)
        complain(other_solver(solver.upper(), language), language)


def _language(options: argparse.Namespace) -> str:
    """Return the language of what people read; English for verbs that have no choice."""
    return getattr(options, "lang", None) or "en"


def _leave_no_empty_folder(options: argparse.Namespace) -> None:
    """Take away the folder made for a result that there will not be."""
    if getattr(options, "folder_is_new", False):
        with contextlib.suppress(OSError):  # there is something in it, or it is gone
            options.folder_made.rmdir()


def _over(options: argparse.Namespace) -> None:
    """Take away what was kept to go on with: there is nothing left to do, or nothing to do it with."""
    if hasattr(options, "work"):
        options.work.finish()


def explain(error: BaseException) -> tuple[int, list[str]]:
    """Return the exit code of an error, and what machines are told of it, line by line."""
    match error:
        case InputError():
            code = BAD_INPUT
        case InfeasibleError():
            code = INFEASIBLE
        case LimitError() | MemoryError():
            code = LIMIT
        case OSError():
            code = LIMIT if _is_full(error) else BAD_INPUT
        case _:
            code = INTERRUPTED
    return code, ending(error)
