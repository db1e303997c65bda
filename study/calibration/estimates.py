"""What a calibration states: estimates, the content of calibration.json, and the scenario with its sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scenarios import Scenario
from scenarios.loading.history import History
from scenarios.loading.load import with_settings
from scenarios.schema.fields import named_after
from study.calibration.estimator import Fit, Settings
from study.calibration.hold_out import out_of_sample
from study.calibration.identifiability import correlations, directions, learned, pairs
from study.calibration.moments import Moments
from study.calibration.parameters import Parameter, to_values
from study.calibration.summary import summary_texts

ENDING = "calibrated"
"""Ends the name of the scenario that is written."""


def estimates_table(parameters: Sequence[Parameter], found: Fit) -> pd.DataFrame:
    """Return a row per parameter; see `Calibration.estimates`."""
    best, low, high = (to_values(parameters, unit) for unit in (found.unit, found.low, found.high))
    rows = []
    for k, (p, share) in enumerate(zip(parameters, learned(found), strict=True)):
        touched = [name for name, at in (("low", found.low[k] <= 1e-6), ("high", found.high[k] >= 1 - 1e-6)) if at]
        rows.append({"key": p.key, "before": p.before, "low_bound": p.low, "high_bound": p.high,
                     "estimate": best[p.key], "low": low[p.key], "high": high[p.key], "learned": float(share),
                     "open": " ".join(touched)})  # fmt: skip
    return pd.DataFrame(rows)


def statement_of(
    scenario: Scenario,
    observed: History,
    moments: Moments,
    parameters: Sequence[Parameter],
    found: Fit,
    estimates: pd.DataFrame,
    table: pd.DataFrame,
    settings: Settings,
) -> dict[str, Any]:
    """Return the content of calibration.json."""
    hidden = table["hidden"].to_numpy(dtype=bool)
    outside = None
    if hidden.any():
        columns = {"foretold": "mean", "foretold_low": "low", "foretold_high": "high"}
        forecast = table[list(columns)].rename(columns=columns)
        outside = out_of_sample(moments, hidden, forecast, table["before"].to_numpy(dtype=np.float64))
    result: dict[str, Any] = {
        "scenario": scenario.name,
        "history": {"name": observed.name, "sha256": observed.sha256, "values": len(observed.table),
                    "first": str(observed.table["start"].min()), "last": str(observed.table["end"].max())},
        "confidence": settings.confidence,
        "estimates": {str(r["key"]): {str(k): v for k, v in r.items() if k != "key"} for r in
                      estimates.to_dict("records")},
        "fit": {"moments": len(moments), "distance": found.misfit, "distance_by_chance": found.expected,
                "p_value": found.p_value, "widened_by": float(np.sqrt(found.inflation)),
                "explains": bool(found.p_value >= 1 - settings.confidence)},
        "cannot_tell": directions(found, parameters),
        "alike": pairs(found, parameters),
        "correlation": {p.key: {q.key: float(v) for q, v in zip(parameters, row, strict=True)} for p, row in
                        zip(parameters, correlations(found), strict=True)},
        "out_of_sample": outside,
        "points": found.points,
        "normalised": bool(moments.reference.any()),
        "territories": moments.territories,
    }  # fmt: skip
    says = summary_texts(result)
    return {**result, "in_words": says["en"], "says": says}


def calibrated(scenario: Scenario, observed: History, estimates: pd.DataFrame, confidence: float) -> Scenario:
    """Return the scenario with the estimates, each with where it comes from."""
    values = {str(k): float(v) for k, v in zip(estimates["key"], estimates["estimate"], strict=True)}
    new = with_settings(scenario, values, named_after(scenario.name, ENDING))
    first, last = observed.table["start"].min(), observed.table["end"].max()
    source = f"fitted to {observed.name}, {len(observed.table)} values from {first} to {last}"
    source += f" (sha256 {observed.sha256[:12]})"
    evidence = {
        str(r["key"]): f"calibrated: {r['estimate']:.4g}, {confidence:.0%} interval {r['low']:.4g} to {r['high']:.4g}; "
        + source
        for r in estimates.to_dict("records")
    }
    title = {"en": f"{scenario.title.en}, calibrated", "zh": f"{scenario.title.zh}（已校准）"}
    content = {**new.model_dump(mode="python"), "title": title, "evidence": {**new.evidence, **evidence}}
    return Scenario.model_validate(content)
