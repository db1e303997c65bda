"""Intervals over replications: of a mean, and of a paired difference under common random numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import stats

from foundation.arrays import Floats


def interval(values: Floats, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Return mean, low and high of columns by Student's t; NaN in a column is left out.

    Parameters
    ----------
    values : ndarray, shape (replications, columns)
    confidence : float
        Level of the interval, e.g. 0.95.

    Returns
    -------
    mean, low, high : ndarray, shape (columns,)
        ``low`` and ``high`` are NaN where fewer than two values are there.
    """
    count = (~np.isnan(values)).sum(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns without values give NaN, as promised
        mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1)
        half = stats.t.ppf((1 + confidence) / 2, np.maximum(count - 1, 1)) * spread / np.sqrt(count)
    half = np.where(count > 1, half, np.nan)
    return mean, mean - half, mean + half


def paired(base: pd.DataFrame, other: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return paired differences, other minus base, KPI by KPI.

    Parameters
    ----------
    base, other : DataFrame
        Replications as rows (the same numbers in both), KPIs as columns.
    confidence : float

    Returns
    -------
    DataFrame
        ``kpi, difference, low, high, replications``; only KPIs both have, only pairs in which both have a value.
    """
    shared = [c for c in base.columns if c in other.columns]
    rows = base.index.intersection(other.index)
    values = (other.loc[rows, shared] - base.loc[rows, shared]).to_numpy(dtype=np.float64)
    mean, low, high = interval(values, confidence)
    pairs = (~np.isnan(values)).sum(axis=0)
    return pd.DataFrame({"kpi": shared, "difference": mean, "low": low, "high": high, "replications": pairs})
