"""The answers of a what-if as data: what is shown of them, and how they are kept, lies above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scenarios import Problem

BASE = "base"
"""Column of the points: 1 in the row of the base scenario."""


@dataclass(frozen=True)
class WhatIfData:
    """The answers of a what-if.

    Attributes
    ----------
    points : DataFrame
        A row per design point and one for the base scenario (``base`` = 1): the varied keys, every shown KPI with
        ``_low`` and ``_high``, ``gini`` and ``max_min`` of the last stage's growth targets per person, ``moved``
        (share of workload in another redrawn community than in the base scenario), ``pareto``.
    changes : DataFrame
        ``point, stage, level, id, business, measure, base, value, change``: growth and revenue targets of communities
        and persons that differ from the base scenario's; communities only where they consist of the same units.
    gains : DataFrame
        ``level, id, name, force, centre, community, measure, stages, base, mean, least, most, gains, loses``:
        everybody's target over all stages and businesses, its range over the points, and the share of the points at
        which it is above or below that of the base scenario.
    stable : DataFrame
        Communities that recur: `study.whatif.recurring_communities.stable_table`.
    borders : DataFrame
        ``a, b, together``: share of the points in which two neighbouring units share a redrawn community.
    sensitivity : DataFrame
        ``kpi, key, effect, low, high, explained``: change of the KPI over the key's range by linear regression on the
        points, its interval over replications (and over what a sample happens to be), and the share of the points'
        variance that the regression explains; empty for a screening.
    influence : DataFrame
        ``kpi`` and the columns of `sobol_indices.influence_of`: shares of the variance, beyond straight lines.
    screening : DataFrame
        ``kpi`` and the columns of `study.sensitivity.morris.screen`; empty unless the design is ``morris``.
    new : int
        Points that had to be computed.
    run : mapping
        What was asked, for run.json.
    """

    points: pd.DataFrame
    changes: pd.DataFrame
    gains: pd.DataFrame
    stable: pd.DataFrame
    borders: pd.DataFrame
    sensitivity: pd.DataFrame
    influence: pd.DataFrame
    screening: pd.DataFrame
    new: int
    run: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the points."""
        return self.points
