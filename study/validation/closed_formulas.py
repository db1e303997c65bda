"""The model against formulas whose answers are known: what a reader can check before believing a result."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from scenarios import Scenario, load_scenario, load_territory
from sim import replicate
from sim.output_analysis.intervals import interval

HOURS_A_DAY, MINUTES = 8.0, 30.0
"""Of the desk in the laboratory scenario ``erlang_c``: opening hours and mean minutes of a request."""


DAYS, RUNS = 400, 8
CONFIDENCE = 0.99
"""Of the intervals of `check_model`: with two checks, one in fifty studies reports a miss of a model that is right."""


def check_model(seed: int, jobs: int = 1) -> pd.DataFrame:
    """Run the laboratory scenarios and put what they give beside what the formulas say.

    Parameters
    ----------
    seed, jobs : int

    Returns
    -------
    DataFrame
        ``check, model, low, high, formula``: a mean with its 99 % interval, and the value of the formula. A seller's
        skill is compared on the day on which the two are furthest apart; it has no randomness, so no interval.
    """
    scenario = load_scenario("erlang_c", {"run.days": DAYS, "run.replications": RUNS})
    desk, per_hour = scenario.support.level1, scenario.support.requests_per_day / scenario.calendar.hours_per_day
    mean, low, high = _mean_wait(scenario, CONFIDENCE, seed=seed, jobs=jobs)
    formula = erlang_c_wait(per_hour, desk.mean_minutes, desk.agents)
    wait = {"check": "erlang_c", "model": mean, "low": low, "high": high, "formula": formula}
    seller = seller_against_formula()
    worst = seller.iloc[int((seller["model"] - seller["formula"]).abs().to_numpy().argmax())]
    value = float(worst["model"])
    skill = {"check": "learning", "model": value, "low": value, "high": value, "formula": float(worst["formula"])}
    return pd.DataFrame([wait, skill])


def holds(low: float, high: float, formula: float) -> bool:
    """Return whether a formula's value lies in an interval, or equals a value without one to nine places."""
    return low <= formula <= high or (math.isclose(low, high) and abs(low - formula) < 1e-9)


def _mean_wait(
    scenario: Scenario, confidence: float, *, jobs: int, seed: int | None = None, replications: int | None = None
) -> tuple[float, float, float]:
    """Return the mean wait at a simulated desk [working hours] and its interval."""
    waits = replicate(scenario, replications=replications, seed=seed, jobs=jobs).values[["support_wait_hours"]]
    mean, low, high = (float(x[0]) for x in interval(waits.to_numpy(dtype=np.float64), confidence))
    return mean, low, high


def erlang_c_wait(requests_per_hour: float, minutes: float, agents: int) -> float:
    """Return the mean wait [hours] of Poisson requests for a desk with exponential service (M/M/c).

    Parameters
    ----------
    requests_per_hour : float
    minutes : float
        Mean service time.
    agents : int

    References
    ----------
    Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges", 1917.

    Examples
    --------
    >>> round(erlang_c_wait(1.0, 30.0, 1), 9)  # M/M/1: load / (1 - load) times the service time
    0.5
    """
    work = requests_per_hour * minutes / 60
    blocking = 1.0
    for agent in range(1, agents + 1):
        blocking = work * blocking / (agent + work * blocking)
    waits = blocking / (1 - work / agents * (1 - blocking))
    return waits / (agents * 60 / minutes - requests_per_hour)


def offered(load: float, agents: int) -> float:
    """Return the requests per hour that make a load, at the laboratory desk's mean minutes."""
    return load * agents * 60 / MINUTES


def desk_against_formula(
    loads: Sequence[float] = (0.5, 0.7, 0.8, 0.9),
    *,
    agents: int = 4,
    days: int = 400,
    replications: int = 10,
    jobs: int = 1,
) -> pd.DataFrame:
    """Simulate a support desk alone at several loads beside the Erlang C formula.

    Parameters
    ----------
    loads : sequence of float
        Offered work over what the agents can do, below 1.
    agents, days, replications, jobs : int

    Returns
    -------
    DataFrame
        ``agents, load, formula, mean, low, high, within``: mean wait [working hours], its 95 % interval, and whether
        the formula lies in it. Of twenty loads about one lies outside by chance.
    """
    rows = []
    for load in loads:
        per_day = offered(load, agents) * HOURS_A_DAY
        settings = {
            "support.level1.agents": agents,
            "support.level1.mean_minutes": MINUTES,
            "support.requests_per_day": per_day,
            "calendar.hours_per_day": HOURS_A_DAY,
            "run.days": days,
            "run.warm_up_days": days // 10,
        }
        mean, low, high = _mean_wait(load_scenario("erlang_c", settings), 0.95, jobs=jobs, replications=replications)
        formula = erlang_c_wait(per_day / HOURS_A_DAY, MINUTES, agents)
        rows.append(
            {
                "agents": agents,
                "load": load,
                "formula": formula,
                "mean": mean,
                "low": low,
                "high": high,
                "within": low <= formula <= high,
            }
        )
    return pd.DataFrame(rows)


def seller_against_formula() -> pd.DataFrame:
    """Simulate a seller who practises alone beside the closed form of the learning curve.

    Returns
    -------
    DataFrame
        ``day, formula, model``: skill at the end of each working day.

    References
    ----------
    Mazur & Hastie, "Learning as accumulation: a reexamination of the learning curve", Psychological Bulletin 85, 1978.
    """
    scenario = load_scenario("learning")
    result = replicate(scenario, load_territory("one_seller"), replications=1)
    curve, start = scenario.learning.fixed, scenario.learning.CM.fixed
    day = np.arange(1, scenario.run.days + 1)
    practice = start + day * scenario.calendar.hours_per_day
    formula = curve.ceiling * practice / (practice + curve.half)
    return pd.DataFrame({"day": day, "formula": formula, "model": result.series["skill", "fixed", "CM"][0]})
