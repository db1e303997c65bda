"""Outlets, halls and sellers for a territory that has none, or has them in part."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.schema.territory_settings import TerritoryRates
from scenarios.synthetic.grid_manager_areas import draw_grid
from scenarios.synthetic.names import person_names
from scenarios.territory.columns import texts
from scenarios.territory.regions import UNCLAIMED, apportion, grow_regions, step_lengths
from scenarios.territory.territory import Territory

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Made = tuple[pd.DataFrame, list[str]]

PERSONS = 10_000
"""Rates of outlets and sellers are per 10,000 persons."""


def complete_sellers(territory: Territory, rates: TerritoryRates, rng: np.random.Generator) -> Made:
    """Return all sellers, with home, known units and counter share each, and the names of what was made."""
    if territory.sellers is None:
        return _new_sellers(territory, rates, rng), ["sellers"]
    sellers, made = territory.sellers.copy(), []
    people = _people(territory)
    place = {unit: i for i, unit in enumerate(territory.unit_ids)}
    if (sellers["home_unit"] == "").any():
        made.append("sellers.home_unit")
        sellers["home_unit"] = _text(
            home or max(known.split(";"), key=lambda u: (people[place[u]], u))
            for home, known in zip(sellers["home_unit"], sellers["knows"], strict=True)
        )
    if (sellers["knows"] == "").any():
        made.append("sellers.knows")
        sellers["knows"] = _known_from_homes(territory, sellers)
    if sellers["counter_share"].isna().any():
        made.append("sellers.counter_share")
        drawn = _counter(sellers["force"].to_numpy(dtype=object), rates, rng)
        sellers["counter_share"] = np.where(sellers["counter_share"].isna(), drawn, sellers["counter_share"])
    return sellers, made


def complete_outlets(territory: Territory, rates: TerritoryRates, rng: np.random.Generator) -> Made:
    """Return all outlets, each with its sales and the grid manager who supports it, and what was made."""
    keeper = _keepers(territory)
    if territory.outlets is None:
        people = _people(territory)
        count = max(1, round(float(people.sum()) * rates.outlets_per_10k_persons / PERSONS))
        if rates.outlets_per_10k_persons == 0:
            count = 0
        at = _systematic(people, count, rng)
        places = _scattered(territory, at, rng)
        ids = [territory.unit_ids[i] for i in at.tolist()]
        label = territory.units["name"] if "name" in territory.units.columns else territory.units.index.to_series()
        table = pd.DataFrame(
            {
                "outlet_id": _text(_ids("O", count)),
                "name": _text(f"{label[unit]} outlet {k}" for k, unit in enumerate(ids, start=1)),
                "unit_id": _text(ids),
                "x": np.round(places[:, 0], 4),
                "y": np.round(places[:, 1], 4),
                "seller_id": _text(keeper.get(unit, "") for unit in ids),
                "mobile_sales_per_month": np.full(count, rates.outlet_mobile_sales_per_month),
            }
        )
        return table, ["outlets"]
    outlets, made = territory.outlets.copy(), []
    if outlets["mobile_sales_per_month"].isna().any():
        made.append("outlets.mobile_sales_per_month")
        outlets["mobile_sales_per_month"] = outlets["mobile_sales_per_month"].fillna(
            rates.outlet_mobile_sales_per_month
        )
    if len(outlets) and (outlets["seller_id"] == "").all():
        made.append("outlets.seller_id")
        outlets["seller_id"] = _text(keeper.get(unit, "") for unit in outlets["unit_id"])
    return outlets, made


def complete_halls(territory: Territory, rates: TerritoryRates) -> Made:
    """Return all halls with their clerks, and what was made; new halls lie in a centre's most populous units."""
    if territory.halls is not None:
        halls = territory.halls.copy()
        if not halls["clerks"].isna().any():
            return halls, []
        halls["clerks"] = halls["clerks"].fillna(rates.clerks_per_hall).astype(np.int64)
        return halls, ["halls.clerks"]
    people, rows = _people(territory), []
    wanted = 2 * rates.halls_per_centre_per_company
    for centre in sorted(territory.units["centre"].unique()):
        members = np.flatnonzero((territory.units["centre"] == centre).to_numpy())
        best = members[np.argsort(-people[members], kind="stable")][:wanted]
        for k, unit in enumerate(np.resize(best, wanted).tolist()):
            business = ("fixed", "mobile")[k % 2]
            rows.append((f"{centre} {business} hall {k // 2 + 1}", territory.unit_ids[unit], unit, business))
    at = np.array([row[2] for row in rows], dtype=np.int64)
    table = pd.DataFrame(
        {
            "hall_id": _text(_ids("H", len(rows))),
            "name": _text(row[0] for row in rows),
            "unit_id": _text(row[1] for row in rows),
            "x": territory.coordinates[at, 0],
            "y": territory.coordinates[at, 1],
            "business": _text(row[3] for row in rows),
            "clerks": np.full(len(rows), rates.clerks_per_hall, dtype=np.int64),
        }
    )
    return table, ["halls"]


def _new_sellers(territory: Territory, rates: TerritoryRates, rng: np.random.Generator) -> pd.DataFrame:
    """Return sellers of both forces: community managers by the communities' population, grid managers by a grid."""
    people, ids = _people(territory), np.asarray(territory.unit_ids, dtype=object)
    total = max(2, round(float(people.sum()) * rates.sellers_per_10k_persons / PERSONS))
    grid = round(total * rates.gm_share)
    rows: list[tuple[str, str, str]] = []
    code, names = pd.factorize(territory.units["community"], sort=True)
    staff = apportion(np.bincount(code, people, len(names)).astype(np.float64), total - grid, least=1)
    for k in range(len(names)):
        members = np.flatnonzero(code == k)
        known = ";".join(ids[members])
        homes = members[_systematic(people[members], int(staff[k]), rng)]
        rows += [("CM", str(ids[home]), known) for home in homes.tolist()]
    area = _grid(territory, min(grid, len(territory)))
    for k in range(grid):
        members = np.flatnonzero(area == k % len(territory))
        home = members[int(np.argmax(people[members]))]
        rows.append(("GM", str(ids[home]), ";".join(ids[members])))
    force = np.array([row[0] for row in rows], dtype=object)
    return pd.DataFrame(
        {
            "seller_id": _text([*_ids("CM", total - grid), *_ids("GM", grid)]),
            "name": _text(person_names(total, rng)),
            "force": _text(force.tolist()),
            "home_unit": _text(row[1] for row in rows),
            "knows": _text(row[2] for row in rows),
            "counter_share": _counter(force, rates, rng),
        }
    )


def _counter(force: NDArray[np.object_], rates: TerritoryRates, rng: np.random.Generator) -> Array:
    """Return shares of counter duty (F3): some community managers have it, grid managers never."""
    chosen = (rng.random(len(force)) < rates.cm_counter_probability) & (force == "CM")
    return np.where(chosen, rates.counter_share, 0.0)


def _known_from_homes(territory: Territory, sellers: pd.DataFrame) -> pd.Series[str]:
    """Return known units where none are given: a community manager's community, a grid manager's surroundings."""
    place = {unit: i for i, unit in enumerate(territory.unit_ids)}
    community = territory.units["community"]
    members = {name: ";".join(group.index) for name, group in community.groupby(community, sort=True)}
    lost = sellers[(sellers["knows"] == "") & (sellers["force"] == "GM")]
    homes = sorted(set(lost["home_unit"]))
    start = np.full(len(territory), UNCLAIMED, dtype=np.int64)
    start[[place[home] for home in homes]] = np.arange(len(homes))
    area = grow_regions(step_lengths(territory.coordinates, territory.edge_positions), start)
    ids = np.asarray(territory.unit_ids, dtype=object)
    around = {home: ";".join(ids[area == k]) for k, home in enumerate(homes)}
    return _text(
        known or (around[home] if force == "GM" else members[community[home]])
        for known, force, home in zip(sellers["knows"], sellers["force"], sellers["home_unit"], strict=True)
    )


def _grid(territory: Territory, count: int) -> Whole:
    if count == 0:
        return np.full(len(territory), UNCLAIMED, dtype=np.int64)
    graph = step_lengths(territory.coordinates, territory.edge_positions)
    return draw_grid(territory.coordinates, territory.attribute("mobile_subscribers"), graph, count)


def _keepers(territory: Territory) -> dict[str, str]:
    """Return the grid manager of each unit: the first by id of those who know it."""
    keeper: dict[str, str] = {}
    if territory.sellers is not None:
        own = territory.sellers[territory.sellers["force"] == "GM"]
        for seller, known in zip(own["seller_id"], own["knows"], strict=True):
            for unit in known.split(";"):
                keeper.setdefault(unit, seller)
    return keeper


def _people(territory: Territory) -> Array:
    return territory.attribute("population")


def _systematic(weights: Array, count: int, rng: np.random.Generator) -> Whole:
    """Draw `count` positions by weight at even steps from a random start: each gets its share, to within one."""
    total = float(weights.sum())
    if total <= 0:
        weights, total = np.ones(len(weights)), float(len(weights))
    marks = (np.arange(count) + rng.random()) / max(count, 1) * total
    return np.minimum(np.searchsorted(np.cumsum(weights), marks, side="right"), len(weights) - 1).astype(np.int64)


def _scattered(territory: Territory, at: Whole, rng: np.random.Generator) -> Array:
    """Return places [km] around the middle of units, within half the radius of a disc of their area."""
    radius = np.zeros(len(territory))
    if "area_km2" in territory.units.columns:
        area = np.nan_to_num(territory.units["area_km2"].to_numpy(dtype=np.float64))
        radius = 0.5 * np.sqrt(np.maximum(area, 0) / np.pi)
    angle, out = rng.uniform(0, 2 * np.pi, len(at)), np.sqrt(rng.random(len(at))) * radius[at]
    return territory.coordinates[at] + np.column_stack([np.cos(angle), np.sin(angle)]) * out[:, None]


def _ids(letter: str, count: int) -> list[str]:
    width = max(3, len(str(count)))
    return [f"{letter}{k:0{width}d}" for k in range(1, count + 1)]


def _text(values: Iterable[str]) -> pd.Series[str]:
    return texts(list(values))
