"""Many plans improved side by side: parts of one are divided anew, and the child replaces the plan it resembles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.arrays import Ints
from optimize.districting.heuristic.contract_groups import contracted, labels_of_groups
from optimize.districting.heuristic.large_neighbourhood import Solve, divided_anew
from optimize.districting.heuristic.one_start import Found, annealed, judge, rank
from optimize.districting.problem.instance import Instance
from optimize.solving.deadline import Deadline

Child = Callable[[Found, Found, np.random.SeedSequence, Deadline], Found]
"""Makes a plan of one or two others: parent, other, luck, deadline -> child."""

Each = Callable[
    [Callable[[int, np.random.SeedSequence, Deadline], Found], Sequence[np.random.SeedSequence]], list[Found]
]
"""Runs a task for every stream, each with a deadline of its own."""

Anneal = Callable[[Instance, Ints, int, np.random.Generator, Deadline], Ints]
"""Anneals a plan of an instance: its label, the number of the child, luck, deadline -> label."""

UNIONS = (2, 3, 4, 3)
"""Communities that a child divides anew, one of these numbers."""

CROSSED, CROSSED_STEPS, LEAST_CROSSED, CROSSING = 0.4, 4_000, 100_000, (1.0, 0.2)
"""Share of children that cross two plans; moves per piece of both and least moves; temperatures [cut edges]."""

SETTLED_STEPS, SETTLING = 500, (0.5, 0.2)
"""Moves per unit of a child's short annealing as a whole, and its first and last temperature [cut edges]."""

MOST_CROSSED = 4_000
"""Units up to which plans are crossed whatever is minimised: distances between their pieces grow with the square."""

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


def child_of(
    instance: Instance, parent: Found, other: Found, luck: np.random.SeedSequence, deadline: Deadline, divide: Solve
) -> Found:
    """Return a child of one or two plans: they are crossed, or a union is divided anew; then its borders settle."""
    rng = np.random.default_rng(luck)
    if rng.random() < CROSSED:
        small, member = crossed(instance, parent.label, other.label)
        steps, label = max(CROSSED_STEPS * len(small), LEAST_CROSSED), labels_of_groups(parent.label, member)
        label = annealed(small, label, steps, CROSSING, rng, deadline, None)[member]
    else:
        size, (more,) = int(rng.choice(UNIONS)), luck.spawn(1)
        label, _ = divided_anew(instance, parent.label, size, divide, rng, more)
    born = judge(instance, label, None)
    born = born if born.valid else parent
    settled = annealed(instance, born.label, SETTLED_STEPS * len(instance), SETTLING, rng, deadline, None)
    return min(born, judge(instance, settled, None), key=rank)


def bred(
    instance: Instance,
    kept: Sequence[Found],
    anneal: Anneal,
    each: Each,
    *,
    number: int,
    stream: np.random.SeedSequence,
) -> list[Found]:
    """Return children of plans, each no worse than its parent: of two that are crossed, or of one that is reheated.

    Parameters
    ----------
    instance : Instance
    kept : sequence of Found
    anneal, each : callable
    number : int
        How many; half of them cross two plans, if there are two.
    stream : SeedSequence
    """
    drawn = np.random.default_rng(stream)
    pairs: list[list[int]] = [drawn.choice(len(kept), 2, replace=len(kept) < 2).tolist() for _ in range(number)]

    def born(at: int, luck: np.random.SeedSequence, alone: Deadline) -> Found:
        one, other = pairs[at]
        parent, part, member = kept[one], instance, np.arange(len(instance))
        if at % 2 == 0 and one != other and len(instance) <= MOST_CROSSED:
            part, member = crossed(instance, parent.label, kept[other].label)
        begun = labels_of_groups(parent.label, member)
        child = anneal(part, begun, at, np.random.default_rng(luck), alone)[member]
        return min(parent, judge(instance, child, None), key=rank)

    return each(born, stream.spawn(number))


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
