"""The model against formulas whose answers are known: what a reader can check before believing a result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scenarios import load_scenario, load_territory
from sim import replicate
from sim.output_analysis.intervals import interval

HOURS_A_DAY, MINUTES = 8.0, 30.0
"""Of the desk in the laboratory scenario ``erlang_c``: opening hours and mean minutes of a request."""


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
        result = replicate(load_scenario("erlang_c", settings), replications=replications, jobs=jobs)
        (mean,), (low,), (high,) = interval(result.values[["support_wait_hours"]].to_numpy(dtype=np.float64), 0.95)
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
