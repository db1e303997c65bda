"""Poisson streams: when somebody comes, and the luck that comes along."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.luck import Luck

Floats = NDArray[np.float64]

_MARGIN = 16
"""Arrivals drawn beyond those expected, so that a second block is seldom needed."""


def arrivals(random: Luck, per_hour: float, until: float, draws: int) -> list[tuple[Floats, Floats]]:
    """Return when somebody comes in each of some Poisson streams, and the luck that comes along.

    One row of draws after the other: a longer study has the same arrivals, and then more.

    Parameters
    ----------
    random : Luck
        Of one or more names.
    per_hour : float
        Rate of every stream; nobody comes where it is 0.
    until : float
        End of the study [hours].
    draws : int
        Uniform draws that come with each arrival.

    Returns
    -------
    list
        For each name the moments of arrival, shape (arrivals,) [hours], and their luck, shape (arrivals, draws).
    """
    if per_hour <= 0:
        return [(np.zeros(0), np.zeros((0, draws)))] * len(random)
    expected = per_hour * until
    block = int(expected + 4 * np.sqrt(expected)) + _MARGIN
    luck = random.draw_rows(block, 1 + draws)
    while True:
        moments = np.negative(luck[..., 0])
        np.log1p(moments, out=moments)
        moments /= -per_hour
        np.cumsum(moments, axis=1, out=moments)
        if (moments[:, -1] >= until).all():
            break
        luck = np.concatenate([luck, random.draw_rows(block, 1 + draws)], axis=1)
    inside = (moments < until).sum(axis=1).tolist()
    return [(moments[s, :came], luck[s, :came, 1:]) for s, came in enumerate(inside)]
