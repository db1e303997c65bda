"""What a history cannot tell: parameters it says little about, and parameters it cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foundation.arrays import Floats
from study.calibration.estimator import Fit
from study.calibration.parameters import Parameter

BLIND = 0.25
"""Standard deviation along a direction, as a share of the range, from which the data say next to nothing: an interval
of 95 % would be as wide as the range itself."""

ALIKE = 0.9
"""Correlation of two estimates from which they are said to be hard to tell apart."""

SHARE = 0.3
"""Least part of a parameter in a direction, against the largest, for it to be named."""


def correlations(fit: Fit) -> Floats:
    """Return the correlations of the estimates."""
    sd = np.sqrt(np.diag(fit.spread))
    return np.asarray(fit.spread / np.outer(sd, sd))


def learned(fit: Fit) -> Floats:
    """Return how much narrower the data made each parameter's standard deviation than the prior's, 0 to 1.

    Without a prior it is measured against an even distribution between the bounds.
    """
    even = np.sqrt(1 / 12)
    before = np.minimum(fit.objective.prior_sd, even)
    return np.asarray(np.clip(1 - np.sqrt(np.diag(fit.spread)) / before, 0.0, 1.0))


def directions(fit: Fit, parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Return the directions of the parameters that the data hardly see, the least seen first.

    The information of the data about the parameters (each measured in its range) is taken apart into directions that
    are seen independently of one another; one over the root of its eigenvalue is how far a direction may be moved
    before the data would show it.

    Returns
    -------
    list of dict
        ``keys, weights`` (part of each in the direction), ``sd`` (share of the range; None: without limit) and
        ``apart``: True where several parameters move together, so that the data cannot tell them apart.
    """
    values, vectors = np.linalg.eigh(fit.information / fit.inflation)
    found = []
    for value, column in zip(values, vectors.T, strict=True):
        sd = 1 / np.sqrt(value) if value > 1e-12 else np.inf
        if sd < BLIND:
            continue
        vector = column * np.sign(column[np.argmax(np.abs(column))])
        part = {p.key: round(float(v), 3) for p, v in zip(parameters, vector, strict=True)
                if abs(v) >= SHARE * np.abs(vector).max()}  # fmt: skip
        found.append({"keys": list(part), "weights": part, "sd": float(sd), "apart": len(part) > 1})
    return found


def pairs(fit: Fit, parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Return the pairs of parameters whose estimates are so correlated that one can stand in for the other."""
    matrix = correlations(fit)
    return [
        {"keys": [parameters[i].key, parameters[k].key], "correlation": float(matrix[i, k])}
        for i in range(len(parameters))
        for k in range(i + 1, len(parameters))
        if abs(matrix[i, k]) >= ALIKE
    ]
