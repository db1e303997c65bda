"""Top-down against bottom-up: what the company asks of a community or person beside what its people could bring."""

from __future__ import annotations

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from foundation.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from optimize.targets.fair_shares import Team
from optimize.targets.result import COMPANY
from scenarios import Territory
from scenarios.schema.fields import Business

BOTTOM_UP = (
    "stage",
    "level",
    "id",
    "parent",
    "business",
    "fair",
    "target",
    "bottom_up",
    "difference",
    "ratio",
    "source",
)
CAPACITY, FORECAST, MIXED = "skills and hours at best", "own forecast", "both"


def bottom_up_of(
    territory: Territory, team: Team, business: Business, capacity: Floats, days: float
) -> tuple[Floats, np.ndarray]:
    """Return what every person could bring in a stage, and whether that is his own forecast; shape (people,).

    Parameters
    ----------
    territory : Territory
        Its sellers may have a column ``forecast_<business>`` [subscribers per month].
    team : Team
    business : str
    capacity : ndarray, shape (people,)
        What skills and hours allow at best; stands where there is no forecast [subscribers].
    days : float
        Calendar days of the stage.
    """
    column = f"forecast_{business}"
    sellers = territory.sellers
    if sellers is None or column not in sellers:
        return capacity, np.zeros(len(capacity), dtype=bool)
    said = sellers.set_index(sellers["seller_id"].astype(str))[column].reindex(team.people["seller_id"])
    own = said.to_numpy(dtype=np.float64) * MONTHS_PER_YEAR * days / DAYS_PER_YEAR
    known = ~np.isnan(own)
    return np.where(known, own, capacity), known


def compare_rows(
    stage: str,
    business: Business,
    people: pd.DataFrame,
    fair: Floats,
    able: Floats,
    own: np.ndarray,
    dealt: pd.DataFrame,
) -> pd.DataFrame:
    """Return fair share, target and bottom-up sum of every level of one growth total.

    Parameters
    ----------
    stage, business : str
    people : DataFrame
        ``seller_id, centre, community``, one row per person.
    fair, able : ndarray, shape (people,)
        Weighted fair shares, and what everybody could bring [subscribers].
    own : ndarray of bool, shape (people,)
        Whose is his own forecast.
    dealt : DataFrame
        The targets, ``level, id, parent, value``.
    """
    table = people[["seller_id", "centre", "community"]].assign(fair=fair, bottom_up=able, own=own.astype(float))
    keys = {COMPANY: None, "centre": "centre", "community": "community", "person": "seller_id"}
    parts = []
    for level, key in keys.items():
        group = table.assign(id=COMPANY if key is None else table[key]).groupby("id", sort=False)
        sums = group[["fair", "bottom_up"]].sum().assign(own=group["own"].mean(), level=level)
        parts.append(sums.reset_index())
    found = dealt[["level", "id", "parent", "value"]].merge(pd.concat(parts), on=["level", "id"], how="left")
    found = found.rename(columns={"value": "target"}).assign(stage=stage, business=business)
    found["difference"] = found["target"] - found["bottom_up"]
    can = found["bottom_up"] > 0
    found["ratio"] = np.where(can, found["target"] / found["bottom_up"].where(can, 1.0), np.nan)
    found["source"] = np.select([found["own"] == 1, found["own"] == 0], [FORECAST, CAPACITY], MIXED)
    exact = ["fair", "bottom_up", "difference", "ratio"]
    found[exact] = found[exact].round(4)
    return found[list(BOTTOM_UP)]
