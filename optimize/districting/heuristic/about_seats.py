"""Annealing about seats, in legs: for sums of distances, a limit on the radius that must be reached, and any metric."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.heuristic.anneal_about_seats import anneal_about_seats
from optimize.districting.heuristic.current_plan import Today
from optimize.districting.heuristic.following_seats import Ground
from optimize.districting.problem.instance import FREE, ROUNDING, Instance
from optimize.districting.problem.verify import metric_of, objective_of, seats_of
from optimize.districting.splits.counts import Groups
from optimize.solving.deadline import Deadline


def takes_seats(instance: Instance) -> bool:
    """Say whether the objective has to be taken about seats; the moment of straight lines has centroids instead."""
    return instance.objective != "cut-edges" and (instance.objective != "moment" or instance.distances is not None)


def annealed_about_seats(
    instance: Instance,
    label: Ints,
    moves: int,
    work: float,
    ends: Floats,
    foes: tuple[Ints, Ints],
    groups: Groups,
    rng: np.random.Generator,
    deadline: Deadline,
    today: Today | None,
    price: float | None = None,
    first: bool = False,
) -> Ints:
    """Anneal a plan in as many legs as there are intervals between temperatures; the clock is a safety stop.

    Parameters
    ----------
    instance : Instance
    label : ndarray of int, shape (units,)
    moves : int
        Tried in a leg.
    work : float
        Units of work of a move.
    ends : ndarray, shape (legs + 1,)
        Temperatures, as shares of what a unit of the plan costs on average.
    foes : pair of ndarray of int
        As in `anneal`.
    groups : Groups
    rng : Generator
    deadline : Deadline
    today : Today, optional
    price : float, optional
        Of an excess of one mean, in what a community costs on average; without it the price follows the plan.
    first : bool
        The first plan inside its bounds will do.
    """
    label, seat = label.copy(), seats_of(instance, label)
    value = max(objective_of(instance, label, seat), 1e-12)
    penalty = (1.0 if price is None else price) * value / instance.communities
    ends = ends * value / len(instance)
    pinned = np.zeros(len(instance), dtype=np.int64)
    pinned[instance.seats] = 1
    points, matrix = metric_of(instance)
    weight, square = np.ascontiguousarray(instance.weight, dtype=np.float64), instance.objective == "moment"
    reach = float(instance.radius * (1 + ROUNDING))
    ground = Ground(points, matrix, weight, square, reach, instance.indptr, instance.indices)
    best, least = label.copy(), (np.inf, np.inf)
    for leg in range(len(ends) - 1):
        seen, excess, value, penalty = anneal_about_seats(
            ground,
            label,
            seat,
            np.ascontiguousarray(instance.edges),
            np.ascontiguousarray(instance.loads),
            *instance.bounds_of_each(),
            np.maximum(instance.mean, 1e-300),
            pinned,
            np.full(len(instance), FREE, dtype=np.int64) if today is None else today.label,
            0.0 if today is None else float(today.most_moved),
            *foes,
            groups,
            moves,
            float(ends[leg]),
            float(ends[leg + 1]),
            penalty,
            price is not None,
            first,
            int(rng.integers(2**31)),
        )
        if (round(excess, 9), value) < least:
            best, least = np.asarray(seen, dtype=np.int64), (round(excess, 9), value)
        deadline.spend(moves * work)
        if deadline.stopped or (first and least[0] <= 0):
            break
    return best
