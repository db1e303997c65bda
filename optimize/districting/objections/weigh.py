"""Objections to a plan weighed: each alone, the most that can be granted together, and the plan that grants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from foundation.arrays import Ints
from foundation.atomic_files import write_text
from foundation.messages import Message
from foundation.safe_csv import csv_text
from optimize.districting.given.check import Ground, grounds, moves_between, request_of
from optimize.districting.given.repair import Repair, repair
from optimize.districting.given.result import given_result
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan, objective_of, seats_of
from optimize.districting.result import PartitionResult
from optimize.solving.deadline import Deadline
from scenarios import InputError, Plan, Problem, Territory
from scenarios.schema.dotted_keys import near


class Objection(NamedTuple):
    """What somebody wants: a unit in another community."""

    unit_id: str
    community: str
    who: str = ""
    why: str = ""


@dataclass(frozen=True)
class Weighed:
    """What granting objections comes to.

    Attributes
    ----------
    table : DataFrame
        A row an objection: ``unit_id, community, who, why, from, verdict, granted, moves, units, objective_change,
        worst_deviation, weight_moved, proof``. ``verdict``: ``already`` (it is so), ``granted`` (by itself),
        ``with_others`` (other units have to move as well), ``across`` (into another group), ``impossible`` (proven),
        ``unknown``; ``granted``: 1 in the
        plan that grants the most.
    result : PartitionResult
        The plan that grants the most; no other grants more if ``proof`` is optimal.
    given : Plan
    proof : {"optimal", "feasible", "unknown"}
    alone : mapping of int to Plan
        Row of an objection -> the nearest plan in which it is granted; those that none grants are absent.
    """

    table: pd.DataFrame
    result: PartitionResult
    given: Plan
    proof: str
    alone: Mapping[int, Plan] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what result.json says of the objections."""
        return {
            "objections": {
                "number": len(self.table),
                "granted_together": int(self.table["granted"].sum()),
                "proof": self.proof,
                "units_moved": len(moves_between(self.given.assignment, self.result.assignment)),
            }
        }

    def save(self, folder: Path | str) -> Path:
        """Write objections.csv, moves_granted.csv and the files of the plan that grants the most."""
        out = Path(folder)
        write_text(out / "objections.csv", csv_text(self.table))
        write_text(out / "moves_granted.csv", csv_text(moves_between(self.given.assignment, self.result.assignment)))
        return self.result.save(out, **self.to_dict())


def weigh(
    territory: Territory,
    plan: Plan,
    objections: Sequence[Objection],
    communities: int | Mapping[str, int] | None = None,
    **asked: Any,
) -> Weighed:
    """Weigh objections to a plan.

    Parameters
    ----------
    territory : Territory
    plan : Plan
        That people object to.
    objections : sequence of Objection
    communities, **asked
        As in `optimize.partition`: the limits and wishes within which objections are granted.

    Raises
    ------
    InputError
        An objection names what is not there, or the request cannot be understood.
    """
    _refuse(plan, objections)
    request = request_of(territory, plan, communities, asked)
    rows: dict[int, dict[str, Any]] = {}
    alone: dict[int, Plan] = {}
    moved = {str(unit): str(name) for unit, name in plan.assignment.items()}
    proofs = []
    for ground in grounds(territory, plan, request):
        at = {unit: i for i, unit in enumerate(ground.units)}
        mine = [n for n, o in enumerate(objections) if o.unit_id in at]
        for n in mine:
            rows[n], label = _alone(ground, plan, objections[n], request)
            if label is not None:
                alone[n] = _with(plan, ground, label)
        wanted = [(at[objections[n].unit_id], _label(ground, objections[n])) for n in mine]
        inside = [(n, pair) for n, pair in zip(mine, wanted, strict=True) if pair[1] >= 0]
        found = _solved(ground, request, objections=[pair for _, pair in inside])
        proofs.append(found.proof)
        for place, (n, _) in enumerate(inside):
            rows[n]["granted"] = int(place in found.granted)
        if found.label is not None:
            moved |= dict(zip(ground.units, (ground.names[k] for k in found.label), strict=True))
    best = Plan(pd.Series(moved, dtype=object).reindex(plan.assignment.index))
    result = given_result(territory, best, request)
    sure = all(proof == "optimal" for proof in proofs)
    table = pd.DataFrame([rows[n] for n in range(len(objections))], columns=COLUMNS)
    return Weighed(table, result, plan, "optimal" if sure else "unknown" if "unknown" in proofs else "feasible", alone)


COLUMNS = [
    *("unit_id", "community", "who", "why", "from", "verdict", "granted", "moves", "units"),
    *("objective_change", "worst_deviation", "weight_moved", "proof"),
]


def _refuse(plan: Plan, objections: Sequence[Objection]) -> None:
    known = sorted(map(str, plan.assignment.unique()))
    problems = []
    for n, (unit, community, *_) in enumerate(objections, start=1):
        if unit not in plan.assignment.index:
            rule = Message("the territory has no such unit")
            problems.append(Problem(Message("objection {n}", n=n), unit, rule, Message("Correct the unit id.")))
        if community not in known:
            rule = Message("the plan has no such community")
            problems.append(Problem(Message("objection {n}", n=n), community, rule, near(community, known)))
    if problems:
        raise InputError(problems)


def _label(ground: Ground, objection: Objection) -> int:
    return ground.names.index(objection.community) if objection.community in ground.names else -1


def _solved(ground: Ground, request: Request, **asked: Any) -> Repair:
    deadline = Deadline(request.work_limit, seconds=request.time_limit, what="objections")
    return repair(ground.instance, ground.given, deadline=deadline, stays=ground.stays, solver=request.solver, **asked)


def _with(plan: Plan, ground: Ground, label: Ints) -> Plan:
    """Return a plan with the communities of one group replaced."""
    own = dict(zip(ground.units, (ground.names[k] for k in label.tolist()), strict=True))
    return Plan(pd.Series({str(u): own.get(str(u), str(name)) for u, name in plan.assignment.items()}, dtype=str))


def _alone(ground: Ground, plan: Plan, objection: Objection, request: Request) -> tuple[dict[str, Any], Ints | None]:
    """Return what granting one objection alone comes to, and the nearest plan in which it is granted."""
    unit, wanted = ground.units.index(objection.unit_id), _label(ground, objection)
    before = str(plan.assignment[objection.unit_id])
    row: dict[str, Any] = {**objection._asdict(), "from": before, "granted": 0, "moves": 0, "units": ""}
    if before == objection.community:
        return row | _worth(ground, ground.given, ground.given) | {"verdict": "already", "proof": "optimal"}, None
    if wanted < 0:  # a community of another group, which no plan may reach across
        return row | {"verdict": "across", "proof": "infeasible", "moves": None}, None
    found = _solved(ground, request, must={unit: wanted})
    if found.label is None:
        verdict = "impossible" if found.proof == "infeasible" else "unknown"
        return row | {"verdict": verdict, "proof": found.proof, "moves": None}, None
    others = [u for u in np.flatnonzero(found.label != ground.given).tolist() if u != unit]
    told = {"verdict": "with_others" if others else "granted", "proof": found.proof, "moves": 1 + len(others)}
    row |= told | {"units": " ".join(ground.units[u] for u in others)}
    return row | _worth(ground, ground.given, found.label), found.label


def _worth(ground: Ground, before: Ints, after: Ints) -> dict[str, Any]:
    """Return what a plan of a group costs against the given one: compactness, balance, work that changes hands."""
    instance = ground.instance
    if (before < 0).any():
        change = None
    else:
        change = objective_of(instance, after, seats_of(instance, after)) - objective_of(
            instance, before, seats_of(instance, before)
        )
    sums = check_plan(instance, after).sums
    weight, total = instance.weight, float(instance.weight.sum())
    off = np.abs(sums / np.maximum(instance.mean, 1e-300) - 1)
    return {
        "objective_change": change,
        "worst_deviation": float(off.max()),
        "weight_moved": float(weight[before != after].sum()) / total if total else 0.0,
    }
