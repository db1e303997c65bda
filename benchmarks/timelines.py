"""What the model says of every timeline at several horizons: the table that a change of the model is judged by."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
import yaml

from foundation.arrays import Floats
from foundation.calendar import DAYS_PER_YEAR
from foundation.parallel import Task, spread
from scenarios import Scenario, load_scenario, load_territory
from scenarios.loading.case import counterfactual_of
from scenarios.schema.fields import BUSINESSES
from sim import Inputs
from sim.contribution import contribution, merger_effect
from sim.output_analysis.intervals import interval
from sim.run import simulate_world
from sim.world.build import World
from study.evaluation.decisions import decide, decide_again, prepare_territory
from study.evaluation.simulate import inputs_of

TIMELINES = ("plan", "big_bang", "slow", "waves", "equal_weights")
HORIZONS = (120, 250, 500)
MILLION = 1e6
Shared = tuple[Sequence[World], World, Sequence[int]]


def timelines(arguments: Sequence[str] = ()) -> None:
    """Contribution against no merger, synergy and break-even of every timeline, read off the same runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timelines", description=timelines.__doc__)
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--horizons", type=int, nargs="+", default=list(HORIZONS))
    parser.add_argument("--scenarios", nargs="+", default=list(TIMELINES))
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="numbers of the scenario, as text")
    parser.add_argument("--totals", nargs="?", const="model_city", metavar="TERRITORY", help="what no merger brings")
    options = parser.parse_args(list(arguments))
    if options.totals is not None:
        for (business, measure), value in totals(options.totals, options.replications).items():
            print(f"  targets.{business}.{measure}: {value:.3f}")
        return
    given = dict(item.split("=", maxsplit=1) for item in options.set)
    found = table(options.scenarios, options.horizons, options.replications, options.jobs, given)
    print(found.to_string(index=False))


def table(
    names: Sequence[str], horizons: Sequence[int], replications: int, jobs: int, given: dict[str, str] | None = None
) -> pd.DataFrame:
    """Return ``scenario, days, million, synergy, break_even``: means with the half-width of 95 % intervals.

    One run of the longest horizon serves them all; the study of a shorter one differs only in the mean gap between
    working days.
    """
    numbers: dict[str, object] = {key: yaml.safe_load(value) for key, value in (given or {}).items()}
    scenarios = [load_scenario(name, {"run.days": max(horizons), **numbers}) for name in names]
    worlds, alone = _worlds(scenarios)
    outcomes = spread(
        _differences,
        (worlds, alone, tuple(horizons)),
        [Task(n, f"replication {n}") for n in range(replications)],
        jobs=jobs,
    )
    values = np.array(outcomes, dtype=np.float64)  # replications, scenarios, horizons, measures
    rows = []
    for s, name in enumerate(names):
        for h, days in enumerate(horizons):
            mean, low, high = interval(values[:, s, h, :2], 0.95)
            half, day = (high - low) / 2, values[:, s, h, 2]
            reached = day[np.isfinite(day)]
            when = f"{np.median(reached):.0f} ({len(reached)} of {len(day)})" if len(reached) else "none"
            million = f"{mean[0] / MILLION:+.2f} ± {half[0] / MILLION:.2f}"
            rows.append((name, days, million, f"{mean[1]:.3f} ± {half[1]:.3f}", when))
    return pd.DataFrame(rows, columns=["scenario", "days", "million yuan", "synergy", "break-even [calendar day]"])


def totals(source: str, replications: int = 4) -> dict[tuple[str, str], float]:
    """Return the totals that no merger would reach on a territory, as rates that a scenario's `targets` state (F18)."""
    plan = load_scenario("plan")
    twin = counterfactual_of(plan)
    assert twin is not None
    world = Inputs(twin, prepare_territory(plan, load_territory(source), seed=plan.run.seed)).world()
    years = ((world.table.days[-1] - world.table.days[0]).days + 1) / DAYS_PER_YEAR
    won, by_outlets = np.zeros(len(BUSINESSES)), 0.0
    for number in range(replications):
        records = simulate_world(world, plan.run.seed, number).records
        won += records.seller_growth.sum(axis=(0, 1)) + records.other_growth.sum(axis=0)
        by_outlets += records.outlet_sales.sum()
    rates = won / replications / years / world.market.subscribers.sum(axis=0)
    found: dict[tuple[str, str], float] = {
        (business, "growth"): float(rate) for business, rate in zip(BUSINESSES, rates, strict=True)
    }
    return {**found, ("mobile", "channel"): float(by_outlets / won[BUSINESSES.index("mobile")])}


def _worlds(scenarios: Sequence[Scenario]) -> tuple[list[World], World]:
    """Return the worlds of the scenarios with the decisions made for them, and that of no merger."""
    first = scenarios[0]
    twin = counterfactual_of(first)
    assert twin is not None and first.territory.source is not None
    made = decide(first, load_territory(first.territory.source), seed=first.run.seed)
    worlds = [inputs_of(s, made if s is first else decide_again(made, s)).world() for s in scenarios]
    return worlds, Inputs(twin, made.territory).world()


def _differences(shared: Shared, number: int) -> list[list[list[float]]]:
    """Return contribution against no merger, synergy and break-even, by scenario and horizon, of one replication."""
    worlds, twin, horizons = shared
    seed = worlds[0].scenario.run.seed
    alone = contribution(simulate_world(twin, seed, number))
    return [_of(world, contribution(simulate_world(world, seed, number)), alone, horizons) for world in worlds]


def _of(world: World, merged: Floats, alone: Floats, horizons: Sequence[int]) -> list[list[float]]:
    rows = []
    for days in horizons:
        effect = merger_effect(world, merged[:days], alone[:days])
        rows.append([float((merged - alone)[:days].sum()), effect["synergy"], effect["break_even_date"]])
    return rows


if __name__ == "__main__":
    timelines(sys.argv[1:])
