"""Poisson streams: when somebody comes, and the luck that comes along."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from foundation.arrays import Floats, Ints
from sim.random_numbers.vector_streams import Luck

_MARGIN = 16
"""Arrivals drawn beyond those expected, so that a second block is seldom needed."""

_MOST = 2**53
"""Arrivals that a float still counts one by one; no memory holds as many, and their number must fit into 64 bits."""


def arrivals(random: Luck, per_hour: ArrayLike, until: float, draws: int) -> tuple[Ints, Floats, Floats]:
    """Return when somebody comes in Poisson streams, and the luck that comes along, one stream after the other.

    One row of draws after the other: a longer study has the same arrivals, and then more.

    Parameters
    ----------
    random : Luck
        Of one or more names.
    per_hour : float, or ndarray of shape (names,)
        Rate of every stream; nobody comes where it is 0.
    until : float
        End of the study [hours].
    draws : int
        Uniform draws that come with each arrival.

    Returns
    -------
    first : ndarray, shape (names + 1,)
        Which arrivals are whose: from ``first[n]`` to ``first[n + 1]``.
    moments : ndarray, shape (arrivals,) [hours]
        Ascending in each stream; everybody who comes before the end, and some who come later.
    uniforms : ndarray, shape (arrivals, draws)

    Raises
    ------
    MemoryError
        More would come than any memory holds.
    """
    rate = np.broadcast_to(np.asarray(per_hour, dtype=np.float64), len(random))
    expected = rate * until
    wanted = np.where(rate > 0, expected + 4 * np.sqrt(expected) + _MARGIN, 0)
    if wanted.sum() > _MOST:
        raise MemoryError(f"{expected.sum():.3g} arrivals")
    block, short = wanted.astype(np.int64), np.zeros(len(random), dtype=np.bool_)
    while True:
        first = np.concatenate([[0], np.cumsum(block)])
        uniforms = random.peek(first, 1 + draws)
        moments = np.negative(uniforms[:, 0])
        np.log1p(moments, out=moments)
        moments /= -np.repeat(rate, block)
        for n, (start, end) in enumerate(pairwise(first.tolist())):
            np.cumsum(moments[start:end], out=moments[start:end])
            short[n] = start < end and moments[end - 1] < until
        if not short.any():
            return first, moments, uniforms[:, 1:]
        block[short] *= 2
