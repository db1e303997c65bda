"""Splits of a grouping: into how many communities the units of towns, streets or schools may fall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from foundation.arrays import Ints
from foundation.messages import Message
from scenarios import Problem, Territory
from scenarios.schema.dotted_keys import near


@dataclass(frozen=True)
class SplitLimit:
    """At most so many splits of one grouping.

    A group whose units lie in two communities is split once, in three twice. A unit without a group counts for none.

    Attributes
    ----------
    name : str
        Column of the grouping.
    most : int
        Splits of all groups together.
    groups : tuple of tuple of int
        Units of every group that has more than one.
    """

    name: str
    most: int
    groups: tuple[tuple[int, ...], ...]

    def splits(self, label: Ints) -> int:
        """Return how often the groups are split by a plan."""
        return sum(len(set(label[list(group)].tolist())) - 1 for group in self.groups)

    def among(self, position: Ints, most: int) -> SplitLimit:
        """Return the limit of other units: where each unit is found among them, -1 for nowhere."""
        found = [sorted({int(position[u]) for u in group if position[u] >= 0}) for group in self.groups]
        return replace(self, most=most, groups=tuple(tuple(group) for group in found if len(group) > 1))


def split_limits(territory: Territory, splits: Mapping[str, int]) -> tuple[SplitLimit, ...]:
    """Return the limits of a territory by the positions of its units."""
    found = []
    for name, most in sorted(splits.items()):
        column = territory.units[name].reset_index(drop=True)
        named = column[column.notna() & (column.astype(str).str.strip() != "")].astype(str)
        groups = [tuple(int(u) for u in members.index) for _, members in named.groupby(named, sort=True)]
        found.append(SplitLimit(name, most, tuple(group for group in groups if len(group) > 1)))
    return tuple(found)


def splits_beyond(limits: tuple[SplitLimit, ...], label: Ints) -> int:
    """Return by how many splits a plan goes beyond its limits, over all of them."""
    return sum(max(limit.splits(label) - limit.most, 0) for limit in limits)


def contracted_limits(limits: tuple[SplitLimit, ...], member: Ints) -> tuple[SplitLimit, ...]:
    """Return the limits where units that stay together are one; a plan splits as much as before."""
    return tuple(limit.among(member, limit.most) for limit in limits)


def limits_inside(
    limits: tuple[SplitLimit, ...], label: Ints, position: Ints, communities: Ints
) -> tuple[SplitLimit, ...]:
    """Return what the limits leave to some communities of a plan while the others stay as they are.

    Parameters
    ----------
    label : ndarray of int, shape (units,)
    position : ndarray of int, shape (units,)
        Place of every unit among those of the communities; -1 elsewhere.
    communities : ndarray of int
    """
    chosen, found = set(communities.tolist()), []
    for limit in limits:
        left = limit.most
        for group in limit.groups:
            touched = set(label[list(group)].tolist())
            outside = len(touched - chosen)
            left -= outside if touched & chosen else outside - 1
        found.append(limit.among(position, left))
    return tuple(found)


def check_splits(splits: Mapping[str, int], territory: Territory, *, locked: bool) -> list[Problem]:
    """Return what is wrong with limits on splits."""
    found = []
    for name, most in splits.items():
        where = f"splits {name}"
        if name not in territory.units.columns:
            known = [*map(str, territory.units)]
            found.append(Problem(where, name, Message("the territory has no such column"), near(name, known)))
        if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 0:
            rule = Message("it must be a whole number, 0 or more")
            found.append(Problem(where, most, rule, Message("Example: --split town=5")))
    if splits and locked:
        rule = Message("it does not go with lock: what is locked may split a group by itself")
        found.append(Problem("splits", ", ".join(splits), rule, Message("Use one of the two.")))
    return found
