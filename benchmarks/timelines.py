"""What the model says of every timeline at several horizons: the table that a change of the model is judged by."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
import yaml

from foundation.arrays import Floats
from foundation.parallel import Task, spread
from scenarios import Scenario, load_scenario, load_territory
from scenarios.loading.case import counterfactual_of
from sim import Inputs
from sim.contribution import contribution, merger_effect
from sim.output_analysis.intervals import interval
from sim.run import simulate_world
from sim.world.build import World
from study.evaluation.decisions import decide, decide_again
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
    options = parser.parse_args(list(arguments))
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
