"""The company's day: the morning tells everybody where things stand, the evening settles what the day brought."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy

from foundation.arrays import Floats
from foundation.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from scenarios.rules.businesses import market_rules
from scenarios.rules.selling_day import shares_of_selling
from sim.processes.channel import deal_requests
from sim.settlement import market, outlets, sellers, visits
from sim.settlement.evening import Evening
from sim.state.model import VISITS, Model
from sim.state.records import CHANNEL
from sim.world.duties import WORKS


def trade(model: Model) -> Generator[simpy.Event, None, None]:
    """Open and close every working day; everybody else waits for the morning."""
    evening = Evening(model)
    for day in range(len(model.world.table.days)):
        model.day = day
        switch(model, day)
        tell(model)
        morning, model.morning = model.morning, model.env.event()
        morning.succeed()
        yield model.env.evening(model.hours_per_day)
        evening.settle(day)
        close(model, day)


def switch(model: Model, day: int) -> None:
    """Move centres into phase and target stage of the day; what changes hands loses part of its relationship."""
    table, world = model.world.table, model.world
    stages, phases = table.stage[:, day], table.phase[:, day].tolist()
    for centre in np.flatnonzero(model.stage_of_centre != stages).tolist():
        model.stage_of_centre[centre] = stages[centre]
        model.take_appraisal(centre)
    for centre, (before, after) in enumerate(zip(model.phase_of_centre, phases, strict=True)):
        if before == after:
            continue
        model.phase_of_centre[centre] = after
        model.take_posts(centre)
        if (before, after) not in world.hand_overs:  # a laboratory without territory
            continue
        ended, loss = world.hand_overs[before, after], world.scenario.hand_over.loss
        inside, shops = world.unit_centre == centre, world.outlets.centre == centre
        model.bond[inside] *= 1 - loss * ended.units[inside]
        model.outlet_bond[shops] *= 1 - loss * ended.outlets[shops]


def tell(model: Model) -> None:
    """Weigh every unit anew, split the selling time, and arrange the day's visits."""
    world, ground = model.world, model.world.ground
    market.attract(
        model.prospects,
        world.market.propensity,
        model.bond,
        world.scenario.hand_over.weight,
        ground.order,
        ground.bounds,
        model.potential,
        model.felt,
        model.pull,
    )
    model.diary.shares = split(model)
    model.ability = model.skill[:, CHANNEL].tolist()
    rules, speed = world.scenario.outlets, world.scenario.selling.speed_km_per_hour
    present = model.vacant_until <= model.day
    for index in set(model.phase_of_centre):
        posting, here = world.postings[index + 1], (model.phase_of_seller == index) & present
        outlets.count_open(model.open, here, posting.care, posting.care_from, model.cared)
        outlets.hours_of_need(
            here,
            posting.care,
            posting.care_from,
            model.open,
            model.skill[:, CHANNEL],
            model.outlet_need,
            rules.visit_minutes,
            model.area,
            speed,
            model.outlet_hours,
        )
    model.visit_hours = model.outlet_hours.tolist()
    free = free_hours(model)
    deal_requests(model, free)
    arrange_visits(model, free)


def free_hours(model: Model) -> Floats:
    """Return what courses and counters leave of everybody's day, 0 where somebody left [h]."""
    training = model.world.scenario.training
    free = np.full(len(model.duties), model.hours_per_day)
    if model.in_training.any():
        due = np.maximum(training.hours_needed - np.array(model.course_hours), 0.0)
        free -= np.where(model.in_training, np.minimum(due, training.session_hours), 0.0)
    free = np.maximum(free - model.world.sellers.counter_share * model.hours_per_day, 0.0)
    free[model.vacant_until > model.day] = 0.0
    return free


def arrange_visits(model: Model, free: Floats) -> None:
    """Open a page in everybody's diary and arrange the day's visits."""
    world = model.world
    model.diary.turn_page()
    model.visit_luck = model.visiting.draw(2 * len(VISITS))
    gain = model.skill[:, : model.weight.shape[1]] * model.weight * model.sells
    for k, (what, pool) in enumerate(zip(VISITS, (model.at_risk - model.decided, model.overdue), strict=True)):
        hours, model.arranged[k] = visits.arrange(
            free * model.parts[:, WORKS.index(what)],
            model.visit_minutes[k],
            model.area,
            world.scenario.selling.speed_km_per_hour,
            model.visit_luck[:, k],
            pool,
            model.visit_worth[k],
            gain,
            model.patch,
            world.ground.order,
            world.ground.bounds,
            model.visits[k],
        )
        model.diary.arrange(what, hours)


def split(model: Model) -> Floats:
    """Return how each seller divides the selling time, shape (sellers, businesses)."""
    sells, returns = model.sells.astype(np.float64), model.world.scenario.effort.returns
    new = 1.0 - model.own[model.force]
    return shares_of_selling(model.weight, model.skill[:, :CHANNEL], sells, new, model.drilled, returns)


def close(model: Model, day: int) -> None:
    """Write down the evening's state; relationships mend."""
    world, records = model.world, model.records
    recovery = max(world.scenario.hand_over.recovery_days, 1.0)
    share_of_month = world.calendar_days[day] * MONTHS_PER_YEAR / DAYS_PER_YEAR
    records.asked[day], model.asked = model.asked, 0
    market.count_subscribers(
        model.subscribers,
        world.market.worth,
        np.array([rules.arpu for rules in market_rules(world.scenario)]),
        share_of_month,
        records.subscribers[day],
        records.worth[day],
        records.revenue[day],
    )
    market.mend(model.bond.reshape(-1), recovery)
    market.mend(model.outlet_bond, recovery)
    sellers.examine(
        model.skill,
        model.force,
        world.scenario.learning.competent,
        day,
        records.skill[day],
        records.able[day],
        records.competent,
    )
