"""What the simulation is given of a scenario, and scenarios simulated side by side under the same random numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from foundation.plurals import counted
from scenarios import Scenario
from scenarios.loading.load import load_alternative
from sim import Inputs, Replications, replicate_all
from study.evaluation.decisions import Decisions
from study.presentation.progress import Reporter, Tick

APART = (
    *("name", "title", "base", "overrides", "facts", "findings", "evidence"),
    *("indicators", "partition", "placement", "targets", "study", "timeline"),
)
"""What no simulation without decisions depends on: labels, and how decisions are made."""

OF_A_MERGER: dict[str, Any] = {
    **dict.fromkeys(("training", "roll_out", "hand_over", "trial_run"), True),
    "effort": {"drill_share"},
    "learning": {"peer_value", "course_value"},
    "selling": {"data_support_lift", "incentive_lift"},
}
"""What nothing depends on where nobody merges."""


def simulate_all(
    scenarios: Sequence[Scenario],
    decisions: Mapping[str, Decisions],
    *,
    replications: int,
    seed: int,
    jobs: int,
    reporter: Reporter,
    beside: bool = False,
) -> tuple[dict[str, Replications], dict[str, Replications]]:
    """Simulate every scenario under the same random numbers, against the two forces side by side in its own market.

    Returns
    -------
    dict of scenario's name to Replications
        Of every scenario.
    dict of scenario's name to Replications
        Of its counterfactual, if those are asked for (``beside``).
    """
    results: dict[str, Replications] = {}
    alone: dict[str, Replications] = {}
    groups = by_market(scenarios)
    with reporter.bar(f"simulate {counted(len(scenarios), 'scenario')}") as tick:
        for done, group in enumerate(groups):
            chosen = [scenarios[n] for n in group]
            twin = counterfactual_of(chosen[0])
            inputs = [inputs_of(scenario, decisions[scenario.name]) for scenario in chosen]
            known = None if twin is None else next((n for n, s in enumerate(chosen) if s.sha256 == twin.sha256), None)
            if beside and twin is not None and known is None:
                known = len(inputs)
                inputs.append(Inputs(twin, decisions[chosen[0].name].territory))
            found = replicate_all(
                inputs,
                replications=replications,
                counterfactual=twin,
                seed=seed,
                jobs=jobs,
                progress=_after(tick, done, len(groups)),
            )
            results |= {scenario.name: result for scenario, result in zip(chosen, found, strict=False)}
            if beside and known is not None:
                alone |= {scenario.name: found[known] for scenario in chosen}
    return {scenario.name: results[scenario.name] for scenario in scenarios}, alone


def _after(tick: Tick, done: int, groups: int) -> Tick:
    """Return the progress of one group as that of all."""
    return lambda runs, of: tick(done * of + runs, groups * of)


def inputs_of(scenario: Scenario, made: Decisions) -> Inputs:
    """Return what the simulation needs of a scenario and the decisions made for it."""
    return Inputs(scenario, made.territory, made.plans, made.placement.placements, made.targets.targets)


def counterfactual_of(scenario: Scenario) -> Scenario | None:
    """Return the scenario's twin without a merger, against which dip, break-even and synergy are measured (F2).

    None for a laboratory scenario, which has no territory and so nothing to merge.
    """
    if scenario.study.counterfactual is None or scenario.territory.source is None:
        return None
    return load_alternative(scenario, scenario.study.counterfactual)


def by_market(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Group scenarios, by position, that share the two forces side by side, and so the runs of those."""
    alike: dict[str, list[int]] = {}
    for n, scenario in enumerate(scenarios):
        twin = counterfactual_of(scenario)
        alike.setdefault("" if twin is None else market_of(twin), []).append(n)
    return list(alike.values())


def market_of(twin: Scenario) -> str:
    """Return a digest of what a counterfactual and its contribution depend on: it is given no decisions."""
    off: dict[str, Any] = dict.fromkeys(APART, True)
    if not twin.phases and not twin.target_stages:
        off |= OF_A_MERGER
    content = json.dumps([twin.study.value_months, twin.model_dump(mode="json", exclude=off)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
