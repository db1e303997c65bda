"""How evenly something is shared out, and what cannot be bettered in one thing without losing in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats


def gini(values: Floats) -> float:
    """Return the Gini coefficient of non-negative values: 0 where all are equal, near 1 where one has all."""
    ordered, n = np.sort(values), len(values)
    if n == 0 or ordered.sum() <= 0:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def efficient(costs: Floats) -> NDArray[np.bool_]:
    """Return which rows no other row beats in every column (all to be minimised; NaN never is)."""
    keep = np.asarray(~np.isnan(costs).any(axis=1))
    for i in np.flatnonzero(keep):
        others = costs[keep]
        keep[i] = not ((others <= costs[i]).all(axis=1) & (others < costs[i]).any(axis=1)).any()
    return keep
