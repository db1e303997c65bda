"""The campaign of docs/calibration.md: histories simulated with known values, and how many intervals hold them.

``python -m tests.study.calibration.calibration_campaign desk 20`` or ``town 10``; a third argument chooses whole,
months or short.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from scenarios import Scenario, generate_city, load_scenario
from scenarios.loading.load import with_settings
from sim import Inputs
from sim.run import simulate_world
from study.calibration.estimator import Settings, estimate
from study.calibration.moments import Pair, Period, moments_of, simulated_history
from study.calibration.parameters import parameters_of, to_unit, to_values
from study.calibration.simulate import Bench
from study.evaluation.decisions import decide

INSIDE = 0.1
"""True values are drawn from the bounds without this share at either end."""

WHOLE, MONTHS, SHORT = "whole", "months", "short"
PERIODS: Mapping[str, Period] = {WHOLE: "day", MONTHS: "month", SHORT: "day"}
"""What a row of a history is; days are put together to weeks. A short one ends early."""


@dataclass(frozen=True)
class Laboratory:
    """What is simulated, observed and fitted, and where a short history ends."""

    scenario: Scenario
    inputs: Inputs
    pairs: tuple[Pair, ...]
    fits: Mapping[str, tuple[float, float] | None]
    settings: Settings
    ends: date


def desk() -> Laboratory:
    """A support desk alone for 22 days (short: 5): service time and requests, from requests and waits."""
    settings = {"run.days": 22, "run.warm_up_days": 0, "support.level1.agents": 2, "support.level1.mean_minutes": 14.0,
                "support.requests_per_day": 30.0}  # fmt: skip
    scenario = load_scenario("erlang_c", settings)
    fits = {"support.level1.mean_minutes": (8.0, 20.0), "support.requests_per_day": (20.0, 40.0)}
    pairs = (("support_requests", "all"), ("support_wait_hours", "all"))
    return Laboratory(scenario, Inputs(scenario), pairs, fits, Settings(runs=4), date(2021, 12, 8))


def town() -> Laboratory:
    """A town of 24 units over 60 days (short: 23): conversion, churn and learning, from sales, leavers and waits."""
    scenario = load_scenario("plan", {"run.days": 60})
    made = decide(scenario, generate_city(units=24, centres=1, seed=8), seed=1)
    inputs = Inputs(scenario, made.territory, made.plans, made.placement.placements)
    pairs = tuple((kpi, b) for kpi in ("sales", "churned") for b in ("fixed", "mobile"))
    fits = {
        "selling.conversion.fixed": (0.01, 0.05),
        "selling.conversion.mobile": (0.01, 0.06),
        "market.mobile.churn_per_year": (0.05, 0.5),
        "learning.mobile.half": (40.0, 360.0),
    }
    return Laboratory(scenario, inputs, (*pairs, ("support_wait_hours", "all")), fits, Settings(), date(2022, 1, 1))


def coverage(
    laboratory: Laboratory, number: int, kind: str = WHOLE, cache: Path | None = None
) -> tuple[list[bool], list[float]]:
    """Return which parameters of one simulated history lie in their intervals, and how wide these are."""
    scenario, fits = laboratory.scenario, laboratory.fits
    parameters = parameters_of(scenario, fits)
    truth = to_values(parameters, np.random.default_rng(100 + number).uniform(INSIDE, 1 - INSIDE, len(parameters)))
    world = replace(laboratory.inputs, scenario=with_settings(scenario, truth)).world()
    history = simulated_history(simulate_world(world, 777 + number, 0), laboratory.pairs, PERIODS[kind])
    history = history.before(laboratory.ends) if kind == SHORT else history
    bench = Bench(laboratory.inputs, moments_of(history, scenario), seed=5, cache=cache)
    found = estimate(bench, parameters, laboratory.settings)
    true = to_unit(parameters, truth)
    inside = (found.low - 1e-6 <= true) & (true <= found.high + 1e-6)
    return inside.tolist(), (found.high - found.low).tolist()


def main(name: str, histories: int, kinds: tuple[str, ...]) -> None:
    """Run the campaign and print every history, then the shares."""
    laboratory = {"desk": desk, "town": town}[name]()
    with tempfile.TemporaryDirectory() as folder:  # histories share the points that all of them begin with
        for kind in kinds:
            runs = []
            for number in range(histories):
                runs.append(coverage(laboratory, number, kind, Path(folder)))
                print(kind, number, *runs[-1], flush=True)
            inside, wide = (np.array(column, dtype=float) for column in zip(*runs, strict=True))
            for k, key in enumerate(laboratory.fits):
                held = f"{inside[:, k].sum():.0f} of {histories} inside"
                print(f"{kind}, {key}: {held}, mean width {wide[:, k].mean():.2f} of the range", flush=True)
            print(f"{kind}: {inside.sum():.0f} of {inside.size} intervals hold the truth", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), tuple(sys.argv[3:]) or (WHOLE, SHORT, MONTHS))
