"""Bound one instance's objective, and on small instances prove the best plan or find a better one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from optimize.columns import prove_by_columns
from optimize.elastic import smallest_relaxation
from optimize.exact import Exact, prove_cuts, prove_moment
from optimize.instance import Floats, Instance, Ints
from optimize.lagrange import SAFETY, Dual, lagrange
from optimize.refuse import limits_of, nearest_of, number_of, wishes_of
from optimize.request import Request
from optimize.search.every import best_of_all, can_be_exhausted
from optimize.search.heuristic import Found, search
from optimize.search.today import Today, keeps
from optimize.seats import fit_for_seats, prove_by_seats
from optimize.verify import check_plan
from scenarios import InfeasibleError, LimitError

LARGEST_BOUND = 3_000
"""Units up to which the Lagrangian bound is computed (its arrays grow with the square)."""

DUAL_WORK = {"quick": 2e7, "normal": 4e8, "thorough": 2e9}
"""Array entries the Lagrangian ascent may visit, per effort; rounds follow from it and the number of units."""

MOST_ROUNDS = 3_000
LEAST_ROUNDS = 60
QUICK_PROOF = 250
"""Assignment variables up to which a quick effort still asks for a proof."""

EXACT_UNITS = 1_000
"""Units up to which ways between all of them are looked at."""

EASY_PROOF = 1_000
"""Assignment variables up to which the model of units and seats needs no help from whole communities."""

COLUMN_UNITS, MORE_UNITS, COLUMN_SIZE = 128, 400, 16
"""Units up to which whole communities are listed; more if a community has few units on average."""

CUTS_A_COMMUNITY = 6.0
"""Cut edges per community, guessed where no plan is known."""

COLUMN_TIME = {"moment": 0.6, "cut-edges": 0.9}
"""Share of the time left that they may take: the model of labels for cut edges seldom gets as far."""

PLAIN_TIME, EVEN_TIME = 0.5, 0.5
"""The same where cut edges are bounded without the wishes about units; and for some plan, where none was found."""

EARLY, EARLY_COLUMNS, SEAT_TIME = 0.25, 0.5, 0.5
"""Shares of the time left for a short search and sets of seats, for whole communities, and for seats once more."""

EXPLAIN_TIME, EXPLAIN_SHARE = 20.0, 0.1
"""Seconds for finding out what an infeasible request would need; after the deadline, as a share of the time limit."""


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
    """

    label: Ints
    value: float
    bound: float | None
    optimal: bool
    seats: Ints
    refusal: str = ""


@dataclass(frozen=True)
class Early:
    """What a proof before the long search has established.

    Attributes
    ----------
    exact : Exact
    at_least : ndarray, shape (units, units)
        As of `prove_by_columns`.
    listed : bool
        Whole communities have been tried; no use in trying them again.
    """

    exact: Exact
    at_least: Floats
    listed: bool = True


def prove_early(
    instance: Instance, request: Request, deadline: float, jobs: int = 1, today: Today | None = None
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
    if today is not None:
        return None
    nothing = np.full((len(instance), len(instance)), -np.inf)
    seats, columns = fit_for_seats(instance), fit_for_columns(instance)
    if instance.objective != "moment" or request.effort == "quick" or not (seats or columns):
        return None
    found = search(instance, effort="quick", seed=request.seed, deadline=_part_of(deadline, EARLY), jobs=jobs)
    label, value = (found.label, found.value) if found.valid else (None, math.inf)
    dual = _dual(instance, value, request, _part_of(deadline, EARLY))
    exact = Exact(label, dual.bound, "feasible")
    if seats:
        until = _part_of(deadline, EARLY)
        exact = prove_by_seats(instance, dual, label, deadline=until, jobs=jobs, glance=True)
    if exact.proof != "feasible" or exact.label is None or not columns:
        return Early(exact, nothing, listed=False)
    return _early_by_columns(instance, dual, exact, request, deadline, jobs)


def _early_by_columns(
    instance: Instance, dual: Dual, exact: Exact, request: Request, deadline: float, jobs: int
) -> Early:
    """Take the model of units and seats where it is easy, a glance at whole communities otherwise."""
    possible, label, bound = dual.possible, exact.label, exact.bound
    if int(np.count_nonzero(possible)) <= EASY_PROOF:
        nothing = np.full(possible.shape, -np.inf)
        return Early(prove_moment(instance, possible, label, bound, solver=request.solver, deadline=deadline), nothing)
    until = _part_of(deadline, EARLY_COLUMNS)
    # From the bound that the prices stand for: prices are told from better ones by what they bound.
    found, at_least = prove_by_columns(
        instance, possible, label, dual.bound, dual.prices, deadline=until, jobs=jobs, glance=True
    )
    return Early(found if found.proof != "feasible" else replace(found, bound=max(found.bound, bound)), at_least)


def _best_of_all(instance: Instance, today: Today | None) -> Early:
    """Look at every division; where moves are limited, the best one bounds those that keep the limit."""
    label, nothing = best_of_all(instance), np.full((len(instance), len(instance)), -np.inf)
    if label is None:
        return Early(Exact(None, math.inf, "infeasible"), nothing)
    check = check_plan(instance, label)
    if check.faults or not keeps(instance, label, today):
        return Early(Exact(None, check.value, "feasible"), nothing)
    return Early(Exact(label, check.value, "optimal"), nothing)


def prove(
    instance: Instance,
    found: Found,
    request: Request,
    deadline: float,
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
    deadline : float
        `time.perf_counter` value.
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
        label, value = _better(instance, label, value, early.exact.label)
    exact = _exact(instance, label, value, request, deadline, jobs, early, today)
    if exact.proof == "infeasible":
        raise infeasible(instance, request, where, deadline, today=today)
    label = exact.label if exact.label is not None else label
    if label is None:
        kept = f"{limits_of(instance)}{wishes_of(request)}"
        msg = (
            f"{where}no plan of {number_of(instance)} within {kept} was found, and none was proven "
            f"impossible; {nearest_of(instance, found)}. Widen the tolerance, lower the number of communities, or give "
            "more time with a higher effort."
        )
        raise LimitError(msg)
    final = check_plan(instance, label)
    optimal = exact.proof == "optimal"
    bound = final.value if optimal else min(exact.bound, final.value)
    known = None if bound == -math.inf else bound
    return Solved(label, final.value, known, optimal or bound >= final.value * (1 - 1e-9), final.seats)


def infeasible(
    instance: Instance, request: Request, where: str, deadline: float, reason: str = "", today: Today | None = None
) -> InfeasibleError:
    """Return the error of a request that no plan meets, with the smallest relaxation that helps.

    A proof at the last moment still has a share of the time limit for it; where moves are limited, a plan with wider
    bounds may move too much, and only what is too little is said.
    """
    now = time.perf_counter()
    until = min(now + EXPLAIN_TIME, max(deadline, now + EXPLAIN_SHARE * request.time_limit))
    relaxation = smallest_relaxation(instance, seed=request.seed, deadline=until, solver=request.solver)
    if today is not None:
        relaxation = replace(relaxation, found=math.inf)
    kept = f"{limits_of(instance)}{wishes_of(request)}"
    reason = reason or f"no connected plan of {number_of(instance)} keeps {kept}"
    return InfeasibleError(f"{where}{reason}. {relaxation}")


def _exact(
    instance: Instance,
    label: Ints | None,
    value: float,
    request: Request,
    deadline: float,
    jobs: int,
    early: Early | None,
    today: Today | None,
) -> Exact:
    """Prove without the limit on moves, and for cut edges without the radius: that bounds what keeps them, too."""
    known = -math.inf if early is None else early.exact.bound
    if today is not None and early is not None:  # every division has been looked at
        return Exact(label, min(known, value), "feasible")
    if request.objective == "cut-edges":
        if label is None and request.effort != "quick" and len(instance) <= EXACT_UNITS:
            even = replace(instance, objective="moment")  # what plans there are does not depend on the objective
            exact = _least_moment(even, None, math.inf, request, _part_of(deadline, EVEN_TIME), jobs, None)
            if exact.proof == "infeasible":
                return exact
            if exact.label is not None and keeps(instance, exact.label, today):
                label, value = _better(instance, None, math.inf, exact.label)
        free = replace(instance, radius=math.inf)
        exact = _fewest_cuts(free, label, value, known, request, deadline, jobs)
    elif len(instance) > LARGEST_BOUND:
        exact = Exact(label, known, "feasible")
    else:
        exact = _least_moment(instance, label, value, request, deadline, jobs, early)
    if exact.label is None or (not check_plan(instance, exact.label).faults and keeps(instance, exact.label, today)):
        return exact
    return Exact(label, min(exact.bound, value), "feasible")


def _fewest_cuts(
    instance: Instance, label: Ints | None, value: float, known: float, request: Request, deadline: float, jobs: int
) -> Exact:
    bound = max(float(instance.communities - 1), known)
    if request.effort == "quick" or bound >= value:
        return Exact(label, min(bound, value), "feasible")
    free = instance if fit_for_columns(instance) else _plain(instance)
    if fit_for_columns(free):
        until = _part_of(deadline, COLUMN_TIME[request.objective] if free is instance else PLAIN_TIME)
        guess = value if label is not None else CUTS_A_COMMUNITY * instance.communities
        prices = guess * instance.loads[:, 0] / max(float(instance.loads[:, 0].sum()), 1e-12)
        everything = np.ones((len(instance), len(instance)), dtype=bool)
        exact, _ = prove_by_columns(free, everything, label, bound, prices, deadline=until, jobs=jobs)
        bound = max(bound, exact.bound)
        if exact.proof == "infeasible" or bound >= value:
            return Exact(label, bound, exact.proof if label is None else "optimal")
        if exact.label is not None and not check_plan(instance, exact.label).faults:
            if exact.proof == "optimal":
                return exact
            label = exact.label
    return prove_cuts(instance, label, bound, solver=request.solver, deadline=deadline)


def _plain(instance: Instance) -> Instance:
    """Return the instance without wishes about units: its bound holds with them, too."""
    none = np.zeros(0, dtype=np.int64)
    return replace(instance, together=(), apart=none.reshape(0, 2), seats=none)


def _least_moment(
    instance: Instance,
    label: Ints | None,
    value: float,
    request: Request,
    deadline: float,
    jobs: int,
    early: Early | None,
) -> Exact:
    dual = _dual(instance, value, request, deadline)
    bound, variables = max(0.0, dual.bound), int(np.count_nonzero(dual.possible))
    # Without a plan nothing is ruled out, and a quick effort leaves the proof that there is none to others.
    if early is not None:
        bound = max(bound, early.exact.bound)
    if bound >= value:
        return Exact(label, value, "feasible")
    if request.effort == "quick" and not (label is not None and variables <= QUICK_PROOF):
        return Exact(label, bound, "feasible")
    if (early is None or not early.listed) and variables > EASY_PROOF and fit_for_columns(instance):
        until = _part_of(deadline, COLUMN_TIME[request.objective])
        exact, at_least = prove_by_columns(
            instance, dual.possible, label, max(0.0, dual.bound), dual.prices, deadline=until, jobs=jobs
        )
        if exact.proof != "feasible":
            return exact
        early, before = Early(exact, at_least), value
        label, value = _better(instance, label, value, exact.label)
        if value < before:
            dual = replace(dual, possible=dual.possible & _dual(instance, value, request, deadline).possible)
    possible = dual.possible
    if early is not None:
        bound = max(bound, early.exact.bound)
        possible = possible & (early.at_least <= value * (1 + SAFETY))
    if fit_for_seats(instance):
        until = _part_of(deadline, SEAT_TIME)
        dual = replace(dual, bound=bound, possible=possible)
        exact = prove_by_seats(instance, dual, label, deadline=until, jobs=jobs)
        if exact.proof != "feasible":
            return exact
        label, bound = exact.label, exact.bound
    return prove_moment(instance, possible, label, bound, solver=request.solver, deadline=deadline)


def _better(instance: Instance, label: Ints | None, value: float, other: Ints | None) -> tuple[Ints | None, float]:
    """Return the better of a plan with its value and another one."""
    if other is not None and (known := check_plan(instance, other).value) < value:
        return other, known
    return label, value


def _dual(instance: Instance, value: float, request: Request, deadline: float) -> Dual:
    """Bound the moment, and rule out what no plan as good as this value can use."""
    rounds = int(np.clip(DUAL_WORK[request.effort] / len(instance) ** 2, LEAST_ROUNDS, MOST_ROUNDS))
    dual = lagrange(instance, value, rounds=rounds, deadline=deadline)
    return replace(dual, possible=dual.possible & _within_reach(instance))


def _within_reach(instance: Instance) -> NDArray[np.bool_]:
    """Return which units a seat can have: within the radius, and the lightest way there fits into a community."""
    near = instance.squared_distances() <= (instance.radius * (1 + 1e-9)) ** 2
    ends = np.repeat(np.arange(len(instance)), np.diff(instance.indptr))
    for q in range(len(instance.balanced)):
        load = instance.loads[:, q]
        if len(instance) > EXACT_UNITS or not np.isfinite(instance.upper[q]):
            continue
        # The way into a unit costs its load; zeros would read as no way at all.
        ways = csr_array((np.maximum(load[instance.indices], 1e-12), (ends, instance.indices)), shape=near.shape)
        near &= dijkstra(ways).T + load[None, :] <= instance.upper[q] * (1 + 1e-9) + 1e-6
    return near


def _part_of(deadline: float, share: float) -> float:
    """Return the time at which a share of what is left until the deadline will be over."""
    now = time.perf_counter()
    return now + share * max(deadline - now, 0.0)


def fit_for_columns(instance: Instance) -> bool:
    """Say whether whole communities can be listed: small, bounded on both sides, no wishes about pairs of units."""
    n, k = len(instance), instance.communities
    small = 1 < k < n and (n <= COLUMN_UNITS or (n <= MORE_UNITS and n <= COLUMN_SIZE * k))
    bounded = bool(np.all(np.isfinite(instance.upper)) and np.all(instance.lower > 0))
    plain = not instance.together and not len(instance.apart)
    apart = instance.objective == "moment" or len(instance.seats) < 2
    return small and bounded and plain and apart
