"""Sellers to communities: teams of the right size and mix, each seller near what he knows."""

from __future__ import annotations

from dataclasses import dataclass

import pulp

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class PlacesModel:
    """The model and its variables: x[s, c] = 1 when seller s joins community c."""

    problem: pulp.LpProblem
    x: dict[tuple[int, int], pulp.LpVariable]


def build(merit: Floats, size: Ints, is_gm: list[bool], least_gm: Ints, most_gm: Ints, price: float) -> PlacesModel:
    """Build the assignment of one centre's sellers to its communities.

    Sets
        s in sellers; c in communities; G the grid managers among the sellers
    Parameters
        m_sc merit of seller s in community c (outlets he keeps, share of the territory he knows, less the way);
        n_c team size; l_c, u_c wanted number of grid managers; P price of a grid manager too few or too many
    Variables
        x_sc in {0, 1}; v_c >= 0 grid managers missing or in excess
    Objective
        maximise sum_sc m_sc x_sc - P sum_c v_c
    Constraints
        once[s]   sum_c x_sc = 1
        team[c]   sum_s x_sc = n_c
        mix[c]    l_c - v_c <= sum_{s in G} x_sc <= u_c + v_c
    Sources
        F8, F15 of the plan; a transportation problem, whose vertices are integral up to the mix.
    """
    S, C = merit.shape
    m, n, l, u, P = merit, size, least_gm, most_gm, price

    problem = pulp.LpProblem("places", pulp.LpMaximize)
    x = {(s, c): problem.add_variable(f"x_{s}_{c}", cat=pulp.LpBinary) for s in range(S) for c in range(C)}
    v = [problem.add_variable(f"v_{c}", 0) for c in range(C)]

    problem += pulp.lpSum(float(m[s, c]) * x[s, c] for s in range(S) for c in range(C)) - P * pulp.lpSum(v)

    for s in range(S):
        problem += pulp.lpSum(x[s, c] for c in range(C)) == 1, f"once_{s}"

    for c in range(C):
        problem += pulp.lpSum(x[s, c] for s in range(S)) == int(n[c]), f"team_{c}"

    for c in range(C):
        grid = pulp.lpSum(x[s, c] for s in range(S) if is_gm[s])
        problem += grid + v[c] >= int(l[c]), f"mix_least_{c}"
        problem += grid - v[c] <= int(u[c]), f"mix_most_{c}"

    return PlacesModel(problem, x)
