"""What an infeasible request would need: the smallest relaxation of its bounds, found and, on small maps, proven."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from foundation.messages import Joined, Message
from optimize.districting.enumeration.all_divisions import can_be_exhausted, least_excess
from optimize.districting.exact.branch_and_cut import recentre, seats_in, separate_seats
from optimize.districting.formulations import elastic_bounds as elastic
from optimize.districting.heuristic.search import search
from optimize.districting.infeasibility.reasons import least_by_arithmetic
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan, worst_excess
from optimize.solving.deadline import Deadline
from optimize.solving.solver import solved_within

SMALL = 40
"""Units up to which the smallest relaxation is proven."""

ROUNDS = 200

PROVEN = 1e-5
"""Share of the mean between a plan and the bound below which a floating point solver has proven the relaxation."""

SURE = 2e-6
"""Share of the mean by which a solver's bound may be too high: its gap and its tolerance."""

LOOSER = (0.02, 0.1, 0.5, math.inf)
"""Shares of the mean by which the bounds are wider in turn, where no plan near them keeps the wishes."""

WISHES = {
    "keep_together": {"together": ()},
    "keep_apart": {"apart": np.zeros((0, 2), dtype=np.int64)},
    "max_radius": {"radius": math.inf},
    "fix_seats": {"seats": np.zeros(0, dtype=np.int64)},
    "splits": {"splits": ()},
}
"""Wishes by the names of their options, and what an instance without them has instead."""


@dataclass(frozen=True)
class Relaxation:
    """By how much the bounds must give way, in means.

    Attributes
    ----------
    found : float
        A plan exists when every bound gives way by this share of the mean; infinite where none was found.
    proven : float
        No plan exists with less; infinite where none exists whatever the bounds.
    obstacles : tuple of str
        Wishes that no plan keeps, whatever the bounds.
    """

    found: float
    proven: float
    obstacles: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it as a sentence."""
        return str(self.told())

    def told(self) -> Message:
        """Return it as a sentence for an error message: what is enough is rounded up, what is too little down."""
        if math.isinf(self.proven):
            return Message(
                "No relaxation of the bounds admits a plan (proven): what stands in the way is {wishes}.",
                wishes=Joined(self.obstacles),
            )
        few = _rounded_down(self.proven)
        least = Message("; less than {few:.2%} is proven impossible", few=few) if few > 0 else ""
        if math.isinf(self.found):
            return Message("No relaxation of the bounds alone was found that admits a plan{least}.", least=least)
        share = _rounded_up(self.found)
        if self.found <= self.proven + PROVEN:
            return Message(
                "The smallest relaxation that admits a plan is {share:.2%} of the mean on every bound (proven).",
                share=share,
            )
        return Message("Bounds wider by {share:.2%} of the mean admit a plan (found{least}).", share=share, least=least)


def smallest_relaxation(instance: Instance, *, seed: int, deadline: Deadline, solver: str = "highs") -> Relaxation:
    """Return by how much all bounds together must give way before a plan exists that keeps the wishes.

    Parameters
    ----------
    instance : Instance
    seed : int
    deadline : Deadline
        No more is proven once it is over.
    """
    nothing = (instance.mean <= 0) & ((instance.lower > 0) | (instance.upper < 0))
    if nothing.any():  # a share of it is nothing, too
        empty = tuple(
            Message("{name}, 0 in every unit", name=instance.balanced[q]) for q in np.flatnonzero(nothing).tolist()
        )
        return Relaxation(math.inf, math.inf, empty)
    if can_be_exhausted(instance):
        least = least_excess(instance)
        relaxation = Relaxation(least, least)
    else:
        found, least = _by_search(instance, 0.0, seed, deadline), least_by_arithmetic(instance)
        relaxation = Relaxation(found, min(found, least))
        if len(instance) <= SMALL:
            relaxation = _by_model(instance, relaxation, deadline, solver)
    for share in LOOSER if _wished(instance) else ():
        if math.isfinite(relaxation.found) or math.isinf(relaxation.proven) or deadline.over:
            break
        relaxation = replace(relaxation, found=_by_search(instance, share, seed, deadline))
    if math.isinf(relaxation.proven):
        return replace(relaxation, obstacles=_obstacles(instance, deadline, solver))
    return relaxation


def _by_search(instance: Instance, share: float, seed: int, deadline: Deadline) -> float:
    """Return the excess of the plan nearest to bounds that give way by a share; infinite where it breaks a wish."""
    near = search(_wider(instance, share), effort="quick", seed=seed, deadline=deadline)
    kept = not check_plan(_wider(instance, math.inf), near.label).faults
    return worst_excess(instance, check_plan(instance, near.label).sums) if kept else math.inf


def _by_model(instance: Instance, known: Relaxation, deadline: Deadline, solver: str) -> Relaxation:
    model, found, proven = elastic.build(instance), known.found, known.proven
    loose = _wider(instance, math.inf)
    for _ in range(ROUNDS):
        outcome = solved_within(model.problem, solver, deadline)
        if outcome.proof == "infeasible" and math.isinf(found):
            return Relaxation(math.inf, math.inf)
        if outcome.bound is not None:
            proven = max(proven, outcome.bound - SURE)
        if outcome.proof != "optimal" or found <= proven + PROVEN:
            break
        seat = seats_in(model.x, len(instance))
        if separate_seats(instance, model, seat):
            continue
        label = np.searchsorted(np.unique(seat), seat)
        check = check_plan(loose, label)
        if not check.faults:
            found = min(found, worst_excess(instance, check_plan(instance, label).sums))
            break
        if not recentre(instance, model, seat, label, check):
            break
    return Relaxation(found, min(proven, found))


def _obstacles(instance: Instance, deadline: Deadline, solver: str) -> tuple[str, ...]:
    """Return wishes that no plan keeps whatever its sums; as far as time allows, none that would not matter."""
    loose = _wider(instance, math.inf)
    named = _wished(instance)
    for name in named if len(named) > 1 else ():
        fewer = replace(loose, **WISHES[name])  # type: ignore[arg-type]
        if can_be_exhausted(fewer):
            impossible = math.isinf(least_excess(fewer))
        else:
            impossible = math.isinf(_by_model(fewer, Relaxation(math.inf, 0.0), deadline, solver).proven)
        if impossible:
            loose = fewer
    return _wished(loose)


def _wished(instance: Instance) -> tuple[str, ...]:
    """Return the names of the wishes that an instance has."""
    has = (bool(instance.together), len(instance.apart) > 0, math.isfinite(instance.radius), len(instance.seats) > 0)
    named = zip(WISHES, (*has, bool(instance.splits)), strict=True)
    return tuple(name for name, wished in named if wished)


def _wider(instance: Instance, share: float) -> Instance:
    """Return the instance with bounds that give way by a share of the mean."""
    by = np.full(len(instance.mean), np.inf) if math.isinf(share) else share * instance.mean
    return replace(instance, lower=instance.lower - by, upper=instance.upper + by)


def _rounded_up(share: float) -> float:
    """Return a share in whole hundredths of a per cent that is no smaller, rounding errors apart."""
    return math.ceil(share * 1e4 - 1e-6) / 1e4


def _rounded_down(share: float) -> float:
    return math.floor(share * 1e4 + 1e-6) / 1e4
