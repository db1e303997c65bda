"""What an infeasible request would need: the smallest relaxation of its bounds, found and, on small maps, proven."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from optimize.exact import separate_seats
from optimize.formulations import elastic
from optimize.instance import Instance
from optimize.search.halves import can_be_halved, least_excess
from optimize.search.heuristic import search
from optimize.solver import solve
from optimize.verify import check_plan

SMALL = 40
"""Units up to which the smallest relaxation is proven."""

ROUNDS = 60


@dataclass(frozen=True)
class Relaxation:
    """By how much the bounds must give way, in means.

    Attributes
    ----------
    found : float
        A plan exists when every bound gives way by this share of the mean; infinite where none was found.
    proven : float
        No plan exists with less.
    """

    found: float
    proven: float

    def __str__(self) -> str:
        """Say it as a sentence for an error message."""
        if not np.isfinite(self.found):
            return "No relaxation of the bounds alone was found that admits a plan."
        if self.found <= self.proven * (1 + 1e-6) + 1e-9:
            return (
                f"The smallest relaxation that admits a plan is {self.found:.2%} of the mean on every bound (proven)."
            )
        least = f"; less than {self.proven:.2%} is proven impossible" if self.proven > 1e-6 else ""
        return f"Bounds wider by {self.found:.2%} of the mean admit a plan (found{least})."


def smallest_relaxation(instance: Instance, *, seed: int, deadline: float, solver: str = "highs") -> Relaxation:
    """Return by how much all bounds together must give way before a plan exists.

    Parameters
    ----------
    instance : Instance
    seed : int
    deadline : float
        `time.perf_counter` value after which no more is proven.
    """
    if can_be_halved(instance):
        least = least_excess(instance)
        return Relaxation(least, least)
    found = _by_search(instance, seed, deadline)
    if len(instance) > SMALL or time.perf_counter() > deadline:
        return Relaxation(found, 0.0)
    return _by_model(instance, found, deadline, solver)


def _by_search(instance: Instance, seed: int, deadline: float) -> float:
    """Return the worst excess of the plan nearest to the bounds; wishes that it breaks leave nothing to say."""
    near = search(instance, effort="quick", seed=seed, deadline=deadline)
    loose = replace(instance, lower=np.full(len(instance.lower), -np.inf), upper=np.full(len(instance.upper), np.inf))
    return near.worst if not check_plan(loose, near.label).faults else float("inf")


def _by_model(instance: Instance, found: float, deadline: float, solver: str) -> Relaxation:
    model, t = elastic.build(instance)
    proven = 0.0
    for _ in range(ROUNDS):
        left = deadline - time.perf_counter()
        if left < 0.1:
            break
        outcome = solve(model.problem, solver=solver, time_limit=left)
        if outcome.proof == "infeasible":
            return Relaxation(float("inf"), float("inf"))
        if outcome.bound is not None:
            proven = max(proven, outcome.bound)
        if outcome.proof != "optimal":
            break
        seat = np.array([j for i in range(len(instance)) for j in range(i + 1) if (model.x[i, j].varValue or 0) > 0.5])
        if not separate_seats(instance, model, seat):
            return Relaxation(min(found, float(t.varValue)), min(proven, float(t.varValue)))
    return Relaxation(found, min(proven, found))
