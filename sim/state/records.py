"""Records: what happened, day by day, as arrays; no judgement, no KPI."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from foundation.arrays import Floats, Ints
from scenarios.rules.timetable import Timetable
from scenarios.schema.fields import BUSINESSES, FORCES, OWN
from sim.world.build import World

CHANNEL, TRAVEL = -1, -1
"""Channel work among the skills, and travelling among the hours: the last. Travel is contained in the activities."""

OUTLETS_SELL = BUSINESSES.index(OWN["GM"])
"""The business that the outlets, whom grid managers support, sell (F4)."""


@dataclass
class Records:
    """What one replication records.

    Attributes
    ----------
    sales, bundled : (days, businesses, forces) new subscribers by direct selling; those of them sold along
    outlet_sales : (days,) new mobile subscribers won by outlets
    hall_sales : (days, businesses)
    churned, saved : (days, businesses) subscribers lost, and kept by a visit
    worth : (days, businesses) subscribers at the end of the day, by the worth of a bill in their unit against the mean
    churned_worth, saved_worth : (days, businesses) those of them lost, and kept by a visit or by having both businesses
    recovered, written_off : (days, businesses) [yuan]
    subscribers : (days, businesses) at the end of the day
    revenue : (days, businesses) [yuan], bills of the calendar days the working day stands for
    skill : (days, forces, skills) mean at the end of the day
    hours : (days, forces, activities + 1) [hours]; the last column is the travelling contained in the others
    quality, outlets_open : (days,) mean service quality of the open outlets, and their number
    hall_customers : (days,)
    hall_outcomes : (days, 3) customers served, sent elsewhere, and gone before their turn (`sim.processes.halls`)
    hall_overtime : (days,) [hours] of clerks after closing time
    clerk_hours : (days, 2) [hours] of clerks in courses, and on exchange
    hall_wait : (days,) [minutes], sum over those served
    seller_growth : (sellers, stages + 1, businesses); stage 0 is the time before the first
    other_growth_by_centre : (centres, stages + 1, businesses) likewise, by outlets and halls in their centres' stages
    competent : (sellers, skills) first day at the level of full competence, -1 for never
    asked : (days,) requests for help
    effort : (days, forces) mean effort at doors against the usual, over persons and businesses
    able : (days, forces) share of the persons at full competence in every business at the end of the day
    left : (days, forces) sellers who left
    requests : one row per request served: day asked, wait before the first service [h], wait at level 1 [h] (NaN: none)
    passed_on : one row per request that level 2 serves: day asked, wait at level 2 [h]
    waiting, passed_on_waiting : likewise, of the requests that still wait when the study ends, with their age for wait
    """

    sales: Ints
    bundled: Ints
    outlet_sales: Ints
    hall_sales: Ints
    churned: Ints
    saved: Ints
    worth: Floats
    churned_worth: Floats
    saved_worth: Floats
    recovered: Floats
    written_off: Floats
    subscribers: Ints
    revenue: Floats
    skill: Floats
    hours: Floats
    quality: Floats
    outlets_open: Ints
    hall_customers: Ints
    hall_outcomes: Ints
    hall_wait: Floats
    hall_overtime: Floats
    clerk_hours: Floats
    seller_growth: Ints
    other_growth_by_centre: Ints
    competent: Ints
    asked: Ints
    able: Floats
    effort: Floats
    left: Ints
    requests: list[tuple[int, float, float]] = field(default_factory=list)
    passed_on: list[tuple[int, float]] = field(default_factory=list)
    waiting: list[tuple[int, float, float]] = field(default_factory=list)
    passed_on_waiting: list[tuple[int, float]] = field(default_factory=list)

    @property
    def other_growth(self) -> Ints:
        """New subscribers won by outlets and halls of the whole company, shape (stages + 1, businesses)."""
        return np.asarray(self.other_growth_by_centre.sum(axis=0), dtype=np.int64)

    @property
    def hall_served(self) -> Ints:
        """Customers served in halls, shape (days,)."""
        return self.hall_outcomes[:, 0]

    @property
    def hall_refused(self) -> Ints:
        """Customers whom a clerk who had not learnt their business sent elsewhere, shape (days,)."""
        return self.hall_outcomes[:, 1]


WITHOUT_DAYS = ("seller_growth", "other_growth_by_centre", "competent")
"""Arrays that are not day by day."""


def growth_rows(table: Timetable, centre: Ints) -> Ints:
    """Return where the sales of places in these centres count, day by day, in `Records.other_growth_by_centre`.

    Returns
    -------
    ndarray, shape (days, places)
        Row of the array laid out as (centres x (stages + 1), businesses).
    """
    stages = len(table.scenario.target_stages) + 1
    return np.asarray(centre * stages + table.stage.T[:, centre] + 1, dtype=np.int64)


def first_days(records: Records, days: int) -> Records:
    """Return the records of the first working days; what is not kept day by day stays that of the whole run."""
    lists = ("requests", "passed_on")
    changes: dict[str, Any] = {name: [row for row in getattr(records, name) if row[0] < days] for name in lists}
    names = [f.name for f in fields(records) if f.name not in (*WITHOUT_DAYS, *lists)]
    return replace(records, **changes, **{name: getattr(records, name)[:days] for name in names})


def empty_records(world: World) -> Records:
    """Return records of the right shapes with nothing in them."""
    days, sellers = len(world.table.days), len(world.sellers.ids)
    b, f, stages = len(world.businesses), len(FORCES), len(world.scenario.target_stages) + 1

    def counts(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    return Records(
        sales=counts(days, b, f),
        bundled=counts(days, b, f),
        outlet_sales=counts(days),
        hall_sales=counts(days, b),
        churned=counts(days, b),
        saved=counts(days, b),
        worth=np.zeros((days, b)),
        churned_worth=np.zeros((days, b)),
        saved_worth=np.zeros((days, b)),
        recovered=np.zeros((days, b)),
        written_off=np.zeros((days, b)),
        subscribers=counts(days, b),
        revenue=np.zeros((days, b)),
        skill=np.zeros((days, f, len(world.skills))),
        hours=np.zeros((days, f, len(world.activities) + 1)),
        quality=np.zeros(days),
        outlets_open=counts(days),
        hall_customers=counts(days),
        hall_outcomes=counts(days, 3),
        hall_wait=np.zeros(days),
        hall_overtime=np.zeros(days),
        clerk_hours=np.zeros((days, 2)),
        seller_growth=counts(sellers, stages, b),
        other_growth_by_centre=counts(len(world.table.centres), stages, b),
        competent=np.full((sellers, len(world.skills)), -1, dtype=np.int64),
        asked=counts(days),
        able=np.full((days, f), np.nan),
        effort=np.ones((days, f)),
        left=counts(days, f),
    )
