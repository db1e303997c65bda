"""The map of units to move by hand, as plain values for `hand_map.js`, and what comes back from it as a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from foundation.graph_colouring import colour_map
from scenarios import Territory
from scenarios.rules.scorecard import natural
from study.app.scenes.map_scene import Canvas, labels
from study.evaluation.decisions import WORKLOAD
from study.plotting.map_layout import dissolve, neighbours
from study.plotting.theme import AREAS
from study.presentation.language import Language

COARSE = 1.5
"""Largest distance by which an outline is simplified [units of the picture, of which it is 1,000 wide]."""


def hand_scene(territory: Territory, plan: pd.Series[Any], tolerance: float, say: Language) -> dict[str, Any]:
    """Return the units of a territory as they lie in a plan, with all that is worked out while they are moved.

    Parameters
    ----------
    territory : Territory
        With centre, community and workload.
    plan : Series
        unit_id -> community.
    tolerance : float
        Share by which a community's workload may leave the mean of its centre.
    say : Language
    """
    canvas, units = Canvas(territory), territory.units
    label = plan.reindex(units.index).astype(str).to_numpy(dtype=object)
    today = units["community"].astype(str).to_numpy(dtype=object)
    names = sorted(set(label), key=natural)
    at = {name: n for n, name in enumerate(names)}
    colours = colour_map(neighbours(territory, label), len(AREAS))
    centre = units["centre"].astype(str).to_numpy(dtype=object)
    near: list[list[int]] = [[] for _ in label]
    for a, b in territory.edge_positions:
        near[a].append(int(b))
        near[b].append(int(a))
    spots = canvas.at(canvas.points).tolist()
    title = units["name"].astype(str) if "name" in units else pd.Series(units.index, index=units.index)
    weight = territory.attribute(WORKLOAD)
    return {
        "width": round(canvas.width, 1),
        "height": round(canvas.height, 1),
        "units": [
            {
                "id": str(unit),
                "name": name,
                "d": d,
                "w": float(w),
                "x": float(x),
                "y": float(y),
                "px": px,
                "py": py,
                "near": n,
            }
            for unit, name, d, w, (x, y), (px, py), n in zip(
                units.index, title, _shapes(territory, canvas), weight, territory.coordinates, spots, near, strict=True
            )
        ],
        "of": [at[name] for name in label],
        "today": _today(label, today, names),
        "communities": names,
        "centres": [str(centre[label == name][0]) for name in names],
        "fills": [AREAS[colours[name]] for name in names],
        "tolerance": tolerance,
        "labels": labels(territory, label, canvas),
        "borders": _borders(territory, canvas, centre),
        "words": hand_words(say),
    }


def hand_words(say: Language) -> dict[str, Any]:
    """Return what the map says, for a map that changes its language under the hand."""
    return {
        "title": say("hand.title"),
        "to": say("hand.to"),
        "move": say("hand.move"),
        "undo": say("hand.undo"),
        "redo": say("hand.redo"),
        "none": say("hand.none"),
        "together": say("hand.together"),
        "use": say("hand.use"),
        "state": say("hand.state", worst="{worst}", split="{split}", compact="{compact}", moved="{moved}"),
        "heads": [say("table.community"), say("table.units"), say("table.deviation"), say("hand.pieces")],
    }


def drawn_plan(territory: Territory, scene: Mapping[str, Any], of: Sequence[Any]) -> pd.Series[Any] | None:
    """Return the plan that came back from a map; None where it is none of this scene's."""
    names = list(scene["communities"])
    numbers = [n for n in of if isinstance(n, int) and 0 <= n < len(names)]
    if len(numbers) != len(territory) or len(of) != len(territory):
        return None
    return pd.Series([names[n] for n in numbers], index=territory.units.index, name="community")


def _today(label: np.ndarray, today: np.ndarray, names: list[str]) -> list[int]:
    """Return for each unit the community of the plan that most of its community of today went to; -1: none did."""
    home = pd.crosstab(today, label)
    heir = {name: names.index(str(row.idxmax())) for name, row in home.iterrows()}
    return [heir.get(name, -1) for name in today]


def _shapes(territory: Territory, canvas: Canvas) -> list[str]:
    if territory.geometry is None:
        radius = float(np.clip(300 / np.sqrt(len(territory)), 3, 16))
        return [canvas.dots(point[None, :], radius) for point in canvas.points]
    coarse = shapely.coverage_simplify(np.asarray(territory.geometry.array), COARSE / canvas.scale)
    return [canvas.path(shape) for shape in coarse]


def _borders(territory: Territory, canvas: Canvas, centre: np.ndarray) -> str:
    if territory.geometry is None:
        return ""
    return "".join(canvas.path(shape) for shape in dissolve(territory, centre))
