"""Clerks on exchange: as many as may leave their hall learn in one of the other company, and no counter loses hands."""

from __future__ import annotations

from dataclasses import dataclass

import pulp

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class ClerksModel:
    """The model and its variables: f[h, k] clerks of hall h who learn in hall k."""

    problem: pulp.LpProblem
    f: dict[tuple[int, int], pulp.LpVariable]


def build(way: Floats, most: Ints, fixed: list[bool]) -> ClerksModel:
    """Build the exchange of one centre's halls.

    Sets
        h, k in halls; A the pairs (h, k) of different companies
    Parameters
        w_hk way between halls [km]; e_h clerks of hall h who may be away; the company of each hall
    Variables
        f_hk >= 0 clerks of h in k, for (h, k) in A
    Objective
        minimise E sum_hk w_hk f_hk - sum_hk f_hk: most clerks first, then the shortest ways
    Constraints
        leave[h]   sum_k f_hk <= e_h
        keep[h]    sum_k f_kh = sum_k f_hk: a counter has as many hands as before
    Sources
        F15 of the plan. A circulation: every vertex is integral.
    """
    H = range(len(most))
    w, e = way, most
    A = [(h, k) for h in H for k in H if fixed[h] != fixed[k]]
    # All ways together stay below one clerk.
    E = 0.5 / max(float(w.max(initial=0.0)) * float(e.sum()), 1.0)

    problem = pulp.LpProblem("clerks", pulp.LpMinimize)
    f = {(h, k): problem.add_variable(f"f_{h}_{k}", 0) for h, k in A}

    problem += pulp.lpSum((E * float(w[h, k]) - 1.0) * f[h, k] for h, k in A)

    for h in H:
        problem += pulp.lpSum(f[h, k] for k in H if (h, k) in f) <= int(e[h]), f"leave_{h}"
        leaving = pulp.lpSum(f[h, k] for k in H if (h, k) in f)
        problem += pulp.lpSum(f[k, h] for k in H if (k, h) in f) == leaving, f"keep_{h}"

    return ClerksModel(problem, f)
