"""KPIs: pure functions of what was recorded; every one has its definition and unit in `KPIS`."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats
from scenarios.schema.fields import BUSINESSES, FORCES
from sim.attainment import attainment_of_company
from sim.contribution import contribution, costs, merger_effect, ratio, ratios
from sim.state.recording import Recording
from sim.state.records import CHANNEL, OUTLETS_SELL, TRAVEL

Series = dict[tuple[str, str, str], Floats]

KPIS: dict[str, tuple[str, str]] = {
    "sales": ("subscribers", "new subscribers by direct selling, outlets and halls"),
    "direct_sales": ("subscribers", "new subscribers by direct selling"),
    "channel_sales": ("subscribers", "new mobile subscribers won by outlets"),
    "revenue": ("yuan", "monthly bills of all subscribers, by calendar day"),
    "churned": ("subscribers", "subscribers who left"),
    "saved": ("subscribers", "subscribers kept by a retention visit"),
    "retention": ("share", "1 - churned over the subscribers at the start, over the whole study"),
    "arrears_recovered": ("yuan", "overdue bills recovered"),
    "support_requests": ("requests", "requests for help"),
    "support_wait_hours": (
        "working hours",
        "mean wait before level-1 service of those who came to level 1; who still waits: so far",
    ),
    "support_level2_wait_hours": ("working hours", "mean wait before level-2 service of the requests passed on"),
    "support_within_sla": (
        "share",
        "requests whose first service began within the agreed time; who waits for longer is late",
    ),
    "outlet_quality": ("share", "service quality that outlets remember, at the end"),
    "hall_wait_minutes": ("minutes", "mean wait of the customers served in halls"),
    "hall_refused": ("customers", "customers sent elsewhere by a clerk who had not learnt their business yet"),
    "training_hours": ("hours", "hours of sellers in courses"),
    "skill": ("skill, 0-1", "mean skill at the end, over persons; by force and business"),
    "competent": ("share", "persons at full competence in every business at the end"),
    "utilisation": ("share", "working hours not spent on the way"),
    "attainment": ("share", "growth reached over growth target of a stage that the study sees whole, company-wide"),
    "contribution": (
        "yuan",
        "value of subscribers won and kept, in bills of study.value_months, plus arrears recovered, less costs",
    ),
    "costs": ("yuan", "trainers, seats in courses, clerks on exchange, office space, overtime"),
    "dip_depth": ("share", "largest shortfall of the contribution against no merger, moving mean"),
    "dip_days": ("working days", "days with a shortfall beyond study.dip_tolerance"),
    "break_even_date": (
        "calendar days after the study's first day",
        "when the cumulative difference to no merger stays >= 0",
    ),
    "synergy": (
        "ratio",
        "contribution over that of no merger in the last study.synergy_window_days: 1+1>2 where above 1",
    ),
}
"""Name -> unit and definition; a name in the results may carry business, force or stage behind dots."""


def kpis(run: Recording, counterfactual: Recording | None = None) -> dict[str, float]:
    """Return every KPI of a replication.

    Parameters
    ----------
    run : Recording
    counterfactual : Recording, optional
        The same replication without a merger; needed for dip, break-even and synergy.

    Returns
    -------
    dict of name to value
        NaN where there was nothing to measure.
    """
    records, scenario = run.records, run.world.scenario
    counted = slice(scenario.run.warm_up_days, None)
    result = _trade(run, counted)
    result |= _service(run)
    people = records.hours[counted, :, :TRAVEL].sum()
    result["training_hours"] = float(records.hours[counted, :, run.world.activities.index("training")].sum())
    result["utilisation"] = ratio(people - records.hours[counted, :, TRAVEL].sum(), people)
    result |= _skills(run)
    result |= attainment_of_company(run)
    result["contribution"] = float(contribution(run)[counted].sum())
    result["costs"] = float(costs(run)[counted].sum())
    if counterfactual is not None:
        alone = contribution(counterfactual, scenario.study.value_months)
        result |= merger_effect(run.world, contribution(run), alone)
    return result


def kpis_at(run: Recording, counterfactual: Recording | None, days: int) -> dict[str, float]:
    """Return every KPI as it would be if the study had ended after some working days: see `kpis`."""
    if days >= len(run.world.table.days):
        return kpis(run, counterfactual)
    return kpis(run.until(days), None if counterfactual is None else counterfactual.until(days))


def daily(run: Recording) -> Series:
    """Return every daily series of a replication: (kpi, business, force) -> values, shape (days,)."""
    records = run.records
    series: Series = {("contribution", "all", "all"): contribution(run)}
    total_sales = _sales(run)
    series["sales", "all", "all"] = total_sales.sum(axis=1)
    for b, business in enumerate(run.world.businesses):
        series["sales", business, "all"] = total_sales[:, b]
        for f, force in enumerate(FORCES):
            series["sales", business, force] = records.sales[:, b, f].astype(float)
        series["sales", business, "hall"] = records.hall_sales[:, b].astype(float)
        series["churned", business, "all"] = records.churned[:, b].astype(float)
        series["arrears_recovered", business, "all"] = records.recovered[:, b]
        series["revenue", business, "all"] = records.revenue[:, b]
    in_outlets = BUSINESSES[OUTLETS_SELL]
    series["sales", in_outlets, "outlet"] = records.outlet_sales.astype(float)
    for f, force in enumerate(FORCES):
        for k, what in enumerate(run.world.skills):
            series["skill", what, force] = records.skill[:, f, k]
        hours = records.hours[:, f, :TRAVEL].sum(axis=1)
        series["utilisation", "all", force] = ratios(hours - records.hours[:, f, TRAVEL], hours)
        series["competent", "all", force] = records.able[:, f]
        series["training_hours", "all", force] = records.hours[:, f, run.world.activities.index("training")]
    series["outlet_quality", in_outlets, "outlet"] = records.quality
    series["hall_refused", "all", "hall"] = records.hall_refused.astype(float)
    series["hall_wait_minutes", "all", "hall"] = ratios(records.hall_wait, records.hall_served.astype(float))
    series["support_wait_hours", "all", "all"] = _daily_wait(run)
    return series


def _sales(run: Recording) -> Floats:
    """Return new subscribers by all ways, shape (days, businesses)."""
    sales = run.records.sales.sum(axis=2) + run.records.hall_sales
    sales[:, OUTLETS_SELL] += run.records.outlet_sales
    return np.asarray(sales, dtype=np.float64)


def _trade(run: Recording, counted: slice) -> dict[str, float]:
    records, result = run.records, {}
    sales = _sales(run)[counted]
    parts = {
        "sales": sales,
        "direct_sales": records.sales[counted].sum(axis=2),
        "revenue": records.revenue[counted],
        "churned": records.churned[counted],
        "saved": records.saved[counted],
        "arrears_recovered": records.recovered[counted],
    }
    for name, values in parts.items():
        result[name] = float(values.sum())
        result |= {f"{name}.{b}": float(values[:, i].sum()) for i, b in enumerate(run.world.businesses)}
    at_start = run.world.market.subscribers.sum(axis=0)
    for i, business in enumerate(run.world.businesses):
        result[f"retention.{business}"] = 1 - ratio(records.churned[counted, i].sum(), at_start[i])
    result["retention"] = 1 - ratio(records.churned[counted].sum(), at_start.sum())
    result["channel_sales"] = float(records.outlet_sales[counted].sum())
    return result


def _service(run: Recording) -> dict[str, float]:
    """Return the KPIs of support and halls; a request counts on the day it was asked.

    One that still waits at the end counts with its age, which is less than it will have waited; whether it is served in
    time is known once it has waited for too long.
    """
    records, scenario = run.records, run.world.scenario
    warm, sla = scenario.run.warm_up_days, scenario.support.sla_hours
    asked, waiting = (rows[rows[:, 0] >= warm] for rows in (_requests(run), _rows(records.waiting)))
    late = int((waiting[:, 1] > sla).sum())
    at_level1 = np.concatenate([asked[:, 2], waiting[:, 2]])
    at_level1 = at_level1[~np.isnan(at_level1)]
    passed_on = [wait for day, wait in (*records.passed_on, *records.passed_on_waiting) if day >= warm]
    served = records.hall_served[warm:].sum()
    quality = records.quality[-1] if len(run.world.outlets.ids) else np.nan
    return {
        "support_requests": float(records.asked[warm:].sum()),
        "support_wait_hours": float(at_level1.mean()) if len(at_level1) else float("nan"),
        "support_level2_wait_hours": float(np.mean(passed_on)) if passed_on else float("nan"),
        "support_within_sla": ratio((asked[:, 1] <= sla).sum(), len(asked) + late),
        "outlet_quality": float(quality),
        "hall_wait_minutes": ratio(records.hall_wait[warm:].sum(), served),
        "hall_refused": float(records.hall_refused[warm:].sum()),
    }


def _skills(run: Recording) -> dict[str, float]:
    if not run.world.sellers.ids:
        return {}
    records, cm = run.records, run.world.sellers.is_cm
    result, ends = {}, []
    for f, force in enumerate(FORCES):
        count = int(cm.sum()) if f == 0 else int((~cm).sum())
        if not count:
            continue
        result[f"competent.{force}"] = float(records.able[-1, f])
        for k, what in enumerate(run.world.skills):
            result[f"skill.{force}.{what}"] = float(records.skill[-1, f, k])
        ends.append((count, records.able[-1, f], records.skill[-1, f, :CHANNEL].mean()))
    members, able, skill = zip(*ends, strict=True)
    whole = {"competent": np.average(able, weights=members), "skill": np.average(skill, weights=members)}
    return {**{name: float(value) for name, value in whole.items()}, **result}


def _requests(run: Recording) -> Floats:
    return _rows(run.records.requests)


def _rows(requests: list[tuple[int, float, float]]) -> Floats:
    return np.array(requests, dtype=np.float64).reshape(-1, 3)


def _daily_wait(run: Recording) -> Floats:
    """Return the mean wait at level 1 of the requests asked on each day; NaN on days without any."""
    asked = np.concatenate([_requests(run), _rows(run.records.waiting)])
    asked = asked[~np.isnan(asked[:, 2])]
    days, size = asked[:, 0].astype(np.int64), len(run.world.table.days)
    total, count = np.bincount(days, asked[:, 2], minlength=size), np.bincount(days, minlength=size)
    return ratios(total.astype(np.float64), count.astype(np.float64))
