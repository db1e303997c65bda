"""Communities that cut the fewest adjacencies: every unit gets a label, every cut edge is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pulp

from foundation.arrays import Ints
from optimize.districting.formulations import balance
from optimize.districting.formulations import together_apart as together
from optimize.districting.problem.instance import Instance


@dataclass(frozen=True)
class CutModel:
    """The model and its variables.

    Attributes
    ----------
    problem : LpProblem
    x : mapping of (unit, label) to variable, or to what stands for it; labels above the unit's position are absent
    y : mapping of edge position to variable
    """

    problem: pulp.LpProblem
    x: dict[tuple[int, int], Any]
    y: dict[int, pulp.LpVariable]


@dataclass(frozen=True)
class Names:
    """Names of today as labels: that of every unit, and the share of the weight that must keep its own."""

    label: Ints
    share: float


def build(  # noqa: PLR0912 (one model, read from the top down)
    instance: Instance, order: list[int], names: Names | None = None
) -> CutModel:
    """Build the labelling model without contiguity, which is added lazily as separator cuts.

    Sets
        i in units, in a fixed order; k in labels 1..K; e = {i, j} in adjacencies; q in balanced attributes
    Parameters
        p_iq load; L_kq, U_kq bounds of a community's sum, in the units of `balance.rows_of`, alike for all k unless
        sizes differ; F fixed seats
    Variables
        x_ik in {0, 1}: unit i has label k; y_e in [0, 1]: edge e is cut
    Objective
        minimise sum_e y_e
    Constraints
        once[i]       sum_k x_ik = 1
        cut[e, k]     y_e >= x_ik - x_jk and y_e >= x_jk - x_ik
        least[k, q]   sum_i p_iq x_ik >= L_kq
        most[k, q]    sum_i p_iq x_ik <= U_kq
        used[k]       sum_i x_ik >= 1
        rivals[k]     sum over i in F of x_ik <= 1: no two fixed seats share a community
        with, apart   units kept together and pairs kept apart (`together.constrain`)
        symmetry      the unit at place s of the order has a label of at most s; where all labels are alike
        stays         sum_i w_i x_i,today(i) >= the share that must keep its name
    Of two labels only x_i1 is a variable; x_i0 = 1 - x_i1 takes its place, ``once`` holds by itself, and ``cut[e, 1]``
    says both.
    Sources
        Validi & Buchanan, "Political districting to minimize cut edges", Mathematical Programming Computation 14, 2022.
    """
    K = instance.communities
    p, L, U = balance.rows_of(instance)
    place = {unit: s for s, unit in enumerate(order)}
    L, U = (np.broadcast_to(ends, (K, len(instance.balanced))) for ends in (L, U))
    named = names is not None or instance.is_sized
    labels = {i: range(K if named else min(K, place[i] + 1)) for i in range(len(instance))}

    problem = pulp.LpProblem("cut_edges", pulp.LpMinimize)
    x = {(i, k): problem.add_variable(f"x_{i}_{k}", cat=pulp.LpBinary) for i in labels for k in labels[i] if k or K > 2}
    if K == 2:
        x |= {(i, 0): 1 - x[i, 1] if 1 in labels[i] else pulp.lpSum([1]) for i in labels}
    y = {e: problem.add_variable(f"y_{e}", 0, 1) for e in range(len(instance.edges))}

    problem += pulp.lpSum(y.values())

    for i, allowed in labels.items() if K > 2 else ():
        problem += pulp.lpSum(x[i, k] for k in allowed) == 1, f"once_{i}"

    for e, (i, j) in enumerate(instance.edges.tolist()):
        for k in range(K) if K > 2 else (1,):
            a, b = x.get((i, k)), x.get((j, k))
            if a is not None:
                problem += y[e] >= (a - b if b is not None else a), f"cut_{e}_{k}_ij"
            if b is not None:
                problem += y[e] >= (b - a if a is not None else b), f"cut_{e}_{k}_ji"

    for k in range(K):
        for q in range(len(instance.balanced)):
            load = pulp.lpSum(x[i, k] * float(p[i, q]) for i in labels if k in labels[i])
            if np.isfinite(L[k, q]):
                problem += load >= float(L[k, q]), f"least_{k}_{q}"
            if np.isfinite(U[k, q]):
                problem += load <= float(U[k, q]), f"most_{k}_{q}"

    for k in range(K):
        problem += pulp.lpSum(x[i, k] for i in labels if k in labels[i]) >= 1, f"used_{k}"

    fixed = instance.seats.tolist()
    for k in range(K) if len(fixed) > 1 else ():
        problem += pulp.lpSum(x[i, k] for i in fixed if k in labels[i]) <= 1, f"rivals_{k}"

    together.constrain(problem, instance, x, range(K), lambda k: 1)

    if names is not None:
        w = instance.weight * (balance.GRAIN / max(float(instance.weight.sum()), 1e-300))
        stay = pulp.lpSum(x[i, k] * float(w[i]) for i, k in enumerate(names.label.tolist()))
        problem += stay >= balance.GRAIN * names.share, "stays"

    return CutModel(problem, x, y)
