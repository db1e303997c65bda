"""What the hours of a day brought: compiled loops over sellers, run once every evening.

Each function is one paragraph of the evening. A seller's hours and visits are what the processes wrote into his diary;
luck comes in as uniform draws of that seller and day, so nobody's result moves anybody else's draw.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from scenarios.rules.response import response_compiled
from scenarios.rules.travel import calls_compiled
from sim.random_numbers.counts import another, binomial_quantile, poisson_quantile
from sim.settlement.market import unit_at, win

Flags = NDArray[np.bool_]


@njit(cache=True)  # type: ignore[untyped-decorator]
def knock(
    hours: Floats,
    area: Floats,
    contact_minutes: float,
    second_minutes: float,
    speed: float,
    visits: Floats,
    way: Floats,
) -> None:
    """Go from door to door: fill in how many doors hear of each business, and the hours on the way to them.

    Who sells several goes one tour, as in `scenarios.rules.travel.joint_offers`: its doors hear of what is offered
    most, parts of them of the others, too.

    Parameters
    ----------
    hours : ndarray, shape (businesses or more, sellers) [hours]
    second_minutes : float
        Of a second offer at the same door; below 0: every business has a tour of its own.
    visits : ndarray, shape (sellers, businesses)
    way : ndarray, shape (sellers, businesses or more) [hours]
        On a joint tour, that for the business which more doors hear of.
    """
    businesses = visits.shape[1]
    for i in range(len(area)):
        offered, lead = 0, 0
        for b in range(businesses):
            visits[i, b] = calls_compiled(hours[b, i], contact_minutes, area[i], speed)
            way[i, b] = hours[b, i] - visits[i, b] * contact_minutes / 60.0
            offered += hours[b, i] > 0
            if visits[i, b] > visits[i, lead]:
                lead = b
        if offered < 2 or second_minutes < 0 or visits[i, lead] <= 0:
            continue
        most, time, along = visits[i, lead], 0.0, 0.0
        for b in range(businesses):
            time += hours[b, i]
            visits[i, b] /= most
            if b != lead:
                along += visits[i, b]
        doors = calls_compiled(time, contact_minutes + along * second_minutes, area[i], speed)
        spent = doors * contact_minutes
        for b in range(businesses):
            visits[i, b] *= doors
            way[i, b] = 0.0
            if b != lead:
                spent += visits[i, b] * second_minutes
        way[i, lead] = max(time - spent / 60.0, 0.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def yield_of(
    visits: Floats,
    patch: Ints,
    felt: Floats,
    order: Ints,
    bounds: Ints,
    potential: Ints,
    usual: Floats,
    curvature: float,
    units: int,
    yields: Floats,
) -> None:
    """Fill in what a door brings against today's: the more contacts per prospect an area sees, the less.

    Everybody's doors lie in the units of his area as their attraction says; what others knock at there counts, too.

    Parameters
    ----------
    visits, yields : ndarray, shape (sellers, businesses)
    felt, potential : ndarray
        As for `sim.settlement.market.attract`.
    usual : ndarray, shape (businesses,)
        Contacts per prospect and day at which a door brings what it does today.
    curvature : float
        0: every door brings the same.
    """
    if curvature == 0:
        yields[:] = 1.0
        return
    knocked = np.zeros((units, visits.shape[1]))
    for i in range(len(patch)):
        low, high = bounds[patch[i]], bounds[patch[i] + 1]
        for b in range(visits.shape[1]):
            total = felt[high, b] - felt[low, b]
            if visits[i, b] > 0 and total > 0:
                for k in range(low, high):
                    knocked[order[k], b] += visits[i, b] * (felt[k + 1, b] - felt[k, b]) / total
    for i in range(len(patch)):
        for b in range(visits.shape[1]):
            doors = 0.0
            for k in range(bounds[patch[i]], bounds[patch[i] + 1]):
                doors += knocked[order[k], b]
            yields[i, b] = response_compiled(doors / (usual[b] * potential[patch[i], b]), curvature)


@njit(cache=True)  # type: ignore[untyped-decorator]
def sell(  # each seller, each business: doors, sales, and what is sold along
    patch: Ints,
    force: Ints,
    sells: Flags,
    skill: Floats,
    lift: Floats,
    demand: Floats,
    conversion: Floats,
    visits: Floats,
    yields: Floats,
    bundle_share: float,
    uniforms: tuple[Floats, ...],
    pull: Floats,
    felt: Floats,
    order: Ints,
    bounds: Ints,
    prospects: Ints,
    subscribers: Ints,
    sales: Ints,
    bundled: Ints,
    growth: Ints,
    stage: Ints,
    bundles: Floats,
) -> None:
    """Sell from door to door: what is sold depends on doors, skill, demand, and who is left to win.

    Parameters
    ----------
    visits, yields : ndarray, shape (sellers, businesses)
        Doors that hear of a business (`knock`), and what one of them brings against today's (`yield_of`).
    uniforms : one ndarray for each business, shape (sellers, 3)
        How many, where, and what is sold along.
    sales, bundled : ndarray, shape (businesses, forces)
        Filled in, as is ``growth`` (sellers, stages, businesses).
    bundles : ndarray, shape (units,)
        Households with both businesses; what is sold along makes one more.
    """
    for i in range(len(patch)):
        low, high = bounds[patch[i]], bounds[patch[i] + 1]
        for b in range(visits.shape[1]):
            if visits[i, b] <= 0:
                continue
            chance = min(conversion[b] * pull[patch[i], b] * demand[b] * skill[i, b] * lift[i], 1.0)
            number, place, along = uniforms[b][i, 0], uniforms[b][i, 1], uniforms[b][i, 2]
            won = 0
            sold = poisson_quantile(number, visits[i, b] * chance * yields[i, b])
            for k in range(sold):
                unit = unit_at(felt, order, low, high, b, another(place, k))
                won += win(unit, b, prospects, subscribers)
            sales[b, force[i]] += won
            growth[i, stage[i], b] += won
            taken = sold
            for other in range(visits.shape[1]):
                if other == b or not (sells[i, b] and sells[i, other]):
                    continue
                more = binomial_quantile(along, won, bundle_share * skill[i, other])
                for k in range(more):
                    unit = unit_at(felt, order, low, high, other, another(place, k + taken))
                    too = win(unit, other, prospects, subscribers)
                    sales[other, force[i]] += too
                    bundled[other, force[i]] += too
                    growth[i, stage[i], other] += too
                    bundles[unit] += too
                taken, along = taken + more, another(along, 1)


@njit(cache=True)  # type: ignore[untyped-decorator]
def learn(
    hours: Floats,
    course: Floats,
    taught: Floats,
    force: Ints,
    course_value: float,
    peer_value: float,
    forgetting: float,
    patch: Ints,
    mixed: Flags,
    patches: int,
    ceiling: Floats,
    half: Floats,
    experience: Floats,
    skill: Floats,
) -> None:
    """Learn in courses, by doing, and from the best colleague of a mixed team (F14, F15); else forget a share.

    Parameters
    ----------
    hours : ndarray, shape (skills, sellers) [hours]
        Practice: selling each business, channel work.
    course : ndarray, shape (sellers,) [hours]
    taught : ndarray, shape (forces, skills)
        What part of a course goes to each skill.
    """
    skills = len(half)
    best = np.zeros((patches, skills))
    for i in range(len(patch)):
        for what in range(skills):
            best[patch[i], what] = max(best[patch[i], what], skill[i, what])
    for i in range(len(patch)):
        for what in range(skills):
            gained = hours[what, i]
            if mixed[i] and gained > 0:
                gained += peer_value * gained * (best[patch[i], what] - skill[i, what])
            if course[i] > 0:
                gained += course_value * course[i] * taught[force[i], what]
            experience[i, what] += gained
            if gained <= 0:
                experience[i, what] -= forgetting * experience[i, what]
    for i in range(len(patch)):
        for what in range(skills):
            skill[i, what] = ceiling[what] * experience[i, what] / (experience[i, what] + half[what])


@njit(cache=True)  # type: ignore[untyped-decorator]
def examine(
    skill: Floats, force: Ints, competent: float, day: int, mean: Floats, able: Floats, competent_since: Ints
) -> None:
    """Fill in each force's mean skill and its share of people fully competent in every business; NaN where nobody is.

    Parameters
    ----------
    skill : ndarray, shape (sellers, skills)
        The last is channel work, which full competence does not ask for.
    mean : ndarray, shape (forces, skills)
    able : ndarray, shape (forces,)
    competent_since : ndarray, shape (sellers, skills)
        First day at the level of full competence, -1 for never yet.
    """
    people, masters = np.zeros(len(able), dtype=np.int64), np.zeros(len(able), dtype=np.int64)
    mean[:] = 0.0
    for i in range(len(skill)):
        people[force[i]] += 1
        masters[force[i]] += skill[i, :-1].min() >= competent
        for what in range(skill.shape[1]):
            mean[force[i], what] += skill[i, what]
            if skill[i, what] >= competent and competent_since[i, what] < 0:
                competent_since[i, what] = day
    for f in range(len(able)):
        if people[f] > 0:
            mean[f] /= people[f]
            able[f] = masters[f] / people[f]
        else:
            mean[f], able[f] = np.nan, np.nan


@njit(cache=True)  # type: ignore[untyped-decorator]
def add_hours(diary: Floats, force: Ints, hours: Floats) -> None:
    """Add what everybody did to the hours of his force.

    Parameters
    ----------
    diary : ndarray, shape (columns, sellers) [hours]
    hours : ndarray, shape (forces, activities + 1) [hours]
        Increased, but for the last column, the travelling.
    """
    for what in range(hours.shape[1] - 1):
        for i in range(len(force)):
            hours[force[i], what] += diary[what, i]
