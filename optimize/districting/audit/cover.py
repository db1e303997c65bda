"""The cheapest choice of listed communities that covers every unit once, by SciPy's integer programming."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from optimize.districting.audit.patience import Patience
from optimize.districting.audit.problem import Floats

BITS = 24
"""Bits behind the point of prices: sums of them are exact."""

SURE = 1e-6
"""Distance from a value within which a solver's bound does not reach it."""


def cheapest_cover(
    sets: NDArray[np.int8],
    cost: Floats,
    communities: int,
    most: float,
    patience: Patience,
    moved: tuple[Floats, float] | None = None,
) -> float | None:
    """Return what the cheapest plan costs that uses listed communities and costs no more than a limit.

    Parameters
    ----------
    sets : ndarray of int8, shape (sets, units)
    cost : ndarray, shape (sets,)
    communities : int
    most : float
    patience : Patience
    moved : (ndarray, float), optional
        What every set moves, and all may.

    Returns
    -------
    float or None
        Infinite where there is no such plan; None where it gave up.
    """
    if moved is None:
        sets, cost = _worth_it(sets, cost, communities, most, patience)
    if not len(sets):
        return math.inf
    if patience.over:
        return None
    rows = vstack([csr_array(sets.T.astype(np.float64)), csr_array(np.ones((1, len(sets))))], format="csc")
    right = np.append(np.ones(sets.shape[1]), float(communities))
    limits = [LinearConstraint(rows, right, right)]
    if moved is not None:
        per = max(moved[1], float(moved[0].max()), 1e-300) / 1_000  # a solver's tolerance is absolute
        limits.append(LinearConstraint(csr_array(moved[0][None, :] / per), -np.inf, moved[1] / per))
    found = milp(
        cost, constraints=limits, integrality=np.ones(len(sets)), bounds=(0, 1),
        options=patience.whole(rows.nnz),
    )  # fmt: skip
    patience.count(found, rows.nnz)
    if found.status == 2 or (found.mip_dual_bound is not None and found.mip_dual_bound > most + SURE):
        return math.inf
    if found.x is not None and found.status == 0:
        chosen = np.rint(found.x) == 1
        whole = chosen.sum() == communities and np.all(sets[chosen].sum(axis=0) == 1)
        return float(cost[chosen].sum()) if whole else None
    return None


def _worth_it(
    sets: NDArray[np.int8], cost: Floats, communities: int, most: float, patience: Patience
) -> tuple[NDArray[np.int8], Floats]:
    """Leave out what is too dear at the prices of the linear relaxation, counted from the prices themselves."""
    if not len(sets) or patience.over:
        return sets, cost
    rows = vstack([csr_array(sets.T.astype(np.float64)), csr_array(np.ones((1, len(sets))))], format="csc")
    right = np.append(np.ones(sets.shape[1]), float(communities))
    found = linprog(cost, A_eq=rows, b_eq=right, bounds=(0, None), method="highs", options=patience.linear(rows.nnz))
    patience.count(found, rows.nnz)
    if found.status != 0:
        return sets, cost
    price = np.rint(found.eqlin.marginals * 2.0**BITS) / 2.0**BITS
    reduced = cost - rows.T @ price
    bound = float(price @ right) + reduced + (communities - 1) * min(float(reduced.min()), 0.0)
    keep = bound <= most + SURE
    return sets[keep], cost[keep]
