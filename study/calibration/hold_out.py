"""Out of sample: the last part of a history is hidden, and what the fitted model says of it is held against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from foundation.arrays import Floats
from study.calibration.estimator import Fit, Settings
from study.calibration.moments import Moments
from study.calibration.parameters import Parameter, to_values
from study.calibration.simulate import Bench, Tick


def held_out(moments: Moments, share: float) -> NDArray[np.bool_]:
    """Return which moments lie in the last periods of a history; reference periods are never hidden."""
    periods = sorted(set(moments.labels["period"]))
    hidden = periods[len(periods) - round(share * len(periods)) :]
    return np.asarray(moments.labels["period"].isin(hidden)) & ~moments.reference


def predicted(
    bench: Bench, parameters: Sequence[Parameter], fit: Fit, settings: Settings, tick: Tick | None = None
) -> pd.DataFrame:
    """Return what the model says of every moment at an estimate.

    Returns
    -------
    DataFrame
        ``mean, low, high``: an interval for what is observed, with chance, error of measurement and the doubt about
        the parameters in it.
    """
    (samples,) = bench.look([to_values(parameters, fit.unit)], settings.last_runs, tick)
    moments, slope = bench.moments, fit.objective.surrogate.slope(fit.unit)
    doubt = np.einsum("mi,ij,mj->m", slope, fit.spread, slope)
    chance = samples.var(axis=0, ddof=1) * (1 / moments.territories + 1 / len(samples))
    reach = stats.t.ppf((1 + settings.confidence) / 2, len(samples) - 1)
    middle, half = samples.mean(axis=0), reach * np.sqrt(chance + moments.seen_error**2 + doubt)
    low, high = moments.natural(middle - half), moments.natural(middle + half)
    return pd.DataFrame({"mean": moments.natural(samples).mean(axis=0), "low": low, "high": high})


def out_of_sample(
    moments: Moments, hidden: NDArray[np.bool_], forecast: pd.DataFrame, before: Floats
) -> Mapping[str, Any]:
    """Return how well the hidden part was foretold.

    Parameters
    ----------
    moments : Moments
    hidden : ndarray of bool, shape (moments,)
    forecast : DataFrame
        Of `predicted`, fitted to the rest.
    before : ndarray, shape (moments,)
        What the scenario said before it was fitted.

    Returns
    -------
    mapping
        ``error``: root mean square of observed less foretold, each as a share of its series' mean size;
        ``error_before``: the same before the fit; ``error_last_level``: the same if every series just stayed at the
        mean of the part that was not hidden; ``inside``: share of hidden values within their interval.
    """
    level = np.array([moments.observed[(moments.series == s) & ~hidden].mean() if
                      ((moments.series == s) & ~hidden).any() else np.nan for s in moments.series])  # fmt: skip
    size = np.array([np.abs(moments.observed[moments.series == s]).mean() for s in moments.series])
    size = np.where(size > 0, size, 1.0)
    mean = forecast["mean"].to_numpy(dtype=np.float64)
    inside = (moments.observed >= forecast["low"]) & (moments.observed <= forecast["high"])

    def error(said: Floats) -> float:
        return float(np.sqrt(np.nanmean(((moments.observed - said) / size)[hidden] ** 2)))

    return {
        "periods": sorted(set(moments.labels["period"][hidden])),
        "values": int(hidden.sum()),
        "error": error(mean),
        "error_before": error(before),
        "error_last_level": error(level),
        "inside": float(inside[hidden].mean()),
    }
