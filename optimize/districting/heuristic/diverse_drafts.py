"""Drafts that differ on purpose: sweeps, diffusion and random distances cut the map in ways that heat never finds.

Where few communities share many units, hot annealing forgets where it began and ends in the same wide valley again and
again. A draft that lies elsewhere, annealed too cold to leave its valley, finds the narrow ones.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from foundation.arrays import Floats, Ints
from optimize.districting.heuristic.one_start import A_DRAFT, Found, Style, annealed, judge, move_work, one_start, rank
from optimize.districting.heuristic.seeds import start_plan
from optimize.districting.problem.instance import Instance
from optimize.solving.deadline import Deadline

Mask = NDArray[np.bool_]

KINDS = ("sweep", "diffusion", "distances")

SMOOTHINGS = (20, 60, 200)
"""Steps of a diffusion, of which one number is drawn: the more, the fewer of the map's slow directions are left."""


FEW, FEW_UNITS = 8, 5_000
"""Communities, and units, up to which plans lie so far apart that drafts must differ on purpose."""

DRAFT_STEPS, COLD, COLD_TRIES = 1_000, ((0.6, 0.2), (0.4, 0.1), (0.9, 0.25)), 3
"""Moves per unit of a draft's annealing; its first and last temperatures [cut edges]; tries to keep the bounds."""


def plans_lie_apart(instance: Instance) -> bool:
    """Say whether few communities share many units: plans then lie far apart, and starts that agree prove nothing."""
    return instance.objective == "cut-edges" and 1 < instance.communities <= FEW and len(instance) <= FEW_UNITS


def settled_draft(instance: Instance, number: int, rng: np.random.Generator, deadline: Deadline) -> Found:
    """Make a draft that differs on purpose, and anneal it too cold to leave the valley in which it lies.

    Parameters
    ----------
    instance : Instance
        Whose cut edges count.
    number, rng
        As for `diverse_draft`.
    deadline : Deadline
    """
    label, style = diverse_draft(instance, number, rng), COLD[number % len(COLD)]
    deadline.spend(A_DRAFT * len(instance))
    best = judge(instance, label, None)
    for _ in range(COLD_TRIES):
        label = annealed(instance, label, DRAFT_STEPS * len(instance), style, rng, deadline, None)
        best = min(best, judge(instance, label, None), key=rank)
        if best.valid or deadline.over:
            break
    return best


def draft_moves(instance: Instance) -> int:
    """Return how many moves a draft's annealing tries."""
    return DRAFT_STEPS * len(instance)


def settled_drafts(
    instance: Instance, number: int, root: np.random.SeedSequence, each: Callable[..., list[Found]], until: Deadline
) -> list[Found]:
    """Make so many settled drafts, as far as the work suffices; for cut edges."""

    def settle(at: int, stream: np.random.SeedSequence, alone: Deadline) -> Found:
        return settled_draft(instance, at, np.random.default_rng(stream), alone)

    return each(settle, root.spawn(number), until, work=draft_moves(instance) * move_work(instance))


def starts_from_far(
    instance: Instance,
    steps: int,
    styles: Sequence[Style],
    stream: np.random.SeedSequence,
    each: Callable[..., list[Found]],
    *,
    number: int,
) -> list[Found]:
    """Return starts whose drafts differ on purpose, every fourth of them a usual one."""
    first = int(stream.generate_state(1)[0])

    def start(at: int, luck: np.random.SeedSequence, alone: Deadline) -> Found:
        kind = (first + at) % (len(KINDS) + 1)
        draft = None if kind == len(KINDS) else diverse_draft(instance, kind, np.random.default_rng(luck))
        return one_start(instance, steps, styles[at % len(styles)], luck, alone, None, draft=draft)

    return each(start, stream.spawn(number))


def diverse_draft(instance: Instance, number: int, rng: np.random.Generator) -> Ints:
    """Return connected communities of roughly equal load, cut out of the map by halving it again and again.

    Parameters
    ----------
    instance : Instance
        Fixed seats are not kept apart: where there are any, seeds are grown instead.
    number : int
        Of the draft; the kinds are taken in turn.
    rng : Generator

    References
    ----------
    Pothen, Simon & Liou, "Partitioning sparse matrices with eigenvectors of graphs", SIAM Journal on Matrix Analysis
    and Applications 11(3), 1990 (spectral orders). Meyerhenke, Monien & Sauerwald, "A new diffusion-based multilevel
    algorithm for computing graph partitions", Journal of Parallel and Distributed Computing 69, 2009.
    """
    if len(instance.seats):
        return start_plan(instance, rng)
    label = np.zeros(len(instance), dtype=np.int64)
    load = (instance.loads / np.maximum(instance.mean, 1e-300)).mean(axis=1)
    parts = [(np.arange(len(instance)), instance.communities)]
    done = 0
    while parts:
        units, count = parts.pop()
        if count == 1:
            label[units] = done
            done += 1
            continue
        first = count // 2 if rng.random() < 0.5 else count - count // 2
        one = _halved(instance, units, load, first, count, _key(instance, units, KINDS[number % len(KINDS)], rng))
        if one is None:
            return start_plan(instance, rng)
        parts += [(units[one], first), (units[~one], count - first)]
    return label


def _key(instance: Instance, units: Ints, kind: str, rng: np.random.Generator) -> Floats:
    """Return a number for every unit, by which a part of the map is cut in two."""
    if kind == "sweep":
        angle = rng.uniform(0.0, 2 * np.pi)
        return np.asarray(instance.points[units] @ np.array([np.cos(angle), np.sin(angle)]), dtype=np.float64)
    graph = _graph(instance, units)
    if kind == "distances":
        stretched = graph.copy()
        stretched.data = rng.exponential(size=len(graph.data))
        return np.asarray(dijkstra(stretched, directed=False, indices=int(rng.integers(len(units)))), dtype=np.float64)
    degree = np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1.0)
    key = rng.standard_normal(len(units))
    for _ in range(int(rng.choice(SMOOTHINGS))):
        key = 0.5 * (key + (graph @ key) / degree)
        key -= float((degree * key).sum() / degree.sum())
    return np.asarray(key, dtype=np.float64)


def _graph(instance: Instance, units: Ints) -> csr_array:
    """Return the adjacencies among some units."""
    position = np.full(len(instance), -1, dtype=np.int64)
    position[units] = np.arange(len(units))
    ends = position[instance.edges]
    ends = ends[(ends >= 0).all(axis=1)]
    both = np.concatenate([ends, ends[:, ::-1]])
    return csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(units), len(units)))


def _halved(instance: Instance, units: Ints, load: Floats, first: int, count: int, key: Floats) -> Mask | None:
    """Return which units of a connected part make its first side: grown in the order of a key, both sides connected.

    None where no piece of the rest has units enough for its communities.
    """
    graph = _graph(instance, units)
    indptr, indices = graph.indptr, graph.indices
    weigh, n = load[units], len(units)
    wanted = float(weigh.sum()) * first / count
    side, seen = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    start = int(np.argmin(key))
    seen[start] = True
    heap, taken, total = [(float(key[start]), start)], 0, 0.0
    while heap and taken < n - (count - first):
        _, unit = heapq.heappop(heap)
        if taken >= first and total + weigh[unit] / 2 > wanted:
            break
        side[unit] = True
        taken += 1
        total += float(weigh[unit])
        for other in indices[indptr[unit] : indptr[unit + 1]].tolist():
            if not seen[other]:
                seen[other] = True
                heapq.heappush(heap, (float(key[other]), other))
    rest = np.flatnonzero(~side)
    pieces = connected_components(graph[rest][:, rest], directed=False)[1]
    sizes = np.bincount(pieces, weigh[rest])
    fits = np.bincount(pieces) >= count - first
    if fits.any():  # what is cut off from the heaviest piece joins the first side, beside which it lies
        keep = int(np.argmax(np.where(fits, sizes, -1.0)))
        side[rest[pieces != keep]] = True
        return side
    return None
