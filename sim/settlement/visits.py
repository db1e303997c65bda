"""Visits to subscribers who think of leaving or owe: who goes where, and what it brings; compiled loops."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from scenarios.rules.travel import calls_compiled
from sim.random_numbers.counts import another
from sim.state.diary import Visits


@njit(cache=True)  # type: ignore[untyped-decorator]
def most_worth(pool: Ints, value: Floats, gain: Floats, order: Ints, low: int, high: int) -> tuple[int, int]:
    """Return the unit and business of a patch where a visit is worth most to a seller; -1 where none is worth any.

    Parameters
    ----------
    pool, value : ndarray, shape (units, businesses)
        How many wait for a visit, and what one that succeeds is worth.
    gain : ndarray, shape (businesses,)
        The seller's skill times the weight of the business in his appraisal.
    """
    unit, business, most = -1, 0, 0.0
    for e in range(low, high):
        for b in range(len(gain)):
            worth = value[order[e], b] * gain[b]
            if worth > most and pool[order[e], b] > 0:
                unit, business, most = order[e], b, worth
    return unit, business


@njit(cache=True)  # type: ignore[untyped-decorator]
def arrange(
    hours: Floats,
    minutes: float,
    area: Floats,
    speed: float,
    uniforms: Floats,
    pool: Ints,
    value: Floats,
    gain: Floats,
    patch: Ints,
    order: Ints,
    bounds: Ints,
    visits: Ints,
) -> tuple[Floats, Visits]:
    """Share out those who wait among the sellers, one each in turn; return the hours that the visits take, and these.

    Everybody goes next to whom it is worth most: value of success x own skill x weight in the own appraisal.

    Parameters
    ----------
    hours : ndarray, shape (sellers,) [hours]
        Time that each seller has for such visits.
    uniforms : ndarray, shape (sellers,)
        Rounds the number of visits that fit.
    value : ndarray, shape (units, businesses)
        What a visit that succeeds is worth.
    gain : ndarray, shape (sellers, businesses)
        Skill times weight; 0 where the seller does not look after the business.
    visits : ndarray, shape (sellers,)
        Filled in: no more than there are waiting, no more than the hours allow.
    """
    count = len(patch)
    possible, left, waiting = np.empty(count), np.empty(count, dtype=np.int64), pool.copy()
    most = 0
    for i in range(count):
        possible[i] = calls_compiled(hours[i], minutes, area[i], speed)
        visits[i], left[i] = 0, int(possible[i] + uniforms[i])
        most += left[i]
    most = min(most, pool.sum())
    who, where, what = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    made = 0
    someone = True
    while someone:
        someone = False
        for i in range(count):
            if left[i] <= 0:
                continue
            unit, b = most_worth(waiting, value, gain[i], order, bounds[patch[i]], bounds[patch[i] + 1])
            if unit < 0:
                left[i] = 0
                continue
            who[made], where[made], what[made] = i, unit, b
            made += 1
            waiting[unit, b] -= 1
            visits[i] += 1
            left[i] -= 1
            someone = True
    taken = np.zeros(count)
    for i in range(count):
        if visits[i] > 0 and possible[i] > 0:
            taken[i] = min(hours[i], hours[i] * visits[i] / possible[i])
    return taken, (who[:made], where[:made], what[:made])


@njit(cache=True)  # type: ignore[untyped-decorator]
def keep_subscribers(
    visits: Visits,
    skill: Floats,
    uniforms: Floats,
    save_share: float,
    bond_weight: float,
    bond: Floats,
    worth: Floats,
    at_risk: Ints,
    decided: Ints,
    saved: Ints,
    saved_worth: Floats,
) -> None:
    """Visit subscribers who think of leaving; each stays, or has decided and is not asked again.

    A visit in vain costs nothing but its time: who has decided leaves when he would have left without it.

    Parameters
    ----------
    uniforms : ndarray, shape (sellers,)
    decided : ndarray, shape (units, businesses)
        Those of ``at_risk`` whom a visit did not keep; updated in place.
    saved, saved_worth : ndarray, shape (businesses,)
        Increased, by one and by the worth of a bill in the unit.
    """
    met = np.zeros(len(uniforms), dtype=np.int64)
    for i, unit, b in zip(*visits):  # noqa: B905 (compiled: no strict)
        stays = save_share * skill[i, b] * (1 - bond_weight * (1 - bond[unit, b]))
        if another(uniforms[i], met[i]) < stays:
            at_risk[unit, b] -= 1
            saved[b] += 1
            saved_worth[b] += worth[unit, b]
        else:
            decided[unit, b] += 1
        met[i] += 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def collect_bills(
    visits: Visits,
    skill: Floats,
    uniforms: Floats,
    recover_share: float,
    bill: Floats,
    worth: Floats,
    overdue: Ints,
    recovered: Floats,
) -> None:
    """Visit subscribers whose bills are overdue; a bill not recovered stays overdue. Each is visited once a day."""
    met = np.zeros(len(uniforms), dtype=np.int64)
    for i, unit, b in zip(*visits):  # noqa: B905 (compiled: no strict)
        if another(uniforms[i], met[i]) < recover_share * skill[i, b]:
            overdue[unit, b] -= 1
            recovered[b] += bill[b] * worth[unit, b]
        met[i] += 1
