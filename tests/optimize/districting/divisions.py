"""Every division and every plan of a map of few units, one by one: what proofs and searches are held against."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Ints
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan


def every_plan(instance: Instance) -> Iterator[Ints]:
    """Yield every plan once, whatever its communities are called: sums and connections are looked at in bulk first."""
    n, k = len(instance), instance.communities
    whole, place = connected_sets(instance), np.left_shift(1, np.arange(n))
    rest = itertools.product(range(k), repeat=n - 1)
    while block := list(itertools.islice(rest, 10_000)):
        labels = np.column_stack([np.zeros(len(block), dtype=np.int64), np.array(block)])
        once = labels[:, 1:] <= np.maximum.accumulate(labels, axis=1)[:, :-1] + 1
        labels = labels[once.all(axis=1) & (labels.max(axis=1) == k - 1)]
        for community in range(k):
            sums = (labels == community) @ instance.loads
            labels = labels[np.all((sums >= instance.lower - 1e-6) & (sums <= instance.upper + 1e-6), axis=1)]
            labels = labels[whole[(labels == community) @ place]]
        for label in labels:
            if not check_plan(instance, label).faults:
                yield label


def connected_sets(instance: Instance) -> NDArray[np.bool_]:
    """Say of every set of units, written in bits, whether it hangs together: it is filled from its lowest unit."""
    n = len(instance)
    sets = np.arange(2**n)
    near = [sum(1 << int(j) for j in instance.indices[instance.indptr[i] : instance.indptr[i + 1]]) for i in range(n)]
    filled, before = sets & -sets, np.zeros_like(sets)
    while not np.array_equal(filled, before):
        before = filled.copy()
        for i in range(n):
            filled |= np.where(filled >> i & 1, near[i] & sets, 0)
    return filled == sets


def every_division(instance: Instance) -> Iterator[Ints]:
    """Yield every division into connected communities once, whatever their sums and what else is asked of them."""
    whole = connected_sets(instance)
    sets = np.flatnonzero(whole)

    def divided(free: int, left: int) -> Iterator[list[int]]:
        if left == 1:
            if free and whole[free]:
                yield [free]
            return
        for one in sets[(sets & ~free == 0) & (sets & (free & -free) != 0)]:
            for others in divided(free & ~int(one), left - 1):
                yield [int(one), *others]

    units = np.arange(len(instance))
    for groups in divided(2 ** len(instance) - 1, instance.communities):
        yield sum(k * (group >> units & 1) for k, group in enumerate(groups))
