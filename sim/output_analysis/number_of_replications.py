"""How many replications are enough: run until the intervals are narrow, and stay narrow for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from foundation.arrays import Floats
from foundation.messages import Message
from scenarios import InputError, Problem
from scenarios.schema.dotted_keys import near

PRECISION = 0.02
"""Half-width of the interval over the mean at which it counts as narrow."""

WATCHED = ("sales", "revenue", "contribution")
"""KPIs whose intervals must be narrow unless others are named."""

FEWEST = 3
LOOK_AHEAD = 5
"""Replications for which the interval must stay narrow; from the 100th on, so many percent of those made."""

BLOCK = 8
"""Replications made between two looks, on any number of workers, so that the result does not depend on it."""


@dataclass(frozen=True)
class Enough:
    """When a row of values was precise enough.

    Attributes
    ----------
    replications : int or None
        Least number from which the interval was narrow and stayed so; None: not yet.
    half_width : mapping of KPI to float
        Half-width over mean with all values at hand.
    """

    replications: int | None
    half_width: Mapping[str, float]


def half_widths(values: Floats, confidence: float) -> Floats:
    """Return the half-width of Student's interval over the mean after 1, 2, ... values; infinite for the first.

    Parameters
    ----------
    values : ndarray, shape (replications,)
    """
    count = np.arange(1, len(values) + 1)
    mean = np.cumsum(values) / count
    # Welford's sum of squares: as a difference of two sums it would lose every digit of values that lie close together.
    squares = np.concatenate([[0.0], np.cumsum((values[1:] - mean[:-1]) * (values[1:] - mean[1:]))])
    spread = squares / np.maximum(count - 1, 1)
    half = stats.t.ppf((1 + confidence) / 2, np.maximum(count - 1, 1)) * np.sqrt(spread / count)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(half == 0, 0.0, half / np.abs(mean))
    relative[0] = np.inf
    return np.asarray(relative, dtype=np.float64)


def enough(
    values: Mapping[str, Floats], *, precision: float = PRECISION, confidence: float = 0.95, fewest: int = FEWEST
) -> Enough:
    """Say from which number of replications on every KPI was precise, and remained so while looking ahead.

    Parameters
    ----------
    values : mapping of KPI to ndarray, shape (replications,)
    precision : float
        Half-width over mean.
    confidence : float
    fewest : int
        Replications before which nothing is believed.

    References
    ----------
    Hoad, Robinson & Davies, "Automated selection of the number of replications for a discrete-event simulation",
    Journal of the Operational Research Society 61, 2010.
    """
    widths = {kpi: half_widths(np.asarray(v, dtype=np.float64), confidence) for kpi, v in values.items()}
    made = min(len(w) for w in widths.values())
    narrow = np.all([w[:made] <= precision for w in widths.values()], axis=0)
    last = {kpi: float(w[made - 1]) for kpi, w in widths.items()}
    for n in range(fewest, made + 1):
        ahead = n + max(LOOK_AHEAD, LOOK_AHEAD * n // 100)
        if ahead > made:
            break
        if narrow[n - 1 : ahead].all():
            return Enough(n, last)
    return Enough(None, last)


def check_watched(kpis: Sequence[str], known: Sequence[str]) -> None:
    """Refuse KPIs that the scenario does not have.

    Raises
    ------
    InputError
        Each unknown name, with the nearest known one.
    """
    wrong = [
        Problem("kpi", name, Message("the scenario has no such KPI"), near(name, list(known)))
        for name in kpis
        if name not in known
    ]
    if wrong:
        raise InputError(wrong)
