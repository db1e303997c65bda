"""Communities that take the names of today's: what they move, and of a tiny map the best plan that keeps the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.enumeration.all_divisions import best_of_all, only_division, sets_of
from optimize.districting.enumeration.two_communities import best_halves, can_be_halved
from optimize.districting.exact.set_partitioning import Limit, choose
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.rooted_communities import Columns

SLACK = 2e-9
"""Share by which the limit is wider here than in the check of a plan: what that accepts, no proof may leave out."""

COMPLETE = 400_000_000
"""Communities tried in a search for a cover."""


@dataclass(frozen=True)
class Moves:
    """What every unit moves under every name, shape (units, names), and what all may; both as proofs see them."""

    away: Floats
    most: float

    def named(self, columns: Columns, cost: Floats) -> tuple[Columns, Floats, Limit]:
        """Return communities once for every name that they may take, with their costs and what they move.

        A name stands behind the units as one more that is to be covered once. A community may not take a name if it
        alone moves more than all may, by what it takes in or by what the name's units lose.
        """
        moved = columns.astype(np.float64) @ self.away
        stays = self.away.max(axis=1, keepdims=True) - self.away
        lost = stays.sum(axis=0)[None, :] - columns.astype(np.float64) @ stays
        takes = (moved <= self.most) & (lost <= self.most)
        which, name = np.nonzero(takes)
        names = np.zeros((len(which), self.away.shape[1]), dtype=np.int8)
        names[np.arange(len(which)), name] = 1
        return np.hstack([columns[which], names]), cost[which], Limit(moved[which, name], self.most)


def moves_of(instance: Instance, today: Today) -> Moves:
    """Return what moves under the names of today, a little less strictly than the check of a plan."""
    names = np.arange(instance.communities)
    away = instance.weight[:, None] * (today.label[:, None] != names[None, :])
    return Moves(away, today.most_moved * (1 + SLACK) + SLACK * float(instance.weight.max(initial=0.0)))


def best_within_moves(instance: Instance, today: Today) -> tuple[Ints | None, bool]:
    """Return the best plan of a tiny map that keeps the limit, and whether it is that; every division is looked at.

    Parameters
    ----------
    instance : Instance
        As `can_be_exhausted` asks.
    today : Today
    """
    free = best_of_all(instance)
    if free is None or keeps(instance, free, today):
        return free, True
    if instance.communities in (1, len(instance)):
        only = only_division(instance)
        return (only if keeps(instance, only, today) else None), True
    moves = moves_of(instance, today)
    if can_be_halved(instance):
        label = best_halves(instance, moves.away, moves.most)
        return label, label is None or keeps(instance, label, today)
    excess, value = sets_of(instance)
    valid = np.flatnonzero((excess <= 0) & np.isfinite(value))
    columns = ((valid[:, None] >> np.arange(len(instance))[None, :]) & 1).astype(np.int8)
    named, cost, limit = moves.named(columns, value[valid])
    scale = max(float(cost.max(initial=0.0)), 1e-300)
    found = choose(
        named, cost, instance.communities, math.inf, COMPLETE, scale, np.zeros(1, dtype=np.int64), limit=limit
    )
    if found.chosen is None:
        return None, found.complete
    label = np.argmax(found.chosen[:, : len(instance)], axis=0).astype(np.int64)
    return label, found.complete and keeps(instance, label, today)
