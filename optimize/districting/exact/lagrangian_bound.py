"""A proven lower bound for the moment, and the variables that no better plan can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats
from foundation.machine.compiled_loops import njit
from optimize.districting.problem.evidence import note
from optimize.districting.problem.instance import Instance
from optimize.solving.deadline import Deadline

SAFETY = 1e-7
"""Relative slack before a variable is ruled out, against rounding."""

ROUNDED = 2.0**-50
"""Share of the sizes of its terms, for each of them, by which a sum of floating point numbers is taken to be off."""

FIRST_STEP, LEAST_STEP, SHORTER, PATIENCE = 1.5, 1e-4, 0.6, 50
"""Length of the first step, as a share of Polyak's, and of the last; its factor after so many without progress."""

LEG = 20_000_000
"""Array entries visited between looks at the deadline."""

AN_ENTRY = 6e-10
"""Units of work of an array entry visited, for every balanced attribute and three more."""


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
    charges : ndarray, shape (attributes, units)
        Those of the balance about every seat: what a load costs there, or below 0 earns.
    """

    bound: float
    possible: NDArray[np.bool_]
    prices: Floats
    charges: Floats


def lagrange(instance: Instance, incumbent: float, *, rounds: int, deadline: Deadline, enough: float = np.inf) -> Dual:
    """Bound the moment from below by relaxing "each unit once" and the balance of every community.

    With multipliers a_i for the assignment of unit i and l_qj, u_qj >= 0 for the bounds of attribute q at seat j,
    the relaxed problem opens the K seats of least score
    s_j = c_jj + sum_{i != j} min(0, c_ij) with c_ij = g_ij - a_i + sum_q p_iq (u_qj - l_qj), where unit i
    costs g_ij at seat j (w_i d_ij^2 or w_i d_ij: `Instance.costs`),
    and s_j includes sum_q (L_q l_qj - U_q u_qj). The bound is sum_i a_i + the K least scores. Contiguity is dropped,
    which keeps the bound valid. A variable whose forced use would lift the bound above the incumbent is ruled out.

    Parameters
    ----------
    instance : Instance
    incumbent : float
        Value of a valid plan (infinite if none is known: then nothing is ruled out).
    rounds : int
        Subgradient steps.
    deadline : Deadline
        No step is made once it is over.
    enough : float
        It stops once the bound has come to this.

    References
    ----------
    Validi, Buchanan & Lykhovyd, "Imposing contiguity constraints in political districting models",
    Operations Research 70(2), 2022.
    """
    cost = np.ascontiguousarray(instance.costs())
    n, k, loads = len(instance), instance.communities, np.ascontiguousarray(instance.loads)
    lower, upper = instance.tolerated()
    upper = np.where(np.isfinite(upper), upper, loads.sum(axis=0))
    lower = np.where(np.isfinite(lower), lower, 0.0)
    unit = np.maximum(loads.mean(axis=0), 1e-12)
    must = np.zeros(n, dtype=bool)
    must[instance.seats] = True
    assign = _first_multipliers(cost, n, k)
    low, high = np.zeros((loads.shape[1], n)), np.zeros((loads.shape[1], n))
    possible, kept, charges = np.ones((n, n), dtype=bool), assign.copy(), low.copy()
    state = np.array([-np.inf, FIRST_STEP, 0.0])
    leg = max(1, LEG // n**2)
    for done in range(0, rounds, leg):
        going = _ascend(
            cost,
            loads,
            lower,
            upper,
            unit,
            must,
            k,
            incumbent,
            assign,
            low,
            high,
            possible,
            kept,
            charges,
            state,
            min(leg, rounds - done),
        )
        deadline.spend(AN_ENTRY * (len(lower) + 3) * min(leg, rounds - done) * n**2)
        if not going or state[0] >= enough or deadline.over:
            break
    bound = _proven(cost, loads, lower, upper, must, k, kept, charges)
    note("prices", bound, assign=kept, charges=charges)
    return Dual(bound, possible, kept, charges)


def _proven(
    cost: Floats,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    must: NDArray[np.bool_],
    k: int,
    assign: Floats,
    charges: Floats,
) -> float:
    """Count what multipliers prove once more, less what rounding may have added: large numbers may cancel out."""
    reduced = cost - assign[:, None] + loads @ charges
    terms = cost + np.abs(assign)[:, None] + loads @ np.abs(charges)
    counted = reduced < 0
    np.fill_diagonal(counted, True)
    dues = np.maximum(charges * upper[:, None], charges * lower[:, None])
    score = np.where(counted, reduced, 0.0).sum(axis=0) - dues.sum(axis=0)
    size = np.where(counted, terms, 0.0).sum(axis=0) + np.abs(dues).sum(axis=0)
    score -= ROUNDED * len(cost) * size
    order = np.argsort(np.where(must, -np.inf, score), kind="stable")[:k]
    return float(assign.sum() + score[order].sum() - ROUNDED * len(cost) * np.abs(assign).sum())


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ascend(  # noqa: PLR0912 (one loop, compiled)
    cost: Floats,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    unit: Floats,
    must: NDArray[np.bool_],
    k: int,
    incumbent: float,
    assign: Floats,
    low: Floats,
    high: Floats,
    possible: NDArray[np.bool_],
    kept: Floats,
    charges: Floats,
    state: Floats,
    rounds: int,
) -> bool:
    """Make some subgradient steps on the multipliers; say whether more are worth while.

    Changes ``assign``, ``low`` and ``high`` (the multipliers), ``possible``, ``kept`` (the best of ``assign``),
    ``charges`` (of ``high`` less ``low``) and ``state``: best bound, length of a step, steps without a better bound.

    A round:

    1. what every unit costs at every seat, less what it is worth, and each seat's score;
    2. the seats of least score, and the bound that they give;
    3. keep the multipliers of the best bound; rule out what costs too much at this one;
    4. a shorter step after a while without progress, and an end where none is worth while;
    5. move every multiplier along what is covered twice or never, and what is over or under its bounds.
    """
    n, attributes = loads.shape
    known = np.isfinite(incumbent)
    limit = incumbent + SAFETY * abs(incumbent)
    reduced, score, ranked = np.empty((n, n)), np.empty(n), np.empty(n)
    taken, chosen = np.empty(n, np.bool_), np.empty(k, np.int64)
    once, sums = np.empty(n), np.empty((attributes, k))
    for _ in range(rounds):
        for j in range(n):
            score[j] = 0.0
        for i in range(n):
            row = reduced[i]
            for j in range(n):
                row[j] = cost[i, j] - assign[i]
            for q in range(attributes):
                load = loads[i, q]
                for j in range(n):
                    row[j] += load * (high[q, j] - low[q, j])
            own = row[i]
            row[i] = 0.0
            for j in range(n):
                score[j] += min(row[j], 0.0)
            score[i] += own
        for q in range(attributes):
            for j in range(n):
                score[j] += lower[q] * low[q, j] - upper[q] * high[q, j]
        for j in range(n):
            ranked[j] = -np.inf if must[j] else score[j]
        _choose(ranked, taken, chosen)
        bound = 0.0
        for i in range(n):
            bound += assign[i]
        for seat in chosen:
            bound += score[seat]
        if bound > state[0] + (1e-9 * abs(state[0]) if np.isfinite(state[0]) else 0.0):
            state[0], state[2] = bound, 0.0
            for i in range(n):
                kept[i] = assign[i]
            for q in range(attributes):
                for j in range(n):
                    charges[q, j] = high[q, j] - low[q, j]
        else:
            state[2] += 1.0
        if known:
            size = 0.0
            for i in range(n):
                size += abs(assign[i])
            _rule_out(possible, reduced, score, taken, must, bound, limit + 4 * ROUNDED * n * size)
        if state[2] >= PATIENCE:
            state[1], state[2] = state[1] * SHORTER, 0.0
        gap = (incumbent if known else state[0] * 1.05 + 1e-9) - bound
        if state[1] < LEAST_STEP or (known and gap <= 1e-9 * abs(incumbent)):
            return False
        for i in range(n):
            once[i] = 1.0
        for place in range(k):
            seat = chosen[place]
            for q in range(attributes):
                sums[q, place] = 0.0
            for i in range(n):
                if i == seat or reduced[i, seat] < 0:
                    once[i] -= 1.0
                    for q in range(attributes):
                        sums[q, place] += loads[i, q]
        norm = 1e-12
        for i in range(n):
            norm += once[i] ** 2
        for q in range(attributes):
            for place in range(k):
                norm += ((lower[q] - sums[q, place]) / unit[q]) ** 2 + ((sums[q, place] - upper[q]) / unit[q]) ** 2
        length = state[1] * max(gap, 1e-12) / norm
        for i in range(n):
            assign[i] += length * once[i]
        for q in range(attributes):
            for place in range(k):
                seat = chosen[place]
                low[q, seat] = max(0.0, low[q, seat] + length * (lower[q] - sums[q, place]) / unit[q] ** 2)
                high[q, seat] = max(0.0, high[q, seat] + length * (sums[q, place] - upper[q]) / unit[q] ** 2)
    return True


def _first_multipliers(cost: Floats, n: int, k: int) -> Floats:
    """Return the cost of a unit's (n / k)-th nearest seat: what it might pay in a plan of equal communities."""
    near = min(n - 1, max(1, n // (2 * k)))
    return np.asarray(np.partition(cost, near, axis=1)[:, near])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _choose(ranked: Floats, taken: NDArray[np.bool_], chosen: NDArray[np.int64]) -> None:
    """Take the seats of least score; of equal ones the first."""
    for j in range(len(ranked)):
        taken[j] = False
    for place in range(len(chosen)):
        least = -1
        for j in range(len(ranked)):
            if not taken[j] and (least < 0 or ranked[j] < ranked[least]):
                least = j
        taken[least] = True
        chosen[place] = least


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rule_out(
    possible: NDArray[np.bool_],
    reduced: Floats,
    score: Floats,
    taken: NDArray[np.bool_],
    must: NDArray[np.bool_],
    bound: float,
    limit: float,
) -> None:
    """Rule out the variables that, by this round's bound, no plan within the limit can use."""
    n = len(score)
    last = -np.inf  # the score of the worst seat that could be given up for another one
    for j in range(n):
        if taken[j] and not must[j]:
            last = max(last, score[j])
    for i in range(n):
        for j in range(n):
            if possible[i, j]:
                extra = 0.0 if taken[j] else max(score[j] - last, 0.0)
                possible[i, j] = bound + extra + (max(reduced[i, j], 0.0) if i != j else 0.0) <= limit
