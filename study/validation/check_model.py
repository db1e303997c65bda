"""The model against closed formulas: parts of it alone, where theory says what must come out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from scenarios import load_scenario, load_territory
from sim import replicate
from sim.output_analysis.intervals import interval
from study.validation.closed_formulas import erlang_c_wait

DAYS, RUNS = 400, 8
CONFIDENCE = 0.99
"""Of the intervals: with two checks, one in fifty studies reports a miss of a model that is right."""


def check_model(seed: int, jobs: int = 1) -> pd.DataFrame:
    """Run the laboratory scenarios and put what they give beside what the formulas say.

    Parameters
    ----------
    seed, jobs : int

    Returns
    -------
    DataFrame
        ``check, model, low, high, formula``: a mean with its 99 % interval, and the value of the formula.
    """
    return pd.DataFrame([_desk(seed, jobs), _learning()])


def _desk(seed: int, jobs: int) -> dict[str, object]:
    scenario = load_scenario("erlang_c", {"run.days": DAYS, "run.replications": RUNS})
    waits = replicate(scenario, seed=seed, jobs=jobs).values["support_wait_hours"].to_numpy(dtype=np.float64)
    desk, per_hour = scenario.support.level1, scenario.support.requests_per_day / scenario.calendar.hours_per_day
    formula = erlang_c_wait(per_hour, desk.mean_minutes, desk.agents)
    mean, low, high = (float(x[0]) for x in interval(waits[:, None], CONFIDENCE))
    return {"check": "erlang_c", "model": mean, "low": low, "high": high, "formula": formula}


def _learning() -> dict[str, object]:
    """Compare on the day on which the two are furthest apart; there is no randomness, so no interval."""
    scenario = load_scenario("learning")
    curve, start = scenario.learning.fixed, scenario.learning.CM.fixed
    days = np.arange(1, scenario.run.days + 1)
    practice = start + days * scenario.calendar.hours_per_day
    formula = curve.ceiling * practice / (practice + curve.half)
    series = replicate(scenario, load_territory("one_seller"), replications=1).series["skill", "fixed", "CM"]
    model = np.asarray(series, dtype=np.float64).reshape(-1, len(days))[0]
    worst = int(np.abs(model - formula).argmax())
    value = float(model[worst])
    return {"check": "learning", "model": value, "low": value, "high": value, "formula": float(formula[worst])}


def holds(low: float, high: float, formula: float) -> bool:
    """Return whether a formula's value lies in an interval, or equals a value without one to nine places."""
    return low <= formula <= high or (math.isclose(low, high) and abs(low - formula) < 1e-9)
