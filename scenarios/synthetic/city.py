"""Generate a made-up city of any size: the project's embedded territory, and the ones for tests of scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.errors import InputError, Problem
from foundation.messages import Message
from foundation.optional_geo import has_geo
from scenarios.synthetic.city_people import draw_people
from scenarios.synthetic.city_rates import CityRates
from scenarios.synthetic.city_shapes import Cells, GroundPlan, draw_cells, draw_plan
from scenarios.synthetic.city_trade import Ground, draw_halls, draw_outlets, draw_sellers
from scenarios.synthetic.names import centre_names, community_names, unit_names
from scenarios.territory.data import Provenance
from scenarios.territory.regions import grow_to_shares, spread_seeds, step_lengths
from scenarios.territory.save import folder_bytes, folder_sha256
from scenarios.territory.territory import Territory

if TYPE_CHECKING:
    import geopandas as gpd

CRS = "EPSG:32651"
ORIGIN_KM = (500.0, 3873.0)
"""The core lies at 123° E, 35° N: in the open sea, so that nobody takes the city for a real one."""

FEWEST_UNITS = 12
MOST_UNITS = 200_000

MODEL_CITY_NAME = "Model City (synthetic) 合成示范市"

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


def generate_city(
    *, units: int = 600, centres: int = 8, seed: int = 1, name: str = MODEL_CITY_NAME, rates: CityRates | None = None
) -> Territory:
    """Generate a city: cells around a dense core and sub-centres, a river with bridges, people, trade and sellers.

    Parameters
    ----------
    units : int
        Number of basic units, 12 to 200,000.
    centres : int
        Number of marketing centres; at least 6 units each.
    seed : int
        The same arguments give the same city.
    name : str
        What reports call it; "(synthetic)" is added where the name does not say so.
    rates : CityRates, optional
        Other sizes than the assumed ones.

    Returns
    -------
    Territory
        Complete: nothing is missing; ``features`` holds the river and its bridges.

    Raises
    ------
    InputError
        The numbers do not make a city.

    References
    ----------
    PLAN_FACTS F3, F4 (the forces), F7-F9 (centres, grid managers' own territories, communities).
    """
    _check(units, centres, seed)
    rates = rates or CityRates()
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(6)]
    plan = draw_plan(units, max(centres - 1, 1), rates.km2_per_unit, streams[0])
    cells = draw_cells(plan, units, streams[1])
    polygons = shapely.polygons([shapely.linearrings(cells.vertices[list(ring)]) for ring in cells.rings])
    middles = shapely.get_coordinates(shapely.centroid(polygons))
    bridges = _bridges(plan, cells, rates)
    dry = ~cells.wet | bridges
    graph = step_lengths(middles, cells.pairs[dry])
    people = draw_people(plan, middles, shapely.area(polygons), rates, streams[2])
    crowd = people["population"].to_numpy(dtype=np.float64)
    centre, community = _divide(middles, graph, crowd, centres, rates=rates, rng=streams[3])
    table = _units(middles, polygons, people, (centre, community), streams[4])
    order = np.lexsort((middles[:, 0], community, centre))
    rank = np.argsort(order)
    table = table.iloc[order].set_index(_unit_ids(units))
    shown = shapely.transform(polygons[order], lambda points: np.rint((points + ORIGIN_KM) * 1000))
    corners = [cells.vertices[list(cells.rings[k])] + ORIGIN_KM for k in order.tolist()]
    ground = Ground(table, graph[order][:, order], corners)
    sellers, keepers, area = draw_sellers(ground, rates, streams[5])
    outlets = draw_outlets(ground, keepers, area, rates, streams[5])
    halls = draw_halls(ground, rates, streams[5])
    city = Territory(
        name=name if "synthetic" in name.lower() or "合成" in name else f"{name} (synthetic)",
        units=table,
        edges=_edges(cells, dry, rank, table.index),
        geometry=_geometry(shown, table.index),
        outlets=outlets,
        halls=halls,
        sellers=sellers,
        features=_features(cells, bridges) if has_geo() else None,
        provenance=Provenance(
            synthetic=True,
            seed=seed,
            notes=(
                Message(
                    "Synthetic city: generated with {units} units, {centres} centres and seed {seed}; no real place.",
                    units=units,
                    centres=centres,
                    seed=seed,
                ),
            ),
        ),
    )
    return replace(city, provenance=replace(city.provenance, sha256=folder_sha256(folder_bytes(city))))


def _check(units: int, centres: int, seed: int) -> None:
    problems = []
    if not FEWEST_UNITS <= units <= MOST_UNITS:
        problems.append(
            Problem(
                "units",
                units,
                Message(
                    "it must lie between {fewest_units} and {most_units}",
                    fewest_units=FEWEST_UNITS,
                    most_units=MOST_UNITS,
                ),
                Message("Choose another size."),
            )
        )
    if not 1 <= centres <= max(units // 6, 1):
        problems.append(
            Problem(
                "centres", centres, Message("it must be at least 1, with 6 units for each"), Message("Choose fewer.")
            )
        )
    if seed < 0:
        problems.append(Problem("seed", seed, Message("it must not be negative"), Message("Choose 0 or more.")))
    if problems:
        raise InputError(problems)


def _bridges(plan: GroundPlan, cells: Cells, rates: CityRates) -> NDArray[np.bool_]:
    """Return which sides carry a bridge: at intervals that grow outwards, and wherever a bank would be cut off."""
    bridges = np.zeros(len(cells.pairs), dtype=bool)
    wet = np.flatnonzero(cells.wet)
    middle = cells.vertices[cells.sides[wet]].mean(axis=1)
    length = np.hypot(*(cells.vertices[cells.sides[wet, 0]] - cells.vertices[cells.sides[wet, 1]]).T)
    order = np.argsort(plan.along(middle), kind="stable")
    gap = rates.bridge_km * (1 + 2 * plan.reach(middle[order]))
    passed = np.cumsum(length[order] / gap)
    crossing = np.floor(passed + 0.5) > np.floor(np.concatenate([[0.0], passed[:-1]]) + 0.5)
    bridges[wet[order[crossing]]] = True
    count = len(cells.sites)
    while True:
        open_pairs = cells.pairs[~cells.wet | bridges]
        _, piece = connected_components(step_lengths(cells.sites, open_pairs), directed=False)
        apart = [k for k in wet[order].tolist() if piece[cells.pairs[k, 0]] != piece[cells.pairs[k, 1]]]
        if not apart:
            return bridges
        spread = np.bincount(piece, minlength=count)
        bridges[max(apart, key=lambda k: (min(spread[piece[cells.pairs[k]]]), -k))] = True


def _divide(
    points: Array, graph: csr_array, people: Array, centres: int, *, rates: CityRates, rng: np.random.Generator
) -> tuple[Whole, Whole]:
    """Return centre and community (numbered over the city) of each unit; communities are old and therefore uneven."""
    sizes = rng.lognormal(0, rates.centre_spread, centres)
    centre = grow_to_shares(graph, spread_seeds(points, people, centres, rng), people, sizes)
    centre = _numbered_outwards(points, centre)
    community = np.full(len(points), -1, dtype=np.int64)
    total, first = len(points) / rates.units_per_community, 0
    for k in range(centres):
        members = np.flatnonzero(centre == k)
        wanted = total * people[members].sum() / people.sum() * rng.uniform(0.9, 1.15)
        count = min(max(1, round(wanted)), len(members))
        seeds = spread_seeds(points[members], people[members], count, rng)
        sizes = rng.lognormal(0, rates.community_spread, count)
        community[members] = first + grow_to_shares(graph[members][:, members], seeds, people[members], sizes, 6)
        first += count
    return centre, community


def _numbered_outwards(points: Array, label: Whole) -> Whole:
    """Return labels renumbered by the distance of the regions' middles from the core."""
    rank = np.argsort(np.argsort(np.hypot(*_middles(points, label).T), kind="stable"), kind="stable")
    return np.asarray(rank[label], dtype=np.int64)


def _middles(points: Array, label: Whole) -> Array:
    size = np.bincount(label)
    return np.column_stack([np.bincount(label, points[:, axis]) / np.maximum(size, 1) for axis in (0, 1)])


def _units(
    points: Array,
    polygons: NDArray[np.object_],
    people: pd.DataFrame,
    parts: tuple[Whole, Whole],
    rng: np.random.Generator,
) -> pd.DataFrame:
    centre, community = parts
    centre_of = np.array(centre_names(_middles(points, centre)), dtype=object)
    community_of = np.array(community_names(int(community.max()) + 1, rng), dtype=object)
    table = pd.DataFrame(
        {
            "x": np.round(points[:, 0] + ORIGIN_KM[0], 3),
            "y": np.round(points[:, 1] + ORIGIN_KM[1], 3),
            "name": unit_names(len(points), rng),
            "centre": centre_of[centre],
            "community": community_of[community],
        }
    ).astype({"name": "str", "centre": "str", "community": "str"})
    return table.join(people).assign(area_km2=np.round(shapely.area(polygons), 4))


def _unit_ids(count: int) -> pd.Index[str]:
    width = max(4, len(str(count)))
    return pd.Index([f"U{k:0{width}d}" for k in range(1, count + 1)], dtype="str", name="unit_id")


def _edges(cells: Cells, dry: NDArray[np.bool_], rank: Whole, ids: pd.Index[str]) -> pd.DataFrame:
    pairs = np.sort(rank[cells.pairs[dry]], axis=1)
    ends = cells.vertices[cells.sides[dry]]
    length = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs = pairs[order]
    return pd.DataFrame(
        {
            "a": pd.Series(ids[pairs[:, 0]].to_numpy(), dtype="str"),
            "b": pd.Series(ids[pairs[:, 1]].to_numpy(), dtype="str"),
            "shared_border_km": np.round(length[order], 3),
            "bridge": (cells.wet & dry)[dry][order].astype(np.int64),
        }
    )


def _geometry(shapes: NDArray[np.object_], ids: pd.Index[str]) -> gpd.GeoSeries | None:
    """Return the polygons in metres, where the libraries that know them are installed."""
    if not has_geo():
        return None
    import geopandas as gpd  # noqa: PLC0415 (optional)

    return gpd.GeoSeries(shapes, index=ids, crs=CRS)


def _features(cells: Cells, bridges: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    """Return the river as a line along the cells it parts, and the bridges as points on it."""
    import geopandas as gpd  # noqa: PLC0415 (optional)

    metres = np.rint((cells.vertices + ORIGIN_KM) * 1000)
    river = shapely.line_merge(
        shapely.multilinestrings([shapely.linestrings(metres[s]) for s in cells.sides[cells.wet]])
    )
    places = np.rint(metres[cells.sides[bridges]].mean(axis=1))
    places = places[np.lexsort((places[:, 1], places[:, 0]))]
    shapes = [river, *shapely.points(places)]
    kinds = ["river", *["bridge"] * len(places)]
    names = ["示范河", *(f"示范{k}桥" for k in range(1, len(places) + 1))]
    table = pd.DataFrame({"kind": kinds, "name": names}).astype("str")
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)
