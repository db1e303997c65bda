"""Bound one instance's objective, and on small instances prove the best plan or find a better one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from foundation.arrays import Ints
from foundation.messages import Message
from optimize.districting.enumeration.all_divisions import best_of_all, can_be_exhausted
from optimize.districting.exact.branch_and_cut import Exact, prove_moment
from optimize.districting.exact.choose_method import (
    COLUMNS,
    EASY_PROOF,
    MODEL,
    SEATS,
    Early,
    better,
    dual_of,
    fit_for_columns,
)
from optimize.districting.exact.column_generation import prove_by_columns
from optimize.districting.exact.lagrangian_bound import Dual
from optimize.districting.exact.seat_enumeration import fit_for_seats, prove_by_seats
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.heuristic.one_start import Found
from optimize.districting.heuristic.search import search
from optimize.districting.infeasibility.reasons import kept_of, no_plan_found, number_of
from optimize.districting.infeasibility.relax import Relaxation, smallest_relaxation
from optimize.districting.moves.named_communities import best_within_moves
from optimize.districting.problem.evidence import Entry, note
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan
from optimize.districting.splits.few_splits import settled, settled_at_once
from optimize.districting.splits.fewest import fewest_splits
from optimize.solving.deadline import Deadline, part_of
from scenarios import InfeasibleError

EARLY, EARLY_COLUMNS = 0.25, 0.5
"""Shares of the work left for a short search and sets of seats, and for whole communities, before the long search."""

EXPLAIN_WORK, EXPLAIN_SHARE = 20.0, 0.1
"""Units of work for what an infeasible request would need; after the deadline, as a share of the work allowed."""


@dataclass(frozen=True)
class Solved:
    """One instance's plan with what is known about it.

    Attributes
    ----------
    label : ndarray of int, shape (units,)
    value : float
    bound : float or None
        No plan is better; None where nothing is known.
    optimal : bool
    seats : ndarray of int, shape (communities,)
    refusal : str
        Why there is no plan with this number of communities, where others are tried too; value and bound tell then
        whether that is proven.
    evidence : list of mapping
        What the bound rests on (`evidence.note`).
    doubt : str
        What contradicts the proof (`distrust`), which is then withdrawn; empty where nothing does.
    clock_bound : tuple of str
        What the safety stop of the clock cut short: another machine may find another plan.
    work : float
        Units of deterministic work that it took.
    course : tuple of (work, value)
        What the best value was after how much work.
    tie : mapping or None
        Of a plan for the least radius: ``value``, the sum of weight by distance, by which plans of the same radius are
        told apart; ``bound``, what no plan of no larger radius falls below, or None; ``optimal``, where that and the
        radius are proven.
    """

    label: Ints
    value: float
    bound: float | None
    optimal: bool
    seats: Ints
    refusal: str = ""
    evidence: list[Entry] = field(default_factory=list)
    doubt: str = ""
    clock_bound: tuple[str, ...] = ()
    work: float = 0.0
    course: tuple[tuple[float, float], ...] = ()
    tie: dict[str, Any] | None = None


def prove_early(
    instance: Instance, request: Request, deadline: Deadline, jobs: int = 1, today: Today | None = None
) -> Early | None:
    """Try a proof first: tiny maps need no search at all, most small ones no long one.

    Parameters
    ----------
    instance, request, deadline, jobs, today
        As for `prove`; the deadline is that of the whole request.

    Returns
    -------
    Early or None
        None where it is not worth trying.
    """
    if can_be_exhausted(instance):
        return _best_of_all(instance, today)
    if instance.splits:
        exact = settled_at_once(instance, request, deadline, today)
        return None if exact is None else Early(exact, np.full((len(instance), len(instance)), -np.inf))
    if today is not None:
        return None
    seats, columns = fit_for_seats(instance), fit_for_columns(instance)
    if instance.objective == "cut-edges" or request.effort == "quick" or not (seats or columns):
        return None
    found = search(instance, effort="quick", seed=request.seed, deadline=part_of(deadline, EARLY), jobs=jobs)
    label, value = (found.label, found.value) if found.valid else (None, math.inf)
    dual = dual_of(instance, value, request, part_of(deadline, EARLY))
    exact = Exact(label, dual.bound, "feasible")
    if seats:
        until = part_of(deadline, EARLY, SEATS)
        exact = prove_by_seats(instance, dual, label, deadline=until, jobs=jobs, glance=True)
    if exact.proof != "feasible" or exact.label is None or not columns:
        nothing = np.full((len(instance), len(instance)), -np.inf)
        return Early(exact, nothing, listed=False)
    return _early_by_columns(instance, dual, exact, request, deadline, jobs)


def _early_by_columns(
    instance: Instance, dual: Dual, exact: Exact, request: Request, deadline: Deadline, jobs: int
) -> Early:
    """Take the model of units and seats where it is easy, a glance at whole communities otherwise."""
    possible, label, bound = dual.possible, exact.label, exact.bound
    if int(np.count_nonzero(possible)) <= EASY_PROOF:
        nothing = np.full(possible.shape, -np.inf)
        model = part_of(deadline, 1.0, MODEL)
        return Early(prove_moment(instance, possible, label, bound, solver=request.solver, deadline=model), nothing)
    until = part_of(deadline, EARLY_COLUMNS, COLUMNS)
    # From the bound that the prices stand for: prices are told from better ones by what they bound.
    found, at_least = prove_by_columns(
        instance, possible, label, dual.bound, dual.prices, deadline=until, jobs=jobs, glance=True
    )
    return Early(found if found.proof != "feasible" else replace(found, bound=max(found.bound, bound)), at_least)


def _best_of_all(instance: Instance, today: Today | None) -> Early:
    """Look at every division, where moves are limited at those that keep the limit, as far as that is settled."""
    nothing, settled = np.full((len(instance), len(instance)), -np.inf), True
    if today is None:
        label = best_of_all(instance)
    else:
        label, settled = best_within_moves(instance, today)
    if label is None and settled:
        note("divisions", math.inf)
        return Early(Exact(None, math.inf, "infeasible"), nothing)
    label = label if settled else best_of_all(instance)
    assert label is not None  # there is one, if none that keeps the limit was found
    check = check_plan(instance, label)
    note("divisions", check.value)
    if check.faults or not keeps(instance, label, today):
        return Early(Exact(None, check.value, "feasible"), nothing)
    return Early(Exact(label, check.value, "optimal"), nothing)


def prove(
    instance: Instance,
    found: Found,
    request: Request,
    deadline: Deadline,
    where: str,
    jobs: int = 1,
    early: Early | None = None,
    today: Today | None = None,
) -> Solved:
    """Bound the objective, and on small instances look for a better plan or a proof that there is none.

    Parameters
    ----------
    instance : Instance
    found : Found
        What the search ended with.
    request : Request
        Effort, solver and wishes.
    deadline : Deadline
    where : str
        The group of units, for messages.
    jobs : int
        Threads.
    early : Early, optional
        What is known already.
    today : Today, optional
        Today's communities and how much may leave them.

    Raises
    ------
    InfeasibleError
        No plan exists; the message says what would have to give way.
    LimitError
        None was found, and none was proven impossible.
    """
    label = found.label if found.valid else None
    value = found.value if found.valid else math.inf
    if early is not None:
        label, value = better(instance, label, value, early.exact.label)
    exact = settled(instance, label, value, request, deadline, jobs, early, today)
    if exact.proof == "infeasible" and label is None:
        raise infeasible(instance, request, where, deadline, today=today)
    label = exact.label if exact.label is not None else label
    if label is None:
        work = max(deadline.left, EXPLAIN_SHARE * request.work_limit)
        until = Deadline(work, seconds=max(deadline.seconds, EXPLAIN_SHARE * request.time_limit), what="splits")
        fewest = "" if today else fewest_splits(instance, seed=request.seed, deadline=until, solver=request.solver)
        raise no_plan_found(instance, found, request, where, fewest)
    final = check_plan(instance, label)
    # A bound above the plan is left as it is: it contradicts the plan, and must be seen (`distrust`).
    bound = max(exact.bound, final.value) if exact.proof == "optimal" else exact.bound
    known = None if bound == -math.inf else bound
    return Solved(label, final.value, known, bound >= final.value * (1 - 1e-9), final.seats)


def infeasible(
    instance: Instance,
    request: Request,
    where: str,
    deadline: Deadline,
    reason: str = "",
    today: Today | None = None,
    obstacles: tuple[str, ...] = (),
) -> InfeasibleError:
    """Return the error of a request that no plan meets, with the smallest relaxation that helps.

    A proof at the last moment still has a share of the work for it; where moves are limited, a plan with wider
    bounds may move too much, and only what is too little is said. Obstacles are wishes that no bounds would help.
    """
    work = min(EXPLAIN_WORK, max(deadline.left, EXPLAIN_SHARE * request.work_limit))
    until = Deadline(work, seconds=max(deadline.seconds, EXPLAIN_SHARE * request.time_limit), what="relaxation")
    if obstacles:
        return _no_plan(where, reason, Relaxation(math.inf, math.inf, obstacles))
    if instance.objective == "radius":
        instance = instance.within()
    relaxation = smallest_relaxation(instance, seed=request.seed, deadline=until, solver=request.solver)
    if today is not None:
        relaxation = replace(relaxation, found=math.inf)
    reason = reason or Message(
        "no connected plan of {number} keeps {kept}", number=number_of(instance), kept=kept_of(instance, request)
    )
    fewest = "" if today else fewest_splits(instance, seed=request.seed, deadline=until, solver=request.solver)
    return _no_plan(where, reason, relaxation, fewest)


def _no_plan(where: str, reason: str, relaxation: Relaxation, fewest: str = "") -> InfeasibleError:
    told = relaxation.told()
    return InfeasibleError(
        Message("{where}{reason}. {relaxation}{fewest}", where=where, reason=reason, relaxation=told, fewest=fewest)
    )
