"""Deadlines: a share of the time left, and a mark for compiled loops, which can't look at the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from foundation.arrays import Ints


@contextmanager
def halting(deadline: float) -> Iterator[Ints]:
    """Provide the mark that compiled trees look at, set when the time is over: they can't look at the clock."""
    halt = np.zeros(1, dtype=np.int64)
    timer = threading.Timer(max(deadline - time.perf_counter(), 0.0), halt.fill, args=(1,))
    timer.daemon = True
    timer.start()
    try:
        yield halt
    finally:
        timer.cancel()


def part_of(deadline: float, share: float) -> float:
    """Return the time at which a share of what is left until the deadline will be over."""
    now = time.perf_counter()
    return now + share * max(deadline - now, 0.0)
