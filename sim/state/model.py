"""The running model of one replication: its state, its clock, and what the morning tells everybody."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np
import simpy

from foundation.arrays import Floats, Ints
from foundation.calendar import ALMOST_ALL, DAYS_PER_YEAR, MONTHS_PER_YEAR
from scenarios import Scenario
from scenarios.rules.businesses import curves, experience, market_rules, owned, weights_by_stage
from scenarios.schema.fields import FORCES
from scenarios.territory.regions import apportion
from sim.random_numbers.streams import stream
from sim.random_numbers.vector_streams import Luck
from sim.state.desk import Desk, Request
from sim.state.diary import Diary, Visits
from sim.state.fast_timeouts import Clock
from sim.state.records import Records, empty_records
from sim.world.build import World
from sim.world.duties import WORKS, Posting

BEFORE = -1

VISITS = ("retention", "arrears")
"""Visits that are arranged in the morning."""


def leaving_rates(scenario: Scenario, gap: float) -> Floats:
    """Return the chance that a subscriber decides to leave between two mornings, per business."""
    yearly = np.array([rules.churn_per_year for rules in market_rules(scenario)])
    return np.asarray(-np.log1p(-np.minimum(yearly, ALMOST_ALL)) / DAYS_PER_YEAR * gap, dtype=np.float64)


def overdue_rates(scenario: Scenario, gap: float) -> Floats:
    """Return the chance that a subscriber's bill falls overdue between two mornings, per business."""
    monthly = np.array([rules.arrears_per_month for rules in market_rules(scenario)])
    return monthly * MONTHS_PER_YEAR / DAYS_PER_YEAR * gap


class Model:
    """State of one replication; the processes act on it.

    Parameters
    ----------
    world : World
    seed, replication : int
    """

    def __init__(self, world: World, seed: int, replication: int) -> None:
        self.world, self.seed, self.replication = world, seed, replication
        self.env = Clock()
        self.records: Records = empty_records(world)
        self.day = 0
        self.morning = self.env.event()
        self.hours_per_day = world.scenario.calendar.hours_per_day
        self.hours = len(world.table.days) * self.hours_per_day
        """Working hours of the study."""
        self.phase_of_centre: list[int] = world.table.phase[:, 0].tolist()
        self.stage_of_centre = world.table.stage[:, 0].copy()
        """Target stage in which each centre is, -1 before the first."""
        self._start_market()
        self._start_people()
        self._start_channel()

    def _start_market(self) -> None:
        market, ground = self.world.market, self.world.ground
        self.subscribers, self.prospects = market.subscribers.copy(), market.prospects.copy()
        start = self.world.start
        self.at_risk, self.overdue = (
            self._standing_pools() if start is None else (start.at_risk.copy(), start.overdue.copy())
        )
        self.decided = np.zeros_like(self.at_risk) if start is None else start.decided.copy()
        """Those who think of leaving and were visited in vain; nobody asks them again."""
        self.bond = np.ones(self.subscribers.shape)
        self.bundles = np.zeros(len(self.subscribers))
        """Households with both businesses from one hand, none before the merger, on average."""
        self.demand = self._demand()
        none = np.zeros((1, self.prospects.shape[1]), dtype=np.int64)
        total = np.vstack([none, np.cumsum(self.prospects[ground.order], axis=0)])
        self.potential = np.maximum(total[ground.bounds[1:]] - total[ground.bounds[:-1]], 1)
        self.felt = np.zeros((len(ground.order) + 1, self.prospects.shape[1]))
        """Cumulative attraction of the units of all patches: prospects x propensity x relationship."""
        self.pull = np.zeros(self.potential.shape)
        """Attraction of a patch over its prospects at the start: the more are won, the fewer a knock meets."""

    def _demand(self) -> Floats:
        """Return the demand of every day, with months that are good or bad for everybody (`market.month_spread`)."""
        world = self.world
        spread = world.scenario.market.month_spread
        if spread <= 0:
            return world.demand
        months = [(day.year, day.month) for day in world.table.days]
        shape = float(np.log1p(spread**2))
        luck = {
            month: np.exp(
                np.sqrt(shape) * self.stream(f"{month[0]}-{month[1]:02d}", "demand").standard_normal() - shape / 2
            )
            for month in sorted(set(months))
        }
        return np.asarray(world.demand * np.array([luck[month] for month in months])[:, np.newaxis], dtype=np.float64)

    def _standing_pools(self) -> tuple[Ints, Ints]:
        """Return who thinks of leaving, and whose bill is overdue, on the first morning: come up but not lapsed."""
        scenario, gap = self.world.scenario, float(self.world.calendar_days.mean())
        pools = []
        for rates, stay in (
            (leaving_rates(scenario, gap) * scenario.retention.notice_share, scenario.retention.notice_days),
            (overdue_rates(scenario, gap), scenario.arrears.write_off_days),
        ):
            usual = self.subscribers * rates * stay / (1 + rates * stay)
            whole = [apportion(column, round(float(column.sum()))) for column in usual.T]
            pools.append(np.minimum(np.column_stack(whole), self.subscribers))
        return pools[0], pools[1]

    def _start_people(self) -> None:
        """Give every seller the experience of his force, spread between persons."""
        scenario, sellers = self.world.scenario, self.world.sellers
        count = len(sellers.ids)
        self.force = np.where(sellers.is_cm, 0, 1)
        self.experience = np.zeros((count, len(self.world.skills)))
        brought = {force: experience(scenario, force) for force in FORCES}
        for i, name in enumerate(sellers.ids):
            spread = scenario.learning.spread
            factor = 1.0
            if spread > 0:
                shape = 1.0 / spread**2
                factor = float(self.stream(name, "experience").gamma(shape, 1.0 / shape))
            self.experience[i] = [factor * hours for hours in brought[FORCES[self.force[i]]]]
        self.ceiling = np.array([curve.ceiling for curve in curves(scenario)])
        self.half = np.array([curve.half for curve in curves(scenario)])
        self.skill = self.ceiling * self.experience / (self.experience + self.half)
        self.course_hours = [0.0] * count
        self.diary = Diary(count, len(self.world.businesses), self.world.activities)
        self.ability = [0.0] * count
        self.cared = np.zeros(count, dtype=np.int64)
        self.outlet_hours = np.zeros(count)
        """Hours of visits that everybody's outlets can use today."""
        self.visit_hours = [0.0] * count
        posting = self.world.postings[0]
        self.duties, self.first_line = list(posting.duties), list(posting.first_line)
        self.patch, self.area = posting.patch.copy(), posting.area.copy()
        self.sells, self.mixed = posting.sells.copy(), np.zeros(count, dtype=np.bool_)
        self.in_training, self.drilled = np.zeros(count, dtype=np.bool_), np.zeros(count)
        """Who is sent to courses; the least part of the selling time that drills give to what is new (F15)."""
        self._start_turnover()
        self.parts, self.phase_of_seller = posting.parts[0].copy(), np.full(count, BEFORE)
        self.outlet_part = [0.0] * count
        self._start_visits()
        self.weights, self.own = weights_by_stage(scenario), owned(scenario)
        self.stage, self.weight = np.zeros(count, dtype=np.int64), np.zeros((count, len(self.world.businesses)))
        """Target stage of every seller, from 1, and his weights."""
        centres = range(len(self.world.table.centres))
        for centre in centres:
            self.take_posts(centre)
        training = scenario.training
        if training.shared_trainers is None:
            self.rooms = [simpy.Resource(self.env, capacity=training.trainers * training.seats) for _ in centres]
        else:
            room = simpy.Resource(self.env, capacity=training.shared_trainers * training.seats)
            self.rooms = [room for _ in centres]

    def _start_turnover(self) -> None:
        count = len(self.world.sellers.ids)
        self.vacant_until, self.unrest_until = np.zeros((2, count), dtype=np.int64)
        """Day on which a newcomer begins where somebody left, and until which a change is felt."""
        self.unrest = np.zeros(count)
        """How sharp the last change of everybody's area or appraisal was, 0 to 1."""

    def _start_visits(self) -> None:
        scenario, count = self.world.scenario, len(self.world.sellers.ids)
        self.visiting = self.luck(self.world.sellers.ids, "visit")
        self.visit_luck = np.zeros((count, 2 * len(VISITS)))
        """Today's: first how the numbers of visits are rounded, then how the visits turn out: not by the same luck."""
        self.visits = np.zeros((len(VISITS), count), dtype=np.int64)
        nobody = np.zeros(0, dtype=np.int64)
        self.arranged: list[Visits] = [(nobody, nobody, nobody)] * len(VISITS)
        """Today's visits, one by one."""
        rules, bills = scenario.retention, market_rules(scenario)
        months = np.array([[b.arpu for b in bills]]) * scenario.study.value_months * rules.save_share
        owed = [b.arrears_bills * b.arpu * scenario.arrears.recover_share for b in bills]
        self.visit_worth = (self.world.market.worth * months, self.world.market.worth * np.array([owed]))
        """What a visit by a seller of full skill brings in a unit, on average [yuan]."""
        self.visit_minutes = np.array([getattr(scenario, what).visit_minutes for what in VISITS])

    def _start_channel(self) -> None:
        outlets, support = self.world.outlets, self.world.scenario.support
        count = len(outlets.ids)
        self.quality = np.ones(count) if self.world.start is None else self.world.start.quality.copy()
        gap = float(self.world.calendar_days.mean())
        self.outlet_need = self.world.scenario.outlets.visits_per_month * MONTHS_PER_YEAR / DAYS_PER_YEAR * gap
        """Visits at full skill that an outlet needs in a working day."""
        self.open = np.ones(count, dtype=np.bool_)
        self.late = np.zeros(count, dtype=np.bool_)
        self.outlet_bond = np.ones(count)
        self.own_inbox = len(self.world.ground.area)
        """Inbox of the first seller; before it the teams', an inbox an area."""
        inboxes = self.own_inbox + len(self.world.sellers.ids)
        self.inboxes: list[deque[Request]] = [deque() for _ in range(inboxes)]
        centres = range(len(self.world.table.centres))
        self.level1 = [Desk(self.env, support.level1.agents) for _ in centres]
        self.level2 = Desk(self.env, support.level2.agents)
        self.asked = 0
        """Requests for help so far today."""
        self.patience = Desk(self.env, 1)
        """Every request that waits, or waited, for a seller."""

    def stream(self, entity: str, activity: str) -> np.random.Generator:
        """Return the stream of one activity of one entity in this replication."""
        return stream(self.seed, self.replication, entity, activity)

    def luck(self, names: Sequence[str], activity: str) -> Luck:
        """Return the luck of everybody named in one activity."""
        return Luck(self.seed, self.replication, names, activity)

    def posting_of(self, centre: int) -> Posting:
        """Return who does what in the phase in which a centre is."""
        return self.world.postings[self.phase_of_centre[centre] + 1]

    def waiting(self) -> tuple[list[tuple[int, float, float]], list[tuple[int, float]]]:
        """Return the requests that nobody has begun to serve, as `Records` has them, with their age for their wait.

        Those before level 1 (a seller's among them), and those before level 2.
        """
        now, before = self.env.now, []
        for request in self.patience.waiting:
            if not request.taken:
                before.append((request.day, now - request.asked, math.nan))
        for desk in self.level1:
            before += [(r.day, now - r.asked, now - r.at_desk) for r in desk.waiting]
        return before, [(r.day, now - r.at_desk) for r in self.level2.waiting]

    def notice_late(self) -> None:
        """Let every outlet know that its request waits for too long: it is not treated well today."""
        now, sla = self.env.now, self.world.scenario.support.sla_hours
        for request in self.patience.waiting:
            if not request.taken and now - request.asked > sla:
                self.late[request.outlet] = True
        for desk in self.level1:
            for request in desk.waiting:
                if request.outlet >= 0 and now - request.asked > sla:
                    self.late[request.outlet] = True
        for request in self.level2.waiting:
            if request.outlet >= 0 and now - request.at_desk > sla:
                self.late[request.outlet] = True

    def take_posts(self, centre: int) -> None:
        """Let the sellers of a centre take the posts of its phase."""
        posting = self.posting_of(centre)
        members = np.flatnonzero(self.world.sellers.centre == centre)
        self._unsettle(members, (self.patch[members] != posting.patch[members]).astype(np.float64))
        self.patch[members], self.area[members] = posting.patch[members], posting.area[members]
        self.sells[members], self.mixed[members] = posting.sells[members], posting.mixed
        self.phase_of_seller[members] = self.phase_of_centre[centre]
        self.in_training[members] = posting.course[members]
        drills = posting.phase is not None and posting.phase.focus == "drills"
        self.drilled[members] = self.world.scenario.effort.drill_share if drills else 0.0
        for i in members.tolist():
            self.duties[i] = posting.duties[i]
        for o in np.flatnonzero(self.world.outlets.centre == centre).tolist():
            self.first_line[o] = posting.first_line[o]
        self.take_appraisal(centre)

    def take_appraisal(self, centre: int) -> None:
        """Let the sellers of a centre split their free time as the appraisal of its target stage asks."""
        members = np.flatnonzero(self.world.sellers.centre == centre)
        stage = self.stage_of_centre[centre] + 1
        weights = self.weights[stage, self.force[members]]
        if stage and not self.world.trained[members].all():  # who sells one business is appraised on it alone
            alone = self.own[self.force[members]]
            alone /= alone.sum(axis=1, keepdims=True)
            weights = np.where(self.world.trained[members, np.newaxis], weights, alone)
        if self.weight[members].any():  # nothing changes before the first day
            self._unsettle(members, np.abs(weights - self.weight[members]).max(axis=1))
        self.stage[members], self.weight[members] = stage, weights
        self.parts[members] = self.posting_of(centre).parts[stage, members]
        for i in members.tolist():
            self.outlet_part[i] = float(self.parts[i, WORKS.index("channel")])

    def _unsettle(self, members: Ints, sharpness: Floats) -> None:
        """Let a change of area or appraisal be felt for a while; a sharper one that still is felt stays."""
        if not self.world.scenario.turnover.per_year:
            return
        felt = np.where(self.day < self.unrest_until[members], self.unrest[members], 0.0)
        moved = sharpness > 0
        self.unrest[members] = np.maximum(felt, sharpness)
        until = self.day + self.world.scenario.turnover.unrest_days
        self.unrest_until[members[moved]] = until
