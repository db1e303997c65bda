"""Many plans improved side by side: parts of one are divided anew, and the child replaces the plan it resembles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.arrays import Ints
from optimize.districting.heuristic.contract_groups import contracted
from optimize.districting.heuristic.one_start import Found
from optimize.districting.problem.instance import Instance
from optimize.solving.deadline import Deadline

Child = Callable[[Found, Found, np.random.SeedSequence, Deadline], Found]
"""Makes a plan of one or two others: parent, other, luck, deadline -> child."""

Each = Callable[
    [Callable[[int, np.random.SeedSequence, Deadline], Found], Sequence[np.random.SeedSequence]], list[Found]
]
"""Runs a task for every stream, each with a deadline of its own."""

GENERATION = 8
"""Children between two looks at the population; it decides the course, not the number of threads."""


def evolve(
    instance: Instance,
    population: Sequence[Found],
    child: Child,
    each: Each,
    *,
    children: int,
    stream: np.random.SeedSequence,
    deadline: Deadline,
) -> list[Found]:
    """Improve a population of valid plans.

    A child replaces the plan most like it among those that are no better. So the population becomes better and stays
    diverse: a plan in a rut of its own is not driven out by one good plan's many children.

    Parameters
    ----------
    instance : Instance
    population : sequence of Found
        Valid plans.
    child : callable
    each : callable
    children : int
        How many are made.
    stream : SeedSequence
    deadline : Deadline
        No generation is begun once it is over.

    Returns
    -------
    list of Found
        As many plans; the best of them is no worse than before.

    References
    ----------
    Mahfoud, "Crowding and preselection revisited", PPSN II, 1992.
    Shaw, "Using constraint programming and local search methods to solve vehicle routing problems", CP 1998.
    """
    rng = np.random.default_rng(stream)
    found = list(population)
    for _ in range(0, children, GENERATION):
        if deadline.over:
            break
        pairs = [rng.choice(len(found), 2, replace=False).tolist() for _ in range(GENERATION)]
        parents = [(found[first], found[second]) for first, second in pairs]

        def born(
            number: int, luck: np.random.SeedSequence, alone: Deadline, of: list[tuple[Found, Found]] = parents
        ) -> Found:
            return child(*of[number], luck, alone)

        for one in each(born, stream.spawn(GENERATION)):
            _settle(instance, found, one)
    return found


def _settle(instance: Instance, found: list[Found], one: Found) -> None:
    """Let a child take the place of the plan most like it, unless that plan, or the same one, is better."""
    beaten = [at for at, other in enumerate(found) if other.value >= one.value]
    if not one.valid or not beaten:
        return
    pieces = [pieces_in_common(instance, found[at].label, one.label)[0] for at in beaten]
    if min(pieces) > instance.communities:  # as many as communities: it is the same plan
        found[beaten[int(np.argmin(pieces))]] = one


def pieces_in_common(instance: Instance, first: Ints, second: Ints) -> tuple[int, Ints]:
    """Return how many connected pieces the borders of two plans together make of the map, and each unit's piece.

    The fewer they are, the more the plans are alike.
    """
    ends = instance.edges
    kept = ends[(first[ends[:, 0]] == first[ends[:, 1]]) & (second[ends[:, 0]] == second[ends[:, 1]])]
    links = csr_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(len(instance), len(instance)))
    count, piece = connected_components(links, directed=False)
    return int(count), piece.astype(np.int64)


def crossed(instance: Instance, first: Ints, second: Ints) -> tuple[Instance, Ints]:
    """Return the instance in which what two plans keep together is one unit, and each unit's place in it.

    Its plans are those whose borders are borders of one of the two: a small map, on which the best of both is found.

    References
    ----------
    Sanders & Schulz, "Distributed evolutionary graph partitioning", ALENEX 2012.
    """
    piece = pieces_in_common(instance, first, second)[1]
    order = np.argsort(piece, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(piece[order])) + 1)
    return contracted(replace(instance, together=tuple(tuple(g.tolist()) for g in groups if len(g) > 1)))
