"""The smallest change of a plan that keeps every limit and wish: solved, cut where it falls apart, solved again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pulp

from foundation.arrays import Ints
from optimize.districting.exact.branch_and_cut import separator
from optimize.districting.formulations import fewest_moves
from optimize.districting.formulations.fewest_moves import MoveModel
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan, reach
from optimize.solving.deadline import Deadline
from optimize.solving.solver import solved_within

LARGEST = 60_000
"""Units times communities up to which every unit may go anywhere; beyond, only to communities that are near."""

HOPS = 3
"""Neighbours of neighbours that count as near."""

ROUNDS = 400


@dataclass(frozen=True)
class Repair:
    """What was found.

    Attributes
    ----------
    label : ndarray or None
        Community of every unit; None where there is none, or none was found.
    granted : tuple of int
        Objections that it grants.
    proof : {"optimal", "feasible", "infeasible", "unknown"}
        ``optimal``: no plan grants more, and none that grants as many moves fewer units.
    bound : int
        Units that have to move at least (without objections).
    """

    label: Ints | None
    granted: tuple[int, ...]
    proof: Literal["optimal", "feasible", "infeasible", "unknown"]
    bound: int = 0


def repair(
    instance: Instance,
    given: Ints,
    *,
    deadline: Deadline,
    objections: Sequence[tuple[int, int]] = (),
    must: Mapping[int, int] | None = None,
    stays: Sequence[Sequence[int]] = (),
    solver: str = "highs",
) -> Repair:
    """Find the plan nearest to a given one.

    Parameters
    ----------
    instance : Instance
        With the bounds and wishes to be kept; as many communities as the given plan has.
    given : ndarray of int, shape (units,)
        -1 where a unit's community is none of these: it has to move.
    deadline : Deadline
    objections : sequence of (unit, community)
        Of which as many as possible are granted.
    must : mapping of unit to community, optional
        Moves that have to be made.
    stays : sequence of groups of units
        Each of which is a community of its own, whatever its sums.
    solver : {"highs", "cbc"}

    Returns
    -------
    Repair
    """
    allowed = _near(instance, given, objections, must) if len(instance) * instance.communities > LARGEST else None
    model = fewest_moves.build(instance, given, objections, must, stays, allowed)
    least = 0
    for _ in range(ROUNDS):
        outcome = solved_within(model.problem, solver, deadline)
        if outcome.bound is not None and not objections:
            least = max(least, int(np.ceil(outcome.bound - 1e-6)))
        if outcome.proof == "infeasible":
            return Repair(None, (), "infeasible" if allowed is None else "unknown", least)
        if outcome.proof == "unknown":
            return Repair(None, (), "unknown", least)
        label = _labels(model, len(instance))
        if not _cut(instance, model, label, stays):
            proven = outcome.proof == "optimal" and allowed is None
            granted = tuple(o for o, (i, k) in enumerate(objections) if label[i] == k)
            return Repair(label, granted, "optimal" if proven else "feasible", least)
        if outcome.proof != "optimal":
            break
    return Repair(None, (), "unknown", least)


def _labels(model: MoveModel, units: int) -> Ints:
    label = np.zeros(units, dtype=np.int64)
    for (i, k), variable in model.x.items():
        if (variable.varValue or 0.0) > 0.5:
            label[i] = k
    return label


def _cut(instance: Instance, model: MoveModel, label: Ints, stays: Sequence[Sequence[int]]) -> bool:
    """Cut off a plan that breaks what the model does not hold; return whether there was anything to cut."""
    cut = False
    for k in range(instance.communities):
        members = np.flatnonzero(label == k)
        whole = set(members.tolist())
        while whole:
            piece = reach(instance, label, min(whole))
            whole -= piece
            if len(piece) < len(members):
                cut = True
                _separate(instance, model, piece, [u for u in members.tolist() if u not in piece])
    if cut:
        return True
    locked = {frozenset(group) for group in stays}
    exempt = [k for k in range(instance.communities) if frozenset(np.flatnonzero(label == k).tolist()) in locked]
    faults = check_plan(instance, label, exempt).faults
    if not faults:
        return False
    _forbid(instance, model, label, exempt)
    return True


def _separate(instance: Instance, model: MoveModel, piece: set[int], others: Sequence[int]) -> None:
    """Hold every community to it: a unit of a piece and one apart from it share one only by way of units between.

    Between are the units beside the piece that can be reached from the other unit, so every way crosses one of them.
    """
    problem = model.problem
    a, b = min(piece), min(others)
    between = separator(instance, piece, b)
    for c in range(instance.communities):
        here, there = model.x.get((a, c)), model.x.get((b, c))
        if here is None or there is None:
            continue
        ways = pulp.lpSum(model.x[v, c] for v in between if (v, c) in model.x)
        problem += here + there - 1 <= ways, _name(model, c)


def _forbid(instance: Instance, model: MoveModel, label: Ints, exempt: Sequence[int]) -> None:
    """Rule out every community that breaks a limit by itself (a radius), under any name."""
    problem = model.problem
    for k in range(instance.communities):
        members = np.flatnonzero(label == k)
        if k in exempt or _keeps(instance.sized(k), members):
            continue
        inside = set(members.tolist())
        for c in range(instance.communities):
            leave = [1 - model.x[u, c] for u in sorted(inside) if (u, c) in model.x]
            join = [model.x[u, c] for u in range(len(instance)) if u not in inside and (u, c) in model.x]
            if len(leave) == len(inside):
                problem += pulp.lpSum([*leave, *join]) >= 1, _name(model, c)


def _keeps(instance: Instance, members: Ints) -> bool:
    """Say whether a community by itself keeps sums and radius."""
    alone = replace(instance, communities=2)
    label = np.ones(len(instance), dtype=np.int64)
    label[members] = 0
    return not check_plan(alone, label, [1]).faults


def _name(model: MoveModel, community: int) -> str:
    return f"cut_{len(model.problem.constraints())}_{community}"


def _near(
    instance: Instance, given: Ints, objections: Sequence[tuple[int, int]], must: Mapping[int, int] | None
) -> Ints:
    """Return which units may go where: to communities that lie within a few neighbours."""
    allowed = np.zeros((len(instance), instance.communities), dtype=np.int64)
    known = np.flatnonzero(given >= 0)
    allowed[known, given[known]] = 1
    for _ in range(HOPS):
        wider = allowed.copy()
        for a, b in instance.edges.tolist():
            wider[a] |= allowed[b]
            wider[b] |= allowed[a]
        allowed = wider
    for i, k in [*objections, *(must or {}).items()]:
        allowed[i, k] = 1
    return allowed
