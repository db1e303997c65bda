"""Many like tasks spread over workers: finished ones kept, crashed ones tried again, safety stops in them told here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from pickle import PicklingError
from typing import Any, ParamSpec, TypeVar

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from foundation.errors import LimitError
from foundation.machine.full_disk import full_disk
from foundation.messages import Joined, Message
from foundation.result_cache import Pieces

TRIES = 2
"""How often in a row workers may be lost without a further task being finished, before what is left is named."""

STOPS = "-stops"
"""Behind the key of a task: what safety stops cut short in it."""

MOST_SHOWN = 4
"""Unfinished tasks that a message names."""

P = ParamSpec("P")
R = TypeVar("R")
Tick = Callable[[int, int], None]


MEMORY = Message("Most often memory has run out: use fewer --jobs.")


class WorkerLostError(Exception):
    """A worker is gone, and with it what it was at.

    Parameters
    ----------
    what : str
        How that was noticed.
    advice : str
        What helps there.
    """

    def __init__(self, what: str, advice: str = MEMORY) -> None:
        super().__init__(what, advice)
        self.what, self.advice = what, advice


@dataclass(frozen=True)
class Workplace:
    """Where long work is done and kept.

    Attributes
    ----------
    pieces : Pieces
        Finished pieces.
    cluster : object or None
        Stands for machines beyond this one; see `foundation.machine.dask_cluster`.
    """

    pieces: Pieces
    cluster: Any = None


_HERE: ContextVar[Workplace] = ContextVar("workplace", default=Workplace(Pieces()))  # noqa: B039 (it is frozen)


def workplace() -> Workplace:
    """Return where long work is done and kept now."""
    return _HERE.get()


@contextmanager
def working(**changes: Any) -> Iterator[Workplace]:
    """Work elsewhere, or keep pieces elsewhere, until the block ends.

    Examples
    --------
    >>> with working(pieces=Pieces("results/kept")):  # doctest: +SKIP
    ...     run_study("plan")  # what is there already is not computed again
    """
    token = _HERE.set(replace(_HERE.get(), **changes))
    try:
        yield _HERE.get()
    finally:
        _HERE.reset(token)


@dataclass(frozen=True)
class Task:
    """One of many like tasks.

    Attributes
    ----------
    item : object
        What the work is given besides what all tasks share.
    name : str
        What messages call it.
    key : str
        Under which its result is kept; see `foundation.result_cache.key_of`. Empty: it is not kept.
    """

    item: Any
    name: str
    key: str = ""


def spread(
    work: Callable[[Any, Any], Any],
    shared: Any,
    tasks: Sequence[Task],
    *,
    jobs: int = 1,
    batch: int = 1,
    pack: Callable[[Any], Any] = lambda result: result,
    unpack: Callable[[Any], Any] = lambda piece: piece,
    progress: Tick | None = None,
) -> list[Any]:
    """Return ``work(shared, task.item)`` of every task, in order, whatever the number of workers.

    Results that are kept already are read; each new one is kept as soon as it is there.

    Parameters
    ----------
    work : callable
        Of a module, so that a worker finds it.
    shared : object
        Travels to each worker of a cluster once, and to a process of this machine with each batch.
    tasks : sequence of Task
    jobs : int
        Worker processes of this machine; a cluster uses all it has.
    batch : int
        Tasks that a worker does in one go.
    pack, unpack : callable
        Result to plain data, and back.
    progress : callable, optional
        Told how many tasks are done, of how many.

    Raises
    ------
    LimitError
        Workers were lost twice in a row without a task finished between; the tasks that are left are named.
    OSError
        The disk is full.
    """
    pieces = workplace().pieces
    results: dict[int, Any] = {}
    for n, task in enumerate(tasks):
        piece = pieces.read(task.key) if task.key else None
        if piece is not None:
            results[n] = unpack(piece)
            _tell(pieces.read(task.key + STOPS) or ())
    if results and progress is not None:
        progress(len(results), len(tasks))
    losses, size = 0, batch
    while len(results) < len(tasks):
        left = [n for n in range(len(tasks)) if n not in results]
        try:
            for n, (result, stops) in _finished(work, shared, tasks, left, jobs, size):
                results[n] = result
                _tell(stops)
                if tasks[n].key:
                    if stops:
                        pieces.write(tasks[n].key + STOPS, stops)
                    pieces.write(tasks[n].key, pack(result))
                if progress is not None:
                    progress(len(results), len(tasks))
        except WorkerLostError as error:
            fruitless = len(results) == len(tasks) - len(left)
            losses, size = losses + 1 if fruitless else 0, 1
            if losses == TRIES:
                raise _given_up(tasks, results, error) from None
    return [results[n] for n in range(len(tasks))]


def _finished(
    work: Callable[[Any, Any], Any], shared: Any, tasks: Sequence[Task], left: Sequence[int], jobs: int, batch: int
) -> Iterator[tuple[int, tuple[Any, list[str]]]]:
    """Yield position, result and safety stops of the tasks that are left, as they are finished."""
    if not left:
        return
    here = workplace()
    # Of several tasks the last one left may be the one that cost a worker: never try it in this process.
    if here.cluster is None and (jobs == 1 or len(tasks) <= 1):
        for n in left:
            yield n, _done(work, shared, tasks[n].item)
        return
    parts = [left[k : k + batch] for k in range(0, len(left), batch)]
    given = [(list(part), [tasks[n].item for n in part]) for part in parts]
    if here.cluster is not None:
        yield from here.cluster.run(work, shared, given)
        return
    calls = (delayed(do_part)(here.pieces, work, shared, numbers, items) for numbers, items in given)
    try:
        with parallel_config(backend="loky"):
            # With one job joblib would work in this process.
            workers = min(jobs, max(len(parts), 2))
            for pairs in Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)(calls):
                yield from pairs
    except (BrokenProcessPool, BrokenPipeError) as error:  # the pipe: it was lost while it was given its task
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        raise WorkerLostError(type(error).__name__) from error
    except PicklingError as error:  # what workers share is written to a disk first
        raise full_disk(error, tempfile.gettempdir()) or error from error


def do_part(
    pieces: Pieces, work: Callable[[Any, Any], Any], shared: Any, numbers: Sequence[int], items: Sequence[Any]
) -> list[tuple[int, tuple[Any, list[str]]]]:
    """Do a few tasks in a worker; what they in turn spread is done here and kept with the rest."""
    with working(pieces=pieces, cluster=None):
        return [(n, _done(work, shared, item)) for n, item in zip(numbers, items, strict=True)]


def _done(work: Callable[[Any, Any], Any], shared: Any, item: Any) -> tuple[Any, list[str]]:
    """Do a task; return its result, and what a safety stop cut short on the way."""
    with noting_stops(outward=False) as noted:
        return work(shared, item), sorted(noted)


def _tell(stops: Iterable[str]) -> None:
    """Tell what safety stops cut short in a task to what collects them here."""
    for what in stops:
        note_stop(what)


def _given_up(tasks: Sequence[Task], results: Mapping[int, Any], error: WorkerLostError) -> LimitError:
    left = [task.name for n, task in enumerate(tasks) if n not in results]
    told = Message(
        "workers were lost, twice, while at: {names} ({done} of {all} are finished and kept). {advice} ({what})",
        names=Joined(left[:MOST_SHOWN], more=max(len(left) - MOST_SHOWN, 0)),
        done=len(results),
        all=len(tasks),
        advice=error.advice,
        what=error.what,
    )
    return LimitError(told)


_NOTED: ContextVar[dict[str, None] | None] = ContextVar("stops", default=None)


@contextmanager
def noting_stops(*, outward: bool = True) -> Iterator[dict[str, None]]:
    """Collect what is noted until the block ends, and hand it to the block around this one.

    Parameters
    ----------
    outward : bool
        False: the block around this one is told nothing.

    Examples
    --------
    >>> with noting_stops() as noted:
    ...     note_stop("search")
    ...     note_stop("search")
    >>> list(noted)
    ['search']
    """
    noted: dict[str, None] = {}
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)
        if outward:
            for what in noted:
                note_stop(what)


def notes_stops(call: Callable[P, R]) -> Callable[P, R]:
    """Return a function within which stops are collected, so that what it writes can tell them."""

    @wraps(call)
    def noted(*args: P.args, **kwargs: P.kwargs) -> R:
        with noting_stops():
            return call(*args, **kwargs)

    return noted


def note_stop(what: str) -> None:
    """Note that the clock cut something short; where nothing is collected, do nothing."""
    noted = _NOTED.get()
    if noted is not None:
        noted[what] = None


def stops() -> list[str]:
    """Return what has been noted so far in this block, sorted: in which order it happened says nothing."""
    return sorted(_NOTED.get() or ())
