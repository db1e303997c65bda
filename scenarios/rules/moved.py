"""What "moved" means, once: work that leaves the community which most of its new community comes from.

The name of a community says little: a new one may bear a new name and hold the same units, or an old name and hold
others. So a unit counts as *moved* when it leaves the company of those with whom it shares a community today. *Renamed*
is the other thing that can be asked, whether the name above a unit changes: it is what a limit on moved work
(``--max-moved``) and the list of moves go by, where new communities are named after those of today.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.arrays import Floats
from scenarios.territory.territory import Territory

DIGITS = 12
"""Digits to which a share of a community is told, so that the order of its units leaves no trace."""


def share_moved(weight: Floats, before: NDArray[Any]) -> float:
    """Return the share of a community's work that comes from others than the one most of it comes from.

    Parameters
    ----------
    weight : ndarray, shape (units of the community,)
        Work of each [any unit].
    before : ndarray, shape (units of the community,)
        Community of each today.

    Examples
    --------
    >>> share_moved(np.array([3.0, 4.0, 1.0]), np.array(["A", "A", "B"]))
    0.125
    """
    total = float(weight.sum())
    stays = float(pd.Series(weight).groupby(before).sum().max()) if total else 0.0
    return max(0.0, 1.0 - round(stays / total, DIGITS)) if total else 0.0


def share_renamed(weight: Floats, before: NDArray[Any], community: str) -> float:
    """Return the share of a community's work that lies in a community of another name today.

    Examples
    --------
    >>> share_renamed(np.array([3.0, 4.0, 1.0]), np.array(["A", "A", "B"]), "B")
    0.875
    """
    total = float(weight.sum())
    return float(weight[before != community].sum() / total) if total else 0.0


def share_of_plan_moved(before: pd.Series[Any], after: pd.Series[Any], weight: pd.Series[Any]) -> float:
    """Return the share of all work that is moved; the three by unit id, in any order.

    Examples
    --------
    >>> now, then = pd.Series(["A", "A", "B", "B"]), pd.Series(["1", "1", "1", "2"])
    >>> share_of_plan_moved(now, then, pd.Series([3.0, 4.0, 1.0, 8.0]))
    0.0625
    """
    table = pd.DataFrame({"was": before, "now": after, "w": weight})
    kept = table.groupby(["now", "was"])["w"].sum().groupby(level="now").max().sum()
    total = table["w"].sum()
    return float(1 - kept / total) if total else 0.0


def moved_units(territory: Territory, before: pd.Series[Any], after: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return which units are moved, shape (units,)."""
    index = territory.units.index
    old, new = before.reindex(index).astype(str), after.reindex(index).astype(str)
    origin = origins(territory, old, new)
    return (old != new.map(origin)).to_numpy()


def origins(territory: Territory, before: pd.Series[Any], after: pd.Series[Any]) -> dict[str, str]:
    """Return for every new community the old one that most of its workload (or population, or units) comes from."""
    index = territory.units.index
    table = pd.DataFrame(
        {
            "new": after.reindex(index).astype(str),
            "old": before.reindex(index).astype(str),
            "weight": work_of(territory),
        }
    )
    sums = table.groupby(["new", "old"], sort=True)["weight"].sum().reset_index()
    best = sums.sort_values(["new", "weight", "old"], ascending=[True, False, True], kind="stable").drop_duplicates(
        "new"
    )
    return dict(zip(best["new"], best["old"], strict=True))


def work_of(territory: Territory) -> pd.Series[Any]:
    """Return the work of every unit: its workload where that is known, else its population, else 1."""
    column = next((c for c in ("workload", "population") if c in territory.units), None)
    return pd.Series(1.0, index=territory.units.index) if column is None else territory.units[column].astype(float)
