"""A good valid plan: seeds spread by weight, regions grown to equal shares, then annealing from several starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from foundation.arrays import Ints
from optimize.districting.enumeration.all_divisions import only_division
from optimize.districting.heuristic.about_seats import takes_seats
from optimize.districting.heuristic.contract_groups import contracted, labels_of_groups
from optimize.districting.heuristic.crossover import SETTLED_STEPS, UNIONS, bred, child_of, evolve
from optimize.districting.heuristic.current_plan import Today
from optimize.districting.heuristic.diverse_drafts import (
    draft_moves,
    plans_lie_apart,
    settled_draft,
    settled_drafts,
    starts_from_far,
)
from optimize.districting.heuristic.large_neighbourhood import rebuild
from optimize.districting.heuristic.one_start import STYLES, Found, improved, judge, move_work, one_start, rank
from optimize.districting.heuristic.side_by_side import agreed, best_distinct, division, each, starts_until
from optimize.districting.problem.instance import Instance
from optimize.districting.splits.whole_groups import search_whole_groups
from optimize.solving.deadline import Deadline, part_of

STEPS_PER_UNIT = {"quick": 2_000, "normal": 3_000, "thorough": 4_000}
"""Annealing moves tried per unit and start; the number of moves, not the clock, decides the result."""

LEAST_STEPS, LEAST_PER_PAIR = 300_000, 300
"""Moves of a start on a small map: so many, but on a tiny one no more than so many per pair of units."""

MOST_STEPS = {"quick": 4_000_000, "normal": 80_000_000, "thorough": 400_000_000}
"""Moves of all starts together, which limits their number on large maps."""

STARTS = {"quick": (2, 6), "normal": (2, 40), "thorough": (3, 160)}
"""Fewest and most starts: few lumpy units leave few plans to find, and many short starts find them."""

LONGER = 4
"""Times as many moves in a start about seats at a fixed price, where there are starts enough for every style."""

MORE_STARTS = 3
"""Times as many starts as the fewest are made while none has ended inside its bounds."""

REHEATS, ELITE, LUKEWARM = 1.5, 4, 0.25
"""Reheated annealings for each start; plans that take turns; their first temperature, as a share of the style's."""

REBUILDS = {"quick": 0, "normal": 10, "thorough": 40}
"""Unions of neighbouring communities of the best plan that are divided anew, for each community."""

TOGETHER, REBUILD_STEPS = (3, 4, 2, 6), 1_000
"""Communities in such a union, taken in turn; moves per unit of it."""

POPULATION = 24
"""Plans improved side by side where cut edges count."""

CHILDREN, FEWEST_CHILDREN = {"quick": 0, "normal": 16, "thorough": 64}, 8
"""Children for each community; and so few that the moves are better spent on the best plan alone."""

MOST_CHILDREN = 1.5
"""Moves of all children together, as a share of those of all starts."""

START_TIME, IMPROVE_TIME = 0.4, 0.6
"""Shares of the work left that starts, and then the improving of several plans, may take."""

DRAFTS = {"quick": (6, 24), "normal": (6, 48), "thorough": (6, 96)}
"""How many at a time: at least, at most."""

ONWARD, LEAST_ROUND, UNIONS_A_ROUND = 1, 0.1, 0.2
"""Beside the seed of a search that goes on; shares: of its work below which no round begins, of unions in a round."""


def search(
    instance: Instance,
    *,
    effort: str,
    seed: int,
    deadline: Deadline,
    today: Today | None = None,
    jobs: int = 1,
    brief: bool = False,
) -> Found:
    """Search for the best plan that the effort allows.

    Many starts. Then, for the moment, the best of them are reheated in turn; for cut edges they are a population, whose
    plans are crossed and divided anew. At last unions of a few communities of the best are divided anew.

    Parameters
    ----------
    instance : Instance
    effort : {"quick", "normal", "thorough"}
    seed : int
    deadline : Deadline
        Nothing is begun once it is over.
    today : Today, optional
        Moved workload is limited; every second start begins from the communities of today.
    jobs : int
        Threads; the result does not depend on their number.
    brief : bool
        A proof that also finds better plans comes next, and needs the time: half a population's children, no more.

    Returns
    -------
    Found
        Valid if any start was; the best of them. Otherwise the one nearest to its bounds.
    """

    def plain(one: Instance, much: str, until: Deadline) -> Found:
        return _search(one, effort=much, seed=seed, deadline=until, today=today, jobs=jobs, brief=brief)

    if instance.splits:
        return search_whole_groups(instance, plain, effort=effort, seed=seed, deadline=deadline, today=today)
    return plain(instance, effort, deadline)


def _search(
    instance: Instance, *, effort: str, seed: int, deadline: Deadline, today: Today | None, jobs: int, brief: bool
) -> Found:
    """Search for the best plan, where limits on splits are no more than an excess that costs."""
    if instance.together:
        small, member = contracted(instance)
        known = None if today is None else Today(labels_of_groups(today.label, member), today.most_moved)
        whole = _search(small, effort=effort, seed=seed, deadline=deadline, today=known, jobs=jobs, brief=brief)
        return judge(instance, whole.label[member], today)
    if instance.communities in (1, len(instance)):
        only = only_division(instance)
        return judge(instance, only if today is None else today.named(instance.weight, only), today)
    course = _Course(instance, effort, np.random.SeedSequence(seed), deadline, today, jobs)
    found = course.starts()
    if not any(f.valid for f in found) and instance.objective == "cut-edges" and not course.late:
        # Even communities are easier to come by where the border does not matter; what follows shortens it.
        even = replace(instance, objective="moment")
        rounder = _search(even, effort=effort, seed=seed, deadline=deadline, today=today, jobs=jobs, brief=False)
        found.append(judge(instance, rounder.label, today))
    if brief and instance.objective != "cut-edges" and agreed(found):
        return min(found, key=rank)
    found += course.drafts()
    population = course.population(found)
    if not population:
        return course.rebuilt(course.reheated(found))
    if brief:
        return min(course.evolved(population, course.children // 2), key=rank)
    return course.rebuilt(min(course.evolved(population, course.children), key=rank))


def search_on(instance: Instance, label: Ints, *, effort: str, seed: int, deadline: Deadline, jobs: int = 1) -> Found:
    """Go on from a valid plan until the work is used up, from far each time.

    Parameters
    ----------
    instance : Instance
    label : ndarray of int, shape (units,)
    effort, seed, deadline, jobs
        As for `search`, which has been there before.
    """
    if instance.together:
        small, member = contracted(instance)
        known = labels_of_groups(label, member)
        whole = search_on(small, known, effort=effort, seed=seed, deadline=deadline, jobs=jobs)
        return min(judge(instance, label, None), judge(instance, whole.label[member], None), key=rank)
    course = _Course(instance, effort, np.random.SeedSequence([seed, ONWARD]), deadline, None, jobs)
    return course.used_up(judge(instance, label, None))


@dataclass
class _Course:
    """What all parts of one search have in common."""

    instance: Instance
    effort: str
    root: np.random.SeedSequence
    deadline: Deadline
    today: Today | None
    jobs: int

    def __post_init__(self) -> None:
        size = len(self.instance)
        self.steps = max(STEPS_PER_UNIT[self.effort] * size, min(LEAST_STEPS, LEAST_PER_PAIR * size**2))
        self.number = int(np.clip(MOST_STEPS[self.effort] // self.steps, *STARTS[self.effort]))
        self.styles = STYLES[self.instance.objective]
        self.apart = plans_lie_apart(self.instance) and self.today is None
        self.work = self.steps * move_work(self.instance)
        self.longer = LONGER if takes_seats(self.instance) and self.number >= len(self.styles) else 1
        self._each = partial(each, jobs=self.jobs, kind=self.instance.kind)

    @property
    def late(self) -> bool:
        return self.deadline.over

    def starts(self) -> list[Found]:
        """Make starts until enough of them agree, and some more while none lies inside its bounds."""

        def start(number: int, stream: np.random.SeedSequence, alone: Deadline) -> Found:
            turn, afresh = number if self.today is None else number // 2, number % 2 == 1
            style = self.styles[turn % len(self.styles)]
            longer = 1 if style.price is None else self.longer
            return one_start(self.instance, longer * self.steps, style, stream, alone, self.today, afresh)

        enough = POPULATION if self._has_population else self.number
        until, streams = part_of(self.deadline, START_TIME), self.root.spawn(self.number)
        work = self.longer * self.work
        found = starts_until(start, streams, until, self.jobs, enough, work, self.instance.kind)
        if not any(f.valid for f in found) and not self.late:
            fewest, _ = STARTS[self.effort]
            found += self._each(start, self.root.spawn(fewest * (MORE_STARTS - 1)), self.deadline, work=work)
        return found

    @property
    def _has_population(self) -> bool:
        """Whether cut edges count, and moves suffice for more children than a few."""
        least = max(FEWEST_CHILDREN * self.instance.communities, 1)
        return self.instance.objective == "cut-edges" and self.today is None and self.children >= least

    def population(self, found: Sequence[Found]) -> list[Found]:
        """Return the plans to improve side by side, if any."""
        valid = sorted({division(f.label): f for f in found if f.valid}.values(), key=rank)
        return valid[:POPULATION] if self._has_population and len(valid) > 1 else []

    @property
    def children(self) -> int:
        """How many the moves suffice for."""
        most = int(MOST_CHILDREN * MOST_STEPS[self.effort] / self._child_moves)
        return min(CHILDREN[self.effort] * self.instance.communities, most)

    @property
    def _child_moves(self) -> float:
        """Moves of a child, about."""
        share = min(sum(UNIONS) / len(UNIONS) / self.instance.communities, 1.0)
        return len(self.instance) * (REBUILD_STEPS * share + SETTLED_STEPS)

    def drafts(self, most: int | None = None) -> list[Found]:
        """Cut the map in ways that differ on purpose, if plans lie apart or it is said how many; for cut edges."""
        if not self.apart and most is None:
            return []
        number = int(np.clip(2 * MOST_STEPS[self.effort] // draft_moves(self.instance), *DRAFTS[self.effort]))
        return settled_drafts(self.instance, most or number, self.root, self._each, part_of(self.deadline, START_TIME))

    def used_up(self, best: Found) -> Found:
        """Go on until the work is used up: plans from far, their children, unions of the best, which is valid."""
        kept, until = [best], self.deadline
        while until.left > LEAST_ROUND * until.work and not until.stopped:
            before = until.spent
            if self.apart or self._has_population:
                kept = best_distinct([best, *kept], POPULATION // 2)
                number = None if self.apart else POPULATION // 2
                kept = self.evolved(self.population([*kept, *self.drafts(number)]), self.children)
            else:
                kept = self._bred(best_distinct([best, *kept, *self._from_far()], 2 * ELITE))
            best = min([best, *kept], key=rank)
            best = min(best, self.rebuilt(best, UNIONS_A_ROUND), key=rank)
            until.reach(self.instance.kind, best.value)
            if until.spent <= before:
                break
        return best

    def _from_far(self) -> list[Found]:
        """Return starts whose drafts differ on purpose."""
        run = partial(self._each, deadline=self.deadline, work=self.work)
        return starts_from_far(self.instance, self.steps, self.styles, self.root.spawn(1)[0], run, number=ELITE)

    def _bred(self, kept: Sequence[Found]) -> list[Found]:
        """Return the best of plans and their children."""

        def anneal(part: Instance, label: Ints, number: int, rng: np.random.Generator, alone: Deadline) -> Ints:
            style = self.styles[number % len(self.styles)].reheated(LUKEWARM)
            return improved(part, label, self.steps, style, rng, alone, None).label

        run = partial(self._each, deadline=self.deadline, work=self.work)
        children = bred(self.instance, kept, anneal, run, number=2 * ELITE, stream=self.root.spawn(1)[0])
        return best_distinct([*kept, *children], 2 * ELITE)

    def evolved(self, population: Sequence[Found], children: int) -> list[Found]:
        """Return a population after its children."""
        if len(population) < 2:
            return list(population)
        return evolve(
            self.instance,
            population,
            self._child,
            partial(self._each, deadline=self.deadline, work=self._child_moves * move_work(self.instance)),
            children=children,
            stream=self.root.spawn(1)[0],
            deadline=part_of(self.deadline, IMPROVE_TIME),
        )

    def _child(self, parent: Found, other: Found, luck: np.random.SeedSequence, deadline: Deadline) -> Found:
        """Cross two plans, or divide a union of one's communities anew; then let the borders settle."""
        return child_of(self.instance, parent, other, luck, deadline, partial(self._divide, deadline=deadline))

    def reheated(self, found: Sequence[Found]) -> Found:
        """Anneal the best plans again in turn, from a lower temperature; return the best."""
        elite, turn = best_distinct(found, ELITE), 0

        def reheat(number: int, stream: np.random.SeedSequence, alone: Deadline) -> Found:
            style = self.styles[(turn * ELITE + turn + number) % len(self.styles)].reheated(LUKEWARM)
            parent = elite[number % len(elite)]
            rng = np.random.default_rng(stream)
            child = improved(self.instance, parent.label, self.steps, style, rng, alone, self.today)
            return min(parent, child, key=rank)

        until = part_of(self.deadline, IMPROVE_TIME)
        for turn in range(int(REHEATS * self.number) // ELITE):  # noqa: B007 (each plan meets every style)
            if until.over:
                break
            elite = best_distinct([*elite, *self._each(reheat, self.root.spawn(ELITE), until, work=self.work)], ELITE)
        return elite[0]

    def rebuilt(self, best: Found, share: float = 1.0) -> Found:
        """Divide unions of the communities anew; a plan of limited moves, or an invalid one, stays as it is."""
        rounds = math.ceil(share * REBUILDS[self.effort]) * self.instance.communities
        if self.today is not None or not best.valid or self.instance.communities == 2 or not rounds:
            return best
        divide = partial(self._divide, deadline=self.deadline)
        (stream,) = self.root.spawn(1)
        label = rebuild(
            self.instance, best.label, divide, rounds=rounds, together=TOGETHER, stream=stream, deadline=self.deadline
        )
        return min(best, judge(self.instance, label, None), key=rank)

    def _divide(self, part: Instance, before: Ints, luck: np.random.SeedSequence, deadline: Deadline) -> Ints:
        draw = int(luck.generate_state(1)[0])
        if self.apart and draw % 2:
            return settled_draft(part, draw // 2, np.random.default_rng(luck), deadline).label
        style = self.styles[draw % len(self.styles)]
        return one_start(part, REBUILD_STEPS * len(part), style, luck, deadline, None).label
