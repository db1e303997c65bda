"""Who sells in a made-up city: outlets, service halls, and the sellers of both forces with the areas they know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenarios.synthetic.city_rates import CityRates
from scenarios.synthetic.grid_manager_areas import draw_grid
from scenarios.synthetic.names import outlet_names, person_names
from scenarios.territory.regions import apportion

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """What trade needs to know of the units, in the order of their ids.

    Attributes
    ----------
    units : DataFrame indexed by unit_id, with x, y [km], name, centre, community and the people's attributes
    graph : step lengths between neighbours [km]
    corners : for each unit its outline's vertices, shape (vertices, 2) [km]
    """

    units: pd.DataFrame
    graph: csr_array
    corners: list[Array]

    @property
    def ids(self) -> NDArray[np.object_]:
        """Unit ids."""
        return self.units.index.to_numpy(dtype=object)


def draw_outlets(
    ground: Ground, keepers: list[str], area: Whole, rates: CityRates, rng: np.random.Generator
) -> pd.DataFrame:
    """Return outlets where people are; `area` gives each unit's grid manager as a position in `keepers`."""
    n = len(ground.units)
    count = round(n * rates.outlets_per_unit)
    weight = ground.units["population"].to_numpy(dtype=np.float64) * rng.lognormal(0, 0.5, n)
    at = np.sort(rng.choice(n, count, p=weight / weight.sum()))
    places = np.array([_inside(ground.corners[k], rng) for k in at.tolist()]).reshape(-1, 2)
    sales = np.maximum(np.rint(rates.outlet_sales * rng.lognormal(-0.18, 0.6, count)), 1)
    return pd.DataFrame(
        {
            "outlet_id": _ids("O", count),
            "name": outlet_names(ground.units["name"].iloc[at].tolist(), rng),
            "unit_id": ground.ids[at].astype(str),
            "x": np.round(places[:, 0], 3),
            "y": np.round(places[:, 1], 3),
            "seller_id": [keepers[k] for k in area[at].tolist()],
            "mobile_sales_per_month": sales.astype(np.int64),
        }
    ).astype({"outlet_id": "str", "name": "str", "unit_id": "str", "seller_id": "str"})


def draw_halls(ground: Ground, rates: CityRates, rng: np.random.Generator) -> pd.DataFrame:
    """Return the halls of both companies: in every centre among its most populous units."""
    rows = []
    for centre in ground.units["centre"].drop_duplicates().sort_values().tolist():
        members = np.flatnonzero((ground.units["centre"] == centre).to_numpy())
        people = ground.units["population"].to_numpy()[members]
        best = members[np.argsort(-people, kind="stable")][: max(2 * rates.halls_per_centre, len(members) // 8)]
        wanted = 2 * rates.halls_per_centre
        picks = rng.permutation(best)[:wanted] if len(best) >= wanted else np.resize(best, wanted)
        for k, unit in enumerate(picks.tolist()):
            business, label = ("fixed", "固网") if k % 2 == 0 else ("mobile", "G网")
            turn = "" if k < 2 else f"第{k // 2 + 1}"
            x, y = _inside(ground.corners[unit], rng)
            clerks = int(rng.integers(rates.clerks[0], rates.clerks[1] + 1))
            name = f"{centre.removesuffix('营销中心')}{turn}{label}营业厅"
            rows.append((name, ground.ids[unit], round(x, 3), round(y, 3), business, clerks))
    table = pd.DataFrame(rows, columns=["name", "unit_id", "x", "y", "business", "clerks"])
    table.insert(0, "hall_id", _ids("H", len(table)))
    return table.astype({"hall_id": "str", "name": "str", "unit_id": "str", "business": "str"})


def draw_sellers(ground: Ground, rates: CityRates, rng: np.random.Generator) -> tuple[pd.DataFrame, list[str], Whole]:
    """Return the sellers of both forces, the ids of the grid managers, and each unit's grid manager.

    Community managers work the community they belong to and live in it; grid managers work the pieces of the mobile
    company's own grid, which knows nothing of centres or communities (F8).
    """
    n = len(ground.units)
    total = max(2, round(n * rates.sellers_per_unit))
    grid = max(1, round(total * rates.gm_share))
    points = ground.units[["x", "y"]].to_numpy(dtype=np.float64)
    subscribers = ground.units["mobile_subscribers"].to_numpy(dtype=np.float64) + 1
    area = draw_grid(points, subscribers, ground.graph, grid)
    community, names = pd.factorize(ground.units["community"], sort=True)
    people = ground.units["population"].to_numpy(dtype=np.float64)
    staff = apportion(np.bincount(community, people, len(names)).astype(np.float64), total - grid, least=1)
    rows: list[tuple[str, str, str, float]] = []
    for k in range(len(names)):
        members = np.flatnonzero(community == k)
        homes = rng.choice(members, int(staff[k]), p=people[members] / people[members].sum())
        known = ";".join(ground.ids[members])
        for home in np.sort(homes).tolist():
            counter = rates.counter_share if rng.random() < rates.counter_probability else 0.0
            rows.append(("CM", ground.ids[home], known, counter))
    for k in range(grid):
        members = np.flatnonzero(area == k)
        home = members[int(np.argmax(people[members]))]
        rows.append(("GM", ground.ids[home], ";".join(ground.ids[members]), 0.0))
    table = pd.DataFrame(rows, columns=["force", "home_unit", "knows", "counter_share"])
    table.insert(0, "name", person_names(len(table), rng))
    cms = len(table) - grid
    keepers = _ids("GM", grid)
    table.insert(0, "seller_id", [*_ids("CM", cms), *keepers])
    text = dict.fromkeys(("seller_id", "name", "force", "home_unit", "knows"), "str")
    return table.astype(text), keepers, area


def _inside(corners: Array, rng: np.random.Generator) -> tuple[float, float]:
    """Return a random place within a nearly convex outline, away from its rim."""
    mix = rng.dirichlet(np.ones(len(corners)))
    x, y = 0.7 * (mix @ corners) + 0.3 * corners.mean(axis=0)
    return float(x), float(y)


def _ids(letter: str, count: int) -> list[str]:
    width = max(3, len(str(count)))
    return [f"{letter}{k:0{width}d}" for k in range(1, count + 1)]
