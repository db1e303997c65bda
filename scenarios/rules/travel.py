"""Travel: how many calls fit into a working time, given the area they are spread over."""

from __future__ import annotations

import math

from foundation.machine.compiled_loops import njit

TOUR = 0.7124
"""Constant of the shortest tour through n random points: length ~ 0.7124 sqrt(n A) (Beardwood et al. 1959)."""


def calls(hours: float, minutes_per_call: float, area_km2: float, speed_km_per_hour: float) -> float:
    """Return how many calls fit into a working time, tour included.

    The tour through n calls in area A takes 0.7124 sqrt(n A) / speed, so n solves
    n m + 60 k sqrt(n) = 60 h with k = 0.7124 sqrt(A) / speed: a quadratic in sqrt(n).

    Parameters
    ----------
    hours : float
        Time for calls and the way between them [hours].
    minutes_per_call : float
        Time at the door [minutes].
    area_km2 : float
        Area the calls are spread over [km2].
    speed_km_per_hour : float

    Returns
    -------
    float
        Number of calls, not rounded.

    References
    ----------
    Beardwood, Halton & Hammersley 1959.
    """
    if hours <= 0:
        return 0.0
    way = 60.0 * TOUR * math.sqrt(max(area_km2, 0.0)) / speed_km_per_hour
    root = (-way + math.sqrt(way * way + 240.0 * minutes_per_call * hours)) / (2.0 * minutes_per_call)
    return root * root


def hours_for(calls: float, minutes_per_call: float, area_km2: float, speed_km_per_hour: float) -> float:
    """Return the time that so many calls take, tour included [hours]: the inverse of `calls`."""
    return calls * minutes_per_call / 60.0 + TOUR * math.sqrt(calls * max(area_km2, 0.0)) / speed_km_per_hour


def joint_offers(
    first_hours: float, second_hours: float, minutes: float, second_minutes: float, area: float, speed: float
) -> tuple[float, float]:
    """Return how many doors hear of each of two businesses if one tour offers both.

    Two tours would bring n1 and n2 offers in the hours meant for each. One tour keeps their proportion: all its doors
    hear of what is offered more, and a part of them, min / max, of the other, too, which takes ``second_minutes``. So
    the doors n solve n (m + m2 min / max) + tour(n) = all hours: `calls` again.

    Parameters
    ----------
    first_hours, second_hours : float [hours]
        Meant for either business.
    minutes, second_minutes : float [minutes]
        Of a contact, and of the second offer at it.
    area : float [km2]
    speed : float [km/h]
    """
    one = calls_compiled(first_hours, minutes, area, speed)
    two = calls_compiled(second_hours, minutes, area, speed)
    if one <= 0 or two <= 0:
        return one, two
    part = min(one, two) / max(one, two)
    doors = calls_compiled(first_hours + second_hours, minutes + part * second_minutes, area, speed)
    return (doors, part * doors) if one >= two else (part * doors, doors)


calls_compiled = njit(cache=True)(calls)
"""`calls` for compiled loops."""

hours_for_compiled = njit(cache=True)(hours_for)
"""`hours_for` for compiled loops."""

joint_offers_compiled = njit(cache=True)(joint_offers)
"""`joint_offers` for compiled loops."""
