"""The social channel: outlets sell, ask for help, are visited, and remember how they were treated."""

from __future__ import annotations

from collections.abc import Generator, Hashable
from typing import TYPE_CHECKING

import numpy as np
import simpy

from sim.draws import poisson_quantile
from sim.model import Model, Request
from sim.records import ACTIVITIES, TRAVEL
from sim.support import ask_desk
from sim.travel import calls
from sim.world import DAYS_PER_YEAR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    from sim.workday import Duty

MOBILE, CHANNEL = 1, 2
SUPPORT = ACTIVITIES.index("channel")


def keep_outlets(model: Model) -> Generator[simpy.Event, None, None]:
    """Let every open outlet sell each day, remember its service, and perhaps close."""
    outlets, rules = model.world.outlets, model.world.scenario.outlets
    days, count = len(model.world.table.days), len(outlets.ids)
    luck = np.stack([model.stream(name, "trade").random((days, 3)) for name in outlets.ids])
    per_day = MONTHS_PER_YEAR / DAYS_PER_YEAR * model.world.calendar_days.mean()
    need = rules.visits_per_month * per_day
    lost_per_day = -np.log1p(-min(rules.loss_per_year, 1 - 1e-12)) / MONTHS_PER_YEAR * per_day
    bond_weight = model.world.scenario.hand_over.weight
    for day in range(days):
        yield model.morning
        service = rules.quality_floor + (1 - rules.quality_floor) * model.quality
        known = 1 - bond_weight * (1 - model.outlet_bond)
        mean = outlets.sales_per_day * service * known * model.world.demand[day, MOBILE] * model.open
        for o in range(count):
            sold = poisson_quantile(luck[o, day, 0], mean[o]) if model.open[o] else 0
            model.records.outlet_sales[day] += sum(model.win(int(outlets.unit[o]), MOBILE) for _ in range(sold))
        treated = np.minimum(1.0, model.care / need) if need > 0 else np.ones(count)
        treated[model.late] = 0.0
        model.quality += (treated - model.quality) / max(rules.quality_memory_days, 1.0)
        model.care[:], model.late[:] = 0.0, False
        model.open &= luck[:, day, 1] >= lost_per_day * (1 - model.quality)
        model.records.quality[day] = model.quality[model.open].mean() if model.open.any() else np.nan
        model.records.outlets_open[day] = model.open.sum()


def need_help(model: Model, outlet: int) -> Generator[simpy.Event, None, None]:
    """Let an outlet raise requests at random times."""
    world, rules = model.world, model.world.scenario.outlets
    total = len(world.table.days) * model.hours_per_day
    per_day = rules.requests_per_month * MONTHS_PER_YEAR / DAYS_PER_YEAR * world.calendar_days.mean()
    if per_day <= 0:
        return
    random = model.stream(world.outlets.ids[outlet], "requests")
    while True:
        gap, *luck = random.random(5).tolist()
        yield model.env.timeout(-np.log1p(-gap) / per_day * model.hours_per_day)
        if model.env.now >= total:
            return
        if model.open[outlet]:
            model.records.asked[model.day_of(model.env.now)] += 1
            request = Request(model.env.now, int(world.outlets.centre[outlet]), outlet, tuple(luck))
            model.env.process(seek_help(model, request))


def seek_help(model: Model, request: Request) -> Generator[simpy.Event, None, None]:
    """Wait for the own seller or team (F13); after a while turn to the marketing centre."""
    key = first_line(model, request)
    if key is not None:
        waiting = model.inbox(key)
        waiting.append(request)
        yield model.env.timeout(model.world.scenario.outlets.first_line_wait_hours)
        if request.taken:
            return
        waiting.remove(request)
        request.taken = True
    yield from ask_desk(model, request)


def first_line(model: Model, request: Request) -> Hashable | None:
    """Return whose inbox a request goes to: the own seller's, the virtual community's, or the area's team."""
    world = model.world
    index = model.phase_of_centre[request.centre]
    phase = world.phase(index)
    if phase is not None and phase.shared_channels:
        return model.team_at(phase.communities, int(world.outlets.unit[request.outlet]))
    if phase is not None and phase.organisation == "virtual_community":
        return "centre", world.layers["centre"].names.index(world.table.centres[request.centre])
    seller = int(world.outlets.seller[request.outlet])
    return None if seller < 0 else ("seller", seller)


def support_outlets(model: Model, i: int, duty: Duty, day: int, hours: float) -> float:
    """Answer waiting requests, then visit outlets in turn; return the hours used."""
    rules = model.world.scenario.outlets
    waiting, spent, each = model.inbox(duty.inbox), 0.0, rules.first_line_minutes / 60.0
    ability = model.skill[i][CHANNEL]
    while waiting and spent + each <= hours:
        request = waiting.popleft()
        request.taken = True
        spent += each
        if request.luck[0] < rules.first_line_share * ability:
            model.records.requests.append((model.day_of(request.asked), model.env.now - request.asked, np.nan))
        else:
            model.env.process(ask_desk(model, request))
    outlets = [o for o in duty.outlets if model.open[o]]
    left = hours - spent
    if outlets and left > 0:
        visits = calls(left, rules.visit_minutes, duty.area, model.world.scenario.selling.speed_km_per_hour)
        model.care[outlets] += visits * ability / len(outlets)
        travel = left - visits * rules.visit_minutes / 60.0
    else:
        left, travel = 0.0, 0.0
    force = 0 if model.world.sellers.is_cm[i] else 1
    model.records.hours[day, force, SUPPORT] += spent + left
    model.records.hours[day, force, TRAVEL] += travel
    learn_channel(model, i, duty, spent + left)
    return spent + left


def learn_channel(model: Model, i: int, duty: Duty, hours: float) -> None:
    """Learn channel work by doing it, and from the best colleague of a mixed team (F15)."""
    gained = hours
    if duty.phase is not None and duty.phase.mixed_teams:
        gained += (
            model.world.scenario.learning.peer_value
            * hours
            * max(0.0, model.best[duty.site][CHANNEL] - model.skill[i][CHANNEL])
        )
    model.learn(i, CHANNEL, gained)
