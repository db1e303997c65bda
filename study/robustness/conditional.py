"""What each alternative is expected to bring, given the value of one belief: a smooth curve with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from foundation.arrays import Floats

DEGREE = 3
MOST_BASIS = 12
WORLDS_PER_BASIS = 5
SMOOTH = tuple(10.0 ** np.arange(-2, 5.5, 0.5))
CHOSEN = 1.15
"""By how much wider the curves may lie because the same worlds choose how smooth they are; see benchmarks."""

RIDGE = tuple(10.0 ** np.arange(-2, 5.0, 1.0))


@dataclass(frozen=True)
class Conditional:
    """Curves over the score of one belief.

    Attributes
    ----------
    knots : ndarray
        Of the cubic B-splines.
    coefficients : ndarray, shape (splines, alternatives)
    root : ndarray, shape (splines, splines)
        Root of the coefficients' covariance, as a multiple of that of the rest.
    rest : ndarray, shape (alternatives, alternatives)
        Root of the covariance of what the curves leave unexplained.
    """

    knots: Floats
    coefficients: Floats
    root: Floats
    rest: Floats

    def basis(self, scores: Floats) -> Floats:
        """Return the splines at some scores, shape (scores, splines)."""
        inside = np.clip(scores, self.knots[DEGREE], self.knots[-DEGREE - 1])
        return np.asarray(BSpline.design_matrix(inside, self.knots, DEGREE).toarray(), dtype=np.float64)

    def curves(self, scores: Floats) -> Floats:
        """Return the expected value of every alternative, shape (scores, alternatives)."""
        return np.asarray(self.basis(scores) @ self.coefficients, dtype=np.float64)

    def draws(self, scores: Floats, count: int, seed: int) -> Floats:
        """Return curves that are as compatible with the worlds, shape (draws, scores, alternatives)."""
        noise = np.random.default_rng(seed).standard_normal((count, *self.coefficients.shape))
        coefficients = self.coefficients + self.root @ noise @ self.rest.T
        return np.asarray(self.basis(scores) @ coefficients, dtype=np.float64)


def fit(scores: Floats, controls: Floats, values: Floats) -> Conditional:
    """Fit penalised splines; the penalties are chosen by generalised cross-validation.

    Parameters
    ----------
    scores : ndarray, shape (worlds,)
        Of the belief.
    controls : ndarray, shape (worlds, others)
        The other beliefs' scores less what this one lets expect of them: they explain a part of the rest and, as their
        expectation given this belief is zero, leave the curve as it is.
    values : ndarray, shape (worlds, alternatives)
        Of each alternative, less those of one of them.

    References
    ----------
    Eilers & Marx (1996), Statistical Science 11; Strong, Oakley & Brennan (2014), Medical Decision Making 34.
    """
    n = len(scores)
    knots = _knots(scores, min(MOST_BASIS, max(DEGREE + 1, n // WORLDS_PER_BASIS)))
    splines = BSpline.design_matrix(np.clip(scores, knots[DEGREE], knots[-DEGREE - 1]), knots, DEGREE).toarray()
    size = splines.shape[1]
    design = np.hstack([splines, controls])
    bend = np.diff(np.eye(size), 2, axis=0)
    curved, linear = np.zeros((design.shape[1],) * 2), np.zeros((design.shape[1],) * 2)
    curved[:size, :size] = bend.T @ bend
    linear[size:, size:] = np.eye(controls.shape[1])
    scale = values.std(axis=0)
    scaled = values / np.where(scale > 0, scale, 1.0)
    gram, right = design.T @ design, design.T @ scaled
    best = (np.inf, SMOOTH[-1], RIDGE[-1])
    for smooth in SMOOTH:
        for ridge in RIDGE if controls.shape[1] else RIDGE[:1]:
            inverse = _inverse(gram + smooth * curved + ridge * linear)
            free = n - float((inverse * gram).sum())
            error = float(((scaled - design @ (inverse @ right)) ** 2).sum())
            score = n * error / free**2 if free > 1 else np.inf
            best = min(best, (score, smooth, ridge))
    inverse = _inverse(gram + best[1] * curved + best[2] * linear)
    coefficients = inverse @ (design.T @ values)
    rest = values - design @ coefficients
    free = max(n - float((inverse * gram).sum()), 1.0)
    return Conditional(knots, coefficients[:size], _root(inverse[:size, :size]), CHOSEN * _root(rest.T @ rest / free))


def _knots(scores: Floats, size: int) -> Floats:
    """Return equally spaced knots over the scores that occur, for as many splines."""
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        high = low + 1.0
    step = (high - low) / (size - DEGREE)
    return np.asarray(low + step * np.arange(-DEGREE, size + 1), dtype=np.float64)


def _inverse(matrix: Floats) -> Floats:
    jitter = 1e-10 * np.trace(matrix) / len(matrix)
    return np.asarray(np.linalg.inv(matrix + jitter * np.eye(len(matrix))), dtype=np.float64)


def _root(matrix: Floats) -> Floats:
    """Return a root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)), dtype=np.float64)
