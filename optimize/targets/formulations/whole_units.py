"""Whole units: targets rounded so that every sum that must hold still holds to the last unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulp

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class WholeModel:
    """The model and its variables: target g becomes its floor + up[g] + plus[g] - minus[g]."""

    problem: pulp.LpProblem
    up: list[pulp.LpVariable]
    plus: list[pulp.LpVariable]
    minus: list[pulp.LpVariable]


def build(rest: Floats, floor: Ints, rows: Sequence[tuple[Ints, int, int | None]], slip: int) -> WholeModel:
    """Build the rounding of targets under limits on sums.

    Sets
        g in cells; r in rows, each a set of cells
    Parameters
        z_g what the target has beyond its floor, in [0, 1); F_g the floor; a_r, b_r limits of row r less the floors of
        its cells [units]; S units by which numerical noise may move a large target
    Variables
        y_g in {0, 1} rounded up; p_g, n_g in {0 .. min(S, F_g)} further units up and down
    Objective
        minimise sum_g ((1 - 2 z_g) y_g + 3 (p_g + n_g)): the sum of distances, further units last
    Constraints
        least[r], most[r]   a_r <= sum_{g in r} (y_g + p_g - n_g) <= b_r
    Sources
        Controlled rounding: Cox, "A constructive procedure for unbiased controlled rounding", JASA 82, 1987. Rows by
        force and rows by community and centre are two laminar families, so the relaxation is integral.
    """
    z, F, S = rest, floor, slip
    G = range(len(z))

    problem = pulp.LpProblem("whole", pulp.LpMinimize)
    y = [problem.add_variable(f"y_{g}", 0, 1, pulp.LpInteger) for g in G]
    p = [problem.add_variable(f"p_{g}", 0, S, pulp.LpInteger) for g in G]
    n = [problem.add_variable(f"n_{g}", 0, min(S, int(F[g])), pulp.LpInteger) for g in G]

    problem += pulp.lpSum((1 - 2 * float(z[g])) * y[g] + 3 * p[g] + 3 * n[g] for g in G)

    for r, (cells, least, most) in enumerate(rows):
        total = pulp.lpSum(y[g] + p[g] - n[g] for g in cells.tolist())
        problem += total >= least, f"least_{r}"
        if most is not None:
            problem += total <= most, f"most_{r}"

    return WholeModel(problem, y, p, n)
