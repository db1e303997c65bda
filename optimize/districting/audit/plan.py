"""Is the plan of a certificate valid, and worth what it claims? In rational numbers, by graph search."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from optimize.districting.audit.problem import NEAR, DistrictingProblem, Ints, whole
from optimize.districting.audit.radius import radius_of


def faults_of(problem: DistrictingProblem, certificate: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a plan or its value; nothing where all is well.

    Parameters
    ----------
    problem : DistrictingProblem
    certificate : mapping
    """
    label = np.array(certificate["plan"], dtype=np.int64)
    members = [np.flatnonzero(label == k).tolist() for k in range(problem.communities)]
    faults = [f"community {k} has no unit" for k, units in enumerate(members) if not units]
    faults += [f"community {k} falls into pieces" for k, units in enumerate(members) if not connected(problem, units)]
    if sum(map(len, members)) != len(problem):
        faults.append("a unit belongs to no community")
    if faults:
        return faults
    faults += _out_of_bounds(problem, members)
    faults += [f"units {group} do not share a community" for group in problem.together if len(set(label[group])) > 1]
    faults += [f"units {a} and {b} share a community" for a, b in problem.apart if label[a] == label[b]]
    for most, groups in problem.splits:
        made = sum(len(group & set(units)) > 0 for group in groups for units in members) - len(groups)
        faults += [f"groups are split {made} times, more than {most}"] if made > most else []
    value, seats = value_of(problem, members)
    faults += [f"unit {seat} is no seat" for seat in problem.fixed if seat not in seats]
    if np.isfinite(problem.radius):
        faults += [
            f"a unit of community {k} lies beyond the radius" for k, units in enumerate(members) if _far(problem, units)
        ]
    if problem.today is not None and _moved(problem, problem.today, members) > Fraction(problem.may_move):
        faults.append("more is moved than may be")
    claimed = Fraction(certificate["value"])
    if abs(value - claimed) > NEAR * abs(claimed):
        faults.append(f"the plan is worth {float(value):.12g}, not {float(claimed):.12g}")
    return faults


def connected(problem: DistrictingProblem, units: list[int]) -> bool:
    """Say whether units hang together."""
    inside, left = set(units), units[:1]
    seen = set(left)
    while left:
        fresh = (problem.near[left.pop()] & inside) - seen
        seen |= fresh
        left += fresh
    return len(seen) == len(inside)


def _moved(problem: DistrictingProblem, today: Ints, members: list[list[int]]) -> Fraction:
    """Return the weight away from its community of today, communities being named as moves least."""
    weight = [Fraction(one) for one in problem.weight.tolist()]
    names = sorted(set(today.tolist()))
    shared = [[sum((weight[u] for u in units if today[u] == n), Fraction(0)) for n in names] for units in members]
    rows, columns = linear_sum_assignment(-np.array(shared, dtype=np.float64))
    kept = sum((shared[k][n] for k, n in zip(rows.tolist(), columns.tolist(), strict=True)), Fraction(0))
    return sum(weight, Fraction(0)) - kept


def _far(problem: DistrictingProblem, units: list[int]) -> bool:
    """Say whether no seat that is as good as the best, a rounding apart, has all units within the radius."""
    seats = [unit for unit in units if unit in problem.fixed] or units
    costs = problem.costs(units, seats).sum(axis=0) * (problem.objective != "radius")  # any member may be the seat
    alike = costs <= costs.min() * (1 + float(NEAR))
    return bool(problem.away(units, seats).max(axis=0)[alike].min() > problem.radius * (1 + 2 * float(NEAR)))


def _out_of_bounds(problem: DistrictingProblem, members: list[list[int]]) -> list[str]:
    faults = []
    for q in range(problem.loads.shape[1]):
        loads = [Fraction(load) for load in problem.loads[:, q].tolist()]
        for k, units in enumerate(members):
            least, most = problem.bounds_of(k)
            low, high = least[q], most[q]
            total = sum(loads[unit] for unit in units)
            if (np.isfinite(low) and total < Fraction(low)) or (np.isfinite(high) and total > Fraction(high)):
                faults.append(f"community {k} has {float(total):.12g} of attribute {q}")
    return faults


def value_of(problem: DistrictingProblem, members: list[list[int]]) -> tuple[Fraction, list[int]]:
    """Return what a plan is worth, exactly but for roots, and its seats: the fixed one, or the member of least cost."""
    if problem.objective == "radius":
        return radius_of(problem, members)
    if problem.objective == "distance" or problem.distances is not None:
        return _about_best(problem, members)
    points, bits = whole(problem.points)
    xs, ys = points[0::2], points[1::2]
    weight, weight_bits = whole(problem.weight)
    total, seats = 0, []
    for units in members:
        fixed = [unit for unit in units if unit in problem.fixed]
        heavy = sum(weight[i] for i in units)
        cx, cy = sum(weight[i] * xs[i] for i in units), sum(weight[i] * ys[i] for i in units)
        square = sum(weight[i] * (xs[i] ** 2 + ys[i] ** 2) for i in units)
        # sum w_i |p_i - p_j|^2, without a look at every pair
        moments = {
            j: square - 2 * (xs[j] * cx + ys[j] * cy) + heavy * (xs[j] ** 2 + ys[j] ** 2) for j in fixed or units
        }
        seat = min(moments, key=lambda j: (moments[j], j))
        seats.append(seat)
        total += moments[seat]
    if problem.objective == "moment":
        return Fraction(total, 1 << (2 * bits + weight_bits)), seats
    return _cut(problem, members), seats


def _about_best(problem: DistrictingProblem, members: list[list[int]]) -> tuple[Fraction, list[int]]:
    """Return the same by a look at every pair of units: doubles say which members may be the best seat."""
    total, seats = Fraction(0), []
    for units in members:
        candidates = [unit for unit in units if unit in problem.fixed] or units
        costs = problem.costs(units, candidates).sum(axis=0)
        alike = [candidates[c] for c in np.flatnonzero(costs <= costs.min() * (1 + float(NEAR))).tolist()]
        whole_costs, bits = problem.whole_costs(units, alike)
        sums = whole_costs.sum(axis=0)
        best = min(range(len(alike)), key=lambda c: (sums[c], alike[c]))
        seats.append(alike[best])
        total += Fraction(int(sums[best]), 1 << bits)
    return (_cut(problem, members) if problem.objective == "cut-edges" else total), seats


def least_about_seats(problem: DistrictingProblem, certificate: Mapping[str, Any]) -> float:
    """Return what a plan's units cost about the seats that have all of theirs within the radius."""
    label, total = np.array(certificate["plan"], dtype=np.int64), 0.0
    for k in range(problem.communities):
        units = np.flatnonzero(label == k).tolist()
        seats = [unit for unit in units if unit in problem.fixed] or units
        reach = problem.away(units, seats).max(axis=0) <= problem.radius * (1 + 2 * float(NEAR))
        total += float(problem.costs(units, seats).sum(axis=0)[reach].min(initial=np.inf))
    return total


def _cut(problem: DistrictingProblem, members: list[list[int]]) -> Fraction:
    where = {unit: k for k, units in enumerate(members) for unit in units}
    return Fraction(sum(where[a] != where[b] for a, b in problem.edges.tolist()))
