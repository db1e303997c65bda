"""Communities of unequal size: their numbers mean something, so they have a search and a proof of their own."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from foundation.arrays import Ints
from foundation.messages import Message
from optimize.districting.enumeration.all_divisions import MOST_UNITS, best_of_sizes
from optimize.districting.heuristic.contract_groups import contracted
from optimize.districting.heuristic.one_start import Found, annealed, judge, one_start, rank
from optimize.districting.heuristic.search import search
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan
from optimize.districting.prove import Solved, prove
from optimize.solving.deadline import Deadline, part_of
from scenarios import InfeasibleError, LimitError

STARTS = {"quick": 4, "normal": 8, "thorough": 16}
STEPS_PER_UNIT = 3_000
HOT, COLD, WARM = 3.0, 0.01, 0.3
"""Temperatures of a start as shares of what a unit costs, and of one that begins at a plan that is good already."""

SEARCH_TIME, EVEN_TIME = 0.6, 0.4
"""Share of the work for the search, and of that for plans of communities that may be of any size allowed."""


def exhausted(instance: Instance) -> bool:
    """Say whether every division is looked at."""
    return len(instance) <= MOST_UNITS and not instance.splits


def solve_sizes(
    instance: Instance, named: int, request: Request, threads: int, where: str, deadline: Deadline
) -> Solved:
    """Find the best plan whose first communities have sizes of their own.

    Small maps are looked at in full. Otherwise annealing keeps every community to its own bounds, and what bounds
    plans whose communities may all be as small and as large as any bounds these as well.

    Parameters
    ----------
    instance : Instance
        With bounds for every community.
    named : int
        Communities, from the first, whose bounds are their own.
    request : Request
    threads : int
    where : str
        The group of units, for messages.
    deadline : Deadline

    Raises
    ------
    InfeasibleError
        It is proven that there is no plan.
    LimitError
        None was found.
    """
    if exhausted(instance):
        label = best_of_sizes(instance, named)
        if label is None:
            raise InfeasibleError(
                Message("{where}no plan has communities of these sizes within the limits", where=where)
            )
        check = check_plan(instance, label)
        return Solved(label, check.value, check.value, True, check.seats)
    found = _searched(instance, request, threads, part_of(deadline, SEARCH_TIME))
    if not found.valid:
        # Where not even communities of any of the sizes do, that is proven and said.
        prove(instance.evened(), _even_plan(instance, request, threads, deadline), request, deadline, where, threads)
        rule = Message(
            "{where}no plan with communities of these sizes was found; none was proven impossible", where=where
        )
        raise LimitError(rule)
    even = instance.evened()
    known = judge(even, found.label, None)
    bounded = prove(even, known, request, deadline, where, threads)
    check = check_plan(instance, found.label)
    bound = bounded.bound
    if not check_plan(instance, _matched(instance, bounded.label)).faults:  # the better plan happens to have the sizes
        better = judge(instance, _matched(instance, bounded.label), None)
        found = min(found, better, key=rank)
        check = check_plan(instance, found.label)
    reached = bound is not None and bound >= check.value * (1 - 1e-9)
    bound = None if bound is None else min(bound, check.value)
    return Solved(found.label, check.value, bound, reached, check.seats, evidence=bounded.evidence)


def _even_plan(instance: Instance, request: Request, threads: int, deadline: Deadline) -> Found:
    until = part_of(deadline, EVEN_TIME)
    return search(instance.evened(), effort="quick", seed=request.seed, deadline=until, jobs=threads, brief=True)


def _searched(instance: Instance, request: Request, threads: int, deadline: Deadline) -> Found:
    """Anneal from drafts, and from a good plan of communities of any size; then the best once more, from cool."""
    if instance.together:
        small, member = contracted(instance)
        return judge(instance, _searched(small, request, threads, deadline).label[member], None)
    steps = STEPS_PER_UNIT * len(instance)
    streams = np.random.SeedSequence(request.seed).spawn(STARTS[request.effort] + 2)
    rng = np.random.default_rng(streams[-1])
    begun = _matched(instance, _even_plan(instance, request, threads, deadline).label)
    warm = judge(instance, annealed(instance, begun, steps, (WARM, COLD), rng, deadline, None), None)
    found = [judge(instance, begun, None), warm]
    for stream in streams[:-2]:
        if deadline.over and any(f.valid for f in found):
            break
        found.append(one_start(instance, steps, (HOT, COLD), stream, deadline, None))
    best = min(found, key=rank)
    again = annealed(instance, best.label, steps, (WARM, COLD), np.random.default_rng(streams[-2]), deadline, None)
    return min(best, judge(instance, again, None), key=rank)


def _matched(instance: Instance, label: Ints) -> Ints:
    """Return a plan with its communities numbered so that their sums lie as near as may be to their own bounds."""
    low, high = instance.bounds_of_each()
    sums = np.column_stack([np.bincount(label, load, instance.communities) for load in instance.loads.T])
    outside = np.maximum(low[None] - sums[:, None], sums[:, None] - high[None])  # (community, number, attribute)
    off = (np.maximum(outside, 0.0) / np.maximum(instance.mean, 1e-300)).sum(axis=2)
    community, number = linear_sum_assignment(off)
    to = np.zeros(instance.communities, dtype=np.int64)
    to[community] = number
    return to[label]
