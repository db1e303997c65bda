"""A plan near a given one: who changes community, and which objections can be granted together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pulp

from foundation.arrays import Ints
from optimize.districting.formulations import balance
from optimize.districting.formulations import together_apart as together
from optimize.districting.problem.instance import Instance


@dataclass(frozen=True)
class MoveModel:
    """The model and its variables.

    Attributes
    ----------
    problem : LpProblem
    x : mapping of (unit, community) to variable
    g : mapping of objection to variable
    """

    problem: pulp.LpProblem
    x: dict[tuple[int, int], pulp.LpVariable]
    g: dict[int, pulp.LpVariable]


def build(
    instance: Instance,
    given: Ints,
    objections: Sequence[tuple[int, int]] = (),
    must: Mapping[int, int] | None = None,
    stays: Sequence[Sequence[int]] = (),
    allowed: Ints | None = None,
) -> MoveModel:
    """Build the model without contiguity and radius, which are added lazily.

    Sets
        i in units; k in communities of the given plan; o in objections, each a unit i(o) that wants community k(o);
        L in locked groups of units, each a community of its own
    Parameters
        a_i community of unit i in the given plan; p_iq load; L_kq, U_kq bounds of a community's sum, in the units of
        `balance.rows_of`, alike for all k unless sizes differ; F fixed seats; W = units + 1, so that one objection
        counts more than all moves together
    Variables
        x_ik in {0, 1}: unit i lies in community k; g_o in {0, 1}: objection o is granted
    Objective
        minimise  sum_i (1 - x_i,a_i)  -  W sum_o g_o: grant the most, and move as few units as that takes
    Constraints
        once[i]       sum_k x_ik = 1
        used[k]       sum_i x_ik >= 1
        least[k, q]   sum_i p_iq x_ik >= L_kq, where k is no locked group
        most[k, q]    sum_i p_iq x_ik <= U_kq, where k is no locked group
        granted[o]    g_o <= x_i(o),k(o)
        must[i]       x_i,k = 1 for the moves that are asked for
        rivals[k]     sum over i in F of x_ik <= 1: no two fixed seats share a community
        with, apart   units kept together and pairs kept apart (`together.constrain`)
        one[L, i, k]  x_ik = x_hk for the units of a locked group, h being its first
        own[L, i, k]  x_ik + x_hk <= 1 for every other unit
    Sources
        The assignment part is that of Hess et al., Operations Research 13 (1965), with the seats replaced by names.
    """
    n, K = len(instance), instance.communities
    p, low, high = balance.rows_of(instance)
    L, U = (np.broadcast_to(ends, (K, len(instance.balanced))) for ends in (low, high))
    units, communities = range(n), range(K)

    problem = pulp.LpProblem("fewest_moves", pulp.LpMinimize)
    x = {
        (i, k): problem.add_variable(f"x_{i}_{k}", cat=pulp.LpBinary)
        for i in units
        for k in communities
        if allowed is None or allowed[i, k]
    }
    g = {o: problem.add_variable(f"g_{o}", cat=pulp.LpBinary) for o in range(len(objections))}

    stay = [x[i, int(given[i])] for i in units if given[i] >= 0]
    problem += n - pulp.lpSum(stay) - (n + 1) * pulp.lpSum(g.values())

    for i in units:
        problem += pulp.lpSum(x[i, k] for k in communities if (i, k) in x) == 1, f"once_{i}"

    for k in communities:
        members = [i for i in units if (i, k) in x]
        problem += pulp.lpSum(x[i, k] for i in members) >= 1, f"used_{k}"
        for q in range(len(instance.balanced)):
            load = pulp.LpAffineExpression([(x[i, k], float(p[i, q])) for i in members])
            held = [(x[h, k], float(p[[h, *others], q].sum())) for h, *others in stays if (h, k) in x]
            if np.isfinite(L[k, q]):
                under = [max(0.0, float(L[k, q]) - m) * at for at, m in held]  # M: what the locked group lacks
                problem += load + pulp.lpSum(under) >= float(L[k, q]), f"least_{k}_{q}"
            if np.isfinite(U[k, q]):
                over = [max(0.0, m - float(U[k, q])) * at for at, m in held]  # M: what it has too much
                problem += load - pulp.lpSum(over) <= float(U[k, q]), f"most_{k}_{q}"

    for o, (i, k) in enumerate(objections):
        problem += (g[o] <= x[i, k] if (i, k) in x else g[o] == 0), f"granted_{o}"

    for i, k in (must or {}).items():
        problem += x[i, k] == 1, f"must_{i}"

    fixed = instance.seats.tolist()
    for k in communities if len(fixed) > 1 else ():
        problem += pulp.lpSum(x[i, k] for i in fixed if (i, k) in x) <= 1, f"rivals_{k}"

    together.constrain(problem, instance, x, communities, lambda k: 1)

    _locked(problem, instance, x, stays)

    return MoveModel(problem, x, g)


def _locked(
    problem: pulp.LpProblem,
    instance: Instance,
    x: dict[tuple[int, int], pulp.LpVariable],
    stays: Sequence[Sequence[int]],
) -> None:
    """Add that every locked group is a community of its own: the constraints one and own of `build`."""
    units, communities = range(len(instance)), range(instance.communities)
    for number, (h, *others) in enumerate(stays):
        inside = {h, *others}
        for k in communities:
            for i in units:
                if i != h and (i, k) in x and (h, k) in x:
                    if i in inside:
                        problem += x[i, k] == x[h, k], f"one_{number}_{i}_{k}"
                    else:
                        problem += x[i, k] + x[h, k] <= 1, f"own_{number}_{i}_{k}"
                elif i in inside and i != h and ((i, k) in x) != ((h, k) in x):
                    problem += (x[i, k] if (i, k) in x else x[h, k]) == 0, f"one_{number}_{i}_{k}"
