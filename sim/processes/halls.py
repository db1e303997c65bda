"""Service halls: customers come, wait for a clerk who knows their business, are served, refused, or give up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from scenarios.schema.fields import BUSINESSES
from scenarios.territory.regions import apportion
from sim.random_numbers.arrivals import arrivals
from sim.settlement.market import win
from sim.state.fast_timeouts import Pause, Process
from sim.state.model import Model

Flags = NDArray[np.bool_]
SERVED, REFUSED, LEFT = 0, 1, 2


@njit(cache=True)  # type: ignore[untyped-decorator]
def serve(
    arrivals: Floats,
    service: Floats,
    patience: Floats,
    other: NDArray[np.bool_],
    free: Floats,
    knows_other: NDArray[np.bool_],
    wait: Floats,
    outcome: NDArray[np.int64],
) -> None:
    """Serve customers first come, first served, each by the able clerk who is free first.

    The recursion of Kiefer and Wolfowitz for G/G/c, with clerks who may lack a skill: exact for FIFO queues
    in which everybody can serve everybody, and then M/M/c when arrivals are Poisson and services exponential.

    Parameters
    ----------
    arrivals, service, patience : ndarray, shape (customers,) [hours]
        In order of arrival.
    other : ndarray of bool
        The customer asks for the business the hall did not come from.
    free : ndarray, shape (clerks,) [hours]
        When each clerk is free; updated in place.
    knows_other : ndarray of bool, shape (clerks,)
    wait, outcome : ndarray, shape (customers,)
        Filled in: wait [hours], and SERVED, REFUSED or LEFT.

    References
    ----------
    Kiefer & Wolfowitz 1955.
    """
    for k in range(len(arrivals)):
        best, soonest = -1, np.inf
        for c in range(len(free)):
            if (not other[k] or knows_other[c]) and free[c] < soonest:
                best, soonest = c, free[c]
        if best < 0:
            outcome[k] = 1
            wait[k] = 0.0
            continue
        start = max(arrivals[k], soonest)
        wait[k] = start - arrivals[k]
        if wait[k] > patience[k]:
            outcome[k] = 2
            continue
        outcome[k] = 0
        free[best] = start + service[k]


@njit(cache=True)  # type: ignore[untyped-decorator]
def open_halls(  # one day, hall after hall: serve, count, and let those served buy
    today: Ints,
    arrivals: Floats,
    service: Floats,
    patience: Floats,
    wants_other: Flags,
    buys: Floats,
    one_company: Flags,
    staff: Ints,
    free: Floats,
    knows_other: Flags,
    chance: Floats,
    own: Ints,
    unit: Ints,
    stage: Ints,
    prospects: Ints,
    subscribers: Ints,
    counts: Ints,
    sales: Ints,
    growth: Ints,
) -> float:
    """Run all halls for a day and return the wait of those served [minutes].

    Parameters
    ----------
    today : ndarray, shape (halls, 2)
        The customers of each hall: from and to which, in the arrays of customers.
    arrivals, service, patience, free, knows_other
        As for `serve`, of all halls.
    wants_other : ndarray of bool, shape (customers,)
        The customer wants the business the hall did not come from.
    buys : ndarray, shape (customers,)
        Luck in buying.
    one_company : ndarray of bool, shape (halls,)
        Whether people go to the nearest hall, whatever they want; before the merger to the hall of what they want.
    staff : ndarray, shape (halls + 1,)
        The clerks of each hall: those from ``staff[h]`` to ``staff[h + 1]``.
    chance : ndarray, shape (halls, 2)
        That a customer served buys the hall's own business, and the other one.
    own, unit : ndarray, shape (halls,)
        Business of the hall, and the basic unit in which it stands.
    prospects, subscribers : ndarray, shape (units, businesses)
        Updated in place.
    counts : ndarray, shape (3,)
        Increased: customers served, refused, gone.
    sales : ndarray, shape (businesses,)
        Increased: subscribers won.
    growth : ndarray, shape (stages + 1, businesses)
        Increased: subscribers won, in the row ``stage`` of each hall.
    """
    total = 0.0
    for hall in range(len(own)):
        a, b, first, last = today[hall, 0], today[hall, 1], staff[hall], staff[hall + 1]
        other = wants_other[a:b] if one_company[hall] else np.zeros(b - a, dtype=np.bool_)
        wait, outcome = np.empty(b - a), np.empty(b - a, dtype=np.int64)
        clerks, able = free[first:last], knows_other[first:last]
        serve(arrivals[a:b], service[a:b], patience[a:b], other, clerks, able, wait, outcome)
        waited, buyers = 0.0, np.zeros(2, dtype=np.int64)
        for k in range(b - a):
            counts[outcome[k]] += 1
            if outcome[k] == 0:
                waited += wait[k]
                kind = 1 if other[k] else 0
                if buys[a + k] < chance[hall, kind]:
                    buyers[kind] += 1
        for kind in range(2):
            business = own[hall] if kind == 0 else 1 - own[hall]
            for _ in range(buyers[kind]):
                won = win(unit[hall], business, prospects, subscribers)
                sales[business] += won
                growth[stage[hall], business] += won
        total += 60.0 * waited
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def teach_clerks(
    day: int,
    hours_per_day: float,
    training: Flags,
    course: float,
    enough: float,
    away: Ints,
    staff: Ints,
    free: Floats,
    learnt: Floats,
) -> None:
    """Send clerks to the course, which costs hours at the counter, or on exchange, in turn.

    Parameters
    ----------
    day : int
    hours_per_day, course, enough : float
        Of a working day; of the course each day; after which a clerk knows the other business [hours].
    training : ndarray of bool, shape (halls,)
        Where courses are held.
    away : ndarray, shape (halls,)
        Clerks on exchange.
    staff : ndarray, shape (halls + 1,)
    free, learnt : ndarray, shape (clerks,)
        When each clerk is free, and what he has learnt [hours]; updated in place.
    """
    for hall in range(len(training)):
        first, last = staff[hall], staff[hall + 1]
        if training[hall]:
            for clerk in range(first, last):
                if learnt[clerk] < enough:
                    free[clerk] = max(free[clerk], day * hours_per_day) + course
                    learnt[clerk] += course
        for k in range(away[hall]):
            learnt[first + (day * away[hall] + k) % (last - first)] += hours_per_day


def keep_halls(model: Model, pause: Pause) -> Process:
    """Open all halls every morning; clerks learn in courses and on exchange (F14, F15)."""
    world, rules, records = model.world, model.world.scenario.halls, model.records
    halls, hours = world.halls, model.hours_per_day
    clerks = halls.clerks.astype(np.int64)
    came, arrivals, service, patience, wants_other, buys = _customers(model)
    customers = np.diff(came).sum(axis=0)
    staff = np.concatenate([[0], np.cumsum(clerks)])
    free, learnt = np.zeros(int(staff[-1])), np.zeros(int(staff[-1]))
    sells = np.array([rules.sales_per_customer[business] for business in BUSINESSES])
    own, unit = halls.business.astype(np.int64), halls.unit.astype(np.int64)
    chance = np.stack([sells[own], sells[1 - own]], axis=1)
    exchange = on_exchange(clerks, rules.exchange_clerks_share, own, halls.centre)
    phase, stage = world.table.phase.T[:, halls.centre] + 1, world.table.stage.T[:, halls.centre] + 1
    one_company = phase > 0
    training, exchanging = (
        np.array([False, *(getattr(phase, what) for phase in world.scenario.phases)])[phase]
        for what in ("training", "hall_exchange")
    )
    away = exchange * exchanging
    for day in range(len(world.table.days)):
        yield pause.until(model.morning)
        teach_clerks(
            day,
            hours,
            training[day],
            world.scenario.training.clerk_hours_per_day,
            rules.learn_hours,
            away[day],
            staff,
            free,
            learnt,
        )
        records.hall_customers[day] = customers[day]
        records.hall_wait[day] = open_halls(
            came[:, day : day + 2],
            arrivals,
            service,
            patience,
            wants_other,
            buys,
            one_company[day],
            staff,
            free,
            learnt >= rules.learn_hours,
            chance,
            own,
            unit,
            stage[day],
            model.prospects,
            model.subscribers,
            records.hall_outcomes[day],
            records.hall_sales[day],
            records.other_growth,
        )
    yield pause


def _customers(model: Model) -> tuple[Ints, Floats, Floats, Floats, Flags, Floats]:
    """Draw every customer of the study, hall after hall.

    Returns
    -------
    came : ndarray, shape (halls, days + 1)
        Who comes first to each hall on every day, and after the end.
    arrivals, service, patience : ndarray, shape (customers,) [hours]
    wants_other : ndarray of bool, shape (customers,)
    buys : ndarray, shape (customers,)
        Luck in buying.
    """
    rules, halls = model.world.scenario.halls, model.world.halls
    random, per_hour = model.luck(halls.ids, "customers"), rules.customers_per_clerk_per_hour * halls.clerks
    first, moments, luck = arrivals(random, per_hour, model.hours, 4)
    mornings = np.arange(len(model.world.table.days) + 1) * model.hours_per_day
    came = np.array([a + np.searchsorted(moments[a:b], mornings) for a, b in pairwise(first)])
    service, patience, kind, buys = luck.T
    for drawn, mean_minutes in ((service, rules.mean_minutes), (patience, rules.patience_minutes)):
        np.log1p(np.negative(drawn, out=drawn), out=drawn)
        np.multiply(drawn, -mean_minutes / 60.0, out=drawn)
    return came, moments, service, patience, kind < rules.other_business_share, buys


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
