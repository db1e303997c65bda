"""A hall's day at its counters: who is served, sent elsewhere or gone, and how clerks learn; compiled loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from sim.settlement.market import win

Flags = NDArray[np.bool_]
SERVED, REFUSED, LEFT = 0, 1, 2


@njit(cache=True)  # type: ignore[untyped-decorator]
def serve(
    arrivals: Floats,
    service: Floats,
    patience: Floats,
    other: Flags,
    uniforms: Floats,
    closing: float,
    free: Floats,
    learnt: Floats,
    curve: tuple[float, float, float],
    course_at: Floats,
    course: float,
    wait: Floats,
    outcome: Ints,
) -> None:
    """Serve customers first come, first served, each by the clerk who is free first.

    The recursion of Kiefer and Wolfowitz for G/G/c: exact for FIFO queues, and then M/M/c when arrivals are Poisson and
    services exponential. A clerk takes longer over a business that is new to him, or sends the customer elsewhere,
    until practice, courses and exchange have taught him; who is not served before the hall closes goes home.

    Parameters
    ----------
    arrivals, service, patience : ndarray, shape (customers,) [hours]
        In order of arrival.
    other : ndarray of bool
        The customer asks for the business the hall did not come from.
    uniforms : ndarray, shape (customers,)
        Decides who is sent elsewhere.
    closing : float [hours]
    free : ndarray, shape (clerks,) [hours]
        When each clerk is free; updated in place.
    learnt : ndarray, shape (clerks,) [hours]
        Practice in the other business; updated in place.
    curve : tuple of float
        Practice to half the skill [hours]; time a customer of the other business takes a clerk without any, beyond the
        usual; share of such customers whom such a clerk sends elsewhere.
    course_at : ndarray, shape (clerks,) [hours]
        When each clerk's course begins today, infinite for none; it begins when the customer before is served.
    course : float [hours]
    wait, outcome : ndarray, shape (customers,)
        Filled in: wait [hours], and SERVED, REFUSED or LEFT.

    References
    ----------
    Kiefer & Wolfowitz 1955.
    """
    half, slower, referred = curve
    for k in range(len(arrivals)):
        for c in range(len(free)):
            if course_at[c] <= max(arrivals[k], free[c]):
                free[c] = max(free[c], course_at[c]) + course
                course_at[c] = np.inf
        best = np.argmin(free)
        start = max(arrivals[k], free[best])
        wait[k] = min(start, closing) - arrivals[k]
        if wait[k] > patience[k] or start > closing:
            outcome[k] = 2
            continue
        takes = service[k]
        if other[k]:
            lacking = half / (learnt[best] + half)
            if uniforms[k] < referred * lacking:
                outcome[k] = 1
                continue
            takes *= 1 + slower * lacking
            learnt[best] += takes
        outcome[k] = 0
        free[best] = start + takes
    for c in range(len(free)):
        if course_at[c] < np.inf:
            free[c] = max(free[c], course_at[c]) + course


@njit(cache=True)  # type: ignore[untyped-decorator]
def open_halls(  # one day, hall after hall: serve, count, and let those served buy
    today: Ints,
    customers: tuple[Floats, Floats, Floats, Ints, Floats, Floats],
    hours: tuple[float, float],
    one_company: Flags,
    staff: Ints,
    free: Floats,
    learnt: Floats,
    curve: tuple[float, float, float],
    course_at: Floats,
    course: float,
    chance: Floats,
    asked: Ints,
    own: Ints,
    unit: Ints,
    stage: Ints,
    prospects: Ints,
    subscribers: Ints,
    counts: Ints,
    sales: Ints,
    growth: Ints,
) -> tuple[float, float]:
    """Run all halls for a day; return the wait of those served [minutes], and the clerks' overtime [hours].

    Hall after hall:

    1. who worked late yesterday begins in time;
    2. serve the hall's customers, and count who was served, refused and gone;
    3. let those served buy, as long as there are prospects;
    4. add up what clerks worked beyond closing.

    Parameters
    ----------
    today : ndarray, shape (halls, 2)
        The customers of each hall: from and to which, in the arrays of customers.
    customers : tuple of ndarray, shape (customers,)
        Arrivals, service and patience as for `serve`; which business is wanted, 0 for the one the hall came from, k for
        the k-th after it; and the luck in finding who knows it and in buying.
    hours : tuple of float [hours]
        When the halls open and close.
    one_company : ndarray of bool, shape (halls,)
        Whether people go to the nearest hall, whatever they want; before the merger to the hall of what they want.
    staff : ndarray, shape (halls + 1,)
        The clerks of each hall: those from ``staff[h]`` to ``staff[h + 1]``.
    free, learnt, curve, course_at, course
        As for `serve`, of all halls.
    chance : ndarray, shape (businesses,)
        That a customer served buys the business he came for.
    asked : ndarray
        Businesses that customers come for, the two of the halls first.
    own, unit : ndarray, shape (halls,)
        Business of the hall, and the basic unit in which it stands.
    prospects, subscribers : ndarray, shape (units, businesses)
        Updated in place.
    counts : ndarray, shape (3,)
        Increased: customers served, refused, gone.
    sales : ndarray, shape (businesses,)
        Increased: subscribers won.
    growth : ndarray, shape (rows, businesses)
        Increased: subscribers won, in the row ``stage`` of each hall.
    """
    arrivals, service, patience, wants, uniforms, buys = customers
    opening, closing = hours
    total, overtime = 0.0, 0.0
    for c in range(len(free)):
        free[c] = min(free[c], opening)  # who worked late yesterday begins in time today
    for hall in range(len(own)):
        a, b, first, last = today[hall, 0], today[hall, 1], staff[hall], staff[hall + 1]
        other = (wants[a:b] > 0) & one_company[hall]
        wait, outcome = np.empty(b - a), np.empty(b - a, dtype=np.int64)
        serve(
            arrivals[a:b],
            service[a:b],
            patience[a:b],
            other,
            uniforms[a:b],
            closing,
            free[first:last],
            learnt[first:last],
            curve,
            course_at[first:last],
            course,
            wait,
            outcome,
        )
        waited, buyers = 0.0, np.zeros(len(asked), dtype=np.int64)
        for k in range(b - a):
            counts[outcome[k]] += 1
            if outcome[k] == 0:
                waited += wait[k]
                kind = wants[a + k] if other[k] else 0
                if buys[a + k] < chance[asked[(own[hall] + kind) % len(asked)]]:
                    buyers[kind] += 1
        for kind in range(len(asked)):
            business = asked[(own[hall] + kind) % len(asked)]
            for _ in range(buyers[kind]):
                won = win(unit[hall], business, prospects, subscribers)
                sales[business] += won
                growth[stage[hall], business] += won
        total += 60.0 * waited
    for c in range(len(free)):
        overtime += max(free[c] - closing, 0.0)
    return total, overtime


@njit(cache=True)  # type: ignore[untyped-decorator]
def plan_courses(
    hours: tuple[float, float],
    training: Flags,
    course: float,
    needed: float,
    value: float,
    staff: Ints,
    attended: Floats,
    learnt: Floats,
    course_at: Floats,
) -> None:
    """Send clerks to the course, one after another so that counters stay open (F14).

    Parameters
    ----------
    hours : tuple of float [hours]
        When the halls open and close.
    training : ndarray of bool, shape (halls,)
        Where courses are held.
    course, needed, value : float
        Length of a course; hours of courses a clerk needs; worth of one of them [hours of practice].
    staff : ndarray, shape (halls + 1,)
    attended, learnt, course_at : ndarray, shape (clerks,) [hours]
        Hours of courses and practice, increased; when today's course begins, filled in.
    """
    opening, closing = hours
    last_start = max(closing - opening - course, 0.0)
    for hall in range(len(training)):
        start = 0.0
        for clerk in range(staff[hall], staff[hall + 1]):
            course_at[clerk] = np.inf
            if training[hall] and course > 0 and attended[clerk] < needed:
                course_at[clerk] = opening + start
                attended[clerk] += course
                learnt[clerk] += value * course
                start = start + course if start + course <= last_start else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def send_on_exchange(day: int, hours: float, away: Ints, staff: Ints, learnt: Floats) -> None:
    """Let clerks learn in a hall of the other company, in turn (F15); somebody from there comes in their place."""
    for hall in range(len(away)):
        first, last = staff[hall], staff[hall + 1]
        for k in range(away[hall]):
            learnt[first + (day * away[hall] + k) % (last - first)] += hours
