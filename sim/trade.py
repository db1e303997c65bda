"""The market's day: sellers find it in the morning as the evening before left it; customers leave, bills fall due."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy

from sim.draws import poisson_quantiles
from sim.layers import Ints
from sim.model import BEFORE, Floats, Model, leaving_rates, overdue_rates
from sim.records import SKILLS
from sim.world import DAYS_PER_YEAR, MONTHS_PER_YEAR


def trade(model: Model) -> Generator[simpy.Event, None, None]:
    """Open and close every working day; everybody else waits for the morning."""
    days = len(model.world.table.days)
    luck = {
        what: model.stream("market", what).random((days, *model.subscribers.shape)) for what in ("sign", "leave", "due")
    }
    luck |= {
        what: model.stream("market", what).random((days, *model.subscribers.shape)) for what in ("lapse", "write_off")
    }
    for day in range(days):
        model.day = day
        switch(model, day)
        refresh(model)
        morning, model.morning = model.morning, model.env.event()
        morning.succeed()
        yield model.env.timeout(model.hours_per_day)
        leave(model, day, {what: draws[day] for what, draws in luck.items()})
        fall_due(model, day, luck["due"][day], luck["write_off"][day])
        close(model, day)


def switch(model: Model, day: int) -> None:
    """Move centres into the phase of the day; what changes hands loses part of its relationship."""
    table, world = model.world.table, model.world
    rules = world.scenario.hand_over
    for centre in range(len(table.centres)):
        before, after = model.phase_of_centre[centre], int(table.phase[centre, day])
        if before == after:
            continue
        model.phase_of_centre[centre] = after
        inside = world.unit_centre == centre
        old, new = world.covers[before + 1], world.covers[after + 1]
        had = (old & inside).sum(axis=1)
        kept = (old & new & inside).sum(axis=1)
        lost = np.where(had > 0, 1 - kept / np.maximum(had, 1), 0.0).T
        model.bond *= 1 - rules.loss * lost
        _hand_over_outlets(model, centre, before, after)


def _hand_over_outlets(model: Model, centre: int, before: int, after: int) -> None:
    """Weaken the bond of outlets by the share of their supporters who change."""
    world = model.world
    for o in np.flatnonzero(world.outlets.centre == centre):
        old, new = supporters(model, int(o), before), supporters(model, int(o), after)
        if old:
            model.outlet_bond[o] *= 1 - world.scenario.hand_over.loss * (1 - len(old & new) / len(old))


def supporters(model: Model, outlet: int, phase: int) -> frozenset[int]:
    """Return the sellers who know an outlet in a phase: its grid manager, later the team of the area (F4, F15)."""
    world, unit = model.world, model.world.outlets.unit[outlet]
    rules = world.phase(phase)
    if rules is None or not rules.shared_channels:
        seller = int(world.outlets.seller[outlet])
        return frozenset() if seller < 0 else frozenset((seller,))
    return frozenset(np.flatnonzero(world.covers[phase + 1][:, :, unit].any(axis=0)).tolist())


def refresh(model: Model) -> None:
    """Weigh every unit anew, and let every team see who masters what best."""
    weight = model.world.scenario.hand_over.weight
    felt = model.prospects * model.world.market.propensity * (1 - weight * (1 - model.bond))
    used = {kind for phase in set(model.phase_of_centre) for kind, _ in model.world.sites[phase + 1]}
    for kind in used:
        model.views[kind].refresh(felt)
    model.best = {}
    for i, skills in enumerate(model.skill):
        site = model.world.sites[model.phase_of_centre[model.world.sellers.centre[i]] + 1][i]
        best = model.best.get(site)
        model.best[site] = list(skills) if best is None else [max(a, b) for a, b in zip(best, skills, strict=True)]


def leave(model: Model, day: int, luck: dict[str, Floats]) -> None:
    """Let subscribers show signs of leaving, leave unannounced, or leave because nobody came."""
    rules = model.world.scenario.retention
    chance = leaving_rates(model.world.scenario, float(model.world.calendar_days.mean()))
    content = model.subscribers - model.at_risk
    silent = np.minimum(poisson_quantiles(luck["leave"], content * chance * (1 - rules.notice_share)), content)
    signs = np.minimum(poisson_quantiles(luck["sign"], content * chance * rules.notice_share), content - silent)
    lapsed = np.minimum(poisson_quantiles(luck["lapse"], model.at_risk / rules.notice_days), model.at_risk)
    model.at_risk += signs - lapsed
    depart(model, day, silent + lapsed)


def depart(model: Model, day: int, gone: Ints) -> None:
    """Turn subscribers back into prospects."""
    model.subscribers -= gone
    model.prospects += gone
    model.records.churned[day] += gone.sum(axis=0)


def fall_due(model: Model, day: int, due: Floats, lapse: Floats) -> None:
    """Let bills fall overdue, and old ones be written off."""
    rules = model.world.scenario.arrears
    chance = overdue_rates(model.world.scenario, float(model.world.calendar_days.mean()))
    new = poisson_quantiles(due, np.maximum(model.subscribers - model.overdue, 0) * chance)
    lost = np.minimum(poisson_quantiles(lapse, model.overdue / rules.write_off_days), model.overdue)
    model.overdue += new - lost
    model.records.written_off[day] += (lost * model.world.market.worth).sum(axis=0) * bill_sizes(model)


def bill_sizes(model: Model) -> Floats:
    """Return the size of an overdue account of a mean subscriber, per business [yuan]."""
    market = model.world.scenario.market
    return np.array([b.arrears_bills * b.arpu for b in (market.fixed, market.mobile)])


def close(model: Model, day: int) -> None:
    """Write down the evening's state, forget a little, mend relationships."""
    world, records = model.world, model.records
    market = world.scenario.market
    arpu = np.array([market.fixed.arpu, market.mobile.arpu])
    records.subscribers[day] = model.subscribers.sum(axis=0)
    share_of_month = world.calendar_days[day] * MONTHS_PER_YEAR / DAYS_PER_YEAR
    records.revenue[day] = (model.subscribers * world.market.worth).sum(axis=0) * arpu * share_of_month
    model.bond += (1 - model.bond) / max(world.scenario.hand_over.recovery_days, 1.0)
    model.outlet_bond += (1 - model.outlet_bond) / max(world.scenario.hand_over.recovery_days, 1.0)
    forget(model)
    if not model.skill:
        return
    skills = np.array(model.skill)
    for force, members in enumerate((world.sellers.is_cm, ~world.sellers.is_cm)):
        records.skill[day, force] = skills[members].mean(axis=0) if members.any() else np.nan
    reached = (skills >= world.scenario.learning.competent) & (records.competent == BEFORE)
    records.competent[reached] = day


def forget(model: Model) -> None:
    """Let experience fade by the scenario's daily share (zero unless a user wants forgetting)."""
    share = model.world.scenario.learning.forgetting_per_day
    if share > 0:
        for i, experience in enumerate(model.experience):
            for what in range(len(SKILLS)):
                model.learn(i, what, -share * experience[what])
