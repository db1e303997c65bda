"""What the simulation is given of a scenario, and scenarios simulated side by side under the same random numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from scenarios import Scenario
from scenarios.load import load_alternative
from sim import Inputs, Replications, replicate_all
from study.decide import Decisions
from study.progress import Reporter


def simulate_all(
    scenarios: Sequence[Scenario],
    decisions: Mapping[str, Decisions],
    counterfactual: Scenario | None,
    *,
    replications: int,
    seed: int,
    jobs: int,
    reporter: Reporter,
    beside: Sequence[Inputs] = (),
) -> dict[str, Replications]:
    """Simulate every scenario, and what is to run beside them, under the same random numbers and counterfactual."""
    inputs = [*(inputs_of(scenario, decisions[scenario.name]) for scenario in scenarios), *beside]
    what = f"simulate {len(scenarios)} scenarios"
    with reporter.bar(what) as tick:
        results = replicate_all(
            inputs, replications=replications, counterfactual=counterfactual, seed=seed, jobs=jobs, progress=tick
        )
    return {result.scenario.name: result for result in results}


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
    """Return a digest of what two forces side by side depend on: neither decisions nor dates of a merger."""
    off = {"name", "title", "base", "overrides", "facts", "findings", "evidence", "partition", "placement", "targets",
           "indicators", "target_stages", "study", "training", "roll_out", "hand_over", "trial_run"}  # fmt: skip
    content = json.dumps(twin.model_dump(mode="json", exclude=off), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
