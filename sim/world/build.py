"""The world of a simulation: everything that no replication changes, as arrays built once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from scenarios import Placement, Plan, Scenario, Targets, Territory
from scenarios.rules.businesses import businesses_of, skills_of
from scenarios.rules.learning import trained
from scenarios.rules.response import usual_density
from scenarios.rules.selling_day import calls, hours_for_selling
from scenarios.rules.timetable import Timetable, demand
from scenarios.rules.unit_market import market_of
from scenarios.rules.work_areas import Ground, Layer, Site
from scenarios.schema.fields import BUSINESSES
from sim.world.duties import NOBODY, WORKS, Outlets, Posting, post
from sim.world.goals import Goals, goals_of
from sim.world.handover import HandOver, coverage, hand_over, known_units
from sim.world.layout import Layout, Sellers, layout_of, sorted_table, timetable_of
from sim.world.usual_day import UsualDay

OTHER_ACTIVITIES = ("retention", "arrears", "channel", "counter", "training")
"""What sellers do beside selling."""


@dataclass(frozen=True)
class Market:
    """Demand of every unit, shapes (units, businesses)."""

    subscribers: Ints
    prospects: Ints
    propensity: Floats
    worth: Floats
    """Value of a subscriber against the mean, by economic index."""


@dataclass(frozen=True)
class Halls:
    """The own service halls, sorted by id; shapes (halls,)."""

    ids: tuple[str, ...]
    unit: Ints
    centre: Ints
    business: Ints
    clerks: Ints


@dataclass(frozen=True)
class World:
    """Everything a replication needs and never changes.

    Attributes
    ----------
    scenario : Scenario
    table : Timetable
    units : tuple of str
        Ids of the basic units.
    unit_centre : ndarray, shape (units,)
    market : Market
    sellers, outlets, halls
    trained : ndarray of bool, shape (sellers,)
        Who is trained in the business that is new to him.
    ground : Ground
        Every way of laying work areas over the territory: today's communities, territories known, centres, plans.
    postings : tuple of Posting
        Before the merger, then for each phase: who works where, and does what.
    hand_overs : mapping
        (phase before, phase after) -> what ends when one follows the other; -1 stands for before the merger.
    demand : ndarray, shape (days, businesses)
        Season and festival trade as a factor.
    calendar_days : ndarray, shape (days,)
        Calendar days from each working day to the next; bills run on days off, too.
    targets : Targets or None
    usual : ndarray, shape (businesses,)
        Contacts per prospect and day before the merger.
    goals : Goals or None
        What everybody's growth targets ask for; None: targets move nobody.
    start : UsualDay or None
        How the first morning stands; None: as if nobody had ever visited anybody.
    """

    scenario: Scenario
    table: Timetable
    units: tuple[str, ...]
    unit_centre: Ints
    market: Market
    sellers: Sellers
    outlets: Outlets
    halls: Halls
    trained: NDArray[np.bool_]
    ground: Ground
    postings: tuple[Posting, ...]
    hand_overs: Mapping[tuple[int, int], HandOver]
    demand: Floats
    calendar_days: Floats
    targets: Targets | None
    usual: Floats
    goals: Goals | None = None
    start: UsualDay | None = None

    @property
    def businesses(self) -> tuple[str, ...]:
        """Names of the businesses, in the order of all arrays."""
        return businesses_of(self.scenario)

    @property
    def skills(self) -> tuple[str, ...]:
        """What sellers learn: the businesses, and channel support."""
        return skills_of(self.scenario)

    @property
    def activities(self) -> tuple[str, ...]:
        """What sellers give their hours to: selling each business, then everything else."""
        return (*(f"sell_{business}" for business in self.businesses), *OTHER_ACTIVITIES)


def build_world(
    scenario: Scenario,
    territory: Territory | None,
    *,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
    targets: Targets | None = None,
    layout: Layout | None = None,
) -> World:
    """Turn a scenario, a territory and the decisions into arrays.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory or None
        None: one centre, nothing but its support desk.
    plans : mapping, optional
        ``current``, ``redrawn``, ``subdivided`` -> Plan; a missing one falls back to today's communities.
    placements : mapping, optional
        ``redrawn``, ``subdivided`` -> Placement; without one, sellers go where most of what they know lies.
    targets : Targets, optional
        For attainment.
    """
    laid = layout
    if laid is None or not laid.suits(scenario):
        laid = layout_of(scenario, territory, plans, placements)
    units, unit_centre, sellers, layers, ground = laid.units, laid.unit_centre, laid.sellers, laid.layers, laid.ground
    table = timetable_of(scenario, units)
    gaps = _gaps(table)
    outlets = _outlets(scenario, territory, unit_centre, sellers.ids, float(gaps.mean()))
    able = trained(scenario, sorted_table(territory.sellers if territory else None, "seller_id"), units)
    postings = tuple(
        post(scenario, phase, site, sellers.is_cm, able, layers=layers, ground=ground, outlets=outlets)
        for phase, site in zip([None, *scenario.phases], laid.sites, strict=True)
    )
    subscribers, prospects, index = market_of(scenario, units)
    return World(
        scenario,
        table,
        tuple(units.index.astype(str)) if len(units) else (),
        unit_centre,
        Market(subscribers, prospects, index, index),
        sellers,
        outlets,
        _halls(territory, unit_centre),
        able,
        ground,
        postings,
        _hand_overs(scenario, table, postings, laid.sites, layers, ground, outlets, len(units)),
        demand(scenario, table),
        gaps,
        targets,
        _usual(scenario, postings[0], sellers, subscribers, prospects, ground, float(gaps.mean())),
        goals_of(scenario, table, sellers.ids, targets),
    )


def _usual(
    scenario: Scenario, post: Posting, sellers: Sellers, subscribers: Ints, prospects: Ints, ground: Ground, gap: float
) -> Floats:
    """Return contacts per prospect and day of the two forces side by side, by business."""
    free = scenario.calendar.hours_per_day * (1.0 - sellers.counter_share)
    mates = np.bincount(post.patch, minlength=1)[post.patch] if len(post.patch) else np.zeros(0)
    theirs = [subscribers[ground.units(int(patch))].sum(axis=0) for patch in post.patch]
    each = np.array(theirs, dtype=np.float64).reshape(-1, subscribers.shape[1]) / np.maximum(mates, 1)[:, np.newaxis]
    parts = {work: post.parts[0, :, k] for k, work in enumerate(WORKS)}
    outlets = np.diff(post.care_from).astype(np.float64)
    hours = hours_for_selling(scenario, free, parts, post.area, outlets, each * post.sells, gap)
    doors = calls(hours, scenario.selling.contact_minutes, post.area, scenario.selling.speed_km_per_hour)
    return usual_density(doors[:, np.newaxis] * post.sells, prospects.astype(np.float64))


def _hand_overs(
    scenario: Scenario,
    table: Timetable,
    postings: Sequence[Posting],
    sites: Sequence[Sequence[Site]],
    layers: Mapping[str, Layer],
    ground: Ground,
    outlets: Outlets,
    units: int,
) -> dict[tuple[int, int], HandOver]:
    """Return what ends at every change of phase that the timetable holds."""
    if not layers:
        return {}
    pairs = sorted({(int(a), int(b)) for row in table.phase for a, b in pairwise(row) if a != b})
    known = known_units(layers, units)
    saves = scenario.hand_over.known_saves
    covers = [coverage(posting, site, layers, ground, units) for posting, site in zip(postings, sites, strict=True)]
    return {
        (a, b): hand_over(postings[a + 1], postings[b + 1], covers[a + 1], covers[b + 1], outlets, known, saves)
        for a, b in pairs
    }


def _positions(territory: Territory | None, table: pd.DataFrame) -> Ints:
    """Return the positions of the units that a table's rows lie in."""
    assert territory is not None  # a table comes with a territory
    return np.asarray(territory.units.index.get_indexer(pd.Index(table["unit_id"].astype(str))), dtype=np.int64)


def _outlets(
    scenario: Scenario,
    territory: Territory | None,
    unit_centre: Ints,
    sellers: Sequence[str],
    days_per_workday: float,
) -> Outlets:
    table = sorted_table(territory.outlets if territory else None, "outlet_id")
    if not len(table):
        none = np.zeros(0, dtype=np.int64)
        return Outlets((), none, none, none, np.zeros(0))
    where = _positions(territory, table)
    position = {seller: i for i, seller in enumerate(sellers)}
    known = (
        [position.get(str(s), NOBODY) for s in table["seller_id"]] if "seller_id" in table else [NOBODY] * len(table)
    )
    monthly = pd.Series(np.nan, index=table.index)
    if "mobile_sales_per_month" in table:
        monthly = table["mobile_sales_per_month"].astype(float)
    monthly = monthly.fillna(scenario.territory.rates.outlet_mobile_sales_per_month)
    return Outlets(
        tuple(table["outlet_id"].astype(str)),
        where,
        unit_centre[where],
        np.array(known, dtype=np.int64),
        np.asarray(monthly * (MONTHS_PER_YEAR / DAYS_PER_YEAR * days_per_workday), dtype=np.float64),
    )


def _halls(territory: Territory | None, unit_centre: Ints) -> Halls:
    table = sorted_table(territory.halls if territory else None, "hall_id")
    if not len(table):
        none = np.zeros(0, dtype=np.int64)
        return Halls((), none, none, none, none)
    where = _positions(territory, table)
    business = np.array([BUSINESSES.index(b) for b in table["business"]], dtype=np.int64)
    clerks = table["clerks"].to_numpy(dtype=np.float64).astype(np.int64)
    return Halls(tuple(table["hall_id"].astype(str)), where, unit_centre[where], business, clerks)


def _gaps(table: Timetable) -> Floats:
    """Return the calendar days that each working day stands for: up to the next one, one for the last."""
    ordinals = np.array([day.toordinal() for day in table.days])
    return np.append(np.diff(ordinals), 1).astype(np.float64)
