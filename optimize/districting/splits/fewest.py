"""Where no plan splits groups as seldom as is asked: how often it takes, found and, on small maps, proven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pulp

from foundation.messages import Message
from optimize.districting.exact.branch_and_cut import recentre, seats_in, separate_seats
from optimize.districting.formulations import moment, together_apart
from optimize.districting.heuristic.search import search
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.splits import SplitLimit
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline, part_of
from optimize.solving.solver import solved_within

SMALL = 40
"""Units up to which the fewest splits are proven."""

ROUNDS, TRIES = 200, 6
"""Rounds of separation; numbers of splits tried on larger maps."""

SHARE = 0.2
"""Share of the work left for one of them."""


def fewest_splits(instance: Instance, *, seed: int, deadline: Deadline, solver: str) -> str:
    """Say with how many splits there is a plan within the bounds; empty where that is not known.

    Parameters
    ----------
    instance : Instance
        With one limit on splits, which no plan keeps, or none that was found.
    seed, deadline, solver
    """
    if len(instance.splits) != 1 or deadline.over:
        return ""
    (limit,) = instance.splits
    if len(instance) <= SMALL and (proven := _by_model(instance, limit, part_of(deadline, 0.5), solver)) is not None:
        return Message(
            " With {count} {count:split|splits} of {name} there is a plan, and with fewer there is none (proven).",
            count=proven,
            name=limit.name,
        )
    found = _by_search(instance, limit, seed, deadline)
    if found is None or found <= limit.most:
        return ""
    return Message(" With {count} {count:split|splits} of {name} a plan was found.", count=found, name=limit.name)


def _by_model(instance: Instance, limit: SplitLimit, deadline: Deadline, solver: str) -> int | None:
    """Return the fewest splits that a plan has, or None where there is no plan or it was not settled."""
    free = instance.unsplit()
    model = moment.build(free, np.ones((len(instance), len(instance)), dtype=bool))
    seats = sorted(j for i, j in model.x if i == j)
    model.problem.setObjective(pulp.lpSum(together_apart.touched(model.problem, limit, model.x, seats, 0)))
    for _ in range(ROUNDS):
        outcome = solved_within(model.problem, solver, deadline)
        if outcome.proof != "optimal":
            return None
        seat = seats_in(model.x, len(instance))
        if separate_seats(free, model, seat):
            continue
        label = np.searchsorted(np.unique(seat), seat)
        check = check_plan(free, label)
        if not check.faults:
            return limit.splits(label)
        if not recentre(free, model, seat, label, check):
            return None
    return None


def _by_search(instance: Instance, limit: SplitLimit, seed: int, deadline: Deadline) -> int | None:
    """Return the fewest splits of plans that are found, halving what lies between too few and enough."""
    free = search(instance.unsplit(), effort="quick", seed=seed, deadline=part_of(deadline, SHARE))
    if not free.valid:
        return None
    low, high = limit.most, limit.splits(free.label)
    for _ in range(TRIES):
        if high - low <= 1 or deadline.over:
            break
        middle = (low + high) // 2
        tried = replace(instance, splits=(replace(limit, most=middle),))
        found = search(tried, effort="quick", seed=seed, deadline=part_of(deadline, SHARE))
        low, high = (low, limit.splits(found.label)) if found.valid else (middle, high)
    return high
