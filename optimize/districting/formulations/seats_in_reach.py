"""How few seats have every unit within reach: a linear programme, and what its prices prove."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from foundation.arrays import Ints


def fewest_seats(near: csr_array, fixed: Ints) -> float:
    """Return a number of seats that no choice of seats falls below, if every unit is to have one in reach.

    Sets
        i, j in units; F fixed seats; N_i units within reach of i
    Variables
        s_j in [0, 1] unit j is a seat
    Objective
        minimise sum_j s_j
    Constraints
        reach[i]      sum_{j in N_i} s_j >= 1 for every i that no fixed seat reaches
    Then |F| + sum_j s_j seats are needed. What the solver's prices of the units prove is counted anew: divided by the
    largest sum of them around any unit, they are feasible for the dual problem whatever the solver's tolerance.
    Sources
        Toregas, Swain, ReVelle & Bergman, "The location of emergency service facilities", Operations Research 19(6),
        1971 (set covering).

    Parameters
    ----------
    near : sparse array of 0 and 1, shape (rows, units)
        A row for every unit, or group of units that need the same seat: the seats within its reach.
    fixed : ndarray of int
    """
    open_to = np.ones(near.shape[0], dtype=bool)
    if len(fixed):
        open_to = np.asarray(near[:, fixed].sum(axis=1)).ravel() == 0
    left = near[np.flatnonzero(open_to)].astype(np.float64)
    if not left.shape[0]:
        return float(len(fixed))
    if (left.sum(axis=1) == 0).any():
        return float("inf")
    found = linprog(np.ones(near.shape[1]), A_ub=-left, b_ub=-np.ones(left.shape[0]), bounds=(0, 1), method="highs")
    if found.x is None:
        return float(len(fixed))
    price = np.maximum(-found.ineqlin.marginals, 0.0)
    return len(fixed) + float(price.sum() / max(float((left.T @ price).max()), 1.0))
