"""The support chain: the marketing centre's desk, then the individual-customer department (F13)."""

from __future__ import annotations

import math

from sim.random_numbers.arrivals import arrivals
from sim.state.desk import Request
from sim.state.fast_timeouts import Pause, Process
from sim.state.model import Model


def first_level(model: Model, centre: int, pause: Pause) -> Process:
    """Be one agent of a centre's desk: serve who waits longest, and pass on what the centre can't settle."""
    rules, env, desk, records = model.world.scenario.support, model.env, model.level1[centre], model.records
    mean_hours = rules.level1.mean_minutes / 60.0
    while True:
        while not desk.waiting:
            yield desk.rest(pause)
        request = desk.waiting.popleft()
        now = env.now
        before = now - request.asked
        records.requests.append((request.day, before, now - request.at_desk))
        if request.outlet >= 0 and before > rules.sla_hours:
            model.late[request.outlet] = True
        _, first, passed_on, _ = request.luck
        yield pause.hours(-math.log1p(-first) * mean_hours)
        if passed_on < rules.escalation_share:
            model.level2.ask(request)


def second_level(model: Model, pause: Pause) -> Process:
    """Be one agent of the individual-customer department, who settles what the centres pass on (F13)."""
    rules, env, desk = model.world.scenario.support, model.env, model.level2
    mean_hours = rules.level2.mean_minutes / 60.0
    while True:
        while not desk.waiting:
            yield desk.rest(pause)
        request = desk.waiting.popleft()
        waited = env.now - request.at_desk
        model.records.passed_on.append((request.day, waited))
        if request.outlet >= 0 and waited > rules.sla_hours:
            model.late[request.outlet] = True
        yield pause.hours(-math.log1p(-request.luck[-1]) * mean_hours)


def call_centre(model: Model, centre: int, pause: Pause) -> Process:
    """Bring requests from elsewhere than the outlets to a centre's desk: a Poisson stream."""
    random = model.luck([model.world.table.centres[centre]], "support.requests")
    per_hour = model.world.scenario.support.requests_per_day / model.hours_per_day
    _, moments, uniforms = arrivals(random, per_hour, model.hours, 3)
    inside = moments < model.hours
    for moment, lucky in zip(moments[inside].tolist(), uniforms[inside].tolist(), strict=True):
        yield pause.at(moment)
        model.asked += 1
        model.level1[centre].ask(Request(moment, model.day, centre, -1, [0.0, *lucky]))
    yield pause
