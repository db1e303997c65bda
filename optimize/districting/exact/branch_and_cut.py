"""Proof for small territories: solve the model, cut off what falls into pieces, and solve again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pulp
from numpy.typing import NDArray

from foundation.arrays import Ints
from optimize.districting.formulations import cut_edges, moment
from optimize.districting.formulations import lazy_seats as centred
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.verify import Check, check_plan, reach, worst_excess
from optimize.solving.deadline import Deadline
from optimize.solving.solver import solved_within

ROUNDS = 200
"""Separation rounds before the search gives up on a proof."""

SMALL_MOMENT = 20_000
"""Assignment variables left after fixing up to which a proof is attempted."""

LARGE_MOMENT, OVERRUN = 5_000, 0.25
"""Variables from which a solver runs on long between two questions whether to go on; share of the work kept for it."""

SMALL_CUTS = 1_500
"""Units times labels up to which a proof of the cut edges is attempted."""

TIE = 1e-9
PROVEN = 1e-7
"""Relative distance of bound and value below which a floating point solver has proven the value."""

SURE, SURE_A_UNIT = 1e-5, 1e-7
"""By how much a solver's bound of the moment may be too high, in units of its objective: its gap, and its tolerance of
prices for every unit."""

SURE_CUTS = 1e-3
"""The same for the cut edges, which are whole: what its tolerances add up to over all of them, and more."""


@dataclass(frozen=True)
class Exact:
    """What the exact method established.

    Attributes
    ----------
    label : ndarray or None
        A valid plan, better than or as good as the incumbent, if one was found.
    bound : float
        No plan is better.
    proof : {"optimal", "feasible", "infeasible"}
        ``infeasible``: no plan exists at all (only claimed without an incumbent).
    """

    label: Ints | None
    bound: float
    proof: Literal["optimal", "feasible", "infeasible"]


def prove_moment(
    instance: Instance,
    possible: NDArray[np.bool_],
    incumbent: Ints | None,
    bound: float,
    *,
    solver: str,
    deadline: Deadline,
) -> Exact:
    """Find the least moment among the plans that ``possible`` allows, or as much as the work allows."""
    if np.count_nonzero(possible) > SMALL_MOMENT:
        return Exact(incumbent, bound, "feasible")
    if np.count_nonzero(possible) > LARGE_MOMENT:
        deadline = deadline.part(1 - OVERRUN)
    best, value = incumbent, _value(instance, incumbent)
    known, bound = value / 2, max(bound, 0.0)
    model = moment.build(instance, possible, value)
    unsure = (SURE + SURE_A_UNIT * len(instance)) * model.scale
    for _ in range(ROUNDS):
        outcome = solved_within(model.problem, solver, deadline)
        if outcome.bound is not None:
            bound = max(bound, min(outcome.bound * model.scale - unsure, value))
        if outcome.proof == "infeasible":
            return _nothing_better(best, value, bound, admitted=best is not None and _admits(model, instance, best))
        if outcome.proof in ("unknown", "feasible"):
            break
        seat = seats_in(model.x, len(instance))
        label = np.searchsorted(np.unique(seat), seat)
        if separate_seats(instance, model, seat):
            continue
        found = check_plan(instance, label)
        if found.faults:
            if any([recentre(instance, model, seat, label, found), _rule_out_sums(instance, model, label, found)]):
                continue
            break
        if found.value <= value * (1 + TIE):
            best, value = label, found.value
        # Values far below those that the model was scaled for are not told from the solver's tolerances.
        if value * PROVEN < unsure and value < known:
            return prove_moment(instance, possible, best, bound, solver=solver, deadline=deadline)
        return Exact(best, bound, "optimal" if bound >= value * (1 - PROVEN) else "feasible")
    return Exact(best, bound, "feasible")


def prove_cuts(
    instance: Instance,
    incumbent: Ints | None,
    bound: float,
    *,
    solver: str,
    deadline: Deadline,
    today: Today | None = None,
) -> Exact:
    """Find the fewest cut edges, where moves are limited of plans that keep that, or as much as the work allows."""
    if len(instance) * instance.communities > SMALL_CUTS:
        return Exact(incumbent, bound, "feasible")
    order = np.argsort(-instance.loads[:, 0], kind="stable").tolist()
    model = cut_edges.build(instance, order, None if today is None else _names_of(instance, today))
    best, value = incumbent, _value(instance, incumbent)
    if best is not None:
        model.problem.addConstraint(pulp.lpSum(model.y.values()) <= value, "no_worse")
    if 0 < bound <= value:
        model.problem.addConstraint(pulp.lpSum(model.y.values()) >= bound - SURE_CUTS, "known")
    for _ in range(ROUNDS):
        outcome = solved_within(model.problem, solver, deadline)
        if outcome.bound is not None:
            bound = max(bound, min(float(np.ceil(outcome.bound - SURE_CUTS)), value))
        if outcome.proof == "infeasible":
            return _nothing_better(best, value, bound, admitted=True)
        if outcome.proof in ("unknown", "feasible"):
            return Exact(best, bound, "feasible")
        label = np.array(
            [next(k for k in range(instance.communities) if _on(model.x.get((i, k)))) for i in range(len(instance))],
        )
        if _separate_labels(instance, model, label):
            continue
        found = check_plan(instance, label)
        if found.faults and _rule_out_labels(instance, model, label, found):
            continue
        if not found.faults and not keeps(
            instance, label, today
        ):  # only a solver's tolerance takes it for one that does
            whole = pulp.lpSum(model.x[i, k] for i, k in enumerate(label.tolist())) <= len(label) - 1
            model.problem.addConstraint(whole, f"moved_{len(model.problem.constraints())}")
            continue
        if not found.faults and found.value <= value:
            best, value = label, found.value
        return Exact(best, bound, "optimal" if best is not None and bound >= value else "feasible")
    return Exact(best, bound, "feasible")


def _names_of(instance: Instance, today: Today) -> cut_edges.Names:
    """Return today's names as labels; the share that must stay is a little less than the check of a plan asks for."""
    whole = max(float(instance.weight.sum()), 1e-300)
    return cut_edges.Names(today.label, 1 - today.most_moved * (1 + 2 * ROUNDING) / whole - ROUNDING)


def _nothing_better(best: Ints | None, value: float, bound: float, *, admitted: bool) -> Exact:
    """Return what it means that a model has no solution.

    Without a plan there is none. With one that the model leaves out as no better than itself, it is the best. With one
    that the model admits, the solver is wrong, and nothing it said counts for a proof.
    """
    if best is None:
        return Exact(None, np.inf, "infeasible")
    return Exact(best, bound, "feasible") if admitted else Exact(best, value, "optimal")


def _admits(model: moment.MomentModel, instance: Instance, label: Ints) -> bool:
    seat = check_plan(instance, label).seats[label]
    return all((i, j) in model.x for i, j in enumerate(seat.tolist()))


def _value(instance: Instance, label: Ints | None) -> float:
    return float("inf") if label is None else check_plan(instance, label).value


def _on(variable: Any) -> bool:
    return variable is not None and (pulp.value(variable) or 0.0) > 0.5


def seats_in(x: dict[tuple[int, int], Any], units: int) -> Ints:
    """Return the seat that every unit has in a solution."""
    seat = np.full(units, -1, dtype=np.int64)
    for (i, j), variable in x.items():
        if _on(variable):
            seat[i] = j
    return seat


def separate_seats(instance: Instance, model: moment.MomentModel, seat: Ints) -> int:
    """Add x_ij <= sum of x_sj over a minimal separator s of i and j, for every piece cut off from its seat.

    Once with the wall around the piece, for all seats: the same piece would next be given to the seat beside. And once
    with the wall around what the seat can reach, for all units beyond: a piece one unit larger would be next.
    """
    added, seats = 0, sorted(j for i, j in model.x if i == j)
    for j in np.unique(seat).tolist():
        members = set(np.flatnonzero(seat == j).tolist())
        own = reach(instance, seat, j)
        lost = members - own
        while lost:
            piece = reach(instance, seat, min(lost))
            lost -= piece
            for other in seats:
                if other not in piece and other not in (wall := separator(instance, piece, other)):
                    added += _demand_way(model, piece, other, wall)
            wall = separator(instance, own, min(piece))
            beyond = reach(instance, np.isin(np.arange(len(instance)), wall).astype(np.int64), min(piece))
            for other in sorted(own):
                if (other, other) in model.x:
                    added += _demand_way(model, beyond, other, wall)
    return added


def _beyond_bounds(instance: Instance, label: Ints, check: Check) -> list[Ints]:
    """Return the members of communities whose sums only a solver's tolerance takes for being within their bounds."""
    worst = [worst_excess(instance.sized(k), sums[None, :]) for k, sums in enumerate(check.sums)]
    return [np.flatnonzero(label == k) for k, excess in enumerate(worst) if excess > ROUNDING * (1 + PROVEN)]


def _rule_out_sums(instance: Instance, model: moment.MomentModel, label: Ints, check: Check) -> bool:
    """Cut off the communities whose sums lie outside their bounds; False: there are none."""
    outside = _beyond_bounds(instance, label, check)
    for members in outside:
        centred.rule_out(model, members)
    return bool(outside)


def _rule_out_labels(instance: Instance, model: cut_edges.CutModel, label: Ints, check: Check) -> bool:
    """Add sum_{i in S} x_ik - sum_{i not in S} x_ik <= |S| - 1 for every label k and community S outside its bounds."""
    outside = _beyond_bounds(instance, label, check)
    for members in outside:
        inside = set(members.tolist())
        for k in range(instance.communities):
            if all((i, k) in model.x for i in inside):
                terms = [x if i in inside else -x for (i, other), x in model.x.items() if other == k]
                name = f"not_{k}_{len(model.problem.constraints())}"
                model.problem.addConstraint(pulp.lpSum(terms) <= len(inside) - 1, name)
    return bool(outside)


def recentre(instance: Instance, model: moment.MomentModel, seat: Ints, label: Ints, check: Check) -> bool:
    """Cut off the communities with a unit beyond the radius of the seat they really have; False: there are none."""
    far = instance.away(np.arange(len(instance)), check.seats[label]) > instance.radius * (1 + ROUNDING)
    communities = np.unique(label[far]).tolist()
    for k in communities:
        members = np.flatnonzero(label == k)
        taken, real = int(seat[members[0]]), int(check.seats[k])
        name = f"central_{taken}_{real}"
        if taken == real or name in {row.name for row in model.problem.constraints()}:
            centred.rule_out(model, members)
        else:
            centred.centre(model, instance, taken, real)
    return bool(communities)


def _demand_way(model: moment.MomentModel, piece: set[int], seat: int, wall: list[int]) -> int:
    through = pulp.lpSum(model.x[s, seat] for s in wall if (s, seat) in model.x)
    held = [i for i in sorted(piece) if (i, seat) in model.x]
    for i in held:
        name = f"reach_{i}_{seat}_{len(model.problem.constraints())}"
        model.problem.addConstraint(model.x[i, seat] <= through, name)
    return len(held)


def _separate_labels(instance: Instance, model: cut_edges.CutModel, label: Ints) -> int:
    """Add x_ak + x_bk <= 1 + sum of x_sk over a minimal separator s of a and b, for every label in pieces."""
    added = 0
    for k in range(instance.communities):
        members = set(np.flatnonzero(label == k).tolist())
        pieces = []
        while members:
            piece = reach(instance, label, min(members))
            members -= piece
            pieces.append(piece)
        pieces.sort(key=lambda p: (-len(p), min(p)))
        for piece in pieces[1:]:
            for b_piece in pieces[:1]:
                a, b = min(piece), min(b_piece)
                wall = separator(instance, piece, b)
                for other in range(instance.communities):
                    if (a, other) in model.x and (b, other) in model.x:
                        through = pulp.lpSum(model.x[s, other] for s in wall if (s, other) in model.x)
                        name = f"join_{a}_{b}_{other}_{len(model.problem.constraints())}"
                        model.problem.addConstraint(model.x[a, other] + model.x[b, other] <= 1 + through, name)
                        added += 1
    return added


def separator(instance: Instance, piece: set[int], target: int) -> list[int]:
    """Return a minimal set of units outside a piece that every path from the piece to a target crosses."""
    wall = {other for unit in piece for other in instance.neighbours(unit) if other not in piece}
    seen, frontier, touched = {target}, [target], set()
    if target in wall:
        return [target]
    while frontier:
        unit = frontier.pop()
        for other in instance.neighbours(unit):
            if other in wall:
                touched.add(other)
            elif other not in seen and other not in piece:
                seen.add(other)
                frontier.append(other)
    return sorted(touched)
