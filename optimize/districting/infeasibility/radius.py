"""Is a radius too short, whatever the bounds? Told before any search, with a radius below which no plan can be."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

from foundation.arrays import Floats, Ints
from foundation.messages import Message
from optimize.districting.formulations.seats_in_reach import fewest_seats
from optimize.districting.infeasibility.reasons import number_of
from optimize.districting.problem.instance import ROUNDING, Instance

MOST_PAIRS = 2_000_000
"""Pairs of units within a radius up to which the question is asked."""

DIGITS = 4
"""Digits of a radius that are told, rounded down."""

SURE = 1e-6
"""How far the number of seats must lie above what is allowed."""


def too_short(instance: Instance) -> str:
    """Say why no plan keeps the radius, as far as distances alone prove it; empty where they do not."""
    if not math.isfinite(instance.radius) or _enough(instance, instance.radius):
        return ""
    high = 2 * instance.radius
    while not _enough(instance, high):
        high *= 2
    away = np.unique(instance.away(*_within(instance, high)))
    away = np.append(away[away > instance.radius], high)
    enough = float(away[bisect_left(away, True, key=lambda radius: _enough(instance, radius))])
    digits = 10.0 ** (DIGITS - 1 - math.floor(math.log10(enough)))
    least = max(math.floor(enough * (1 + ROUNDING) * digits) / digits, instance.radius)
    return Message(
        "a radius of {radius:g} km is too short for {number}; below {least:g} km none is enough",
        radius=instance.radius,
        number=number_of(instance),
        least=least,
    )


def shortest_by_cover(instance: Instance, radii: Floats) -> float:
    """Return the shortest of radii, in order, that distances alone do not prove too short: a bound."""
    at = bisect_left(radii[:-1], True, key=lambda radius: _enough(instance, float(radius)))
    return float(radii[at])


def in_the_way(instance: Instance) -> tuple[str, ...]:
    """Return which wishes stand in the way where the radius is too short: without each of them, it may do."""
    nobody = np.zeros(0, dtype=np.int64)
    if not _enough(replace(instance, together=(), seats=nobody), instance.radius):
        return ("max_radius",)
    without = {"keep_together": replace(instance, together=()), "fix_seats": replace(instance, seats=nobody)}
    each = [name for name, fewer in without.items() if _enough(fewer, instance.radius)]
    return (*(each or without), "max_radius")


def _enough(instance: Instance, radius: float) -> bool:
    """Say whether so many communities may do with a radius, as far as distances tell."""
    n = len(instance)
    if _number_within(instance, radius) > MOST_PAIRS:
        return True
    a, b = _within(instance, radius)
    near = csr_array((np.ones(len(a)), (a, b)), shape=(n, n))
    alone = np.ones(n, dtype=bool)
    groups = []
    for group in instance.together:  # a seat within reach of them all
        alone[list(group)] = False
        groups.append(csr_array(near[list(group)].sum(axis=0).reshape(1, -1) == len(group)))
    rows = csr_array(vstack([near[np.flatnonzero(alone)], *groups]))
    return fewest_seats(rows, instance.seats) <= instance.communities + SURE


def _number_within(instance: Instance, radius: float) -> int:
    """Return how many pairs of unit and seat lie within a radius."""
    if instance.distances is not None:
        return int(np.count_nonzero(instance.distances <= radius))
    tree = cKDTree(instance.points)
    return int(tree.count_neighbors(tree, radius))


def _within(instance: Instance, radius: float) -> tuple[Ints, Ints]:
    """Return the units and seats of these pairs, a unit and itself among them."""
    if instance.distances is not None:
        a, b = np.nonzero(instance.distances <= radius * (1 + ROUNDING))
        return a, b
    pairs = cKDTree(instance.points).query_pairs(radius * (1 + ROUNDING), output_type="ndarray")
    own = np.repeat(np.arange(len(instance)), 2).reshape(-1, 2)
    a, b = np.concatenate([pairs, pairs[:, ::-1], own]).T
    return a, b
