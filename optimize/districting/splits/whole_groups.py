"""Search where groups may be split only so often: with most of them whole, then from there unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.heuristic.current_plan import Today
from optimize.districting.heuristic.one_start import Found, annealed, judge, rank
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import reach
from optimize.solving.deadline import Deadline, part_of

ATTEMPTS, UNITS_AN_ATTEMPT = {"quick": 4, "normal": 8, "thorough": 16}, 10
"""Searches with most groups whole: first all of them, then as many free, at random, as may be split; units for one."""

WARM, STEPS_PER_UNIT, MOST_STEPS = (0.5, 0.02), 2_000, 2_000_000
"""Temperatures and moves of the annealings that begin at the best plan of whole groups."""

WHOLE_TIME, WARM_TIME = 0.4, 0.3
"""Shares of the work left for the searches of whole groups, and for annealing from what they found."""

KIN = 7
"""Beside the seed of the request, for the choice of free groups."""

Plain = Callable[[Instance, str, Deadline], Found]
"""The search that knows of limits on splits only as an excess: instance, effort, deadline -> plan."""


def search_whole_groups(
    instance: Instance, plain: Plain, *, effort: str, seed: int, deadline: Deadline, today: Today | None
) -> Found:
    """Search for a good plan that splits its groups no more than they may be.

    Unit by unit a whole group is hardly ever carried over: its first unit is a split too many. So the search begins
    where most groups are one unit, and goes on from there; a search without all that comes last.

    Parameters
    ----------
    instance : Instance
        With limits on splits.
    plain : callable
    effort, seed, deadline, today
        As for `search`.
    """
    stream = np.random.SeedSequence([seed, KIN])
    rng = np.random.default_rng(stream)
    found: list[Found] = []
    begun = part_of(deadline, WHOLE_TIME)
    attempts = min(ATTEMPTS[effort], 1 + len(instance) // UNITS_AN_ATTEMPT)
    for number in range(attempts):
        together = _whole(instance, set() if number == 0 else _free(instance, rng))
        units = len(instance) - sum(len(group) - 1 for group in together)
        if units < instance.communities or (begun.over and any(f.valid for f in found)):
            continue
        part = begun.at_most(begun.left / (attempts - number))
        found.append(judge(instance, plain(_with(instance, together), "quick", part).label, today))
    until = part_of(deadline, WARM_TIME)
    steps = min(STEPS_PER_UNIT * len(instance), MOST_STEPS)
    for luck in stream.spawn(attempts) if found else ():
        if until.over:
            break
        label = annealed(instance, min(found, key=rank).label, steps, WARM, np.random.default_rng(luck), until, today)
        found.append(judge(instance, label, today))
    found.append(plain(instance, effort, deadline))
    return min(found, key=rank)


def _with(instance: Instance, together: Iterable[tuple[int, ...]]) -> Instance:
    return replace(instance, together=tuple(together))


def _free(instance: Instance, rng: np.random.Generator) -> set[tuple[int, ...]]:
    """Return groups to be divided unit by unit: as many of every grouping as may be split, at random."""
    chosen: set[tuple[int, ...]] = set()
    for limit in instance.splits:
        count = min(limit.most, len(limit.groups))
        if count > 0:
            picked = rng.choice(len(limit.groups), int(rng.integers(1, count + 1)), replace=False)
            chosen |= {limit.groups[int(g)] for g in picked}
    return chosen


def _whole(instance: Instance, free: set[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Return what stays together when all groups but some are whole, as far as anything allows it.

    A group in pieces is whole piece by piece. Not whole are those that weigh more than a community may, those with two
    fixed seats, and those with a pair that must be apart.
    """
    head = np.arange(len(instance))
    for group in instance.together:
        head[list(group)] = min(group)
    most = instance.bounds_of_each()[1].max(axis=0)
    apart = {frozenset(pair) for pair in instance.apart.tolist()}
    fixed = set(instance.seats.tolist())
    for limit in instance.splits:
        for group in limit.groups:
            for piece in _pieces(instance, group) if group not in free else ():
                joined = np.flatnonzero(np.isin(head, head[piece]))
                inside = set(joined.tolist())
                heavy = bool((instance.loads[joined].sum(axis=0) > most).any())
                if heavy or len(inside & fixed) > 1 or any(pair <= inside for pair in apart):
                    continue
                head[joined] = joined.min()
    order = np.argsort(head, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(head[order])) + 1)
    return tuple(tuple(part.tolist()) for part in parts if len(part) > 1)


def _pieces(instance: Instance, group: tuple[int, ...]) -> list[Ints]:
    """Return the connected pieces of a group."""
    left, found = set(group), []
    inside = np.isin(np.arange(len(instance)), group).astype(np.int64)
    while left:
        piece = reach(instance, inside, min(left))
        left -= piece
        found.append(np.array(sorted(piece), dtype=np.int64))
    return found
