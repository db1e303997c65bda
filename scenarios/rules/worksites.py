"""Where everybody works in each phase: his patch, the part of it that falls to him, and who is there to win and keep.

The simulation posts people to the same work areas (`sim.world.duties`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.learning import trained
from scenarios.rules.unit_market import market_of, toured_areas
from scenarios.rules.work_areas import Ground, ground_of, layers_of, sites_of
from scenarios.schema.organisation import Phase


@dataclass(frozen=True)
class Worksites:
    """Where everybody works; first axis: before the merger, then each phase; second: people, sorted by seller_id.

    Attributes
    ----------
    centre : ndarray, shape (people,)
        Position of the centre by name.
    trained : ndarray of bool, shape (people,)
        Who is trained in the business that is new to him.
    patch : ndarray of int
        Work area; people with the same number in a phase are a team.
    mates : ndarray
        People of the team.
    area : ndarray [km2]
        Part of the work area that falls to him.
    outlets : ndarray
        How many outlets he supports, with the others of his team.
    carers : ndarray
        People of the team who support its outlets, 1 where there are none.
    pull : ndarray, last axis businesses
        Mean propensity of the prospects of the patch at the start.
    returning : ndarray, last axis businesses
        What the patch's subscribers would add to `pull` if all of them left and could be won again.
    prospects : ndarray, last axis businesses
        Prospects of the patch at the start.
    subscribers : ndarray, last axis businesses
        Subscribers of the patch per person of the team.
    """

    centre: Ints
    trained: np.ndarray
    patch: Ints
    mates: Floats
    area: Floats
    outlets: Floats
    carers: Floats
    pull: Floats
    returning: Floats
    prospects: Floats
    subscribers: Floats


def worksites(
    scenario: Scenario,
    territory: Territory,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> Worksites:
    """Return where everybody works before the merger and in every phase.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        Complete, with sellers.
    plans, placements : mapping, optional
        ``redrawn``, ``subdivided`` -> Plan, Placement; without a placement a seller goes where most population of the
        territory he knows lies.
    """
    assert territory.sellers is not None  # checked by the caller
    people = territory.sellers.sort_values("seller_id").reset_index(drop=True)
    layers = layers_of(territory, people, plans or {}, scenario.selling.speed_km_per_hour)
    sites, centre = sites_of(scenario, people, territory.units, layers=layers, placements=placements or {})
    ground = ground_of(layers)
    patches = _patches(scenario, territory, ground, len(people))
    is_cm, able = (people["force"] == "CM").to_numpy(), trained(scenario, people, territory.units)
    posts = []
    for phase, site in zip([None, *scenario.phases], sites, strict=True):
        patch = np.array([ground.first[kind] + k for kind, k in site], dtype=np.int64)
        whole = np.array([kind == "centre" for kind, _ in site], dtype=bool)
        posts.append((patch, *_shares(patches, phase, patch, whole, is_cm, able)))
    stacked = (np.stack(list(column)) for column in zip(*posts, strict=True))
    return Worksites(centre, able, *stacked)


@dataclass(frozen=True)
class _Patches:
    """What lies in each work area, first axis patches; and how many outlets each person supports by himself."""

    area: Floats
    outlets: Floats
    own_outlets: Floats
    pull: Floats
    returning: Floats
    prospects: Floats
    subscribers: Floats


def _patches(scenario: Scenario, territory: Territory, ground: Ground, people: int) -> _Patches:
    subscribers, prospects, propensity = market_of(scenario, territory.units)
    who, unit = _outlets(territory)
    patch, count = np.repeat(np.arange(len(ground.area)), np.diff(ground.bounds)), len(ground.area)

    def sums(values: Floats | Ints) -> Floats:
        """Return the sums of the values of units, shape (units, columns), over the patches."""
        columns = [np.bincount(patch, column[ground.order], count) for column in values.T]
        return np.stack(columns, axis=1).astype(np.float64)

    potential = np.maximum(sums(prospects), 1.0)
    return _Patches(
        sums(toured_areas(territory, scenario.selling.speed_km_per_hour)[:, None])[:, 0],
        sums(np.bincount(unit, minlength=len(territory))[:, None])[:, 0],
        np.bincount(who, minlength=people).astype(np.float64),
        sums(prospects * propensity) / potential,
        sums(subscribers * propensity) / potential,
        potential,
        sums(subscribers),
    )


def _shares(
    patches: _Patches, phase: Phase | None, patch: Ints, whole: np.ndarray, is_cm: np.ndarray, able: np.ndarray
) -> tuple[Floats, ...]:
    """Return mates, area, outlets, carers, pull, returning, prospects, subscribers of everybody in a phase.

    ``whole`` says who works in a whole centre, whose people support its outlets together.
    """
    shared = phase is not None and phase.shared_channels
    supports = ~is_cm | (able & shared)
    mates = np.bincount(patch)[patch].astype(np.float64)
    outlets = np.where(shared | whole, patches.outlets[patch], patches.own_outlets)
    return (
        mates,
        patches.area[patch] / mates,
        np.where(supports, outlets, 0.0),
        np.maximum(np.bincount(patch, supports), 1.0)[patch],
        patches.pull[patch],
        patches.returning[patch],
        patches.prospects[patch],
        patches.subscribers[patch] / mates[:, None],
    )


def _outlets(territory: Territory) -> tuple[Ints, Ints]:
    """Return the supporters of the outlets that have one, and the units of those that have one."""
    table, sellers = territory.outlets, territory.sellers
    if table is None or sellers is None or not len(table):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    unit = territory.units.index.get_indexer(pd.Index(table["unit_id"].astype(str)))
    ids = pd.Index(sellers["seller_id"].astype(str).sort_values())
    named = table["seller_id"] if "seller_id" in table else pd.Series("", index=table.index)
    who = ids.get_indexer(pd.Index(named.fillna("").astype(str)))
    return who[who >= 0].astype(np.int64), unit[unit >= 0].astype(np.int64)
