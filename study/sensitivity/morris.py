"""Screening by elementary effects (Morris): which of many parameters matter at all, in few runs.

Each trajectory starts somewhere in the ranges and moves every parameter once; what a KPI changes by, over the move and
scaled to the whole range, is an elementary effect. The mean of their sizes ranks the parameters (Campolongo, Cariboni &
Saltelli 2007); their spread tells curves and interactions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from SALib.analyze import morris
from SALib.sample.morris import sample
from scipy import stats

from foundation.arrays import Floats

LEVELS = 4
"""Values that each parameter takes: the ends of its range and two between."""

COLUMNS = ["rank", "key", "effect", "low", "high", "direction", "spread"]


def trajectories(vary: Mapping[str, Sequence[float]], count: int, seed: int) -> Floats:
    """Return the points of so many trajectories, shape (count * (keys + 1), keys)."""
    problem = _problem(list(vary), [(min(values), max(values)) for values in vary.values()])
    return np.asarray(sample(problem, count, num_levels=LEVELS, seed=seed), dtype=np.float64)


def screen(points: pd.DataFrame, values: Floats, *, confidence: float) -> pd.DataFrame:
    """Rank the parameters by their elementary effects on one KPI.

    Parameters
    ----------
    points : DataFrame, shape (points, keys)
        Trajectories, in order.
    values : ndarray, shape (points,)
        Means of the KPI under common random numbers.
    confidence : float
        Of the intervals, Student's t over trajectories: a bootstrap of so few is much too sure.

    Returns
    -------
    DataFrame
        Strongest first: ``rank, key``; ``effect``, mean size of the change of the KPI over the whole range, with
        ``low`` and ``high``; ``direction``, mean change with its sign; ``spread`` of the changes between trajectories:
        large against the effect where the parameter acts in curves or together with others. No rows where a value is
        missing or nothing varies.
    """
    if np.isnan(values).any() or np.ptp(values) == 0:
        return pd.DataFrame({c: [] for c in COLUMNS})
    x = points.to_numpy(dtype=np.float64)
    problem = _problem(list(points.columns), list(zip(x.min(axis=0), x.max(axis=0), strict=True)))
    found = morris.analyze(problem, x, values, num_resamples=2, num_levels=LEVELS, seed=1)  # its own interval is unused
    effect = np.asarray(found["mu_star"], dtype=np.float64)
    half = _half_width(effect, found, len(points) // (points.shape[1] + 1), confidence)
    table = pd.DataFrame(
        {
            "key": list(points.columns),
            "effect": effect,
            "low": np.maximum(effect - half, 0.0),
            "high": effect + half,
            "direction": np.asarray(found["mu"]),
            "spread": np.asarray(found["sigma"]),
        }
    )
    table = table.sort_values(["effect", "key"], ascending=[False, True], ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table[COLUMNS]


def _half_width(effect: Floats, found: Mapping[str, Any], count: int, confidence: float) -> Floats:
    """Return the half-width of Student's interval of the mean size, from mean and spread of the signed effects."""
    if count < 2:
        return np.full(len(effect), np.nan)
    mean, spread = (np.asarray(found[name], dtype=np.float64) for name in ("mu", "sigma"))
    squares = spread**2 * (count - 1) / count + mean**2
    variance = np.maximum(squares - effect**2, 0.0) / (count - 1)
    return np.asarray(stats.t.ppf((1 + confidence) / 2, count - 1) * np.sqrt(variance))


def _problem(keys: list[str], bounds: Sequence[tuple[float, float]]) -> dict[str, object]:
    return {"num_vars": len(keys), "names": keys, "bounds": [[float(low), float(high)] for low, high in bounds]}
