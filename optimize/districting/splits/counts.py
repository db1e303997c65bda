"""What a move does to the splits of groups: counted group by group, so that it costs the same on any map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundation.arrays import Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.problem.splits import SplitLimit


class Groups(NamedTuple):
    """Groups whose splits are limited, as compiled loops want them.

    Attributes
    ----------
    of, start : ndarray of int
        Groups of unit i: ``of[start[i]:start[i + 1]]``.
    limit : ndarray of int, shape (groups,)
        Which limit counts a group.
    most : ndarray of int, shape (limits,)
    """

    of: Ints
    start: Ints
    limit: Ints
    most: Ints


def groups_of(limits: tuple[SplitLimit, ...], units: int) -> Groups:
    """Return the groups of all limits, unit by unit."""
    pairs = [(u, c, g) for c, limit in enumerate(limits) for g, group in enumerate(limit.groups) for u in group]
    numbers = {key: n for n, key in enumerate(sorted({(c, g) for _, c, g in pairs}))}
    pairs.sort()
    counts = np.bincount(np.array([u for u, _, _ in pairs], dtype=np.int64), minlength=units)
    return Groups(
        np.array([numbers[c, g] for _, c, g in pairs], dtype=np.int64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([c for c, _ in sorted(numbers)], dtype=np.int64),
        np.array([limit.most for limit in limits], dtype=np.int64),
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def counted(label: Ints, communities: int, groups: Groups) -> tuple[Ints, Ints, float]:
    """Return units of every group in every community, splits under every limit, and how many there are too many."""
    held = np.zeros((len(groups.limit), communities), dtype=np.int64)
    made = np.zeros(len(groups.most), dtype=np.int64)
    for i in range(len(label)):
        for e in range(groups.start[i], groups.start[i + 1]):
            held[groups.of[e], label[i]] += 1
    for g in range(len(groups.limit)):
        touched = 0
        for c in range(communities):
            if held[g, c] > 0:
                touched += 1
        made[groups.limit[g]] += max(touched - 1, 0)
    excess = 0.0
    for c in range(len(made)):
        excess += max(made[c] - groups.most[c], 0)
    return held, made, excess


@njit(cache=True)  # type: ignore[untyped-decorator]
def splits_by(i: int, a: int, b: int, groups: Groups, held: Ints, made: Ints) -> float:
    """Carry a unit from community a to b in the counts; return by how much the splits beyond limits change."""
    change = 0.0
    for e in range(groups.start[i], groups.start[i + 1]):
        g = groups.of[e]
        c = groups.limit[g]
        held[g, a] -= 1
        held[g, b] += 1
        more = 0
        if held[g, a] == 0:
            more -= 1
        if held[g, b] == 1:
            more += 1
        if more != 0:
            change -= max(made[c] - groups.most[c], 0)
            made[c] += more
            change += max(made[c] - groups.most[c], 0)
    return change
