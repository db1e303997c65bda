"""Decisions: a wider tolerance is the least that works for every group, however it is found."""

from dataclasses import replace

import pytest

from optimize import partition
from scenarios import InfeasibleError, LimitError, Territory, generate_city, load_scenario
from study.evaluation.decisions import RELAXATIONS, WORKLOAD, decide, prepare_territory


@pytest.mark.slow
def test_a_relaxed_division_is_the_one_of_the_least_tolerance_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario("plan", {"partition.balance_tolerance": 0.02, "partition.time_limit": 5.0})
    town, asked = generate_city(units=36, centres=2, seed=5), []

    def noted(*args: object, **given: object) -> object:
        asked.append((given["within"], given["balance"][WORKLOAD], len(given["communities"])))  # type: ignore[index,arg-type]
        return partition(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr("study.evaluation.boundaries.partition", noted)
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


@pytest.mark.slow
def test_units_too_heavy_for_their_community_get_it_for_themselves() -> None:
    """A metropolis among villages: its centre is divided into fewer communities, and that is said."""
    town = generate_city(units=36, centres=2, seed=5)
    heavy = town.units.index[0]
    units = town.units.copy()
    people = ["population", "households", "fixed_subscribers", "mobile_subscribers", "enterprises"]
    units.loc[heavy, people] = units[people].sum().to_numpy()
    small_teams = load_scenario("plan", {"partition.time_limit": 5.0, "partition.sellers_per_community": 1.5})
    made = decide(small_teams, replace(town, units=units), seed=1)
    told = {w.path: w.rule for w in made.warnings}
    assert str(units.loc[heavy, "centre"]) in told["partition.sellers_per_community"]
    redrawn = made.plans["redrawn"].assignment
    weight = made.territory.units[WORKLOAD].groupby(redrawn).sum()
    centre = made.territory.units["centre"].groupby(redrawn).first()
    for _, loads in weight.groupby(centre):
        assert (loads / loads.mean() <= 1.5 + 1e-9).all()


@pytest.mark.slow
def test_centres_are_made_where_units_are_as_uneven_as_a_province() -> None:
    town = generate_city(units=30, centres=1, seed=5)
    units = town.units[["x", "y", "population"]].copy()
    units["population"] = 1e4
    units.iloc[:3, 2] = 1e6
    bare = Territory("province", units, town.edges)
    rates = {"territory.rates.persons_per_centre": 1e5, "territory.rates.sellers_per_10k_persons": 0.1}
    ready = prepare_territory(load_scenario("plan", {"partition.work_limit": 1.0, **rates}), bare, seed=1)
    assert 1 <= ready.units["centre"].nunique() <= 7
