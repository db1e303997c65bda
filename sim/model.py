"""The running model of one replication: its state, its clock, and the day's view of every work area."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

import numpy as np
import simpy
from numpy.typing import NDArray

from scenarios import Scenario
from scenarios.organisation import Phase
from sim.layers import Layer
from sim.learning import skill
from sim.records import SKILLS, Records, empty_records
from sim.streams import stream
from sim.world import DAYS_PER_YEAR, MONTHS_PER_YEAR, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BEFORE = -1
ALMOST_ALL = 1 - 1e-12
"""Largest yearly share of leavers whose daily rate is finite."""


def leaving_rates(scenario: Scenario, gap: float) -> Floats:
    """Return the chance that a subscriber decides to leave between two mornings, per business."""
    yearly = np.array([scenario.market.fixed.churn_per_year, scenario.market.mobile.churn_per_year])
    return np.asarray(-np.log1p(-np.minimum(yearly, ALMOST_ALL)) / DAYS_PER_YEAR * gap, dtype=np.float64)


def overdue_rates(scenario: Scenario, gap: float) -> Floats:
    """Return the chance that a subscriber's bill falls overdue between two mornings, per business."""
    monthly = np.array([scenario.market.fixed.arrears_per_month, scenario.market.mobile.arrears_per_month])
    return monthly * MONTHS_PER_YEAR / DAYS_PER_YEAR * gap


class Request:
    """An outlet's (or anybody's) request for help, with the luck it will meet."""

    __slots__ = ("asked", "centre", "luck", "outlet", "taken")

    def __init__(self, asked: float, centre: int, outlet: int, luck: tuple[float, float, float, float]) -> None:
        self.asked = asked
        self.centre = centre
        self.outlet = outlet
        self.luck = luck
        self.taken = False


class View:
    """A layer on one day: how well each patch sells, and where in it a sale falls.

    The weight of a unit is prospects x propensity x relationship; a patch's pull is the sum of its weights
    over its prospects at the start, so a door knocked at random meets fewer prospects as they are won.
    """

    __slots__ = ("cumulative", "layer", "order", "potential", "pull")

    def __init__(self, layer: Layer, prospects: Ints) -> None:
        self.layer = layer
        self.order = layer.order
        total = np.vstack([np.zeros((1, prospects.shape[1])), np.cumsum(prospects[layer.order], axis=0)])
        self.potential = np.maximum(total[layer.bounds[1:]] - total[layer.bounds[:-1]], 1)
        self.pull: list[list[float]] = []
        self.cumulative = total

    def refresh(self, weight: Floats) -> None:
        """Take over today's unit weights, shape (units, businesses)."""
        np.cumsum(weight[self.order], axis=0, out=self.cumulative[1:])
        bounds = self.layer.bounds
        self.pull = ((self.cumulative[bounds[1:]] - self.cumulative[bounds[:-1]]) / self.potential).tolist()

    def unit_at(self, patch: int, business: int, u: float) -> int:
        """Return the unit in which a sale falls, with chances by weight."""
        low, high = self.layer.bounds[patch], self.layer.bounds[patch + 1]
        column = self.cumulative[:, business]
        aim = column[low] + u * (column[high] - column[low])
        return int(self.order[min(low + np.searchsorted(column[low + 1 : high + 1], aim, side="right"), high - 1)])


class Model:
    """State of one replication; the processes act on it.

    Parameters
    ----------
    world : World
    seed, replication : int
    """

    def __init__(self, world: World, seed: int, replication: int) -> None:
        self.world, self.seed, self.replication = world, seed, replication
        self.env = simpy.Environment()
        self.records: Records = empty_records(world)
        self.day = 0
        self.morning = self.env.event()
        self.hours_per_day = world.scenario.calendar.hours_per_day
        self._start_market()
        self._start_people()
        self._start_channel()

    def _start_market(self) -> None:
        market = self.world.market
        self.subscribers, self.prospects = market.subscribers.copy(), market.prospects.copy()
        self.at_risk, self.overdue = self._standing_pools()
        self.bond = np.ones(self.subscribers.shape)
        self.views = {kind: View(layer, self.prospects) for kind, layer in self.world.layers.items()}
        self.phase_of_centre = self.world.table.phase[:, 0].tolist() if len(self.world.table.centres) else []

    def _standing_pools(self) -> tuple[Ints, Ints]:
        """Return who thinks of leaving, and whose bill is overdue, on the first morning: come up but not lapsed."""
        scenario, gap = self.world.scenario, float(self.world.calendar_days.mean())
        pools = []
        for rates, stay in (
            (leaving_rates(scenario, gap) * scenario.retention.notice_share, scenario.retention.notice_days),
            (overdue_rates(scenario, gap), scenario.arrears.write_off_days),
        ):
            pools.append(np.floor(self.subscribers * rates * stay / (1 + rates * stay)).astype(np.int64))
        return pools[0], pools[1]

    def _start_people(self) -> None:
        """Give every seller the experience of his force, spread between persons."""
        scenario, sellers = self.world.scenario, self.world.sellers
        self.experience: list[list[float]] = []
        for i, name in enumerate(sellers.ids):
            force = scenario.learning.CM if sellers.is_cm[i] else scenario.learning.GM
            spread = scenario.learning.spread
            factor = 1.0
            if spread > 0:
                shape = 1.0 / spread**2
                factor = float(self.stream(name, "experience").gamma(shape, 1.0 / shape))
            self.experience.append([factor * getattr(force, what) for what in SKILLS])
        self.course_hours = [0.0] * len(sellers.ids)
        self.curves = [getattr(scenario.learning, what) for what in SKILLS]
        self.skill = [[skill(c, x) for c, x in zip(self.curves, xs, strict=True)] for xs in self.experience]
        self.best: dict[tuple[str, int], list[float]] = {}
        centres = range(len(self.world.table.centres))
        self.rooms = [simpy.Resource(self.env, capacity=scenario.training.seats) for _ in centres]

    def _start_channel(self) -> None:
        outlets, support = self.world.outlets, self.world.scenario.support
        count = len(outlets.ids)
        self.quality = np.ones(count)
        self.open = np.ones(count, dtype=bool)
        self.care = np.zeros(count)
        self.late = np.zeros(count, dtype=bool)
        self.outlet_bond = np.ones(count)
        self.inboxes: dict[Hashable, deque[Request]] = {}
        centres = range(len(self.world.table.centres))
        self.level1 = [simpy.Resource(self.env, capacity=support.level1.agents) for _ in centres]
        self.level2 = simpy.Resource(self.env, capacity=support.level2.agents)

    def stream(self, entity: str, activity: str) -> np.random.Generator:
        """Return the stream of one activity of one entity in this replication."""
        return stream(self.seed, self.replication, entity, activity)

    def phase_of(self, centre: int) -> Phase | None:
        """Return the phase in which a centre is today."""
        return self.world.phase(self.phase_of_centre[centre])

    def day_of(self, hour: float) -> int:
        """Return the working day in which an hour of the clock lies."""
        return min(int(hour / self.hours_per_day), len(self.world.table.days) - 1)

    def days_in_phase(self, centre: int) -> int:
        """Return for how many working days a centre has been in its phase, from 0."""
        phases = self.world.table.phase[centre]
        return int(self.day - np.argmax(phases == phases[self.day]))

    def team_at(self, kind: str, unit: int) -> tuple[str, int]:
        """Return the patch of a layer that a unit lies in."""
        return kind, int(self.world.patch_of[kind][unit])

    def learn(self, seller: int, what: int, hours: float) -> None:
        """Add experience and update the skill."""
        experience = self.experience[seller]
        experience[what] += hours
        self.skill[seller][what] = skill(self.curves[what], experience[what])

    def inbox(self, key: Hashable) -> deque[Request]:
        """Return the requests that wait for a seller or a team."""
        return self.inboxes.setdefault(key, deque())

    def win(self, unit: int, business: int) -> bool:
        """Turn a prospect into a subscriber; False where none is left."""
        if self.prospects[unit, business] <= 0:
            return False
        self.prospects[unit, business] -= 1
        self.subscribers[unit, business] += 1
        return True
