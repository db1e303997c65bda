"""A piece of work in a process of its own: when native code crashes or hangs there, it is said here.

By fork and pipe rather than `multiprocessing`: that refuses a child to a daemonic process, which the workers of a Dask
cluster are; its spawned processes import the program anew for every model, and take only work that can be pickled,
which a model under construction is not; and its pools say that a process broke, but not by which signal.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from foundation.errors import LimitError
from foundation.messages import Message

GRACE = 60.0
"""Seconds beyond its own limit after which work is taken to hang."""

LONGEST_WAIT = 3600.0
"""Seconds to wait in one go: the system's clocks do not hold every number of them."""

CHUNK = 1 << 20


def apart(work: Callable[[], Any], what: str, remedy: str, limit: float | None = None) -> Any:
    """Return what the work returns; it runs in a copy of this process and changes nothing here.

    Parameters
    ----------
    work : callable
        Returns something that can be pickled.
    what, remedy : str
        For the message when it crashes.
    limit : float, optional
        Seconds it has set itself; `GRACE` later it is ended.

    Raises
    ------
    LimitError
        It crashed, hung, or found no memory.
    """
    if not hasattr(os, "fork"):
        return work()
    out, into = os.pipe()
    number = os.fork()
    if number == 0:
        _child(work, out, into)
    os.close(into)
    try:
        content = _all_of(out, None if limit is None else time.monotonic() + limit + GRACE)
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        raise
    finally:
        os.close(out)
    if content is None:
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        msg = Message(
            "{what} did not stop {grace:g} s after its time limit and was ended. {remedy}",
            what=what,
            grace=GRACE,
            remedy=remedy,
        )
        raise LimitError(msg)
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    if code != 0:
        how = (
            Message("signal {number}, {name}", number=-code, name=signal.Signals(-code).name)
            if code < 0
            else Message("exit code {code}", code=code)
        )
        msg = Message("{what} crashed ({how}). {remedy}", what=what, how=how, remedy=remedy)
        raise LimitError(msg)
    good, result = pickle.loads(content)  # our own process wrote it
    if not good:
        raise result
    return result


def _child(work: Callable[[], Any], out: int, into: int) -> None:
    """Work, hand the result or the exception over, and end without any of the parent's endings."""
    code = 1
    try:
        faulthandler.disable()  # the parent says what happened
        os.close(out)
        try:
            content = pickle.dumps((True, work()))
        except Exception as error:
            content = pickle.dumps((False, error))
        with os.fdopen(into, "wb") as pipe:
            pipe.write(content)
        code = 0
    finally:
        os._exit(code)


def _all_of(out: int, until: float | None) -> bytes | None:
    """Return what comes through a pipe until it is closed; None when the time is over."""
    parts: list[bytes] = []
    while True:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            return None
        if not select.select([out], [], [], LONGEST_WAIT if left is None else min(left, LONGEST_WAIT))[0]:
            continue
        part = os.read(out, CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
