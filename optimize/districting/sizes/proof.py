"""Proof of communities of unequal size by models in which every community has bounds of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Ints
from optimize.districting.exact.branch_and_cut import (
    PROVEN,
    SURE,
    SURE_A_UNIT,
    Exact,
    prove_cuts,
    recentre,
    seats_in,
    separate_seats,
)
from optimize.districting.formulations import unequal_sizes
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline
from optimize.solving.solver import solved_within

MOST = 3_000
"""Pairs of units and seats up to which the model is asked."""

ROUNDS = 200


def prove_sizes(
    instance: Instance,
    named: int,
    possible: NDArray[np.bool_],
    label: Ints | None,
    bound: float,
    *,
    solver: str,
    deadline: Deadline,
) -> Exact:
    """Find the best plan of communities of these sizes, or as much as the work allows.

    Parameters
    ----------
    instance : Instance
        With bounds for every community.
    named : int
        Communities, from the first, whose bounds are their own; those of all others are alike.
    possible : ndarray of bool, shape (units, units)
        Seats that a unit can have in a plan that is as good.
    label : ndarray or None
        The best plan known, and what no plan falls below:
    bound : float
    solver, deadline
    """
    if instance.objective == "cut-edges":
        exact = prove_cuts(replace(instance, radius=np.inf), label, bound, solver=solver, deadline=deadline)
        if exact.label is None or not check_plan(instance, exact.label).faults:
            return exact
        return Exact(label, exact.bound, "feasible")  # its plan goes beyond the radius
    if np.count_nonzero(possible) > MOST:
        return Exact(label, bound, "feasible")
    value = np.inf if label is None else check_plan(instance, label).value
    model = unequal_sizes.build(instance, named, possible, value)
    seated, even = model.moment, instance.evened()
    unsure = (SURE + SURE_A_UNIT * len(instance)) * seated.scale
    for _ in range(ROUNDS):
        outcome = solved_within(seated.problem, solver, deadline)
        if outcome.bound is not None:
            bound = max(bound, min(outcome.bound * seated.scale - unsure, value))
        if outcome.proof == "infeasible" and label is None:
            return Exact(None, np.inf, "infeasible")
        if outcome.proof != "optimal":
            break
        seat = seats_in(seated.x, len(instance))
        if separate_seats(even, seated, seat):
            continue
        found = _numbered(instance, model, seat)
        check = check_plan(instance, found)
        if check.faults:
            if recentre(instance, seated, seat, found, check):
                continue
            break
        if check.value <= value * (1 + PROVEN):
            label, value = found, check.value
        return Exact(label, bound, "optimal" if bound >= value * (1 - PROVEN) else "feasible")
    return Exact(label, bound, "feasible")


def _numbered(instance: Instance, model: unequal_sizes.SizedModel, seat: Ints) -> Ints:
    """Return the plan of a solution: communities with a size of their own first, as they are named."""
    size = {j: c for (j, c), one in model.s.items() if (one.varValue or 0.0) > 0.5}
    order = sorted(np.unique(seat).tolist(), key=lambda j: (size[j], j))
    number = {j: k for k, j in enumerate(order)}
    return np.array([number[j] for j in seat.tolist()], dtype=np.int64)
