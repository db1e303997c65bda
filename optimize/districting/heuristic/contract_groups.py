"""Units that stay together as one unit, so that the search cannot tear them apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.splits import contracted_limits

MOST_DISTANCES = 4_000
"""Units up to which distances between groups are counted; beyond, straight lines between their centroids do."""


def contracted(instance: Instance) -> tuple[Instance, Ints]:
    """Return the instance with every group that stays together as one unit, and each unit's place in it.

    The moment of a group about any point is its weight times the squared distance of its centroid, plus a constant;
    so the search may work with centroids. Other sums of distances are those of the members from the best seat in the
    other group (with a radius to reach, the largest instead). Adjacencies are kept as often as there are, for the cut
    edges.
    """
    first = np.arange(len(instance))
    for group in instance.together:
        first[list(group)] = group[0]
    heads, member = np.unique(first, return_inverse=True)
    count, weight = len(heads), instance.weight
    total = np.bincount(member, weight, count).astype(np.float64)
    even = np.where(total[member] > 0, weight, 1.0)
    points = np.column_stack([np.bincount(member, even * instance.points[:, k], count) for k in (0, 1)])
    edges = member[instance.edges]
    edges = edges[edges[:, 0] != edges[:, 1]]
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    small = replace(
        instance,
        names=tuple(instance.names[h] for h in heads.tolist()),
        points=points / np.bincount(member, even, count)[:, None],
        weight=total,
        indptr=np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=count))]).astype(np.int64),
        indices=np.ascontiguousarray(both[:, 1]),
        edges=np.ascontiguousarray(edges),
        loads=np.column_stack([np.bincount(member, load, count) for load in instance.loads.T]),
        seats=member[instance.seats],
        together=(),
        apart=member[instance.apart],
        distances=_between(instance, member, even, count),
        splits=contracted_limits(instance.splits, member),
    )
    return small, member


def _between(instance: Instance, member: Ints, even: Floats, count: int) -> Floats | None:
    """Return the distances of groups from each other's best seats; None where centroids do."""
    straight = instance.distances is None
    if straight and (instance.objective in ("moment", "cut-edges") or len(instance) > MOST_DISTANCES):
        return None
    away, square = instance.all_distances(), instance.objective in ("moment", "cut-edges")
    total = np.bincount(member, even, count)
    rows = np.zeros((count, len(instance)))  # of groups from units
    if instance.seats_in_reach:
        np.maximum.at(rows, member, away)
    else:
        np.add.at(rows, member, even[:, None] * (away**2 if square else away))
        rows /= total[:, None]
    order = np.lexsort((np.arange(len(instance)), rows[member, np.arange(len(instance))], member))
    heads = order[np.searchsorted(member[order], np.arange(count))]
    heads[member[instance.seats]] = instance.seats
    return np.ascontiguousarray(np.sqrt(rows[:, heads]) if square and not instance.seats_in_reach else rows[:, heads])


def labels_of_groups(label: Ints, member: Ints) -> Ints:
    """Return the label of the first unit of every contracted unit."""
    return label[np.unique(member, return_index=True)[1]]
