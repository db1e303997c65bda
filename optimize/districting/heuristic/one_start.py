"""One start of the search: a draft, annealed until it lies inside its bounds or the attempts are used up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.heuristic.about_seats import annealed_about_seats, takes_seats
from optimize.districting.heuristic.anneal import anneal
from optimize.districting.heuristic.current_plan import Today, connected_today
from optimize.districting.heuristic.seeds import start_plan
from optimize.districting.problem.instance import FREE, ROUNDING, Instance
from optimize.districting.problem.splits import splits_beyond
from optimize.districting.problem.verify import check_plan, worst_excess
from optimize.districting.splits.counts import groups_of
from optimize.solving.deadline import Deadline

DRAFTS = 4_000
"""Units drafted per start: small maps choose the most even of several drafts."""

RESCUES = 2
"""Further annealings for a start that ends outside its bounds, at a price of the excess that does not change."""

LEGS = 40
"""Parts of an annealing; between them the safety stop is looked at."""

PRICES, PATIENT, PRICED = (0.5, 1.0), 3, (0.03, 3e-4)
"""What an excess of one mean costs in the rescues, as shares of the value; times the moves of a first annealing; first
and last temperature, as shares of that price: sums come into their bounds somewhere between."""

EVENING = (5e-3, 5e-4)
"""The same for a last annealing, at the highest price, that ends with the first plan inside its bounds."""

WINDOW, LEAST_WINDOW = 4, 400
"""Moves for each unit, and at least, after which the loops look at their price of the excess."""

A_TRY, A_MOVE, A_SEARCH, A_SEAT, A_DRAFT = 3e-8, 3e-7, 1.5e-9, 1e-8, 4.5e-5
"""Units of work of a move that is tried; more of one at a border; for every unit of a community, through which
connectedness is searched, and the seat; of a draft, for every unit."""


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
        Largest distance of a sum from its bounds, in means, and what wishes are broken by; 0 for a valid plan.
    """

    label: Ints
    value: float
    valid: bool
    worst: float


def rank(found: Found) -> tuple[bool, float, float]:
    """Return what plans are sorted by: valid ones first, then those nearest to their bounds, then the best."""
    return not found.valid, found.worst, found.value


def one_start(
    instance: Instance,
    steps: int,
    style: tuple[float, float],
    stream: np.random.SeedSequence,
    deadline: Deadline,
    today: Today | None,
    afresh: bool = False,
    draft: Ints | None = None,
) -> Found:
    """Draft a plan, if none is given, and anneal it: with limited moves from today's communities, unless ``afresh``."""
    rng = np.random.default_rng(stream)
    known = draft if today is None or afresh else connected_today(instance, today)
    label = known if known is not None else _most_even_draft(instance, rng, deadline)
    if today is not None and known is None:
        label = today.named(instance.weight, label)
    best = judge(instance, label, today)
    label = annealed(instance, label, steps, style, rng, deadline, today)
    best = min(best, judge(instance, label, today), key=rank)
    for attempt in range(RESCUES):
        if best.valid or deadline.over:
            break
        label = priced(instance, label, PATIENT * steps, PRICES[attempt], PRICED, rng, deadline, today)
        best = min(best, judge(instance, label, today), key=rank)
    return best


def priced(
    instance: Instance,
    label: Ints,
    steps: int,
    price: float,
    style: tuple[float, float],
    rng: np.random.Generator,
    deadline: Deadline,
    today: Today | None,
) -> Ints:
    """Anneal at a price of the excess that does not change; if that ends outside the bounds, look for any plan inside.

    A price that rises as long as the plan is outside outruns the heat where few plans are inside, and catches it there.

    Parameters
    ----------
    price : float
        Of an excess of one mean, as a share of the plan's value.
    style : (float, float)
        First and last temperature, as shares of the price.

    Other parameters are those of `annealed`.
    """
    label = annealed(instance, label, steps, style, rng, deadline, today, price=price)
    if judge(instance, label, today).valid or deadline.over:
        return label
    return annealed(instance, label, steps // PATIENT, EVENING, rng, deadline, today, price=PRICES[-1], first=True)


def _most_even_draft(instance: Instance, rng: np.random.Generator, deadline: Deadline) -> Ints:
    """Return the draft whose sums lie least outside their bounds; a bad draft may leave annealing no way out."""
    count = int(np.clip(DRAFTS // len(instance), 1, 4))
    drafts = [start_plan(instance, rng) for _ in range(count)]
    deadline.spend(A_DRAFT * count * len(instance))
    return min(drafts, key=lambda label: judge(instance, label, None).worst)


def move_work(instance: Instance) -> float:
    """Return the units of work of a move that annealing tries: most of them do not lie at a border."""
    size = len(instance) / instance.communities
    if takes_seats(instance):
        return A_TRY + (A_MOVE + A_SEAT * size) * float(size**-0.5)
    return A_TRY + (A_MOVE + A_SEARCH * size) * float(size**-0.5)


def annealed(
    instance: Instance,
    label: Ints,
    steps: int,
    style: tuple[float, float],
    rng: np.random.Generator,
    deadline: Deadline,
    today: Today | None,
    *,
    price: float | None = None,
    first: bool = False,
) -> Ints:
    """Run the kernel in legs, with temperatures and a penalty in the scale of the instance.

    Where less work is left than the moves take, there are fewer of them, as slowly cooled as may be. With a price of
    the excess, as a share of the value, that price stays as it is, and temperatures are shares of it; with ``first``
    the first plan inside its bounds will do.
    """
    groups = groups_of(instance.splits, len(instance))
    most = int(min(steps, deadline.left / move_work(instance)))
    moves, legs = max(most // LEGS, 1), LEGS
    if price is not None:  # legs so short that the kernel has no time to change it
        moves = max(WINDOW * len(instance), LEAST_WINDOW) - 1
        legs = max(most // moves, 1)
    shares = np.geomspace(style[0], style[1], legs + 1)
    if takes_seats(instance):
        more = (_foes(instance), groups, rng, deadline, today, price, first)
        return annealed_about_seats(instance, label, moves, move_work(instance), shares, *more)
    # One memory layout, so that the kernel is compiled once and then found in its cache.
    centred = np.ascontiguousarray(instance.points - instance.points.mean(axis=0))
    edges, loads = np.ascontiguousarray(instance.edges), np.ascontiguousarray(instance.loads)
    cut = instance.objective == "cut-edges"
    value = check_plan(replace(instance, points=centred), label).value
    scale = 1.0 if cut else max(value, 1e-12) / len(instance)
    penalty = len(instance) ** 0.5 if cut else max(value, 1e-12) / instance.communities
    if price is not None:
        scale = penalty = price * max(value, 1e-12)
    seat = np.full(instance.communities, FREE, dtype=np.int64)
    pinned = np.zeros(len(instance), dtype=np.int64)
    for unit in instance.seats:
        seat[label[unit]] = unit
        pinned[unit] = 1
    ends = scale * shares
    foes, foes_from = _foes(instance)
    label = label.copy()
    best, least = label.copy(), (np.inf, np.inf)
    for leg in range(legs):
        seen, excess, value, penalty = anneal(
            label,
            centred,
            np.ascontiguousarray(instance.weight),
            instance.indptr,
            instance.indices,
            edges,
            loads,
            *instance.bounds_of_each(),
            np.maximum(instance.mean, 1e-300),
            pinned,
            seat,
            np.full(len(instance), FREE, dtype=np.int64) if today is None else today.label,
            0.0 if today is None else today.most_moved,
            foes,
            foes_from,
            groups,
            instance.radius,
            cut,
            moves,
            ends[leg],
            ends[leg + 1],
            penalty,
            int(rng.integers(2**31)),
        )
        if (round(excess, 9), value) < least:
            best, least = np.asarray(seen, dtype=np.int64), (round(excess, 9), value)
        deadline.spend(moves * move_work(instance))
        if deadline.stopped or (first and least[0] <= 0):
            break
    return best


def _foes(instance: Instance) -> tuple[Ints, Ints]:
    """Return for every unit the units it must not share a community with, end to end."""
    both = np.concatenate([instance.apart, instance.apart[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    counts = np.bincount(both[:, 0], minlength=len(instance))
    return np.ascontiguousarray(both[:, 1]), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def judge(instance: Instance, label: Ints, today: Today | None) -> Found:
    """Return a plan with its value, and with how far it is from what is asked."""
    check = check_plan(instance, label)
    excess = 0.0 if today is None else today.excess(instance.weight, label)
    clashes = int((label[instance.apart[:, 0]] == label[instance.apart[:, 1]]).sum())
    clashes += splits_beyond(instance.splits, label)
    valid = not check.faults and excess <= 0
    worst = worst_excess(instance, check.sums)
    if np.isfinite(instance.radius):
        away = instance.away(np.arange(len(instance)), check.seats[label])
        worst += float(np.maximum(away / (instance.radius * (1 + ROUNDING)) - 1, 0.0).sum())
    return Found(label, check.value, valid, worst + excess / instance.weight.sum() + clashes)
