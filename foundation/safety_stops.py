"""What a safety stop of the clock cut short: noted where it happens, told with the result that it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

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
