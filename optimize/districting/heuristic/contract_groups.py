"""Units that stay together as one unit, so that the search cannot tear them apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.problem.instance import Instance


def contracted(instance: Instance) -> tuple[Instance, Ints]:
    """Return the instance with every group that stays together as one unit, and each unit's place in it.

    The moment of a group about any point is its weight times the squared distance of its centroid, plus a constant;
    so the search may work with centroids. Adjacencies are kept as often as there are, for the cut edges.
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
    )
    return small, member


def labels_of_groups(label: Ints, member: Ints) -> Ints:
    """Return the label of the first unit of every contracted unit."""
    return label[np.unique(member, return_index=True)[1]]
