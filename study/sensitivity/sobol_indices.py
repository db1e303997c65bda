"""Which weight matters beyond straight lines: shares of a KPI's variance by a polynomial through the finished points.

A polynomial in orthogonal (Legendre) terms is fitted to the points of a what-if; its squared coefficients are the Sobol
indices of the fitted surface in closed form (Sudret 2008), each key taken as uniform over its range. SALib, which draws
and analyses the screening (`morris`), has no total indices of points that are there already, unless there are 300 or
more (`hdmr`); a what-if has dozens.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.polynomial import legendre
from numpy.typing import NDArray

from foundation.arrays import Floats

MOST_DEGREE = 5
POINTS_PER_TERM = 1.5
"""Points that a polynomial needs for each of its terms, so that its misfit can be seen."""

MOST_TERMS = 500

MOST_LEVERAGE = 1.0 - 1e-9
TIE = 1e-9
"""Gain in prediction that a more complex polynomial must bring."""

COLUMNS = ["key", "first", "first_low", "first_high", "total", "total_low", "total_high", "degree", "predicted"]


@dataclass(frozen=True)
class Surface:
    """A polynomial surface: its terms (a degree for each key) and the least-squares solver of the points."""

    terms: NDArray[np.int64]
    basis: Floats
    solver: Floats
    leverage: Floats

    @property
    def degree(self) -> int:
        """Largest sum of degrees."""
        return int(self.terms.sum(axis=1).max())

    def predicted(self, y: Floats) -> float:
        """Return the share of the variance that the surface predicts at points left out one by one (Q2)."""
        left_out = (y - self.basis @ (self.solver @ y)) / (1.0 - self.leverage)
        spread = (y - y.mean()) * len(y) / (len(y) - 1)  # the mean, too, without the point left out
        return 1.0 - float(left_out @ left_out / (spread @ spread))


def influence_of(points: pd.DataFrame, values: Floats, *, confidence: float, resamples: int, seed: int) -> pd.DataFrame:
    """Return first-order and total Sobol indices of every key that varies, with intervals.

    Parameters
    ----------
    points : DataFrame, shape (points, keys)
    values : ndarray, shape (points, replications)
        A KPI under common random numbers.
    confidence : float
    resamples : int
        Bootstrap samples: replications are drawn anew (chance), and misfits are dealt out anew to the points (shape).
    seed : int

    Returns
    -------
    DataFrame
        ``key``; ``first``: share of the variance due to the key alone; ``total``: with all its interactions; both with
        ``_low`` and ``_high``; ``degree`` of the polynomial and ``predicted``, the share of the variance that it
        predicts at points left out one by one: near 1 the indices can be trusted, below one half they can't. No rows
        where the KPI does not vary, or the points are too few for a polynomial.

    References
    ----------
    Sudret, "Global sensitivity analysis using polynomial chaos expansions", Reliability Engineering & System Safety
    93(7), 2008.
    """
    varied = [key for key in points.columns if points[key].nunique() > 1]
    mean = values.mean(axis=1)
    surface = (
        _best_surface(points[varied], mean) if varied and np.ptp(mean) > 0 and not np.isnan(values).any() else None
    )
    if surface is None:
        return pd.DataFrame({c: [] for c in COLUMNS})
    estimate = _indices(surface, mean[:, None])[..., 0]
    low, high = _intervals(surface, values, confidence, resamples, np.random.default_rng(seed))
    return pd.DataFrame(
        {
            "key": varied,
            "first": estimate[0],
            "first_low": low[0],
            "first_high": high[0],
            "total": estimate[1],
            "total_low": low[1],
            "total_high": high[1],
            "degree": surface.degree,
            "predicted": surface.predicted(mean),
        },
        columns=COLUMNS,
    )


def _best_surface(points: pd.DataFrame, mean: Floats) -> Surface | None:
    """Return the surface that best predicts points left out, the simplest among equals."""
    span = (points.max() - points.min()).to_numpy(dtype=np.float64)
    x = 2.0 * (points - points.min()).to_numpy(dtype=np.float64) / span - 1.0
    best: Surface | None = None
    for terms in _candidates([int(count) for count in points.nunique()], len(x)):
        basis = np.prod([_legendre(x[:, k], terms[:, k]) for k in range(x.shape[1])], axis=0)
        if np.linalg.matrix_rank(basis) < len(terms):
            continue
        solver = np.linalg.pinv(basis)
        leverage = np.einsum("pt,tp->p", basis, solver)
        surface = Surface(terms, basis, solver, leverage)
        if leverage.max() < MOST_LEVERAGE and (best is None or surface.predicted(mean) > best.predicted(mean) + TIE):
            best = surface
    return best


def _candidates(levels: Sequence[int], points: int) -> Iterator[NDArray[np.int64]]:
    """Return sets of terms that the points can carry: sums of curves, pairs of straight lines, whole polynomials."""
    keys, most = len(levels), points / POINTS_PER_TERM
    for degree in range(1, MOST_DEGREE + 1):
        curves = [tuple(d if j == k else 0 for j in range(keys)) for k in range(keys) for d in range(1, degree + 1)]
        sets = [curves]
        if math.comb(keys + degree, degree) <= MOST_TERMS:
            picks = [
                c for size in range(1, degree + 1) for c in itertools.combinations_with_replacement(range(keys), size)
            ]
            whole = [tuple(c.count(k) for k in range(keys)) for c in picks]
            sets += [[row for row in whole if degree == 2 and max(row) == 1], whole]
        for rows in sets:
            fit = [row for row in rows if all(d < count for d, count in zip(row, levels, strict=True))]
            if fit and len(fit) + 1 <= most:
                yield np.array([(0,) * keys, *fit], dtype=np.int64)


def _legendre(x: Floats, degrees: NDArray[np.int64]) -> Floats:
    """Return the Legendre polynomials of these degrees at x in [-1, 1], of mean square 1; shape (points, terms)."""
    values = legendre.legvander(x, int(degrees.max()))[:, degrees]
    return np.asarray(values * np.sqrt(2 * degrees + 1))


def _indices(surface: Surface, y: Floats) -> Floats:
    """Return first-order and total indices of every column of values, shape (2, keys, columns)."""
    part = (surface.solver @ y) ** 2
    part[0] = 0.0  # the mean is no variance
    terms = surface.terms
    alone = np.array(
        [(terms[:, k] > 0) & (np.delete(terms, k, axis=1) == 0).all(axis=1) for k in range(terms.shape[1])]
    )
    total = np.maximum(part.sum(axis=0), np.finfo(float).tiny)
    return np.asarray(np.stack([alone @ part, (terms > 0).T @ part]) / total)


def _intervals(
    surface: Surface, values: Floats, confidence: float, resamples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return percentile intervals of the indices, each of shape (2, keys)."""
    count, runs = values.shape
    drawn = rng.multinomial(runs, np.full(runs, 1.0 / runs), resamples)
    means = values @ drawn.T / runs
    smooth = surface.basis @ (surface.solver @ means)
    misfit = (means - smooth) / np.sqrt(1.0 - surface.leverage)[:, None]
    again = smooth + np.take_along_axis(misfit, rng.integers(0, count, (count, resamples)), axis=0)
    found = _indices(surface, again)
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2], axis=2)
    return low, high
