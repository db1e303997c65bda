"""The smallest tolerance that admits a plan: bounds that give way, all by the same share of the mean."""

from __future__ import annotations

import numpy as np
import pulp

from optimize.formulations import together
from optimize.formulations.moment import MomentModel
from optimize.instance import Instance


def build(instance: Instance) -> tuple[MomentModel, pulp.LpVariable]:
    """Build the elastic assignment model without contiguity, which is added lazily as separator cuts.

    Sets
        i, j in units; q in balanced attributes; a seat is the first unit of its community: x_ij only for i >= j
    Parameters
        p_iq load; M_q mean; L_q, U_q bounds of a community's sum; K communities
    Variables
        x_ij in {0, 1}: unit i belongs to the community whose first unit is j; t >= 0: bounds give way by t means
    Objective
        minimise t
    Constraints
        once[i]       sum_j x_ij = 1
        communities   sum_j x_jj = K
        open[i, j]    x_ij <= x_jj
        least[j, q]   sum_i p_iq x_ij >= L_q x_jj - t M_q
        most[j, q]    sum_i p_iq x_ij <= U_q x_jj + t M_q
        with, apart   units kept together and pairs kept apart (`together.constrain`)
    Sources
        Brown & Graves, elastic programming, 1975 (talk at ORSA/TIMS); Chinneck, "Feasibility and infeasibility in
        optimization", Springer 2008, chapter 8.
    """
    n, K = len(instance), instance.communities
    p, M, L, U = instance.loads, instance.mean, instance.lower, instance.upper

    problem = pulp.LpProblem("elastic", pulp.LpMinimize)
    x = {(i, j): problem.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary) for i in range(n) for j in range(i + 1)}
    t = problem.add_variable("t", 0)

    problem += t

    for i in range(n):
        problem += pulp.lpSum(x[i, j] for j in range(i + 1)) == 1, f"once_{i}"

    problem += pulp.lpSum(x[j, j] for j in range(n)) == K, "communities"

    for (i, j), assigned in x.items():
        if i != j:
            problem += assigned <= x[j, j], f"open_{i}_{j}"

    for j in range(n):
        for q in range(len(instance.balanced)):
            load = pulp.LpAffineExpression([(x[i, j], float(p[i, q])) for i in range(j, n)])
            if np.isfinite(L[q]):
                problem += load >= float(L[q]) * x[j, j] - float(M[q]) * t, f"least_{j}_{q}"
            if np.isfinite(U[q]):
                problem += load <= float(U[q]) * x[j, j] + float(M[q]) * t, f"most_{j}_{q}"

    together.constrain(problem, instance, x, range(n), lambda j: x[j, j])

    return MomentModel(problem, x, 1.0), t
