"""The support chain: the marketing centre's desk, then the individual-customer department (F13)."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator

import numpy as np
import simpy

from sim.desk import Request
from sim.model import Model

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


def first_level(model: Model, centre: int) -> Generator[simpy.Event, None, None]:
    """Be one agent of a centre's desk: serve who waits longest, and pass on what the centre can't settle."""
    rules, env, desk, records = model.world.scenario.support, model.env, model.level1[centre], model.records
    mean_hours = rules.level1.mean_minutes / 60.0
    while True:
        while not desk.waiting:
            yield desk.rest()
        request = desk.waiting.popleft()
        before = env.now - request.asked
        records.requests.append((model.day_of(request.asked), before, env.now - request.at_desk))
        if request.outlet >= 0 and before > rules.sla_hours:
            model.late[request.outlet] = True
        _, first, passed_on, _ = request.luck
        yield env.timeout(-math.log1p(-first) * mean_hours)
        if passed_on < rules.escalation_share:
            model.level2.ask(request)


def second_level(model: Model) -> Generator[simpy.Event, None, None]:
    """Be one agent of the individual-customer department, who settles what the centres pass on (F13)."""
    desk, mean_hours = model.level2, model.world.scenario.support.level2.mean_minutes / 60.0
    while True:
        while not desk.waiting:
            yield desk.rest()
        request = desk.waiting.popleft()
        yield model.env.timeout(-math.log1p(-request.luck[-1]) * mean_hours)


def call_centre(model: Model, centre: int) -> Generator[simpy.Event, None, None]:
    """Bring requests from elsewhere than the outlets to a centre's desk: a Poisson stream."""
    random = model.stream(model.world.table.centres[centre], "support.requests")
    for gap, luck in arrivals(model, random, model.world.scenario.support.requests_per_day, 3):
        yield model.env.timeout(gap)
        model.records.asked[model.day_of(model.env.now)] += 1
        model.level1[centre].ask(Request(model.env.now, centre, -1, [0.0, *luck]))
