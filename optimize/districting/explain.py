"""Why is this unit here: what moving it to each neighbouring community would cost, and what it would break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from foundation.arrays import Ints
from foundation.messages import Joined, Message
from optimize.districting.problem.instance import Instance, instance_of
from optimize.districting.problem.request import WHOLE, bounds_of
from optimize.districting.problem.side_constraints import Wishes
from optimize.districting.problem.verify import Check, check_plan
from optimize.districting.result import PartitionResult
from scenarios import InputError, Problem, Territory
from scenarios.schema.dotted_keys import near


def explain(result: PartitionResult, unit: str) -> pd.DataFrame:
    """Return what moving a unit to each community next to it would cost.

    Parameters
    ----------
    result : PartitionResult
    unit : str
        Unit id.

    Returns
    -------
    DataFrame
        ``unit_id, community, change, change_share, allowed`` and, per balanced attribute, the deviations that the
        old and the new community would have; the first row is the plan as it is. ``change`` is in units of the
        objective; ``allowed`` names what the move would break of all that was asked for, or says yes.

    Raises
    ------
    InputError
        The territory has no such unit.
    """
    territory = result.territory
    if unit not in territory.units.index:
        remedy = near(unit, list(territory.unit_ids))
        raise InputError(Problem("unit", unit, Message("{name} has no such unit", name=territory.name), remedy))
    group = WHOLE if result.within is None else str(territory.units.at[unit, result.within])
    piece = territory
    if group != WHOLE:
        column = territory.units[str(result.within)].astype(str)
        piece = territory.subset(territory.units.index[column == group])
    plan = _plan_of(result, piece)
    here = piece.unit_ids.index(unit)
    home = int(plan.label[here])
    rows = [_row(plan, result, unit, home, home, plan.label)]
    for k in sorted(set(plan.label[plan.instance.neighbours(here)].tolist()) - {home}):
        moved = plan.label.copy()
        moved[here] = k
        rows.append(_row(plan, result, unit, home, k, moved))
    table = pd.DataFrame(rows)
    table["allowed"] = pd.Series([row["allowed"] for row in rows], dtype=object)  # messages, which keep their values
    return table


@dataclass(frozen=True)
class _Plan:
    """A plan of one group and all that was asked of it.

    Attributes
    ----------
    instance : Instance
    names : list of str
        Of the communities.
    label : ndarray of int, shape (units,)
    value : float
    locked : frozenset of int
        Communities that stay as they are.
    today : ndarray of int, shape (units,), or None
        Today's community of every unit, where the moved workload is limited.
    max_moved : float
        Largest share of the workload that may be away from it.
    """

    instance: Instance
    names: list[str]
    label: Ints
    value: float
    locked: frozenset[int]
    today: Ints | None
    max_moved: float


def _sizes(sizes: Mapping[str, float], names: list[str]) -> list[float]:
    """Return the share of every community by name; nothing where all are alike."""
    known = {name: float(sizes[name]) for name in names if name in sizes}
    rest = max(len(names) - len(known), 1)
    return [known.get(name, (1 - sum(known.values())) / rest) for name in names] if known else []


def _plan_of(result: PartitionResult, piece: Territory) -> _Plan:
    request = result.request
    wishes = Wishes.from_dict(request)
    assignment = result.assignment.reindex(piece.units.index)
    names = sorted(assignment.unique())
    label = np.array([names.index(c) for c in assignment], dtype=np.int64)
    instance = instance_of(
        piece,
        len(names),
        objective=result.objective,
        weight=result.weight,
        balance=request["balance"],
        bounds=bounds_of(request),
        seats=tuple(request["fix_seats"]),
        wishes=wishes,
        sizes=_sizes(request.get("sizes", {}), names),
    )
    locked: frozenset[int] = frozenset()
    today = None
    if result.current is not None:
        column = piece.units[result.current].astype(str)
        locked = frozenset(label[column.isin(wishes.lock).to_numpy()].tolist())
        if request["max_moved"] is not None:
            today = pd.factorize(column, sort=True)[0].astype(np.int64)
    value = check_plan(instance, label).value
    return _Plan(instance, names, label, value, locked, today, request["max_moved"] or 0.0)


def _row(plan: _Plan, result: PartitionResult, unit: str, home: int, to: int, label: Ints) -> dict[str, object]:
    left = frozenset(range(len(plan.names))) - set(label.tolist())
    check = check_plan(plan.instance, label, plan.locked | left)
    change = np.nan if left else check.value - plan.value
    row: dict[str, object] = {
        "unit_id": unit,
        "community": plan.names[to],
        "change": change,
        "change_share": change / plan.value if plan.value else 0.0,
        "allowed": Joined(_broken(plan, check, label, left), "; ") or "yes",
    }
    for q, attribute in enumerate(result.balanced):
        mean = plan.instance.mean[q]
        row[f"{attribute}_deviation_from"] = float(check.sums[home, q] / mean - 1) if mean else 0.0
        row[f"{attribute}_deviation_to"] = float(check.sums[to, q] / mean - 1) if mean else 0.0
    return row


def _broken(plan: _Plan, check: Check, label: Ints, left: frozenset[int]) -> list[str]:
    """Return what a plan breaks, with the communities' names instead of their numbers."""
    faults: list[str] = [
        Message("community {community} is left without units", community=plan.names[k]) for k in sorted(left)
    ]
    # Numbers of communities without units are no names; the line above says which they are.
    faults += [
        _by_name(fault, plan) for fault in check.faults if not (left and fault.startswith("communities without units"))
    ]
    changed = {k for pair in zip(plan.label, label, strict=True) if pair[0] != pair[1] for k in map(int, pair)}
    faults += [
        Message("community {community} is locked", community=plan.names[k]) for k in sorted(changed & plan.locked)
    ]
    if plan.today is not None:
        share = _moved(plan.instance, plan.today, label)
        if share > plan.max_moved * (1 + 1e-9) + 1e-12:
            faults.append(
                Message("{share:.2%} of the workload is moved, more than {most:.2%}", share=share, most=plan.max_moved)
            )
    return faults


def _by_name(fault: str, plan: _Plan) -> str:
    """Return what a plan breaks with the community's name instead of its number."""
    if not isinstance(fault, Message) or "community" not in fault.values:
        return fault
    return fault.again(community=plan.names[int(fault.values["community"])])


def _moved(instance: Instance, today: Ints, label: Ints) -> float:
    """Return the share of the workload that is away from its community of today, as new ones are named after old."""
    shared = np.zeros((int(label.max()) + 1, int(today.max()) + 1))
    np.add.at(shared, (label, today), instance.weight)
    kept = float(shared[linear_sum_assignment(-shared)].sum())
    total = float(instance.weight.sum())
    return 1 - kept / total if total else 0.0
