"""From a scenario and a territory to the decisions the simulation needs: communities, places, targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from foundation.messages import Message
from optimize import (
    PartitionResult,
    PlacementResult,
    TargetResult,
    TrainingPlan,
    allocate_targets,
    choose_trainees,
    partition,
    place_sellers,
)
from scenarios import InfeasibleError, LimitError, Plan, Problem, Scenario, Territory
from scenarios.loading.fingerprint import decision_key
from scenarios.rules.learning import check_ids, everybody_trained, trained, with_trainees
from scenarios.rules.workload import workload
from scenarios.synthetic.complete import complete_territory
from study.evaluation.boundaries import RELAXATIONS, WORKLOAD, room, teams
from study.evaluation.given_plans import given_plans, redrawn, subdivided, whole_groups
from study.presentation.progress import Reporter

CENTRE_TOLERANCE = 0.1
"""Allowed deviation of the population of marketing centres that have to be made because none are given."""

Say = Callable[[str], None]

__all__ = [
    "RELAXATIONS",
    "WORKLOAD",
    "Decisions",
    "decide",
    "decide_again",
    "decide_all",
    "prepare_territory",
    "resolved",
    "room",
    "trainees_of",
    "who_works_where",
]


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
    seed : int
        Of all that was decided.
    training : TrainingPlan or None
        Who is trained in both businesses, where the model chose (`training.trainees: chosen`).
    warnings : tuple of Problem
        Relaxations that were needed.
    """

    territory: Territory
    plans: Mapping[str, Plan]
    partitions: Mapping[str, PartitionResult]
    placement: PlacementResult
    targets: TargetResult
    warnings: tuple[Problem, ...] = ()
    seed: int = 0
    training: TrainingPlan | None = None


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
    check_trainees(scenario, ready)
    given = given_plans(scenario, ready)
    plans = {"current": Plan(ready.units["community"].astype(str))}
    partitions: dict[str, PartitionResult] = {}
    say(Message("sellers to centres"))
    to_centres = place_sellers(scenario, ready).placement.table

    how: dict[str, Any] = {"seed": seed, "solver": solver, "jobs": jobs}
    say(Message("redrawn communities"))
    counts = teams(to_centres["centre"], ready.units["centre"], scenario.partition.sellers_per_community)
    result, warnings, kept = redrawn(scenario, ready, given, counts, how)
    partitions["redrawn"], plans["redrawn"] = result, result.plan

    say(Message("subdivided communities"))
    in_communities = place_sellers(scenario, ready, plans).placement.table
    nested = ready.with_columns({"redrawn": result.assignment})
    counts = teams(in_communities["community"], nested.units["redrawn"], scenario.partition.sellers_per_subdivision)
    result, relaxed = subdivided(scenario, nested, given, counts, kept, how)
    partitions["subdivided"], plans["subdivided"] = result, result.plan
    warnings.extend(relaxed)

    say(Message("sellers to communities"))
    placement = place_sellers(scenario, ready, plans)
    training = trainees_of(scenario, ready, plans, placement, seed)
    say(Message("targets"))
    targets = allocate_targets(resolved(scenario, training), ready, plans, placement.placements)
    return Decisions(ready, plans, partitions, placement, targets, tuple(warnings), seed, training)


def decide_again(decisions: Decisions, scenario: Scenario) -> Decisions:
    """Return the decisions for a scenario that shares territory, communities and places but not its target stages."""
    ready, plans, placement = decisions.territory, decisions.plans, decisions.placement
    check_trainees(scenario, ready)
    training = trainees_of(scenario, ready, plans, placement, decisions.seed)
    targets = allocate_targets(resolved(scenario, training), ready, plans, placement.placements)
    return replace(decisions, targets=targets, training=training)


def check_trainees(scenario: Scenario, territory: Territory) -> None:
    """Refuse trainees whom the territory does not have, before anything is drawn."""
    who = scenario.training.trainees
    if not isinstance(who, str) and scenario.phases and territory.sellers is not None:
        check_ids(who, territory.sellers["seller_id"].astype(str))


def trainees_of(
    scenario: Scenario, territory: Territory, plans: Mapping[str, Plan], placement: PlacementResult, seed: int
) -> TrainingPlan | None:
    """Return who is trained where the model chooses; None where the scenario says it."""
    if scenario.training.trainees != "chosen" or not scenario.phases:
        return None
    return choose_trainees(scenario, territory, plans, placement.placements, seed=seed)


def resolved(scenario: Scenario, training: TrainingPlan | None) -> Scenario:
    """Return the scenario with those whom the model chose by id: simulation and targets read them there."""
    if training is None or scenario.training.trainees != "chosen":
        return scenario
    return with_trainees(scenario, training.people)


def who_works_where(scenario: Scenario, made: Decisions) -> pd.DataFrame:
    """Return where everybody works; with a column ``trained`` where not everybody is trained in both businesses."""
    table = made.placement.to_frame()
    people = made.territory.sellers
    if people is None or everybody_trained(scenario) or not scenario.phases:
        return table
    able = trained(resolved(scenario, made.training), people, made.territory.units)
    known = dict(zip(people["seller_id"].astype(str), able.tolist(), strict=True))
    return table.assign(trained=table["seller_id"].astype(str).map(known))


def prepare_territory(scenario: Scenario, territory: Territory, *, seed: int) -> Territory:
    """Fill in what a territory lacks: centres by optimisation, the rest from the scenario's rates."""
    if "centre" not in territory.units:
        territory = _with_centres(scenario, territory, whole_groups(scenario, territory), seed)
    complete = complete_territory(territory, scenario.territory.rates, seed)
    return complete.with_columns({WORKLOAD: workload(complete, scenario.indicators)})


def _with_centres(scenario: Scenario, territory: Territory, whole: Sequence[Sequence[str]], seed: int) -> Territory:
    """Make centres of equal population; no group of units that belong together lies in two of them."""
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
                    keep_together=whole,
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


def decide_all(
    scenarios: Sequence[Scenario],
    territory: Territory,
    *,
    seed: int,
    solver: str,
    jobs: int,
    reporter: Reporter,
    known: tuple[Scenario, Decisions] | None = None,
) -> dict[str, Decisions]:
    """Decide for every scenario; those that differ only in dates and weights share communities and places.

    With a scenario that is decided already (``known``), those that differ from it only so share its own.
    """
    made = {} if known is None else {decision_key(known[0]): known[1]}
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
