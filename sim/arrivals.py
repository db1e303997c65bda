"""Poisson streams: when somebody comes, and the luck that comes along."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.luck import Luck

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MARGIN = 16
"""Arrivals drawn beyond those expected, so that a second block is seldom needed."""


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
    luck : ndarray, shape (arrivals, draws)
    """
    rate = np.broadcast_to(np.asarray(per_hour, dtype=np.float64), len(random))
    expected = rate * until
    block = np.where(rate > 0, expected + 4 * np.sqrt(expected) + _MARGIN, 0).astype(np.int64)
    while True:
        first = np.concatenate([[0], np.cumsum(block)])
        luck = random.peek(first, 1 + draws)
        moments = np.negative(luck[:, 0])
        np.log1p(moments, out=moments)
        moments /= -np.repeat(rate, block)
        enough = True
        for start, end in pairwise(first.tolist()):
            np.cumsum(moments[start:end], out=moments[start:end])
            enough &= start == end or moments[end - 1] >= until
        if enough:
            return first, moments, luck[:, 1:]
        block *= 2
