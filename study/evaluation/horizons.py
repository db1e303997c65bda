"""Results at every horizon from the same runs, and the date of breaking even that counts runs which never do, too."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from foundation.arrays import Floats
from scenarios import Scenario
from scenarios.rules.horizons import horizons_of
from scenarios.rules.workdays import working_days
from sim import Replications
from sim.output_analysis.intervals import interval

COLUMNS = ["scenario", "horizon", "kpi", "mean", "low", "high"]

BREAK_EVEN = "break_even_date"


def horizon_table(results: Mapping[str, Replications]) -> pd.DataFrame:
    """Return ``scenario, horizon, kpi, mean, low, high`` for every horizon of `study.horizons` [working days].

    The row of ``break_even_date`` holds the median by Kaplan-Meier with its interval: runs that have not broken even at
    the horizon count as later, and an end that the data do not reach is empty.
    """
    parts = []
    for name, result in results.items():
        last = horizons_of(result.scenario)[-1]
        for days, values in {**result.earlier, last: result.values}.items():
            mean, low, high = interval(values.to_numpy(dtype=np.float64), result.scenario.study.confidence)
            table = pd.DataFrame({"kpi": values.columns, "mean": mean, "low": low, "high": high})
            if BREAK_EVEN in values:
                found = break_even(values[BREAK_EVEN].to_numpy(dtype=np.float64), result.scenario, days)
                table.loc[table["kpi"] == BREAK_EVEN, ["mean", "low", "high"]] = found
            table.insert(0, "scenario", name)
            table.insert(1, "horizon", days)
            parts.append(table)
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def break_even(dates: Floats, scenario: Scenario, days: int) -> tuple[float, float, float]:
    """Return the median date of breaking even [calendar days after the study's first day] and its interval."""
    last = working_days(scenario.calendar, scenario.run.days)[days - 1]
    end = float((last - scenario.calendar.start).days)
    return kaplan_meier_median(np.where(np.isnan(dates), end, dates), ~np.isnan(dates), scenario.study.confidence)


def kaplan_meier_median(times: Floats, seen: NDArray[np.bool_], confidence: float) -> tuple[float, float, float]:
    """Return the median of censored times and its interval; NaN where the curve does not come down so far.

    Parameters
    ----------
    times : ndarray, shape (n,)
        When it happened, or how long nothing had happened when the watch ended.
    seen : ndarray of bool, shape (n,)
        Whether it happened.
    confidence : float

    Returns
    -------
    median, low, high : float

    References
    ----------
    Kaplan & Meier (1958), JASA 53; the interval inverts the test of Brookmeyer & Crowley (1982), Biometrics 38, with
    the complementary log-log transformation.

    Examples
    --------
    >>> kaplan_meier_median(np.array([1.0, 2.0, 3.0]), np.array([True, True, True]), 0.95)[0]
    2.0
    """
    order = np.unique(times[seen])
    survival, hazard, curve = 1.0, 0.0, []
    for time in order:
        risk, events = int((times >= time).sum()), int((times[seen] == time).sum())
        survival *= 1 - events / risk
        hazard += events / (risk * (risk - events)) if risk > events else math.inf
        curve.append((time, survival, hazard))
    median = next((t for t, s, _ in curve if s <= 0.5), math.nan)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    inside = [t for t, s, h in curve if _compatible(s, h, z)]
    low = inside[0] if inside else median
    after = [t for t, s, h in curve if s <= 0.5 and not _compatible(s, h, z)]
    return float(median), float(low), float(after[0]) if after else math.nan


def _compatible(survival: float, hazard: float, z: float) -> bool:
    """Say whether a survival of one half is compatible with the estimate (Greenwood's variance, log-log scale)."""
    if survival <= 0 or survival >= 1:
        return False
    if not math.isfinite(hazard) or hazard == 0:
        return survival == 0.5
    half = math.log(-math.log(0.5))
    deviation = (math.log(-math.log(survival)) - half) / (math.sqrt(hazard) / abs(math.log(survival)))
    return abs(deviation) <= z
