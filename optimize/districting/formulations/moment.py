"""Communities of least moment of inertia: every unit is assigned to the seat of its community."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pulp
from numpy.typing import NDArray

from optimize.districting.formulations import balance
from optimize.districting.formulations import together_apart as together
from optimize.districting.problem.instance import Instance
from optimize.solving.linear_expression import weighted_sum

FINE = 1e4
"""A known plan's value in units of the objective: a solver's absolute tolerances are next to nothing of it."""

TIE = 1e-9
"""Relative slack against rounding."""


@dataclass(frozen=True)
class MomentModel:
    """The model and its variables.

    Attributes
    ----------
    problem : LpProblem
    x : mapping of (unit, seat) to variable; pairs that were ruled out are absent
    scale : float
        Moment per unit of the model's objective.
    """

    problem: pulp.LpProblem
    x: dict[tuple[int, int], pulp.LpVariable]
    scale: float


def build(instance: Instance, possible: NDArray[np.bool_], value: float = np.inf) -> MomentModel:
    """Build the assignment model of Hess; of contiguity it knows the nearest step, the rest is added lazily.

    Sets
        i, j in units; q in balanced attributes
    Parameters
        c_ij cost of unit i at seat j (w_i d_ij^2 or w_i d_ij: `Instance.costs`); p_iq load; L_q, U_q bounds of a
        community's sum, in the units of `balance.rows_of`; K communities; V value of a known plan; g scale that keeps
        the numbers moderate; F fixed seats; pairs (i, j) that no better plan can use are left out, those dearer than V
        alone among them
    Variables
        x_ij in {0, 1}: unit i belongs to the community whose seat is unit j; x_jj: j is a seat
    Objective
        minimise sum_ij c_ij x_ij / g
    Constraints
        once[i]       sum_j x_ij = 1
        communities   sum_j x_jj = K
        open[i, j]    x_ij <= x_jj
        near[i, j]    x_ij <= sum of x_sj over the neighbours s of i, for j not among them: nobody is alone
        least[j, q]   sum_i p_iq x_ij >= L_q x_jj
        most[j, q]    sum_i p_iq x_ij <= U_q x_jj
        seat[j]       x_jj = 1 for j in F
        with, apart   units kept together and pairs kept apart (`together.constrain`)
        central, not  seats are where plans have them (`centred`), with a radius; added lazily
    Sources
        Hess et al., "Nonpartisan political redistricting by computer", Operations Research 13(6), 1965;
        near: Mehrotra, Johnson & Nemhauser, Management Science 44(8), 1998, for a tree of shortest paths; here for
        any path, as a separator inequality of the smallest piece.
    """
    n, K = len(instance), instance.communities
    p, L, U = balance.rows_of(instance)
    c = instance.costs()
    g = value / FINE if 0 < value < np.inf else float(c.mean()) / 100
    g = g if g > 0 else 1.0
    possible = possible & (c <= value * (1 + TIE))
    pairs = [(int(i), int(j)) for i, j in np.argwhere(possible) if possible[j, j]]
    seats = [j for j in range(n) if possible[j, j]]
    members: dict[int, list[int]] = {j: [] for j in seats}
    choices: list[list[int]] = [[] for _ in range(n)]
    for i, j in pairs:
        members[j].append(i)
        choices[i].append(j)

    problem = pulp.LpProblem("moment", pulp.LpMinimize)
    x = {(i, j): problem.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary) for i, j in pairs}

    problem += weighted_sum([(x[i, j], float(c[i, j] / g)) for i, j in pairs])

    for i in range(n):
        problem += pulp.lpSum(x[i, j] for j in choices[i]) == 1, f"once_{i}"

    problem += pulp.lpSum(x[j, j] for j in seats) == K, "communities"

    for i, j in pairs:
        if i != j:
            problem += x[i, j] <= x[j, j], f"open_{i}_{j}"

    for i, j in pairs:
        if i != j and j not in instance.neighbours(i):
            problem += x[i, j] <= pulp.lpSum(x[s, j] for s in instance.neighbours(i) if (s, j) in x), f"near_{i}_{j}"

    for j in seats:
        for q in range(len(instance.balanced)):
            load = weighted_sum([(x[i, j], float(p[i, q])) for i in members[j]])
            if np.isfinite(L[q]):
                problem += load >= float(L[q]) * x[j, j], f"least_{j}_{q}"
            if np.isfinite(U[q]):
                problem += load <= float(U[q]) * x[j, j], f"most_{j}_{q}"

    for j in instance.seats.tolist():
        problem += pulp.lpSum([x[j, j]] if j in members else []) == 1, f"seat_{j}"

    together.constrain(problem, instance, x, seats, lambda j: x[j, j])

    return MomentModel(problem, x, g)
