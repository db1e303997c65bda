"""Which exact methods are tried on an instance, in which order, and for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from foundation.arrays import Floats, Ints
from optimize.districting.exact.branch_and_cut import Exact, prove_cuts, prove_moment
from optimize.districting.exact.column_generation import prove_by_columns
from optimize.districting.exact.lagrangian_bound import SAFETY, Dual, lagrange
from optimize.districting.exact.seat_enumeration import fit_for_seats, prove_by_seats
from optimize.districting.exact.tree_packing_bound import bound_of_cuts
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.heuristic.diverse_drafts import plans_lie_apart
from optimize.districting.moves.limited_moves import prove_within_moves
from optimize.districting.problem.evidence import noting
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan
from optimize.solving.deadline import Deadline, part_of

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

COLUMN_TIME = {"moment": 0.6, "distance": 0.6, "radius": 0.6, "cut-edges": 0.9}
"""Share of the work left that they may take: the model of labels for cut edges seldom gets as far."""

PLAIN_TIME, EVEN_TIME = 0.5, 0.5
"""The same where cut edges are bounded without the wishes about units; and for some plan, where none was found."""

COLUMNS, SEATS, MODEL = "proof by whole communities", "proof by sets of seats", "proof by the model"
"""Parts of a proof, as what the clock cut short is told."""

SPREAD_TIME, SEAT_TIME = 0.5, 0.5
"""Shares of the work left for the bound of cut edges that any map has; for sets of seats, after whole communities."""

FREE_TIME, ANY_TIME, NAMED_TIME = 0.4, 0.3, 0.7
"""Shares of the work left for a proof without the limit on moves, any plan that keeps it, communities with names."""

MODEL_TIME = 0.75
"""Share of the work left for the model of labels, where the search goes on after it."""


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


def exactly(
    instance: Instance,
    label: Ints | None,
    value: float,
    request: Request,
    deadline: Deadline,
    jobs: int,
    early: Early | None,
    today: Today | None,
) -> Exact:
    """Prove without the limit on moves, which bounds what keeps it, too; then with it, where that is not enough."""
    known = -math.inf if early is None else early.exact.bound
    if today is not None:
        if early is not None:  # every division has been looked at
            return Exact(label, min(known, value), "feasible")
        if label is None and request.effort != "quick":
            some = _any_plan(instance, request, part_of(deadline, ANY_TIME, MODEL), today)
            if some.proof == "infeasible":
                return some
            label, value = better(instance, None, math.inf, some.label)
        unlimited = exactly(instance, label, value, request, part_of(deadline, FREE_TIME), jobs, None, None)
        if unlimited.proof == "infeasible":
            return unlimited
        return _moved(instance, label, value, unlimited, request, deadline, jobs, today)
    if request.objective == "cut-edges":
        if label is None and request.effort != "quick" and len(instance) <= EXACT_UNITS:
            even = replace(instance, objective="moment")  # what plans there are does not depend on the objective
            with noting():  # bounds of the moment bound no cut edges
                exact = _least_moment(even, None, math.inf, request, part_of(deadline, EVEN_TIME), jobs, None)
            if exact.proof == "infeasible":
                return exact
            if exact.label is not None:
                label, value = better(instance, None, math.inf, exact.label)
        exact = _fewest_cuts(_open(instance), label, value, known, request, deadline, jobs)
    elif len(instance) > LARGEST_BOUND:
        exact = Exact(label, known, "feasible")
    else:
        exact = _least_moment(instance, label, value, request, deadline, jobs, early)
    return _if_valid(instance, exact, label)


def _any_plan(instance: Instance, request: Request, deadline: Deadline, today: Today) -> Exact:
    """Look for a plan that keeps the limit on moves, or a proof that there is none, whatever it is worth."""
    cuts = replace(_open(instance), objective="cut-edges")  # what plans there are does not depend on the objective
    with noting():  # fewest cut edges bound nothing else
        exact = prove_cuts(cuts, None, 0.0, solver=request.solver, deadline=deadline, today=today)
    if exact.label is not None and check_plan(instance, exact.label).faults:
        return Exact(None, 0.0, "feasible")
    return exact


def _moved(
    instance: Instance,
    label: Ints | None,
    value: float,
    free: Exact,
    request: Request,
    deadline: Deadline,
    jobs: int,
    today: Today,
) -> Exact:
    """Prove with the limit on moves, from what was proven without."""
    if free.label is not None and keeps(instance, free.label, today):
        label, value = better(instance, label, value, free.label)
        if free.proof == "optimal":
            return Exact(label, min(free.bound, value), "optimal")
    bound = min(free.bound, value)
    if request.effort == "quick" or bound >= value:
        return Exact(label, bound, "feasible")
    exact = Exact(label, bound, "feasible")
    if fit_for_columns(_plain(instance)):
        exact = _named(instance, label, value, bound, request, deadline, jobs, today)
    if exact.proof != "feasible" or instance.objective != "cut-edges" or exact.bound >= value:
        return exact
    until = part_of(deadline, 1.0, MODEL)
    label, _ = better(instance, label, value, exact.label)
    exact = prove_cuts(_open(instance), label, exact.bound, solver=request.solver, deadline=until, today=today)
    return _if_valid(instance, exact, label)


def _open(instance: Instance) -> Instance:
    """Return the instance without a radius about the seats, where that is no part of the objective."""
    return replace(instance, radius=math.inf)


def _if_valid(instance: Instance, exact: Exact, label: Ints | None) -> Exact:
    """Return what was proven without the radius: as a bound only, where the plan does not keep it."""
    if exact.label is None or not check_plan(instance, exact.label).faults:
        return exact
    value = math.inf if label is None else check_plan(instance, label).value
    return Exact(label, min(exact.bound, value), "feasible")


def _named(
    instance: Instance,
    label: Ints | None,
    value: float,
    bound: float,
    request: Request,
    deadline: Deadline,
    jobs: int,
    today: Today,
) -> Exact:
    """Prove by whole communities with names."""
    if instance.objective == "cut-edges":
        open_map = _open(instance)
        prices = _first_prices(instance, label, value)
        possible = np.ones((len(instance), len(instance)), dtype=bool)
    else:
        open_map, dual = instance, dual_of(instance, value, request, deadline)
        prices, possible = dual.prices, dual.possible
    until = part_of(deadline, NAMED_TIME, COLUMNS)
    exact = prove_within_moves(open_map, possible, label, bound, prices, today, deadline=until, jobs=jobs)
    return _if_valid(instance, exact, label)


def _first_prices(instance: Instance, label: Ints | None, value: float) -> Floats:
    """Return prices of the units to begin with: their share of the cut edges of a plan."""
    guess = value if label is not None else CUTS_A_COMMUNITY * instance.communities
    return np.asarray(guess * instance.loads[:, 0] / max(float(instance.loads[:, 0].sum()), 1e-12))


def _fewest_cuts(
    instance: Instance, label: Ints | None, value: float, known: float, request: Request, deadline: Deadline, jobs: int
) -> Exact:
    spread = bound_of_cuts(instance, request.effort, part_of(deadline, SPREAD_TIME, "bound of the cut edges"))
    bound = max(float(instance.communities - 1), known)
    if request.effort == "quick" or max(bound, spread) >= value:
        return Exact(label, max(bound, spread), "feasible")
    free = instance if fit_for_columns(instance) else _plain(instance)
    if fit_for_columns(free):
        until = part_of(deadline, COLUMN_TIME[request.objective] if free is instance else PLAIN_TIME, COLUMNS)
        prices = _first_prices(instance, label, value)
        everything = np.ones((len(instance), len(instance)), dtype=bool)
        # From the weak bound: these prices stand for no better one, and are told from better prices by what they bound.
        exact, _ = prove_by_columns(free, everything, label, bound, prices, deadline=until, jobs=jobs)
        bound = max(bound, exact.bound)
        if label is None and exact.proof == "infeasible":
            return exact
        if bound >= value:
            return Exact(label, bound, "feasible")  # how the two fit together is judged where all is known
        if exact.label is not None and not check_plan(instance, exact.label).faults:
            if exact.proof == "optimal":
                return exact
            label = exact.label
    model = part_of(deadline, MODEL_TIME if plans_lie_apart(instance) else 1.0, MODEL)
    return prove_cuts(instance, label, max(bound, spread), solver=request.solver, deadline=model)


def _plain(instance: Instance) -> Instance:
    """Return the instance without wishes about units: its bound holds with them, too."""
    none = np.zeros(0, dtype=np.int64)
    return replace(instance, together=(), apart=none.reshape(0, 2), seats=none)


def _least_moment(
    instance: Instance,
    label: Ints | None,
    value: float,
    request: Request,
    deadline: Deadline,
    jobs: int,
    early: Early | None,
) -> Exact:
    dual = dual_of(instance, value, request, deadline)
    bound, variables = max(0.0, dual.bound), int(np.count_nonzero(dual.possible))
    # Without a plan nothing is ruled out, and a quick effort leaves the proof that there is none to others.
    if early is not None:
        bound = max(bound, early.exact.bound)
    if bound >= value:
        return Exact(label, bound, "feasible")  # how the two fit together is judged where all is known
    if request.effort == "quick" and not (label is not None and variables <= QUICK_PROOF):
        return Exact(label, bound, "feasible")
    if early is not None and early.exact.label is None and label is not None and fit_for_seats(instance):
        # The first look had no plan to compare with.
        until = part_of(deadline, SEAT_TIME, SEATS)
        exact = prove_by_seats(instance, dual, label, deadline=until, jobs=jobs, glance=True)
        if exact.proof != "feasible":
            return exact
        label, value = better(instance, label, value, exact.label)
        bound = max(bound, exact.bound)
    if (early is None or not early.listed) and variables > EASY_PROOF and fit_for_columns(instance):
        until = part_of(deadline, COLUMN_TIME[request.objective], COLUMNS)
        exact, at_least = prove_by_columns(
            instance, dual.possible, label, max(0.0, dual.bound), dual.prices, deadline=until, jobs=jobs
        )
        if exact.proof != "feasible":
            return exact
        early, before = Early(exact, at_least), value
        label, value = better(instance, label, value, exact.label)
        if value < before:
            dual = replace(dual, possible=dual.possible & dual_of(instance, value, request, deadline).possible)
    possible = dual.possible
    if early is not None:
        bound = max(bound, early.exact.bound)
        possible = possible & (early.at_least <= value * (1 + SAFETY))
    if fit_for_seats(instance):
        until = part_of(deadline, SEAT_TIME, SEATS)
        dual = replace(dual, bound=bound, possible=possible)
        exact = prove_by_seats(instance, dual, label, deadline=until, jobs=jobs)
        if exact.proof != "feasible":
            return exact
        label, bound = exact.label, exact.bound
    return prove_moment(instance, possible, label, bound, solver=request.solver, deadline=part_of(deadline, 1.0, MODEL))


def better(instance: Instance, label: Ints | None, value: float, other: Ints | None) -> tuple[Ints | None, float]:
    """Return the better of a plan with its value and another one."""
    if other is not None and (known := check_plan(instance, other).value) < value:
        return other, known
    return label, value


def dual_of(instance: Instance, value: float, request: Request, deadline: Deadline) -> Dual:
    """Bound the objective, and rule out what no plan as good as this value can use."""
    rounds = int(np.clip(DUAL_WORK[request.effort] / len(instance) ** 2, LEAST_ROUNDS, MOST_ROUNDS))
    dual = lagrange(instance, value, rounds=rounds, deadline=part_of(deadline, 1.0, "bound of the moment"))
    return replace(dual, possible=dual.possible & _within_reach(instance))


def _within_reach(instance: Instance) -> NDArray[np.bool_]:
    """Return which units a seat can have: within the radius, and the lightest way there fits into a community."""
    near = instance.all_distances() <= instance.radius * (1 + ROUNDING)
    ends = np.repeat(np.arange(len(instance)), np.diff(instance.indptr))
    _, most = instance.tolerated()
    for q in range(len(instance.balanced)):
        load = instance.loads[:, q]
        if len(instance) > EXACT_UNITS or not np.isfinite(most[q]):
            continue
        # The way into a unit costs its load; zeros would read as no way at all.
        ways = csr_array((np.maximum(load[instance.indices], 1e-12), (ends, instance.indices)), shape=near.shape)
        near &= dijkstra(ways).T + load[None, :] <= most[q] * (1 + 1e-9) + 1e-6
    return near


def fit_for_columns(instance: Instance) -> bool:
    """Say whether whole communities can be listed: small, bounded on both sides, no wishes about pairs of units."""
    n, k = len(instance), instance.communities
    small = 1 < k < n and (n <= COLUMN_UNITS or (n <= MORE_UNITS and n <= COLUMN_SIZE * k))
    bounded = bool(np.all(np.isfinite(instance.upper)) and np.all(instance.lower > 0))
    plain = not instance.together and not len(instance.apart) and not instance.splits
    apart = instance.objective != "cut-edges" or len(instance.seats) < 2
    return small and bounded and plain and apart
