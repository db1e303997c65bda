"""Deadlines in deterministic work, so that no load of the machine changes a result; the clock is a safety stop only.

A unit of work is about what one quiet core does in a second. Loops count what they do (moves, tree nodes, array
entries, calls of a solver) and spend it; shares among the parts of a search are shares of work. Where parts run side
by side, each gets a deadline of its own (`Deadline.alone`), and what they spent is added up in their order
(`Deadline.gather`), so that the number of threads changes nothing.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from foundation.arrays import Ints
from foundation.parallel import note_stop


class Deadline:
    """How much work a part may do, and when the clock stops it for safety.

    Parameters
    ----------
    work : float
        Units of work; infinite: as much as it takes.
    seconds : float
        From now on, by the clock.
    what : str
        Name of the part, for what the clock cut short.
    """

    def __init__(self, work: float = math.inf, *, seconds: float = math.inf, what: str = "search") -> None:
        self.work, self.spent, self.what = work, 0.0, what
        self.until = time.perf_counter() + seconds
        self.cut: dict[str, None] = {}
        self._reached: dict[Hashable, list[tuple[float, float]]] = {}
        self._whole: Deadline | None = None

    @property
    def left(self) -> float:
        """Units of work that are left; none below 0."""
        own = max(self.work - self.spent, 0.0)
        return own if self._whole is None else min(own, self._whole.left)

    @property
    def seconds(self) -> float:
        """Seconds until the safety stop."""
        return max(self.until - time.perf_counter(), 0.0)

    @property
    def over(self) -> bool:
        """Whether no further work is to be begun; a safety stop is noted."""
        return self.left <= 0.0 or self.stopped

    @property
    def stopped(self) -> bool:
        """Whether the clock stops what work would allow; this is noted."""
        late = time.perf_counter() > self.until
        if late:
            self.note()
        return late

    def spend(self, work: float) -> None:
        """Count work that was done."""
        self.spent += work
        if self._whole is not None:
            self._whole.spend(work)

    def note(self, what: str | None = None) -> None:
        """Note that the clock cut something short."""
        self.cut[what or self.what] = None
        if self._whole is not None:
            self._whole.note(what or self.what)
        else:
            note_stop(what or self.what)

    def reach(self, what: Hashable, value: float) -> None:
        """Record what the best value of something is after the work spent so far; what is no better is left out."""
        if self._whole is not None:
            self._whole.reach(what, value)
            return
        course = self._reached.setdefault(what, [])
        if course and value >= course[-1][1]:
            return
        if course and course[-1][0] == self.spent:
            course.pop()
        course.append((self.spent, value))

    def reached(self, what: Hashable) -> tuple[tuple[float, float], ...]:
        """Return the work after which each better value was there, and the value."""
        return tuple(self._reached.get(what, ()))

    def part(self, share: float, what: str | None = None) -> Deadline:
        """Return the deadline of a part that may do a share of the work that is left."""
        return self.at_most(share * self.left, what)

    def at_most(self, work: float, what: str | None = None) -> Deadline:
        """Return the deadline of a part that may do so much work, as far as it is left."""
        part = Deadline(min(work, self.left), what=what or self.what)
        part.until, part._whole = self.until, self
        return part

    def alone(self) -> Deadline:
        """Return the deadline of one of several parts that run side by side; `gather` counts what it spends."""
        part = Deadline(self.left, what=self.what)
        part.until = self.until
        return part

    def gather(self, parts: Iterable[Deadline]) -> None:
        """Count what parts that ran side by side have spent, in their order."""
        for part in parts:
            self.spend(part.spent)
            for what in part.cut:
                self.note(what)


def part_of(deadline: Deadline, share: float, what: str | None = None) -> Deadline:
    """Return the deadline of a part that may do a share of the work that is left."""
    return deadline.part(share, what)


@contextmanager
def halting(deadline: Deadline) -> Iterator[Ints]:
    """Provide the mark that compiled trees look at: set by the safety stop, since they can't look at the clock.

    What they may do at most is counted in nodes. That the mark was set is noted.
    """
    halt = np.zeros(1, dtype=np.int64)
    timer = threading.Timer(min(deadline.seconds, threading.TIMEOUT_MAX), halt.fill, args=(1,))
    timer.daemon = True
    timer.start()
    try:
        yield halt
    finally:
        timer.cancel()
        if halt[0]:
            deadline.note()


T = TypeVar("T")
R = TypeVar("R")


def nodes_used(cap: int, left: int) -> int:
    """Return how many nodes a compiled tree has used of so many; what is left is below 0 where it gave up.

    -1: all of them; below that: it gave up for another reason with ``-2 - left`` of them left.
    """
    return cap - (left if left >= 0 else max(-2 - left, 0))


def trees_side_by_side(
    threads: ThreadPoolExecutor,
    items: Sequence[T],
    tree: Callable[[T, int], R],
    left_of: Callable[[R], int],
    *,
    nodes: int,
    work: float,
    deadline: Deadline,
) -> list[R]:
    """Grow compiled trees side by side, within what work is left; what comes of it does not depend on the threads.

    All share what is left alike at first; then those that need more get it one after the other.

    Parameters
    ----------
    threads : ThreadPoolExecutor
    items : sequence
        What trees are grown of.
    tree : callable
        Item, most nodes -> result.
    left_of : callable
        Result -> nodes left, as of `nodes_used`.
    nodes : int
        Most nodes of one tree.
    work : float
        Units of work of a node.
    deadline : Deadline
    """
    first = int(min(nodes, max(deadline.left / (work * max(len(items), 1)), 1.0)))
    made = list(threads.map(lambda item: tree(item, first), items))
    for result in made:
        deadline.spend(work * nodes_used(first, left_of(result)))
    for at, item in enumerate(items):
        more = int(min(nodes, deadline.left / work))
        if left_of(made[at]) == -1 and more > first and not deadline.stopped:
            made[at] = tree(item, more)
            deadline.spend(work * nodes_used(more, left_of(made[at])))
    return made
