"""Shadow prices in words: what binds a target, and what one more seller or a looser limit would be worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from optimize.targets.fairest_split import Fair, with_one_more
from optimize.targets.formulations.fair_share import Split
from optimize.targets.result import BINDING
from scenarios.schema.planning import IN_CENTS

RESOLVED, FEW = 3, 500
"""Teams of highest price for which one more seller is computed anew, where there are no more cells than `FEW`; for the
others the price times the seller's capacity is an upper limit, since the value of capacity falls as it grows."""

PRICED = {"stretch": "the least stretch beyond capacity", "deviation": "the largest deviation from the fair share"}


def binding_rows(where: dict[str, str], split: Split, fair: Fair, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what binds, with its price and what it says.

    Parameters
    ----------
    where : dict
        ``stage, business, measure``.
    split : Split
    fair : Fair
    table : DataFrame
        A row per cell: ``community, force, people``.

    Returns
    -------
    list of dict
        As the columns of `TargetResult.binding`; prices are shares per subscriber or per yuan.
    """
    if not fair.priced:
        return []
    unit = 100.0 if where["measure"] in IN_CENTS else 1.0
    said = PRICED[fair.priced]
    found = []
    people = np.maximum(table["people"].to_numpy(dtype=np.float64), 1.0)
    seller = {g: split.capacity[g] / people[g] for g in fair.capacity_price}
    limit = {g: p * (1 + split.slack + fair.least_stretch) * seller[g] for g, p in fair.capacity_price.items()}
    best = sorted(limit, key=lambda g: (-limit[g], g))[: RESOLVED if len(split.fair) <= FEW else 0]
    for g, price in sorted(fair.capacity_price.items()):
        worth = max(0.0, with_one_more(split, fair, g, seller[g])) if g in best else limit[g]
        team = {"community": str(table["community"].iloc[g]), "force": str(table["force"].iloc[g])}
        who = "one more seller" if team["force"] == "all" else f"one more seller ({team['force']})"
        text = f"{_name(where)}: {who} in {team['community']} would lower {said} by "
        text += f"{'' if g in best else 'at most '}{_points(worth)}."
        found.append(
            {**where, "what": "capacity", "entry": "targets.capacity_slack", **team, "price": price * unit}
            | {"seller": worth, "exact": g in best, "says": text}
        )
    for r, price in sorted(fair.row_price.items()):
        row = split.rows[r]
        thing = "yuan" if where["measure"] in IN_CENTS else "subscriber"
        kind = {"pin": "wish", "last": "change from the last period"}.get(row.kind, "total")
        text = f"{_name(where)}: one {thing} of give in {row.name} would lower {said} by {_points(price * unit)}."
        found.append(_limit(where, kind, row.name, price * unit, text))
    if fair.cap_price > 0:
        text = f"{_name(where)}: targets.change_cap {split.cap:g} + 0.01 would lower {said} "
        text += f"by {_points(fair.cap_price / 100)}."
        found.append(_limit(where, "cap on change", "targets.change_cap", fair.cap_price, text))
    return [{**row, "priced": fair.priced} for row in found]


def binding_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return what binds as a table."""
    table = pd.DataFrame(rows, columns=list(BINDING))
    table["entry"] = pd.Series([row["entry"] for row in rows], dtype=object)  # messages, which keep their values
    return table


def _limit(where: dict[str, str], what: str, entry: str, price: float, text: str) -> dict[str, Any]:
    """Return a row about a limit that is no capacity."""
    blank = {"community": "", "force": "", "seller": 0.0, "exact": False}
    return {**where, "what": what, "entry": entry, **blank, "price": price, "says": text}


def _name(where: dict[str, str]) -> str:
    return f"{where['stage']} {where['business']} {where['measure']}"


def _points(share: float) -> str:
    """Return a difference of shares in percentage points, with as many digits as it needs."""
    points = share * 100
    digits = int(np.clip(1 - np.floor(np.log10(max(points, 1e-9))), 1, 8))
    return f"{points:.{digits}f} points"
