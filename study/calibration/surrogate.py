"""A smooth stand-in for the simulation: every moment as a quadratic of the parameters, fitted to simulated points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats


@dataclass(frozen=True)
class Surrogate:
    """Quadratics in the unit cube.

    Attributes
    ----------
    centre, half : ndarray, shape (parameters,)
        Of the box in which it was fitted.
    coefficients : ndarray, shape (terms, moments)
    lack : ndarray, shape (moments,)
        Variance of the simulated points about the quadratics.
    shift : ndarray, shape (moments,)
        Added to every prediction: what more runs at the best point have corrected.
    """

    centre: Floats
    half: Floats
    coefficients: Floats
    lack: Floats
    shift: Floats

    def predict(self, unit: Floats) -> Floats:
        """Return the moments at a point, shape (moments,)."""
        return np.asarray(_terms((unit - self.centre) / self.half)[0] @ self.coefficients + self.shift)

    def slope(self, unit: Floats) -> Floats:
        """Return how the moments change with the parameters, shape (moments, parameters)."""
        z, n = (unit - self.centre) / self.half, len(unit)
        rise = np.zeros((n, len(self.coefficients)))
        rise[:, 1 : n + 1] = np.eye(n)
        for column, (i, k) in enumerate(zip(*np.triu_indices(n), strict=True), start=n + 1):
            rise[i, column] += z[k]
            rise[k, column] += z[i]
        return np.asarray((rise @ self.coefficients / self.half[:, None]).T)


def terms_of(parameters: int) -> int:
    """Return the number of terms of a quadratic."""
    return (parameters + 1) * (parameters + 2) // 2


def fit_surrogate(points: Floats, moments: Floats, box: Floats) -> Surrogate:
    """Fit quadratics by least squares.

    Parameters
    ----------
    points : ndarray, shape (points, parameters)
        In the unit cube; more of them than terms.
    moments : ndarray, shape (points, moments)
    box : ndarray, shape (parameters, 2)
        Where the quadratics are to be good; scales the fit.
    """
    centre = np.asarray(box.mean(axis=1), dtype=np.float64)
    half = np.maximum((box[:, 1] - box[:, 0]) / 2, 1e-9)
    terms = _terms((points - centre) / half)
    coefficients = np.asarray(np.linalg.lstsq(terms, moments, rcond=None)[0], dtype=np.float64)
    rest = moments - terms @ coefficients
    lack = (rest**2).sum(axis=0) / max(len(points) - terms.shape[1], 1)
    return Surrogate(centre, half, coefficients, np.asarray(lack, dtype=np.float64), np.zeros(moments.shape[1]))


def _terms(z: Floats) -> Floats:
    """Return 1, z and all products of two, shape (points, terms)."""
    z = np.atleast_2d(z)
    i, k = np.triu_indices(z.shape[1])
    return np.column_stack([np.ones(len(z)), z, z[:, i] * z[:, k]])
