"""Shares and means over worlds with intervals, and values freed of the luck of a single run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from foundation.arrays import Floats

RESAMPLES = 2000
"""Bootstrap samples of a mean."""


@dataclass(frozen=True)
class Estimated:
    """A number with its interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return ``value, low, high``."""
        return {"value": self.value, "low": self.low, "high": self.high}

    @property
    def error(self) -> float:
        """Half the interval: how far the number may be off."""
        return (self.high - self.low) / 2


def share(hits: Floats, confidence: float) -> Estimated:
    """Return a share of worlds with Wilson's interval.

    Worlds of a scrambled Sobol sample are spread more evenly than independent ones: the interval is on the safe side.

    Parameters
    ----------
    hits : ndarray, shape (worlds,)
        1 where it holds, 0 where not; a part of 1 where several share a place. NaN is left out.

    References
    ----------
    Wilson (1927), JASA 22.
    """
    known = hits[~np.isnan(hits)]
    n = len(known)
    if not n:
        return Estimated(math.nan, math.nan, math.nan)
    p, z = float(known.mean()), float(stats.norm.ppf((1 + confidence) / 2))
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Estimated(p, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def of_means(
    values: Floats, confidence: float, seed: int, statistic: Callable[[Floats], Floats] = lambda means: means[..., 0]
) -> Estimated:
    """Return a function of means over worlds with its bias-corrected and accelerated bootstrap interval.

    Parameters
    ----------
    values : ndarray, shape (worlds, columns)
    confidence : float
    seed : int
    statistic : callable
        Of means, shape (..., columns) to (...).

    References
    ----------
    Efron (1987), JASA 82.
    """
    n = len(values)
    if not n:
        return Estimated(math.nan, math.nan, math.nan)
    point = float(statistic(values.mean(axis=0)))
    if n < 3 or np.allclose(values, values[0], rtol=1e-12, atol=0):
        known = n >= 3
        return Estimated(point, point if known else math.nan, point if known else math.nan)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n
    sample = statistic(weights @ values)
    below = np.clip(
        (np.count_nonzero(sample < point) + 0.5 * np.count_nonzero(sample == point)) / RESAMPLES, 1e-4, 1 - 1e-4
    )
    left_out = statistic((values.sum(axis=0) - values) / (n - 1))
    pull = left_out.mean() - left_out
    scale = float((pull**2).sum() ** 1.5)
    acceleration = float((pull**3).sum()) / (6 * scale) if scale else 0.0
    shift = float(stats.norm.ppf(below))
    ends = []
    for level in ((1 - confidence) / 2, (1 + confidence) / 2):
        moved = shift + float(stats.norm.ppf(level))
        ends.append(float(np.quantile(sample, stats.norm.cdf(shift + moved / (1 - acceleration * moved)))))
    return Estimated(point, min(point, ends[0]), max(point, ends[1]))


def largest(values: Floats, confidence: float) -> Estimated:
    """Return the largest of what was drawn; its upper end bounds what more worlds would show.

    References
    ----------
    Robson & Whitlock (1964), Biometrika 51: an upper limit of a truncation point from the two largest values.
    """
    ordered = np.sort(values)
    top = float(ordered[-1])
    second = float(ordered[-2]) if len(ordered) > 1 else math.nan
    return Estimated(top, top, top + confidence / (1 - confidence) * (top - second))


def settled(values: Floats, first: Floats, second: Floats) -> Floats:
    """Return values of single runs, their spread over the worlds freed of what chance within a world adds.

    Each column, less the mean of its row (what all alternatives share is no difference), keeps its mean and is drawn
    together around it by the share of its variance that is not chance. Chance is measured where a world was run twice.
    With differences that are normal over worlds and over runs the result has the distribution of the true differences.

    Parameters
    ----------
    values : ndarray, shape (worlds, alternatives)
    first, second : ndarray, shape (worlds run twice, alternatives)
    """
    if len(first) < 2 or values.shape[1] < 2:
        return values
    middle = values.mean(axis=1, keepdims=True)
    apart = values - middle
    chance = ((_centred(first) - _centred(second)) ** 2).mean(axis=0) / 2
    spread = apart.var(axis=0, ddof=1)
    kept = np.sqrt(np.clip(1 - np.divide(chance, spread, out=np.zeros_like(spread), where=spread > 0), 0, 1))
    return np.asarray(middle + apart.mean(axis=0) + (apart - apart.mean(axis=0)) * kept, dtype=np.float64)


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean(axis=1, keepdims=True), dtype=np.float64)


def best_in(values: Floats) -> Floats:
    """Return for each world 1 at the alternative with the largest value; alternatives that tie share it."""
    top = values == values.max(axis=1, keepdims=True)
    return np.asarray(top / top.sum(axis=1, keepdims=True), dtype=np.float64)


def regrets(values: Floats) -> Floats:
    """Return what each alternative falls short of the best one of its world, shape kept."""
    return np.asarray(values.max(axis=1, keepdims=True) - values, dtype=np.float64)
