"""The program distrusts itself: no bound may lie above a plan that is there, and a short search attacks every proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from foundation.messages import Joined, Message
from optimize.districting.heuristic.contract_groups import contracted
from optimize.districting.heuristic.current_plan import Today
from optimize.districting.heuristic.one_start import STYLES, Found, judge, one_start
from optimize.districting.problem.evidence import Entry
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import seats_of
from optimize.districting.prove import Solved
from optimize.solving.deadline import Deadline

SHARE = 0.02
"""Share of the work of a proof that the attack on it may take: measured, a start more than that is begun."""

BRIEF = 0.02
"""Units of work of such a share below which no attack is begun: tiny maps are proven by looking at every division."""

STEPS_PER_UNIT = 1_000
"""Moves per unit of one attempt."""

LEAST_SECONDS = 1.0
"""Seconds that it may take by the clock, however little is left."""

OTHER_SEEDS = 7_919
"""Added to the seed of the request: the attack must not repeat the search."""

SAME = 1e-9
"""Relative difference of two values that rounding explains."""


class FalseProofWarning(UserWarning):
    """Something contradicts a proof: a defect of the program, which ought to be reported."""


def doubted(
    instance: Instance,
    solved: Solved,
    evidence: Iterable[Entry],
    others: Iterable[Found],
    seed: int,
    deadline: Deadline,
    today: Today | None = None,
) -> Solved:
    """Return a result as it is, or, where something contradicts its proof, the best plan known, without the proof.

    Parameters
    ----------
    instance : Instance
    solved : Solved
    evidence : iterable of mapping
        Every bound that was established on the way; each must hold for every plan.
    others : iterable of Found
        Plans that were found on the way.
    seed : int
        Of the request; the attack takes others.
    deadline : Deadline
        Of the request: the attack takes a share of what was spent, and counts.
    today : Today, optional
        Today's communities and how much may leave them.
    """
    plans = [judge(instance, solved.label, today), *(found for found in others if found.valid)]
    entries = [*evidence, {"kind": "proof", "bound": -np.inf if solved.bound is None else solved.bound}]
    if solved.optimal:
        plans += _attack(instance, solved.value, seed, deadline, today)
    best = min(plans, key=lambda found: found.value)
    wrong = [entry for entry in entries if entry["bound"] > best.value + SAME * abs(best.value)]
    if not wrong:
        return replace(solved, bound=None if solved.bound is None else min(solved.bound, solved.value))
    return _withdrawn(instance, best, wrong)


def plan_against_infeasible(
    instance: Instance, evidence: Iterable[Entry], seed: int, deadline: Deadline, today: Today | None = None
) -> Solved | None:
    """Look for a plan where it was proven that there is none; return it, with the doubt, or None.

    Parameters
    ----------
    instance, evidence, seed, deadline, today
        As for `doubted`.
    """
    found = _attack(instance, np.inf, seed, deadline, today)
    return _withdrawn(instance, found[0], [*evidence, {"kind": "proof", "bound": np.inf}]) if found else None


def _withdrawn(instance: Instance, best: Found, wrong: Sequence[Entry]) -> Solved:
    """Return a plan without any proof, and what was wrong."""
    kinds = Joined(sorted({str(entry["kind"]) for entry in wrong if entry["bound"] > best.value}))
    highest = max(entry["bound"] for entry in wrong)
    doubt = Message(
        "{bound:.12g} was taken for a proven bound ({kinds}), but a valid plan has {value:.12g}",
        bound=highest,
        kinds=kinds,
        value=best.value,
    )
    return Solved(best.label, best.value, None, False, seats_of(instance, best.label), doubt=doubt)


def _attack(instance: Instance, below: float, seed: int, deadline: Deadline, today: Today | None = None) -> list[Found]:
    """Search with other seeds while work is left; return the first plan below a value, if there is one."""
    until = Deadline(SHARE * deadline.spent, seconds=max(deadline.seconds, LEAST_SECONDS), what="check of the proof")
    if until.left < BRIEF or instance.communities in (1, len(instance)):
        return []
    whole = instance
    if instance.objective == "radius":
        instance = instance.within(below * (1 - 2 * SAME))
    small, member = contracted(instance) if instance.together else (instance, np.arange(len(instance)))
    near = None if instance.together else today  # names of groups are not those of their units
    stream, styles, number = np.random.SeedSequence(seed + OTHER_SEEDS), STYLES[instance.objective], 0
    while not until.over:
        (own,) = stream.spawn(1)
        start = one_start(small, STEPS_PER_UNIT * len(small), styles[number % len(styles)], own, until, near)
        found = judge(whole, start.label[member], today)
        if found.valid and found.value * (1 + SAME) < below:
            return [found]
        number += 1
    for what in until.cut:
        deadline.note(what)
    return []
