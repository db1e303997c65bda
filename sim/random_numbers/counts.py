"""Counts from uniform draws by inversion: the same luck gives more where the chance is better, never less."""

from __future__ import annotations

import math

import numpy as np

from foundation.machine.compiled_loops import njit

_GROWS, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11, _ONE = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11), np.uint64(1)
_STEPS = 2.0**53
_LARGE, _LEAST = 30.0, 1e-250


@njit(cache=True)  # type: ignore[untyped-decorator]
def poisson_quantile(u: float, mean: float) -> int:
    """Return the smallest k with P(Poisson(mean) <= k) >= u.

    Parameters
    ----------
    u : float in [0, 1)
    mean : float, at least 0
    """
    if mean <= 0 or u <= 1 - mean:  # exp(-mean) >= 1 - mean: most small means need no exponential
        return 0
    if mean > _LARGE:
        return int(_from_the_mode(u, mean))
    term = math.exp(-mean)
    total, k = term, 0
    while total < u and term > 0:
        k += 1
        term *= mean / k
        total += term
    return k


@njit(cache=True)  # type: ignore[untyped-decorator]
def _from_the_mode(u: float, mean: float) -> int:
    """Sum from the most likely count in both directions: no term underflows, and the work grows with sqrt(mean)."""
    k = int(mean)
    top = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1.0))
    total, term, below = 0.0, top, k
    while below >= 0 and term > top * 1e-20:
        total += term
        term *= below / mean
        below -= 1
    term = top
    if total >= u:
        while k > 0 and total - term >= u:
            total -= term
            term *= k / mean
            k -= 1
        return k
    while total < u and term > 0:
        k += 1
        term *= mean / k
        total += term
    return k


@njit(cache=True)  # type: ignore[untyped-decorator]
def binomial_quantile(u: float, n: int, p: float) -> int:
    """Return the smallest k with P(Binomial(n, p) <= k) >= u."""
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    odds = p / (1 - p)
    term = (1 - p) ** n
    if term < _LEAST:
        return int(_from_the_middle(u, n, p))
    total, k = term, 0
    while total < u and k < n:
        term *= (n - k) / (k + 1) * odds
        k += 1
        total += term
    return k


@njit(cache=True)  # type: ignore[untyped-decorator]
def _from_the_middle(u: float, n: int, p: float) -> int:
    """Sum from the most likely count in both directions: no term that counts underflows."""
    k, odds = min(int((n + 1) * p), n), p / (1 - p)
    top = math.exp(
        math.lgamma(n + 1.0)
        - math.lgamma(k + 1.0)
        - math.lgamma(n - k + 1.0)
        + k * math.log(p)
        + (n - k) * math.log1p(-p)
    )
    total, term, below = 0.0, top, k
    while below >= 0 and term > top * 1e-20:
        total += term
        term *= below / ((n - below + 1) * odds)
        below -= 1
    term = top
    if total >= u:
        while k > 0 and total - term >= u:
            total -= term
            term *= k / ((n - k + 1) * odds)
            k -= 1
        return k
    while total < u and k < n and term > 0:
        term *= (n - k) / (k + 1) * odds
        k += 1
        total += term
    return k


@njit(cache=True)  # type: ignore[untyped-decorator]
def another(u: float, k: int) -> float:
    """Return the k-th further uniform draw that a draw stands for (SplitMix64 with the draw as its seed).

    Where one draw decides how often something happens, each time is an own event with an own draw; a stream would have
    to give as many draws as there may be events.

    References
    ----------
    Steele, Lea & Flood 2014.
    """
    z = np.uint64(u * _STEPS) + (np.uint64(k) + _ONE) * _GROWS
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return float((z ^ (z >> _31)) >> _11) / _STEPS
