"""A plan that people drew as a result like any other: its value about its best seats, its sums, its scorecard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from optimize.districting.partition import worst_deviations
from optimize.districting.problem.instance import Instance, instance_of
from optimize.districting.problem.side_constraints import Wishes
from optimize.districting.problem.verify import objective_of, seats_of
from optimize.districting.result import PartitionResult
from scenarios import Plan, Territory


def given_result(
    territory: Territory,
    plan: Plan,
    *,
    objective: str,
    weight: str,
    balanced: Sequence[str],
    within: str | None = None,
    current: str | None = None,
    fix_seats: Sequence[str] = (),
    max_radius: float | None = None,
    seed: int = 1,
    source: str = "",
) -> PartitionResult:
    """Return a given plan as a result: no bound is known, and nothing of it is changed.

    Parameters
    ----------
    territory : Territory
        Against which the plan has been checked.
    plan : Plan
    objective : {"moment", "cut-edges"}
    weight : str
        Attribute whose moment is taken.
    balanced : sequence of str
        Attributes whose sums the scorecard shows.
    within, current : str, optional
        As in `optimize.partition`.
    fix_seats : sequence of str
        Units that are the seats of their communities.
    max_radius : float, optional
        Of members that are equally good seats the one whose farthest unit is nearest is taken where there is a radius.
    seed : int
    source : str
        Name of the plan's file.
    """
    names, label, instance = arrays_of(
        territory,
        plan,
        objective=objective,
        weight=weight,
        balanced=balanced,
        fix_seats=fix_seats,
        max_radius=max_radius,
    )
    seats = seats_of(instance, label)
    return PartitionResult(
        territory=territory,
        assignment=plan.assignment,
        seats={name: territory.unit_ids[seat] for name, seat in zip(names, seats.tolist(), strict=True)},
        objective=objective,
        value=objective_of(instance, label, seats),
        bound=None,
        proof="feasible",
        seconds=0.0,
        worst_deviation=worst_deviations(territory, within, plan.assignment, tuple(balanced)),
        weight=weight,
        balanced=tuple(balanced),
        within=within,
        current=current,
        seed=seed,
        request={"plan": source, "communities": len(names), "within": within, "current": current},
        content=plan.content,
    )


def arrays_of(
    territory: Territory,
    plan: Plan,
    *,
    objective: str,
    weight: str,
    balanced: Sequence[str],
    fix_seats: Sequence[str] = (),
    max_radius: float | None = None,
) -> tuple[list[str], np.ndarray[tuple[int], np.dtype[np.int64]], Instance]:
    """Return the names of a plan's communities, its labels, and the territory as arrays without bounds."""
    codes, found = pd.factorize(plan.assignment, sort=True)
    free: Mapping[str, tuple[float, float]] = {name: (-np.inf, np.inf) for name in balanced}
    instance = instance_of(
        territory,
        len(found),
        objective=objective,
        weight=weight,
        balance={},
        bounds=free,
        seats=tuple(fix_seats),
        wishes=Wishes(max_radius=max_radius),
    )
    return [str(name) for name in found], codes.astype(np.int64), instance
