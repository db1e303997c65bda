"""The craft of a map: colours of neighbours, borders, labels that keep clear of each other, a scale bar."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from foundation.arrays import Floats
from scenarios import Territory

RULERS = (1, 2, 5)
"""First digits of a scale bar's length."""

STEPS = ((0, 0), (0, 1), (0, -1), (0.6, 0), (-0.6, 0), (0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1))
"""Where a label is tried, in its own widths and heights around the middle of its area."""


def neighbours(territory: Territory, label: NDArray[np.object_]) -> dict[str, set[str]]:
    """Return which communities touch which."""
    touching: dict[str, set[str]] = {str(name): set() for name in sorted(set(label))}
    ends = label[territory.edge_positions]
    for a, b in ends[ends[:, 0] != ends[:, 1]]:
        touching[a].add(b)
        touching[b].add(a)
    return touching


def outlines(shapes: Iterable[Any]) -> list[Outline]:
    """Return polygons, holes and all, as paths to draw."""
    made = []
    for shape in shapes:
        rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
        paths = [Outline(np.asarray(ring.coords)[:, :2], closed=True) for ring in rings]
        made.append(Outline.make_compound_path(*paths) if paths else Outline(np.empty((0, 2))))
    return made


def dissolve(territory: Territory, label: NDArray[np.object_]) -> pd.Series[Any]:
    """Return one shape per area, from the polygons of its units."""
    assert territory.geometry is not None
    shapes = np.asarray(territory.geometry.array)
    names = sorted(set(label))
    return pd.Series([_union(shapes[label == name]) for name in names], index=names, dtype=object)


def _union(shapes: Any) -> Any:
    """Return the union of polygons; without the gaps that rounded corners leave between neighbours."""
    whole = shapely.union_all(shapes)
    if whole.geom_type == "MultiPolygon" or len(shapely.get_rings(whole)) > 1:
        width = math.sqrt(whole.area) * 1e-4
        return shapely.buffer(shapely.buffer(whole, width, join_style="mitre"), -width, join_style="mitre")
    return whole


def points_of(territory: Territory) -> Floats:
    """Return the middle of every unit as drawn, shape (units, 2) [m]."""
    if territory.geometry is None:
        return territory.coordinates * 1000
    inside = territory.geometry.representative_point()
    return np.column_stack([inside.x, inside.y])


def middles(points: Floats, label: NDArray[np.object_], names: Sequence[str]) -> Floats:
    """Return for each area the unit nearest to its mean, so that a label lies inside even of a bent area."""
    found = []
    for name in names:
        own = points[label == name]
        found.append(own[int(((own - own.mean(axis=0)) ** 2).sum(axis=1).argmin())])
    return np.array(found).reshape(-1, 2)


def place_labels(
    anchors: Floats,
    texts: Sequence[str],
    size: float,
    per_point: float,
    marks: Sequence[tuple[float, float, float, float]] = (),
) -> list[tuple[float, float] | None]:
    """Place labels so that none overlaps another; the first in the list has the first choice.

    Parameters
    ----------
    anchors : ndarray, shape (labels, 2)
        Middles of the areas [data units].
    texts : sequence of str
    size : float
        Font size [points].
    per_point : float
        Data units per point of paper.
    marks : sequence of (left, bottom, right, top), optional
        What no label should hide; one that finds room only there hides it all the same.

    Returns
    -------
    list
        Where the middle of each label goes; None for one that found no room.
    """
    boxes: list[tuple[float, float, float, float]] = []
    placed: list[tuple[float, float] | None] = []
    for (x, y), text in zip(anchors, texts, strict=True):
        wide, high = text_width(text) * size * per_point * 1.08, size * per_point * 1.35
        tried = [(float(x + dx * wide), float(y + dy * high)) for dx, dy in STEPS]
        around = [(cx - wide / 2, cy - high / 2, cx + wide / 2, cy + high / 2) for cx, cy in tried]
        free = [n for n, box in enumerate(around) if not any(_overlap(box, other) for other in boxes)]
        clear = [n for n in free if not any(_overlap(around[n], mark) for mark in marks)]
        best = next(iter([*clear, *free]), None)
        placed.append(None if best is None else tried[best])
        if best is not None:
            boxes.append(around[best])
    return placed


def text_width(text: str) -> float:
    """Return the width of a text in em; Chinese characters are one em wide."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.58 for char in text)


def ruler(width: float) -> float:
    """Return a round length of about a fifth of a width, in the width's unit."""
    wish = width / 5
    power = 10.0 ** math.floor(math.log10(wish))
    return max(step * power for step in RULERS if step * power <= wish)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
