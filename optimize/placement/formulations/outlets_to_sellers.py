"""Outlets to sellers: those that nobody of the team knows go over the shortest ways, no seller beyond his room."""

from __future__ import annotations

from dataclasses import dataclass

import pulp

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class OutletsModel:
    """The model and its variables: x[o, s] = 1 when seller s supports outlet o."""

    problem: pulp.LpProblem
    x: dict[tuple[int, int], pulp.LpVariable]


def build(way: Floats, room: Ints) -> OutletsModel:
    """Build the assignment of one team's outlets without a supporter of today to its sellers.

    Sets
        o in outlets; s in sellers of the team
    Parameters
        w_os way from seller to outlet [km]; r_s room of a seller at the team's least largest load [outlets]
    Variables
        x_os >= 0 seller s supports outlet o
    Objective
        minimise sum_os w_os x_os
    Constraints
        once[o]   sum_s x_os = 1
        room[s]   sum_o x_os <= r_s
    Sources
        F8, F15 of the plan. A transportation problem: every vertex is integral (Hitchcock 1941).
    """
    O, S = way.shape
    w, r = way, room

    problem = pulp.LpProblem("outlets", pulp.LpMinimize)
    x = {(o, s): problem.add_variable(f"x_{o}_{s}", 0) for o in range(O) for s in range(S)}

    problem += pulp.lpSum(float(w[o, s]) * x[o, s] for o in range(O) for s in range(S))

    for o in range(O):
        problem += pulp.lpSum(x[o, s] for s in range(S)) == 1, f"once_{o}"

    for s in range(S):
        problem += pulp.lpSum(x[o, s] for o in range(O)) <= int(r[s]), f"room_{s}"

    return OutletsModel(problem, x)
