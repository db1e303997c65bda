"""Communities of unequal size: their numbers mean something, so they have a search and a proof of their own."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linear_sum_assignment

from foundation.arrays import Ints
from foundation.messages import Message
from optimize.districting.enumeration.all_divisions import MOST_UNITS, best_of_sizes
from optimize.districting.exact.branch_and_cut import Exact
from optimize.districting.exact.choose_method import LARGEST_BOUND, MODEL, dual_of
from optimize.districting.heuristic.contract_groups import contracted
from optimize.districting.heuristic.one_start import Found, annealed, judge, one_start, rank
from optimize.districting.heuristic.search import search
from optimize.districting.problem.evidence import noting
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan
from optimize.districting.prove import Solved, prove
from optimize.districting.sizes.proof import prove_sizes
from optimize.solving.deadline import Deadline, part_of
from scenarios import InfeasibleError, LimitError

STARTS = {"quick": 4, "normal": 8, "thorough": 16}
STEPS_PER_UNIT = 3_000
HOT, COLD, WARM = 3.0, 0.01, 0.3
"""Temperatures of a start as shares of what a unit costs, and of one that begins at a plan that is good already."""

SEARCH_TIME, EVEN_TIME = 0.6, 0.4
EVEN_PROOF, MODEL_TIME, DUAL_TIME, QUICK_UNITS = 0.4, 0.7, 0.3, 20
"""Shares of the work: for the search, and of that for plans of communities of any size allowed; of what is left, for a
proof of such plans, for the model where there is no plan, for prices; units up to which quick efforts ask the model."""


def exhausted(instance: Instance) -> bool:
    """Say whether every division is looked at."""
    return len(instance) <= MOST_UNITS and not instance.splits


def solve_sizes(
    instance: Instance, named: int, request: Request, threads: int, where: str, deadline: Deadline
) -> Solved:
    """Find the best plan whose first communities have sizes of their own.

    Small maps are looked at in full. Otherwise annealing keeps every community to its own bounds; what bounds plans
    whose communities may all be as small and as large as any bounds these as well; and the model of communities with
    their own bounds proves what it can.

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
        exact = _by_model(instance, named, None, 0.0, request, part_of(deadline, MODEL_TIME))
        if exact.proof == "infeasible":
            raise InfeasibleError(
                Message("{where}no plan has communities of these sizes within the limits", where=where)
            )
        found = found if exact.label is None else judge(instance, exact.label, None)
    if not found.valid:
        # Where not even communities of any of the sizes do, that is proven and said.
        prove(instance.evened(), _even_plan(instance, request, threads, deadline), request, deadline, where, threads)
        rule = Message(
            "{where}no plan with communities of these sizes was found; none was proven impossible", where=where
        )
        raise LimitError(rule)
    even = instance.evened()
    known = judge(even, found.label, None)
    bounded = prove(even, known, request, part_of(deadline, EVEN_PROOF), where, threads)
    check = check_plan(instance, found.label)
    bound = bounded.bound
    if not check_plan(instance, _matched(instance, bounded.label)).faults:  # the better plan happens to have the sizes
        better = judge(instance, _matched(instance, bounded.label), None)
        found = min(found, better, key=rank)
        check = check_plan(instance, found.label)
    reached = bound is not None and bound >= check.value * (1 - 1e-9)
    if reached:
        return Solved(found.label, check.value, check.value, True, check.seats, evidence=bounded.evidence)
    exact = _by_model(instance, named, found.label, bound or 0.0, request, deadline)
    assert exact.label is not None  # the plan found, or a better one
    check, sure = check_plan(instance, exact.label), exact.proof == "optimal"
    own = exact.bound > (bound or 0.0)
    bound = check.value if sure else min(exact.bound, check.value) if own else bound
    return Solved(exact.label, check.value, bound, sure, check.seats, evidence=bounded.evidence)


def _by_model(
    instance: Instance, named: int, label: Ints | None, bound: float, request: Request, deadline: Deadline
) -> Exact:
    """Ask the model of communities with their own bounds; a quick effort only on the smallest maps."""
    known = Exact(label, bound, "feasible")
    if (request.effort == "quick" and len(instance) > QUICK_UNITS) or len(instance) > LARGEST_BOUND:
        return known
    value = math.inf if label is None else check_plan(instance, label).value
    even, until = instance.evened(), part_of(deadline, 1.0, MODEL)
    possible = np.ones((len(instance), len(instance)), dtype=bool)
    if instance.objective != "cut-edges":
        with noting():  # the same prices once more
            possible = dual_of(even, value, request, part_of(deadline, DUAL_TIME)).possible
    return prove_sizes(instance, named, possible, label, bound, solver=request.solver, deadline=until)


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
