"""What prices prove of sums about seats, in whole numbers: a bound, and the pairs that a better plan may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.districting.audit.problem import DistrictingProblem, whole

FRACTION_BITS = 40
"""Prices are rounded to this many bits behind the point, in the scale of the largest: any prices prove something."""


@dataclass(frozen=True)
class Proven:
    """What prices prove.

    Attributes
    ----------
    bound : Fraction
        No plan is better.
    at_least : ndarray of object, shape (units, units)
        What a plan costs at least that gives unit i the seat j, in the unit below.
    unit : Fraction
    """

    bound: Fraction
    at_least: NDArray[Any]
    unit: Fraction

    def possible(self, below: Fraction) -> NDArray[np.bool_]:
        """Return the pairs that a plan below a value may use."""
        limit = int(below / self.unit)
        return np.asarray(self.at_least <= limit, dtype=bool)


def proven_by(
    problem: DistrictingProblem, evidence: Mapping[str, Any], costs: tuple[NDArray[Any], int] | None = None
) -> Proven:
    """Count what prices prove: a plan pays every unit's price once, and K communities of least reduced cost.

    With price a_i of unit i and charge h_qj (negative: a reward) of attribute q at seat j, the community about j costs
    at least s_j = c_jj + sum_{i != j} min(0, c_ij) - sum_q max(h_qj U_q, h_qj L_q), where
    c_ij = w_i d_ij^2 (or w_i d_ij) - a_i + sum_q h_qj p_iq. All numbers are whole numbers of one power of two.

    Parameters
    ----------
    problem : DistrictingProblem
        With the moment, or distances, as objective.
    evidence : mapping
        ``assign`` shape (units,), ``charges`` shape (attributes, units).
    costs : (ndarray of object, int), optional
        What units cost at seats in whole numbers of 2^-bits, and the bits, where that is not the objective's own.
    """
    n = len(problem)
    cost, down = costs or problem.whole_costs([*range(n)], [*range(n)])
    assign, assign_bits = whole(_rounded(evidence["assign"]))
    charges, charge_bits = whole(_rounded(evidence["charges"]))
    loads, load_bits = whole(problem.loads)
    # One unit for all: 2^-common.
    common = max(down, assign_bits, charge_bits + load_bits)
    cost = cost * (1 << (common - down))
    price = np.array(assign, dtype=object) * (1 << (common - assign_bits))
    charge = np.array(charges, dtype=object).reshape(-1, n)
    load = np.array(loads, dtype=object).reshape(n, -1) * (1 << (common - charge_bits - load_bits))
    reduced = cost - price[:, None]
    score = np.zeros(n, dtype=object)
    for q in range(len(charge)):
        reduced = reduced + load[:, q][:, None] * charge[q][None, :]
        low, high = problem.least[q], problem.most[q]
        least = Fraction(low) if np.isfinite(low) else Fraction(0)
        most = Fraction(high) if np.isfinite(high) else sum(map(Fraction, problem.loads[:, q].tolist()))
        scale = 1 << (common - charge_bits)
        # Rounded up, and taken off: a little less is proven, and nothing more.
        dues = [-int(-max(h * most * scale, h * least * scale) // 1) for h in charge[q].tolist()]
        score = score - np.array(dues, dtype=object)
    own = np.diagonal(reduced).copy()
    inner = np.minimum(reduced, 0)
    np.fill_diagonal(inner, 0)
    score = score + own + inner.sum(axis=0)
    order = sorted(range(n), key=lambda j: (j not in problem.fixed, score[j], j))
    chosen = order[: problem.communities]
    bound = int(price.sum()) + sum(int(score[j]) for j in chosen)
    return Proven(
        Fraction(bound, 1 << common), _at_least(problem, reduced, score, chosen, bound), Fraction(1, 1 << common)
    )


def _at_least(
    problem: DistrictingProblem, reduced: NDArray[Any], score: NDArray[Any], chosen: list[int], bound: int
) -> NDArray[Any]:
    free = [j for j in chosen if j not in problem.fixed]
    never = 1 << (abs(bound).bit_length() + 200)
    worst = max((score[j] for j in free), default=None)
    extra = np.array(
        [
            0 if j in chosen else (never if worst is None else max(int(score[j] - worst), 0))
            for j in range(len(problem))
        ],
        dtype=object,
    )
    more = np.maximum(reduced, 0)
    np.fill_diagonal(more, 0)
    return np.asarray(bound + extra[None, :] + more)


def _rounded(prices: Any) -> NDArray[np.float64]:
    """Return prices with few bits behind the point: the whole numbers stay small, and any prices prove something."""
    values = np.array(prices, dtype=np.float64)
    step = 2.0 ** (np.floor(np.log2(max(float(np.abs(values).max(initial=0.0)), 1e-300))) - FRACTION_BITS)
    return np.asarray(np.rint(values / step) * step)
