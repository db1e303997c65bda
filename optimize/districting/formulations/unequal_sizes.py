"""Communities of unequal size about seats: every seat takes a size, and its community keeps the bounds of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pulp
from numpy.typing import NDArray

from optimize.districting.formulations import balance, moment
from optimize.districting.formulations.moment import MomentModel
from optimize.districting.problem.instance import Instance
from optimize.solving.linear_expression import weighted_sum


@dataclass(frozen=True)
class SizedModel:
    """The model of units and seats, and the sizes of the seats.

    Attributes
    ----------
    moment : MomentModel
    s : mapping of (seat, size) to variable
    """

    moment: MomentModel
    s: dict[tuple[int, int], pulp.LpVariable]


def build(instance: Instance, named: int, possible: NDArray[np.bool_], value: float = np.inf) -> SizedModel:
    """Build the model of `moment.build`, in which every seat has the size of one of the communities.

    Sets
        i, j in units; q in balanced attributes; c in sizes: one for every community with a size of its own, and one
        for all the others
    Parameters
        p_iq load; L_cq, U_cq bounds of a community's sum, in the units of `balance.rows_of`; N_c communities of a size
    Variables
        those of `moment.build`, with the bounds of the smallest and the largest size; s_jc in {0, 1}: seat j has size c
    Objective
        that of `moment.build`
    Constraints
        size[j]       sum_c s_jc = x_jj
        number[c]     sum_j s_jc = N_c
        own[j, q]     sum_c L_cq s_jc <= sum_i p_iq x_ij <= sum_c U_cq s_jc
    Sources
        As for `moment.build`; sizes as in the capacitated p-median problem with capacities that belong to no place.
    """
    p, L, U = balance.rows_of(instance)
    N = [1] * named + ([instance.communities - named] if instance.communities > named else [])
    model = moment.build(instance.evened(), possible, value)
    problem, x = model.problem, model.x
    seats = sorted(j for i, j in x if i == j)
    s = {(j, c): problem.add_variable(f"s_{j}_{c}", cat=pulp.LpBinary) for j in seats for c in range(len(N))}

    for j in seats:
        problem += pulp.lpSum(s[j, c] for c in range(len(N))) == x[j, j], f"size_{j}"

    for c, number in enumerate(N):
        problem += pulp.lpSum(s[j, c] for j in seats) == number, f"number_{c}"

    for j in seats:
        for q in range(len(instance.balanced)):
            load = weighted_sum([(at, float(p[i, q])) for (i, seat), at in x.items() if seat == j])
            if np.isfinite(L[:, q]).all():
                problem += load >= pulp.lpSum(float(L[c, q]) * s[j, c] for c in range(len(N))), f"own_least_{j}_{q}"
            if np.isfinite(U[:, q]).all():
                problem += load <= pulp.lpSum(float(U[c, q]) * s[j, c] for c in range(len(N))), f"own_most_{j}_{q}"

    return SizedModel(model, s)
