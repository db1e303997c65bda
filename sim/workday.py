"""A seller's working day: course, counter, outlets, customers who think of leaving, overdue bills, doors."""

from __future__ import annotations

from collections.abc import Generator, Hashable
from dataclasses import dataclass

import numpy as np
import simpy

from scenarios.fields import BUSINESSES
from scenarios.organisation import Phase, Weights
from sim.channel import support_outlets
from sim.draws import binomial_quantile, poisson_quantile
from sim.model import Model
from sim.records import ACTIVITIES, TRAVEL
from sim.trade import bill_sizes
from sim.travel import calls

FIXED, MOBILE, CHANNEL = 0, 1, 2
COUNTER, COURSE = ACTIVITIES.index("counter"), ACTIVITIES.index("training")
RETAIN, COLLECT = ACTIVITIES.index("retention"), ACTIVITIES.index("arrears")
GOLDEN = 0.6180339887498949
"""Step that spreads the places of several sales of one day evenly, from one draw."""

LEAST_SKILL = 0.01
"""Skill below which a seller still expects this much of himself: nobody's expectation is exactly nil."""


@dataclass
class Duty:
    """What a seller does in a phase, and where."""

    phase: Phase | None
    centre: int
    site: tuple[str, int]
    area: float
    both: bool
    retains: bool
    supports: bool
    inbox: Hashable
    outlets: list[int]


def work(model: Model, i: int) -> Generator[simpy.Event, None, None]:
    """Live one seller's working days."""
    world, scenario = model.world, model.world.scenario
    days, name, centre = len(world.table.days), world.sellers.ids[i], int(world.sellers.centre[i])
    luck = {what: model.stream(name, what).random((days, 3)) for what in ("sell.fixed", "sell.mobile", "visit")}
    duty, phase_seen = None, None
    yield model.morning
    while True:
        day = model.day
        if duty is None or phase_seen != model.phase_of_centre[centre]:
            phase_seen = model.phase_of_centre[centre]
            duty = duty_of(model, i, phase_seen)
        hours = model.hours_per_day
        attended = yield from attend_course(model, i, duty, day, hours)
        hours -= attended
        counter = min(hours, float(world.sellers.counter_share[i]) * model.hours_per_day)
        if counter > 0:
            spend(model, i, day, COUNTER, counter, 0.0)
            yield model.env.timeout(counter)
            hours -= counter
        effort = scenario.effort
        outlets = effort.channel if duty.supports and duty.outlets else 0.0
        retention, arrears = (effort.retention, effort.arrears) if duty.retains else (0.0, 0.0)
        claims = effort.selling + retention + arrears + outlets
        free = hours
        if outlets:
            used = support_outlets(model, i, duty, day, free * outlets / claims)
            yield model.env.timeout(used)
            hours -= used
        if not attended:
            attended = yield from attend_course(model, i, duty, day, hours)
            hours -= attended
        if retention:
            used = retain(model, i, duty, day, min(hours, free * retention / claims), luck["visit"][day, 0])
            yield model.env.timeout(used)
            hours -= used
        if arrears:
            used = collect(model, i, duty, day, min(hours, free * arrears / claims), luck["visit"][day, 1])
            yield model.env.timeout(used)
            hours -= used
        weights = world.table.weights_at(centre, day)["CM" if world.sellers.is_cm[i] else "GM"]
        for business, share in enumerate(split(model, i, duty, weights)):
            if share > 0 and hours > 0:
                draws = luck["sell.fixed" if business == FIXED else "sell.mobile"][day]
                sell(model, i, duty, day, business=business, hours=hours * share, luck=draws)
                yield model.env.timeout(hours * share)
        if day == days - 1:
            return
        if model.day == day:
            yield model.morning


def duty_of(model: Model, i: int, phase_index: int) -> Duty:
    """Return what a seller does in a phase (F3, F4, F10-F16)."""
    world, is_cm = model.world, bool(model.world.sellers.is_cm[i])
    phase, site = world.phase(phase_index), world.sites[phase_index + 1][i]
    mates = sum(other == site for other in world.sites[phase_index + 1])
    layer = world.layers[site[0]]
    both = phase is not None and phase.both_businesses
    supports = not is_cm or (phase is not None and phase.shared_channels)
    inside = np.isin(world.outlets.unit, layer.units(site[1]))
    if phase is not None and (phase.shared_channels or site[0] == "centre"):
        inbox: Hashable = site
        outlets = np.flatnonzero(inside)
    else:
        inbox = ("seller", i)
        outlets = np.flatnonzero(world.outlets.seller == i)
    return Duty(
        phase=phase,
        centre=int(world.sellers.centre[i]),
        site=site,
        area=float(layer.area[site[1]]) / max(mates, 1),
        both=both,
        retains=both or is_cm,
        supports=supports,
        inbox=inbox,
        outlets=outlets.tolist(),
    )


def attend_course(model: Model, i: int, duty: Duty, day: int, hours: float) -> Generator[simpy.Event, None, float]:
    """Take a seat in the centre's course if the phase has one, hours are still due and a seat is free (F10, F14)."""
    rules = model.world.scenario.training
    due = rules.hours_needed - model.course_hours[i]
    room = model.rooms[int(model.world.sellers.centre[i])]
    if duty.phase is None or not duty.phase.training or due <= 0 or room.count >= room.capacity:
        return 0.0
    length = min(rules.session_hours, due, hours)
    if length <= 0:
        return 0.0
    with room.request() as seat:
        yield seat
        spend(model, i, day, COURSE, length, 0.0)
        yield model.env.timeout(length)
    model.course_hours[i] += length
    new = (MOBILE, CHANNEL) if model.world.sellers.is_cm[i] else (FIXED,)
    for what in new:
        model.learn(i, what, model.world.scenario.learning.course_value * length / len(new))
    return length


def split(model: Model, i: int, duty: Duty, weights: Weights) -> tuple[float, float]:
    """Return the shares of the selling time for fixed and mobile.

    A seller maximises sum_b w_b (s_b h_b)^r under sum_b h_b = h, with weights w, skills s and returns r < 1:
    h_b is proportional to (w_b s_b^r)^(1 / (1 - r)). Drills give the new business a part of the time in any case (F15).
    """
    is_cm = bool(model.world.sellers.is_cm[i])
    if not duty.both:
        return (1.0, 0.0) if is_cm else (0.0, 1.0)
    rules, skills = model.world.scenario.effort, model.skill[i]
    claim = [
        (weight * max(s, LEAST_SKILL) ** rules.returns) ** (1.0 / (1.0 - rules.returns))
        for weight, s in ((weights.fixed, skills[FIXED]), (weights.mobile, skills[MOBILE]))
    ]
    fixed = claim[0] / (claim[0] + claim[1])
    if duty.phase is not None and duty.phase.focus == "drills":
        least = rules.drill_share
        fixed = min(fixed, 1.0 - least) if is_cm else max(fixed, least)
    return fixed, 1.0 - fixed


def sell(model: Model, i: int, duty: Duty, day: int, *, business: int, hours: float, luck: np.ndarray) -> None:
    """Go from door to door; what is sold depends on skill, demand, and who is left to win."""
    scenario = model.world.scenario
    kind, patch = duty.site
    view, skills = model.views[kind], model.skill[i]
    visits = calls(hours, scenario.selling.contact_minutes, duty.area, scenario.selling.speed_km_per_hour)
    chance = scenario.selling.conversion[BUSINESSES[business]] * view.pull[patch][business]
    chance *= model.world.demand[day, business] * skills[business] * lift(model, duty)
    sold = poisson_quantile(luck[0], visits * min(chance, 1.0))
    force = 0 if model.world.sellers.is_cm[i] else 1
    won = sum(
        win(model, i, day, view.unit_at(patch, business, (luck[1] + k * GOLDEN) % 1.0), business) for k in range(sold)
    )
    if duty.both and won:
        other = 1 - business
        along = binomial_quantile(luck[2], won, scenario.market.bundle_share * skills[other])
        for k in range(along):
            unit = view.unit_at(patch, other, (luck[1] + (k + won) * GOLDEN) % 1.0)
            model.records.bundled[day, other, force] += win(model, i, day, unit, other)
    spend(model, i, day, business, hours, hours - visits * scenario.selling.contact_minutes / 60.0)
    practise(model, i, duty, business, hours)


def win(model: Model, i: int, day: int, unit: int, business: int) -> int:
    """Sign a new subscriber; 0 where nobody is left to win in the unit."""
    if not model.win(unit, business):
        return 0
    records, centre = model.records, model.world.sellers.centre[i]
    records.sales[day, business, 0 if model.world.sellers.is_cm[i] else 1] += 1
    records.seller_growth[i, model.world.table.stage[centre, day] + 1, business] += 1
    return 1


def lift(model: Model, duty: Duty) -> float:
    """Return what data support, local incentives and the improved scheme add to selling (F16, F17)."""
    scenario, phase = model.world.scenario, duty.phase
    if phase is None:
        return 1.0
    factor = 1.0
    if phase.data_support:
        factor *= 1.0 + scenario.selling.data_support_lift
    if phase.local_incentives:
        factor *= 1.0 + scenario.selling.incentive_lift
    if phase.focus == "sales":
        running = model.days_in_phase(duty.centre)
        factor *= 1.0 + scenario.trial_run.improvement * (1.0 - np.exp(-running / scenario.trial_run.days))
    return float(factor)


def practise(model: Model, i: int, duty: Duty, what: int, hours: float) -> None:
    """Learn by doing, and from the best colleague of a mixed team (F15)."""
    gained = hours
    if duty.phase is not None and duty.phase.mixed_teams:
        ahead = model.best[duty.site][what] - model.skill[i][what]
        if ahead > 0:
            gained += model.world.scenario.learning.peer_value * hours * ahead
    model.learn(i, what, gained)


def retain(model: Model, i: int, duty: Duty, day: int, hours: float, u: float) -> float:
    """Visit subscribers who think of leaving; return the hours used."""
    rules = model.world.scenario.retention
    visits, used = visit_pool(model, i, duty, model.at_risk, hours, rules.visit_minutes, u)
    for business, unit, luck in visits:
        model.at_risk[unit, business] -= 1
        bond = 1 - model.world.scenario.hand_over.weight * (1 - model.bond[unit, business])
        if luck < rules.save_share * model.skill[i][business] * bond:
            model.records.saved[day, business] += 1
        else:
            model.subscribers[unit, business] -= 1
            model.prospects[unit, business] += 1
            model.records.churned[day, business] += 1
    spend(model, i, day, RETAIN, used, used - len(visits) * rules.visit_minutes / 60.0)
    return used


def collect(model: Model, i: int, duty: Duty, day: int, hours: float, u: float) -> float:
    """Visit subscribers whose bills are overdue; return the hours used."""
    rules, sizes = model.world.scenario.arrears, bill_sizes(model)
    visits, used = visit_pool(model, i, duty, model.overdue, hours, rules.visit_minutes, u)
    for business, unit, luck in visits:
        if luck < rules.recover_share * model.skill[i][business]:
            model.overdue[unit, business] -= 1
            model.records.recovered[day, business] += sizes[business] * model.world.market.worth[unit, business]
    spend(model, i, day, COLLECT, used, used - len(visits) * rules.visit_minutes / 60.0)
    return used


def visit_pool(
    model: Model, i: int, duty: Duty, pool: np.ndarray, hours: float, minutes: float, u: float
) -> tuple[list[tuple[int, int, float]], float]:
    """Choose whom to visit: (business, unit, luck) each, and the hours it takes, never more than the pool needs.

    The seller begins where most wait. Businesses he does not serve in this phase are left out.
    """
    inside = model.world.layers[duty.site[0]].units(duty.site[1])
    waiting = pool[inside].astype(np.float64)
    if not duty.both:
        waiting[:, MOBILE if model.world.sellers.is_cm[i] else FIXED] = 0
    total = int(waiting.sum())
    possible = calls(hours, minutes, duty.area, model.world.scenario.selling.speed_km_per_hour)
    count = min(total, int(possible + u))
    if count == 0 or possible <= 0:
        return [], 0.0
    chosen = []
    flat = waiting.ravel()
    for k in range(count):
        most = int(flat.argmax())
        flat[most] -= 1
        chosen.append((most % 2, int(inside[most // 2]), (u + (k + 1) * GOLDEN) % 1.0))
    return chosen, min(hours, hours * count / possible)


def spend(model: Model, i: int, day: int, activity: int, hours: float, travel: float) -> None:
    """Write down how time was spent."""
    force = 0 if model.world.sellers.is_cm[i] else 1
    model.records.hours[day, force, activity] += hours
    model.records.hours[day, force, TRAVEL] += travel
