"""A plan that people drew, checked: what it breaks, how far it is from the best, and the smallest repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Ints
from foundation.atomic_files import write_text
from foundation.safe_csv import csv_text
from optimize.districting.given.faults import Fault, fault_rows, faults_of
from optimize.districting.given.repair import repair
from optimize.districting.given.result import given_result
from optimize.districting.partition import partition
from optimize.districting.problem.instance import Instance, instance_of
from optimize.districting.problem.request import Request, checked
from optimize.districting.problem.side_constraints import Wishes, without_borders
from optimize.districting.problem.sizes import sizes_in
from optimize.districting.result import PartitionResult
from optimize.solving.deadline import Deadline
from optimize.solving.solver import relative_gap
from scenarios import InfeasibleError, LimitError, Plan, Territory

BEYOND = ("communities", "max_moved")
"""What no move of units mends: another number of communities, and a limit of moves since today."""


@dataclass(frozen=True)
class PlanCheck:
    """What is to be said of a given plan.

    Attributes
    ----------
    result : PartitionResult
        The plan as it is.
    faults : tuple of Fault
        Every limit and wish that it breaks; empty if it keeps everything.
    bound, best : float or None
        No plan that keeps everything is better than the bound; the best one found.
    repaired : Plan or None
        With the fewest units moved, it keeps everything; the plan itself where there is nothing to mend.
    repair_proof : {"optimal", "feasible", "infeasible", "unknown"}
        Of "fewest".
    why : str
        Why there is no bound or no better plan, where there is none.
    """

    result: PartitionResult
    faults: tuple[Fault, ...]
    bound: float | None
    best: float | None
    repaired: Plan | None
    repair_proof: str
    why: str = ""

    @property
    def keeps_everything(self) -> bool:
        """Whether the plan breaks nothing."""
        return not self.faults

    @property
    def distance(self) -> float | None:
        """How far the plan lies above the bound [share of the bound]; below 0 where it breaks what the bound keeps."""
        return None if not self.bound else self.result.value / self.bound - 1

    def moves(self) -> pd.DataFrame:
        """Return the repair: ``unit_id, from, to``."""
        return moves_between(self.result.assignment, None if self.repaired is None else self.repaired.assignment)

    def to_dict(self) -> dict[str, Any]:
        """Return the content of result.json."""
        return self.result.to_dict() | {
            "bound": self.bound,
            "gap": relative_gap(self.result.value, self.bound),
            "keeps_everything": self.keeps_everything,
            "violations": fault_rows(list(self.faults)).to_dict("records"),
            "distance_to_bound": self.distance,
            "best_found": self.best,
            "repair": {
                "proof": self.repair_proof,
                "units": None if self.repaired is None else len(self.moves()),
                "moves": self.moves().to_dict("records"),
            },
            "why": self.why,
        }

    def save(self, folder: Path | str) -> Path:
        """Write the plan's own files, violations.csv, repair.csv and repaired.csv, and, last, result.json."""
        out = Path(folder)
        write_text(out / "violations.csv", csv_text(fault_rows(list(self.faults))))
        write_text(out / "repair.csv", csv_text(self.moves()))
        if self.repaired is not None:
            home = self.repaired.assignment
            table = pd.DataFrame({"unit_id": home.index.astype(str), "community": home.to_numpy()})
            write_text(out / "repaired.csv", csv_text(table))
        return self.result.save(out, **self.to_dict())


def check(
    territory: Territory, plan: Plan, communities: int | Mapping[str, int] | None = None, **asked: Any
) -> PlanCheck:
    """Check a plan that people drew against limits and wishes.

    Parameters
    ----------
    territory : Territory
    plan : Plan
        Of all its units.
    communities : int or mapping, optional
        As in `optimize.partition`; default: as many as the plan has.
    **asked
        Further options of `optimize.partition`.

    Raises
    ------
    InputError
        The request cannot be understood.
    """
    request = request_of(territory, plan, communities, asked)
    result = given_result(territory, plan, request)
    found = tuple(faults_of(territory, plan.assignment, result.seats, request))
    bound, best, why = None, None, ""
    try:
        other = partition(territory, request.communities, **asked)
    except (InfeasibleError, LimitError) as error:
        why = str(error)
    else:
        bound, best = other.bound, other.value
    repaired, proof = mended(territory, plan, request) if found else (plan, "optimal")
    if bound is not None and not found:
        best_there_is = result.value <= bound * (1 + 1e-9)
        result = replace(result, bound=min(bound, result.value), proof="optimal" if best_there_is else "feasible")
    return PlanCheck(result, found, bound, best, repaired, proof, why)


def request_of(
    territory: Territory, plan: Plan, communities: int | Mapping[str, int] | None, asked: Mapping[str, Any]
) -> Request:
    """Return what is asked of a plan as a checked request."""
    within = asked.get("within")
    if communities is None:
        communities = int(plan.assignment.nunique())
        if within is not None and within in territory.units:
            group = territory.units[within].astype(str)
            home = group.groupby(plan.assignment).agg(lambda names: names.mode().min())
            communities = {name: max(1, int((home == name).sum())) for name in sorted(group.unique())}
    wishes = Wishes(
        tuple(tuple(map(str, group)) for group in asked.get("keep_together", ())),
        tuple((str(a), str(b)) for a, b in asked.get("keep_apart", ())),
        tuple(map(str, asked.get("lock", ()))),
        asked.get("max_radius"),
        tuple((str(a), str(b)) for a, b in asked.get("forbid", ())),
        dict(asked.get("splits") or {}),
    )
    balance, bounds = dict(asked.get("balance") or {}), dict(asked.get("bounds") or {})
    request = Request(
        communities=communities,
        objective=asked.get("objective", "moment"),
        weight=asked.get("weight"),
        balance=balance if balance or bounds else {"population": 0.05},
        bounds=bounds,
        within=within,
        current=asked.get("current"),
        max_moved=asked.get("max_moved"),
        fix_seats=tuple(asked.get("fix_seats", ())),
        time_limit=asked.get("time_limit") or 600.0,
        work_limit=asked.get("work_limit") or 60.0,
        solver=asked.get("solver", "highs"),
        effort=asked.get("effort", "normal"),
        seed=asked.get("seed", 1),
        wishes=wishes,
        sizes=dict(asked.get("sizes") or {}),
    )
    counted = request if request.max_moved is None else replace(request, max_moved=None)
    checked(counted, without_borders(territory, wishes.forbid))
    return request


@dataclass(frozen=True)
class Ground:
    """One group of a request as arrays, with a given plan in it.

    Attributes
    ----------
    units : tuple of str
    names : tuple of str
        Of the communities, by label.
    instance : Instance
    given : ndarray of int
        -1 where a unit lies in a community of another group.
    stays : list of lists of int
        Locked communities of today.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    instance: Instance
    given: Ints
    stays: tuple[tuple[int, ...], ...]


def grounds(territory: Territory, plan: Plan, request: Request) -> list[Ground]:
    """Return every group of a request as arrays; a community belongs to the group in which most of its units lie."""
    ground = without_borders(territory, request.wishes.forbid)
    within = request.within
    group = territory.units[within].astype(str) if within else pd.Series("", index=territory.units.index)
    home = group.groupby(plan.assignment).agg(lambda names: names.mode().min())
    found = []
    for name in request.groups(territory):
        inside = group.index[group == name]
        piece = ground.subset(inside) if within else ground
        names = tuple(sorted(str(c) for c in home.index[home == name]))
        place = {community: k for k, community in enumerate(names)}
        given = np.array([place.get(str(plan.assignment[u]), -1) for u in piece.unit_ids], dtype=np.int64)
        instance = instance_of(
            piece,
            max(len(names), 1),
            objective=request.objective,
            weight=request.weight or next(iter([*request.balance, *request.bounds])),
            balance=request.balance,
            bounds=request.bounds,
            seats=tuple(s for s in request.fix_seats if s in piece.units.index),
            wishes=request.wishes,
            sizes=_in_order(request, territory, name, names),
        )
        at = {unit: i for i, unit in enumerate(piece.unit_ids)}
        today = piece.units[request.current].astype(str) if request.current else pd.Series(dtype=str)
        stays = [tuple(at[u] for u in today.index[today == lock]) for lock in request.wishes.lock]
        stays = [group for group in stays if group]
        free = [p for p in instance.apart.tolist() if not any(set(p) <= set(group) for group in stays)]
        instance = replace(instance, apart=np.array(free, dtype=np.int64).reshape(-1, 2))
        found.append(Ground(piece.unit_ids, names, instance, given, tuple(stays)))
    return found


def _in_order(request: Request, territory: Territory, group: str, names: tuple[str, ...]) -> tuple[float, ...]:
    """Return the size of every community of a group in the order of their names; empty where all are alike."""
    sizes = sizes_in(request, territory, group)
    known = [sizes[name] for name in names if name in sizes]
    rest = max(len(names) - len(known), 1)
    return tuple(sizes.get(name, (1 - sum(known)) / rest) for name in names) if known else ()


def mended(territory: Territory, plan: Plan, request: Request) -> tuple[Plan | None, str]:
    """Return the plan with the fewest units moved that keeps everything, and what is proven of "fewest"."""
    moved = {str(unit): str(name) for unit, name in plan.assignment.items()}
    proofs = []
    for ground in grounds(territory, plan, request):
        deadline = Deadline(request.work_limit, seconds=request.time_limit, what="repair")
        found = repair(ground.instance, ground.given, deadline=deadline, stays=ground.stays, solver=request.solver)
        proofs.append(found.proof)
        if found.label is None:
            return None, found.proof
        moved |= dict(zip(ground.units, (ground.names[k] for k in found.label), strict=True))
    made = Plan(pd.Series(moved, dtype=object).reindex(plan.assignment.index))
    again = faults_of(territory, made.assignment, given_result(territory, made, request).seats, request)
    if again:  # what moves of units alone cannot mend
        return None, "unknown"
    return made, "optimal" if all(proof == "optimal" for proof in proofs) else "feasible"


def moves_between(before: pd.Series[str], after: pd.Series[str] | None) -> pd.DataFrame:
    """Return the units that change community: ``unit_id, from, to``."""
    changed = before.index[:0] if after is None else before.index[(before != after).to_numpy()]
    to: Any = [] if after is None else after[changed].to_numpy()
    return pd.DataFrame({"unit_id": changed.astype(str), "from": before[changed].to_numpy(), "to": to})
