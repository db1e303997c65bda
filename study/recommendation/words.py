"""The reasons of a recommendation, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

SLACK = 1e-6
"""By how much a deviation may lie above a tolerance that holds."""

KEPT = ("kept", "broken", "unsure")


def reasons_for(
    table: pd.DataFrame, promises: pd.DataFrame, selection: Mapping[str, Any], over: str, tolerance: float
) -> tuple[str, ...]:
    """Return why the recommended candidate is recommended, and what is not known.

    Parameters
    ----------
    table, promises : DataFrame
    selection : mapping
    over : str
    tolerance : float
        Deviation of workload that the scenario allows.
    """
    row = table[table["recommended"] == 1].iloc[0]
    return (
        _selected(selection),
        _place(table, row, selection),
        _frontier(row, over),
        *_tolerance(table, row, tolerance),
        *_promises(promises, row),
    )


def _selected(selection: Mapping[str, Any]) -> str:
    kpi, most = selection["kpi"], max(selection["replications"].values())
    if selection["decided"]:
        return (
            f"{selection['best']} has the best {kpi} of all: with probability of at least "
            f"{selection['probability']:.0%} no other is better by more than {selection['indifference']:,.4g} "
            f"({most} runs)."
        )
    return f"Which has the best {kpi} stays undecided between {', '.join(selection['left'])} after {most} runs."


def _place(table: pd.DataFrame, row: Any, selection: Mapping[str, Any]) -> str:
    kpi = selection["kpi"]
    worse = table.loc[table["standing"] == "worse", "candidate"].tolist()
    unsure = table.loc[table["standing"] == "unsure", "candidate"].tolist()
    tail = f" Shown to be worse: {', '.join(worse)}." if worse else " None is shown to be worse."
    tail += f" Can't tell: {', '.join(unsure)}." if unsure else ""
    if row["standing"] == "best":
        return f"It is that one, and no equal of it moves less workload.{tail}"
    return (
        f"Its difference in {kpi} to the best is {row['difference']:+,.4g} (interval {row['low']:+,.4g} to "
        f"{row['high']:+,.4g}, all candidates at once), inside what is worth detecting; it moves least of the equals."
        + tail
    )


def _frontier(row: Any, over: str) -> str:
    bound = "" if pd.isna(row["bound"]) else f", no plan under its limit below {row['bound']:,.4g}"
    return (
        f"On the frontier of {over}: moment {row['moment']:,.4g}{bound}; largest deviation of workload "
        f"{row['deviation']:.1%}; {row['moved']:.1%} of the workload moves."
    )


def _tolerance(table: pd.DataFrame, row: Any, tolerance: float) -> list[str]:
    """Say where the recommended one is less even than the scenario asks for, and what to take if that must hold."""
    if row["deviation"] <= tolerance + SLACK:
        return []
    kept = table[table["standing"].isin(["best", "equal"]) & (table["deviation"] <= tolerance + SLACK)]
    other = kept.sort_values(["moved", "moment"], kind="stable")["candidate"].tolist()
    tail = f"whoever holds to it takes {other[0]}." if other else "none of its equals keeps it."
    return [f"It is less even than the {tolerance:.1%} that the scenario asks for: {tail}"]


def _promises(promises: pd.DataFrame, row: Any) -> list[str]:
    mine = promises[promises["candidate"] == row["candidate"]]
    counts = {verdict: int((mine["verdict"] == verdict).sum()) for verdict in KEPT}
    broken = [f"{r['result']} {r['delivered']:.3g}" for r in mine.to_dict("records") if r["verdict"] == "broken"]
    text = f"Of its promises {counts['kept']} were kept, {counts['broken']} broken, {counts['unsure']} can't be told"
    return [text + (f"; broken: {', '.join(broken)}." if broken else ".")]
