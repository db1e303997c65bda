"""Communities that recur: which groups of units stay together whatever the weights, matched by their overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Floats

SAME = 0.75
"""Overlap from which two communities count as the same: three quarters of the workload of their union is shared."""

COLUMNS = [
    *("community", "point", "units", "workload", "recurs", "mean_overlap", "least_overlap"),
    *("core_units", "core", "stable"),
]


def stable_table(known: Sequence[Mapping[str, Any]], kind: str = "redrawn", same: float = SAME) -> pd.DataFrame:
    """Return the communities that recur among the points, those that recur most first.

    Two communities overlap by the workload of the units they share over that of the units that either has (Jaccard).
    The community of any point that meets its like in most points stands for all of them; then the next, among those
    not yet represented, until every community of every point is (a greedy cover).

    Parameters
    ----------
    known : sequence of mapping
        Finished points, the base scenario first.
    kind : {"redrawn", "subdivided"}
    same : float
        Overlap from which two communities count as the same.

    Returns
    -------
    DataFrame
        ``community, point`` (name, and the point whose community stands for the others; 0: the base scenario, taken
        where it recurs as often as any), ``units, workload`` (its size; workload by the base scenario's indicators, as
        a share of all), ``recurs`` (share of the points in which its like exists), ``mean_overlap, least_overlap`` with
        its likes, ``core_units, core`` (units that are in every one of them, and their share of its workload),
        ``stable`` (1: recurs at every point).
    """
    units = sorted(known[0]["plans"][kind])
    weight = np.array([known[0]["workload"][unit] for unit in units])
    names = [(n, name) for n, point in enumerate(known) for name in sorted(set(point["plans"][kind].values()))]
    plans = [np.array([point["plans"][kind][unit] for unit in units]) for point in known]
    member = np.array([plans[n] == name for n, name in names])
    owner = np.array([n for n, _ in names])
    overlap = _overlaps(member.astype(np.float64), weight)
    best = np.stack([overlap[:, owner == n].max(axis=1) for n in range(len(known))], axis=1)
    recurs, mean = (best >= same).mean(axis=1), best.mean(axis=1)
    order = sorted(range(len(names)), key=lambda k: (-round(float(recurs[k]), 9), owner[k] != 0, -mean[k], k))
    left, rows = np.ones(len(names), dtype=np.bool_), []
    for k in order:
        if not left[k]:
            continue
        left &= overlap[k] < same
        met = np.flatnonzero(best[k] >= same)
        likes = [int(np.argmax(np.where(owner == n, overlap[k], -1.0))) for n in met]
        core, size = member[likes].all(axis=0), float(weight[member[k]].sum())
        found = (names[k][1], int(owner[k]), int(member[k].sum()), size / float(weight.sum()), float(recurs[k]))
        shared = (float(best[k, met].mean()), float(best[k, met].min()))
        rows.append((*found, *shared, int(core.sum()), float(weight[core].sum()) / size, int(len(met) == len(known))))
    return pd.DataFrame(rows, columns=COLUMNS)


def _overlaps(member: Floats, weight: Floats) -> Floats:
    """Return the weighted Jaccard overlap of every two communities, shape (communities, communities)."""
    shared = (member * weight) @ member.T
    size = np.diag(shared)
    both = size[:, None] + size[None, :] - shared
    return np.asarray(np.divide(shared, both, out=np.zeros_like(shared), where=both > 0))
