"""The fairest split of a target: nobody far from his fair share, nobody beyond what he can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pulp

from optimize.instance import Floats


@dataclass(frozen=True)
class ShareModel:
    """The model and its variables.

    Attributes
    ----------
    problem : LpProblem
    t : list of variable, one per cell: its target
    stretch, deviation : variable
        Largest stretch beyond capacity, largest relative deviation from the fair share.
    capacity : names of the capacity constraints, one per cell
    """

    problem: pulp.LpProblem
    t: list[pulp.LpVariable]
    stretch: pulp.LpVariable
    deviation: pulp.LpVariable
    capacity: list[str]


def build(fair: Floats, capacity: Floats, slack: float, cap: float, stretch: float | None) -> ShareModel:
    """Build the split of one total over cells (a community's team, or a force in it).

    Sets
        g in cells
    Parameters
        f_g fair share, summing to the total T; c_g what skills and hours allow; s slack on capacity [share];
        m largest change against the fair share [share]
    Variables
        t_g >= 0 target; e >= 0 largest stretch beyond capacity; d >= 0 largest relative deviation
    Objective
        first the least stretch e, then (e given) the least deviation d
    Constraints
        total          sum_g t_g = T
        capacity[g]    t_g <= (1 + s + e) c_g
        above[g]       t_g <= (1 + d) f_g
        below[g]       t_g >= (1 - d) f_g
        change         d <= m
    Sources
        F18, F22; lexicographic min-max: Luss, "On equitable resource allocation", Operations Research 47(3), 1999.
    """
    f, c, s, m, T = fair, capacity, slack, cap, float(fair.sum())
    G = range(len(f))

    problem = pulp.LpProblem("fair_share", pulp.LpMinimize)
    t = [problem.add_variable(f"t_{g}", 0) for g in G]
    e = problem.add_variable("stretch", 0, stretch)
    d = problem.add_variable("deviation", 0, m)

    problem += e if stretch is None else d

    problem += pulp.lpSum(t) == T, "total"

    names = []
    for g in G:
        if c[g] > 0 and np.isfinite(c[g]):
            problem += t[g] - float(c[g]) * e <= (1 + s) * float(c[g]), f"capacity_{g}"
            names.append(f"capacity_{g}")

    for g in G:
        problem += t[g] - float(f[g]) * d <= float(f[g]), f"above_{g}"
        problem += t[g] + float(f[g]) * d >= float(f[g]), f"below_{g}"

    return ShareModel(problem, t, e, d, names)
