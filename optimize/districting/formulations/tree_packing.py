"""A bound of the cut edges from inequalities of trees: the best weights on those that are known."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

from foundation.arrays import Floats, Ints
from optimize.solving.deadline import Deadline

AN_ENTRY = 1e-7
"""Units of work of the programme, for every entry of its matrix, times the root of the number of edges."""

LONGEST = 1e9
"""Longest safety stop that a solver takes [s]."""


def pack(starts: Ints, members: Ints, shares: Floats, edges: int, deadline: Deadline) -> Floats:
    """Weigh inequalities of the cut edges so that they add up to as much as they can.

    Sets
        t in known inequalities; e in adjacencies
    Parameters
        a_te >= 0 with sum_e a_te x_e >= 1 for every plan, where x_e = 1 for a cut edge, else 0
    Variables
        z_t >= 0 weight of an inequality
    Objective
        maximise sum_t z_t
    Constraints
        carries[e]    sum_t a_te z_t <= 1
    Then sum_e x_e >= sum_e sum_t a_te z_t x_e >= sum_t z_t.
    Sources
        As in `search.spread`.

    Parameters
    ----------
    starts, members, shares : ndarray
        As `search.spread.pack_trees` returns them.
    edges : int
    deadline : Deadline
        Its safety stop is kept; what the programme takes is counted.

    Returns
    -------
    ndarray, shape (inequalities,)
        Weights under which no edge carries more than 1, whatever the solver's tolerance; zeros where it has none.
    """
    a = csc_array((shares, members, starts), shape=(edges, len(starts) - 1))
    found = linprog(
        -np.ones(a.shape[1]),
        A_ub=a,
        b_ub=np.ones(edges),
        method="highs-ipm",
        options={"time_limit": min(max(deadline.seconds, 0.1), LONGEST)},
    )
    deadline.spend(AN_ENTRY * a.nnz * np.sqrt(edges))
    if deadline.seconds <= 0.0:
        deadline.note()
    if found.x is None:
        return np.zeros(a.shape[1])
    z = np.maximum(found.x, 0.0)
    return np.asarray(z / max(float((a @ z).max(initial=0.0)), 1.0), dtype=np.float64)
