"""A proven lower bound for the moment, and the variables that no better plan can use."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.instance import Floats, Instance

SAFETY = 1e-7
"""Relative slack before a variable is ruled out, against rounding."""


@dataclass(frozen=True)
class Dual:
    """Result of the Lagrangian ascent.

    Attributes
    ----------
    bound : float
        No plan is better.
    possible : ndarray of bool, shape (units, units)
        False at (i, j): no plan better than the incumbent assigns unit i to seat j; (j, j): j is no seat.
    prices : ndarray, shape (units,)
        Multipliers of the units' assignment that gave the bound.
    """

    bound: float
    possible: NDArray[np.bool_]
    prices: Floats


def lagrange(instance: Instance, incumbent: float, *, rounds: int, deadline: float) -> Dual:
    """Bound the moment from below by relaxing "each unit once" and the balance of every community.

    With multipliers a_i for the assignment of unit i and l_qj, u_qj >= 0 for the bounds of attribute q at seat j,
    the relaxed problem opens the K seats of least score
    s_j = c_jj + sum_{i != j} min(0, c_ij) with c_ij = w_i d_ij^2 - a_i + sum_q p_iq (u_qj - l_qj),
    and s_j includes sum_q (L_q l_qj - U_q u_qj). The bound is sum_i a_i + the K least scores. Contiguity is dropped,
    which keeps the bound valid. A variable whose forced use would lift the bound above the incumbent is ruled out.

    Parameters
    ----------
    instance : Instance
    incumbent : float
        Value of a valid plan (infinite if none is known: then nothing is ruled out).
    rounds : int
        Subgradient steps.
    deadline : float
        `time.perf_counter` value after which no further step is made.

    References
    ----------
    Validi, Buchanan & Lykhovyd, "Imposing contiguity constraints in political districting models",
    Operations Research 70(2), 2022.
    """
    cost = instance.weight[:, None] * instance.squared_distances()
    n, k, loads = len(instance), instance.communities, instance.loads
    upper = np.where(np.isfinite(instance.upper), instance.upper, loads.sum(axis=0))
    lower = np.where(np.isfinite(instance.lower), instance.lower, 0.0)
    must = np.zeros(n, dtype=bool)
    must[instance.seats] = True
    assign = _first_multipliers(cost, n, k)
    low, high = np.zeros((loads.shape[1], n)), np.zeros((loads.shape[1], n))
    best, possible = -np.inf, np.ones((n, n), dtype=bool)
    step, stale, kept = 1.5, 0, assign
    target = incumbent if np.isfinite(incumbent) else None
    unit = np.maximum(loads.mean(axis=0), 1e-12)[:, None]
    places, bound_by_must = np.arange(k), bool(must.any())
    for _ in range(rounds):
        reduced = cost - assign[:, None] + loads @ (high - low)
        diagonal = reduced.reshape(-1)[:: n + 1]  # a view, and far cheaper than np.diag on small territories
        own = diagonal.copy()
        diagonal[:] = 0.0
        score = own + np.minimum(reduced, 0.0).sum(axis=0) + lower @ low - upper @ high
        ranked = np.where(must, -np.inf, score) if bound_by_must else score
        order = np.argsort(ranked, kind="stable")
        chosen = order[:k]
        bound = float(assign.sum() + score[chosen].sum())
        if bound > best + 1e-9 * abs(best if np.isfinite(best) else 1.0):
            best, stale, kept = bound, 0, assign
        else:
            stale += 1
        if target is not None:
            possible &= _usable(reduced, score, chosen, must, bound, incumbent)
        if stale >= 50:
            step, stale = step * 0.6, 0
        gap = (target if target is not None else best * 1.05 + 1e-9) - bound
        if time.perf_counter() > deadline or step < 1e-4 or (target is not None and gap <= 1e-9 * abs(target)):
            break
        taken = reduced[:, chosen] < 0
        taken[chosen, places] = True
        once = 1.0 - taken.sum(axis=1)
        sums = loads.T @ taken
        short, over = lower[:, None] - sums, sums - upper[:, None]
        norm = float((once**2).sum() + ((short / unit) ** 2).sum() + ((over / unit) ** 2).sum()) + 1e-12
        length = step * max(gap, 1e-12) / norm
        assign = assign + length * once
        low[:, chosen] = np.maximum(0.0, low[:, chosen] + length * short / unit**2)
        high[:, chosen] = np.maximum(0.0, high[:, chosen] + length * over / unit**2)
    return Dual(best, possible, kept)


def _first_multipliers(cost: Floats, n: int, k: int) -> Floats:
    """Return the cost of a unit's (n / k)-th nearest seat: what it might pay in a plan of equal communities."""
    near = min(n - 1, max(1, n // (2 * k)))
    return np.asarray(np.partition(cost, near, axis=1)[:, near])


def _usable(
    reduced: Floats,
    score: Floats,
    chosen: NDArray[np.int64],
    must: NDArray[np.bool_],
    bound: float,
    incumbent: float,
) -> NDArray[np.bool_]:
    """Return which variables a plan at least as good as the incumbent may use, by this round's bound."""
    free = chosen[~must[chosen]]
    extra = np.maximum(score - score[free].max(), 0.0) if len(free) else np.full(len(score), np.inf)
    extra[chosen] = 0.0
    limit = incumbent + SAFETY * abs(incumbent)
    seat = bound + extra
    open_at = seat <= limit
    usable: NDArray[np.bool_] = seat[None, :] + np.maximum(reduced, 0.0) <= limit
    usable.reshape(-1)[:: len(score) + 1] = open_at
    usable &= open_at[None, :]
    return usable
