"""What the simulation is given of a scenario, and scenarios simulated side by side under the same random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from foundation.messages import Message
from scenarios import Scenario
from scenarios.loading.case import Case, by_market, cases_of
from sim import Inputs, Replications, replicate_all
from study.evaluation.decisions import Decisions, resolved
from study.presentation.progress import Reporter, Tick


def simulate_all(
    cases: Sequence[Case],
    decisions: Mapping[str, Decisions],
    replications: int,
    *,
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
    scenarios = [case.scenario for case in cases]
    groups = by_market(cases)
    with reporter.bar(Message("simulate {count} {count:scenario|scenarios}", count=len(scenarios))) as tick:
        for done, group in enumerate(groups):
            chosen = [scenarios[n] for n in group]
            twin = cases[group[0]].counterfactual
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
                horizons=True,
            )
            results |= {scenario.name: result for scenario, result in zip(chosen, found, strict=False)}
            if beside and known is not None:
                alone |= {scenario.name: found[known] for scenario in chosen}
    return {scenario.name: results[scenario.name] for scenario in scenarios}, alone


def simulate_variants(
    variants: Sequence[Scenario],
    decisions: Sequence[Decisions],
    replications: int,
    *,
    seed: int,
    jobs: int,
    tick: Tick,
) -> list[Replications]:
    """Simulate variants of a scenario in their order; those that share a market share its two forces side by side.

    Parameters
    ----------
    variants : sequence of Scenario
    decisions : sequence of Decisions
        Made for each of them.
    replications, seed, jobs : int
    tick : callable
        Told the runs that are done, and how many there are.
    """
    found: dict[int, Replications] = {}
    cases = cases_of(variants)
    for group in by_market(cases):

        def report(runs: int, _: int, before: int = len(found), size: int = len(group)) -> None:
            tick(before * replications + runs * size, len(variants) * replications)

        results = replicate_all(
            [inputs_of(variants[n], decisions[n]) for n in group],
            replications=replications,
            counterfactual=cases[group[0]].counterfactual,
            seed=seed,
            jobs=jobs,
            progress=report,
        )
        found |= dict(zip(group, results, strict=True))
    return [found[n] for n in range(len(variants))]


def _after(tick: Tick, done: int, groups: int) -> Tick:
    """Return the progress of one group as that of all."""
    return lambda runs, of: tick(done * of + runs, groups * of)


def inputs_of(scenario: Scenario, made: Decisions) -> Inputs:
    """Return what the simulation needs of a scenario and the decisions made for it."""
    scenario = resolved(scenario, made.training)
    return Inputs(scenario, made.territory, made.plans, made.placement.placements, made.targets.targets)
