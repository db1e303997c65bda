"""The fewest cut edges under every wish, by SciPy's integer programming: units and labels, with cuts for pieces."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from optimize.districting.audit.patience import Patience
from optimize.districting.audit.problem import DistrictingProblem
from optimize.districting.audit.seats_model import GRAIN, Row, piece_of, solved, split_rows

MOST_LABELS, MOST_OF_FEW, FEW = 400, 1_500, 3
"""Units times labels up to which the model is tried; the same of few labels, and how many are few."""

SURE = 1e-3
"""How far a solver may miss a whole number of cut edges."""


def fewest_cuts_of_labels(problem: DistrictingProblem, below: float, patience: Patience) -> float | None:
    """Return the fewest cut edges of a plan with fewer than a value.

    Sets
        i, j in units; e in edges; k in labels; the heaviest unit has label 0, or labels are the names of today
    Variables
        x_ik in {0, 1}: unit i has label k; y_e in [0, 1]: e is cut
    Objective
        minimise sum_e y_e, where that is below the value
    Constraints
        below         sum_e y_e <= value - 1
        once[i]       sum_k x_ik = 1
        cut[e, k]     y_e >= x_ik - x_jk and y_e >= x_jk - x_ik
        sums[k, q]    L_q <= sum_i p_iq x_ik <= U_q, or those of community k
        wishes        together, apart; at most one fixed seat a label
        splits        z_gk >= x_ik for every i of group g; sum_gk z_gk <= splits + groups
        moves         sum_i w_i x_i,today(i) >= what must stay
        joined[S, k]  x_ak + x_bk <= 1 + sum of x_sk over the neighbours s of a piece S with a and without b, as far as
                      there is a way from b to them; added where a solution falls apart, from either piece

    Returns
    -------
    float or None
        Infinite where there is none; None where the model is too large, or work did not suffice.
    """
    n, k = len(problem), problem.communities
    if n * k > (MOST_OF_FEW if k <= FEW else MOST_LABELS):
        return None
    rows = list(_rows(problem))
    if math.isfinite(below):
        every = [*range(n * k, n * k + len(problem.edges))]
        rows.append((every, [1.0] * len(every), -math.inf, math.ceil(below) - 1 + SURE))
    held = {(i, c): i * k + c for i in range(n) for c in range(k)}
    rows += split_rows(problem, held, range(k), n * k + len(problem.edges))
    more = sum(len(groups) for _, groups in problem.splits) * k
    cost = np.concatenate([np.zeros(n * k), np.ones(len(problem.edges)), np.zeros(more)])
    whole = np.concatenate([np.ones(n * k), np.zeros(len(problem.edges) + more)])
    while True:
        if patience.over:
            return None
        found = solved(rows, cost, patience, whole)
        if found.status == 2 or (found.mip_dual_bound is not None and found.mip_dual_bound > below - 1 + 1e-6):
            return math.inf
        if found.status != 0:
            return None
        label = found.x[: n * k].reshape(n, k).argmax(axis=1)
        cuts = list(_cuts(problem, label))
        if not cuts:
            return float(sum(label[a] != label[b] for a, b in problem.edges.tolist()))
        rows += cuts


def _rows(problem: DistrictingProblem) -> Iterable[Row]:
    n, k, inf = len(problem), problem.communities, math.inf
    if problem.sizes is not None:
        pass  # labels are communities of their own sizes
    elif problem.today is None:
        heaviest = int(np.argmax(problem.loads[:, 0]))
        yield [heaviest * k], [1.0], 1.0, 1.0
    else:
        whole = max(float(problem.weight.sum()), 1e-300)
        own = [i * k + name for i, name in enumerate(np.unique(problem.today, return_inverse=True)[1].tolist())]
        yield own, (GRAIN * problem.weight / whole).tolist(), GRAIN * (1 - problem.may_move / whole), inf
    for i in range(n):
        yield list(range(i * k, i * k + k)), [1.0] * k, 1.0, 1.0
    for c in range(k):
        for e, (a, b) in enumerate(problem.edges.tolist()):
            yield [n * k + e, a * k + c, b * k + c], [1.0, -1.0, 1.0], 0.0, inf
            yield [n * k + e, a * k + c, b * k + c], [1.0, 1.0, -1.0], 0.0, inf
        own = [i * k + c for i in range(n)]
        yield own, [1.0] * n, 1.0, inf
        for q in range(problem.loads.shape[1]):
            mean = max(float(np.abs(problem.loads[:, q]).sum()) / k, 1e-300)
            least, most = problem.bounds_of(c)
            low, high = float(least[q] / mean), float(most[q] / mean)
            yield own, (problem.loads[:, q] / mean).tolist(), low, high
        for group in problem.together:
            for i in group[1:]:
                yield [group[0] * k + c, i * k + c], [1.0, -1.0], 0.0, 0.0
        for a, b in problem.apart:
            yield [a * k + c, b * k + c], [1.0, 1.0], -inf, 1.0
        if len(problem.fixed) > 1:
            yield [i * k + c for i in sorted(problem.fixed)], [1.0] * len(problem.fixed), -inf, 1.0


def _cuts(problem: DistrictingProblem, label: np.ndarray) -> Iterable[Row]:
    for c in range(problem.communities):
        left = set(np.flatnonzero(label == c).tolist())
        pieces = []
        while left:
            pieces.append(piece_of(problem, min(left), left))
            left -= pieces[-1]
        pieces.sort(key=lambda piece: (-len(piece), min(piece)))
        k = problem.communities
        for piece in pieces[1:]:
            a, b = min(piece), min(pieces[0])
            for wall in (_wall(problem, piece, b), _wall(problem, pieces[0], a)):
                for other in range(k):
                    through = [s * k + other for s in wall]
                    yield [a * k + other, b * k + other, *through], [1.0, 1.0] + [-1.0] * len(through), -math.inf, 1.0


def _wall(problem: DistrictingProblem, piece: set[int], beyond: int) -> list[int]:
    """Return the neighbours of a piece that a unit outside it reaches without crossing another of them."""
    wall = {other for unit in piece for other in problem.near[unit]} - piece
    if beyond in wall:
        return [beyond]
    rest = piece_of(problem, beyond, {*range(len(problem))} - piece - wall)
    return sorted(wall & {other for unit in rest for other in problem.near[unit]})
