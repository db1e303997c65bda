"""The social channel: outlets ask for help, are visited, and remember how they were treated."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from foundation.arrays import Floats
from foundation.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from sim.random_numbers.arrivals import arrivals
from sim.state.desk import Request
from sim.state.fast_timeouts import Pause, Process
from sim.state.model import Model
from sim.world.duties import NOBODY


def need_help(model: Model, pause: Pause) -> Process:
    """Let outlets raise requests at random times; one process walks through the streams of all, in order of time."""
    world, rules = model.world, model.world.scenario.outlets
    per_day = float(rules.requests_per_month * MONTHS_PER_YEAR / DAYS_PER_YEAR * world.calendar_days.mean())
    random, centre = model.luck(world.outlets.ids, "requests"), world.outlets.centre.tolist()
    first, moments, uniforms = arrivals(random, per_day / model.hours_per_day, model.hours, 4)
    inside = np.flatnonzero(moments < model.hours)
    order = inside[np.argsort(moments[inside], kind="stable")]
    outlets = np.repeat(np.arange(len(random)), np.diff(first))
    requests = (values[order].tolist() for values in (moments, outlets, uniforms))
    for moment, outlet, lucky in zip(*requests, strict=True):
        yield pause.at(moment)
        if model.open[outlet]:
            model.asked += 1
            seek_help(model, Request(moment, model.day, centre[outlet], outlet, lucky))
    yield pause


def seek_help(model: Model, request: Request) -> None:
    """Ask the own seller or team (F13), or the marketing centre where there is none."""
    request.inbox = inbox = model.first_line[request.outlet]
    if inbox == NOBODY:
        model.level1[request.centre].ask(request)
    else:
        model.inboxes[inbox].append(request)
        model.patience.ask(request)


def lose_patience(model: Model, pause: Pause) -> Process:
    """Turn to the marketing centre with every request that nobody takes for too long.

    All wait equally long, so who asked first gives up first: one process keeps an eye on the eldest, where a timer for
    each would nearly always ring for a request taken long ago.
    """
    env, asked, wait = model.env, model.patience.waiting, model.world.scenario.outlets.first_line_wait_hours
    while True:
        while not asked:
            yield model.patience.rest(pause)
        eldest = asked[0]
        if not eldest.taken and (left := eldest.asked + wait - env.now) > 0:
            yield pause.hours(left)
            continue
        asked.popleft()
        if not eldest.taken:
            eldest.taken = True
            model.inboxes[eldest.inbox].remove(eldest)
            model.level1[eldest.centre].ask(eldest)


def deal_requests(model: Model, free: Floats) -> None:
    """Deal what waits for a team in the morning: to whoever knows outlets best, as far as his hours go, then the next.

    Equals are taken as the territory lists them. What exceeds all hours goes on waiting.

    Parameters
    ----------
    model : Model
    free : ndarray, shape (sellers,)
        What courses and counters leave of everybody's day [h].
    """
    teams = model.inboxes[: model.own_inbox]
    asked = [inbox for inbox, waiting in enumerate(teams) if waiting]
    if not asked:
        return
    each, members = model.world.scenario.outlets.first_line_minutes / 60.0, defaultdict(list)
    for i, duty in enumerate(model.duties):
        if model.outlet_part[i] > 0:
            members[duty.inbox].append(i)
    for inbox in asked:
        waiting = teams[inbox]
        for i in sorted(members[inbox], key=lambda i: -model.ability[i]):
            for _ in range(min(len(waiting), int(free[i] * model.outlet_part[i] / each))):
                request = waiting.popleft()
                request.inbox = model.own_inbox + i
                model.inboxes[request.inbox].append(request)


def support_outlets(model: Model, i: int, inbox: int, hours: float) -> float:
    """Answer waiting requests, then visit outlets as far as they need it; return the hours used.

    First what is his, then what has come to his team since the morning. What is not needed is left for the rest of the
    day (`sim.processes.workday`).
    """
    spent = answer_requests(model, i, inbox, hours)
    spent = min(hours, spent + model.visit_hours[i])
    model.diary.channel[i] = spent
    return spent


def answer_requests(model: Model, i: int, inbox: int, hours: float) -> float:
    """Answer what waits for a seller as long as there is time, and pass on what is too hard; return the hours used."""
    own, team = model.inboxes[model.own_inbox + i], model.inboxes[inbox]
    if not (own or team):
        return 0.0
    rules, sla, now, spent = model.world.scenario.outlets, model.world.scenario.support.sla_hours, model.env.now, 0.0
    each, settled = rules.first_line_minutes / 60.0, rules.first_line_share * model.ability[i]
    while (waiting := own or team) and spent + each <= hours:
        request = waiting.popleft()
        request.taken = True
        before = now + spent - request.asked
        spent += each
        if request.luck[0] < settled:
            model.records.requests.append((request.day, before, math.nan))
            if before > sla:
                model.late[request.outlet] = True
        else:
            model.level1[request.centre].ask(request)
    model.diary.first_line[i] = spent
    return spent
