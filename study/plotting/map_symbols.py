"""What stands on a map besides its areas: hatching, river, seats, outlets, halls, names, a scale bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from scenarios import Territory
from study.plotting.map_layout import middles, outlines, place_labels, ruler
from study.plotting.theme import BLUE, INK, ORANGE
from study.presentation.language import Language

MANY_UNITS = 3000
"""Above this many units, polygons are drawn as pixels and without borders of their own."""

MANY_AREAS = 60
"""Above this many communities only centres are labelled."""

SEAT = 7.0
"""Size of the star of a seat [points]."""

HALO = [withStroke(linewidth=2.2, foreground="white")]


def hatch(
    axes: Axes, territory: Territory, points: NDArray[np.float64], moved: NDArray[np.bool_], say: Language
) -> Any:
    """Hatch (or ring) the units that move; return what the key says of them."""
    if territory.geometry is None:
        axes.scatter(
            points[moved, 0], points[moved, 1], s=70, facecolors="none", edgecolors=ORANGE, linewidths=1.4, zorder=5
        )
        return Line2D([], [], ls="", marker="o", mfc="none", mec=ORANGE, label=say("map.moved"))
    shapes = PathCollection(
        outlines(territory.geometry[moved]),
        facecolors="none",
        edgecolors="#7a3300",
        linewidths=0.5,
        hatch="/////",
        zorder=2,
    )
    shapes.set_rasterized(len(territory) > MANY_UNITS)
    axes.add_collection(shapes)
    return Patch(facecolor="white", edgecolor="#7a3300", hatch="////", label=say("map.moved"))


def draw_features(axes: Axes, territory: Territory, say: Language) -> list[Any]:
    """Draw rivers as lines and bridges as gaps in them."""
    features = territory.features
    if features is None or territory.geometry is None:
        return []
    key: list[Any] = []
    for kind, shape in zip(features["kind"], features.geometry, strict=True):
        if kind == "bridge":
            axes.plot(shape.x, shape.y, marker="s", ms=4.5, mfc="white", mec=INK, mew=0.8, ls="", zorder=5)
        elif shape.geom_type.endswith("LineString"):
            for part in getattr(shape, "geoms", [shape]):
                axes.plot(*np.asarray(part.coords)[:, :2].T, color="#2b7bba", lw=3.2, alpha=0.85, zorder=4.5)
    kinds = set(features["kind"])
    if "river" in kinds:
        key.append(Line2D([], [], color="#2b7bba", lw=3.2, label=say("map.river")))
    if "bridge" in kinds:
        key.append(Line2D([], [], ls="", marker="s", ms=5, mfc="white", mec=INK, label=say("map.bridge")))
    return key


def draw_things(
    axes: Axes,
    territory: Territory,
    points: NDArray[np.float64],
    seats: Mapping[str, str] | None,
    outlets: bool,
    halls: bool,
    say: Language,
) -> list[Any]:
    """Draw seats, outlets and halls; return what the key says of them."""
    key: list[Any] = []

    def mark(at: NDArray[np.float64], marker: str, size: float, colour: str, what: str) -> None:
        line: dict[str, Any] = {"ls": "", "marker": marker, "mfc": colour, "mec": "white", "mew": 0.6, "ms": size}
        axes.plot(*at.T, zorder=6, **line)
        key.append(Line2D([], [], label=say(what), **line))

    if outlets and territory.outlets is not None and len(territory.outlets):
        mark(territory.map_points(territory.outlets), "o", 4.0, ORANGE, "map.outlet")
    if halls and territory.halls is not None and len(territory.halls):
        mark(territory.map_points(territory.halls), "D", 6.0, BLUE, "map.hall")
    if seats:
        mark(_seat_points(territory, points, seats), "*", SEAT, INK, "map.seat")
    return key


def _seat_points(
    territory: Territory, points: NDArray[np.float64], seats: Mapping[str, str] | None
) -> NDArray[np.float64]:
    at = territory.units.index.get_indexer(pd.Index(sorted((seats or {}).values()), dtype=object))
    return points[at[at >= 0]]


def draw_labels(
    axes: Axes,
    territory: Territory,
    label: NDArray[np.object_],
    points: NDArray[np.float64],
    say: Language,
    key: list[Any],
    seats: Mapping[str, str] | None = None,
) -> None:
    """Name the communities, or the centres where communities are too many; tell how many found no room."""
    names, counts = np.unique(label.astype(str), return_counts=True)
    centres = territory.units["centre"].astype(str).to_numpy(dtype=object) if "centre" in territory.units else None
    only_centres = len(names) > MANY_AREAS and centres is not None
    if only_centres and centres is not None:
        label = centres
        names, counts = np.unique(label.astype(str), return_counts=True)
    order = sorted(range(len(names)), key=lambda i: (-counts[i], names[i]))
    chosen = [str(names[i]) for i in order]
    texts = [name if only_centres else short(name) for name in chosen]
    size = 8.5 if only_centres or len(chosen) <= 12 else 6.5
    per_point = _per_point(axes)
    half = SEAT * per_point / 2
    marks = [(x - half, y - half, x + half, y + half) for x, y in _seat_points(territory, points, seats).tolist()]
    spots = place_labels(middles(points, label, chosen), texts, size, per_point, marks)
    for text, spot in zip(texts, spots, strict=True):
        if spot is not None:
            axes.text(*spot, text, ha="center", va="center", fontsize=size, zorder=8, path_effects=HALO)
    left_out = sum(spot is None for spot in spots)
    if left_out:
        key.append(Line2D([], [], ls="", label=say("map.left_out", count=left_out)))


def short(community: str) -> str:
    """Return a community's name for a map: what all carry says nothing."""
    for tail in ("社区",):
        if community.endswith(tail) and len(community) > len(tail) + 1:
            return community[: -len(tail)]
    return community.replace("营销中心", "")


def _per_point(axes: Axes) -> float:
    """Return the data units of a point of paper, estimated before the figure is laid out."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    columns = axes.get_subplotspec()
    share = 1.0 if columns is None else 1 / columns.get_gridspec().ncols
    width, height = figure.get_size_inches()
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    return float(max((x1 - x0) / (width * share * 72 * 0.94), (y1 - y0) / (height * 72 * 0.84)))


def draw_scale_bar(axes: Axes, say: Language) -> None:
    """Draw a scale bar and an arrow to the north below the map."""
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    length = ruler((x1 - x0) / 1000) * 1000
    left, base = x0 + 0.03 * (x1 - x0), y0 + 0.03 * (y1 - y0)
    axes.plot([left, left + length], [base, base], color=INK, lw=2.0, solid_capstyle="butt", zorder=9)
    text = f"{say.number(length / 1000, 0 if length >= 1000 else 1)} {say('unit.km')}"
    axes.text(left + length / 2, base + 0.008 * (y1 - y0), text, ha="center", va="bottom", fontsize=8, zorder=9)
    axes.annotate(
        say("map.north"),
        xy=(0.985, 0.075),
        xytext=(0.985, 0.0),
        xycoords="axes fraction",
        ha="center",
        va="bottom",
        fontsize=8,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.0},
    )
