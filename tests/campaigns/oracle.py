"""A model of boundaries written apart from those under test: anchors, flow for contiguity, plain PuLP on HiGHS.

It knows no bounds, no search, no cuts and no order of branching of ours. It says honestly when it did not finish: at
its time limit PuLP calls HiGHS's answer optimal, and only `sol_status` and the bound tell.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pulp

from optimize.solving.linear_expression import weighted_sum
from tests.campaigns.question import Plan, Question, exact, judge

NEAR = 1e-6
"""Relative distance of HiGHS's bound and a plan's exact moment below which the two are one."""


@dataclass(frozen=True)
class Verdict:
    """What the model established.

    Attributes
    ----------
    proof : {"optimal", "infeasible", "unfinished"}
    value : Fraction or None
        Exact value of the plan.
    bound : float
        As HiGHS says it.
    plan : mapping, or None
    seconds : float
    """

    proof: str
    value: Fraction | None
    bound: float
    plan: Plan | None
    seconds: float


@dataclass(frozen=True)
class _Model:
    problem: pulp.LpProblem
    held: dict[tuple[str, str], Any]
    scale: float
    fixed: float


def settle(question: Question, time_limit: float) -> Verdict:
    """Solve a question by the plain model."""
    began = time.perf_counter()
    model = build(question)
    solver = pulp.HiGHS(
        msg=False,
        gapRel=0.0,
        threads=1,
        timeLimit=time_limit,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
    )
    model.problem.solve(solver)
    status, said = model.problem.sol_status, model.problem.solverModel.getInfo().mip_dual_bound
    bound = said * model.scale + model.fixed if math.isfinite(said) else -math.inf
    spent = time.perf_counter() - began
    if status == pulp.LpSolutionInfeasible:
        return Verdict("infeasible", None, math.inf, None, spent)
    if status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return Verdict("unfinished", None, bound, None, spent)
    plan = {u: name for name, members in question.locked.items() for u in members}
    plan |= {unit: f"of {anchor}" for (unit, anchor), on in model.held.items() if (on.varValue or 0.0) > 0.5}
    if len(plan) < len(question.units) or (worth := judge(question, plan)).faults:
        return Verdict("unfinished", None, bound, None, spent)  # numerical trouble of the solver, or none found
    reached = float(worth.value) - bound <= NEAR * max(1.0, abs(bound))
    if question.objective == "cut-edges":
        reached = worth.value <= math.ceil(bound - 1e-6)
    proof = "optimal" if status == pulp.LpSolutionOptimal and reached else "unfinished"
    return Verdict(proof, worth.value, bound, plan, spent)


def build(question: Question) -> _Model:  # noqa: PLR0912 (one model, read from the top down)
    """Build the model; for few cut edges a community's anchor is its first unit, else its seat.

    Sets
        i, j in units that no lock holds; e in open adjacencies between them; arcs: both ways of each e
    Variables
        x_ij in {0, 1}: unit i is in the community anchored at j; c_e >= 0: e is cut; f_a >= 0: flow from anchors
    Objective
        sum_e c_e; or sum_ij w_i d_ij^2 x_ij, or the same with d_ij; or r
    Constraints
        radius     r >= sum_j d_ij x_ij for every i
        once       every unit has one anchor
        number     as many anchors as communities
        open       x_ij <= x_jj
        sums       bounds on the sums of every anchor, or of one of the sizes that it may take
        cut        c_e >= x_aj - x_bj for every j, both ways
        flow       every unit takes one, anchors give up to n; none flows over an e that is cut
        wishes     pairs, groups, seats, radius, moves, splits
    """
    inside = [u for u in question.units if not any(u in members for members in question.locked.values())]
    count = question.communities - len(question.locked)
    place = {u: k for k, u in enumerate(inside)}
    by_seat = question.objective != "cut-edges" or question.wishes.get("max_radius") is not None
    problem = pulp.LpProblem("oracle", pulp.LpMinimize)
    held = {
        (i, j): problem.add_variable(f"x_{place[i]}_{place[j]}", cat=pulp.LpBinary)
        for i in inside
        for j in inside
        if by_seat or place[j] <= place[i]
    }
    edges = [(a, b) for a, b in question.open_edges if a in place and b in place]
    cut = {e: problem.add_variable(f"c_{k}", lowBound=0, upBound=1) for k, e in enumerate(edges)}
    anchors: dict[str, list[str]] = {j: [i for i in inside if (i, j) in held] for j in inside}

    moment, scale = _moment(question, held)
    across = sum((a in place) != (b in place) or _locked_apart(question, a, b) for a, b in question.open_edges)
    if question.objective in ("moment", "distance"):
        problem += weighted_sum([(held[pair], c / scale) for pair, c in moment.items()])
        fixed = _moment_of_locked(question)
    elif question.objective == "radius":
        widest, scale, fixed = problem.add_variable("r", lowBound=_radius_of_locked(question)), 1.0, 0.0
        problem += widest
        away = _far(question)
        for i in inside:
            problem += widest >= weighted_sum([(held[i, j], away[i, j] ** 0.5) for j in inside])
    else:
        problem += pulp.lpSum(cut.values())
        scale, fixed = 1.0, float(across)

    for i in inside:
        problem += pulp.lpSum(held[i, j] for j in inside if (i, j) in held) == 1
    problem += pulp.lpSum(held[j, j] for j in inside) == count
    for (i, j), x in held.items():
        if i != j:
            problem += x <= held[j, j]
    takes = _sizes(problem, question, inside, held)
    for name in question.balance:
        load = dict(zip(question.units, question.loads[name], strict=True))
        loosened = 0.25 if all(float(v).is_integer() for v in load.values()) else 0.0
        for j in inside:
            total = weighted_sum([(held[i, j], float(load[i])) for i in anchors[j]])
            bounds = [(on, question.bounds_of(part)[name]) for part, on in takes[j]]
            problem += total >= weighted_sum([(on, float(low) - loosened) for on, (low, _) in bounds])
            problem += total <= weighted_sum([(on, float(high) + loosened) for on, (_, high) in bounds])
    for (a, b), c in cut.items():
        for j in inside:
            if (a, j) in held or (b, j) in held:
                problem += c >= held.get((a, j), 0) - held.get((b, j), 0)
                problem += c >= held.get((b, j), 0) - held.get((a, j), 0)
    _flow(problem, inside, held, cut)
    _wish(problem, question, inside, held)
    if question.wishes.get("splits"):
        _splits(problem, question, inside, held)
    if question.wishes.get("max_radius") is not None:
        _centre(
            problem,
            question,
            inside,
            held,
            moment,
            scale if question.objective in ("moment", "distance") else _moment(question, held)[1],
        )
    return _Model(problem, held, scale, fixed)


def _sizes(
    problem: pulp.LpProblem, question: Question, inside: list[str], held: dict[tuple[str, str], Any]
) -> dict[str, list[tuple[Fraction, Any]]]:
    """Return for every anchor the parts of all that its community may have, each with the variable that says so."""
    parts = [part for _, part in question.slots]
    if not parts:
        return {j: [(Fraction(1, question.communities), held[j, j])] for j in inside}
    found = {}
    for a, j in enumerate(inside):
        found[j] = [
            (part, problem.add_variable(f"z_{a}_{k}", cat=pulp.LpBinary)) for k, part in enumerate(sorted(set(parts)))
        ]
        problem += pulp.lpSum(on for _, on in found[j]) == held[j, j]
    for k, part in enumerate(sorted(set(parts))):
        problem += pulp.lpSum(found[j][k][1] for j in inside) == parts.count(part)
    return found


def _splits(problem: pulp.LpProblem, question: Question, inside: list[str], held: dict[tuple[str, str], Any]) -> None:
    """Count in how many communities every town lies."""
    towns = sorted(set(question.towns) - {""})
    touched = []
    for t, town in enumerate(towns):
        members = [u for u, own in zip(question.units, question.towns, strict=True) if own == town]
        for a, j in enumerate(inside):
            y = problem.add_variable(f"y_{t}_{a}", lowBound=0, upBound=1)
            touched.append(y)
            for u in members:
                if (u, j) in held:
                    problem += y >= held[u, j]
    problem += pulp.lpSum(touched) <= question.wishes["splits"]["town"] + len(towns)


def _locked_apart(question: Question, a: str, b: str) -> bool:
    homes = [next((n for n, m in question.locked.items() if u in m), None) for u in (a, b)]
    return None not in homes and homes[0] != homes[1]


def _far(question: Question) -> dict[tuple[str, str], float]:
    point = dict(zip(question.units, question.points, strict=True))
    return {
        (i, j): (point[i][0] - point[j][0]) ** 2 + (point[i][1] - point[j][1]) ** 2
        for i in question.units
        for j in question.units
    }


def _powers(question: Question) -> dict[tuple[str, str], float]:
    """Return distances as they count: squared for the moment and the seats of cut edges."""
    squares = _far(question)
    return {pair: far**0.5 for pair, far in squares.items()} if question.objective == "distance" else squares


def _radius_of_locked(question: Question) -> float:
    far = _far(question)
    radii = [min(max(far[i, j] for i in members) for j in members) for members in question.locked.values()]
    return max(radii, default=0.0) ** 0.5


def _moment(question: Question, held: dict[tuple[str, str], Any]) -> tuple[dict[tuple[str, str], float], float]:
    """Return what every unit costs at every anchor, and a scale that keeps the numbers moderate."""
    weight, far = dict(zip(question.units, question.loads[question.weight], strict=True)), _powers(question)
    cost = {(i, j): float(weight[i]) * far[i, j] for i, j in held}
    return cost, max(sum(cost.values()) / max(len(cost), 1), 1e-9)


def _moment_of_locked(question: Question) -> float:
    weight, far = dict(zip(question.units, question.loads[question.weight], strict=True)), _powers(question)
    return sum(
        min(sum(float(weight[i]) * far[i, j] for i in members) for j in members) for members in question.locked.values()
    )


def _flow(problem: pulp.LpProblem, inside: list[str], held: dict[tuple[str, str], Any], cut: dict[Any, Any]) -> None:
    most = len(inside)
    into: dict[str, list[Any]] = {u: [] for u in inside}
    out: dict[str, list[Any]] = {u: [] for u in inside}
    for k, ((a, b), c) in enumerate(cut.items()):
        for way, (start, end) in enumerate(((a, b), (b, a))):
            f = problem.add_variable(f"f_{k}_{way}", lowBound=0, upBound=most)
            problem += f <= most * (1 - c)
            out[start].append(f)
            into[end].append(f)
    for u in inside:
        problem += pulp.lpSum(into[u]) - pulp.lpSum(out[u]) >= 1 - most * held[u, u]


def _wish(problem: pulp.LpProblem, question: Question, inside: list[str], held: dict[tuple[str, str], Any]) -> None:
    """Add seats, pairs, groups and the limit on moves."""
    wishes, free = question.wishes, set(inside)
    seats = [s for s in wishes.get("fix_seats", ()) if s in free]
    if (inside[0], inside[-1]) in held:
        for s in seats:
            problem += held[s, s] == 1
    apart = [pair for pair in wishes.get("keep_apart", ()) if set(pair) <= free]
    apart += [(a, b) for k, a in enumerate(seats) for b in seats[:k]]
    for j in inside:
        for a, b in apart:
            problem += held.get((a, j), 0) + held.get((b, j), 0) <= 1
        for group in wishes.get("keep_together", ()):
            for one, other in itertools.pairwise(group):
                if one in free and ((one, j) in held or (other, j) in held):
                    problem += held.get((one, j), 0) - held.get((other, j), 0) == 0
    if wishes.get("max_moved") is not None:
        today = dict(zip(question.units, question.today, strict=True))
        weight = dict(zip(question.units, map(exact, question.loads[question.weight]), strict=True))
        names = sorted(set(question.today))
        named = {
            (j, n): problem.add_variable(f"n_{a}_{b}", cat=pulp.LpBinary)
            for a, j in enumerate(inside)
            for b, n in enumerate(names)
        }
        for j in inside:
            problem += pulp.lpSum(named[j, n] for n in names) == held[j, j]
        for n in names:
            problem += pulp.lpSum(named[j, n] for j in inside) <= 1
        stay = []
        for k, (i, j) in enumerate(held):
            s = problem.add_variable(f"s_{k}", lowBound=0, upBound=1)
            problem += s <= held[i, j]
            problem += s <= named[j, today[i]]
            stay.append((s, float(weight[i])))
        total = float(sum(weight.values()))
        problem += weighted_sum(stay) >= total * (1 - wishes["max_moved"]) - 1e-6 * total


def _centre(
    problem: pulp.LpProblem,
    question: Question,
    inside: list[str],
    held: dict[tuple[str, str], Any],
    moment: dict[tuple[str, str], float],
    scale: float,
) -> None:
    """Let seats be where plans have them, nobody beyond the radius: no member is a better one than a seat not fixed."""
    far, radius = _far(question), float(question.wishes["max_radius"])
    fixed = set(question.wishes.get("fix_seats", ()))
    for pair, x in held.items():
        if far[pair] > (radius * (1 + 1e-9)) ** 2:
            problem += x == 0
    for j in inside:
        for m in inside if question.objective != "radius" else ():
            if j in fixed or m == j or far[m, j] > (radius * (1 + 1e-9)) ** 2:
                continue
            rows = [(held[i, j], (moment[i, j] - moment[i, m]) / scale) for i in inside]
            most = sum(max(c, 0.0) for x, c in rows)
            problem += weighted_sum(rows) <= most * (1 - held[m, j]) + 1e-7 * most
