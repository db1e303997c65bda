"""Capacity: what everybody could sell in a target stage if everything went well, an upper estimate of the simulation.

The days are gone through as the simulation goes through them (courses, hours, split, doors, sales, bundles, learning),
for the mean person of a force and without luck. What cannot be known for certain is taken from the bright side:

- nobody misses an hour of selling for a course, yet everybody has a seat from the first day of training;
- in the split between businesses, the one looked at has the highest skill that the day can bring and the other the
  lowest, so the estimates of both businesses together claim a little more than the day;
- relationships are whole, prospects won are still there, and subscribers who left can be won again;
- the best colleague is as far ahead as the best of so many persons is expected to be at most.

``learning.spread`` is drawn in the simulation: a person who starts with more experience than his force's mean may sell
more than this, one who starts with less sells less. Skill is concave in experience, so a force gains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.calendar import ALMOST_ALL, DAYS_PER_YEAR
from optimize.targets.fair_shares import span
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.businesses import conversions, curves, experience, market_rules, owned, taught, weights_by_stage
from scenarios.rules.response import curvature_of, response, usual_density
from scenarios.rules.selling_day import calls, hours_for_selling, lifts, shares_of_selling
from scenarios.rules.timetable import Timetable, demand, timetable
from scenarios.rules.unit_market import market_of
from scenarios.rules.worksites import Worksites, worksites
from scenarios.schema.appraisal import KpiWeights
from scenarios.schema.fields import FORCES

TINY = 1e-300
"""Keeps nobody's doors from dividing."""


@dataclass(frozen=True)
class _Day:
    """What holds for everybody as long as no phase and no stage changes; shapes (people,) unless stated.

    Attributes
    ----------
    hours : ndarray
        For selling, on a day without a course.
    fewer : ndarray
        On a day with one.
    sells : ndarray of bool, shape (people, businesses)
    mixed, training : ndarray of bool
    weights : ndarray, shape (people, businesses)
    drilled : ndarray
        Least share of the selling time that drills give to what is new.
    place : tuple of ndarray
        Index of phase and person in the arrays of `Worksites`.
    """

    hours: Floats
    fewer: Floats
    sells: np.ndarray
    mixed: np.ndarray
    training: np.ndarray
    weights: Floats
    drilled: Floats
    place: tuple[Ints, Ints]


def capacity(
    scenario: Scenario,
    territory: Territory,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> Floats:
    """Return what everybody could sell at doors in every stage, shape (stages, people, businesses) [subscribers].

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        Complete, with sellers; people come sorted by seller_id.
    plans, placements : mapping, optional
        ``redrawn``, ``subdivided`` -> Plan, Placement.

    Returns
    -------
    ndarray
        What is sold along with another contract counts with it; what outlets and halls sell does not.
    """
    table, until = _days(scenario, territory)
    forward = _Forward(scenario, territory, table, worksites(scenario, territory, plans, placements))
    result = np.zeros((len(scenario.target_stages), forward.count, len(forward.conversion)))
    people = np.arange(forward.count)
    for day, today in enumerate(table.days):
        sold = forward.live(day)
        stage = table.stage[forward.sites.centre, day]
        counts = (stage >= 0) & (today.toordinal() <= until[stage, forward.sites.centre])
        result[stage[counts], people[counts]] += sold[counts]
    return result


def _days(scenario: Scenario, territory: Territory) -> tuple[Timetable, Ints]:
    """Return the timetable up to the end of the last stage, and the last day of each stage in each centre."""
    centres = territory.units["centre"].astype(str)
    table = timetable(scenario, centres)
    last = table.days[-1]
    until = np.empty((len(scenario.target_stages), len(table.centres)), dtype=np.int64)
    for s in range(len(until)):
        start, end = span(scenario, s)
        for c, wave in enumerate(table.wave):
            day = end + timedelta(days=scenario.roll_out.days_between_waves * wave)
            final = s + 1 == len(until) and start <= last
            until[s, c] = (min(day, last) if final else day).toordinal()
    beyond = date.fromordinal(int(until.max(initial=last.toordinal()))) - last
    if beyond.days <= 0:
        return table, until
    run = scenario.run.model_copy(update={"days": scenario.run.days + beyond.days})
    return timetable(scenario.model_copy(update={"run": run}), centres), until


class _Forward:
    """The mean person of everybody's kind on his way through the days, at his best and at his least.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
    table : Timetable
    sites : Worksites
    """

    def __init__(self, scenario: Scenario, territory: Territory, table: Timetable, sites: Worksites) -> None:
        assert territory.sellers is not None  # checked by the caller
        sellers = territory.sellers.sort_values("seller_id")
        self.scenario, self.table, self.sites = scenario, table, sites
        self.count = len(sellers)
        self.is_cm = (sellers["force"] == "CM").to_numpy()
        self.counter = sellers["counter_share"].fillna(0.0).to_numpy(dtype=np.float64)
        *learnt, _ = curves(scenario)  # the last is channel work
        self.ceiling, self.half = np.array([c.ceiling for c in learnt]), np.array([c.half for c in learnt])
        self.force, self.own = np.where(self.is_cm, 0, 1), owned(scenario)
        self.new, self.taught = 1.0 - self.own[self.force], taught(scenario)[self.force, :-1]
        brought = np.array([experience(scenario, force)[:-1] for force in FORCES])
        self.best = brought[self.force].astype(np.float64)
        self.least = self.best.copy()
        self.ahead = self.best * scenario.learning.spread
        self.courses = np.zeros(self.count)
        self.demand, self.lifts = demand(scenario, table), lifts(scenario, table)
        self.selling, self.bundles = scenario.selling, scenario.market.bundle_share
        self.conversion = conversions(scenario)
        self.others = 1.0 - np.eye(len(self.conversion))
        ordinals = [day.toordinal() for day in table.days[: scenario.run.days]]
        self.gap = float(np.append(np.diff(ordinals), 1).mean())
        yearly = [rules.churn_per_year for rules in market_rules(scenario)]
        self.leaving = -np.log1p(-np.minimum(yearly, ALMOST_ALL)) / DAYS_PER_YEAR * self.gap
        self.weights = weights_by_stage(scenario)
        self.known: dict[bytes, _Day] = {}
        self.prospects = market_of(scenario, territory.units)[1].astype(np.float64)
        self.usual = self._usual()

    def live(self, day: int) -> Floats:
        """Return what everybody could sell on a working day, shape (people, businesses), and let everybody learn."""
        now = self._today(day)
        best, least = self._skill(self.best), self._skill(self.least)
        (most, doors), (fewest_hours, fewest) = self._splits(now, best, least)
        hours = now.hours[:, None] * most
        left = -np.expm1(-self.leaving * day)
        pull = self.sites.pull[now.place] + left * self.sites.returning[now.place]
        lift = self.lifts[self.sites.centre, day][:, None]
        sold = doors * np.minimum(self.conversion * pull * self.demand[day] * best * lift, 1.0)
        sold *= self._response(now, doors, fewest)
        along = sold @ self.others * self.bundles * best * now.sells
        due = now.training & (self.courses < self.scenario.training.hours_needed)
        least_hours = np.where(due, now.fewer, now.hours)[:, None] * fewest_hours
        self._learn(now, hours, least_hours, due)
        return np.asarray(sold + along, dtype=np.float64)

    def _skill(self, experience: Floats) -> Floats:
        return np.asarray(self.ceiling * experience / (experience + self.half), dtype=np.float64)

    def _splits(self, now: _Day, best: Floats, least: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Return the share of the selling time for each business, and the doors that hear of it: the most, the fewest.

        A business gets most where its skill is the best and that of the others the least, and fewest the other way.
        """
        sells, returns = now.sells.astype(np.float64), self.scenario.effort.returns
        alone, found = np.eye(best.shape[1], dtype=np.bool_), dict[bytes, tuple[Floats, Floats]]()
        for shines in (*alone, *~alone):  # of two businesses the one shines where the other does not
            if shines.tobytes() not in found:
                skill = np.where(shines, best, least)
                share = shares_of_selling(now.weights, skill, sells, self.new, now.drilled, returns)
                found[shines.tobytes()] = share, self._doors(now, share)

        def each(case: np.ndarray) -> tuple[Floats, Floats]:
            own = [found[shines.tobytes()] for shines in case]
            share, doors = (np.stack([one[k][:, b] for b, one in enumerate(own)], axis=1) for k in range(2))
            return share, doors

        return each(alone), each(~alone)

    def _learn(self, now: _Day, hours: Floats, least_hours: Floats, due: np.ndarray) -> None:
        """Add what a day teaches: practice, the best colleague, courses; else forget a share."""
        rules, training = self.scenario.learning, self.scenario.training
        skill = self._skill(self.best)
        patch, mates = self.sites.patch[now.place], self.sites.mates[now.place]
        lead = (mates - 1.0) / np.sqrt(2.0 * mates - 1.0)
        first = self._skill(self.best + self.ahead * lead[:, None])
        top = np.zeros((int(self.sites.patch.max(initial=0)) + 1, first.shape[1]))
        np.maximum.at(top, patch, first)
        gained = hours * (1.0 + rules.peer_value * now.mixed[:, None] * np.maximum(top[patch] - skill, 0.0))
        sat = np.where(due, np.minimum(training.session_hours, training.hours_needed - self.courses), 0.0)
        self.courses += sat
        gained += rules.course_value * sat[:, None] * self.taught
        kept = 1.0 - rules.forgetting_per_day
        idle = np.where(gained > 0, 1.0, kept)
        self.best, self.ahead = (self.best + gained) * idle, self.ahead * idle
        self.least = (self.least + least_hours) * np.where(least_hours > 0, 1.0, kept)

    def _today(self, day: int) -> _Day:
        """Return what holds today."""
        phase = self.table.phase[self.sites.centre, day] + 1
        stage = self.table.stage[self.sites.centre, day] + 1
        key = phase.tobytes() + stage.tobytes()
        if key not in self.known:
            self.known = {key: self._changed(phase, stage)}
        return self.known[key]

    def _changed(self, phase: Ints, stage: Ints) -> _Day:
        """Return what holds in such phases and stages."""
        phases, rules, people = self.scenario.phases, self.scenario.effort, np.arange(self.count)

        def of(*flags: bool) -> np.ndarray:
            return np.array([False, *flags])[phase]

        full_service, able = of(*(p.both_businesses for p in phases)), self.sites.trained
        drilling, training = of(*(p.focus == "drills" for p in phases)), of(*(p.training for p in phases)) & able
        place = phase, people
        sells = (self.own[self.force] > 0) | (full_service & able)[:, None]
        parts = self._parts(stage, self.sites.outlets[place] > 0, full_service | self.is_cm)
        return _Day(
            self._hours(place, parts, sells, 0.0),
            self._hours(place, parts, sells, np.where(training, self.scenario.training.session_hours, 0.0)),
            sells,
            of(*(p.mixed_teams for p in phases)),
            training,
            self._appraisal(stage),
            np.where(drilling, rules.drill_share, 0.0),
            place,
        )

    def _appraisal(self, stage: Ints) -> Floats:
        """Return everybody's weights: who sells one business alone is appraised on it, once targets are given."""
        own = self.own / self.own.sum(axis=1, keepdims=True)
        alone = ~self.sites.trained & (stage > 0)
        return np.where(alone[:, None], own[self.force], self.weights[stage, self.force])

    def _parts(self, stage: Ints, outlets: np.ndarray, retains: np.ndarray) -> dict[str, Floats]:
        """Return the parts of everybody's free time for the works beside selling."""
        kpis = [KpiWeights(), *(s.kpis for s in self.scenario.target_stages)]
        works = ("channel", "retention", "arrears")
        table = np.zeros((len(works), len(kpis), 2, 2))
        for k, appraisal in enumerate(kpis):
            for o, r in np.ndindex(2, 2):
                parts = self.scenario.effort.parts(appraisal, outlets=bool(o), retains=bool(r))
                table[:, k, o, r] = [parts[work] for work in works]
        return dict(zip(works, table[:, stage, outlets.astype(np.int64), retains.astype(np.int64)], strict=True))

    def _hours(
        self, place: tuple[Ints, Ints], parts: dict[str, Floats], sells: np.ndarray, course: Floats | float
    ) -> Floats:
        """Return the hours that are left for selling."""
        sites = self.sites
        free = np.maximum(self.scenario.calendar.hours_per_day * (1.0 - self.counter) - course, 0.0)
        outlets, subscribers = sites.outlets[place] / sites.carers[place], sites.subscribers[place] * sells
        return hours_for_selling(self.scenario, free, parts, sites.area[place], outlets, subscribers, self.gap)

    def _doors(self, now: _Day, shares: Floats) -> Floats:
        """Return the doors that hear of each business, shape (people, businesses), if the time is shared out so."""
        selling, area = self.selling, self.sites.area[now.place]
        hours = now.hours[:, None] * shares
        second, minutes = selling.second_offer_minutes, selling.contact_minutes
        doors = calls(hours, minutes, area[:, None], selling.speed_km_per_hour)
        if second is None:
            return doors
        most = np.maximum(doors.max(axis=1), TINY)
        along = np.sort(doors, axis=1)[:, :-1].sum(axis=1) / most
        joint = calls(now.hours, minutes + along * second, area, selling.speed_km_per_hour)
        return np.asarray(doors / most[:, None] * joint[:, None], dtype=np.float64)

    def _response(self, now: _Day, best: Floats, least: Floats) -> Floats:
        """Return what a contact sells against one of today: others of the team make as few as they may."""
        others = np.zeros((int(self.sites.patch.max(initial=0)) + 1, best.shape[1]))
        patch = self.sites.patch[now.place]
        np.add.at(others, patch, least)
        density = (best + others[patch] - least) / (self.usual * self.sites.prospects[now.place])
        return np.asarray(response(density, curvature_of(self.scenario)), dtype=np.float64)

    def _usual(self) -> Floats:
        """Return contacts per prospect and day before the merger, by business."""
        nobody, everybody = np.zeros(self.count, dtype=np.int64), np.arange(self.count)
        sells = self.own[self.force] > 0
        place = nobody, everybody
        hours = self._hours(place, self._parts(nobody, self.sites.outlets[place] > 0, self.is_cm), sells, 0.0)
        doors = calls(hours, self.selling.contact_minutes, self.sites.area[place], self.selling.speed_km_per_hour)
        return usual_density(doors[:, None] * sells, self.prospects)
