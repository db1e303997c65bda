"""What each measure of the plan is worth: the plan against the same plan without it, both at their own best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from foundation.messages import Message
from scenarios import InputError, Scenario
from scenarios.loading.load import plain, with_settings
from sim import Replications
from sim.output_analysis.intervals import paired
from study.evaluation.decisions import Decisions, decide_all
from study.evaluation.simulate import simulate_variants
from study.presentation.headlines import OF_MEASURES
from study.presentation.progress import Reporter

COLUMNS = ["measure", "kpi", "mean", "difference", "low", "high", "replications"]


def plans_without(scenario: Scenario) -> dict[str, Scenario]:
    """Return measure -> the scenario without it; none that the scenario does not take in any case.

    Raises
    ------
    InputError
        A key is unknown or cannot take such a value; all of them at once.
    """
    found, problems, content = {}, [], plain(scenario)
    for measure, settings in scenario.study.measures.items():
        own = {key: value for key, value in settings.items() if _has(scenario, key)}
        try:
            other = with_settings(scenario, own, measure, content)
        except InputError as error:
            there = f"study.measures.{measure}: "
            problems += [replace(p, path=there + p.path.removeprefix(f"{measure}: ")) for p in error.problems]
            continue
        if other.sha256 != scenario.sha256:
            found[measure] = other
    if problems:
        raise InputError(problems)
    return found


def _has(scenario: Scenario, key: str) -> bool:
    """Whether a scenario has the phase that a key names: what was done in a phase that is gone is no measure of it."""
    head, _, rest = key.partition(".")
    return head != "phases" or rest.partition(".")[0] in {phase.name for phase in scenario.phases}


def decide_without(
    without: Mapping[str, Scenario],
    plan: Scenario,
    decisions: Decisions,
    *,
    solver: str,
    seed: int,
    jobs: int,
    reporter: Reporter,
) -> dict[str, Decisions]:
    """Return measure -> what is decided without it.

    Places and targets are decided anew for each, communities too where a measure touches them, so that a plan that does
    without something makes the best of it.

    Parameters
    ----------
    without : mapping of str to Scenario
        `plans_without` of the plan.
    plan : Scenario
    decisions : Decisions
        Of the plan.
    solver : {"highs", "cbc"}
    seed, jobs : int
    reporter : Reporter
    """
    made = decide_all(
        list(without.values()),
        decisions.territory,
        seed=seed,
        solver=solver,
        jobs=jobs,
        reporter=reporter,
        known=(plan, decisions),
    )
    return {measure: made[variant.name] for measure, variant in without.items()}


def worth_of_measures(
    without: Mapping[str, Scenario],
    made: Mapping[str, Decisions],
    plan: Replications,
    *,
    seed: int,
    jobs: int,
    reporter: Reporter,
) -> pd.DataFrame:
    """Simulate the plan without each measure under the random numbers of its first replications.

    Parameters
    ----------
    without : mapping of str to Scenario
        `plans_without` of the plan.
    made : mapping of str to Decisions
        What is decided without it.
    plan : Replications
        Of the plan, at least two.
    seed, jobs : int
    reporter : Reporter

    Returns
    -------
    DataFrame
        ``measure, kpi``; ``mean`` of the KPI without the measure; ``difference`` that the measure makes (the plan less
        the plan without it), paired, with its interval ``low, high``; ``replications``. In the scenario's order.
    """
    variants, count = list(without.values()), min(plan.scenario.study.sensitivity_replications, len(plan.values))
    with reporter.bar(Message("measures: {count} left out", count=len(variants))) as tick:
        results = simulate_variants(variants, [made[name] for name in without], count, seed=seed, jobs=jobs, tick=tick)
    worths = (_worth(plan, result, count).to_dict("records") for result in results)
    rows = [{"measure": name, **row} for name, told in zip(without, worths, strict=True) for row in told]
    return pd.DataFrame(rows, columns=COLUMNS)


def _worth(plan: Replications, other: Replications, count: int) -> pd.DataFrame:
    """Return what a measure makes of every KPI that is told."""
    shown = [kpi for kpi in OF_MEASURES if kpi in other.values and kpi in plan.values]
    table = paired(other.values[shown], plan.values[shown].iloc[:count], plan.scenario.study.confidence)
    return table.assign(mean=[float(other.values[kpi].mean()) for kpi in table["kpi"]])
