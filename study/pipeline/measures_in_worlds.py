"""What each measure of the plan is worth in the worlds that may be: the plan against the plan without it in each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from foundation.messages import Message
from scenarios import Scenario
from sim.output_analysis.horizons import AT
from sim.output_analysis.intervals import interval
from study.evaluation.decisions import Decisions
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Reporter
from study.robustness.outcomes import Outcomes
from study.robustness.simulate import simulate_worlds

KPI = "contribution"
"""What a measure is judged by."""

FEWEST = 16
"""Half of the worlds do, but at least so many: what a measure earns is told apart from nothing by few of them."""

ENDS = (5.0, 95.0)
"""Percentiles of the worlds between which most of them lie."""

COLUMNS = ["measure", "kpi", "days", "mean", "low", "high", "lower", "upper", "pays", "worlds"]


def measures_in_worlds(
    without: Mapping[str, Scenario],
    made: Mapping[str, Decisions],
    outcomes: Outcomes,
    *,
    seed: int,
    jobs: int,
    reporter: Reporter,
) -> pd.DataFrame:
    """Simulate the plan without each measure in the first worlds in which it was simulated, by the same random numbers.

    Parameters
    ----------
    without : mapping of measure to Scenario
        The plan without it.
    made : mapping of measure to Decisions
        What is decided without it.
    outcomes : Outcomes
        The plan's own, which is the first of its scenarios and never drops out.
    seed, jobs : int
    reporter : Reporter

    Returns
    -------
    DataFrame
        ``measure``; ``kpi``: the contribution at the last horizon, after ``days`` [yuan]; ``mean`` of what the measure
        makes (the plan less the plan without it) over the worlds, with its interval ``low, high``, which holds
        assumptions and chance; ``lower, upper``: between which nine of ten worlds lie; ``pays``: the share of worlds in
        which it is above zero; ``worlds``. In the scenario's order.
    """
    plan, days = outcomes.scenarios[0], outcomes.horizons[-1]
    own = outcomes.values(KPI, days, [plan.name])[:, 0]
    own = own[: max(FEWEST, len(own) // 2)]
    numbers = range(len(own))
    inputs = [inputs_of(scenario, made[name]).laid_out() for name, scenario in without.items()]
    with reporter.bar(Message("measures in {count} {count:world|worlds}", count=len(own))) as tick:
        rows = simulate_worlds(inputs, outcomes.worlds, numbers, seed=seed, jobs=jobs, progress=tick)
    other = np.array([[row[f"{KPI}{AT}{days}"] for row in found] for found in rows], dtype=np.float64)
    worth = own[:, np.newaxis] - other.reshape(len(own), len(without))
    mean, low, high = interval(worth, plan.study.confidence)
    lower, upper = np.percentile(worth, ENDS, axis=0)
    pays = (worth > 0).mean(axis=0)
    values = zip(without, mean, low, high, lower, upper, pays, strict=True)
    told = [(name, KPI, days, *(float(x) for x in found), len(own)) for name, *found in values]
    return pd.DataFrame(told, columns=COLUMNS)
