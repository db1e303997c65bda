"""The support chain: the marketing centre's desk, then the individual-customer department (F13)."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator

import numpy as np
import simpy

from sim.model import Model, Request

_MARGIN = 16
"""Gaps drawn beyond the expected number, so that a second block is seldom needed."""


def arrivals(
    model: Model, random: np.random.Generator, per_day: float, draws: int
) -> Iterator[tuple[float, list[float]]]:
    """Return the gap to each arrival of a Poisson stream [hours] with the luck it brings, until the study ends."""
    if per_day <= 0:
        return iter(())
    total = len(model.world.table.days) * model.hours_per_day
    hours = model.hours_per_day / per_day
    block = int(total / hours) + _MARGIN
    luck = random.random((block, 1 + draws))
    while True:
        gaps = -np.log1p(-luck[:, 0]) * hours
        clock = np.cumsum(gaps)
        if clock[-1] >= total:
            inside = int(np.searchsorted(clock, total))
            return zip(gaps[:inside].tolist(), luck[:inside, 1:].tolist(), strict=True)
        luck = np.concatenate([luck, random.random((block, 1 + draws))])


def ask_desk(model: Model, request: Request) -> Generator[simpy.Event, None, None]:
    """Wait for the centre's desk, be served, and be passed on where the centre can't settle it."""
    rules, env = model.world.scenario.support, model.env
    arrived = env.now
    _, first, passed_on, second = request.luck
    with model.level1[request.centre].request() as turn:
        yield turn
        waited = env.now - arrived
        before = env.now - request.asked
        model.records.requests.append((model.day_of(request.asked), before, waited))
        if request.outlet >= 0 and before > rules.sla_hours:
            model.late[request.outlet] = True
        yield env.timeout(-math.log1p(-first) * rules.level1.mean_minutes / 60.0)
    if passed_on < rules.escalation_share:
        with model.level2.request() as turn:
            yield turn
            yield env.timeout(-math.log1p(-second) * rules.level2.mean_minutes / 60.0)


def call_centre(model: Model, centre: int) -> Generator[simpy.Event, None, None]:
    """Bring requests from elsewhere than the outlets to a centre's desk: a Poisson stream."""
    random = model.stream(model.world.table.centres[centre], "support.requests")
    for gap, luck in arrivals(model, random, model.world.scenario.support.requests_per_day, 3):
        yield model.env.timeout(gap)
        model.records.asked[model.day_of(model.env.now)] += 1
        model.env.process(ask_desk(model, Request(model.env.now, centre, -1, [0.0, *luck])))
