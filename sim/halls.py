"""Service halls: customers come, wait for a clerk who knows their business, are served, refused, or give up."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy
from numba import njit
from numpy.typing import NDArray

from scenarios.fields import BUSINESSES
from scenarios.organisation import Phase
from sim.model import Model
from sim.settle import win

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
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
        best = -1
        for c in range(len(free)):
            if (not other[k] or knows_other[c]) and (best < 0 or free[c] < free[best]):
                best = c
        if best < 0:
            outcome[k] = 1
            wait[k] = 0.0
            continue
        start = max(arrivals[k], free[best])
        wait[k] = start - arrivals[k]
        if wait[k] > patience[k]:
            outcome[k] = 2
            continue
        outcome[k] = 0
        free[best] = start + service[k]


@njit(cache=True)  # type: ignore[untyped-decorator]
def open_hall(  # one day: serve, count, and let those served buy
    arrivals: Floats,
    service: Floats,
    patience: Floats,
    other: NDArray[np.bool_],
    buys: Floats,
    free: Floats,
    knows_other: NDArray[np.bool_],
    chance: Floats,
    own: int,
    unit: int,
    prospects: Ints,
    subscribers: Ints,
    counts: Ints,
    sales: Ints,
) -> float:
    """Run a hall for a day and return the wait of those served [hours].

    Parameters
    ----------
    arrivals, service, patience, other, free, knows_other
        As for `serve`.
    buys : ndarray, shape (customers,)
        Luck in buying.
    chance : ndarray, shape (2,)
        That a customer served buys the hall's own business, and the other one.
    own, unit : int
        Business of the hall, and the basic unit in which it stands.
    prospects, subscribers : ndarray, shape (units, businesses)
        Updated in place.
    counts : ndarray, shape (3,)
        Increased: customers served, refused, gone.
    sales : ndarray, shape (businesses,)
        Increased: subscribers won.
    """
    wait, outcome = np.empty(len(arrivals)), np.empty(len(arrivals), dtype=np.int64)
    serve(arrivals, service, patience, other, free, knows_other, wait, outcome)
    waited, buyers = 0.0, np.zeros(2, dtype=np.int64)
    for k in range(len(arrivals)):
        counts[outcome[k]] += 1
        if outcome[k] == 0:
            waited += wait[k]
            kind = 1 if other[k] else 0
            if buys[k] < chance[kind]:
                buyers[kind] += 1
    for kind in range(2):
        business = own if kind == 0 else 1 - own
        for _ in range(buyers[kind]):
            sales[business] += win(unit, business, prospects, subscribers)
    return waited


def keep_hall(model: Model, hall: int) -> Generator[simpy.Event, None, None]:
    """Run one hall day by day; clerks learn in courses and on exchange (F14, F15).

    Before the merger everybody goes to the hall of the business he wants; from its first day people go to the nearest.
    """
    world, rules, records = model.world, model.world.scenario.halls, model.records
    clerks, centre = int(world.halls.clerks[hall]), int(world.halls.centre[hall])
    arrivals, service, patience, kind, buys = _customers(model, hall, clerks)
    free, learnt = np.zeros(clerks), np.zeros(clerks)
    own, unit = int(world.halls.business[hall]), int(world.halls.unit[hall])
    chance = np.array([rules.sales_per_customer[BUSINESSES[business]] for business in (own, 1 - own)])
    edges = np.searchsorted(arrivals, np.arange(len(world.table.days) + 1) * model.hours_per_day).tolist()
    wants_other, nobody = kind < rules.other_business_share, np.zeros(len(kind), dtype=np.bool_)
    for day, today in enumerate(map(slice, edges[:-1], edges[1:])):
        yield model.morning
        phase = model.phase_of(centre)
        if phase is not None:
            _learn(model, phase, day, free, learnt)
        records.hall_customers[day] += today.stop - today.start
        records.hall_wait[day] += 60.0 * open_hall(
            arrivals[today],
            service[today],
            patience[today],
            (nobody if phase is None else wants_other)[today],
            buys[today],
            free,
            learnt >= rules.learn_hours,
            chance,
            own,
            unit,
            model.prospects,
            model.subscribers,
            records.hall_outcomes[day],
            records.hall_sales[day],
        )


def _customers(model: Model, hall: int, clerks: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Draw every customer of the study: arrival, service and patience [hours], what he asks for and whether he buys."""
    rules, name = model.world.scenario.halls, model.world.halls.ids[hall]
    length = len(model.world.table.days) * model.hours_per_day
    rate = rules.customers_per_clerk_per_hour * clerks
    count = int(model.stream(name, "customers").poisson(rate * length))
    arrivals = np.sort(model.stream(name, "arrivals").random(count)) * length
    service = model.stream(name, "service").exponential(rules.mean_minutes / 60.0, count)
    patience = model.stream(name, "patience").exponential(rules.patience_minutes / 60.0, count)
    return (
        arrivals,
        service,
        patience,
        model.stream(name, "asks").random(count),
        model.stream(name, "buys").random(count),
    )


def _learn(model: Model, phase: Phase, day: int, free: Floats, learnt: Floats) -> None:
    """Send clerks to the course, which costs hours at the counter, or on exchange, in turn."""
    scenario, clerks = model.world.scenario, len(free)
    if phase.training:
        hours = scenario.training.clerk_hours_per_day
        pupils = learnt < scenario.halls.learn_hours
        free[pupils] = np.maximum(free[pupils], day * model.hours_per_day) + hours
        learnt[pupils] += hours
    if phase.hall_exchange:
        away = round(scenario.halls.exchange_clerks_share * clerks)
        turns = [(day * away + k) % clerks for k in range(away)]
        learnt[turns] += model.hours_per_day
