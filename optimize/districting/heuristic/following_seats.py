"""Seats that follow their communities: what units cost about them, and the next seat of a changed community."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from optimize.districting.problem.seats import distance

FEW = 12
"""Units up to which every member may be the next seat; in larger communities those beside the present one."""

STRIDES = 3
"""Steps that a seat makes at most when it is looked for anew."""

ASTRAY = 0.1
"""Excess of a unit that lies just beyond the reach of its seat, in means."""


class Ground(NamedTuple):
    """What an annealing does not change.

    Attributes
    ----------
    points, matrix : ndarray
        As in `seats.distance`.
    weight : ndarray, shape (units,)
    square : bool
        Distances count squared.
    reach : float
        Largest distance from a seat, infinite where there is none.
    indptr, indices : ndarray of int
        Neighbours.
    """

    points: Floats
    matrix: Floats
    weight: Floats
    square: bool
    reach: float
    indptr: Ints
    indices: Ints


class Chains(NamedTuple):
    """The members of every community as a chain: first unit, next one, one before; -1 ends it. And their numbers."""

    first: Ints
    after: Ints
    before: Ints
    size: Ints


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def costs(ground: Ground, i: int, j: int) -> tuple[float, float]:
    """Return what unit i costs at seat j, and its excess where that is out of reach."""
    away = distance(i, j, ground.points, ground.matrix)
    cost = ground.weight[i] * (away * away if ground.square else away)
    return cost, (ASTRAY + away / ground.reach - 1.0) if away > ground.reach else 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def about(ground: Ground, chains: Chains, c: int, without: int, seat: int, most: float, penalty: float):  # type: ignore[no-untyped-def]
    """Return what a community, less one unit, costs about a seat, and its excess; gives up beyond ``most``."""
    total, astray = 0.0, 0.0
    i = chains.first[c]
    while i >= 0:
        if i != without:
            cost, far = costs(ground, i, seat)
            total += cost
            astray += far
            if total + penalty * astray > most:
                return np.inf, np.inf
        i = chains.after[i]
    return total, astray


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def unlink(chains: Chains, i: int, c: int) -> None:
    """Take a unit out of the chain of its community."""
    if chains.before[i] >= 0:
        chains.after[chains.before[i]] = chains.after[i]
    else:
        chains.first[c] = chains.after[i]
    if chains.after[i] >= 0:
        chains.before[chains.after[i]] = chains.before[i]
    chains.size[c] -= 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def link(chains: Chains, i: int, c: int) -> None:
    """Put a unit at the head of the chain of a community."""
    head = chains.first[c]
    chains.before[i], chains.after[i] = -1, head
    if head >= 0:
        chains.before[head] = i
    chains.first[c] = i
    chains.size[c] += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def next_seat(  # type: ignore[no-untyped-def]
    ground: Ground, chains: Chains, label: Ints, c: int, here: int, without: int, most: float, penalty: float
):
    """Return the best seat of a community, less one unit, near a present one: seat, cost, excess; -1: none is better.

    Parameters
    ----------
    here : int
        The present seat.
    without : int
        A unit that is about to leave, -1 for none.
    most : float
        Cost and priced excess of the present seat, infinite where it leaves.
    """
    seat, cost, astray = -1, np.inf, np.inf
    if chains.size[c] <= FEW:
        j = chains.first[c]
        while j >= 0:
            if j != without:
                total, far = about(ground, chains, c, without, j, most, penalty)
                if total + penalty * far < most:
                    seat, cost, astray, most = j, total, far, total + penalty * far
            j = chains.after[j]
        return seat, cost, astray
    for e in range(ground.indptr[here], ground.indptr[here + 1]):
        j = ground.indices[e]
        if label[j] == c and j != without:
            total, far = about(ground, chains, c, without, j, most, penalty)
            if total + penalty * far < most:
                seat, cost, astray, most = j, total, far, total + penalty * far
    return seat, cost, astray


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def follow(ground: Ground, chains: Chains, label: Ints, c: int, seat: Ints, penalty: float):  # type: ignore[no-untyped-def]
    """Move a community's seat to where it is best; return by how much cost and excess change."""
    old, old_far = about(ground, chains, c, -1, seat[c], np.inf, penalty)
    cost, astray = old, old_far
    for _ in range(STRIDES):
        better, total, far = next_seat(ground, chains, label, c, seat[c], -1, cost + penalty * astray, penalty)
        if better < 0:
            break
        seat[c], cost, astray = better, total, far
        if chains.size[c] <= FEW:
            break
    return cost - old, astray - old_far
