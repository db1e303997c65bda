"""A calibration in sentences, for a terminal and for calibration.json, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from study.presentation.language import LANGUAGES, NOTHING, Language


def summary_texts(statement: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a reader must know, a sentence each, by language."""
    return {code: _sentences(statement, Language(code)) for code in LANGUAGES}


def summary_table(estimates: pd.DataFrame, say: Language) -> pd.DataFrame:
    """Return the estimates as a table for people: a row per parameter, with its interval and what bounds it."""
    rows = []
    for row in estimates.to_dict("records"):
        number = {name: say.number(float(row[name])) for name in ("before", "estimate", "low", "high")}
        ends = [say(f"calibration.{end}_bound") for end in str(row["open"]).split()]
        rows.append(
            {
                say("table.key"): row["key"],
                say("calibration.prior"): number["before"],
                say("calibration.estimate"): number["estimate"],
                say("table.interval_of"): say("table.interval", low=number["low"], high=number["high"]),
                say("calibration.learned"): say.percent(float(row["learned"]), 0),
                say("calibration.stops"): say("comma").join(ends) or NOTHING,
            }
        )
    return pd.DataFrame(rows)


def _sentences(statement: Mapping[str, Any], say: Language) -> list[str]:
    parts = (_fit(statement, say), *_unknown(statement, say), *_alike(statement, say), *_bounds(statement, say))
    return [*parts, _outside(statement, say)]


def _fit(statement: Mapping[str, Any], say: Language) -> str:
    fit = statement["fit"]
    p = "p < 0.01" if fit["p_value"] < 0.01 else f"p = {fit['p_value']:.2f}"
    values = {"distance": say.number(fit["distance"], 1), "chance": say.number(fit["distance_by_chance"], 1), "p": p}
    if fit["explains"]:
        return say("calibration.explains", **values)
    return say("calibration.explains_not", widened=say.number(fit["widened_by"], 1), **values)


def _unknown(statement: Mapping[str, Any], say: Language) -> list[str]:
    found = []
    for one in statement["cannot_tell"]:
        if one["apart"]:
            parts = say("comma").join(f"{key} ({weight:+.2f})" for key, weight in one["weights"].items())
            found.append(say("calibration.not_apart", parts=parts))
        else:
            found.append(say("calibration.unknown", parameter=one["keys"][0]))
    return found


def _alike(statement: Mapping[str, Any], say: Language) -> list[str]:
    return [
        say("calibration.alike", one=one["keys"][0], other=one["keys"][1], correlation=f"{one['correlation']:+.2f}")
        for one in statement["alike"]
    ]


def _bounds(statement: Mapping[str, Any], say: Language) -> list[str]:
    touched = [key for key, row in statement["estimates"].items() if row["open"]]
    return [say("calibration.open", keys=say("comma").join(touched))] if touched else []


def _outside(statement: Mapping[str, Any], say: Language) -> str:
    outside = statement["out_of_sample"]
    if outside is None:
        return say("calibration.outside_unknown")
    return say(
        "calibration.outside",
        values=outside["values"],
        error=say.percent(outside["error"]),
        before=say.percent(outside["error_before"]),
        level=say.percent(outside["error_last_level"]),
        inside=say.percent(outside["inside"], 0),
    )
