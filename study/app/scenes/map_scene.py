"""What the map of the dashboard shows, as plain values: areas to click on, colours, borders, labels and a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from foundation.graph_colouring import colour_map
from scenarios import Territory
from scenarios.rules.moved import moved_units, origins
from study.plotting.map_layout import dissolve, middles, neighbours, place_labels, points_of, ruler
from study.plotting.map_symbols import MANY_AREAS, short
from study.plotting.theme import AREAS, SEQUENTIAL
from study.presentation.language import Language

WIDE = 1000.0
"""Width of the picture in its own units; its height follows the territory."""

LETTERS = 28.0
"""Size of a label in the picture's units: legible where two maps share a window of 1,024 pixels."""

DIVERGING = "PuOr_r"


class Canvas:
    """From places on the ground [m] to places on the picture, and outlines as the paths of SVG.

    Parameters
    ----------
    territory : Territory
    """

    def __init__(self, territory: Territory) -> None:
        self.points = points_of(territory)
        if territory.geometry is None:
            low, high = self.points.min(axis=0), self.points.max(axis=0)
        else:
            bounds = territory.geometry.total_bounds
            low, high = bounds[:2], bounds[2:]
        margin = max(float((high - low).max()) * 0.02, 1.0)
        self.low, self.high = low - margin, high + margin
        span = self.high - self.low
        self.scale = WIDE / float(max(span[0], span[1] * 1.25))
        self.width, self.height = (float(v) for v in span * self.scale)

    def at(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places on the picture, north up, shape (places, 2)."""
        flat = (np.asarray(places, dtype=np.float64) - self.low) * self.scale
        flat[:, 1] = self.height - flat[:, 1]
        rounded: NDArray[np.float64] = np.round(flat, 1)
        return rounded

    def path(self, shape: Any) -> str:
        """Return the outline of a polygon, holes and all, or of lines."""
        parts = []
        for part in shapely.get_parts(shape):
            lines = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            for line in lines:
                dots = self.at(np.asarray(line.coords)[:, :2])
                parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in dots) + "Z" * (part.geom_type == "Polygon"))
        return "".join(parts)

    def dots(self, places: NDArray[np.float64], radius: float) -> str:
        """Return circles around places."""
        return "".join(
            f"M{x - radius:g} {y:g}a{radius:g} {radius:g} 0 1 0 {2 * radius:g} 0a{radius:g} {radius:g} 0 1 0 "
            f"{-2 * radius:g} 0Z"
            for x, y in self.at(places)
        )


def scene(
    territory: Territory,
    assignment: pd.Series[Any],
    say: Language,
    *,
    values: pd.Series[Any] | None = None,
    diverging: bool = False,
    percent: bool = False,
    limits: tuple[float, float] | None = None,
    before: pd.Series[Any] | None = None,
    wished: Mapping[str, int] | None = None,
    title: str = "",
) -> dict[str, Any]:
    """Return a map of communities.

    Parameters
    ----------
    territory : Territory
    assignment : Series
        unit_id -> community.
    say : Language
    values : Series, optional
        community -> number: shades instead of a colour per community.
    diverging : bool
        The shades have a middle, at zero.
    percent : bool
        The values are shares.
    limits : (float, float), optional
        Ends of the scale of shades; default: those of the values.
    before : Series, optional
        unit_id -> community: units that have moved since are hatched.
    wished : mapping, optional
        community -> number of a colour, to be kept where no neighbour has it: the same on both maps.
    title : str

    Returns
    -------
    dict
        ``width, height, areas (id, d, fill, name), borders, moved, lines, labels, bar, key, title``.
    """
    canvas = Canvas(territory)
    label = assignment.reindex(territory.units.index).astype(str).to_numpy(dtype=object)
    names = sorted(set(label))
    fills, key = _fills(territory, label, names, values, say, diverging, percent, wished, limits)
    moved = None if before is None else moved_units(territory, before, assignment)
    content: dict[str, Any] = {
        "width": round(canvas.width, 1),
        "height": round(canvas.height, 1),
        "areas": [
            {"id": name, "d": d, "fill": fills[name]}
            for name, d in zip(names, _shapes(territory, label, names, canvas), strict=True)
        ],
        "borders": "",
        "lines": "",
        "moved": "",
        "labels": labels(territory, label, canvas),
        "bar": _bar(canvas, say),
        "key": key,
        "title": title,
        "hint": say("app.hint"),
    }
    if territory.geometry is not None:
        if "centre" in territory.units:
            centres = dissolve(territory, territory.units["centre"].astype(str).to_numpy(dtype=object))
            content["borders"] = "".join(canvas.path(shape) for shape in centres)
        if territory.features is not None and len(territory.features):
            rivers = territory.features[territory.features.geom_type.str.endswith("LineString")]
            content["lines"] = "".join(canvas.path(shape) for shape in rivers.geometry)
    if moved is not None and moved.any():
        content["moved"] = _moved(territory, moved, canvas)
        content["key"] = [*key, {"hatch": True, "text": say("map.moved")}]
    return content


def _shapes(territory: Territory, label: NDArray[np.object_], names: list[str], canvas: Canvas) -> list[str]:
    if territory.geometry is not None:
        return [canvas.path(shape) for shape in dissolve(territory, label).reindex(names)]
    radius = float(np.clip(220 / np.sqrt(len(territory)), 2.5, 14))
    return [canvas.dots(canvas.points[label == name], radius) for name in names]


def _moved(territory: Territory, moved: NDArray[np.bool_], canvas: Canvas) -> str:
    if territory.geometry is not None:
        return canvas.path(shapely.union_all(np.asarray(territory.geometry.array)[moved]))
    return canvas.dots(canvas.points[moved], float(np.clip(260 / np.sqrt(len(territory)), 3, 16)))


def _fills(
    territory: Territory,
    label: NDArray[np.object_],
    names: list[str],
    values: pd.Series[Any] | None,
    say: Language,
    diverging: bool,
    percent: bool,
    wished: Mapping[str, int] | None,
    limits: tuple[float, float] | None,
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return each community's colour, and what the key says of the shades."""
    if values is None:
        given = colour_map(neighbours(territory, label), len(AREAS), wished)
        return {name: AREAS[given[name]] for name in names}, []
    shown = values.reindex(names).astype(float)
    low, high = limits or (float(shown.min()), float(shown.max()))
    if not np.isfinite([low, high]).all():
        return dict.fromkeys(names, "#eeeeee"), []
    if diverging:
        high = max(abs(low), abs(high), 1e-9)
        low = -high
    shades = mpl.colormaps[DIVERGING if diverging else SEQUENTIAL]
    norm = mpl.colors.Normalize(low, high if high > low else low + 1)
    fills = {str(n): mpl.colors.to_hex(shades(norm(v))) if np.isfinite(v) else "#eeeeee" for n, v in shown.items()}
    write: Callable[..., str] = say.percent if percent else say.number
    steps = np.linspace(low, high, 5)
    return fills, [{"fill": mpl.colors.to_hex(shades(norm(v))), "text": write(float(v), sign=diverging)} for v in steps]


def labels(territory: Territory, label: NDArray[np.object_], canvas: Canvas) -> list[dict[str, Any]]:
    """Name communities, or centres where they are too many; a name that finds no room is left out."""
    texts, counts = np.unique(label.astype(str), return_counts=True)
    if len(texts) > MANY_AREAS and "centre" in territory.units:
        label = territory.units["centre"].astype(str).to_numpy(dtype=object)
        texts, counts = np.unique(label.astype(str), return_counts=True)
    order = [str(texts[i]) for i in sorted(range(len(texts)), key=lambda i: (-counts[i], texts[i]))]
    spots = place_labels(canvas.at(middles(canvas.points, label, order)), [short(n) for n in order], LETTERS, 1.0)
    return [
        {"text": short(name), "x": round(spot[0], 1), "y": round(spot[1], 1)}
        for name, spot in zip(order, spots, strict=True)
        if spot is not None
    ]


def _bar(canvas: Canvas, say: Language) -> dict[str, Any]:
    length = ruler(canvas.width / canvas.scale / 1000)
    text = f"{say.number(length, 0 if length >= 1 else 1)} {say('unit.km')}"
    return {"length": round(length * 1000 * canvas.scale, 1), "text": text}


def colours_after(territory: Territory, before: pd.Series[Any], after: pd.Series[Any]) -> dict[str, int]:
    """Return the colour each community would have if it kept that of the one most of it comes from."""
    label = before.reindex(territory.units.index).astype(str).to_numpy(dtype=object)
    first = colour_map(neighbours(territory, label), len(AREAS))
    return {name: first[origin] for name, origin in origins(territory, before, after).items()}
