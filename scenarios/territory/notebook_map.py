"""A territory as a small picture that a notebook shows by itself: SVG, drawn without any library."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.graph_colouring import colour_map
from scenarios.territory.data import TerritoryData

FILLS = ("#a6cee3", "#fdd49e", "#b5dfc4", "#d9c3e3", "#f3e79b", "#e8b7b7", "#cfd8dc", "#9fc5b8")
"""Light fills of neighbouring communities; the figures of the study use the same."""

WIDTH = 420.0
"""Width of the picture [px]; the height follows."""

MANY = 4000
"""Units from which on polygons would make a page heavy, so that dots stand for them."""


def sketch(territory: TerritoryData, label: pd.Series[str] | None = None) -> str:
    """Return the territory as SVG text: polygons, or dots where there are none or too many.

    Parameters
    ----------
    territory : TerritoryData
    label : Series, optional
        unit_id -> community; default: the centre of each unit, where it is known. Neighbours differ in colour, and a
        unit's name and label show when the mouse rests on it.
    """
    names = _names(territory, label)
    fill = _fills(territory, names)
    title = [html.escape(f"{u} {n}".strip()) for u, n in zip(territory.unit_ids, names, strict=True)]
    draw = _dots if territory.geometry is None or len(territory) > MANY else _polygons
    shapes, width, height = draw(territory)
    body = "\n".join(
        f'<{shape} fill="{colour}"><title>{text}</title></{shape.split(" ", 1)[0]}>'
        for shape, colour, text in zip(shapes, fill, title, strict=True)
    )
    what = html.escape(f"{territory.name}: {len(territory)} units, {len(set(names))} areas")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{what}" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.1f} {height:.1f}" stroke="#ffffff" stroke-width="0.6" '
        f'fill-rule="evenodd">\n{body}\n</svg>'
    )


def _names(territory: TerritoryData, label: pd.Series[str] | None) -> Sequence[str]:
    if label is not None:
        return [str(name) for name in label.reindex(territory.units.index)]
    if "centre" in territory.units:
        return [str(name) for name in territory.units["centre"].fillna("")]
    return [""] * len(territory)


def _fills(territory: TerritoryData, names: Sequence[str]) -> list[str]:
    """Return the fill of each unit: neighbouring areas differ."""
    beside: dict[str, set[str]] = {name: set() for name in names}
    for a, b in territory.edge_positions:
        beside[names[a]].add(names[b])
        beside[names[b]].add(names[a])
    given = colour_map({name: others - {name} for name, others in beside.items()}, len(FILLS))
    return [FILLS[given[name]] for name in names]


def _frame(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return scale, width and height of a picture that holds these corners with a margin."""
    size = np.maximum(high - low, 1e-9)
    scale = (WIDTH - 8) / max(size[0], size[1] / 1.5)
    return scale, float(size[0] * scale) + 8, float(size[1] * scale) + 8


def _dots(territory: TerritoryData) -> tuple[list[str], float, float]:
    points = territory.coordinates
    low, high = points.min(axis=0), points.max(axis=0)
    scale, width, height = _frame(low, high)
    radius = float(np.clip(0.45 * WIDTH / np.sqrt(max(len(points), 1)), 1.2, 9.0))
    at = np.column_stack([(points[:, 0] - low[0]) * scale + 4, (high[1] - points[:, 1]) * scale + 4])
    margin = 2 * radius
    shapes = [f'circle cx="{x + radius:.1f}" cy="{y + radius:.1f}" r="{radius:.1f}"' for x, y in at]
    return shapes, width + margin, height + margin


def _polygons(territory: TerritoryData) -> tuple[list[str], float, float]:
    assert territory.geometry is not None
    left, bottom, right, top = territory.geometry.total_bounds
    scale, width, height = _frame(np.array([left, bottom]), np.array([right, top]))
    shapes = []
    for shape in territory.geometry.simplify(0.5 / scale):
        rings = [ring for part in getattr(shape, "geoms", [shape]) for ring in (part.exterior, *part.interiors)]
        steps = []
        for ring in rings:
            corners = np.asarray(ring.coords)[:-1, :2]
            xy = np.column_stack([(corners[:, 0] - left) * scale + 4, (top - corners[:, 1]) * scale + 4])
            steps.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy) + "Z")
        shapes.append(f'path d="{"".join(steps)}"')
    return shapes, width, height
