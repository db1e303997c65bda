"""The support chain: the marketing centre's desk, then the individual-customer department (F13)."""

from __future__ import annotations

import math
from collections.abc import Generator

import simpy

from sim.model import Model, Request


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
    rate = model.world.scenario.support.requests_per_day
    if rate <= 0:
        return
    total = len(model.world.table.days) * model.hours_per_day
    random = model.stream(model.world.table.centres[centre], "support.requests")
    while True:
        gap, *luck = random.random(4).tolist()
        yield model.env.timeout(-math.log1p(-gap) / rate * model.hours_per_day)
        if model.env.now >= total:
            return
        model.records.asked[model.day_of(model.env.now)] += 1
        request = Request(model.env.now, centre, -1, (0.0, luck[0], luck[1], luck[2]))
        model.env.process(ask_desk(model, request))
