"""A plan that people drew as a result like any other: its value about its best seats, its sums, its scorecard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimize.districting.partition import worst_deviations
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.request import Request
from optimize.districting.problem.side_constraints import Wishes
from optimize.districting.problem.verify import objective_of, seats_of
from optimize.districting.result import PartitionResult
from scenarios import Plan, Territory


def given_result(territory: Territory, plan: Plan, request: Request, *, source: str = "") -> PartitionResult:
    """Return a given plan as a result: no bound is known, and nothing of it is changed.

    Parameters
    ----------
    territory : Territory
        Against which the plan has been checked.
    plan : Plan
    request : Request
        What is asked of the plan. Units of ``fix_seats`` are the seats of their communities; of members that are
        equally good seats the one whose farthest unit is nearest is taken where there is a radius.
    source : str
        Name of the plan's file.
    """
    balanced = tuple(dict.fromkeys([*request.balance, *request.bounds]))
    weight = request.weight or balanced[0]
    codes, found = pd.factorize(plan.assignment, sort=True)
    label = codes.astype(np.int64)
    free: Mapping[str, tuple[float, float]] = {name: (-np.inf, np.inf) for name in balanced}
    instance = instance_of(
        territory,
        len(found),
        objective=request.objective,
        weight=weight,
        balance={},
        bounds=free,
        seats=request.fix_seats,
        wishes=Wishes(max_radius=request.wishes.max_radius),
    )
    seats = seats_of(instance, label)
    return PartitionResult(
        territory=territory,
        assignment=plan.assignment,
        seats={str(name): territory.unit_ids[seat] for name, seat in zip(found, seats.tolist(), strict=True)},
        objective=request.objective,
        value=objective_of(instance, label, seats),
        bound=None,
        proof="feasible",
        seconds=0.0,
        worst_deviation=worst_deviations(territory, request, plan.assignment, balanced),
        weight=weight,
        balanced=balanced,
        within=request.within,
        current=request.current,
        seed=request.seed,
        request={"plan": source, "communities": len(found), "within": request.within, "current": request.current},
        content=plan.content,
    )
