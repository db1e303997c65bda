"""Contribution: what a day's business is worth, net of what the merger costs, and how it compares with no merger."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats
from foundation.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from scenarios.rules.businesses import market_rules
from sim.state.recording import Recording
from sim.world.build import World


def contribution(run: Recording, value_months: float | None = None) -> Floats:
    """Return the value of each day's business, shape (days,) [yuan].

    Subscribers won and subscribers kept count `study.value_months` monthly bills each (or as many as given: two runs
    that are compared count alike), bills of their unit as in the revenue; recovered arrears count in full. It is net of
    what trainers, rooms, exchange, offices and overtime cost (`costs`).
    """
    scenario, records = run.world.scenario, run.records
    months = scenario.study.value_months if value_months is None else value_months
    arpu = np.array([rules.arpu for rules in market_rules(scenario)])
    market = run.world.market
    before = np.vstack([(market.subscribers * market.worth).sum(axis=0)[np.newaxis], records.worth[:-1]])
    won = records.worth - before + records.churned_worth
    earned = (won + records.saved_worth) @ arpu * months + records.recovered.sum(axis=1)
    return np.asarray(earned - costs(run), dtype=np.float64)


def costs(run: Recording) -> Floats:
    """Return what trainers, seats, exchange, offices and overtime cost on each day, shape (days,) [yuan]."""
    world, records, prices = run.world, run.records, run.world.scenario.costs
    courses, exchange = records.clerk_hours.T
    seats = records.hours[:, :, world.activities.index("training")].sum(axis=1) + courses
    managers = np.bincount(world.sellers.centre[~world.sellers.is_cm], minlength=len(world.table.centres))
    merged = managers @ (world.table.phase >= 0)
    return np.asarray(
        prices.trainer_day * trainers(run)
        + prices.seat_hour * seats
        + prices.exchange_hour * exchange
        + prices.office_month * merged * world.calendar_days * MONTHS_PER_YEAR / DAYS_PER_YEAR
        + prices.overtime_hour * records.hall_overtime,
        dtype=np.float64,
    )


def trainers(run: Recording) -> Floats:
    """Return how many trainers are at work on each day, shape (days,)."""
    rules, table = run.world.scenario.training, run.world.table
    held = np.array([*(phase.training for phase in run.world.scenario.phases), False])[table.phase]
    if rules.shared_trainers is not None:
        return np.asarray(rules.shared_trainers * held.any(axis=0), dtype=np.float64)
    return np.asarray(rules.trainers * held.sum(axis=0), dtype=np.float64)


def merger_effect(world: World, merged: Floats, alone: Floats) -> dict[str, float]:
    """Return dip, break-even and synergy of one replication against its own counterfactual (F2).

    Parameters
    ----------
    world : World
    merged, alone : ndarray, shape (days,)
        Contributions under the same random numbers.
    """
    settings = world.scenario.study
    begun = np.flatnonzero((world.table.phase >= 0).any(axis=0))
    last = min(settings.synergy_window_days, len(merged))
    synergy = ratio(merged[-last:].sum(), alone[-last:].sum())
    if not len(begun):
        return {"dip_depth": 0.0, "dip_days": 0.0, "break_even_date": 0.0, "synergy": synergy}
    start = int(begun[0])
    shortfall = 1 - ratios(moving_mean(merged, settings.dip_window_days), moving_mean(alone, settings.dip_window_days))
    after = np.nan_to_num(shortfall[start:])
    owed = np.cumsum(merged[start:] - alone[start:])
    return {
        "dip_depth": float(max(after.max(), 0.0)),
        "dip_days": float((after > settings.dip_tolerance).sum()),
        "break_even_date": _break_even(world, start, owed),
        "synergy": synergy,
    }


def moving_mean(values: Floats, window: int) -> Floats:
    """Return the mean of each day and the days before it, up to a window; shape kept."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    end = np.arange(1, len(values) + 1)
    first = np.maximum(end - window, 0)
    return np.asarray((total[end] - total[first]) / (end - first), dtype=np.float64)


def _break_even(world: World, start: int, owed: Floats) -> float:
    """Return the calendar days from the study's first day to the day from which nothing is owed any more."""
    behind = np.flatnonzero(owed < 0)
    day = start if not len(behind) else start + int(behind[-1]) + 1
    if day >= start + len(owed):
        return float("nan")
    return float((world.table.days[day] - world.scenario.calendar.start).days)


def ratio(part: float, whole: float) -> float:
    """Return a part of a whole; NaN of nothing."""
    return float(part / whole) if whole else float("nan")


def ratios(part: Floats, whole: Floats) -> Floats:
    """Return parts of wholes; NaN where there is nothing."""
    out = np.full(np.shape(part), np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=np.asarray(whole) != 0), dtype=np.float64)
