"""Seats of courses to people: those whose second business covers most demand, in their community and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulp

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class Staff:
    """The people and the demand of one centre; groups are people alike: community, force and hours.

    Attributes
    ----------
    home, own, size : ndarray of int, shape (groups,)
        Community, own business, and number of people.
    hours : ndarray, shape (groups,) [hours]
        Of selling, per person and day.
    skill : ndarray, shape (groups, businesses)
    demand : ndarray, shape (draws, communities, businesses) [hours of a master's selling]
    worth : ndarray, shape (businesses,) [yuan per hour covered]
    width, gain : ndarray, shape (segments,)
        Of the response: covered demand as a piecewise linear, concave function of hours over demand.
    joint : float or None
        Hours of either business that an hour of a joint round is worth; None: every business has a round of its own.
    beside : sequence of set of int
        Communities beside each community.
    reach : float
        Part of the hours that may be given to these.
    limits : sequence of (sequence of int, int)
        Groups, and how many of their people may be trained.
    price : float [yuan]
        Of training a person, per day of the study.
    """

    home: Ints
    own: Ints
    size: Ints
    hours: Floats
    skill: Floats
    demand: Floats
    worth: Floats
    width: Floats
    gain: Floats
    joint: float | None
    beside: Sequence[frozenset[int]]
    reach: float
    limits: Sequence[tuple[Sequence[int], int]]
    price: float


@dataclass(frozen=True)
class TraineesModel:
    """The model and its variables: T[g] people of group g are trained; y[s, a, b, k] is covered demand."""

    problem: pulp.LpProblem
    T: dict[int, pulp.LpVariable]
    y: dict[tuple[int, int, int, int], pulp.LpVariable]


def build(staff: Staff, *, exactly: Sequence[int] | None = None) -> TraineesModel:
    """Build the choice of trainees; with ``exactly`` so many of each group are trained, and a linear programme is left.

    Sets
        g in groups of people alike; a in communities, A_g = home of g and what lies beside it; b in businesses;
        s in draws of demand, equally likely; k in segments of the response; l in limits, G_l the groups of one
    Parameters
        n_g people; h_g selling hours of one a day; o_g their own business; e_gb skill (1: a master); d_sab demand
        [hours of a master]; v_b worth of an hour covered [yuan]; w_k, r_k width and slope of segment k (r falls);
        q hours of either business that an hour of a joint round is worth; rho part of the hours for communities
        beside the own; N_l seats; p price of training one person [yuan per day]
    Variables
        T_g whole, people trained; u_sga >= 0, hours that the others of g give their own business in a;
        x_sgab >= 0, hours that the trained give business b in a; z_sg >= 0, hours of their joint rounds at home;
        y_sabk >= 0, demand covered in segment k
    Objective
        maximise (1 / S) sum_sabk v_b r_k y_sabk - p sum_g T_g, the expected worth of covered demand a day
    Constraints
        seats[l]          sum_(g in G_l) T_g <= N_l
        others[s,g]       sum_a u_sga <= h_g (n_g - T_g)
        others_away[s,g]  sum_(a beside) u_sga <= rho h_g (n_g - T_g)
        trained[s,g]      sum_ab x_sgab + z_sg <= h_g T_g
        trained_away[s,g] sum_(a beside),b x_sgab <= rho h_g T_g
        covered[s,a,b]    sum_k y_sabk <= sum_g e_gb (x_sgab + u_sga [b = o_g] + q z_sg [a home of g])
        segment[s,a,b,k]  y_sabk <= w_k d_sab
    Sources
        F14-F16 of the plan. Plants and products with uncertain demand, and how far few links that make a chain go
        (Jordan & Graves 1995); servers with two skills (Wallace & Whitt 2005; Iravani, Van Oyen & Sims 2005).
    """
    n, h, o, e, d, v = staff.size, staff.hours, staff.own, staff.skill, staff.demand, staff.worth
    w, r, q, rho, p = staff.width, staff.gain, staff.joint, staff.reach, staff.price
    G, B, K = range(len(n)), range(e.shape[1]), range(len(w))
    S, A = range(d.shape[0]), range(d.shape[1])
    home = [int(a) for a in staff.home]
    near = {g: [home[g], *sorted(staff.beside[home[g]])] if rho > 0 else [home[g]] for g in G}

    problem = pulp.LpProblem("trainees", pulp.LpMaximize)
    low, high = ([0] * len(n), n) if exactly is None else (exactly, exactly)
    kind = pulp.LpInteger if exactly is None else pulp.LpContinuous
    T = {g: problem.add_variable(f"T_{g}", int(low[g]), int(high[g]), kind) for g in G}
    u = {(s, g, a): problem.add_variable(f"u_{s}_{g}_{a}", 0) for s in S for g in G for a in near[g]}
    x = {(s, g, a, b): problem.add_variable(f"x_{s}_{g}_{a}_{b}", 0) for s in S for g in G for a in near[g] for b in B}
    z = {(s, g): problem.add_variable(f"z_{s}_{g}", 0, 0 if q is None else None) for s in S for g in G}
    y = {
        (s, a, b, k): problem.add_variable(f"y_{s}_{a}_{b}_{k}", 0, float(w[k] * d[s, a, b]))  # segment[s, a, b, k]
        for s in S for a in A for b in B for k in K
    }  # fmt: skip

    problem += pulp.lpSum(float(v[b] * r[k]) / len(S) * y[s, a, b, k] for s, a, b, k in y) - pulp.lpSum(
        p * T[g] for g in G
    )

    for number, (groups, seats) in enumerate(staff.limits):
        if exactly is None:
            problem += pulp.lpSum(T[g] for g in groups) <= int(seats), f"seats_{number}"

    for s in S:
        for g in G:
            others, hours = n[g] - T[g], float(h[g])
            problem += pulp.lpSum(u[s, g, a] for a in near[g]) <= hours * others, f"others_{s}_{g}"
            problem += (
                pulp.lpSum(x[s, g, a, b] for a in near[g] for b in B) + z[s, g] <= hours * T[g],
                f"trained_{s}_{g}",
            )
            if len(near[g]) > 1:
                away = near[g][1:]
                problem += pulp.lpSum(u[s, g, a] for a in away) <= rho * hours * others, f"others_away_{s}_{g}"
                problem += (
                    pulp.lpSum(x[s, g, a, b] for a in away for b in B) <= rho * hours * T[g],
                    f"trained_away_{s}_{g}",
                )

    for s in S:
        for a in A:
            for b in B:
                given = [float(e[g, b]) * x[s, g, a, b] for g in G if a in near[g]]
                given += [float(e[g, b]) * u[s, g, a] for g in G if a in near[g] and o[g] == b]
                given += [float(e[g, b] * (q or 0.0)) * z[s, g] for g in G if a == home[g]]
                problem += pulp.lpSum(y[s, a, b, k] for k in K) <= pulp.lpSum(given), f"covered_{s}_{a}_{b}"

    return TraineesModel(problem, T, y)
