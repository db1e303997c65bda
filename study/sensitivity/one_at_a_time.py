"""What the results hang on, one assumption at a time: each at both ends of its range, the decisions as they are."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from foundation.messages import Message
from scenarios import InputError, Scenario
from scenarios.loading.load import plain
from scenarios.loading.variants import variants_of
from scenarios.schema.dotted_keys import lookup
from sim import Replications
from sim.output_analysis.intervals import interval, paired
from study.evaluation.decisions import Decisions
from study.evaluation.simulate import simulate_variants
from study.presentation.headlines import AT_ENDS
from study.presentation.progress import Reporter

_AT = re.compile(r"^(vary |point\d+: )")
"""How a what-if begins the place of a problem."""

COLUMNS = ["key", "base", "value", "kpi", "mean", "mean_low", "mean_high", "difference", "low", "high", "replications"]

End = tuple[str, float, Scenario]


def ends_of(scenario: Scenario) -> list[End]:
    """Return ``(key, value, scenario with it)`` for both ends of every range that the scenario names.

    Raises
    ------
    InputError
        A key is unknown, holds no number, or cannot take such a value; all of them at once.
    """
    points = [(key, value) for key, ends in scenario.study.sensitivity.items() for value in ends]
    try:
        variants = variants_of(scenario, [{key: value} for key, value in points])
    except InputError as error:
        there = [replace(p, path=f"study.sensitivity: {_AT.sub('', p.path)}") for p in error.problems]
        raise InputError(there) from None
    return [(key, value, variant) for (key, value), variant in zip(points, variants, strict=True)]


def tornado(
    ends: list[End], decisions: Decisions, plan: Replications, *, seed: int, jobs: int, reporter: Reporter
) -> pd.DataFrame:
    """Simulate every end under the random numbers of the plan's first replications.

    Communities, places and targets stay those decided for the plan: what varies is the world, not what is done in it.
    Where an end changes the market itself, the two forces side by side, against which dip and synergy are measured,
    live in that market too.

    Parameters
    ----------
    ends : list of (key, value, Scenario)
        `ends_of` the plan.
    decisions : Decisions
        Of the plan.
    plan : Replications
        Of the plan, at least two.
    seed, jobs : int
    reporter : Reporter

    Returns
    -------
    DataFrame
        ``key, base, value, kpi``; ``mean`` of the KPI at a value of the key, with its interval ``mean_low, mean_high``;
        ``difference`` to that at the plan's own value (``base``), paired, with its interval ``low, high``;
        ``replications``. Keys in the scenario's order, the first end first.
    """
    settings, count = plan.scenario.study, min(plan.scenario.study.sensitivity_replications, len(plan.values))
    same_runs = plan.values.iloc[:count]
    variants = [variant for _, _, variant in ends]
    with reporter.bar(Message("sensitivity: {count} assumptions", count=len(settings.sensitivity))) as tick:
        results = simulate_variants(variants, [decisions] * len(ends), count, seed=seed, jobs=jobs, tick=tick)
    found = [_told(same_runs, result.values, settings.confidence) for result in results]
    content = plain(plan.scenario)
    rows = [
        {"key": key, "base": float(lookup(content, key)), "value": value, **row}
        for n, (key, value, _) in enumerate(ends)
        for row in found[n].to_dict("records")
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _told(plan: pd.DataFrame, end: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return the shown KPIs at an end, and their paired differences to the plan."""
    shown = [kpi for kpi in AT_ENDS if kpi in end]
    mean, low, high = interval(end[shown].to_numpy(dtype=np.float64), confidence)
    levels = pd.DataFrame({"kpi": shown, "mean": mean, "mean_low": low, "mean_high": high})
    return levels.merge(paired(plan[shown], end[shown], confidence), on="kpi")
