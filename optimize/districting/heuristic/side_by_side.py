"""Tasks of a search side by side, and what tells their plans apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from foundation.arrays import Ints
from optimize.districting.heuristic.one_start import Found, rank
from optimize.solving.deadline import Deadline

BATCH, AGREED = 4, 4
"""Starts made before the next are decided on, and starts (half of all at least) whose agreement ends the making."""


def starts_until(
    start: Callable[[int, np.random.SeedSequence, Deadline], Found],
    streams: Sequence[np.random.SeedSequence],
    deadline: Deadline,
    jobs: int,
    enough: int,
    work: float,
    kind: Hashable,
) -> list[Found]:
    """Run the starts in batches, until enough of them are valid, or have ended at the same best value."""
    found: list[Found] = []
    for first in range(0, len(streams), BATCH):
        if found and (deadline.over or agreed(found) or sum(f.valid for f in found) >= enough):
            break
        found += each(start, streams[first : first + BATCH], deadline, jobs, first, work, kind)
    return found


def agreed(found: Sequence[Found]) -> bool:
    """Say whether so many starts, each from a draft of its own, ended at the best plan that more hardly help.

    They must be half of all, too: where most end elsewhere, or outside their bounds, some of the few that do agree are
    caught in the same corner, and the best plan is yet to be found. The same value is not enough: cut edges are whole
    numbers, and different plans often have as many.
    """
    best = min(found, key=rank)
    alike = Counter(division(f.label) for f in found if f.valid and f.value <= best.value * (1 + 1e-9))
    return best.valid and max(alike.values()) >= max(AGREED, len(found) / 2)


def division(label: Ints) -> bytes:
    """Return the same for plans that differ in the numbers of their communities only."""
    first, where = np.unique(label, return_index=True)[1], np.unique(label, return_inverse=True)[1]
    return first[where].tobytes()


def best_distinct(found: Sequence[Found], most: int) -> list[Found]:
    """Return the best plans, one of each value."""
    return sorted({(f.valid, round(f.worst, 12), f.value): f for f in found}.values(), key=rank)[:most]


def each(
    task: Callable[[int, np.random.SeedSequence, Deadline], Found],
    streams: Sequence[np.random.SeedSequence],
    deadline: Deadline,
    jobs: int,
    first: int = 0,
    work: float = 0.0,
    kind: Hashable = None,
) -> list[Found]:
    """Run a task for each stream, in threads (the kernel lets go of the interpreter), as many as fit into what is left.

    The first is always run, so that there is a result. Tasks are numbered from ``first``; ``work`` is what one takes,
    about, and each has an equal share of what is left, so that it does not matter which of them ends when. The best
    value is recorded under its kind, if it has one.
    """
    count = len(streams) if work <= 0 else int(np.clip(deadline.left / work, 1, len(streams)))
    parts = [deadline.at_most(deadline.left / count).alone() for _ in range(count)]

    def timely(number: int, stream: np.random.SeedSequence, alone: Deadline) -> Found | None:
        return task(first + number, stream, alone) if number == 0 or not alone.stopped else None

    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        found = [one for one in pool.map(timely, range(count), streams[:count], parts) if one is not None]
    deadline.gather(parts)
    for one in found if kind is not None else ():
        if one.valid:
            deadline.reach(kind, one.value)
    return found
