"""The social channel: outlets ask for help, are visited, and remember how they were treated."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy

from sim.model import DIARY, Model, Request
from sim.postings import NOBODY, Duty
from sim.support import arrivals, ask_desk
from sim.world import DAYS_PER_YEAR, MONTHS_PER_YEAR

SUPPORT, REQUESTS = DIARY.index("channel"), DIARY.index("first_line")


def need_help(model: Model, outlet: int) -> Generator[simpy.Event, None, None]:
    """Let an outlet raise requests at random times."""
    world, rules, env = model.world, model.world.scenario.outlets, model.env
    per_day = rules.requests_per_month * MONTHS_PER_YEAR / DAYS_PER_YEAR * world.calendar_days.mean()
    random, centre = model.stream(world.outlets.ids[outlet], "requests"), int(world.outlets.centre[outlet])
    for gap, luck in arrivals(model, random, per_day, 4):
        yield env.timeout(gap)
        if model.open[outlet]:
            model.records.asked[model.day_of(env.now)] += 1
            seek_help(model, Request(env.now, centre, outlet, luck))


def seek_help(model: Model, request: Request) -> None:
    """Ask the own seller or team (F13); after a while turn to the marketing centre.

    Patience is a bare event: nearly every request is taken before it ends, and a process for each would cost more
    than all the rest of the channel.
    """
    box = model.posting_of(request.centre).first_line[request.outlet]
    if box == NOBODY:
        model.env.process(ask_desk(model, request))
        return
    waiting = model.inboxes[box]
    waiting.append(request)

    def turn_to_desk(_: simpy.Event) -> None:
        if not request.taken:
            waiting.remove(request)
            request.taken = True
            model.env.process(ask_desk(model, request))

    patience = model.env.timeout(model.world.scenario.outlets.first_line_wait_hours)
    patience.callbacks.append(turn_to_desk)


def support_outlets(model: Model, i: int, duty: Duty, hours: float) -> float:
    """Answer waiting requests, then visit outlets in turn (`sim.evening`); return the hours used."""
    waiting, spent = model.inboxes[duty.inbox], 0.0
    if waiting:
        rules, ability = model.world.scenario.outlets, model.ability[i]
        each, now = rules.first_line_minutes / 60.0, model.env.now
        while waiting and spent + each <= hours:
            request = waiting.popleft()
            request.taken = True
            spent += each
            if request.luck[0] < rules.first_line_share * ability:
                model.records.requests.append((model.day_of(request.asked), now - request.asked, np.nan))
            else:
                model.env.process(ask_desk(model, request))
        model.diary[i][REQUESTS] = spent
    if model.cared[i] > 0:
        spent = hours
    model.diary[i][SUPPORT] = spent
    return spent
