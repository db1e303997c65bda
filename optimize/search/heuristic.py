"""A good valid plan: seeds spread by weight, regions grown to equal shares, then annealing from several starts."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from optimize.instance import FREE, Instance, Ints
from optimize.search.anneal import anneal
from optimize.verify import check_plan
from scenarios.regions import grow_to_shares, seeded, step_lengths

STEPS_PER_UNIT = {"quick": 2_000, "normal": 12_000, "thorough": 60_000}
"""Annealing moves tried per unit and start; the number of moves, not the clock, decides the result."""

SMALL_STEPS = {"quick": 300_000, "normal": 4_000_000, "thorough": 20_000_000}
"""Moves up to which a middling map gets more per unit: few lumpy units leave few plans to find."""

TINY = 20
"""Units up to which a map needs no more than its moves per unit."""

STARTS = {"quick": 2, "normal": 3, "thorough": 6}
MORE_STARTS = 3
"""Times as many starts are made while none has ended inside its bounds."""

DRAFTS = 4_000
"""Units drafted per start: small maps choose the most even of several drafts."""

SEED_ROUNDS = 20
RESCUES = 4
"""Further, cooler annealings for a start that ends outside its bounds."""

LEGS = 40
"""Parts of an annealing; between them the clock is looked at."""

HOT, COLD = {False: 2.0, True: 3.0}, {False: 0.02, True: 0.3}
"""First and last temperature for the moment (in moments per unit) and for cut edges (True)."""


@dataclass(frozen=True)
class Found:
    """A plan of the heuristic.

    Attributes
    ----------
    label : ndarray of int, shape (units,)
    value : float
        Objective about the seats.
    valid : bool
    worst : float
        Largest distance of a sum from its bounds, in means; 0 for a valid plan.
    """

    label: Ints
    value: float
    valid: bool
    worst: float


@dataclass(frozen=True)
class Today:
    """Today's communities and how much may leave them.

    Attributes
    ----------
    label : ndarray of int, shape (units,)
        Today's community of every unit as a label of the plan.
    most_moved : float
        Largest weight that may be away from it.
    """

    label: Ints
    most_moved: float


def search(
    instance: Instance,
    *,
    effort: str,
    seed: int,
    deadline: float,
    today: Today | None = None,
) -> Found:
    """Search for the best plan that the effort allows.

    Parameters
    ----------
    instance : Instance
    effort : {"quick", "normal", "thorough"}
    seed : int
    deadline : float
        `time.perf_counter` value after which no further start is begun.
    today : Today, optional
        Every start begins from today's communities, and moved workload is limited.

    Returns
    -------
    Found
        Valid if any start was; the best of them. Otherwise the one nearest to its bounds.
    """
    if instance.communities in (1, len(instance)):
        only = np.arange(len(instance)) if instance.communities > 1 else np.zeros(len(instance), dtype=np.int64)
        return _judge(instance, only, today)
    steps = STEPS_PER_UNIT[effort] * len(instance)
    steps = max(steps, min(steps * len(instance) // TINY, SMALL_STEPS[effort]))
    streams = np.random.SeedSequence(seed).spawn(STARTS[effort] * MORE_STARTS)
    best: Found | None = None
    for number, stream in enumerate(streams):
        if number >= STARTS[effort] and best is not None and best.valid:
            break
        found = _one_start(instance, steps, stream, deadline, today)
        if best is None or (not found.valid, found.worst, found.value) < (not best.valid, best.worst, best.value):
            best = found
        if time.perf_counter() > deadline:
            break
    assert best is not None  # at least one start is always made
    return best


def _one_start(
    instance: Instance, steps: int, stream: np.random.SeedSequence, deadline: float, today: Today | None
) -> Found:
    rng = np.random.default_rng(stream)
    label = today.label.copy() if today is not None else _most_even_draft(instance, rng)
    best = _judge(instance, label, today)
    for attempt in range(1 + RESCUES):
        hotter = 1.0 if attempt == 0 else 0.3
        candidate = _annealed(instance, label, steps, hotter, rng, deadline, today)
        found = _judge(instance, candidate, today)
        if (not found.valid, found.worst, found.value) < (not best.valid, best.worst, best.value):
            best = found
        if best.valid or time.perf_counter() > deadline:
            break
        label = candidate
    return best


def _most_even_draft(instance: Instance, rng: np.random.Generator) -> Ints:
    """Return the draft whose sums lie least outside their bounds; a bad draft may leave annealing no way out."""
    count = int(np.clip(DRAFTS // len(instance), 1, 4))
    drafts = [start_plan(instance, rng) for _ in range(count)]
    return min(drafts, key=lambda label: _judge(instance, label, None).worst)


@lru_cache(maxsize=1)
def compile_kernel() -> None:
    """Compile the kernel on two units, or read it from its cache, so that no time limit pays for it."""
    units, ones, free = np.arange(2), np.ones(2), np.full(2, FREE)
    indptr, indices, edges = np.arange(3), np.array([1, 0]), np.array([[0, 1]])
    places, loads, bound = np.zeros((2, 2)), np.ones((2, 1)), np.ones(1)
    scale = (False, 1, 1.0, 1.0, 1.0, 1)
    pinned = np.zeros(2, dtype=np.int64)
    anneal(units, places, ones, indptr, indices, edges, loads, bound, bound, bound, pinned, free, free, 0.0, *scale)


def start_plan(instance: Instance, rng: np.random.Generator) -> Ints:
    """Return connected communities of roughly equal load, grown from seeds spread over the map."""
    load = (instance.loads / instance.mean).mean(axis=1)
    load = np.maximum(load, load.sum() * 1e-9 / len(load))
    graph = step_lengths(instance.points, instance.edges)
    seeds = _spread(instance, load, rng)
    shares = np.ones(instance.communities)
    label = grow_to_shares(graph, seeds, load, shares)
    return label if label.min() >= 0 else seeded(len(instance), seeds)


def _spread(instance: Instance, load: np.ndarray, rng: np.random.Generator) -> Ints:
    """Return distinct units to grow from: the fixed seats first, the others spread by load."""
    count, points = instance.communities, instance.points
    fixed = instance.seats.tolist()
    free = np.setdiff1d(np.arange(len(points)), fixed)
    chance = load[free] / load[free].sum()
    size = count - len(fixed)
    drawn = rng.choice(free, size=size, replace=False, p=chance).tolist() if size else list[int]()
    middles = points[[*fixed, *drawn]].copy()
    for _ in range(SEED_ROUNDS):
        nearest = cKDTree(middles).query(points)[1]
        total = np.maximum(np.bincount(nearest, load, count), 1e-12)
        for axis in (0, 1):
            middles[len(fixed) :, axis] = (np.bincount(nearest, load * points[:, axis], count) / total)[len(fixed) :]
    taken, seeds = set(fixed), list(fixed)
    tree = cKDTree(points)
    for middle in middles[len(fixed) :]:
        near = 8
        while True:
            order = np.atleast_1d(tree.query(middle, k=min(near, len(points)))[1]).tolist()
            unit = next((u for u in order if u not in taken), None)
            if unit is not None:
                break
            near *= 4
        taken.add(unit)
        seeds.append(unit)
    return np.array(seeds, dtype=np.int64)


def _annealed(
    instance: Instance,
    label: Ints,
    steps: int,
    hotter: float,
    rng: np.random.Generator,
    deadline: float,
    today: Today | None,
) -> Ints:
    """Run the kernel in legs, with temperatures and a penalty in the scale of the instance; the clock only stops it."""
    # One memory layout, so that the kernel is compiled once and then found in its cache.
    centred = np.ascontiguousarray(instance.points - instance.points.mean(axis=0))
    edges, loads = np.ascontiguousarray(instance.edges), np.ascontiguousarray(instance.loads)
    cut = instance.objective == "cut-edges"
    value = check_plan(replace(instance, points=centred), label).value
    scale = 1.0 if cut else max(value, 1e-12) / len(instance)
    penalty = len(instance) ** 0.5 if cut else max(value, 1e-12) / instance.communities
    seat = np.full(instance.communities, FREE, dtype=np.int64)
    pinned = np.zeros(len(instance), dtype=np.int64)
    for unit in instance.seats:
        seat[label[unit]] = unit
        pinned[unit] = 1
    ends = scale * np.geomspace(hotter * HOT[cut], COLD[cut], LEGS + 1)
    label = label.copy()
    best, least = label.copy(), (np.inf, np.inf)
    for leg in range(LEGS):
        seen, excess, value, penalty = anneal(
            label,
            centred,
            np.ascontiguousarray(instance.weight),
            instance.indptr,
            instance.indices,
            edges,
            loads,
            instance.lower,
            instance.upper,
            np.maximum(instance.mean, 1e-300),
            pinned,
            seat,
            np.full(len(instance), FREE, dtype=np.int64) if today is None else today.label,
            0.0 if today is None else today.most_moved,
            cut,
            max(steps // LEGS, 1),
            ends[leg],
            ends[leg + 1],
            penalty,
            int(rng.integers(2**31)),
        )
        if (round(excess, 9), value) < least:
            best, least = np.asarray(seen, dtype=np.int64), (round(excess, 9), value)
        if time.perf_counter() > deadline:
            break
    return best


def _judge(instance: Instance, label: Ints, today: Today | None) -> Found:
    check = check_plan(instance, label)
    mean = np.maximum(instance.mean, 1e-300)
    outside = np.maximum(np.maximum(instance.lower - check.sums, check.sums - instance.upper), 0.0) / mean
    worst = float(outside.max(initial=0.0))
    excess = 0.0
    if today is not None:
        excess = max(0.0, float(instance.weight[label != today.label].sum()) - today.most_moved * (1 + 1e-9))
    return Found(label, check.value, not check.faults and excess <= 0, worst + excess / instance.weight.sum())
