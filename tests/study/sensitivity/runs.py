"""Runs of a scenario with what was decided for it, as the tests of this folder hold differences against."""

from scenarios import Scenario
from scenarios.loading.case import counterfactual_of
from sim import Replications, replicate
from study.evaluation.decisions import Decisions

SEED, RUNS = 5, 3


def simulated(scenario: Scenario, made: Decisions, runs: int = RUNS) -> Replications:
    """Simulate a scenario by itself."""
    return replicate(
        scenario,
        made.territory,
        plans=made.plans,
        placements=made.placement.placements,
        targets=made.targets.targets,
        counterfactual=counterfactual_of(scenario),
        replications=runs,
        seed=SEED,
    )
