"""The worlds of a finished study looked at anew: under other principles, or with assumptions known better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scenarios import Scenario
from study.robustness.outcomes import Outcomes
from study.robustness.worlds import Worlds

FEWEST = 8
"""Worlds below which nothing is said about chances."""


def stored(folder: Path, scenarios: Mapping[str, Scenario], answer: Mapping[str, Any]) -> Outcomes | None:
    """Return the outcomes that a study has kept; None where its tables do not belong to its answer.

    Parameters
    ----------
    folder : Path
        Of the study.
    scenarios : mapping of name to Scenario
        Of the study, by name; the first of the table is the one studied.
    answer : mapping
        Content of its robust.json.
    """
    try:
        table, again = (pd.read_csv(folder / name) for name in ("worlds.csv", "worlds_again.csv"))
        names = list(dict.fromkeys(table["scenario"].astype(str)))
        keys = tuple(scenarios[names[0]].study.beliefs)
        drawn = table.loc[table["scenario"] == names[0], list(keys)].to_numpy(dtype=np.float64)
    except (OSError, ValueError, KeyError, IndexError):
        return None
    whole = len(table) == len(drawn) * len(names) and len(drawn) == answer["worlds"]
    if not whole or names[0] != answer["studied"]:
        return None
    beaten = ((answer.get("effort") or {}).get("beaten") or {}).items()
    nothing = np.zeros_like(drawn)  # scores and their correlation are asked for by what knowing is worth, not here
    worlds = Worlds(keys, drawn, nothing, np.eye(len(keys)))
    dropped = {name: int(one["worlds"]) for name, one in beaten}
    return Outcomes(tuple(scenarios[name] for name in names), worlds, table, again, dropped)


def judged_by(outcomes: Outcomes, studied: Scenario) -> Outcomes:
    """Return the same outcomes held against the principles of another version of the studied scenario."""
    return replace(outcomes, scenarios=(studied, *outcomes.scenarios[1:]))


def supposed(outcomes: Outcomes, ranges: Mapping[str, Sequence[float]]) -> Outcomes:
    """Return the outcomes of those worlds in which assumptions lie within ranges.

    Parameters
    ----------
    outcomes : Outcomes
    ranges : mapping of belief to (low, high)
    """
    keys, inside = outcomes.worlds.keys, np.ones(len(outcomes.worlds), dtype=bool)
    for key, (low, high) in ranges.items():
        value = outcomes.worlds.values[:, keys.index(key)]
        inside &= (value >= low) & (value <= high)
    kept = np.flatnonzero(inside)
    place = {int(old): new for new, old in enumerate(kept)}

    def part(table: pd.DataFrame) -> pd.DataFrame:
        if "world" not in table:
            return table
        rows = table[table["world"].isin(place)]
        return rows.assign(world=rows["world"].map(place)).reset_index(drop=True)

    worlds = replace(outcomes.worlds, values=outcomes.worlds.values[kept], scores=outcomes.worlds.scores[kept])
    dropped = {name: int((kept < count).sum()) for name, count in outcomes.dropped.items()}
    return Outcomes(outcomes.scenarios, worlds, part(outcomes.table), part(outcomes.again), dropped)
