"""The smallest relaxation: by how much wishes about targets would have to give way to stop contradicting each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pulp

from optimize.targets.formulations.fair_share import Split


@dataclass(frozen=True)
class RelaxedModel:
    """The model: what each row gives way downwards and upwards, and what each common setting gives way."""

    problem: pulp.LpProblem
    lower: dict[int, pulp.LpVariable]
    upper: dict[int, pulp.LpVariable]
    settings: dict[str, pulp.LpVariable]
    rows: list[tuple[str, str]]


def build(split: Split) -> RelaxedModel:
    """Build the elastic programme of a split that has no solution.

    Sets
        g in cells, J those for which cap and floor hold; r in rows, P wishes of the user among them, L caps on change
        from the last period
    Parameters
        f_g fair share; a_r, b_r limits; w_r units by which a cap of the last period moves per unit of the setting;
        m cap on change, q floor [share]; T the total
    Variables
        t_g >= 0 target; u_r, v_r >= 0 what wish r gives way; x_k >= 0 what setting k in {change, floor, last} gives way
    Objective
        minimise sum_{r in P} (u_r + v_r) + T (x_change + x_floor + x_last)
    Constraints
        least[r]  sum_{g in r} t_g >= a_r - u_r (r in P), a_r - w_r x_last (r in L), a_r (totals give way to nobody)
        most[r]   sum_{g in r} t_g <= b_r + v_r (r in P), b_r + w_r x_last (r in L), b_r
        above[g]  t_g <= (1 + m + x_change) f_g for g in J
        below[g]  t_g >= (1 - m - x_change) f_g for g in J
        floor[g]  t_g >= (q - x_floor) f_g for g in J
        (m and q hold to within the last unit, see `Split.unit`)
    Sources
        Elastic programming: Chinneck, "Feasibility and Infeasibility in Optimization", Springer 2008.
    """
    f, m, q = split.fair, split.cap, split.floor
    T = float(f.sum()) or 1.0
    G = range(len(f))
    J = [g for g in G if split.ruled(g) and f[g] > 0]
    P = [r for r, row in enumerate(split.rows) if row.kind == "pin"]

    problem = pulp.LpProblem("relaxation", pulp.LpMinimize)
    t = [problem.add_variable(f"t_{g}", 0, 0 if split.judged[g] and f[g] <= 0 else None) for g in G]
    u = {r: problem.add_variable(f"u_{r}", 0) for r in P}
    v = {r: problem.add_variable(f"v_{r}", 0) for r in P}
    x = {k: problem.add_variable(f"x_{k}", 0) for k in ("change", "floor", "last")}

    problem += pulp.lpSum([*u.values(), *v.values()]) + T * pulp.lpSum(x.values())

    rows = []
    for r, row in enumerate(split.rows):
        total = pulp.lpSum(t[g] for g in row.cells.tolist())
        give = row.worth * x["last"] if row.kind == "last" else 0.0
        problem += total + give + u.get(r, 0.0) >= row.least, f"least_{r}"
        if np.isfinite(row.most):
            problem += total - give - v.get(r, 0.0) <= row.most, f"most_{r}"
        rows.append((f"least_{r}", f"most_{r}" if np.isfinite(row.most) else f"least_{r}"))

    for g in J:
        if np.isfinite(m):
            problem += t[g] - float(f[g]) * x["change"] <= split.up((1 + m) * float(f[g])), f"above_{g}"
            problem += t[g] + float(f[g]) * x["change"] >= split.down((1 - m) * float(f[g])), f"below_{g}"
        problem += t[g] + float(f[g]) * x["floor"] >= split.down(q * float(f[g])), f"floor_{g}"

    return RelaxedModel(problem, u, v, x, rows)
