"""Proof where groupings may be split only so often: without the limits first, which bounds it, then by the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.exact.branch_and_cut import Exact, prove_cuts, prove_moment
from optimize.districting.exact.choose_method import (
    FREE_TIME,
    LARGEST_BOUND,
    MODEL,
    QUICK_PROOF,
    Early,
    better,
    dual_of,
    exactly,
)
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.problem.evidence import noting
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan
from optimize.districting.splits.every_division import best_with_few_splits
from optimize.solving.deadline import Deadline, part_of


def settled(
    instance: Instance,
    label: Ints | None,
    value: float,
    request: Request,
    deadline: Deadline,
    jobs: int,
    early: Early | None,
    today: Today | None,
) -> Exact:
    """Prove as `exactly` does, with limits on splits where there are any.

    Without them first: every plan that keeps them is one of those, so their bound holds here, and where there is none
    there is none here. What is proven so bounds the rest; with the limits the model is asked.
    """
    if not instance.splits:
        return exactly(instance, label, value, request, deadline, jobs, early, today)
    if early is not None:
        label, value = better(instance, label, value, early.exact.label)
    whole = instance.unsplit()
    free = exactly(whole, label, value, request, part_of(deadline, FREE_TIME), jobs, None, today)
    if free.proof == "infeasible":
        return free
    if _keeps(instance, free.label, today):
        label, value = better(instance, label, value, free.label)
        if free.proof == "optimal":
            return Exact(label, min(free.bound, value), "optimal")
    known = Exact(label, min(free.bound, value), "feasible")
    if known.bound >= value:
        return known  # how the two fit together is judged where all is known
    until = part_of(deadline, 1.0, MODEL)
    if instance.objective == "cut-edges":
        return _fewest_cuts(instance, known, value, request, until, today)
    return known if today is not None else _least_costs(instance, whole, known, value, request, until)


def settled_at_once(instance: Instance, request: Request, deadline: Deadline, today: Today | None) -> Exact | None:
    """Ask the model of a tiny map without any search; None where the map is not tiny, or that does not settle it."""
    if today is not None:
        return best_with_few_splits(instance, today)
    if len(instance) ** 2 > QUICK_PROOF:
        return None
    until = part_of(deadline, FREE_TIME, MODEL)
    if instance.objective == "cut-edges":
        exact = prove_cuts(replace(instance, radius=np.inf), None, 0.0, solver=request.solver, deadline=until)
    else:
        everything = np.ones((len(instance), len(instance)), dtype=bool)
        exact = prove_moment(instance, everything, None, 0.0, solver=request.solver, deadline=until)
    return exact if exact.proof == "infeasible" or _keeps(instance, exact.label, today) else None


def _keeps(instance: Instance, label: Ints | None, today: Today | None) -> bool:
    return label is not None and not check_plan(instance, label).faults and keeps(instance, label, today)


def _fewest_cuts(
    instance: Instance, known: Exact, value: float, request: Request, deadline: Deadline, today: Today | None
) -> Exact:
    if request.effort == "quick" and len(instance) * instance.communities > QUICK_PROOF:
        return known
    open_map = replace(instance, radius=np.inf)
    exact = prove_cuts(open_map, known.label, known.bound, solver=request.solver, deadline=deadline, today=today)
    if exact.label is None or _keeps(instance, exact.label, today):
        return exact
    return Exact(known.label, min(exact.bound, value), "feasible")  # its plan goes beyond the radius


def _least_costs(
    instance: Instance, whole: Instance, known: Exact, value: float, request: Request, deadline: Deadline
) -> Exact:
    if len(instance) > LARGEST_BOUND:
        return known
    with noting():  # the same prices once more
        possible = dual_of(whole, value, request, part_of(deadline, FREE_TIME)).possible
    if request.effort == "quick" and not (known.label is not None and np.count_nonzero(possible) <= QUICK_PROOF):
        return known
    return prove_moment(instance, possible, known.label, known.bound, solver=request.solver, deadline=deadline)
