"""One part of a request, solved on its own: a proof first where one is likely, a search, a proof, and a doubt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from foundation.messages import Joined, Message
from foundation.result_cache import key_of
from optimize.districting.distrust import doubted, plan_against_infeasible
from optimize.districting.enumeration.all_divisions import can_be_exhausted
from optimize.districting.exact.choose_method import fit_for_columns
from optimize.districting.exact.seat_enumeration import fit_for_seats
from optimize.districting.heuristic.about_seats import takes_seats
from optimize.districting.heuristic.current_plan import Today
from optimize.districting.heuristic.diverse_drafts import plans_lie_apart
from optimize.districting.heuristic.one_start import Found
from optimize.districting.heuristic.search import search, search_on
from optimize.districting.infeasibility.radius import in_the_way, too_short
from optimize.districting.infeasibility.reasons import impossible, place_of
from optimize.districting.precompile import compile_loops
from optimize.districting.problem.evidence import Entry, noting
from optimize.districting.problem.instance import Instance, instance_of
from optimize.districting.problem.request import Request
from optimize.districting.problem.tasks import Task as Part
from optimize.districting.problem.verify import check_plan
from optimize.districting.prove import Solved, infeasible, prove, prove_early
from optimize.districting.sizes.solve_sizes import exhausted, solve_sizes
from optimize.districting.solve_radius import solve_radius
from optimize.solving.deadline import Deadline, part_of
from scenarios import InfeasibleError, LimitError, Territory
from scenarios.loading.fingerprint import territory_key

SEARCH_TIME = 0.6
"""Share of the work left, after a proof without a long search was tried, that the search may take."""


def key_of_part(request: Request, part: Part) -> str:
    """Return the key of what is solved on its own: the number of workers is not part of it."""
    asked = [part.communities, part.balance, part.bounds, part.locked, part.mean, part.piece_number, part.share_of_time]
    asked += [dict(part.sizes)] if part.sizes else []
    return key_of("partition", repr(request), asked, territory_key(part.piece))


def solve_part(shared: tuple[Request, int], part: Part) -> Solved:
    """Solve one task; where others of the same piece are tried too, a refusal is a result."""
    request, threads = shared
    if part.share_of_time < 1:
        request = replace(
            request,
            time_limit=request.time_limit * part.share_of_time,
            work_limit=request.work_limit * part.share_of_time,
            use_up=request.use_up * part.share_of_time,
        )
    if part.piece_number is None:
        return _solve_task(request, threads, part)
    try:
        return _solve_task(request, threads, part)
    except (InfeasibleError, LimitError) as error:
        none = np.zeros(0, dtype=np.int64)
        proven = isinstance(error, InfeasibleError)
        return Solved(none, math.inf, math.inf if proven else None, proven, none, str(error))


def instance_of_part(request: Request, task: Part) -> Instance:
    """Return one part of a request as arrays; of a locked community whatever its sums are."""
    piece = task.piece
    first = next(iter([*request.balance, *request.bounds]))
    return instance_of(
        piece,
        task.communities,
        objective=request.objective,
        weight=request.weight or first,
        balance=task.balance,
        bounds=task.bounds or ({first: (-math.inf, math.inf)} if task.locked else {}),
        seats=tuple(s for s in request.fix_seats if s in piece.units.index),
        wishes=request.wishes if task.locked is None else None,
        mean=task.mean,
        sizes=tuple(task.sizes.values()),
    )


def _solve_task(request: Request, threads: int, task: Part) -> Solved:
    """Solve one task; a locked community only has its seat found."""
    instance = instance_of_part(request, task)
    if task.locked is not None:
        alone = np.zeros(len(instance), dtype=np.int64)
        check = check_plan(instance, alone)
        return Solved(alone, check.value, check.value, True, check.seats)
    asked = instance.within(1.0) if request.objective == "radius" else instance.evened()
    tiny = can_be_exhausted(asked)
    compile_loops(
        tiny=tiny,
        trees=not tiny and fit_for_columns(asked),
        seats=not tiny and request.effort != "quick" and fit_for_seats(asked),
        cuts=not tiny and request.objective == "cut-edges",
        about=takes_seats(asked),
    )
    with noting() as ledger:
        if instance.is_sized:
            solved = _sized(instance, request, threads, task, ledger)
        else:
            today = current_plan_of(task.piece, request)
            solved = _solved(instance, request, threads, task.name, today, ledger)
    final = check_plan(instance, solved.label)
    if final.faults:  # numerical trouble, or a defect of ours: never to be written down as a plan
        msg = Message(
            "{where}the plan found does not pass verification: {faults}. Nothing was written; try the other --solver.",
            where=place_of(request.within, task.name),
            faults=Joined(final.faults, "; "),
        )
        raise LimitError(msg)
    return solved


def _sized(instance: Instance, request: Request, threads: int, task: Part, ledger: list[Entry]) -> Solved:
    """Solve one instance whose communities are of unequal size, and doubt what is proven."""
    deadline = Deadline(request.work_limit, seconds=request.time_limit)
    where = place_of(request.within, task.name)
    if reason := impossible(instance.evened()):
        raise infeasible(instance.evened(), request, where, deadline, reason)
    try:
        solved = solve_sizes(instance, len(task.sizes), request, threads, where, deadline)
    except InfeasibleError:
        against = plan_against_infeasible(instance, ledger, request.seed, deadline)
        if against is None:
            raise
        return replace(against, clock_bound=tuple(deadline.cut), work=deadline.spent)
    solved = doubted(instance, solved, ledger, (), request.seed, deadline)
    return replace(
        solved,
        evidence=[] if solved.doubt or exhausted(instance) else ledger,
        clock_bound=tuple(deadline.cut),
        work=deadline.spent,
    )


def _solved(
    instance: Instance, request: Request, threads: int, name: str, today: Today | None, ledger: list[Entry]
) -> Solved:
    """Solve one instance: a proof first where one is likely, a search, a proof; then doubt it."""
    deadline = Deadline(request.work_limit, seconds=request.time_limit)
    where = place_of(request.within, name)
    if reason := impossible(instance):
        raise infeasible(instance, request, where, deadline, reason, today)
    if reason := too_short(instance):
        raise infeasible(instance, request, where, deadline, reason, today, in_the_way(instance))
    plans: list[Found] = []
    radius = instance.objective == "radius"
    try:
        early = None if radius else prove_early(instance, request, deadline, threads, today)
        if radius:
            solved, plans = solve_radius(instance, request, threads, where, today, deadline)
        elif early is not None and early.exact.proof == "infeasible":
            raise infeasible(instance, request, where, deadline, today=today)
        elif early is not None and early.exact.label is not None and early.exact.proof == "optimal":
            check = check_plan(instance, early.exact.label)
            solved = Solved(early.exact.label, check.value, max(early.exact.bound, check.value), True, check.seats)
        else:
            pause = part_of(deadline, SEARCH_TIME)
            proof = fit_for_columns(instance) or (request.objective != "cut-edges" and fit_for_seats(instance))
            brief = request.effort != "thorough" and proof
            found = search(
                instance,
                effort=request.effort,
                seed=request.seed,
                deadline=pause,
                today=today,
                jobs=threads,
                brief=brief,
            )
            plans.append(found)
            solved = prove(instance, found, request, deadline, where, threads, early, today)
            apart = request.effort != "quick" and plans_lie_apart(instance)
            further = deadline if apart else deadline.at_most(request.use_up - deadline.spent)
            if not solved.optimal and today is None and (apart or further.work > 0):
                effort, seed = request.effort, request.seed
                onward = search_on(instance, solved.label, effort=effort, seed=seed, deadline=further, jobs=threads)
                plans.append(onward)
                solved = _improved(solved, onward)
    except InfeasibleError:
        against = plan_against_infeasible(instance, ledger, request.seed, deadline, today)
        if against is None:
            raise
        return replace(against, clock_bound=tuple(deadline.cut), work=deadline.spent)
    deadline.reach(instance.kind, solved.value)
    solved = doubted(instance, solved, ledger, plans, request.seed, deadline, today)
    return replace(
        solved,
        evidence=[] if solved.doubt else ledger,
        clock_bound=tuple(deadline.cut),
        work=deadline.spent,
        course=deadline.reached(instance.kind),
    )


def _improved(solved: Solved, found: Found) -> Solved:
    """Return a result with a better plan, if this is one; what bounds the old one bounds this one, too."""
    if not found.valid or found.value >= solved.value:
        return solved
    reached = solved.bound is not None and solved.bound >= found.value * (1 - 1e-9)
    return replace(solved, label=found.label, value=found.value, optimal=reached)


def current_plan_of(piece: Territory, request: Request) -> Today | None:
    """Return the current communities of a part and how much may leave them; None where moves are not limited."""
    if request.max_moved is None or request.current is None:
        return None
    labels, _ = pd.factorize(piece.units[request.current].astype(str), sort=True)
    weight = piece.attribute(request.weight or next(iter([*request.balance, *request.bounds])))
    return Today(labels.astype(np.int64), request.max_moved * float(weight.sum()))
