"""The two-sided table: what the optimiser promised of each candidate, and what the simulation delivered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from foundation.messages import Message
from scenarios import InputError, Problem
from sim.output_analysis.intervals import interval, paired
from study.recommendation.candidates import Candidate

PAIRED = (
    ("compactness", "moment", "travel_hours"),
    ("balance", "deviation", "attainment_spread"),
    ("disruption", "moved", "dip_depth"),
)
"""Promise, the candidate's figure that makes it, and the simulated result that should follow it."""

LEAST = 1e-9
"""Difference below which nothing was promised."""


def promised(
    candidates: Sequence[Candidate], values: Sequence[pd.DataFrame], confidence: float, base: int = 0
) -> pd.DataFrame:
    """Return what was promised and what was delivered.

    Parameters
    ----------
    candidates : sequence of Candidate
    values : sequence of DataFrame
        Replications of each, the same numbers in all.
    confidence : float
    base : int
        Position of the candidate that differences are taken against.

    Returns
    -------
    DataFrame
        ``candidate, promise, promised, result, delivered, low, high, verdict``. For compactness, balance and disruption
        both sides are differences to the base: the optimiser's figure, and the paired mean of the result that should
        follow it. For targets ``promised`` is 1, the targets met, and ``delivered`` the company's attainment. Intervals
        hold for all candidates at once (Bonferroni), each result taken alone.
    """
    rows: list[dict[str, object]] = []
    alone, beside = (1 - (1 - confidence) / max(n, 1) for n in (len(candidates), len(candidates) - 1))
    for k, candidate in enumerate(candidates):
        rows += _targets(candidate, values[k], alone)
        if k != base:
            rows += _differences(candidate, candidates[base], values[k], values[base], beside)
    columns = ["candidate", "promise", "promised", "result", "delivered", "low", "high", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _targets(candidate: Candidate, values: pd.DataFrame, confidence: float) -> list[dict[str, object]]:
    names = [c for c in values.columns if c.startswith("attainment.") and values[c].notna().all()]
    rows: list[dict[str, object]] = []
    for name in names:
        mean, low, high = (float(x[0]) for x in interval(values[[name]].to_numpy(dtype=np.float64), confidence))
        verdict = "kept" if low >= 1 else "broken" if high < 1 else "unsure"
        rows.append({"candidate": candidate.name, "promise": "targets", "promised": 1.0, "result": name,
                     "delivered": mean, "low": low, "high": high, "verdict": verdict})  # fmt: skip
    return rows


def _differences(
    candidate: Candidate, base: Candidate, mine: pd.DataFrame, other: pd.DataFrame, confidence: float
) -> list[dict[str, object]]:
    found = {str(r["kpi"]): r for r in paired(other, mine, confidence).to_dict("records")}
    rows: list[dict[str, object]] = []
    for promise, figure, result in PAIRED:
        if result not in found:
            continue
        said = getattr(candidate, figure) - getattr(base, figure)
        mean, low, high = (float(found[result][c]) for c in ("difference", "low", "high"))
        rows.append({"candidate": candidate.name, "promise": promise, "promised": said, "result": result,
                     "delivered": mean, "low": low, "high": high, "verdict": _verdict(said, low, high)})  # fmt: skip
    return rows


def _verdict(said: float, low: float, high: float) -> str:
    """Say whether a promised difference was seen: kept, broken (the other way round), or unsure."""
    if abs(said) < LEAST:
        return "nothing promised"
    if not (low > 0 or high < 0):
        return "unsure"
    return "kept" if (low > 0) == (said > 0) else "broken"


def check_measured(kpi: str, values: pd.DataFrame) -> None:
    """Refuse a KPI that some run does not have.

    Raises
    ------
    InputError
        Candidates could not be compared by it.
    """
    if kpi not in values.columns or values[kpi].isna().any():
        known = ", ".join(c for c in values.columns if values[c].notna().all())
        raise InputError(
            Problem("kpi", kpi, Message("it is not measured in every run"), Message("Known: {known}.", known=known))
        )
