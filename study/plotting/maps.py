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
from numpy.typing import NDArray

from foundation.atomic_files import write_bytes
from foundation.graph_colouring import colour_map
from scenarios import Plan, Territory
from scenarios.rules.moved import moved_units, origins
from study.plotting.map_layout import dissolve, neighbours, outlines, points_of
from study.plotting.map_symbols import MANY_UNITS, draw_features, draw_labels, draw_scale_bar, draw_things, hatch
from study.plotting.theme import AREAS, FAINT, INK, SEQUENTIAL, SOFT, new_figure, style, to_png
from study.presentation.language import Language


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
    faces: NDArray[np.float64] | None = None,
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
    faces : ndarray, shape (units, 4), optional
        Colours of the units instead: their shades say what a name would, so that communities carry none.

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
        face = _faces(territory, label, colour_by, colours, axes, say) if faces is None else faces
        if territory.geometry is None:
            _draw_graph(axes, territory, label, points, face)
        else:
            _draw_polygons(axes, territory, label, face)
        _frame(axes, points, territory)
        if moved is not None and moved.any():
            key.append(hatch(axes, territory, points, moved, say))
        key += draw_features(axes, territory, say)
        key += draw_things(axes, territory, points, seats, outlets, halls, say)
        if faces is None:
            draw_labels(axes, territory, label, points, say, key, seats)
        draw_scale_bar(axes, say)
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
    titles: tuple[str, str] | None = None,
    seats: Mapping[str, str] | None = None,
    size: tuple[float, float] = (12.0, 6.6),
) -> Figure:
    """Draw two plans side by side; units that leave their community are hatched on the second.

    A new community has the colour of the one that most of it comes from, where its neighbours allow it. Without
    ``titles`` the first is called today's and the second redrawn.
    """
    say = Language(language)
    titles = titles or (say("plan.current"), say("plan.redrawn"))
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
    axes.set_ylim(low[1] - 5.0 * margin, high[1] + margin)
    axes.set_axis_off()
