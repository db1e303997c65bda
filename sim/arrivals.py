"""Poisson streams: when somebody comes, and the luck that comes along."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MARGIN = 16
"""Arrivals drawn beyond those expected, so that a second block is seldom needed."""


def arrivals(random: np.random.Generator, per_hour: float, until: float, draws: int) -> tuple[Floats, Floats]:
    """Return the gaps between the arrivals of a Poisson stream and each one's luck.

    One row of draws after the other: a longer study has the same arrivals, and then more.

    Parameters
    ----------
    random : Generator
    per_hour : float
        Rate; nobody comes where it is 0.
    until : float
        End of the study [hours].
    draws : int
        Uniform draws that come with each arrival.

    Returns
    -------
    gaps : ndarray, shape (arrivals,) [hours]
        From the beginning, then from arrival to arrival.
    luck : ndarray, shape (arrivals, draws)
    """
    if per_hour <= 0:
        return np.zeros(0), np.zeros((0, draws))
    expected = per_hour * until
    block = int(expected + 4 * np.sqrt(expected)) + _MARGIN
    luck = random.random((block, 1 + draws))
    while True:
        gaps = -np.log1p(-luck[:, 0]) / per_hour
        clock = np.cumsum(gaps)
        if clock[-1] >= until:
            inside = int(np.searchsorted(clock, until))
            return gaps[:inside], luck[:inside, 1:]
        luck = np.concatenate([luck, random.random((block, 1 + draws))])
