"""A selling day in expectation: how many doors, which hours, at what demand and with what lift.

The simulation splits a day and lifts sales by these very functions; `calls` is the formula of `travel` for everybody.
"""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats
from scenarios import Scenario
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


def share_of_fixed(weights: Floats, fixed: Floats, mobile: Floats, returns: float) -> Floats:
    """Return the share of the selling time that sellers of such skills give to fixed lines.

    h_b is proportional to (w_b s_b^r)^(1 / (1 - r)): the split that maximises sum_b w_b (s_b h_b)^r.
    """
    skill = np.maximum(np.stack([fixed, mobile], axis=1), LEAST_SKILL)
    claim = (weights * skill**returns) ** (1.0 / (1.0 - returns))
    total = claim.sum(axis=1)
    return np.asarray(claim[:, 0] / np.where(total > 0, total, 1.0), dtype=np.float64)


def lifts(scenario: Scenario, table: Timetable) -> Floats:
    """Return what data support, local incentives and the improved scheme make of sales, shape (centres, days)."""
    selling, trial = scenario.selling, scenario.trial_run
    result = np.ones(table.phase.shape)
    days = np.arange(len(table.days))
    for index, phase in enumerate(scenario.phases):
        for centre, row in enumerate(table.phase == index):
            if not row.any():
                continue
            factor = (1.0 + selling.data_support_lift * phase.data_support) * (
                1.0 + selling.incentive_lift * phase.local_incentives
            )
            running = (days - np.argmax(row))[row]
            gained = trial.improvement * (1.0 - np.exp(-running / trial.days)) if phase.focus == "sales" else 0.0
            result[centre, row] = factor * (1.0 + gained)
    return result
