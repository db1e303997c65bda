"""The outlets' day: what they sell, who cares for them, and how they remember it; compiled loops over outlets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from scenarios.rules.travel import calls_compiled, hours_for_compiled
from sim.random_numbers.counts import poisson_quantile
from sim.settlement.market import win

Flags = NDArray[np.bool_]


@njit(cache=True)  # type: ignore[untyped-decorator]
def sell_in_outlets(
    usual: Floats,
    quality: Floats,
    floor: float,
    bond: Floats,
    bond_weight: float,
    demand: float,
    is_open: Flags,
    uniforms: Floats,
    unit: Ints,
    stage: Ints,
    prospects: Ints,
    subscribers: Ints,
    growth: Ints,
) -> int:
    """Sign the mobile contracts that open outlets sell, as far as prospects are left; return how many.

    Parameters
    ----------
    usual : ndarray, shape (outlets,)
        Sales of an ordinary day by an outlet that is served well and knows who serves it.
    quality, bond : ndarray, shape (outlets,)
        How well it is served, and known, of 1; least well, it sells the ``floor``.
    uniforms : ndarray, shape (outlets,)
    stage : ndarray, shape (outlets,)
        Row of ``growth``, shape (rows, businesses), in which its sales count (`growth_rows`); increased.
    """
    total = 0
    for o in range(len(unit)):
        if not is_open[o]:
            continue
        service = floor + (1 - floor) * quality[o]
        known = 1 - bond_weight * (1 - bond[o])
        for _ in range(poisson_quantile(uniforms[o], usual[o] * service * known * demand)):
            won = win(unit[o], 1, prospects, subscribers)
            growth[stage[o], 1] += won
            total += won
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def count_open(is_open: Flags, here: Flags, care: Ints, care_from: Ints, count: Ints) -> None:
    """Fill in for every seller ``here`` how many of the outlets he cares for are open."""
    for i in range(len(count)):
        if here[i]:
            count[i] = 0
            for k in range(care_from[i], care_from[i + 1]):
                count[i] += is_open[care[k]]


@njit(cache=True)  # type: ignore[untyped-decorator]
def hours_of_need(
    here: Flags,
    care: Ints,
    care_from: Ints,
    is_open: Flags,
    skill: Floats,
    need: float,
    minutes: float,
    area: Floats,
    speed: float,
    hours: Floats,
) -> None:
    """Fill in for every seller ``here`` the hours of visits that his outlets can use: more would be lost on them.

    Whoever cares for an outlet visits it as often as the others do, and as often as it takes until all visits together
    come up to its need at full skill.

    Parameters
    ----------
    skill : ndarray, shape (sellers,)
        In channel work; a visit counts as much.
    need : float
        Visits at full skill that an outlet needs in a day.
    hours : ndarray, shape (sellers,) [hours]
    """
    helping = np.zeros(len(is_open))
    for i in range(len(here)):
        if here[i]:
            for k in range(care_from[i], care_from[i + 1]):
                helping[care[k]] += skill[i]
    for i in range(len(here)):
        if here[i]:
            wanted = 0.0
            for k in range(care_from[i], care_from[i + 1]):
                if is_open[care[k]] and helping[care[k]] > 0:
                    wanted += need / helping[care[k]]
            hours[i] = hours_for_compiled(wanted, minutes, area[i], speed)


@njit(cache=True)  # type: ignore[untyped-decorator]
def visit(
    hours: Floats,
    first_line: Floats,
    minutes: float,
    area: Floats,
    speed: float,
    skill: Floats,
    cared: Ints,
    received: Floats,
    way: Floats,
) -> None:
    """Visit outlets in the channel hours that their requests leave.

    Parameters
    ----------
    hours, first_line : ndarray, shape (sellers,) [hours]
        For the channel, and those of them that requests took.
    skill : ndarray, shape (sellers,)
        In channel work; a visit counts as much.
    cared : ndarray, shape (sellers,)
        Open outlets in everybody's care.
    received, way : ndarray, shape (sellers,)
        Filled in: visits to each of these outlets, and the hours between them.
    """
    for i in range(len(hours)):
        left = hours[i] - first_line[i]
        visits = calls_compiled(left, minutes, area[i], speed)
        received[i] = visits * skill[i] / max(cared[i], 1)
        way[i] = max(left - visits * minutes / 60.0, 0.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def share_care(received: Floats, here: Flags, care: Ints, care_from: Ints, total: Floats) -> None:
    """Add to every outlet's ``total`` what each seller ``here`` gave to each of the outlets he cares for."""
    for i in range(len(received)):
        if here[i]:
            for k in range(care_from[i], care_from[i + 1]):
                total[care[k]] += received[i]


@njit(cache=True)  # type: ignore[untyped-decorator]
def remember(
    care: Floats,
    need: float,
    late: Flags,
    memory_days: float,
    lost_per_day: float,
    uniforms: Floats,
    quality: Floats,
    is_open: Flags,
) -> None:
    """Let every outlet remember how it was treated today, and close if it was treated badly and unlucky.

    Parameters
    ----------
    care : ndarray, shape (outlets,)
        Visits received, at full skill; ``need`` are enough.
    late : ndarray, shape (outlets,)
        Whose request was answered late: he was not treated well. Over with the day.
    quality, is_open : ndarray, shape (outlets,)
        Updated in place.
    """
    for o in range(len(quality)):
        treated, late[o] = 0.0 if late[o] else 1.0, False
        if treated > 0 and need > 0:
            treated = min(1.0, care[o] / need) if is_open[o] else 0.0
        quality[o] += (treated - quality[o]) / memory_days
        if uniforms[o] < lost_per_day * (1 - quality[o]):
            is_open[o] = False
