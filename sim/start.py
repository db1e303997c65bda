"""The start of a run: everybody in place on the first morning, and a world that has been as usual for long."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import simpy

from foundation.arrays import Floats, Ints
from scenarios.loading.fingerprint import market_of
from scenarios.rules.timetable import BEFORE
from scenarios.territory.regions import apportion
from sim.processes.channel import lose_patience, need_help
from sim.processes.company_day import trade
from sim.processes.halls import keep_halls
from sim.processes.support import call_centre, first_level, second_level
from sim.processes.workday import work
from sim.state.fast_timeouts import live
from sim.state.model import Model
from sim.world.build import World
from sim.world.usual_day import UsualDay

RUN_UP, LOOKED_AT = 100, 40
"""Working days of the two companies side by side before the study, and how many of the last are averaged."""

KEPT = 64
"""Usual days kept in a process: scenarios that are compared mostly share theirs."""

_KNOWN: dict[str, UsualDay] = {}


@contextmanager
def collector_resting() -> Iterator[None]:
    """Let the cyclic garbage collector rest while a model runs.

    It would look through the live processes again and again and find nothing, for half of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
            gc.collect(0)  # what the run has left behind, and nothing older


def started(world: World, seed: int, replication: int) -> tuple[Model, simpy.Event]:
    """Return a model with everybody in place on the first morning, and the event of its last evening."""
    model = Model(world, seed, replication)
    env = model.env
    for i in range(len(world.sellers.ids)):
        live(env, partial(work, model, i))
    if world.outlets.ids:
        live(env, partial(need_help, model))
    if world.halls.ids:
        live(env, partial(keep_halls, model))
    for centre, desk in enumerate(model.level1):
        desk.staff(partial(first_level, model, centre))
        live(env, partial(call_centre, model, centre))
    model.level2.staff(partial(second_level, model))
    model.patience.staff(partial(lose_patience, model))
    return model, env.process(trade(model))


def after_usual_days(world: World) -> World:
    """Return a world whose study begins on a usual day, however its scenario merges later.

    The two companies are simulated side by side before the study, once for all replications; what the pools of leavers
    and overdue bills and the outlets' memory come to is kept, nobody's skill and no sale. So the days before the first
    phase show the level before the merger, and not a backlog that nobody has worked off yet.
    """
    if not world.units or not world.sellers.ids:
        return world
    before = _before(world)
    key = _key(before)
    if key not in _KNOWN:
        if len(_KNOWN) >= KEPT:
            _KNOWN.pop(next(iter(_KNOWN)))
        with collector_resting():
            _KNOWN[key] = _usual_day(before)
    return replace(world, start=_KNOWN[key])


def _before(world: World) -> World:
    """Return the world of the days before the study: no merger, no season."""
    run = world.scenario.run.model_copy(update={"days": RUN_UP, "warm_up_days": 0})
    scenario = world.scenario.model_copy(update={"phases": (), "target_stages": (), "run": run})
    nothing = np.full((len(world.table.centres), RUN_UP), BEFORE, dtype=np.int64)
    first = world.table.days[0]
    days = tuple(first + timedelta(days=n) for n in range(RUN_UP))
    return replace(
        world,
        scenario=scenario,
        table=replace(world.table, scenario=scenario, days=days, phase=nothing, stage=nothing),
        postings=world.postings[:1],
        hand_overs={},
        demand=np.ones((RUN_UP, len(world.businesses))),
        calendar_days=np.full(RUN_UP, world.calendar_days.mean()),
        targets=None,
        goals=None,
        start=None,
    )


def _key(world: World) -> str:
    """Return a digest of all that a usual day depends on."""
    digest = hashlib.sha256(market_of(world.scenario).encode())
    post, market, shops = world.postings[0], world.market, world.outlets
    arrays: list[Floats | Ints] = [market.subscribers, market.prospects, market.propensity, world.sellers.counter_share]
    arrays += [post.patch, post.area, post.parts, post.care, world.ground.order, world.ground.bounds, shops.unit]
    arrays += [shops.sales_per_day, world.calendar_days[:1], world.usual]
    for values in arrays:
        digest.update(np.ascontiguousarray(values).tobytes())
    digest.update("\n".join([*world.sellers.ids, *shops.ids, *world.units, *world.table.centres]).encode())
    return digest.hexdigest()


def _usual_day(world: World) -> UsualDay:
    model, _ = started(world, 0, 0)
    pools, quality = np.zeros((3, *model.subscribers.shape)), np.zeros(len(model.quality))
    for day in range(RUN_UP - LOOKED_AT, RUN_UP):
        model.env.run(until=day * model.hours_per_day + model.hours_per_day / 2)  # visits are arranged, not yet made
        pools += np.stack([model.at_risk, model.decided, model.overdue])
        quality += model.quality
    limit = model.subscribers
    at_risk, decided, overdue = (np.minimum(_whole(pool / LOOKED_AT), limit) for pool in pools)
    return UsualDay(at_risk, np.minimum(decided, at_risk), overdue, quality / LOOKED_AT)


def _whole(pool: Floats) -> Ints:
    """Return a pool in whole subscribers, whose sum over the units is kept."""
    columns = [apportion(column, round(float(column.sum()))) for column in pool.T]
    return np.asarray(np.column_stack(columns), dtype=np.int64)
