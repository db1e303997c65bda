"""The least radius: the largest distance from a seat, and of plans that are equal in it the least sum of distances."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.enumeration.all_divisions import best_of_all, can_be_exhausted
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.heuristic.least_radius import Radius, judged, search_radius, shortened
from optimize.districting.heuristic.one_start import Found
from optimize.districting.infeasibility.least_radius import Shortest, first_bound, raised_by_prices
from optimize.districting.infeasibility.reasons import no_plan_found
from optimize.districting.moves.named_communities import best_within_moves
from optimize.districting.problem.evidence import note, noting
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import seats_of
from optimize.districting.prove import Solved, infeasible
from optimize.districting.splits.few_splits import settled
from optimize.solving.deadline import Deadline, part_of

SEARCH_TIME, PRICES_TIME, PROOF_TIME = 0.4, 0.4, 0.5
"""Shares of the time left for the search, for prices of radii, and for a proof of one radius."""

ONWARD_TIME, LEAST_ROUND, OTHER_SEEDS = 0.6, 0.1, 104_729
"""Share of the work left, where somebody asked for it, of a search that goes on; share of that below which no round
begins; by how much the seeds of two rounds differ."""

LONGER = 2
"""Radii below the best plan's whose proofs are tried at most after the first of them did not come to an end."""


def solve_radius(
    instance: Instance, request: Request, threads: int, where: str, today: Today | None, deadline: Deadline
) -> tuple[Solved, list[Found]]:
    """Find the plan of least radius and prove as much of it as the time allows; return what the search found, too.

    Parameters
    ----------
    instance : Instance
        With the radius as objective.
    request, threads, where, today, deadline
        As for `prove`.

    Raises
    ------
    InfeasibleError
        No plan keeps what is asked.
    LimitError
        None was found, and none was proven impossible.
    """
    course = _Course(instance, request, threads, today, deadline)
    if can_be_exhausted(instance.within(1.0)):
        return course.exhausted(where), []
    known = first_bound(instance)
    note("radius", known.bound)
    found = search_radius(
        instance,
        effort=request.effort,
        seed=request.seed,
        deadline=part_of(deadline, SEARCH_TIME),
        least=known.bound,
        today=today,
        jobs=threads,
    )
    best = found if found.found.valid else None
    if best is None:
        proof, best = course.settled(math.inf)
        if proof == "infeasible":
            raise infeasible(instance, request, where, deadline, today=today)
        if best is None:
            raise no_plan_found(instance, found.found, request, where)
    known = raised_by_prices(instance, known, best.found.value, request.effort, part_of(deadline, PRICES_TIME))
    best, known = course.proven(best, known)
    further = course.searched_on(best, known.bound)
    if further.rank < best.rank:
        best, known = course.proven(further, known)
    return course.tied(best, known.bound), [found.found, further.found]


@dataclass
class _Course:
    """What all parts of one solution have in common."""

    instance: Instance
    request: Request
    threads: int
    today: Today | None
    deadline: Deadline

    def exhausted(self, where: str) -> Solved:
        """Look at every division of a tiny map, radius by radius."""
        one = self.instance
        label, sure = self._best(one.within())
        if label is None and sure:
            note("radius", math.inf)
            raise infeasible(one, self.request, where, self.deadline, today=self.today)
        if label is None or not sure:
            return self._searched(where)
        radii = np.unique(one.all_distances())
        low, high = -1, int(np.searchsorted(radii, judged(one, label, None).found.value * (1 - ROUNDING)))
        while high - low > 1:
            middle = (low + high) // 2
            shorter, sure = self._best(one.within(float(radii[middle])))
            if not sure:
                return self._searched(where)
            if shorter is None:
                low = middle
            else:
                label, high = shorter, middle
        best = judged(one, label, None)
        nearest, sure = self._best(one.within(best.found.value))
        assert nearest is not None  # the plan just found is one
        best = judged(one, nearest, None)
        note("radius", best.found.value)
        tie = {"value": best.distance, "bound": best.distance if sure else None, "optimal": sure}
        return Solved(nearest, best.found.value, best.found.value, True, seats_of(one, nearest), tie=tie)

    def _best(self, one: Instance) -> tuple[Ints | None, bool]:
        """Return the best plan of a tiny map under the limit on moves, and whether it is that."""
        return (best_of_all(one), True) if self.today is None else best_within_moves(one, self.today)

    def _searched(self, where: str) -> Solved:
        """Return what a search finds where not all divisions could be looked at."""
        one = self.instance
        found = search_radius(
            one, effort="normal", seed=self.request.seed, deadline=self.deadline, today=self.today, jobs=self.threads,
        )  # fmt: skip
        if not found.found.valid:
            raise no_plan_found(one, found.found, self.request, where)
        return self._solved(found, 0.0, None)

    def settled(self, radius: float) -> tuple[str, Radius | None]:
        """Ask whether there is a plan of some radius: "infeasible", or a plan, or neither."""
        if self.deadline.over:
            return "feasible", None
        until = part_of(self.deadline, PROOF_TIME)
        with noting():  # sums of distances are no radii
            exact = settled(
                self.instance.within(radius), None, math.inf, self.request, until, self.threads, None, self.today
            )
        return exact.proof, self._plan(exact.label)

    def _plan(self, label: Ints | None) -> Radius | None:
        """Return a plan if it keeps what is asked."""
        plan = None if label is None else judged(self.instance, label, None)
        return (
            plan
            if plan is not None and plan.found.valid and keeps(self.instance, plan.found.label, self.today)
            else None
        )

    def proven(self, best: Radius, known: Shortest) -> tuple[Radius, Shortest]:
        """Prove that the next shorter radius is too short, or find a plan of it, and so on."""
        left = 1 + LONGER
        radius = known.below(best.found.value)
        while left and radius is not None and radius >= known.bound * (1 - ROUNDING) and not self._over():
            proof, plan = self.settled(radius)
            if proof == "infeasible":
                known = known.too_short(radius)
                note("radius", known.bound)
                radius = known.below(best.found.value)
            elif plan is not None and plan.rank < best.rank:
                best = plan
                radius = known.below(best.found.value)
            else:  # what is not settled about this one may be about one half as far from the bound
                left -= 1
                between = known.radii[(known.radii >= known.bound * (1 - ROUNDING)) & (known.radii < radius)]
                radius = float(between[len(between) // 2]) if len(between) else None
        return best, known

    def searched_on(self, best: Radius, bound: float) -> Radius:
        """Search again from far until its share of the work that somebody asked for is used, or the bound is met."""
        asked, number = self.deadline.at_most(self.request.use_up - self.deadline.spent), 0
        until = part_of(asked, ONWARD_TIME)
        while until.left > LEAST_ROUND * until.work and not until.stopped and best.found.value > bound * (1 + ROUNDING):
            before, number = until.spent, number + 1
            again = search_radius(
                self.instance,
                effort=self.request.effort,
                seed=self.request.seed + OTHER_SEEDS * number,
                deadline=until,
                least=bound,
                today=self.today,
                jobs=self.threads,
                begun=best,
            )
            best = min(best, again, key=lambda one: one.rank)
            if until.spent <= before:
                break
        return best

    def _over(self) -> bool:
        return self.request.effort == "quick" or self.deadline.over

    def tied(self, best: Radius, bound: float) -> Solved:
        """Shorten the sum of distances of plans of this radius, and bound it."""
        best = shortened(
            self.instance,
            best,
            effort=self.request.effort,
            seed=self.request.seed + 1,
            deadline=part_of(self.deadline, PROOF_TIME),
            today=self.today,
            jobs=self.threads,
        )
        if self.deadline.over:
            return self._solved(best, bound, None)
        inner = self.instance.within(best.found.value)
        with noting() as ledger:
            exact = settled(
                inner, best.found.label, best.distance, self.request, self.deadline, self.threads, None, self.today
            )
        plan = self._plan(exact.label)
        if plan is not None and plan.rank < best.rank:
            best = plan
        solved = self._solved(best, bound, exact.bound if exact.bound > -math.inf else None)
        return replace(solved, tie={**(solved.tie or {}), "evidence": ledger})

    def _solved(self, best: Radius, bound: float, shortest: float | None) -> Solved:
        value, label = best.found.value, best.found.label
        closed = bound >= value * (1 - ROUNDING)
        if shortest is not None and shortest > best.distance * (1 + ROUNDING):
            shortest = None  # a bound above a plan is none
        done = closed and shortest is not None and shortest >= best.distance * (1 - ROUNDING)
        tie = {"value": best.distance, "bound": shortest, "optimal": done}
        return Solved(label, value, bound, closed, seats_of(self.instance, label), tie=tie)
