"""A reader that has seen enough closes the pipe: that is the end of the work, and no fault of anybody's."""

from __future__ import annotations

import os
import select
import sys

CLOSED = 141
"""Exit code where nobody reads on: what shells give for SIGPIPE."""


def nobody_reads() -> bool:
    """Return whether stdout or stderr is a pipe whose reader has gone; without a way to ask, that is taken for true."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    for number in _numbers():
        poll.register(number, 0)  # errors are always told
    return any(event & select.POLLERR for _, event in poll.poll(0))


def hush() -> None:
    """Let what is still to be printed go nowhere, so that the interpreter does not stumble over it as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in _numbers():
        os.dup2(nowhere, number)
    os.close(nowhere)


def _numbers() -> list[int]:
    """Return the file descriptors of stdout and stderr, where they have any."""
    found = []
    for stream in (sys.stdout, sys.stderr):
        try:
            found.append(stream.fileno())
        except (AttributeError, OSError, ValueError):  # none, replaced in a notebook, or closed
            continue
    return found
