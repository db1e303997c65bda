"""A calibration in sentences, for a terminal and for calibration.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def in_words(statement: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know, a sentence each."""
    return [_fit(statement), *_unknown(statement), *_alike(statement), *_bounds(statement), _outside(statement)]


def _fit(statement: Mapping[str, Any]) -> str:
    fit = statement["fit"]
    p = "p < 0.01" if fit["p_value"] < 0.01 else f"p = {fit['p_value']:.2f}"
    chance = f"distance {fit['distance']:.1f}, by chance {fit['distance_by_chance']:.1f}, {p}"
    if fit["explains"]:
        return f"The model explains the history as well as chance allows ({chance})."
    return (
        f"The model does not explain the history: more is left over than chance leaves ({chance}); the intervals are "
        f"{fit['widened_by']:.1f} times as wide for it and hold only if what is missing is like chance."
    )


def _unknown(statement: Mapping[str, Any]) -> list[str]:
    found = []
    for one in statement["cannot_tell"]:
        if one["apart"]:
            parts = ", ".join(f"{key} ({weight:+.2f})" for key, weight in one["weights"].items())
            found.append(f"The data cannot tell apart: {parts}, each in units of its range.")
        else:
            found.append(f"The data say next to nothing about {one['keys'][0]}.")
    return found


def _alike(statement: Mapping[str, Any]) -> list[str]:
    return [
        f"Hard to tell apart: {one['keys'][0]} and {one['keys'][1]} (correlation {one['correlation']:+.2f})."
        for one in statement["alike"]
    ]


def _bounds(statement: Mapping[str, Any]) -> list[str]:
    touched = [key for key, row in statement["estimates"].items() if row["open"]]
    if not touched:
        return []
    return [f"The interval ends at a bound that was given, not at one the data give: {', '.join(touched)}."]


def _outside(statement: Mapping[str, Any]) -> str:
    outside = statement["out_of_sample"]
    if outside is None:
        return "Out of sample: not measured."
    return (
        f"Out of sample ({outside['values']} values): error {outside['error']:.1%} of a series' mean, before the fit "
        f"{outside['error_before']:.1%}, if all stayed at its mean {outside['error_last_level']:.1%}; "
        f"{outside['inside']:.0%} lie inside their interval."
    )
