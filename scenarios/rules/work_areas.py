"""Layers: the ways in which work areas lie over the territory, and who works where in each phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.unit_market import toured_areas

Site = tuple[str, int]


@dataclass(frozen=True)
class Layer:
    """A list of patches (work areas), each a list of units, kept end to end.

    Attributes
    ----------
    names : tuple of str
        One per patch.
    order : ndarray
        Unit positions of patch 0, then of patch 1, and so on.
    bounds : ndarray, shape (patches + 1,)
        Patch k is ``order[bounds[k]:bounds[k + 1]]``.
    area : ndarray, shape (patches,) [km2]
    """

    names: tuple[str, ...]
    order: Ints
    bounds: Ints
    area: Floats

    def units(self, patch: int) -> Ints:
        """Return the unit positions of a patch."""
        return self.order[self.bounds[patch] : self.bounds[patch + 1]]


@dataclass(frozen=True)
class Ground:
    """All patches of all layers end to end, so that a work area is one number.

    Attributes
    ----------
    first : mapping
        Layer name -> number of its patch 0.
    order, bounds, area : ndarray
        As in `Layer`, over all patches.
    """

    first: Mapping[str, int]
    order: Ints
    bounds: Ints
    area: Floats

    def units(self, patch: int) -> Ints:
        """Return the unit positions of a patch."""
        return self.order[self.bounds[patch] : self.bounds[patch + 1]]


def ground_of(layers: Mapping[str, Layer]) -> Ground:
    """Lay the layers end to end."""
    sizes = [np.diff(layer.bounds) for layer in layers.values()]
    counts = np.cumsum([0, *(len(layer.names) for layer in layers.values())])
    none = np.zeros(0, dtype=np.int64)
    return Ground(
        dict(zip(layers, counts.tolist(), strict=False)),
        np.concatenate([none, *(layer.order for layer in layers.values())]).astype(np.int64),
        np.concatenate([[0], np.cumsum(np.concatenate([none, *sizes]))]).astype(np.int64),
        np.concatenate([np.zeros(0), *(layer.area for layer in layers.values())]),
    )


def layers_of(
    territory: Territory | None, people: pd.DataFrame, plans: Mapping[str, Plan], speed_km_per_hour: float
) -> dict[str, Layer]:
    """Return every layer: today's communities, the grid managers' territories, centres, and the plans'."""
    if territory is None:
        return {}
    area = toured_areas(territory, speed_km_per_hour)
    today = territory.units["community"].astype(str)
    labels = {"current": plans["current"].assignment if "current" in plans else today}
    for kind in ("redrawn", "subdivided"):
        labels[kind] = plans[kind].assignment if kind in plans else labels["current"]
    layers = {
        kind: _by_label(label.reindex(territory.units.index).astype(str).to_numpy(), area)
        for kind, label in labels.items()
    }
    layers["centre"] = _by_label(territory.units["centre"].astype(str).to_numpy(), area)
    layers["known"] = _known(territory, people, area)
    return layers


def sites_of(
    scenario: Scenario,
    people: pd.DataFrame,
    units: pd.DataFrame,
    *,
    layers: Mapping[str, Layer],
    placements: Mapping[str, Placement],
) -> tuple[tuple[tuple[Site, ...], ...], Ints]:
    """Return where each seller works before the merger and in every phase, and the centre each belongs to (F7, F8).

    Without a placement a seller goes where most population of the territory he knows lies.
    """
    if not len(people):
        return tuple(() for _ in range(len(scenario.phases) + 1)), np.zeros(0, dtype=np.int64)
    names = {kind: layer.names for kind, layer in layers.items()}
    most = _most_known(people, units, layers)
    given = {kind: placement.table.set_index("seller_id") for kind, placement in placements.items()}
    any_placement = next(iter(given.values()), None)
    ids = people["seller_id"].astype(str).tolist()
    is_cm = (people["force"] == "CM").to_numpy()
    home = units.index.get_indexer(pd.Index(people["home_unit"].astype(str)))
    home_centre = membership(layers["centre"], len(units))[home]
    centre = np.where(is_cm & (home >= 0), home_centre, most["centre"]).astype(np.int64)
    if any_placement is not None:
        for i, seller in enumerate(ids):
            if seller in any_placement.index:
                centre[i] = names["centre"].index(str(any_placement.loc[seller, "centre"]))

    def place(i: int, organisation: str, communities: str) -> Site:
        if organisation == "separate":
            return ("current", int(most["current"][i])) if is_cm[i] else ("known", i)
        if organisation == "virtual_community" and not is_cm[i]:
            return "centre", int(centre[i])
        if organisation != "virtual_community" and communities in given and ids[i] in given[communities].index:
            name = str(given[communities].loc[ids[i], "community"])
            if name in names[communities]:
                return communities, names[communities].index(name)
        return communities, int(most[communities][i])

    modes = [("separate", "current"), *((p.organisation, p.communities) for p in scenario.phases)]
    return tuple(tuple(place(i, *mode) for i in range(len(ids))) for mode in modes), centre


def _most_known(people: pd.DataFrame, units: pd.DataFrame, layers: Mapping[str, Layer]) -> dict[str, Ints]:
    """Return the patch of each layer in which most population of what each seller knows lies, the first of equals."""
    population = units["population"].to_numpy(dtype=np.float64) if "population" in units else np.ones(len(units))
    known = [_units_known(row, units) for row in people.to_dict("records")]
    most = {}
    for kind, layer in layers.items():
        if kind != "known":
            member, patches = membership(layer, len(units)), len(layer.names)
            found = [np.bincount(member[own], population[own], patches).argmax() for own in known]
            most[kind] = np.array(found, dtype=np.int64)
    return most


def _by_label(label: NDArray[np.object_], area: Floats) -> Layer:
    names, codes = np.unique(label.astype(str), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(names)))])
    return Layer(
        tuple(names.tolist()), order, bounds.astype(np.int64), np.bincount(codes, weights=area).astype(np.float64)
    )


def _known(territory: Territory, people: pd.DataFrame, area: Floats) -> Layer:
    """Return one patch per seller: the units he knows."""
    rows = people.to_dict("records") if len(people) else []
    patches = [_units_known(row, territory.units) for row in rows]
    bounds = np.concatenate([[0], np.cumsum([len(p) for p in patches])]).astype(np.int64)
    order = np.concatenate(patches) if patches else np.zeros(0, dtype=np.int64)
    return Layer(tuple(str(r["seller_id"]) for r in rows), order, bounds, np.array([area[p].sum() for p in patches]))


def _units_known(row: Mapping[Any, Any], units: pd.DataFrame) -> Ints:
    """Return the units a seller knows; his home unit where nothing else is known."""
    text = row.get("knows")
    names = [name for name in str(text).split(";") if name] if isinstance(text, str) else []
    found = units.index.get_indexer(pd.Index(names or [str(row["home_unit"])]))
    found = found[found >= 0]
    if not len(found):
        found = units.index.get_indexer(pd.Index([str(row["home_unit"])]))
    return np.asarray(found, dtype=np.int64)


def membership(layer: Layer, units: int) -> Ints:
    """Return the patch of every unit in a layer that divides the territory."""
    patch = np.empty(units, dtype=np.int64)
    patch[layer.order] = np.repeat(np.arange(len(layer.names)), np.diff(layer.bounds))
    return patch
