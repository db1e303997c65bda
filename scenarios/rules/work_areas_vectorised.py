"""Where everybody works in each phase: his patch, the part of it that falls to him, and who is there to win and keep.

The simulation posts people by the same rules (`scenarios.rules.work_areas`, `sim.world.duties`); tests hold the two
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.learning import trained
from scenarios.rules.unit_market import market_of, toured_areas
from scenarios.schema.fields import BUSINESSES
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


@dataclass(frozen=True)
class _Knowledge:
    """The units that each seller knows, end to end: rows sorted by seller."""

    who: Ints
    unit: Ints

    def most(self, code: Ints, population: Floats, people: int) -> Ints:
        """Return the label under which most population of what each seller knows lies, the first of equals."""
        pairs = pd.DataFrame({"who": self.who, "code": code[self.unit], "population": population[self.unit]})
        sums = pairs.groupby(["who", "code"], sort=True)["population"].sum().reset_index()
        best = sums.sort_values(["who", "population", "code"], ascending=[True, False, True]).drop_duplicates("who")
        result = np.zeros(people, dtype=np.int64)
        result[best["who"].to_numpy()] = best["code"].to_numpy()
        return result


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
    is_cm = (people["force"] == "CM").to_numpy()
    known = _knowledge(people, territory.units.index)
    sides = _Sides(territory, plans or {}, placements or {}, people, known)
    phases: list[Phase | None] = [None, *scenario.phases]
    able = trained(scenario, people, territory.units)
    posts = [_post(scenario, territory, phase, sides, is_cm, able) for phase in phases]
    stacked = (np.stack(list(column)) for column in zip(*posts, strict=True))
    return Worksites(sides.centre_of(is_cm), able, *stacked)


class _Sides:
    """The ways of laying work areas over the territory, and who belongs where in each."""

    def __init__(
        self,
        territory: Territory,
        plans: Mapping[str, Plan],
        placements: Mapping[str, Placement],
        people: pd.DataFrame,
        known: _Knowledge,
    ) -> None:
        units = territory.units
        self.known, self.people = known, people
        self.population = territory.attribute("population") if "population" in units else np.ones(len(units))
        current = plans["current"].assignment if "current" in plans else units["community"].astype(str)
        labels = {kind: plans[kind].assignment if kind in plans else current for kind in ("redrawn", "subdivided")}
        labels |= {"current": current, "centre": units["centre"]}
        self.names: dict[str, list[str]] = {}
        self.code: dict[str, Ints] = {}
        for kind, label in labels.items():
            names, code = np.unique(label.reindex(units.index).astype(str).to_numpy().astype(str), return_inverse=True)
            self.names[kind], self.code[kind] = names.tolist(), code.astype(np.int64)
        self.home = units.index.get_indexer(pd.Index(people["home_unit"].astype(str)))
        ids = people["seller_id"].astype(str)
        self.placed = {kind: p.table.set_index("seller_id").reindex(ids) for kind, p in placements.items()}

    def most(self, kind: str) -> Ints:
        """Return the patch in which most of what each seller knows lies."""
        return self.known.most(self.code[kind], self.population, len(self.people))

    def placed_in(self, kind: str) -> Ints:
        """Return the patch where each seller is placed, or else where most of what he knows lies."""
        return self._given(kind, "community", self.names[kind], self.most(kind))

    def centre_of(self, is_cm: np.ndarray) -> Ints:
        """Return everybody's centre: by a placement, else of a community manager's home, or of what is known most."""
        most = self.most("centre")
        own = np.where(is_cm & (self.home >= 0), self.code["centre"][self.home], most).astype(np.int64)
        return self._given(next(iter(self.placed), ""), "centre", self.names["centre"], own)

    def _given(self, kind: str, column: str, names: Sequence[str], default: Ints) -> Ints:
        if kind not in self.placed:
            return default
        found = pd.Index(names).get_indexer(pd.Index(self.placed[kind][column].astype(str)))
        return np.where(found >= 0, found, default).astype(np.int64)

    def sites(self, phase: Phase | None, is_cm: np.ndarray) -> list[tuple[str, np.ndarray, Ints]]:
        """Return the kinds of patches of a phase: kind, who works in one (bool), and in which, shape (people,)."""
        organisation = "separate" if phase is None else phase.organisation
        communities = "current" if phase is None else phase.communities
        if organisation == "separate":
            own = np.arange(len(is_cm), dtype=np.int64)
            return [("current", is_cm, self.most("current")), ("known", ~is_cm, own)]
        if organisation == "virtual_community":
            return [("centre", ~is_cm, self.centre_of(is_cm)), (communities, is_cm, self.most(communities))]
        return [(communities, np.ones(len(is_cm), dtype=bool), self.placed_in(communities))]

    def sums(self, kind: str, values: Floats | Ints) -> Floats:
        """Return the sums of the values of units, shape (units, columns), over the patches of a kind."""
        if kind == "known":
            where, values, count = self.known.who, values[self.known.unit], len(self.people)
        else:
            where, count = self.code[kind], len(self.names[kind])
        columns = [np.bincount(where, column, count) for column in values.T]
        return np.stack(columns, axis=1).astype(np.float64)


def _post(
    scenario: Scenario,
    territory: Territory,
    phase: Phase | None,
    sides: _Sides,
    is_cm: np.ndarray,
    able: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return patch, mates, area, outlets, carers, pull, returning, prospects, subscribers of everybody in a phase."""
    count = len(is_cm)
    area_of = toured_areas(territory, scenario.selling.speed_km_per_hour)[:, None]
    subscribers, prospects, propensity = market_of(scenario, territory.units)
    shops = _outlets(territory)
    shops_in = np.bincount(shops.unit, minlength=len(area_of)).astype(np.float64)[:, None]
    patch, (mates, carers), outlets = np.zeros(count, dtype=np.int64), np.ones((2, count)), np.zeros(count)
    area, found = np.zeros(count), np.zeros((4, count, len(BUSINESSES)))
    shared, first = phase is not None and phase.shared_channels, 0
    supports = ~is_cm | (able & shared)
    for kind, inside, site in sides.sites(phase, is_cm):
        here = site[inside]
        team = np.bincount(here, minlength=int(site.max(initial=0)) + 1)
        patch[inside], mates[inside] = first + here, team[here]
        first += len(team)
        carers[inside] = np.maximum(np.bincount(here, supports[inside], minlength=len(team)), 1.0)[here]
        area[inside] = sides.sums(kind, area_of)[here, 0] / team[here]
        potential = np.maximum(sides.sums(kind, prospects), 1.0)
        found[0, inside] = (sides.sums(kind, prospects * propensity) / potential)[here]
        found[1, inside] = (sides.sums(kind, subscribers * propensity) / potential)[here]
        found[2, inside] = potential[here]
        found[3, inside] = sides.sums(kind, subscribers)[here] / team[here, None]
        if shared or kind == "centre":
            outlets[inside] = sides.sums(kind, shops_in)[here, 0]
        else:
            outlets[inside] = np.bincount(shops.who, minlength=count)[inside]
    outlets[~supports] = 0.0
    return patch, mates, area, outlets, carers, *found


def _outlets(territory: Territory) -> _Knowledge:
    """Return the supporter and the unit of every outlet that has a supporter or a unit, end to end."""
    table, sellers = territory.outlets, territory.sellers
    if table is None or sellers is None or not len(table):
        return _Knowledge(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    unit = territory.units.index.get_indexer(pd.Index(table["unit_id"].astype(str)))
    ids = pd.Index(sellers["seller_id"].astype(str).sort_values())
    named = table["seller_id"] if "seller_id" in table else pd.Series("", index=table.index)
    who = ids.get_indexer(pd.Index(named.fillna("").astype(str)))
    return _Knowledge(who[who >= 0].astype(np.int64), unit[unit >= 0].astype(np.int64))


def _knowledge(people: pd.DataFrame, units: pd.Index) -> _Knowledge:
    """Return the units that each seller knows; his home unit where nothing else is known."""
    position = {str(name): i for i, name in enumerate(units)}
    knows = people["knows"] if "knows" in people else pd.Series("", index=people.index)
    who, unit = [], []
    for i, (text, home) in enumerate(zip(knows, people["home_unit"].astype(str), strict=True)):
        names = text.split(";") if isinstance(text, str) else []
        found = [position[name] for name in names if name in position] or [position[home]]
        who += [i] * len(found)
        unit += found
    return _Knowledge(np.array(who, dtype=np.int64), np.array(unit, dtype=np.int64))
