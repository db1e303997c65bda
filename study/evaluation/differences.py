"""The difference of one scenario to another, run by run under the same random numbers, with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim import Replications, compare_paired

CENSORED = ("break_even_date",)
"""KPIs that a run lacks because the study ends before."""


def compare_results(results: Mapping[str, Replications], *, together: bool = False) -> pd.DataFrame:
    """Return the paired differences of every scenario against the first, all KPIs below one another.

    ``together``: intervals that hold for all scenarios at once.
    """
    base, *others = results.values()
    if not others:
        columns = ["kpi", "baseline", "scenario", "difference", "low", "high", "replications"]
        return pd.DataFrame({c: pd.Series(dtype=object) for c in columns})
    return pd.concat([compare_pair(base, other, len(others) if together else 1) for other in others], ignore_index=True)


def compare_pair(base: Replications, other: Replications, family: int = 1) -> pd.DataFrame:
    """Return the paired differences of two scenarios, with intervals that hold for a family of comparisons.

    Where a date is not reached within the study in every run of both, the runs that do reach it are those in which it
    comes early, and their difference says nothing of the others: it gets no interval, and nobody can tell.
    """
    table = compare_paired(base, other, family)
    pairs = len(base.values.index.intersection(other.values.index))
    table.loc[table["kpi"].isin(CENSORED) & (table["replications"] < pairs), ["low", "high"]] = np.nan
    return table
