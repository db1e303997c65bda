"""What finished points of a what-if say: KPIs with intervals, which borders stay, what matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from foundation.arrays import Floats
from scenarios import Territory
from scenarios.rules.moved import share_of_plan_moved
from sim.output_analysis.intervals import interval
from study.evaluation.fairness import efficient, gini
from study.presentation.headlines import IN_WHAT_IFS
from study.sensitivity.design import Kind
from study.sensitivity.morris import COLUMNS as SCREENING
from study.sensitivity.morris import screen
from study.sensitivity.sobol_indices import COLUMNS as INFLUENCE
from study.sensitivity.sobol_indices import influence_of

EXACT = ("gini", "moved")
"""Columns that no chance enters."""


def points_table(rows: list[dict[str, Any]], known: Sequence[Mapping[str, Any]], confidence: float) -> pd.DataFrame:
    """Return a row per point: the varied keys, KPIs with intervals, fairness, moved workload, Pareto."""
    before, work = pd.Series(known[0]["plans"]["redrawn"]), pd.Series(known[0]["workload"])
    for row, point in zip(rows, known, strict=True):
        for kpi in IN_WHAT_IFS:
            mean, low, high = (float(x[0]) for x in interval(_values(point, kpi)[:, None], confidence))
            row |= {kpi: mean, f"{kpi}_low": low, f"{kpi}_high": high}
        persons = np.array([sum(v) for v in _by_person(point).values()])
        row |= {
            "gini": gini(persons),
            "max_min": float(persons.max() / persons.min()) if len(persons) and persons.min() > 0 else np.nan,
        }
        row["moved"] = share_of_plan_moved(before, pd.Series(point["plans"]["redrawn"]), work)
    table = pd.DataFrame(rows)
    table["pareto"] = efficient(np.column_stack([-table["sales"], table["dip_depth"], table["gini"]])).astype(int)
    return table


def _by_person(point: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the growth targets of every person in the last stage."""
    found: dict[str, list[float]] = {}
    last = next(reversed(point["kind_of_stage"]), None)
    for stage, level, name, _, measure, value in point["targets"]:
        if level == "person" and stage == last and measure == "growth":
            found.setdefault(name, []).append(value)
    return found


def borders_table(ground: Territory, known: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return in which share of the points two neighbouring units lie in one redrawn community."""
    a, b = ground.edges["a"].astype(str), ground.edges["b"].astype(str)
    together = np.zeros(len(a))
    for point in known:
        plan = pd.Series(point["plans"]["redrawn"])
        together += plan.reindex(a).to_numpy() == plan.reindex(b).to_numpy()
    return pd.DataFrame({"a": a, "b": b, "together": together / len(known)})


def sensitivity_table(
    asked: pd.DataFrame, known: Sequence[Mapping[str, Any]], confidence: float, kind: Kind
) -> pd.DataFrame:
    """Regress each KPI on the keys, replication by replication: the spread of the slopes gives their interval.

    A sample of points bends the lines by chance wherever the KPI is not straight; what the lines leave over at its
    points widens the interval (HC3). A grid has no such chance. Trajectories, which move one key at a time, are no
    sample of the ranges: a screening has no lines.

    References
    ----------
    MacKinnon & White, "Some heteroskedasticity-consistent covariance matrix estimators with improved finite sample
    properties", Journal of Econometrics 29, 1985.
    """
    span = (asked.max() - asked.min()).to_numpy(dtype=np.float64)
    free = span > 0
    rows = []
    if len(asked) > free.sum() + 1 and kind != "morris":
        x = ((asked - asked.mean()).to_numpy(dtype=np.float64))[:, free] / span[free]
        for kpi in IN_WHAT_IFS:
            y = np.stack([_values(point, kpi) for point in known])
            if np.isnan(y).any():
                continue
            slopes = np.linalg.lstsq(x, y - y.mean(axis=0), rcond=None)[0]
            mean, low, _ = interval(slopes.T, confidence)
            flat = y.mean(axis=1) - y.mean()
            rest = flat - x @ np.linalg.lstsq(x, flat, rcond=None)[0]
            half = np.hypot(mean - low, 0.0 if kind == "grid" else _bent(x, rest, confidence))
            explained = 1 - float(rest @ rest / (flat @ flat)) if flat @ flat > 0 else np.nan
            names = [k for k, used in zip(asked.columns, free, strict=True) if used]
            rows += [
                {"kpi": kpi, "key": k, "effect": m, "low": m - h, "high": m + h, "explained": explained}
                for k, m, h in zip(names, mean, half, strict=True)
            ]
    columns = ["kpi", "key", "effect", "low", "high", "explained"]
    return pd.DataFrame(rows, columns=columns)


def _bent(x: Floats, rest: Floats, confidence: float) -> Floats:
    """Return how far a sample may bend its lines: half-widths of the slopes by what they leave over at each point."""
    points, keys = x.shape
    solver = np.linalg.pinv(x)
    leverage = 1 / points + np.einsum("pk,kp->p", x, solver)
    apart = rest / np.maximum(1 - leverage, 1e-9)
    reach = stats.t.ppf((1 + confidence) / 2, points - keys - 1)
    return np.asarray(reach * np.sqrt((solver**2) @ apart**2))


def influence_table(
    points: pd.DataFrame,
    keys: Sequence[str],
    known: Sequence[Mapping[str, Any]],
    confidence: float,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return `influence_of` for every shown KPI, the evenness of the targets and the moved workload."""
    asked, parts = points[list(keys)].reset_index(drop=True), []
    for kpi, values in _responses(points, known).items():
        found = influence_of(asked, values, confidence=confidence, resamples=resamples, seed=seed)
        parts.append(found.assign(kpi=kpi))
    return _stacked(parts, ["kpi", *INFLUENCE])


def screening_table(
    points: pd.DataFrame, keys: Sequence[str], known: Sequence[Mapping[str, Any]], confidence: float
) -> pd.DataFrame:
    """Return `screen` for every shown KPI, the evenness of the targets and the moved workload."""
    asked, parts = points[list(keys)].reset_index(drop=True), []
    for kpi, values in _responses(points, known).items():
        parts.append(screen(asked, values.mean(axis=1), confidence=confidence).assign(kpi=kpi))
    return _stacked(parts, ["kpi", *SCREENING])


def _stacked(parts: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]  # an empty one would turn whole numbers into others
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame({c: [] for c in columns})


def _responses(points: pd.DataFrame, known: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    """Return what the keys may matter for, each of shape (points, replications); what no chance enters has one."""
    found = {kpi: np.stack([_values(point, kpi) for point in known]) for kpi in IN_WHAT_IFS}
    return found | {name: points[[name]].to_numpy(dtype=np.float64) for name in EXACT}


def _values(point: Mapping[str, Any], kpi: str) -> Floats:
    return np.array([np.nan if v is None else v for v in point["kpis"].get(kpi, [np.nan])], dtype=np.float64)
