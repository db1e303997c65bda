"""Divide a few neighbouring communities anew, keep what is not worse, and go on: large steps out of local ruts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.splits import limits_inside
from optimize.districting.problem.verify import check_plan, objective_of, seats_of
from optimize.solving.deadline import Deadline

Solve = Callable[[Instance, Ints, np.random.SeedSequence], Ints]
"""Divides a part of the map anew: part, its present labels, luck -> labels."""


def rebuild(
    instance: Instance,
    label: Ints,
    solve: Solve,
    *,
    rounds: int,
    together: tuple[int, ...],
    stream: np.random.SeedSequence,
    deadline: Deadline,
) -> Ints:
    """Improve a valid plan by dividing unions of neighbouring communities anew.

    Parameters
    ----------
    instance : Instance
    label : ndarray of int, shape (units,)
        A valid plan.
    solve : callable
        Divides a part of the map; a result that is not valid or worse is dropped.
    rounds : int
        Unions tried.
    together : tuple of int
        Numbers of communities in a union, taken in turn.
    stream : SeedSequence
    deadline : Deadline
        No union is tried once it is over.

    Returns
    -------
    ndarray of int, shape (units,)
        Valid, and no worse.

    References
    ----------
    Shaw, "Using constraint programming and local search methods to solve vehicle routing problems", CP 1998;
    DeFord, Duchin & Solomon, "Recombination: a family of Markov chains for redistricting", HDSR 3(1), 2021.
    """
    rng = np.random.default_rng(stream)
    label = label.copy()
    for number, luck in enumerate(stream.spawn(rounds)):
        if deadline.over:
            break
        anew, rise = divided_anew(instance, label, together[number % len(together)], solve, rng, luck)
        if rise <= 0:
            label = anew
    return label


def divided_anew(
    instance: Instance, label: Ints, size: int, solve: Solve, rng: np.random.Generator, luck: np.random.SeedSequence
) -> tuple[Ints, float]:
    """Divide a union of so many neighbouring communities anew.

    Returns
    -------
    label : ndarray of int, shape (units,)
    rise : float
        By how much the objective is larger than before; infinite where the new division is not valid.
    """
    chosen = _union(instance, label, min(size, instance.communities), rng)
    units = np.flatnonzero(np.isin(label, chosen))
    part = part_of(instance, units, chosen, label)
    before = np.searchsorted(chosen, label[units])
    after = solve(part, before, luck)
    anew = label.copy()
    anew[units] = chosen[after]
    return anew, np.inf if check_plan(part, after).faults else _value(part, after) - _value(part, before)


def part_of(instance: Instance, units: Ints, chosen: Ints, label: Ints) -> Instance:
    """Return the units of some communities of a plan as an instance of its own, with the same bounds."""
    position = np.full(len(instance), -1, dtype=np.int64)
    position[units] = np.arange(len(units))
    edges = position[instance.edges]
    edges = edges[(edges >= 0).all(axis=1)]
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=len(units)))])
    seats, apart = position[instance.seats], position[instance.apart]
    return replace(
        instance,
        names=tuple(instance.names[u] for u in units.tolist()),
        communities=len(chosen),
        points=instance.points[units],
        weight=instance.weight[units],
        indptr=indptr.astype(np.int64),
        indices=np.ascontiguousarray(both[:, 1]),
        edges=np.ascontiguousarray(edges),
        loads=instance.loads[units],
        seats=seats[seats >= 0],
        apart=apart[(apart >= 0).all(axis=1)],
        distances=None if instance.distances is None else instance.distances[np.ix_(units, units)],
        splits=limits_inside(instance.splits, label, position, chosen),
    )


def _union(instance: Instance, label: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return neighbouring communities, grown from a border taken at random."""
    ends = label[instance.edges]
    borders = ends[ends[:, 0] != ends[:, 1]]
    chosen = set(borders[rng.integers(len(borders))].tolist())
    while len(chosen) < size:
        inside = np.isin(borders, sorted(chosen))
        fringe = borders[inside.any(axis=1) & ~inside.all(axis=1)]
        if not len(fringe):
            break
        chosen.update(fringe[rng.integers(len(fringe))].tolist())
    return np.array(sorted(chosen), dtype=np.int64)


def _value(part: Instance, label: Ints) -> float:
    return objective_of(part, label, seats_of(part, label))
