"""A selling day in expectation: how many doors, which hours, at what demand and with what lift.

The simulation splits a day and lifts sales by these very functions; `calls` is the formula of `travel` for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundation.arrays import Floats
from foundation.calendar import ALMOST_ALL, DAYS_PER_YEAR, MONTHS_PER_YEAR
from foundation.machine.compiled_loops import njit
from scenarios import Scenario
from scenarios.rules.businesses import market_rules
from scenarios.rules.timetable import Timetable
from scenarios.rules.travel import TOUR

LEAST_SKILL = 0.01
"""Skill below which a seller still expects this much of himself."""


def calls(hours: Floats, minutes: float, area: Floats, speed: float) -> Floats:
    """Return how many calls of so many minutes fit into hours, with the tour through an area [km2] at a speed [km/h].

    n calls take n m + 60 k sqrt(n) = 60 h minutes with k = 0.7124 sqrt(A) / speed: a quadratic in sqrt(n).
    """
    way = 60.0 * TOUR * np.sqrt(np.maximum(area, 0.0)) / speed
    root = (-way + np.sqrt(way * way + 240.0 * minutes * np.maximum(hours, 0.0))) / (2.0 * minutes)
    return np.asarray(root * root, dtype=np.float64)


def hours_for_all(calls: Floats, minutes: float, area: Floats, speed: float) -> Floats:
    """Return the hours that calls of so many minutes take everybody, with the tour: the inverse of `calls`."""
    tour = TOUR * np.sqrt(calls * np.maximum(area, 0.0)) / speed
    return np.asarray(calls * minutes / 60.0 + tour, dtype=np.float64)


def time_for_visits(hours: Floats, possible: Floats, waiting: Floats) -> Floats:
    """Return the hours that visits take of those kept free for them, since only whole visits are made.

    Parameters
    ----------
    hours : ndarray [hours]
    possible : ndarray
        Visits that fit; rounded up or down by chance, up as often as the fraction says, yet never beyond the hours.
    waiting : ndarray
        People who come up to be visited.
    """
    whole = np.floor(possible)
    some = possible > 0
    each = np.where(some, possible, 1.0)
    taken = (possible - whole) * np.minimum((whole + 1.0) / each, 1.0) + (1.0 - possible + whole) * whole / each
    return np.asarray(hours * np.where(some, np.minimum(taken, waiting / each), 0.0), dtype=np.float64)


def shares_of_selling(
    weights: Floats, skill: Floats, sells: Floats, new: Floats, drilled: Floats, returns: float
) -> Floats:
    """Return how sellers divide their selling time among the businesses, shape (people, businesses).

    h_b is proportional to (w_b s_b^r)^(1 / (1 - r)): the split that maximises sum_b w_b (s_b h_b)^r. Drills give what
    is new to a seller a part of the time in any case (F15).

    Parameters
    ----------
    weights, skill : ndarray, shape (people, businesses)
    sells, new : ndarray, shape (people, businesses)
        1 where somebody sells a business, and where he did not before the merger.
    drilled : ndarray, shape (people,)
        Least share of the time that goes to what is new, where anything new is sold.
    """
    claim = (weights * np.maximum(skill, LEAST_SKILL) ** returns) ** (1.0 / (1.0 - returns))
    share = np.empty_like(claim)
    _share_out(claim, sells, new, drilled, share)
    return share


@njit(cache=True)  # type: ignore[untyped-decorator]
def _share_out(claim: Floats, sells: Floats, new: Floats, drilled: Floats, share: Floats) -> None:
    """Fill in claims as shares of what somebody sells, with what drills give to the new; the last has what is left."""
    businesses = claim.shape[1]
    for i in range(len(claim)):
        _divide(claim[i], sells[i], share[i])
        fresh, learning, known = 0.0, sells[i] * new[i], sells[i] * (1.0 - new[i])
        for b in range(businesses):
            fresh += share[i, b] * learning[b]
        if fresh < drilled[i] and learning.sum() > 0:
            drill, rest = np.empty(businesses), np.empty(businesses)
            _divide(share[i], learning, drill)
            _divide(share[i], known, rest)
            share[i] = drilled[i] * drill + (1.0 - drilled[i]) * rest
        left = 1.0
        for b in range(businesses - 1):
            left -= share[i, b]
        share[i, businesses - 1] = sells[i, businesses - 1] * max(left, 0.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _divide(claim: Floats, among: Floats, share: Floats) -> None:
    """Fill in the shares of those among whom something is divided by their claims; alike where nobody claims any."""
    claims, heads = (claim * among).sum(), among.sum()
    for b in range(len(claim)):
        if claims > 0:
            share[b] = claim[b] * among[b] / claims
        else:
            share[b] = among[b] / heads if heads > 0 else 0.0


def hours_for_selling(
    scenario: Scenario,
    free: Floats,
    parts: Mapping[str, Floats],
    area: Floats,
    outlets: Floats,
    subscribers: Floats,
    days_per_workday: float,
) -> Floats:
    """Return the hours that are left for selling: what visits and outlets do not take of their part goes to it, too.

    Parameters
    ----------
    free : ndarray, shape (people,) [hours]
        Neither at the counter nor in a course.
    parts : mapping
        channel, retention, arrears -> part of the free time.
    area : ndarray, shape (people,) [km2]
    outlets : ndarray, shape (people,)
        Outlets for each of those who care for them, masters of channel work whom nobody asks for help.
    subscribers : ndarray, shape (people, businesses)
        To look after, per person.
    days_per_workday : float
        Calendar days between two working days.
    """
    speed, shops = scenario.selling.speed_km_per_hour, scenario.outlets
    per_month = MONTHS_PER_YEAR / DAYS_PER_YEAR * days_per_workday
    visits = shops.visits_per_month * per_month * outlets
    left = free - np.minimum(free * parts["channel"], hours_for_all(visits, shops.visit_minutes, area, speed))
    yearly = np.minimum([rules.churn_per_year for rules in market_rules(scenario)], ALMOST_ALL)
    leaving = -np.log1p(-yearly) / DAYS_PER_YEAR * days_per_workday
    monthly = np.array([rules.arrears_per_month for rules in market_rules(scenario)])
    for work, minutes, waiting in (
        (
            "retention",
            scenario.retention.visit_minutes,
            (subscribers * leaving).sum(1) * scenario.retention.notice_share,
        ),
        ("arrears", scenario.arrears.visit_minutes, (subscribers * monthly).sum(axis=1) * per_month),
    ):
        hours = free * parts[work]
        left = left - time_for_visits(hours, calls(hours, minutes, area, speed), waiting)
    return np.asarray(np.maximum(left, 0.0), dtype=np.float64)


def lifts(scenario: Scenario, table: Timetable, *, incentives: bool = True) -> Floats:
    """Return what data support, local incentives and the improved scheme make of sales, shape (centres, days).

    Without ``incentives`` these are left out: they work through the targets (`scenarios.rules.effort`).
    """
    selling, trial = scenario.selling, scenario.trial_run
    result = np.ones(table.phase.shape)
    days = np.arange(len(table.days))
    for index, phase in enumerate(scenario.phases):
        for centre, row in enumerate(table.phase == index):
            if not row.any():
                continue
            factor = (1.0 + selling.data_support_lift * phase.data_support) * (
                1.0 + selling.incentive_lift * (phase.local_incentives and incentives)
            )
            running = (days - np.argmax(row))[row]
            gained = trial.improvement * (1.0 - np.exp(-running / trial.days)) if phase.focus == "sales" else 0.0
            result[centre, row] = factor * (1.0 + gained)
    return result
