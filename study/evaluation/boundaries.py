"""Communities inside their groups: the scenario's wishes obeyed, the tolerance relaxed where units are uneven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from foundation.messages import Message
from optimize import PartitionResult, partition
from scenarios import InfeasibleError, LimitError, Problem, Scenario, Territory
from study.evaluation.wishes import Wished, least_counts, most_counts

WORKLOAD = "workload"
"""Name under which the composite of the indicators enters a partition."""

RELAXATIONS = (1.0, 1.5, 2.0, 3.0, 5.0)
"""Multiples of the balance tolerance tried in turn where a centre's units are too uneven for the tolerance itself."""

NONE = Wished()

NAMED = 8
"""Groups that a warning names."""


def room(weights: pd.Series[Any], tolerance: float) -> int:
    """Return how many communities a group of units has room for: no unit alone may be heavier than one may be."""
    heaviest, total = float(weights.max()), float(weights.sum())
    return max(1, int((1 + tolerance) * total / heaviest)) if heaviest > 0 else len(weights)


def teams(groups_of_sellers: pd.Series[Any], groups_of_units: pd.Series[Any], size: float) -> dict[str, int]:
    """Return how many communities each group gets: its sellers over the team size, between 1 and its units."""
    sellers = groups_of_sellers.value_counts()
    units = groups_of_units.value_counts()
    return {
        str(group): int(np.clip(round(float(sellers.get(group, 0)) / size), 1, units[group]))
        for group in sorted(units.index)
    }


def divide(
    scenario: Scenario,
    territory: Territory,
    *,
    within: str,
    current: str | None,
    counts: Mapping[str, int],
    wishes: Wished = NONE,
    seed: int,
    solver: str,
    jobs: int,
) -> tuple[PartitionResult, list[Problem]]:
    """Divide every group into communities, with the smallest relaxation of the tolerance that works for all.

    Where not even the widest does, the groups that fail get fewer communities: with one alone nothing can fail.

    Groups are solved each on its own and the same way whatever the others do. So a wider tolerance is first tried on
    the group that the last one failed in, and on all of them only where that one works.

    Wishes hold whatever the tolerance: where they cannot, the division is refused.
    """
    settings = scenario.partition
    least = least_counts(counts, wishes, territory, within)
    most = most_counts(counts, wishes, territory, within)
    counts = {group: max(least[group], min(wanted, most[group])) for group, wanted in counts.items()}

    def divided(ground: Territory, wanted: Mapping[str, int], tolerance: float) -> PartitionResult:
        held = wishes if ground is territory else wishes.inside(ground)
        return partition(
            ground,
            communities=wanted,
            objective=settings.objective,
            weight=WORKLOAD,
            balance={WORKLOAD: tolerance},
            within=within,
            current=current,
            time_limit=settings.time_limit,
            work_limit=settings.work_limit,
            solver=solver,
            effort="quick",
            seed=seed,
            jobs=jobs,
            **held.options(),
        )

    widest = min(1.0, settings.balance_tolerance * RELAXATIONS[-1])
    workloads = pd.Series(territory.attribute(WORKLOAD), territory.units.index)
    groups = dict(list(workloads.groupby(territory.units[within].astype(str))))
    made = {group: max(least[group], min(wanted, room(groups[group], widest))) for group, wanted in counts.items()}

    def alone(group: str, tolerance: float) -> None:
        divided(territory.subset(groups[group].index), {group: made[group]}, tolerance)

    def possible(group: str) -> bool:
        try:
            alone(group, widest)
        except (InfeasibleError, LimitError):
            return False
        return True

    problem: Exception | None = None
    for factor in RELAXATIONS:
        tolerance = min(1.0, settings.balance_tolerance * factor)
        stuck = _named(problem, within, counts)
        try:
            if stuck is not None:
                alone(stuck, tolerance)
            result = divided(territory, made, tolerance)
            break
        except (InfeasibleError, LimitError) as error:
            problem = error
    else:
        for group in counts:
            while made[group] > least[group] and not possible(group):
                made[group] -= 1
        result = divided(territory, made, widest)
    notes = [] if tolerance == settings.balance_tolerance else [_wider(settings.balance_tolerance, tolerance, within)]
    fewer = [group for group, count in made.items() if count < counts[group]]
    return result, [*notes, *([_fewer(within, fewer)] if fewer else [])]


def _fewer(within: str, groups: Sequence[str]) -> Problem:
    """Say where units are so heavy or so uneven that fewer communities are made than the sellers would fill."""
    key = "sellers_per_community" if within == "centre" else "sellers_per_subdivision"
    named = ", ".join([*groups[:NAMED], *(["..."] if len(groups) > NAMED else [])])
    rule = Message(
        "fewer communities are made in {count} {count:group|groups} whose units are too heavy or too uneven for more: "
        "{named}",
        count=len(groups),
        named=named,
    )
    return Problem(f"partition.{key}", None, rule, Message("Use finer units."), "warning")


WIDER = Message("some {within} has units too uneven for it; {used:g} was used in every {within}")
"""What is said where a centre has no plan within the tolerance; a report says it in words of its own."""


def _wider(wanted: float, used: float, within: str) -> Problem:
    rule = WIDER.again(within=within, used=used)
    remedy = Message("Use finer units, fewer communities, or a wider tolerance.")
    return Problem("partition.balance_tolerance", wanted, rule, remedy, "warning")


def _named(problem: Exception | None, within: str, groups: Iterable[str]) -> str | None:
    """Return the group that a failed division names first, where it names one."""
    return next((name for name in groups if str(problem).startswith(f"{within} {name}: ")), None)
