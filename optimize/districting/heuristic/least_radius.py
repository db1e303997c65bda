"""A plan of small radius: radii are tried, shorter ones after a plan was found, longer ones after none was."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimize.districting.heuristic.contract_groups import contracted, labels_of_groups
from optimize.districting.heuristic.current_plan import Today
from optimize.districting.heuristic.one_start import STYLES, Found, annealed, judge, move_work, one_start
from optimize.districting.heuristic.search import search
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.verify import objective_of, seats_of, total_distance
from optimize.solving.deadline import Deadline, part_of

TRIES = {"quick": 2, "normal": 4, "thorough": 8}
"""Annealings for one radius: every second one goes on from the best plan, the others begin anew."""

RADII = 14
"""Radii tried between the shortest that may do and that of the first plan."""

STEPS_PER_UNIT, MOST_STEPS = 1_500, {"quick": 4_000_000, "normal": 20_000_000, "thorough": 80_000_000}
"""Moves of one annealing; of all of them, which limits their length on large maps."""

NEAR = 1e-3
"""Relative distance of the radii that did and did not do, from which on only the next shorter one is tried."""

REHEATED = 0.5
"""First temperature of an annealing that goes on, as a share of the style's."""

FIRST_TIME, RADII_TIME = 0.3, 0.6
"""Shares of the time left for a first plan, and for the radii."""


@dataclass(frozen=True)
class Radius:
    """A plan by its radius, and what of plans of the same radius is best.

    Attributes
    ----------
    found : Found
        Value and validity about the radius.
    distance : float
        Sum of weight by distance.
    """

    found: Found
    distance: float

    @property
    def rank(self) -> tuple[bool, float, float, float]:
        """What plans are sorted by; radii that rounding tells apart are the same."""
        return not self.found.valid, self.found.worst, float(f"{self.found.value:.9g}"), self.distance


def judged(instance: Instance, label: np.ndarray, today: Today | None) -> Radius:
    """Return a plan with its radius and its sum of distances."""
    found = judge(instance, label, today)
    seats = seats_of(instance, label)
    return Radius(found, total_distance(instance, label, seats))


def search_radius(
    instance: Instance,
    *,
    effort: str,
    seed: int,
    deadline: Deadline,
    least: float = 0.0,
    today: Today | None = None,
    jobs: int = 1,
    begun: Radius | None = None,
) -> Radius:
    """Search for the plan of least radius, and of these for the least sum of distances.

    Parameters
    ----------
    instance : Instance
        With the radius as objective.
    effort, seed, deadline, today, jobs
        As for `search`.
    least : float
        No plan has a smaller radius.
    begun : Radius, optional
        A plan that is known; radii below its own are tried.

    References
    ----------
    Hochbaum & Shmoys, "A best possible heuristic for the k-center problem", Mathematics of Operations Research 10,
    1985 (one radius after the other). Ríos-Mercado & Escalante, "GRASP with path relinking for commercial districting",
    Expert Systems with Applications 44, 2016 (the largest distance as dispersion).
    """
    started = search(
        instance.within(), effort="quick", seed=seed, deadline=part_of(deadline, FIRST_TIME), today=today, jobs=jobs
    )
    course = _Course(instance, effort, np.random.SeedSequence([seed, 1]), part_of(deadline, RADII_TIME), today, jobs)
    best = judged(instance, started.label, today)
    best = best if begun is None else min(best, begun, key=lambda one: one.rank)
    if instance.communities in (1, len(instance)):
        return best
    low = least
    for _ in range(RADII):
        if course.late or not best.found.valid or best.found.value <= low * (1 + ROUNDING):
            break
        high = best.found.value
        close = high - low <= NEAR * high
        reach = high * (1 - 2 * ROUNDING) if close else (low + high) / 2
        deadline.reach(instance.kind, best.found.value)
        if (better := course.tried(reach, best)) is not None:
            best = min(best, better, key=lambda one: one.rank)
        elif close:
            break
        else:
            low = reach
    return shortened(instance, best, effort=effort, seed=seed, deadline=deadline, today=today, jobs=jobs)


def shortened(
    instance: Instance, best: Radius, *, effort: str, seed: int, deadline: Deadline, today: Today | None, jobs: int
) -> Radius:
    """Return the plan of no larger radius with the least sum of distances that is found."""
    if not best.found.valid or deadline.over:
        return best
    inner = instance.within(best.found.value)
    course = _Course(instance, effort, np.random.SeedSequence([seed, 2]), deadline, today, jobs)
    found = [best]
    if effort != "quick":
        again = search(inner, effort="quick", seed=seed, deadline=part_of(deadline, 0.5), today=today, jobs=jobs)
        found.append(judged(instance, again.label, today))
    found += course.annealings(inner, best, 2 * TRIES[effort])
    return min(found, key=lambda one: one.rank)


@dataclass
class _Course:
    """What the annealings of one search have in common."""

    instance: Instance
    effort: str
    root: np.random.SeedSequence
    deadline: Deadline
    today: Today | None
    jobs: int

    @property
    def late(self) -> bool:
        return self.deadline.over

    @property
    def steps(self) -> int:
        """Moves of one annealing."""
        each = MOST_STEPS[self.effort] // (RADII * TRIES[self.effort])
        return max(min(STEPS_PER_UNIT * len(self.instance), each), 30 * len(self.instance))

    def tried(self, reach: float, best: Radius) -> Radius | None:
        """Return the best plan that keeps a radius, if one is found."""
        found = [
            one for one in self.annealings(self.instance.within(reach), best, TRIES[self.effort]) if one.found.valid
        ]
        shortest = min(found, key=lambda one: one.rank, default=None)
        return shortest if shortest is not None and shortest.found.value < best.found.value else None

    def annealings(self, inner: Instance, best: Radius, number: int) -> list[Radius]:
        """Return what so many annealings for a radius end with, from the best plan or from drafts."""
        small, member = contracted(inner) if inner.together else (inner, np.arange(len(inner)))
        first = labels_of_groups(best.found.label, member)
        known = self.today and Today(labels_of_groups(self.today.label, member), self.today.most_moved)
        styles = STYLES["distance"]

        def one(at: int, stream: np.random.SeedSequence, alone: Deadline) -> Radius:
            style = styles[at % len(styles)]
            if at % 2 == 0:
                rng = np.random.default_rng(stream)
                label = annealed(small, first, self.steps, style.reheated(REHEATED), rng, alone, known)
            else:
                label = one_start(small, self.steps, style, stream, alone, known).label
            return judged(self.instance, label[member], self.today)

        return self._each(one, number, self.steps * move_work(inner))

    def _each(
        self, task: Callable[[int, np.random.SeedSequence, Deadline], Radius], number: int, work: float
    ) -> list[Radius]:
        """Run a task so many times, in threads, as often as fits into what work is left, but once at least."""
        count = int(np.clip(self.deadline.left / work, 1, number))
        parts = [self.deadline.at_most(self.deadline.left / count).alone() for _ in range(count)]

        def timely(at: int, stream: np.random.SeedSequence, alone: Deadline) -> Radius | None:
            return task(at, stream, alone) if at == 0 or not alone.stopped else None

        with ThreadPoolExecutor(max_workers=max(self.jobs, 1)) as pool:
            done = [one for one in pool.map(timely, range(count), self.root.spawn(count), parts) if one is not None]
        self.deadline.gather(parts)
        return done


def radius_of(instance: Instance, label: np.ndarray) -> float:
    """Return the radius of a plan, infinite for none."""
    return math.inf if label is None else objective_of(instance, label, seats_of(instance, label))
