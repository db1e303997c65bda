"""What a community leaves over: units that are in, out or free, and whether the rest can still be divided."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

FREE, IN, OUT = 0, 1, 2


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def leaves_room(
    state: Ints,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    indptr: Ints,
    indices: Ints,
    mark: Ints,
    stamp: int,
    queue: Ints,
) -> bool:
    """Say whether every piece that a community leaves behind could be divided into whole communities by its sums."""
    n, m = loads.shape
    total = np.zeros(m)
    for start in range(n):
        if state[start] == IN or mark[start] == stamp:
            continue
        mark[start] = stamp
        queue[0] = start
        head, tail = 0, 1
        total[:] = 0.0
        while head < tail:
            here = queue[head]
            head += 1
            total += loads[here]
            for e in range(indptr[here], indptr[here + 1]):
                other = indices[e]
                if state[other] != IN and mark[other] != stamp:
                    mark[other] = stamp
                    queue[tail] = other
                    tail += 1
        least, most = 1.0, 1.0 * n
        for q in range(m):
            if 0 < upper[q] < np.inf:
                least = max(least, np.ceil(total[q] / upper[q] - 1e-9))
            if lower[q] > 0:
                most = min(most, np.floor(total[q] / lower[q] + 1e-9))
        if least > most:
            return False
    return True
