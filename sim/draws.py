"""Counts from uniform draws by inversion: the same luck gives more where the chance is better, never less."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

_LARGE = 30.0


def poisson_quantile(u: float, mean: float) -> int:
    """Return the smallest k with P(Poisson(mean) <= k) >= u.

    Parameters
    ----------
    u : float in [0, 1)
    mean : float, at least 0
    """
    if mean <= 0:
        return 0
    if mean > _LARGE:
        return max(0, math.ceil(float(special.pdtrik(u, mean))))
    term = math.exp(-mean)
    total, k = term, 0
    while total < u and term > 0:
        k += 1
        term *= mean / k
        total += term
    return k


def binomial_quantile(u: float, n: int, p: float) -> int:
    """Return the smallest k with P(Binomial(n, p) <= k) >= u, for small n."""
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    odds = p / (1 - p)
    term = (1 - p) ** n
    total, k = term, 0
    while total < u and k < n:
        term *= (n - k) / (k + 1) * odds
        k += 1
        total += term
    return k


def poisson_quantiles(u: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return `poisson_quantile` of every pair of an array, shape kept."""
    term = np.exp(-mean)
    total, count = term.copy(), np.zeros(mean.shape, dtype=np.int64)
    waiting = (total < u) & (mean > 0)
    k = 0
    while waiting.any():
        k += 1
        term = term * mean / k
        total = total + term
        count[waiting] = k
        waiting = waiting & (total < u) & ((term > 0) | (k < mean))
    return count
