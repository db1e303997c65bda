"""The campaign of docs/calibration.md: histories simulated with known values, and how many intervals hold them.

``python -m tests.study.calibration_campaign desk 20`` or ``town 10``.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from scenarios import Scenario, generate_city, load_scenario
from scenarios.load import with_settings
from sim import Inputs
from sim.run import simulate_world
from study.calibration.bench import Bench
from study.calibration.estimator import Settings, estimate
from study.calibration.moments import Pair, Period, moments_of, simulated_history
from study.calibration.parameters import parameters_of, to_unit, to_values
from study.decide import decide

Fits = dict[str, tuple[float, float] | None]
Laboratory = tuple[Scenario, Inputs, tuple[Pair, ...], Fits, Settings]

INSIDE = 0.1
"""True values are drawn from the bounds without this share at either end."""


def desk() -> Laboratory:
    """A support desk alone for 22 days: service time and requests, from weekly requests and waits."""
    settings = {"run.days": 22, "run.warm_up_days": 0, "support.level1.agents": 2, "support.level1.mean_minutes": 14.0,
                "support.requests_per_day": 30.0}  # fmt: skip
    scenario = load_scenario("erlang_c", settings)
    fits: Fits = {"support.level1.mean_minutes": (8.0, 20.0), "support.requests_per_day": (20.0, 40.0)}
    pairs = (("support_requests", "all"), ("support_wait_hours", "all"))
    return scenario, Inputs(scenario), pairs, fits, Settings(runs=4)


def town() -> Laboratory:
    """A town of 24 units over 60 days: conversion, churn and learning, from monthly sales, leavers and waits."""
    scenario = load_scenario("plan", {"run.days": 60})
    made = decide(scenario, generate_city(units=24, centres=1, seed=8), seed=1)
    inputs = Inputs(scenario, made.territory, made.plans, made.placement.placements)
    pairs = tuple((kpi, b) for kpi in ("sales", "churned") for b in ("fixed", "mobile"))
    fits: Fits = {
        "selling.conversion.fixed": (0.01, 0.05),
        "selling.conversion.mobile": (0.01, 0.06),
        "market.mobile.churn_per_year": (0.05, 0.5),
        "learning.mobile.half": (40.0, 360.0),
    }
    return scenario, inputs, (*pairs, ("support_wait_hours", "all")), fits, Settings()


def coverage(laboratory: Laboratory, number: int) -> tuple[list[bool], list[float]]:
    """Return which parameters of one simulated history lie in their intervals, and how wide these are."""
    scenario, inputs, pairs, fits, settings = laboratory
    parameters = parameters_of(scenario, fits)
    truth = to_values(parameters, np.random.default_rng(100 + number).uniform(INSIDE, 1 - INSIDE, len(parameters)))
    world = replace(inputs, scenario=with_settings(scenario, truth)).world()
    period: Period = "month" if inputs.territory else "day"
    history = simulated_history(simulate_world(world, 777 + number, 0), pairs, period)
    bench = Bench(inputs, moments_of(history, scenario), seed=5)
    found = estimate(bench, parameters, settings)
    true = to_unit(parameters, truth)
    inside = (found.low - 1e-6 <= true) & (true <= found.high + 1e-6)
    return inside.tolist(), (found.high - found.low).tolist()


def main(name: str, histories: int) -> None:
    """Run the campaign and print every history, then the shares."""
    laboratory = {"desk": desk, "town": town}[name]()
    runs = []
    for number in range(histories):
        runs.append(coverage(laboratory, number))
        print(number, *runs[-1], flush=True)
    inside, wide = (np.array(column, dtype=float) for column in zip(*runs, strict=True))
    for k, key in enumerate(laboratory[3]):
        print(f"{key}: {inside[:, k].sum():.0f} of {histories} inside, mean width {wide[:, k].mean():.2f} of the range")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
