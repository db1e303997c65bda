"""One replication seen as it goes: where the market and the skills stand on chosen evenings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.start import started
from sim.state.records import CHANNEL
from sim.world.build import World

AFTER = 1e-9
"""Hours after an evening: what it settles is settled, and the next morning's moves are made."""


@dataclass(frozen=True)
class Glimpse:
    """How things stand when a day is over.

    Attributes
    ----------
    day : int
        Position among the working days of the study.
    growth : ndarray, shape (units,)
        Subscribers of all businesses, against the first morning.
    skill : ndarray, shape (units,)
        Mean over the sellers who work there of their skill in the business that is new to them; NaN where nobody works.
    phase : int
        Phase of most centres; -1 before the first.
    """

    day: int
    growth: NDArray[np.float64]
    skill: NDArray[np.float64]
    phase: int


def watch(world: World, seed: int, replication: int, days: Sequence[int]) -> list[Glimpse]:
    """Simulate one replication and look at it on some evenings.

    Parameters
    ----------
    world : World
    seed, replication : int
    days : sequence of int
        Positions among the working days, ascending.
    """
    model, _ = started(world, seed, replication)
    begin = model.subscribers.sum(axis=1)
    new = 1.0 - model.own[model.force]
    new /= np.maximum(new.sum(axis=1, keepdims=True), 1.0)
    seen = []
    for day in days:
        model.env.run(until=(day + 1) * model.hours_per_day + AFTER)
        total, count = np.zeros(len(begin)), np.zeros(len(begin))
        for seller, patch in enumerate(model.patch.tolist()):
            units = world.ground.units(patch)
            total[units] += new[seller] @ model.skill[seller, :CHANNEL]
            count[units] += 1
        with np.errstate(invalid="ignore"):
            skill = total / count
        phases, times = np.unique(model.phase_of_centre, return_counts=True)
        growth = (model.subscribers.sum(axis=1) - begin).astype(np.float64)
        seen.append(Glimpse(day, growth, skill, int(phases[times.argmax()])))
    return seen
