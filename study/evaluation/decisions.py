"""From a scenario and a territory to the decisions the simulation needs: communities, places, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from foundation.messages import Message
from optimize import PartitionResult, PlacementResult, TargetResult, allocate_targets, partition, place_sellers
from scenarios import InfeasibleError, LimitError, Plan, Problem, Scenario, Territory
from scenarios.loading.fingerprint import decision_key
from scenarios.rules.workload import workload
from scenarios.synthetic.complete import complete_territory
from study.presentation.progress import Reporter

WORKLOAD = "workload"
"""Name under which the composite of the indicators enters a partition."""

RELAXATIONS = (1.0, 1.5, 2.0, 3.0, 5.0)
"""Multiples of the balance tolerance tried in turn where a centre's units are too uneven for the tolerance itself."""

NAMED = 8
"""Groups that a warning names."""

CENTRE_TOLERANCE = 0.1
"""Allowed deviation of the population of marketing centres that have to be made because none are given."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Decisions:
    """What is decided before anybody simulates.

    Attributes
    ----------
    territory : Territory
        With the ``workload`` of every unit and everything generated filled in.
    plans : mapping
        ``current``, ``redrawn`` and ``subdivided`` -> Plan.
    partitions : mapping
        ``redrawn`` and ``subdivided`` -> PartitionResult.
    placement : PlacementResult
    targets : TargetResult
    warnings : tuple of Problem
        Relaxations that were needed.
    """

    territory: Territory
    plans: Mapping[str, Plan]
    partitions: Mapping[str, PartitionResult]
    placement: PlacementResult
    targets: TargetResult
    warnings: tuple[Problem, ...] = ()


def decide(
    scenario: Scenario,
    territory: Territory,
    *,
    seed: int,
    solver: str = "highs",
    jobs: int = 1,
    say: Say = lambda _: None,
) -> Decisions:
    """Redraw and subdivide the communities, place the sellers and allocate the targets.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        As loaded; what it lacks is generated from the scenario's rates and named as generated.
    seed : int
    solver : {"highs", "cbc"}
    jobs : int
        Worker processes, for the centres side by side; the decisions are the same.
    say : callable, optional
        Told in a few words what is being done.

    Raises
    ------
    InputError
        The territory lacks what cannot be generated.
    InfeasibleError
        A centre cannot be divided even with the widest relaxation, or targets contradict each other.
    """
    say(Message("territory"))
    ready = prepare_territory(scenario, territory, seed=seed)
    plans = {"current": Plan(ready.units["community"].astype(str))}
    partitions, warnings = {}, []
    say(Message("sellers to centres"))
    to_centres = place_sellers(scenario, ready).placement.table

    say(Message("redrawn communities"))
    counts = _teams(to_centres["centre"], ready.units["centre"], scenario.partition.sellers_per_community)
    how: dict[str, Any] = {"seed": seed, "solver": solver, "jobs": jobs}
    result, relaxed = _divide(scenario, ready, within="centre", current="community", counts=counts, **how)
    partitions["redrawn"], plans["redrawn"] = result, result.plan
    warnings.extend(relaxed)

    say(Message("subdivided communities"))
    in_communities = place_sellers(scenario, ready, plans).placement.table
    nested = ready.with_columns({"redrawn": result.assignment})
    counts = _teams(in_communities["community"], nested.units["redrawn"], scenario.partition.sellers_per_subdivision)
    result, relaxed = _divide(scenario, nested, within="redrawn", current=None, counts=counts, **how)
    partitions["subdivided"], plans["subdivided"] = result, result.plan
    warnings.extend(relaxed)

    say(Message("sellers to communities"))
    placement = place_sellers(scenario, ready, plans)
    say(Message("targets"))
    targets = allocate_targets(scenario, ready, plans, placement.placements)
    return Decisions(ready, plans, partitions, placement, targets, tuple(warnings))


def decide_again(decisions: Decisions, scenario: Scenario) -> Decisions:
    """Return the decisions for a scenario that shares territory, communities and places but not its target stages."""
    targets = allocate_targets(scenario, decisions.territory, decisions.plans, decisions.placement.placements)
    return replace(decisions, targets=targets)


def prepare_territory(scenario: Scenario, territory: Territory, *, seed: int) -> Territory:
    """Fill in what a territory lacks: centres by optimisation, the rest from the scenario's rates."""
    if "centre" not in territory.units:
        territory = _with_centres(scenario, territory, seed)
    complete = complete_territory(territory, scenario.territory.rates, seed)
    return complete.with_columns({WORKLOAD: workload(complete, scenario.indicators)})


def _with_centres(scenario: Scenario, territory: Territory, seed: int) -> Territory:
    people = pd.Series(territory.attribute("population"))
    wanted = round(float(people.sum()) / scenario.territory.rates.persons_per_centre)
    count = int(np.clip(wanted, 1, max(1, len(territory) // 4)))
    count = min(count, room(people, CENTRE_TOLERANCE * RELAXATIONS[-1]))
    while True:
        for factor in RELAXATIONS:
            try:
                made = partition(
                    territory,
                    communities=count,
                    balance={"population": min(1.0, CENTRE_TOLERANCE * factor)},
                    time_limit=scenario.partition.time_limit,
                    work_limit=scenario.partition.work_limit,
                    effort="quick",
                    seed=seed,
                )
            except (InfeasibleError, LimitError):
                if factor == RELAXATIONS[-1] and count == 1:
                    raise
                continue
            labels = made.assignment.map(lambda label: f"Centre {label}")
            return territory.with_columns({"centre": labels}, generated=("centre",))
        count -= max(1, count // 8)  # units too uneven: with fewer centres the heaviest of them weigh less


def room(weights: pd.Series[Any], tolerance: float) -> int:
    """Return how many communities a group of units has room for: no unit alone may be heavier than one may be."""
    heaviest, total = float(weights.max()), float(weights.sum())
    return max(1, int((1 + tolerance) * total / heaviest)) if heaviest > 0 else len(weights)


def _teams(groups_of_sellers: pd.Series[Any], groups_of_units: pd.Series[Any], size: float) -> dict[str, int]:
    """Return how many communities each group gets: its sellers over the team size, between 1 and its units."""
    sellers = groups_of_sellers.value_counts()
    units = groups_of_units.value_counts()
    return {
        str(group): int(np.clip(round(float(sellers.get(group, 0)) / size), 1, units[group]))
        for group in sorted(units.index)
    }


def _divide(
    scenario: Scenario,
    territory: Territory,
    *,
    within: str,
    current: str | None,
    counts: Mapping[str, int],
    seed: int,
    solver: str,
    jobs: int,
) -> tuple[PartitionResult, list[Problem]]:
    """Divide every group into communities, with the smallest relaxation of the tolerance that works for all.

    Where not even the widest does, the groups that fail get fewer communities: with one alone nothing can fail.

    Groups are solved each on its own and the same way whatever the others do. So a wider tolerance is first tried on
    the group that the last one failed in, and on all of them only where that one works.
    """
    settings = scenario.partition

    def divided(ground: Territory, wanted: Mapping[str, int], tolerance: float) -> PartitionResult:
        return partition(
            ground,
            communities=wanted,
            objective=settings.objective,
            weight=WORKLOAD,
            balance={WORKLOAD: tolerance},
            within=within,
            current=current,
            max_moved=settings.max_moved if current else None,
            time_limit=settings.time_limit,
            work_limit=settings.work_limit,
            solver=solver,
            effort="quick",
            seed=seed,
            jobs=jobs,
        )

    widest = min(1.0, settings.balance_tolerance * RELAXATIONS[-1])
    workloads = pd.Series(territory.attribute(WORKLOAD), territory.units.index)
    groups = dict(list(workloads.groupby(territory.units[within].astype(str))))
    made = {group: min(wanted, room(groups[group], widest)) for group, wanted in counts.items()}

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
            while made[group] > 1 and not possible(group):
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
        "fewer communities are made in {count} groups whose units are too heavy or too uneven for more: {named}",
        count=len(groups),
        named=named,
    )
    return Problem(f"partition.{key}", None, rule, Message("Use finer units."), "warning")


def _wider(wanted: float, used: float, within: str) -> Problem:
    rule = Message(
        "some {within} has units too uneven for it; {used:g} was used in every {within}", within=within, used=used
    )
    remedy = Message("Use finer units, fewer communities, or a wider tolerance.")
    return Problem("partition.balance_tolerance", wanted, rule, remedy, "warning")


def _named(problem: Exception | None, within: str, groups: Iterable[str]) -> str | None:
    """Return the group that a failed division names first, where it names one."""
    return next((name for name in groups if str(problem).startswith(f"{within} {name}: ")), None)


def decide_all(
    scenarios: Sequence[Scenario], territory: Territory, *, seed: int, solver: str, jobs: int, reporter: Reporter
) -> dict[str, Decisions]:
    """Decide for every scenario; those that differ only in dates and weights share communities and places."""
    made: dict[str, Decisions] = {}
    result: dict[str, Decisions] = {}
    for scenario in scenarios:
        key = decision_key(scenario)
        if key in made:
            result[scenario.name] = decide_again(made[key], scenario)
            continue
        with reporter.busy(scenario.name) as step:
            made[key] = decide(scenario, territory, seed=seed, solver=solver, jobs=jobs, say=step)
        result[scenario.name] = made[key]
    return result
