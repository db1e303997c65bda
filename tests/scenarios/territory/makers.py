"""Small territories in the forms that offices and public sources keep them in, made for the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import shapely

from scenarios import InputError, Territory, load_territory

KM = 0.009
"""A kilometre in degrees of latitude, nearly."""


def grid_csv(folder: Path, columns: int = 4, rows: int = 3, *, place: Any = None, adjacency: bool = True) -> Path:
    """Write a folder of units a kilometre apart; `place` turns a column and a row into x and y."""
    folder.mkdir(parents=True, exist_ok=True)
    turn = place or (lambda i, j: (float(i), float(j)))
    lines = ["unit_id,x,y,population"]
    for i in range(columns):
        for j in range(rows):
            x, y = turn(i, j)
            lines.append(f"u{i}{j},{x!r},{y!r},{3000 + 100 * i}")
    (folder / "units.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if adjacency:
        pairs = [f"u{i}{j},u{i + 1}{j}" for i in range(columns - 1) for j in range(rows)]
        pairs += [f"u{i}{j},u{i}{j + 1}" for i in range(columns) for j in range(rows - 1)]
        (folder / "adjacency.csv").write_text("a,b\n" + "\n".join(pairs) + "\n", encoding="utf-8")
    return folder


def rook_pairs(columns: int, rows: int) -> set[tuple[str, str]]:
    """Return who is whose neighbour on the grid, counted by hand."""
    right = {(f"u{i}{j}", f"u{i + 1}{j}") for i in range(columns - 1) for j in range(rows)}
    return right | {(f"u{i}{j}", f"u{i}{j + 1}") for i in range(columns) for j in range(rows - 1)}


def pairs(territory: Territory) -> set[tuple[str, str]]:
    """Return the adjacencies of a territory."""
    return set(zip(territory.edges["a"], territory.edges["b"], strict=True))


def polygons(path: Path, shapes: Mapping[str, Any], crs: str = "EPSG:4326", **columns: Sequence[Any]) -> Path:
    """Write polygons by unit id, with a population each unless columns say otherwise."""
    table: dict[str, Any] = {"unit_id": list(shapes), "population": [3000] * len(shapes)} | columns
    gpd.GeoDataFrame(table, geometry=list(shapes.values()), crs=crs).to_file(path)
    return path


def square(i: float, j: float, size: float = KM, west: float = 110.0, south: float = 32.0) -> Any:
    """Return a square of a grid in degrees."""
    return shapely.box(west + i * size, south + j * size, west + (i + 1) * size, south + (j + 1) * size)


def workbook(path: Path, **sheets: Iterable[Sequence[Any]]) -> Path:
    """Write rows to the sheets of a workbook; `_` in a sheet's name stands for a space."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title.replace("_", " "))
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def refusal(path: Path, **options: Any) -> str:
    """Return why a territory is refused, every problem on a line."""
    try:
        territory = load_territory(path, **options)
    except InputError as error:
        return "\n".join(str(problem) for problem in error.problems)
    raise AssertionError(f"it was not refused: {territory}")


def notes(territory: Territory) -> str:
    """Return what a reader of the territory is told, a note on a line."""
    return "\n".join(territory.provenance.notes)
