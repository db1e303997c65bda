"""Is there no plan of a smaller radius? By all communities of a tiny map, by prices, or by integer programming."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from optimize.districting.audit.divisions import best_division
from optimize.districting.audit.patience import Patience
from optimize.districting.audit.prices import proven_by
from optimize.districting.audit.problem import NEAR, DistrictingProblem
from optimize.districting.audit.seats_model import least_cost

Method = Literal["divisions", "prices", "pairs", "none"]


def radius_of(problem: DistrictingProblem, members: list[list[int]]) -> tuple[Fraction, list[int]]:
    """Return the largest distance from a seat, the root rounded down, and seats that make it so."""
    widest, seats = Fraction(0), []
    for units in members:
        candidates = [unit for unit in units if unit in problem.fixed] or units
        farthest = problem.away(units, candidates).max(axis=0)
        seat = candidates[int(np.argmin(farthest))]
        seats.append(seat)
        away, bits = problem.whole_distances(units, [seat])
        widest = max(widest, Fraction(int(away.max()), 1 << bits))
    return widest, seats


def none_shorter(
    problem: DistrictingProblem, evidence: Mapping[str, Any] | None, claimed: float, patience: Patience
) -> tuple[bool | None, Method]:
    """Say whether no plan has a radius below what is claimed (None: not settled), and what settled it.

    A plan below it gives every unit a seat at a smaller distance. With costs 1 for a unit at that distance or more and
    0 for others, prices that bound the cost above 0 prove that there is none (`prices.proven_by`).

    Parameters
    ----------
    problem : DistrictingProblem
    evidence : mapping or None
        ``assign`` and ``charges`` of such prices.
    claimed : float
    patience : Patience
    """
    least = claimed * (1 - float(NEAR))
    everyone = [*range(len(problem))]
    within = problem.away(everyone, everyone) < least
    short = replace(problem, objective="radius", radius=min(problem.radius, math.nextafter(least, 0.0) / (1 + 2e-9)))
    best = best_division(short, patience)
    if best is not None:
        return math.isinf(best), "divisions"
    if evidence is not None and "assign" in evidence:
        out = np.array((~within).astype(int), dtype=object)
        if proven_by(problem, evidence, (out, 0)).bound > 0:
            return True, "prices"
    found = least_cost(replace(problem, objective="distance"), within, math.inf, patience, any_plan=True)
    return (None, "none") if found is None else (math.isinf(found), "pairs")
