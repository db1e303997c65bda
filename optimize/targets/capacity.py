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
from scenarios.rules.response import curvature_of, response, usual_density
from scenarios.rules.season import demand
from scenarios.rules.selling_day import calls, hours_for_selling, lifts, share_of_fixed
from scenarios.rules.timetable import Timetable, timetable
from scenarios.rules.unit_market import market_of
from scenarios.rules.worksites import Worksites, worksites
from scenarios.schema.fields import BUSINESSES, FORCES
from scenarios.schema.organisation import KpiWeights


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
    both, mixed, training : ndarray of bool
    weights : ndarray, shape (people, businesses)
    least, most : ndarray
        Share of the selling time for fixed lines that drills leave open.
    place : tuple of ndarray
        Index of phase and person in the arrays of `Worksites`.
    """

    hours: Floats
    fewer: Floats
    sells: np.ndarray
    both: np.ndarray
    mixed: np.ndarray
    training: np.ndarray
    weights: Floats
    least: Floats
    most: Floats
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
    result = np.zeros((len(scenario.target_stages), forward.count, len(BUSINESSES)))
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
        learning = scenario.learning
        curves = [getattr(learning, b) for b in BUSINESSES]
        self.ceiling, self.half = np.array([c.ceiling for c in curves]), np.array([c.half for c in curves])
        brought = np.array([[getattr(getattr(learning, f), b) for b in BUSINESSES] for f in FORCES])
        self.best = brought[np.where(self.is_cm, 0, 1)].astype(np.float64)
        self.least = self.best.copy()
        self.ahead = self.best * learning.spread
        self.courses = np.zeros(self.count)
        self.demand, self.lifts = demand(scenario, table), lifts(scenario, table)
        self.selling, self.bundles = scenario.selling, scenario.market.bundle_share
        self.conversion = np.array([self.selling.conversion[b] for b in BUSINESSES])
        ordinals = [day.toordinal() for day in table.days[: scenario.run.days]]
        self.gap = float(np.append(np.diff(ordinals), 1).mean())
        yearly = [scenario.market.fixed.churn_per_year, scenario.market.mobile.churn_per_year]
        self.leaving = -np.log1p(-np.minimum(yearly, ALMOST_ALL)) / DAYS_PER_YEAR * self.gap
        stages = [scenario.weights_before, *(stage.weights for stage in scenario.target_stages)]
        self.weights = np.array([[[w[f][b] for b in BUSINESSES] for f in FORCES] for w in stages])
        self.known: dict[bytes, _Day] = {}
        self.prospects = market_of(scenario, territory.units)[1].astype(np.float64)
        self.usual = self._usual()

    def live(self, day: int) -> Floats:
        """Return what everybody could sell on a working day, shape (people, businesses), and let everybody learn."""
        now = self._today(day)
        best, least = self._skill(self.best), self._skill(self.least)
        most_fixed, least_fixed = self._fixed(now, best, least, 0), self._fixed(now, best, least, 1)
        hours = now.hours[:, None] * np.stack([most_fixed, 1.0 - least_fixed], axis=1)
        for_fixed, for_mobile = self._doors(now, most_fixed), self._doors(now, least_fixed)
        doors = np.stack([for_fixed[:, 0], for_mobile[:, 1]], axis=1)
        fewest = np.stack([for_mobile[:, 0], for_fixed[:, 1]], axis=1)
        left = -np.expm1(-self.leaving * day)
        pull = self.sites.pull[now.place] + left * self.sites.returning[now.place]
        lift = self.lifts[self.sites.centre, day][:, None]
        sold = doors * np.minimum(self.conversion * pull * self.demand[day] * best * lift, 1.0)
        sold *= self._response(now, doors, fewest)
        along = sold[:, ::-1] * self.bundles * best * now.both[:, None]
        due = now.training & (self.courses < self.scenario.training.hours_needed)
        least_hours = np.where(due, now.fewer, now.hours)[:, None] * np.stack([least_fixed, 1.0 - most_fixed], axis=1)
        self._learn(now, hours, least_hours, due)
        return np.asarray(sold + along, dtype=np.float64)

    def _skill(self, experience: Floats) -> Floats:
        return np.asarray(self.ceiling * experience / (experience + self.half), dtype=np.float64)

    def _fixed(self, now: _Day, best: Floats, least: Floats, low: int) -> Floats:
        """Return the largest share of the selling time for fixed lines, or the smallest (``low`` 1)."""
        fixed, mobile = (least, best) if low else (best, least)
        returns = self.scenario.effort.returns
        share = np.clip(share_of_fixed(now.weights, fixed[:, 0], mobile[:, 1], returns), now.least, now.most)
        return np.where(now.both, share, now.sells[:, 0])

    def _learn(self, now: _Day, hours: Floats, least_hours: Floats, due: np.ndarray) -> None:
        """Add what a day teaches: practice, the best colleague, courses; else forget a share."""
        rules, training = self.scenario.learning, self.scenario.training
        skill = self._skill(self.best)
        patch, mates = self.sites.patch[now.place], self.sites.mates[now.place]
        lead = (mates - 1.0) / np.sqrt(2.0 * mates - 1.0)
        first = self._skill(self.best + self.ahead * lead[:, None])
        top = np.zeros((int(self.sites.patch.max(initial=0)) + 1, len(BUSINESSES)))
        np.maximum.at(top, patch, first)
        gained = hours * (1.0 + rules.peer_value * now.mixed[:, None] * np.maximum(top[patch] - skill, 0.0))
        sat = np.where(due, np.minimum(training.session_hours, training.hours_needed - self.courses), 0.0)
        self.courses += sat
        gained[:, 0] += rules.course_value * sat * ~self.is_cm
        gained[:, 1] += rules.course_value * sat / 2 * self.is_cm
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
        both, drilling = full_service & able, of(*(p.focus == "drills" for p in phases))
        training = of(*(p.training for p in phases)) & able
        place = phase, people
        sells = np.stack([self.is_cm | both, ~self.is_cm | both], axis=1)
        parts = self._parts(stage, self.sites.outlets[place] > 0, full_service | self.is_cm)
        drill = np.where(drilling, rules.drill_share, 0.0)
        return _Day(
            self._hours(place, parts, sells, 0.0),
            self._hours(place, parts, sells, np.where(training, self.scenario.training.session_hours, 0.0)),
            sells,
            both,
            of(*(p.mixed_teams for p in phases)),
            training,
            self._appraisal(stage),
            np.where(self.is_cm, 0.0, drill),
            np.where(self.is_cm, 1.0 - drill, 1.0),
            place,
        )

    def _appraisal(self, stage: Ints) -> Floats:
        """Return everybody's weights: who sells one business alone is appraised on it, once targets are given."""
        force = np.where(self.is_cm, 0, 1)
        alone = ~self.sites.trained & (stage > 0)
        return np.where(alone[:, None], np.eye(len(FORCES), len(BUSINESSES))[force], self.weights[stage, force])

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

    def _doors(self, now: _Day, fixed: Floats) -> Floats:
        """Return the doors that hear of each business, shape (people, businesses), at a share of the time for fixed."""
        selling, area = self.selling, self.sites.area[now.place]
        hours = now.hours[:, None] * np.stack([fixed, 1.0 - fixed], axis=1)
        second, minutes = selling.second_offer_minutes, selling.contact_minutes
        doors = calls(hours, minutes, area[:, None], selling.speed_km_per_hour)
        if second is None:
            return doors
        least, most = doors.min(axis=1), doors.max(axis=1)
        part = least / np.where(most > 0, most, 1.0)
        joint = calls(now.hours, minutes + part * second, area, selling.speed_km_per_hour)
        together = np.where(doors >= most[:, None], joint[:, None], (part * joint)[:, None])
        return np.asarray(np.where(now.both[:, None], together, doors), dtype=np.float64)

    def _response(self, now: _Day, best: Floats, least: Floats) -> Floats:
        """Return what a contact sells against one of today: others of the team make as few as they may."""
        others = np.zeros((int(self.sites.patch.max(initial=0)) + 1, len(BUSINESSES)))
        patch = self.sites.patch[now.place]
        np.add.at(others, patch, least)
        density = (best + others[patch] - least) / (self.usual * self.sites.prospects[now.place])
        return np.asarray(response(density, curvature_of(self.scenario)), dtype=np.float64)

    def _usual(self) -> Floats:
        """Return contacts per prospect and day before the merger, by business."""
        nobody, everybody = np.zeros(self.count, dtype=np.int64), np.arange(self.count)
        sells = np.stack([self.is_cm, ~self.is_cm], axis=1)
        place = nobody, everybody
        hours = self._hours(place, self._parts(nobody, self.sites.outlets[place] > 0, self.is_cm), sells, 0.0)
        doors = calls(hours, self.selling.contact_minutes, self.sites.area[place], self.selling.speed_km_per_hour)
        return usual_density(doors[:, None] * sells, self.prospects)
