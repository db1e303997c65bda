"""A plan as a choice of whole communities: the linear programme over those known so far, and its prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, csr_array, eye_array

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class Solved:
    """The linear programme's answer: prices. Any are good for a proof; what they prove is counted elsewhere.

    Attributes
    ----------
    value : float
        As the solver states it: a guide, no bound.
    prices : ndarray, shape (units,)
        What covering a unit is worth.
    each : float
        What one community more would change.
    charge : ndarray, shape (triples,)
        What holding two units of a triple costs; not negative.
    toll : float
        What moving a unit of weight costs, where moves are limited; not negative.
    columns : ndarray of int8, shape (used, units)
    share : ndarray, shape (used,)
        How much of each community it uses.
    short : bool
        Whether the programme leaves units uncovered, in part at least: the penalty was too low, or the known
        communities cannot cover them. No proof of either.
    """

    value: float
    prices: Floats
    each: float
    charge: Floats
    toll: float
    columns: NDArray[np.int8]
    share: Floats
    short: bool

    @property
    def whole(self) -> bool:
        """Whether no community is used in part."""
        return bool(np.all(np.abs(self.share - np.rint(self.share)) < 1e-6))


def relax(
    columns: NDArray[np.int8],
    cost: Floats,
    communities: int,
    scale: float,
    *,
    triples: Ints | None = None,
    centre: Floats | None = None,
    width: float = 0.0,
    penalty: float = 1.0,
    moved: Floats | None = None,
    most: float = 1.0,
) -> Solved | None:
    """Solve the linear relaxation over the known communities.

    Sets
        i in units; S in known communities; t in triples of units
    Parameters
        c_S cost of a community; K number of communities; M what a plan costs, about, times the penalty; prices of units
        are sought between a_i and b_i (without a box: b_i = M, and no unit may be covered twice); m_S what a community
        moves and H how much all may
    Variables
        z_S >= 0 community S is used; u_i >= 0 unit i stays uncovered, o_i >= 0 is covered too often; v, w >= 0
        communities missing and too many
    Objective
        minimise sum_S c_S z_S + sum_i (b_i u_i - a_i o_i) + M (v + w), M growing with the box
    Constraints
        once[i]       sum_{S with i} z_S + u_i - o_i = 1
        communities   sum_S z_S + v - w = K
        triple[t]     sum of z_S over the S that hold two or three units of t <= 1 (two such S would share a unit)
        moves         sum_S m_S z_S <= H, where moves are limited
    Sources
        Mehrotra, Johnson & Nemhauser, Management Science 44(8), 1998. Marsten, Hogan & Blankenship, "The boxstep method
        for large-scale optimization", Operations Research 23(3), 1975 (the box). Jepsen, Petersen, Spoorendonk &
        Pisinger, "Subset-row inequalities applied to the vehicle-routing problem with time windows", Operations
        Research 56(2), 2008.

    Parameters
    ----------
    columns : ndarray of int8, shape (communities, units)
    cost : ndarray, shape (communities,)
    communities : int
    scale : float
        Costs are divided by it before the solver sees them.
    triples : ndarray of int, shape (triples, 3), optional
    centre : ndarray, shape (units,), optional
        Middle of the box in which prices are sought.
    width : float
        Half of the box's width.
    penalty : float
        How many plans' costs an uncovered unit costs, without a box.
    moved : ndarray, shape (communities,), optional
        Weight that a community moves.
    most : float
        What all may move.

    Returns
    -------
    Solved or None
        None where the solver has no answer.
    """
    triples = np.zeros((0, 3), dtype=np.int64) if triples is None else triples
    n, c = columns.shape[1], cost / scale
    M = penalty * max(float(c.sum() / max(len(c), 1)) * communities, 1.0)
    cover = csr_array(columns.T, dtype=np.float64)
    count = csr_array(np.ones((1, len(c))))
    over = -eye_array(n) if centre is not None else csr_array((n, 0))
    once = block_array([[cover, eye_array(n), over, None], [count, None, None, csr_array([[1.0, -1.0]])]], format="csc")
    uncovered = np.full(n, M) if centre is None else (centre + width) / scale
    twice = np.zeros(0) if centre is None else (width - centre) / scale
    amiss = M + n * width / scale
    price = np.concatenate([c, uncovered, twice, [amiss, amiss]])
    two = np.zeros((len(triples), len(price)))
    for t, triple in enumerate(triples):
        two[t, : len(c)] = columns[:, triple].sum(axis=1) >= 2
    at_most = np.ones(len(triples))
    if moved is not None:
        per = max(most, float(moved.max(initial=0.0)), 1e-300)
        two = np.vstack([two, np.pad(moved / per, (0, len(price) - len(c)))])
        at_most = np.append(at_most, most / per)
    found = linprog(
        price,
        A_ub=csr_array(two) if len(two) else None,
        b_ub=at_most if len(two) else None,
        A_eq=once,
        b_eq=np.concatenate([np.ones(n), [float(communities)]]),
        method="highs-ds",
    )
    if found.status != 0:
        return None
    used = np.flatnonzero(found.x[: len(c)] > 1e-7)
    dear = np.maximum(-found.ineqlin.marginals * scale, 0.0) if len(two) else np.zeros(0)
    return Solved(
        value=float(found.fun) * scale,
        prices=found.eqlin.marginals[:n] * scale,
        each=float(found.eqlin.marginals[n]) * scale,
        charge=dear[: len(triples)],
        toll=float(dear[-1]) / per if moved is not None else 0.0,
        columns=columns[used],
        share=found.x[used],
        short=bool(found.x[len(c) :].max() > 1e-7),
    )
