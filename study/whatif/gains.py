"""Who gains and who loses in a what-if: targets of communities and persons, by name, over every stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

TARGET = ["stage", "level", "id", "business", "measure"]
CHANGES = ["point", *TARGET, "base", "value", "change"]
GAINS = [
    *("level", "id", "name", "force", "centre", "community", "measure", "stages"),
    *("base", "mean", "least", "most", "gains", "loses"),
]


def changes_table(known: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return every target that differs from the base scenario's; see `study.WhatIf`."""
    parts = [_against_base(known[0], point).assign(point=n) for n, point in enumerate(known[1:], start=1)]
    if not parts:
        return pd.DataFrame({c: [] for c in CHANGES})
    table = pd.concat(parts, ignore_index=True)
    return table.loc[table["change"] != 0, CHANGES].reset_index(drop=True)


def gains_table(known: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the range of everybody's target over the points, all stages and businesses together.

    A community is judged over the points in which it consists of the same units, stage by stage.
    """
    parts = [_against_base(known[0], point).assign(point=n) for n, point in enumerate(known[1:], start=1)]
    if not parts:
        return pd.DataFrame({c: [] for c in GAINS})
    keys = ["level", "id", "measure"]
    whole = pd.concat(parts, ignore_index=True)
    sums = whole.groupby([*keys, "point"], sort=True).agg(
        base=("base", "sum"), value=("value", "sum"), stages=("stage", "nunique")
    )
    sums = sums[sums["stages"] == sums.groupby(keys)["stages"].transform("max")].reset_index()  # like with like
    change = np.round(sums["value"] - sums["base"], 2)
    sums = sums.assign(gains=(change > 0).astype(float), loses=(change < 0).astype(float))
    table = sums.groupby(keys, sort=False).agg(
        stages=("stages", "first"),
        base=("base", "first"),
        mean=("value", "mean"),
        least=("value", "min"),
        most=("value", "max"),
        gains=("gains", "mean"),
        loses=("loses", "mean"),
    )
    table = table.reset_index()
    who = known[0]["persons"]
    for k, column in enumerate(("name", "force", "centre", "community")):
        table[column] = [who[name][k] if name in who else "" for name in table["id"]]
    return table[GAINS]


def _against_base(base: Mapping[str, Any], point: Mapping[str, Any]) -> pd.DataFrame:
    """Return ``stage, level, id, business, measure, base, value, change`` of all that can be compared."""
    before = pd.DataFrame(base["targets"], columns=[*TARGET, "base"])
    after = pd.DataFrame(point["targets"], columns=[*TARGET, "value"])
    both = before.merge(after, on=TARGET, how="inner")
    same = {
        (stage, name)
        for stage, kind in base["kind_of_stage"].items()
        for name in _alike(base["plans"][kind], point["plans"][point["kind_of_stage"].get(stage, kind)])
    }
    keep = [level == "person" or pair in same for level, pair in zip(both["level"], _pairs(both), strict=True)]
    both = both[np.array(keep, dtype=np.bool_)].reset_index(drop=True)  # of no targets there is no row, but columns
    return both.assign(change=np.round(both["value"] - both["base"], 2))


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["stage"].tolist(), table["id"].tolist(), strict=True))


def _alike(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the communities that consist of the same units in both plans under the same name."""
    members: list[dict[str, set[str]]] = [{}, {}]
    for found, plan in zip(members, (before, after), strict=True):
        for unit, community in plan.items():
            found.setdefault(community, set()).add(unit)
    return {name for name, units in members[0].items() if members[1].get(name) == units}
