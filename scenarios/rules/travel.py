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


calls_compiled = njit(cache=True)(calls)
"""`calls` for compiled loops."""

hours_for_compiled = njit(cache=True)(hours_for)
"""`hours_for` for compiled loops."""
