"""Maps of a territory: communities, seats, what moves, outlets and halls, and any attribute as shades."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from scenarios import Plan, Territory
from scenarios.atomic import write_bytes
from study.language import Language
from study.map_layout import (
    colour_map,
    dissolve,
    middles,
    moved_units,
    neighbours,
    origins,
    outlines,
    place_labels,
    points_of,
    ruler,
)
from study.theme import AREAS, BLUE, FAINT, INK, ORANGE, SEQUENTIAL, SOFT, new_figure, style, to_png

MANY_UNITS = 3000
"""Above this many units, polygons are drawn as pixels and without borders of their own."""

MANY_AREAS = 60
"""Above this many communities only centres are labelled."""

HALO = [withStroke(linewidth=2.2, foreground="white")]


def draw_map(
    territory: Territory,
    assignment: pd.Series[Any],
    *,
    ax: Axes | None = None,
    size: tuple[float, float] = (7.0, 6.2),
    language: str = "en",
    title: str = "",
    colour_by: str | None = None,
    moved: NDArray[np.bool_] | None = None,
    seats: Mapping[str, str] | None = None,
    outlets: bool = False,
    halls: bool = False,
    colours: Mapping[str, int] | None = None,
) -> Figure:
    """Draw communities as areas (or, without polygons, as points and edges).

    Parameters
    ----------
    territory : Territory
    assignment : Series
        unit_id -> community.
    ax : Axes, optional
        Draw here instead of on a new figure of ``size`` [inches].
    language : {"en", "zh"}
    title : str
    colour_by : str, optional
        A numeric attribute: shades by its value instead of a colour per community.
    moved : ndarray of bool, shape (units,), optional
        Units to hatch.
    seats : mapping of community to unit_id, optional
    outlets, halls : bool
        Show them where the territory has them.
    colours : mapping of community to colour number, optional
        Kept where no neighbour has the same.

    Raises
    ------
    InputError
        ``colour_by`` is not an attribute of the territory.
    """
    say = Language(language)
    label = assignment.reindex(territory.units.index).astype(str).to_numpy(dtype=object)
    with style():
        figure: Figure = new_figure(*size) if ax is None else ax.get_figure(root=True)  # type: ignore[assignment]
        axes = figure.add_subplot() if ax is None else ax
        points = points_of(territory)
        key: list[Any] = []
        face = _faces(territory, label, colour_by, colours, axes, say)
        if territory.geometry is None:
            _draw_graph(axes, territory, label, points, face)
        else:
            _draw_polygons(axes, territory, label, face)
        _frame(axes, points, territory)
        if moved is not None and moved.any():
            key.append(_hatch(axes, territory, points, moved, say))
        key += _features(axes, territory, say)
        key += _things(axes, territory, points, seats, outlets, halls, say)
        _labels(axes, territory, label, points, say, key)
        _scale_bar(axes, say)
        if title:
            axes.set_title(title)
        if key:
            axes.legend(
                handles=key, loc="upper center", bbox_to_anchor=(0.5, -0.005), ncols=3, frameon=False, fontsize=7.5
            )
    return figure


def draw_before_after(
    territory: Territory,
    before: pd.Series[Any],
    after: pd.Series[Any],
    *,
    language: str = "en",
    titles: tuple[str, str] = ("", ""),
    seats: Mapping[str, str] | None = None,
    size: tuple[float, float] = (12.0, 6.6),
) -> Figure:
    """Draw two plans side by side; units that leave their community are hatched on the second.

    A new community has the colour of the one that most of it comes from, where its neighbours allow it.
    """
    index = territory.units.index
    old = before.reindex(index).astype(str).to_numpy(dtype=object)
    new = after.reindex(index).astype(str).to_numpy(dtype=object)
    first = colour_map(neighbours(territory, old), len(AREAS))
    came = origins(territory, before, after)
    second = colour_map(neighbours(territory, new), len(AREAS), {n: first[o] for n, o in came.items()})
    with style():
        figure = new_figure(*size)
        left, right = figure.subplots(1, 2)
        draw_map(territory, before, ax=left, language=language, title=titles[0], colours=first)
        draw_map(
            territory,
            after,
            ax=right,
            language=language,
            title=titles[1],
            moved=moved_units(territory, before, after),
            seats=seats,
            colours=second,
        )
    return figure


def save_map(territory: Territory, plan: Plan, path: Path | str, *, language: str = "en", title: str = "") -> Path:
    """Write the map of a plan as PNG, whole or not at all; what moves is hatched where today's communities are known.

    Raises
    ------
    OSError
        The file cannot be written; one that is there stays whole.
    """
    moved = None
    if "community" in territory.units:
        moved = moved_units(territory, territory.units["community"].astype(str), plan.assignment)
    figure = draw_map(
        territory, plan.assignment, language=language, title=title, seats=plan.seats, moved=moved, size=(9.0, 8.0)
    )
    return write_bytes(path, to_png(figure, 130))


def _faces(
    territory: Territory,
    label: NDArray[np.object_],
    colour_by: str | None,
    colours: Mapping[str, int] | None,
    axes: Axes,
    say: Language,
) -> Any:
    """Return the fill of every unit; draws the scale of shades where there is one."""
    if colour_by is None:
        given = colour_map(neighbours(territory, label), len(AREAS), colours)
        return [AREAS[given[name]] for name in label]
    values = territory.attribute(colour_by)
    shades = mpl.colormaps[SEQUENTIAL]
    norm = mpl.colors.Normalize(float(values.min()), float(values.max()) or 1.0)
    named = f"attribute.{colour_by}"
    bar = axes.figure.colorbar(mpl.cm.ScalarMappable(norm, shades), ax=axes, shrink=0.6, pad=0.02)
    bar.set_label(say(named) if say.has(named) else colour_by)
    bar.ax.yaxis.set_major_formatter(lambda value, _: say.number(value))
    return shades(norm(values))


def _draw_polygons(axes: Axes, territory: Territory, label: NDArray[np.object_], face: Any) -> None:
    many = len(territory) > MANY_UNITS
    assert territory.geometry is not None
    units = PathCollection(
        outlines(territory.geometry),
        facecolors=face,
        edgecolors=face if many else "white",
        linewidths=0.2 if many else 0.35,
        zorder=1,
    )
    units.set_rasterized(many)
    axes.add_collection(units)
    _borders(axes, territory, label, float(np.clip(7 / np.sqrt(len(set(label))), 0.25, 0.9)), SOFT, 3)
    if "centre" in territory.units:
        _borders(axes, territory, territory.units["centre"].astype(str).to_numpy(dtype=object), 2.0, INK, 4)


def _borders(axes: Axes, territory: Territory, label: NDArray[np.object_], width: float, colour: str, z: int) -> None:
    areas = PathCollection(
        outlines(dissolve(territory, label)), facecolors="none", edgecolors=colour, linewidths=width, zorder=z
    )
    areas.set_rasterized(len(territory) > MANY_UNITS)
    axes.add_collection(areas)


def _draw_graph(
    axes: Axes, territory: Territory, label: NDArray[np.object_], points: NDArray[np.float64], face: Any
) -> None:
    ends = territory.edge_positions
    cut = label[ends[:, 0]] != label[ends[:, 1]]
    axes.add_collection(
        LineCollection(list(points[ends[cut]]), colors=FAINT, linewidths=0.5, linestyles="dotted", zorder=1)
    )
    axes.add_collection(LineCollection(list(points[ends[~cut]]), colors=SOFT, linewidths=0.9, zorder=2))
    area = float(np.clip(12000 / len(territory), 6, 90))
    axes.scatter(
        points[:, 0], points[:, 1], s=area, c=face, edgecolors=INK, linewidths=0.4 if area > 10 else 0.15, zorder=3
    )


def _frame(axes: Axes, points: NDArray[np.float64], territory: Territory) -> None:
    axes.set_aspect("equal")
    axes.autoscale_view()
    if territory.geometry is None:
        low, high = points.min(axis=0), points.max(axis=0)
    else:
        x0, y0, x1, y1 = territory.geometry.total_bounds
        low, high = np.array([x0, y0]), np.array([x1, y1])
    margin = max(float((high - low).max()) * 0.02, 1.0)
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - 3.5 * margin, high[1] + margin)
    axes.set_axis_off()


def _hatch(
    axes: Axes, territory: Territory, points: NDArray[np.float64], moved: NDArray[np.bool_], say: Language
) -> Any:
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


def _features(axes: Axes, territory: Territory, say: Language) -> list[Any]:
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


def _things(
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
        at = territory.units.index.get_indexer(pd.Index(sorted(seats.values())))
        mark(points[at[at >= 0]], "*", 9.0, INK, "map.seat")
    return key


def _labels(
    axes: Axes,
    territory: Territory,
    label: NDArray[np.object_],
    points: NDArray[np.float64],
    say: Language,
    key: list[Any],
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
    spots = place_labels(middles(points, label, chosen), texts, size, _per_point(axes))
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


def _scale_bar(axes: Axes, say: Language) -> None:
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
