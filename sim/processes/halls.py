"""Service halls: customers come, wait, are served, sent elsewhere by clerks who still learn, or give up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from scenarios.rules.businesses import asked_in_halls, hall_sales
from scenarios.schema.fields import BUSINESSES
from scenarios.territory.regions import apportion
from sim.random_numbers.arrivals import arrivals
from sim.settlement.counters import open_halls, plan_courses, send_on_exchange
from sim.state.fast_timeouts import Pause, Process
from sim.state.model import Model
from sim.state.records import growth_rows

Flags = NDArray[np.bool_]
TINY = 1e-12
"""Keeps a share of 0 from dividing."""


def keep_halls(model: Model, pause: Pause) -> Process:
    """Open all halls every morning; clerks learn in courses, on exchange and by serving (F14, F15)."""
    world, rules, records = model.world, model.world.scenario.halls, model.records
    halls, training, clerks = world.halls, world.scenario.training, world.halls.clerks.astype(np.int64)
    came, customers = _customers(model)
    staff = np.concatenate([[0], np.cumsum(clerks)])
    free, learnt, attended, course_at = np.zeros((4, int(staff[-1])))
    own, unit = halls.business.astype(np.int64), halls.unit.astype(np.int64)
    chance, asked = hall_sales(world.scenario), asked_in_halls(world.scenario)
    phase, rows = world.table.phase.T[:, halls.centre] + 1, growth_rows(world.table, halls.centre)
    one_company = phase > 0
    taught, exchanging = (
        np.array([False, *(getattr(phase, what) for phase in world.scenario.phases)])[phase]
        for what in ("training", "hall_exchange")
    )
    away = on_exchange(clerks, rules.exchange_clerks_share, own, halls.centre) * exchanging
    curve = (rules.learn_hours, rules.novice_slowdown, rules.referral_share)
    course, value = training.clerk_hours_per_day, world.scenario.learning.course_value
    records.hall_customers[:] = np.diff(came).sum(axis=0)
    for day in range(len(world.table.days)):
        yield pause.until(model.morning)
        hours = (day * model.hours_per_day, (day + 1) * model.hours_per_day)
        plan_courses(hours, taught[day], course, training.hours_needed, value, staff, attended, learnt, course_at)
        send_on_exchange(day, model.hours_per_day, away[day], staff, learnt)
        records.clerk_hours[day] = course * np.isfinite(course_at).sum(), away[day].sum() * model.hours_per_day
        records.hall_wait[day], records.hall_overtime[day] = open_halls(
            came[:, day : day + 2],
            customers,
            hours,
            one_company[day],
            staff,
            free,
            learnt,
            curve,
            course_at,
            course,
            chance,
            asked,
            own,
            unit,
            rows[day],
            model.prospects,
            model.subscribers,
            records.hall_outcomes[day],
            records.hall_sales[day],
            records.other_growth_by_centre.reshape(-1, len(chance)),
        )
    yield pause


def _customers(model: Model) -> tuple[Ints, tuple[Floats, Floats, Floats, Ints, Floats, Floats]]:
    """Draw every customer of the study, hall after hall.

    Returns
    -------
    came : ndarray, shape (halls, days + 1)
        Who comes first to each hall on every day, and after the end.
    customers : tuple of ndarray, shape (customers,)
        Arrivals, service, patience [hours]; which business is wanted, 0 for that of the hall; luck in finding who knows
        it, and in buying.
    """
    rules, halls = model.world.scenario.halls, model.world.halls
    random, per_hour = model.luck(halls.ids, "customers"), rules.customers_per_clerk_per_hour * halls.clerks
    first, moments, uniforms = arrivals(random, per_hour, model.hours, 4)
    mornings = np.arange(len(model.world.table.days) + 1) * model.hours_per_day
    came = np.array([a + np.searchsorted(moments[a:b], mornings) for a, b in pairwise(first)])
    service, patience, kind, buys = uniforms.T
    for drawn, mean_minutes in ((service, rules.mean_minutes), (patience, rules.patience_minutes)):
        np.log1p(np.negative(drawn, out=drawn), out=drawn)
        np.multiply(drawn, -mean_minutes / 60.0, out=drawn)
    share = rules.other_business_share
    others = len(asked_in_halls(model.world.scenario)) - 1
    # a draw below the share is, over the share, as good as a new one: which of the others, and luck once more
    drawn = kind / max(share, TINY) * others
    which = np.minimum(np.floor(drawn), others - 1)
    wants = np.where(kind < share, which + 1, 0).astype(np.int64)
    return came, (moments, service, patience, wants, drawn - which, buys)


def on_exchange(clerks: Ints, share: float, business: Ints, centre: Ints) -> Ints:
    """Return how many clerks of each hall are away at a time, shape (halls,).

    Of each hall up to a share, rounded; in each centre as many from the halls of one company as from those of the
    other, so that no counter loses hands (`optimize.exchange_clerks` says who goes where).
    """
    most = np.floor(clerks * share + 0.5).astype(np.int64)
    away = np.zeros(len(clerks), dtype=np.int64)
    for name in np.unique(centre):
        sides = [np.flatnonzero((centre == name) & (business == b)) for b in range(len(BUSINESSES))]
        pairs = min(int(most[side].sum()) for side in sides)
        for side in sides:
            away[side] = apportion(most[side].astype(np.float64), pairs)
    return away
