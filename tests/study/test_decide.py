"""Decisions: a wider tolerance is the least that works for every group, however it is found."""

import pytest

import study.decide
from optimize import partition
from scenarios import InfeasibleError, LimitError, generate_city, load_scenario
from study.decide import RELAXATIONS, WORKLOAD, decide, prepare_territory


def test_a_relaxed_division_is_the_one_of_the_least_tolerance_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario("plan", {"partition.balance_tolerance": 0.02, "partition.time_limit": 5.0})
    town, asked = generate_city(units=36, centres=2, seed=5), []

    def noted(*args: object, **given: object) -> object:
        asked.append((given["within"], given["balance"][WORKLOAD], len(given["communities"])))  # type: ignore[index,arg-type]
        return partition(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(study.decide, "partition", noted)
    made = decide(scenario, town, seed=1)
    assert any(groups == 1 for _, _, groups in asked)
    assert made.warnings and all(w.path == "partition.balance_tolerance" for w in made.warnings)
    ready = prepare_territory(scenario, town, seed=1)
    used = [tolerance for within, tolerance, groups in asked if within == "centre" and groups == 2]
    assert used[0] == 0.02 and set(used) <= {0.02 * factor for factor in RELAXATIONS}
    counts = made.partitions["redrawn"].request["communities"]

    def straight(tolerance: float) -> object:
        return partition(
            ready,
            counts,
            weight=WORKLOAD,
            balance={WORKLOAD: tolerance},
            within="centre",
            current="community",
            time_limit=5.0,
            effort="quick",
            seed=1,
        ).assignment.to_dict()

    assert straight(used[-1]) == made.plans["redrawn"].assignment.to_dict()
    for factor in RELAXATIONS:
        if 0.02 * factor < used[-1]:
            with pytest.raises((InfeasibleError, LimitError)):
                straight(0.02 * factor)
