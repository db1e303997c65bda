"""Random cities as offices and public sources would give them: the same territory, or a refusal that says why.

``python -m tests.campaigns.territories --cases 5000 --seed 1 --out DIR`` writes ``territories.json`` with the counts
and every case that came out otherwise.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import shapely
from scipy.spatial import Voronoi
from scipy.spatial.distance import pdist

from scenarios import InputError, load_territory

Rng = np.random.Generator
TOUCH_M = 5.0
"""Common borders shorter than this are left out of comparisons: a rounded corner may open or close them."""


def city(rng: Rng) -> gpd.GeoDataFrame:
    """Return a random city: Voronoi cells in degrees, each with id, name, centre and population."""
    n = int(rng.integers(8, 40))
    west, south, km = rng.uniform(75, 130), rng.uniform(18, 50), rng.uniform(0.4, 6)
    side = km * np.sqrt(n) / 111
    points = rng.random((n, 2)) * side
    frame = np.array([(-9, -9), (-9, 9), (9, 9), (9, -9)]) * side
    ground, box = Voronoi(np.vstack([points, frame])), shapely.box(0, 0, side, side)
    cells = [
        shapely.convex_hull(shapely.MultiPoint(ground.vertices[ground.regions[r]])).intersection(box)
        for r in ground.point_region[:n]
    ]
    cells = [shapely.transform(c, lambda p: np.round(p + np.array([west, south]), 7)) for c in cells]
    table = {
        "unit_id": [f"{410000 + k}" for k in range(n)],
        "name": [f"小区{chr(0x4E00 + k)}" for k in range(n)],
        "population": np.rint(rng.uniform(300, 3000, n) * km * km).astype(int) + 1,
    }
    return gpd.GeoDataFrame(table, geometry=cells, crs="EPSG:4326")


def utm(frame: gpd.GeoDataFrame) -> str:
    """Return the zone of the Universal Transverse Mercator about a city of the north."""
    west, _, east, _ = frame.total_bounds
    return f"EPSG:{32601 + int(((west + east) / 2 + 180) // 6)}"


def as_drawn(frame: gpd.GeoDataFrame, _: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write the polygons as they are."""
    frame.to_file(path / "t.geojson")
    return path / "t.geojson", {}


def densified(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write outlines with points on the way, at another distance in each."""
    shapes = [shapely.segmentize(s, float(rng.uniform(0.0005, 0.05))) for s in frame.geometry]
    frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs)).to_file(path / "t.gpkg")
    return path / "t.gpkg", {}


def projected(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write the polygons in another reference system."""
    crs = str(rng.choice(["EPSG:4490", "EPSG:3857", "EPSG:4610", utm(frame)]))
    frame.to_crs(crs).to_file(path / "t.gpkg")
    return path / "t.gpkg", {}


def spiked(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write some outlines with a spike, there and back."""
    shapes = []
    for shape in frame.geometry:
        ring = list(shape.exterior.coords)
        if rng.random() < 0.4:
            k = int(rng.integers(1, len(ring)))
            away = (2 * ring[k][0] - shape.centroid.x, 2 * ring[k][1] - shape.centroid.y)
            ring[k:k] = [ring[k], away]
        shapes.append(shapely.Polygon(ring))
    frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs)).to_file(path / "t.geojson")
    return path / "t.geojson", {}


def renamed(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write the columns under other names, some of which have to be said."""
    ids = str(rng.choice(["adcode", "小区编码", "单元编号", "KEY"]))
    people = str(rng.choice(["人口数", "常住人口", "总人口(2021年)", "Population", "NN"]))
    frame.rename(columns={"unit_id": ids, "population": people}).to_file(path / "t.geojson")
    said = {"rename": {"NN": "population"}} if people == "NN" else {}
    return path / "t.geojson", said | ({"id": "KEY"} if ids == "KEY" else {})


def recoded(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write a Shapefile in another code page, declared or not."""
    encoding = str(rng.choice(["utf-8", "gb18030"]))
    frame.to_file(path / "t.shp", encoding=encoding)
    if rng.random() < 0.5:
        (path / "t.cpg").unlink(missing_ok=True)
    return path / "t.shp", {}


def split(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write some units in two parts with the same columns."""
    rows = []
    for row in frame.itertuples(index=False):
        x = row.geometry.centroid.x
        halves = [row.geometry.intersection(shapely.box(x + w, -90, x + w + 90, 90)) for w in (-90, 0)]
        parts = halves if rng.random() < 0.4 else [row.geometry]
        rows += [(*row[:-1], part) for part in parts]
    made = gpd.GeoDataFrame(rows, columns=frame.columns, crs=frame.crs)
    made.to_file(path / "t.gpkg")
    return path / "t.gpkg", {"dissolve": True}


def table(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write a table of middles, in kilometres, metres or degrees, shifted, with the adjacencies beside it."""
    flat = frame.to_crs(utm(frame))
    middle = flat.geometry.centroid
    there = middle.to_crs(4326)
    east, north = rng.uniform(-300, 300, 2)
    x, y = {
        "km": (middle.x / 1000 + east, middle.y / 1000 + north),
        "m": (middle.x + 1000 * east, middle.y + 1000 * north),
        "degrees": (there.x, there.y),
    }[str(rng.choice(["km", "m", "degrees"]))]
    units = frame.drop(columns="geometry").assign(x=x, y=y)
    encoding = str(rng.choice(["utf-8", "utf-8-sig", "gb18030"]))
    units.to_csv(path / "units.csv", index=False, encoding=encoding)
    pairs = [f"{a},{b}" for a, b in sorted(_truth(frame))]
    (path / "adjacency.csv").write_text("\n".join(["a,b", *pairs, ""]))
    return path, {}


def office(frame: gpd.GeoDataFrame, rng: Rng, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write a workbook with a title, Chinese sheets, names for ids, thousands separated, and a row of totals."""
    middle = frame.to_crs(utm(frame)).geometry.centroid.to_crs(4326)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = str(rng.choice(["小区清单", "单元", "2021小区"]))
    sheet.append(["小区一览表"])
    sheet.append(["序号", "小区编码", "小区名称", "人口数", "经度", "纬度"])
    for k, row in enumerate(frame.itertuples(index=False)):
        people = [int(row.population), f"{row.population:,}", f"{row.population}人"][int(rng.integers(3))]
        sheet.append([k + 1, int(row.unit_id), row.name, people, middle.iloc[k].x, middle.iloc[k].y])
    sheet.append(["合计", None, None, int(frame["population"].sum())])
    names = dict(zip(frame["unit_id"], frame["name"], strict=True))
    edges = book.create_sheet("小区邻接表")
    edges.append(["小区A", "小区B"])
    for a, b in sorted(_truth(frame)):
        edges.append([names[a], names[b]])
    book.save(path / "t.xlsx")
    return path / "t.xlsx", {}


DISGUISES: tuple[Callable[[gpd.GeoDataFrame, Rng, Path], tuple[Path, dict[str, Any]]], ...] = (
    *(as_drawn, densified, projected, spiked, renamed, recoded, split, table, office),
)


def _truth(frame: gpd.GeoDataFrame, least: float = 0.0) -> set[tuple[str, str]]:
    """Return who has more than so many metres of the other's outline within half a metre."""
    flat = frame.to_crs(utm(frame)).geometry.to_numpy()
    ids = frame["unit_id"].to_numpy(dtype=object)
    a, b = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=0.5)
    a, b = a[a < b], b[a < b]
    common = shapely.length(shapely.intersection(shapely.boundary(flat)[a], shapely.buffer(flat, 0.5)[b]))
    long = common > max(least, 3.0)
    return set(zip(ids[a[long]].tolist(), ids[b[long]].tolist(), strict=True))


def verdict(seed: int, folder: Path) -> tuple[str, str, str]:
    """Return the disguise of a case, how it came out (same, refused, other), and what is to be said of it."""
    rng = np.random.default_rng(seed)
    frame = city(rng)
    wear = DISGUISES[int(rng.integers(len(DISGUISES)))]
    path, options = wear(frame, rng, folder)
    try:
        territory = load_territory(path, **options)
    except InputError as error:
        return wear.__name__, "refused", str(error.problems[0])
    people = dict(zip(frame["unit_id"], frame["population"], strict=True))
    if territory.units["population"].to_dict() != people:
        return wear.__name__, "other", "population"
    if territory.units["name"].to_dict() != dict(zip(frame["unit_id"], frame["name"], strict=True)):
        return wear.__name__, "other", "names"
    have = set(zip(territory.edges["a"], territory.edges["b"], strict=True))
    sure, all_of_them = _truth(frame, TOUCH_M), _truth(frame)
    long = territory.edges.get("shared_border_km")
    ends = list(zip(territory.edges["a"], territory.edges["b"], strict=True))
    told = ends if long is None else [pair for pair, km in zip(ends, long, strict=True) if km * 1000 > TOUCH_M]
    new = set(told) - all_of_them
    if sure - have or new:
        return wear.__name__, "other", f"neighbours: lacking {sorted(sure - have)[:3]}, new {sorted(new)[:3]}"
    middle = frame.to_crs(utm(frame)).geometry.centroid
    true = pdist(np.column_stack([middle.x, middle.y]) / 1000).max()
    own = pdist(territory.units[["x", "y"]].to_numpy()).max()  # a map may be turned
    if not np.isclose(true, own, rtol=5e-3):
        return wear.__name__, "other", f"extent {own} for {true}"
    return wear.__name__, "same", ""


def main() -> None:
    """Run the campaign and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/territories"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[tuple[str, str]] = Counter()
    told: list[dict[str, Any]] = []
    begun = time.monotonic()
    for k in range(options.cases):
        seed = options.seed * 1_000_000 + k
        with tempfile.TemporaryDirectory() as folder:
            wear, came_out, why = verdict(seed, Path(folder))
        counts[wear, came_out] += 1
        if came_out != "same":
            told.append({"seed": seed, "disguise": wear, "came_out": came_out, "why": why})
        if (k + 1) % 100 == 0 or k + 1 == options.cases:
            content = {
                "command": f"python -m tests.campaigns.territories --cases {options.cases} --seed {options.seed}",
                "cases": k + 1,
                "seconds": round(time.monotonic() - begun, 1),
                "counts": {f"{w}: {c}": n for (w, c), n in sorted(counts.items())},
                "told": told[:500],
            }
            (options.out / "territories.json").write_text(json.dumps(content, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
