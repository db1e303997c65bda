"""The company's day: the morning tells everybody where things stand, the evening settles what the day brought."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy

from scenarios.fields import BUSINESSES
from sim import settle
from sim.evening import Evening
from sim.model import BEFORE, DIARY, VISITS, Floats, Model
from sim.postings import WORKS
from sim.records import SKILLS
from sim.world import DAYS_PER_YEAR, MONTHS_PER_YEAR

LEAST_SKILL = 0.01
"""Skill below which a seller still expects this much of himself: nobody's expectation is exactly nil."""


def trade(model: Model) -> Generator[simpy.Event, None, None]:
    """Open and close every working day; everybody else waits for the morning."""
    evening = Evening(model)
    for day in range(len(model.world.table.days)):
        model.day = day
        switch(model, day)
        tell(model, day)
        morning, model.morning = model.morning, model.env.event()
        morning.succeed()
        yield model.env.timeout(model.hours_per_day)
        evening.settle(day)
        close(model, day)


def switch(model: Model, day: int) -> None:
    """Move centres into phase and target stage of the day; what changes hands loses part of its relationship."""
    table, world = model.world.table, model.world
    for centre in range(len(table.centres)):
        if model.stage_of_centre[centre] != table.stage[centre, day]:
            model.stage_of_centre[centre] = int(table.stage[centre, day])
            model.take_appraisal(centre)
        before, after = model.phase_of_centre[centre], int(table.phase[centre, day])
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


def tell(model: Model, day: int) -> None:
    """Weigh every unit anew, split the selling time, and arrange the day's visits."""
    world, ground = model.world, model.world.ground
    weight = world.scenario.hand_over.weight
    felt = model.prospects * world.market.propensity * (1 - weight * (1 - model.bond))
    settle.accumulate(felt, ground.order, model.felt)
    model.pull = (model.felt[ground.bounds[1:]] - model.felt[ground.bounds[:-1]]) / model.potential
    model.fixed_share = split(model, day).tolist()
    model.ability = model.skill[:, SKILLS.index("channel")].tolist()
    model.cared = _open_outlets(model)
    model.diary = arrange_visits(model, day).tolist()


def arrange_visits(model: Model, day: int) -> Floats:
    """Open a page in everybody's diary and arrange the day's visits; shape (sellers, diary columns)."""
    world, training = model.world, model.world.scenario.training
    diary = np.zeros((len(model.duties), len(DIARY)))
    free = np.full(len(diary), model.hours_per_day)
    due = np.maximum(training.hours_needed - np.array(model.course_hours), 0.0)
    free -= np.where(model.in_training, np.minimum(due, training.session_hours), 0.0)
    free = np.maximum(free - world.sellers.counter_share * model.hours_per_day, 0.0)
    for k, (what, pool) in enumerate(zip(VISITS, (model.at_risk, model.overdue), strict=True)):
        diary[:, DIARY.index(what)] = settle.arrange(
            free * model.parts[:, WORKS.index(what)],
            model.visit_minutes[k],
            model.area,
            world.scenario.selling.speed_km_per_hour,
            np.ascontiguousarray(model.visit_luck[:, day, k]),
            pool,
            model.patch,
            model.sells,
            world.ground.order,
            world.ground.bounds,
            model.visits[k],
        )
    return diary


def _open_outlets(model: Model) -> list[int]:
    """Return how many of the outlets that each seller cares for are open."""
    counts = np.zeros(len(model.duties), dtype=np.int64)
    for index in set(model.phase_of_centre):
        posting = model.world.postings[index + 1]
        total = np.concatenate([[0], np.cumsum(model.open[posting.care])])
        here = model.phase_of_seller == index
        counts[here] = (total[posting.care_from[1:]] - total[posting.care_from[:-1]])[here]
    return counts.tolist()


def split(model: Model, day: int) -> Floats:
    """Return the share of the selling time that each seller gives to fixed lines.

    A seller maximises sum_b w_b (s_b h_b)^r under sum_b h_b = h, with weights w, skills s and returns r < 1:
    h_b is proportional to (w_b s_b^r)^(1 / (1 - r)). Drills give the new business a part of the time in any case (F15).
    """
    world, rules = model.world, model.world.scenario.effort
    is_cm = world.sellers.is_cm
    weight = model.weights[world.table.stage[world.sellers.centre, day] + 1, np.where(is_cm, 0, 1)]
    skill = np.maximum(model.skill[:, : len(BUSINESSES)], LEAST_SKILL)
    claim = (weight * skill**rules.returns) ** (1.0 / (1.0 - rules.returns))
    fixed = claim[:, 0] / claim.sum(axis=1)
    least = np.where(model.drilling, rules.drill_share, 0.0)
    fixed = np.where(is_cm, np.minimum(fixed, 1.0 - least), np.maximum(fixed, least))
    return np.where(model.sells.all(axis=1), fixed, np.where(is_cm, 1.0, 0.0))


def close(model: Model, day: int) -> None:
    """Write down the evening's state; relationships mend."""
    world, records = model.world, model.records
    rules, market = world.scenario.hand_over, world.scenario.market
    records.subscribers[day] = model.subscribers.sum(axis=0)
    share_of_month = world.calendar_days[day] * MONTHS_PER_YEAR / DAYS_PER_YEAR
    arpu = np.array([market.fixed.arpu, market.mobile.arpu])
    records.revenue[day] = (model.subscribers * world.market.worth).sum(axis=0) * arpu * share_of_month
    model.bond += (1 - model.bond) / max(rules.recovery_days, 1.0)
    model.outlet_bond += (1 - model.outlet_bond) / max(rules.recovery_days, 1.0)
    competent = model.skill >= world.scenario.learning.competent
    for force, members in enumerate((world.sellers.is_cm, ~world.sellers.is_cm)):
        if members.any():
            records.skill[day, force] = model.skill[members].mean(axis=0)
            records.able[day, force] = competent[members, : len(BUSINESSES)].all(axis=1).mean()
        else:
            records.skill[day, force] = np.nan
    records.competent[competent & (records.competent == BEFORE)] = day
