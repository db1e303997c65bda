"""How much of the beginning to leave out: the MSER rule, for laboratory scenarios that start empty."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats

BATCH = 5
"""Days averaged before the rule looks at them (MSER-5), so that a single odd day decides nothing."""


def warm_up_days(series: Floats, batch: int = BATCH) -> int | None:
    """Return how many days to leave out so that the mean of the rest is known best.

    The rule cuts where the squared standard error of the mean of what is left is least; days that still climb make it
    larger, and so do too few days.

    Parameters
    ----------
    series : ndarray, shape (days,) or (replications, days)
        A daily KPI; replications are averaged first. Days without a value are left out.
    batch : int

    Returns
    -------
    int or None
        A multiple of `batch`; None where the least is not within the first half: the run is too short to say.

    References
    ----------
    White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6), 1997.
    """
    values = np.atleast_2d(series)
    days = values[:, ~np.isnan(values).any(axis=0)].mean(axis=0)
    count = len(days) // batch
    if count < 4:
        return None
    means = days[: count * batch].reshape(count, batch).mean(axis=1)
    half = count // 2  # beyond it too little is left to judge by
    error = [float(means[cut:].var()) / (count - cut) for cut in range(half + 1)]
    best = int(np.argmin(error))
    return None if best == half else best * batch
