"""The layout: work areas, and who works where in each phase; hardly a number changes it, so worlds share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.arrays import Ints
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.timetable import Timetable, timetable
from scenarios.rules.work_areas import Ground, Layer, Site, ground_of, layers_of, sites_of

LONE_CENTRE = "centre"
"""Name of the one centre of a laboratory scenario without territory."""


@dataclass(frozen=True)
class Sellers:
    """The sellers, sorted by id; shapes (sellers,)."""

    ids: tuple[str, ...]
    is_cm: NDArray[np.bool_]
    centre: Ints
    counter_share: NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Work areas over a territory, and everybody's place in each phase.

    Attributes
    ----------
    units : DataFrame
        The territory's units; empty without a territory.
    unit_centre : ndarray, shape (units,)
    sellers : Sellers
    layers : mapping
        Every way of laying work areas over the territory.
    ground : Ground
        The same end to end.
    sites : tuple
        Where each seller works before the merger and in every phase.
    speed : float or None [km/h]
        The speed by which minutes between units were turned into ways; None: ways are known, or straight.
    """

    units: pd.DataFrame
    unit_centre: Ints
    sellers: Sellers
    layers: Mapping[str, Layer]
    ground: Ground
    sites: tuple[tuple[Site, ...], ...]
    speed: float | None

    def suits(self, scenario: Scenario) -> bool:
        """Say whether it is the layout of a scenario that differs in numbers only from the one it was made for."""
        return self.speed in (None, scenario.selling.speed_km_per_hour)


def layout_of(
    scenario: Scenario,
    territory: Territory | None,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> Layout:
    """Return the layout of a scenario: only its phases' organisation and communities count, besides the decisions."""
    units = units_of(territory)
    table = timetable_of(scenario, units)
    unit_centre = np.array([table.centres.index(c) for c in units["centre"].astype(str)], dtype=np.int64)
    people = sorted_table(territory.sellers if territory else None, "seller_id")
    layers = layers_of(territory, people, plans or {}, scenario.selling.speed_km_per_hour)
    sites, centres = sites_of(scenario, people, units, layers=layers, placements=placements or {})
    sellers = Sellers(
        tuple(people["seller_id"].astype(str)) if len(people) else (),
        (people["force"] == "CM").to_numpy(dtype=bool) if len(people) else np.zeros(0, dtype=bool),
        centres,
        people["counter_share"].fillna(0).to_numpy(dtype=np.float64) if len(people) else np.zeros(0),
    )
    timed = territory is not None and territory.distances is not None and territory.distances.unit == "min"
    speed = scenario.selling.speed_km_per_hour if timed else None
    return Layout(units, unit_centre, sellers, layers, ground_of(layers), sites, speed)


def timetable_of(scenario: Scenario, units: pd.DataFrame) -> Timetable:
    """Return the timetable of the centres that the units lie in."""
    return timetable(scenario, units["centre"].astype(str) if len(units) else pd.Series([LONE_CENTRE]))


def units_of(territory: Territory | None) -> pd.DataFrame:
    """Return a territory's units; none without a territory."""
    return pd.DataFrame({"x": [], "y": [], "centre": []}) if territory is None else territory.units


def sorted_table(table: pd.DataFrame | None, key: str) -> pd.DataFrame:
    """Return a table sorted by a column; an empty one where there is none."""
    return pd.DataFrame() if table is None else table.sort_values(key).reset_index(drop=True)
