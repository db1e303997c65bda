"""The distance between observed and simulated moments: its weights, its minimum, its profile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from foundation.arrays import Floats
from study.calibration.surrogate import Surrogate

FLOOR = 1e-3
"""Least standard deviation of a moment, as a share of its size: nothing is known more exactly than that."""


@dataclass(frozen=True)
class Objective:
    """Weighted squares of what is left over, plus what the prior holds against a point.

    Attributes
    ----------
    surrogate : Surrogate
    observed : ndarray, shape (moments,)
    root : ndarray, shape (moments, moments)
        Root of the weights W: ``root.T @ root``.
    prior_at, prior_sd : ndarray, shape (parameters,)
        In the unit cube.
    used : ndarray of bool, shape (moments,)
        Moments that are fitted; ``root`` is for these alone.
    """

    surrogate: Surrogate
    observed: Floats
    root: Floats
    prior_at: Floats
    prior_sd: Floats
    used: NDArray[np.bool_]

    def left_over(self, unit: Floats) -> Floats:
        """Return weighted residuals, the prior's last."""
        rest = self.observed[self.used] - self.surrogate.predict(unit)[self.used]
        return np.concatenate([self.root @ rest, (unit - self.prior_at) / self.prior_sd])

    def slope(self, unit: Floats) -> Floats:
        """Return the slope of the weighted residuals, shape (moments + parameters, parameters)."""
        return np.vstack([-self.root @ self.surrogate.slope(unit)[self.used], np.diag(1 / self.prior_sd)])

    def data_slope(self, unit: Floats) -> Floats:
        """Return the weighted slope of the moments alone, shape (moments, parameters)."""
        return np.asarray(self.root @ self.surrogate.slope(unit)[self.used])

    def value(self, unit: Floats) -> float:
        """Return the distance, prior included."""
        return float((self.left_over(unit) ** 2).sum())

    def misfit(self, unit: Floats) -> float:
        """Return the distance, prior left out."""
        return float((self.left_over(unit)[: int(self.used.sum())] ** 2).sum())

    def best(self, box: Floats, starts: Floats) -> Floats:
        """Return the point of the box with the least distance, from several starts."""
        found = [self._descend(box, start, np.ones(len(box), dtype=bool)) for start in starts]
        return min(found, key=self.value)

    def profile(self, box: Floats, best: Floats, k: int, steps: int = 31) -> tuple[Floats, Floats]:
        """Return values of one parameter across the box, and the least distance with the others free."""
        free = np.arange(len(best)) != k
        grid = np.unique(np.append(np.linspace(box[k, 0], box[k, 1], steps), best[k]))
        middle = int(np.searchsorted(grid, best[k]))
        value = np.full(len(grid), self.value(best))
        for way in (range(middle - 1, -1, -1), range(middle + 1, len(grid))):
            at = best.copy()
            for n in way:
                at[k] = grid[n]
                at = self._descend(box, at, free)
                value[n] = self.value(at)
        return grid, value

    def shifted(self, shift: Floats) -> Objective:
        """Return the objective with every prediction moved."""
        return replace(self, surrogate=replace(self.surrogate, shift=self.surrogate.shift + shift))

    def _descend(self, box: Floats, start: Floats, free: NDArray[np.bool_]) -> Floats:
        low, high = box[free, 0], box[free, 1]
        if not free.any():
            return start
        edge = 1e-9 * (high - low)

        def at(x: Floats) -> Floats:
            unit = start.copy()
            unit[free] = x
            return unit

        done = least_squares(
            lambda x: self.left_over(at(x)),
            np.clip(start[free], low + edge, high - edge),
            jac=lambda x: self.slope(at(x))[:, free],
            bounds=(low, high),
            max_nfev=60,
        )
        return np.clip(at(done.x), box[:, 0], box[:, 1])


def covariance(samples: Floats) -> Floats:
    """Return a covariance that can be inverted though there are few samples: correlations shrunk towards none.

    References
    ----------
    Schäfer & Strimmer, "A shrinkage approach to large-scale covariance matrix estimation", Statistical Applications
    in Genetics and Molecular Biology 4(1), 2005: the shrinkage that minimises the expected squared error.
    """
    n = len(samples)
    spread = samples.std(axis=0, ddof=1)
    z = (samples - samples.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    w = z[:, :, None] * z[:, None, :]
    mean = w.mean(axis=0)
    correlation = mean * n / (n - 1)
    doubt = ((w - mean) ** 2).sum(axis=0) * n / (n - 1) ** 3
    off = ~np.eye(len(mean), dtype=bool)
    total = (correlation[off] ** 2).sum()
    shrink = float(np.clip(doubt[off].sum() / total, 0.0, 1.0)) if total > 0 else 1.0
    correlation = (1 - shrink) * correlation
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * np.outer(spread, spread))


def root_of_weights(noise: Floats, observed: Floats) -> Floats:
    """Return the root of the inverse of a covariance, with a floor under each standard deviation."""
    scale = np.maximum(np.sqrt(np.diag(noise)), np.abs(observed))
    scale = np.where(scale > 0, scale, max(float(scale.max(initial=0.0)), 1.0))
    lower = np.linalg.cholesky(noise + np.diag((FLOOR * scale) ** 2))
    return np.asarray(np.linalg.inv(lower))
