"""One start of the search: a draft, annealed until it lies inside its bounds or the attempts are used up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

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
"""Further annealings for a plan that ends outside its bounds, at prices of the excess that do not change."""

LEGS = 40
"""Parts of an annealing; between them the safety stop is looked at."""

REPAIRS, COOLER = (4.0, 16.0), 0.5
"""Factors on the price in these, where it is fixed from the beginning; on the first temperature then."""

PRICES, PATIENT, PRICED = (0.5, 1.0), 3, (0.03, 3e-4)
"""What an excess of one mean costs in the rescues, as shares of the value; times the moves of a first annealing; first
and last temperature, as shares of that price: sums come into their bounds somewhere between."""

EVENING = (5e-3, 5e-4)
"""The same for a last annealing, at the highest price, that ends with the first plan inside its bounds."""

A_TRY, A_MOVE, A_SEARCH, A_SEAT, A_DRAFT = 3e-8, 3e-7, 1.5e-9, 1e-8, 4.5e-5
"""Units of work of a move that is tried; more of one at a border; for every unit of a community, through which
connectedness is searched, and the seat; of a draft, for every unit."""


class Style(NamedTuple):
    """How an annealing cools, and what an excess costs it.

    First and last temperature, in what a unit costs on average or in cut edges; price of an excess of one mean, in what
    a community costs on average, which stays as it is. None: it follows the plan, dearer while that is outside its
    bounds, cheaper while it is inside.
    """

    hot: float
    cold: float
    price: float | None = None

    def reheated(self, share: float) -> Style:
        """Return the style with a first temperature that is so much lower."""
        return self._replace(hot=share * self.hot)


STYLES = {
    "moment": (
        Style(2.0, 0.02),
        Style(0.5, 0.05, 1.5),
        Style(0.5, 0.02),
        Style(1.0, 0.05, 3.0),
        Style(4.0, 0.02),
        Style(0.5, 0.05, 6.0),
        Style(1.0, 0.02),
        Style(2.0, 0.02, 12.0),
    ),
    "distance": (
        Style(2.0, 0.02),
        Style(1.0, 0.05, 2.5),
        Style(2.0, 0.02, 4.0),
        Style(2.0, 0.02, 2.5),
        Style(1.0, 0.02),
        Style(1.0, 0.05, 4.0),
        Style(2.0, 0.02, 8.0),
        Style(0.5, 0.05, 2.5),
    ),
    "cut-edges": (
        Style(2.0, 0.5),
        Style(2.0, 0.3, 5.0),
        Style(1.0, 0.1),
        Style(4.0, 0.5, 10.0),
        Style(0.7, 0.2),
        Style(4.0, 0.5, 2.5),
        Style(3.0, 0.3),
        Style(2.0, 0.3, 20.0),
    ),
}
"""Styles that starts take in turn.

Where few plans are inside (several narrow bounds, lumpy units), a price that follows the plan outruns the heat, and
fixed ones find far better plans; where bounds are wide it is the other way round.
"""


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
    style: tuple[float, float] | Style,
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
    return min(best, improved(instance, label, steps, style, rng, deadline, today), key=rank)


def improved(
    instance: Instance,
    label: Ints,
    steps: int,
    style: tuple[float, float] | Style,
    rng: np.random.Generator,
    deadline: Deadline,
    today: Today | None,
) -> Found:
    """Anneal a plan, and go on at dearer prices of the excess as long as that ends outside the bounds.

    Returns
    -------
    Found
        The best plan in which an annealing has ended; it may be worse than the first.
    """
    hot, cold, price = Style(*style)
    label = annealed(instance, label, steps, style, rng, deadline, today)
    best = judge(instance, label, today)
    for attempt in range(RESCUES):
        if best.valid or deadline.over:
            break
        if price is None:
            label = priced(instance, label, PATIENT * steps, PRICES[attempt], PRICED, rng, deadline, today)
        else:
            dearer = Style(COOLER * hot, cold, REPAIRS[attempt] * price)
            label = annealed(instance, label, steps, dearer, rng, deadline, today)
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
    label = annealed(instance, label, steps, _dear(instance, label, price, style), rng, deadline, today)
    if judge(instance, label, today).valid or deadline.over:
        return label
    evening = _dear(instance, label, PRICES[-1], EVENING)
    return annealed(instance, label, steps // PATIENT, evening, rng, deadline, today, first=True)


def _dear(instance: Instance, label: Ints, price: float, ends: tuple[float, float]) -> Style:
    """Return the style of a price that is a share of a plan's value, and temperatures that are shares of it."""
    cut = instance.objective == "cut-edges"
    heat = price * (check_plan(instance, label).value if cut else len(instance))
    return Style(ends[0] * heat, ends[1] * heat, price * instance.communities)


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
    style: tuple[float, float] | Style,
    rng: np.random.Generator,
    deadline: Deadline,
    today: Today | None,
    *,
    first: bool = False,
) -> Ints:
    """Run the kernel in legs, with temperatures and a penalty in the scale of the instance.

    Where less work is left than the moves take, there are fewer of them, as slowly cooled as may be. With ``first`` the
    first plan inside its bounds will do.
    """
    hot, cold, price = Style(*style)
    groups = groups_of(instance.splits, len(instance))
    most = int(min(steps, deadline.left / move_work(instance)))
    moves = max(most // LEGS, 1)
    shares = np.geomspace(hot, cold, LEGS + 1)
    if takes_seats(instance):
        more = (_foes(instance), groups, rng, deadline, today, price, first)
        return annealed_about_seats(instance, label, moves, move_work(instance), shares, *more)
    # One memory layout, so that the kernel is compiled once and then found in its cache.
    centred = np.ascontiguousarray(instance.points - instance.points.mean(axis=0))
    edges, loads = np.ascontiguousarray(instance.edges), np.ascontiguousarray(instance.loads)
    cut = instance.objective == "cut-edges"
    value = check_plan(replace(instance, points=centred), label).value
    scale = 1.0 if cut else max(value, 1e-12) / len(instance)
    even = max(value, 1e-12) / instance.communities
    penalty = len(instance) ** 0.5 if cut and price is None else (price or 1.0) * even
    seat = np.full(instance.communities, FREE, dtype=np.int64)
    pinned = np.zeros(len(instance), dtype=np.int64)
    for unit in instance.seats:
        seat[label[unit]] = unit
        pinned[unit] = 1
    ends = scale * shares
    foes, foes_from = _foes(instance)
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
            price is not None,
            first,
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
