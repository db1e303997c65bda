"""The candidates: today's communities, and redrawn ones along the frontier of balance or disruption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from joblib import Parallel, delayed

from foundation.machine.causes import cause
from foundation.messages import Message
from optimize.districting.frontier import LOOSER, MOVED
from scenarios import InfeasibleError, InputError, LimitError, Problem, Scenario, Territory
from scenarios.loading.fingerprint import decision_key
from scenarios.loading.load import with_settings
from scenarios.rules.moved import DIGITS, share_of_plan_moved
from scenarios.rules.scorecard import scorecard
from study.evaluation.decisions import WORKLOAD, Decisions, decide, decide_again

Over = Literal["balance", "disruption"]

KEYS: Mapping[Over, str] = {"balance": "partition.balance_tolerance", "disruption": "partition.max_moved"}
TODAY = "today"
ASKED = "as_asked"
"""Names of the candidate without new boundaries, and of the scenario as it stands."""


@dataclass(frozen=True)
class Candidate:
    """One way to draw the communities, with everything decided for it.

    Attributes
    ----------
    scenario : Scenario
        Its name is the candidate's.
    decisions : Decisions
    limit : float
        Tolerance or share of workload moved that was asked for; NaN for today's communities.
    moment : float
        Moment of the communities of the transition [workload · km2].
    bound : float
        No plan under that limit has a smaller moment; NaN where none is known, or the objective is another.
    deviation : float
        Largest deviation of a community's workload from the mean of its centre [share].
    moved : float
        Share of the workload that changes community.
    """

    scenario: Scenario
    decisions: Decisions
    limit: float
    moment: float
    bound: float
    deviation: float
    moved: float

    @property
    def name(self) -> str:
        """Name of the candidate."""
        return self.scenario.name


def variants_of(scenario: Scenario, over: Over, values: Sequence[float] | None) -> list[tuple[Scenario, float]]:
    """Return the scenario as asked, today's communities, and a scenario per limit, with the limits.

    Where people gave the plan, it is the scenario as asked; the others are drawn.

    Raises
    ------
    InputError
        A limit does not fit; all of them at once.
    """
    key = KEYS[over]
    if not scenario.phases:
        rule = Message("a scenario without phases redraws nothing, so there is nothing to choose")
        raise InputError(Problem("phases", "[]", rule, Message("Name a scenario with a merger.")))
    own = scenario.partition.balance_tolerance if over == "balance" else scenario.partition.max_moved
    points = list(values) if values else [min(own * f, 1.0) for f in LOOSER] if over == "balance" and own else [*MOVED]
    stay = {f"phases.{k}.communities": "current" for k in range(len(scenario.phases))}
    given = scenario.partition.plan is not None or scenario.partition.plan_subdivided is not None
    drawn = {"partition.plan": None, "partition.plan_subdivided": None} if given else {}
    found = [(with_settings(scenario, {}, ASKED), np.nan if own is None else float(own))]
    found.append((with_settings(scenario, stay, TODAY), np.nan))
    problems: list[Problem] = []
    for point in sorted(set(points)):
        if point == own and not given:
            continue
        try:
            settings = {key: float(point), **drawn}
            found.append((with_settings(scenario, settings, f"{over}_{point:g}"), float(point)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def with_wishes(base: Scenario, **wishes: Any) -> Scenario:
    """Return the scenario with the wishes that are given."""
    given = {key: value for key, value in wishes.items() if value is not None and value not in ((), {})}
    settings = {
        f"partition.wishes.{key}": value
        if isinstance(value, float | int | dict)
        else [item if isinstance(item, str) else [str(unit) for unit in item] for item in value]
        for key, value in given.items()
    }
    return with_settings(base, settings) if settings else base


def candidates_of(
    variants: Sequence[tuple[Scenario, float]], territory: Territory, *, seed: int, solver: str, jobs: int
) -> tuple[list[Candidate], list[Problem]]:
    """Decide for every variant, side by side; those that give the same communities are kept once.

    Returns
    -------
    list of Candidate
    list of Problem
        A warning for every variant that was left out: its limit cannot be kept, or its communities are known already.

    Raises
    ------
    InfeasibleError, LimitError
        The scenario as asked, the first variant, cannot be divided.
    """
    new: dict[str, Scenario] = {}
    for scenario, _ in variants:
        new.setdefault(decision_key(scenario), scenario)
    tasks = (delayed(tried)(scenario, territory, seed, solver) for scenario in new.values())
    made = dict(zip(new, Parallel(n_jobs=jobs)(tasks), strict=True))
    found: list[Candidate] = []
    notes: list[Problem] = []
    drawn: dict[str, str] = {}
    for scenario, limit in variants:
        known = made[decision_key(scenario)]
        if isinstance(known, Exception):
            if not found:
                raise known
            notes.append(
                Problem(scenario.name, limit, Message("it is left out: {known}", known=cause(known)), "", "warning")
            )
            continue
        decisions = decide_again(known, scenario)
        print_of_plan = _digest(scenario, decisions)
        if print_of_plan in drawn:
            rule = Message("it gives the same communities as {drawn} and is left out", drawn=drawn[print_of_plan])
            notes.append(Problem(scenario.name, None, rule, "", "warning"))
            continue
        drawn[print_of_plan] = scenario.name
        found.append(candidate_of(scenario, decisions, limit))
    return found, notes


def tried(scenario: Scenario, territory: Territory, seed: int, solver: str) -> Decisions | InfeasibleError | LimitError:
    """Decide, or return why there is nothing to decide: one limit too tight must not stop the others."""
    try:
        return decide(scenario, territory, seed=seed, solver=solver)
    except (InfeasibleError, LimitError) as error:
        return error


def _digest(scenario: Scenario, decisions: Decisions) -> str:
    """Return what tells one candidate's communities from another's."""
    if scenario.name == TODAY:
        return TODAY
    return "\n".join(decisions.plans[kind].assignment.to_csv() for kind in ("redrawn", "subdivided"))


def candidate_of(scenario: Scenario, decisions: Decisions, limit: float) -> Candidate:
    """Return a candidate with what its communities are worth."""
    ground, current = decisions.territory, decisions.plans["current"]
    plan = current if scenario.name == TODAY else decisions.plans["redrawn"]
    card = scorecard(ground, plan)
    result = decisions.partitions["redrawn"]
    known = scenario.name != TODAY and result.objective == "moment" and result.bound is not None
    return Candidate(
        scenario,
        decisions,
        limit,
        float(card["moment"].sum()),
        float(result.bound or 0.0) if known else np.nan,
        float(card[f"{WORKLOAD}_deviation"].abs().max()),
        round(share_of_plan_moved(current.assignment, plan.assignment, ground.units[WORKLOAD]), DIGITS),
    )


def relaxed(found: Sequence[Candidate]) -> list[Problem]:
    """Return the cautions of all candidates, each with the name of its candidate."""
    return [Problem(f"{c.name}: {w.path}", w.value, w.rule, w.remedy, "warning") for c in found for w in
            c.decisions.warnings]  # fmt: skip
