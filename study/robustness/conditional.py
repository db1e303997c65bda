"""What each alternative is expected to bring, given the value of one belief: a smooth curve with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

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
    """Curves over the score of one belief, or a surface over those of a few.

    Attributes
    ----------
    knots : tuple of ndarray
        Of the cubic B-splines, for each belief.
    coefficients : ndarray, shape (terms, alternatives)
        Of the splines of every belief, and of the products of two.
    root : ndarray, shape (terms, terms)
        Root of the coefficients' covariance, as a multiple of that of the rest.
    rest : ndarray, shape (alternatives, alternatives)
        Root of the covariance of what the curves leave unexplained.
    """

    knots: tuple[Floats, ...]
    coefficients: Floats
    root: Floats
    rest: Floats

    def curves(self, scores: Floats) -> Floats:
        """Return the expected value of every alternative, shape (points, alternatives).

        Parameters
        ----------
        scores : ndarray, shape (points,) or (points, beliefs)
        """
        return np.asarray(_terms(scores, self.knots) @ self.coefficients, dtype=np.float64)

    def draws(self, scores: Floats, count: int, seed: int) -> Floats:
        """Return curves that are as compatible with the worlds, shape (draws, points, alternatives)."""
        noise = np.random.default_rng(seed).standard_normal((count, *self.coefficients.shape))
        coefficients = self.coefficients + self.root @ noise @ self.rest.T
        return np.asarray(_terms(scores, self.knots) @ coefficients, dtype=np.float64)


def fit(scores: Floats, controls: Floats, values: Floats) -> Conditional:
    """Fit penalised splines; the penalties are chosen by generalised cross-validation.

    Several beliefs add up, with a product of each two.

    Parameters
    ----------
    scores : ndarray, shape (worlds,) or (worlds, beliefs)
        Of the belief, or of those of a group.
    controls : ndarray, shape (worlds, others)
        The other beliefs' scores less what these let expect of them: they explain a part of the rest and, as their
        expectation given these is zero, leave the curve as it is.
    values : ndarray, shape (worlds, alternatives)
        Of each alternative, less those of one of them.

    References
    ----------
    Eilers & Marx (1996), Statistical Science 11; Strong, Oakley & Brennan (2014), Medical Decision Making 34.
    """
    columns = scores.reshape(len(scores), -1)
    n, beliefs = columns.shape
    basis = min(MOST_BASIS, max(DEGREE + 1, n // (WORLDS_PER_BASIS * beliefs)))
    knots = tuple(_knots(own, basis) for own in columns.T)
    terms = _terms(scores, knots)
    size = terms.shape[1]
    design = np.hstack([terms, controls])
    curved, linear = np.zeros((design.shape[1],) * 2), np.zeros((design.shape[1],) * 2)
    curved[:size, :size] = _bend(basis, beliefs, size)
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


def _terms(scores: Floats, knots: tuple[Floats, ...]) -> Floats:
    """Return the splines of every belief at some scores, and the products; shape (points, terms).

    The splines of a belief add up to one, so that all but the first belief lack one: what it holds is in the others.
    """
    columns = scores.reshape(len(scores), -1)
    found = []
    for k, own in enumerate(knots):
        inside = np.clip(columns[:, k], own[DEGREE], own[-DEGREE - 1])
        splines = BSpline.design_matrix(inside, own, DEGREE).toarray()
        found.append(splines if k == 0 else splines[:, 1:])
    found += [columns[:, [a]] * columns[:, [b]] for a, b in combinations(range(len(knots)), 2)]
    return np.asarray(np.hstack(found), dtype=np.float64)


def _bend(basis: int, beliefs: int, size: int) -> Floats:
    """Return what a bend of the curves costs; a product, which bends nothing along one belief, costs as a slope."""
    second = np.diff(np.eye(basis), 2, axis=0)
    one = second.T @ second
    whole = np.eye(size)
    start = 0
    for k in range(beliefs):
        own = one if k == 0 else one[1:, 1:]
        whole[start : start + len(own), start : start + len(own)] = own
        start += len(own)
    return np.asarray(whole, dtype=np.float64)


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
