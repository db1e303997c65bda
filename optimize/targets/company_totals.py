"""The company's totals of a stage, step by step: rate, season, reserve, padding, wishes (a waterfall; F18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from foundation.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from optimize.targets.fair_shares import span
from scenarios import Scenario, Territory
from scenarios.schema.fields import BUSINESSES, Business
from scenarios.schema.planning import IN_CENTS, Measure

WATERFALL = ("stage", "business", "measure", "step", "change", "running")
START, SEASON, RESERVE, PADDING, WHOLE, WISH = "rate", "season", "hold-back", "padding", "rounding", "wish"


def waterfall(scenario: Scenario, territory: Territory, index: int) -> pd.DataFrame:
    """Return how every total of a stage comes about: ``stage, business, measure, step, change, running``.

    ``rate``: the year's rate on the stage's calendar days; ``season``: what the months of the stage add or take (growth
    only; bills fall due every day alike); ``hold-back``: what the company keeps in reserve; ``padding``: what it hands
    down beyond its need; ``rounding`` to whole subscribers and cents; ``wish``: what a pin of level company changes.
    The last running value is the total that is dealt out. Steps that change nothing are left out.
    """
    start, end = span(scenario, index)
    year = ((end - start).days + 1) / DAYS_PER_YEAR
    stage = scenario.target_stages[index].name
    pinned = _pinned(scenario, stage)
    rows: list[dict[str, Any]] = []
    for business in BUSINESSES:
        rules = scenario.targets.fixed if business == "fixed" else scenario.targets.mobile
        market = scenario.market.fixed if business == "fixed" else scenario.market.mobile
        subscribers = float(territory.attribute(f"{business}_subscribers").sum())
        part = season_part(market.season, start, end) if scenario.targets.seasonal else year
        bills = subscribers * market.arpu * MONTHS_PER_YEAR * year
        overdue = bills * market.arrears_per_month * market.arrears_bills
        steps: dict[Measure, tuple[float, float]] = {
            "growth": (subscribers * rules.growth * year, subscribers * rules.growth * part),
            "revenue": (bills * rules.revenue, bills * rules.revenue),
            "arrears": (overdue * rules.arrears, overdue * rules.arrears),
        }
        found = {
            measure: _steps(scenario, measure, rate, seasonal, pinned.get((business, measure)))
            for measure, (rate, seasonal) in steps.items()
        }
        if business == "mobile":
            growth = found["growth"][-1]["running"]
            found["channel"] = _channel(growth * rules.channel, pinned.get((business, "channel")))
        where = {"stage": stage, "business": business}
        rows += [{**where, "measure": measure, **row} for measure, own in found.items() for row in own]
    return pd.DataFrame(rows, columns=list(WATERFALL))


def totals_of(steps: pd.DataFrame) -> dict[tuple[Business, Measure], int]:
    """Return the totals that waterfalls end in: (business, measure) -> whole subscribers, or cents."""
    last: dict[tuple[Business, Measure], int] = {}
    for business, measure, running in zip(steps["business"], steps["measure"], steps["running"], strict=True):
        last[business, measure] = round(running * (100 if measure in IN_CENTS else 1))
    return last


def season_part(season: Sequence[float], start: date, end: date) -> float:
    """Return which part of a year's total belongs to the days from `start` to `end`, month by month [years].

    Parameters
    ----------
    season : sequence of float, length 12
        Relative demand of the months, January first.
    start, end : date
        First and last day.
    """
    days = (end - start).days + 1
    months = [(start + timedelta(days=i)).month for i in range(days)]
    mean = sum(season[(date(start.year, 1, 1) + timedelta(days=i)).month - 1] for i in range(int(DAYS_PER_YEAR)))
    return sum(season[month - 1] for month in months) / mean if mean > 0 else days / DAYS_PER_YEAR


def _pinned(scenario: Scenario, stage: str) -> dict[tuple[Business, Measure], float]:
    """Return the totals that the user fixes."""
    return {
        (pin.business, pin.measure): pin.value or 0.0
        for pin in scenario.targets.pins
        if pin.level == "company" and pin.stage in (None, stage)
    }


def _steps(
    scenario: Scenario, measure: Measure, rate: float, seasonal: float, wish: float | None
) -> list[dict[str, Any]]:
    """Return the steps of one total."""
    rules = scenario.targets
    kept = seasonal * (1.0 - rules.hold_back)
    padded = kept * (1.0 + rules.padding)
    whole = round(padded * 100) / 100 if measure in IN_CENTS else float(round(padded))
    values = {START: rate, SEASON: seasonal, RESERVE: kept, PADDING: padded, WHOLE: whole}
    return _rows(values if wish is None else values | {WISH: wish})


def _channel(part: float, wish: float | None) -> list[dict[str, Any]]:
    """Return the steps of the part of the growth that outlets sell."""
    values = {START: part, WHOLE: float(round(part))}
    return _rows(values if wish is None else values | {WISH: wish})


def _rows(values: dict[str, float]) -> list[dict[str, Any]]:
    names, running = list(values), np.array(list(values.values()))
    change = np.diff(running, prepend=0.0)
    last = len(names) - 1
    return [
        {"step": name, "change": float(change[k]), "running": float(running[k])}
        for k, name in enumerate(names)
        if k in (0, last) or change[k] != 0
    ]
