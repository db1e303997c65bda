"""A good valid plan: seeds spread by weight, regions grown to equal shares, then annealing from several starts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from optimize.instance import Instance, Ints
from optimize.search.contract import contracted, labels_of_groups
from optimize.search.every import only_division
from optimize.search.rebuild import rebuild
from optimize.search.start import Found, annealed, judge, one_start, rank
from optimize.search.today import Today

STEPS_PER_UNIT = {"quick": 2_000, "normal": 3_000, "thorough": 4_000}
"""Annealing moves tried per unit and start; the number of moves, not the clock, decides the result."""

LEAST_STEPS, LEAST_PER_PAIR = 300_000, 300
"""Moves of a start on a small map: so many, but on a tiny one no more than so many per pair of units."""

MOST_STEPS = {"quick": 4_000_000, "normal": 80_000_000, "thorough": 400_000_000}
"""Moves of all starts together, which limits their number on large maps."""

STARTS = {"quick": (2, 6), "normal": (2, 40), "thorough": (3, 160)}
"""Fewest and most starts: few lumpy units leave few plans to find, and many short starts find them."""

MORE_STARTS = 3
"""Times as many starts as the fewest are made while none has ended inside its bounds."""

BATCH, AGREED = 4, 4
"""Starts made before the next are decided on, and starts (half of all at least) whose agreement ends the making."""

REHEATS = 1.5
"""Reheated annealings of the best plans, for each start."""

ELITE = 4
"""Best plans that are reheated in turn."""

LUKEWARM = 0.25
"""First temperature of a reheated annealing, as a share of the style's."""

REBUILDS = {"quick": 0, "normal": 10, "thorough": 40}
"""Unions of neighbouring communities that are divided anew, for each community."""

TOGETHER = (3, 4, 2, 6)
"""Communities in such a union, taken in turn."""

REBUILD_STEPS = 1_000
"""Moves per unit of a union."""

STYLES = {
    "moment": ((2.0, 0.02), (0.5, 0.02), (4.0, 0.02), (1.0, 0.02)),
    "cut-edges": ((2.0, 0.5), (1.0, 0.1), (0.7, 0.2), (3.0, 0.3)),
}
"""First and last temperatures that the starts take in turn: in moments per unit, and in cut edges."""


def search(
    instance: Instance,
    *,
    effort: str,
    seed: int,
    deadline: float,
    today: Today | None = None,
    jobs: int = 1,
) -> Found:
    """Search for the best plan that the effort allows.

    Many starts; the best of them are reheated in turn; unions of a few communities of the best are divided anew.

    Parameters
    ----------
    instance : Instance
    effort : {"quick", "normal", "thorough"}
    seed : int
    deadline : float
        `time.perf_counter` value after which no further start is begun.
    today : Today, optional
        Moved workload is limited; every second start begins from the communities of today.
    jobs : int
        Threads; the result does not depend on their number.

    Returns
    -------
    Found
        Valid if any start was; the best of them. Otherwise the one nearest to its bounds.
    """
    if instance.together:
        small, member = contracted(instance)
        known = None if today is None else Today(labels_of_groups(today.label, member), today.most_moved)
        whole = search(small, effort=effort, seed=seed, deadline=deadline, today=known, jobs=jobs)
        return judge(instance, whole.label[member], today)
    if instance.communities in (1, len(instance)):
        only = only_division(instance)
        return judge(instance, only if today is None else today.named(instance.weight, only), today)
    size = len(instance)
    steps = max(STEPS_PER_UNIT[effort] * size, min(LEAST_STEPS, LEAST_PER_PAIR * size**2))
    fewest, most = STARTS[effort]
    starts = int(np.clip(MOST_STEPS[effort] // steps, fewest, most))
    root = np.random.SeedSequence(seed)
    styles = STYLES[instance.objective]

    def start(number: int, stream: np.random.SeedSequence) -> Found:
        style, afresh = styles[number % len(styles)], number % 2 == 1
        return one_start(instance, steps, style, stream, deadline, today, afresh)

    found = _starts(start, root.spawn(starts), deadline, jobs)
    if not any(f.valid for f in found) and time.perf_counter() < deadline:
        found += _each(start, root.spawn(fewest * (MORE_STARTS - 1)), deadline, jobs)
    if not any(f.valid for f in found) and instance.objective == "cut-edges" and time.perf_counter() < deadline:
        # Even communities are easier to come by where the border does not matter; the reheating shortens it.
        even = replace(instance, objective="moment")
        rounder = search(even, effort=effort, seed=seed, deadline=deadline, today=today, jobs=jobs)
        found.append(judge(instance, rounder.label, today))
    elite = _best_distinct(found)
    if _agreed(found):
        return elite[0]

    def reheat(number: int, stream: np.random.SeedSequence) -> Found:
        parent, (hot, cold) = elite[number % len(elite)], styles[number % len(styles)]
        rng = np.random.default_rng(stream)
        child = annealed(instance, parent.label, steps, (LUKEWARM * hot, cold), rng, deadline, today)
        return min(parent, judge(instance, child, today), key=rank)

    for _ in range(int(REHEATS * starts) // ELITE):
        if time.perf_counter() > deadline:
            break
        found = _each(reheat, root.spawn(ELITE), deadline, jobs)
        elite = _best_distinct([*elite, *found])
    best = elite[0]
    if today is None and best.valid and instance.communities > 2 and REBUILDS[effort]:

        def divide(part: Instance, before: Ints, luck: np.random.SeedSequence) -> Ints:
            style = styles[int(luck.generate_state(1)[0]) % len(styles)]
            return one_start(part, REBUILD_STEPS * len(part), style, luck, deadline, None).label

        rounds, (stream,) = REBUILDS[effort] * instance.communities, root.spawn(1)
        label = rebuild(
            instance, best.label, divide, rounds=rounds, together=TOGETHER, stream=stream, deadline=deadline
        )
        best = min(best, judge(instance, label, None), key=rank)
    return best


def _starts(
    start: Callable[[int, np.random.SeedSequence], Found],
    streams: Sequence[np.random.SeedSequence],
    deadline: float,
    jobs: int,
) -> list[Found]:
    """Run the starts in batches, until enough of them have ended at the same best value."""
    found: list[Found] = []
    for first in range(0, len(streams), BATCH):
        if found and (time.perf_counter() > deadline or _agreed(found)):
            break
        found += _each(start, streams[first : first + BATCH], deadline, jobs, first)
    return found


def _agreed(found: Sequence[Found]) -> bool:
    """Say whether so many starts, each from a draft of its own, ended at the best plan that more hardly help.

    They must be half of all, too: where most end elsewhere, or outside their bounds, some of the few that do agree are
    caught in the same corner, and the best plan is yet to be found. The same value is not enough: cut edges are whole
    numbers, and different plans often have as many.
    """
    best = min(found, key=rank)
    alike = Counter(_division(f.label) for f in found if f.valid and f.value <= best.value * (1 + 1e-9))
    return best.valid and max(alike.values()) >= max(AGREED, len(found) / 2)


def _division(label: Ints) -> bytes:
    """Return the same for plans that differ in the numbers of their communities only."""
    first, where = np.unique(label, return_index=True)[1], np.unique(label, return_inverse=True)[1]
    return first[where].tobytes()


def _best_distinct(found: Sequence[Found]) -> list[Found]:
    """Return the best plans, one of each value."""
    return sorted({(f.valid, round(f.worst, 12), f.value): f for f in found}.values(), key=rank)[:ELITE]


def _each(
    task: Callable[[int, np.random.SeedSequence], Found],
    streams: Sequence[np.random.SeedSequence],
    deadline: float,
    jobs: int,
    first: int = 0,
) -> list[Found]:
    """Run a task for each stream, in threads (the kernel lets go of the interpreter); none begins after the deadline.

    The first is always run, so that there is a result. Tasks are numbered from ``first``.
    """

    def timely(number: int, stream: np.random.SeedSequence) -> Found | None:
        return task(first + number, stream) if number == 0 or time.perf_counter() < deadline else None

    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        return [found for found in pool.map(timely, range(len(streams)), streams) if found is not None]
