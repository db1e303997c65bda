"""How even the communities of a plan are, and how much of the work changes hands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scenarios.rules.moved import share_of_plan_moved
from study.results.record import StudyRecord


def deviations(record: StudyRecord, kind: str) -> pd.Series[float]:
    """Return how far the workload of each community lies from the mean of those it is to be compared with [share].

    Parameters
    ----------
    record : StudyRecord
    kind : {"current", "redrawn", "subdivided"}
        Communities are compared inside their centre; subdivided ones inside the redrawn community they are cut from,
        whose teams differ in size.
    """
    card = record.scorecards[kind]
    if kind != "subdivided" or not {"redrawn", "subdivided"} <= set(record.plans):
        return pd.Series(card["workload_deviation"].to_numpy(dtype=np.float64), index=card["community"].astype(str))
    units = record.territory.units
    part, whole = (record.plans[k].assignment.reindex(units.index).astype(str) for k in ("subdivided", "redrawn"))
    sums = units["workload"].astype(float).groupby(part).sum()
    parent = whole.groupby(part).first()
    return sums / sums.groupby(parent).transform("mean") - 1


def worst(record: StudyRecord, kind: str) -> float:
    """Return the largest deviation of a plan's communities [share]."""
    return float(deviations(record, kind).abs().max())


def share_moved(record: StudyRecord, kind: str) -> float:
    """Return the share of the workload in units that leave the community most of their new one comes from."""
    territory, (before, after) = record.territory, (record.plans[k].assignment for k in ("current", kind))
    known = "workload" in territory.units
    weight = territory.units["workload"].astype(float) if known else pd.Series(1.0, index=territory.units.index)
    return share_of_plan_moved(before, after, weight)
