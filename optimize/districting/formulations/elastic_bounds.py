"""The smallest tolerance that admits a plan: bounds that give way, all by the same share of the mean."""

from __future__ import annotations

import numpy as np
import pulp

from optimize.districting.formulations import together_apart as together
from optimize.districting.formulations.lazy_seats import NEAR
from optimize.districting.formulations.moment import MomentModel
from optimize.districting.problem.instance import Instance
from optimize.solving.linear_expression import weighted_sum


def build(instance: Instance) -> MomentModel:
    """Build the elastic assignment model without contiguity, which is added lazily as separator cuts.

    Sets
        i, j in units; q in balanced attributes; F fixed seats; pairs (i, j): with a radius those with d_ij <= R, j
        being a seat; without one those with i >= j, j being the first unit of its community
    Parameters
        p_iq load; M_q mean; L_q, U_q bounds of a community's sum; K communities; d_ij distance [km]; R radius;
        w_i workload
    Variables
        x_ij in {0, 1}: unit i belongs to the community of j; t >= 0: bounds give way by t means
    Objective
        minimise t
    Constraints
        once[i]       sum_j x_ij = 1
        communities   sum_j x_jj = K
        open[i, j]    x_ij <= x_jj
        least[j, q]   sum_i p_iq / M_q x_ij >= L_q / M_q x_jj - t
        most[j, q]    sum_i p_iq / M_q x_ij <= U_q / M_q x_jj + t
        seat[j]       x_jj = 1 for j in F, with a radius
        rivals[j]     sum over i in F of x_ij <= x_jj, without one: no two fixed seats share a community
        with, apart   units kept together and pairs kept apart (`together.constrain`)
        central, not  seats are where plans have them (`centred`), with a radius; added lazily
    Sources
        Brown & Graves, elastic programming, 1975 (talk at ORSA/TIMS); Chinneck, "Feasibility and infeasibility in
        optimization", Springer 2008, chapter 8.
    """
    n, K = len(instance), instance.communities
    p, M, L, U = instance.loads, instance.mean, instance.lower, instance.upper
    bounded = np.isfinite(instance.radius)
    reach = instance.radius * (1 + NEAR)
    paired = instance.all_distances() <= reach if bounded else np.tri(n, dtype=bool)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(paired)]

    problem = pulp.LpProblem("elastic", pulp.LpMinimize)
    x = {(i, j): problem.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary) for i, j in pairs}
    t = problem.add_variable("t", 0)

    problem += t

    for i in range(n):
        problem += pulp.lpSum(x[i, j] for j in range(n) if (i, j) in x) == 1, f"once_{i}"

    problem += pulp.lpSum(x[j, j] for j in range(n)) == K, "communities"

    for (i, j), assigned in x.items():
        if i != j:
            problem += assigned <= x[j, j], f"open_{i}_{j}"

    for j in range(n):
        for q in range(len(instance.balanced)):
            if M[q] <= 0:
                continue
            load = weighted_sum([(x[i, j], float(p[i, q] / M[q])) for i in range(n) if (i, j) in x])
            if np.isfinite(L[q]):
                problem += load >= float(L[q] / M[q]) * x[j, j] - t, f"least_{j}_{q}"
            if np.isfinite(U[q]):
                problem += load <= float(U[q] / M[q]) * x[j, j] + t, f"most_{j}_{q}"

    fixed = instance.seats.tolist()
    for j in fixed if bounded else ():
        problem += x[j, j] == 1, f"seat_{j}"
    for j in range(n) if len(fixed) > 1 and not bounded else ():
        problem += pulp.lpSum(x[i, j] for i in fixed if i >= j) <= x[j, j], f"rivals_{j}"

    together.constrain(problem, instance, x, range(n), lambda j: x[j, j])

    return MomentModel(problem, x, 1.0)
