"""Better, worse, or cannot tell: what an interval allows to say about a difference, and which way each KPI is good."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from scenarios import Scenario
from sim.kpis import KPIS
from sim.output_analysis.intervals import interval
from study.presentation.language import NOTHING, Language

Verdict = Literal["better", "worse", "more", "less", "same", "unsure"]

GOOD: Mapping[str, int] = {
    **dict.fromkeys(
        ("sales", "direct_sales", "channel_sales", "revenue", "saved", "retention", "arrears_recovered"), 1
    ),
    **dict.fromkeys(("support_within_sla", "outlet_quality", "skill", "competent", "attainment"), 1),
    **dict.fromkeys(("contribution", "synergy"), 1),
    **dict.fromkeys(
        ("churned", "support_wait_hours", "support_level2_wait_hours", "hall_wait_minutes", "hall_refused", "costs"), -1
    ),
    **dict.fromkeys(("dip_depth", "dip_days", "break_even_date"), -1),
    **dict.fromkeys(("support_requests", "training_hours", "utilisation"), 0),
}
"""+1: more is better; -1: less is better; 0: neither by itself."""

SHARES = ("retention", "support_within_sla", "outlet_quality", "competent", "utilisation", "attainment", "dip_depth")
"""KPIs written in per cent; their differences in percentage points."""


MONEY = ("contribution", "revenue", "arrears_recovered", "costs")
"""KPIs in yuan, written in thousands (English) or ten thousands (Chinese)."""

MONEY_UNIT = {"en": 1e6, "zh": 1e4}
"""Yuan in the unit of money of the tables."""

CENTS = 0.1
"""Millions from which two decimals are enough."""

COUNTS = (
    *("sales", "direct_sales", "channel_sales", "churned", "saved", "support_requests", "hall_refused"),
    *("dip_days", "break_even_date"),
)
"""KPIs that count things or days: one decimal at most."""


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its interval, or a paired difference with its own."""

    mean: float
    low: float
    high: float
    count: int

    @property
    def known(self) -> bool:
        """Whether there is a number at all."""
        return math.isfinite(self.mean)


def judge(kpi: str, difference: Estimate) -> Verdict:
    """Say what a paired difference means.

    Better or worse only where the whole interval lies on one side of zero; otherwise nobody can tell.
    """
    if not difference.known:
        return "unsure"
    if difference.mean == 0 and difference.low in (0.0, difference.mean) and difference.high == 0:
        return "same"
    if not (difference.low > 0 or difference.high < 0):
        return "unsure"
    up = difference.low > 0
    direction = GOOD.get(kpi.split(".", maxsplit=1)[0], 0)
    if direction == 0:
        return "more" if up else "less"
    return "better" if up == (direction > 0) else "worse"


def write_interval(kpi: str, found: Estimate, say: Language, *, sign: bool = False) -> str:
    """Return an interval as tables show it; empty where there is none."""
    if not math.isfinite(found.low):
        return ""
    low, high = (write_number(kpi, value, say, sign=sign) for value in (found.low, found.high))
    return say("table.interval", low=low, high=high)


def level(replications: pd.DataFrame, scenario: Scenario, kpi: str) -> Estimate:
    """Return the mean of a KPI over the replications of a scenario, with its interval."""
    mine = (replications["scenario"] == scenario.name) & (replications["kpi"] == kpi)
    values = replications.loc[mine, "value"].to_numpy(dtype=np.float64)
    count = int(np.isfinite(values).sum())
    if not count:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean, low, high = interval(values.reshape(-1, 1), scenario.study.confidence)
    return Estimate(float(mean[0]), float(low[0]), float(high[0]), count)


def difference(comparison: pd.DataFrame, scenario: str, kpi: str) -> Estimate:
    """Return the paired difference of a scenario against the studied one."""
    if not len(comparison):
        return Estimate(math.nan, math.nan, math.nan, 0)
    row = comparison[(comparison["scenario"] == scenario) & (comparison["kpi"] == kpi)]
    if not len(row):
        return Estimate(math.nan, math.nan, math.nan, 0)
    first: Any = row.iloc[0]
    return Estimate(float(first["difference"]), float(first["low"]), float(first["high"]), int(first["replications"]))


def kpi_name(kpi: str, say: Language, scenario: Scenario | None = None) -> str:
    """Return a KPI's name with its business, force or stage."""
    root, *parts = kpi.split(".")
    name = say(f"kpi.{root}.name") if say.has(f"kpi.{root}.name") else root
    stages = {} if scenario is None else {s.name: s.title.short(say.code) for s in scenario.target_stages}
    words = []
    for part in parts:
        key = next((f"{group}.{part}" for group in ("business", "force") if say.has(f"{group}.{part}")), None)
        words.append(say(key) if key else stages.get(part, part))
    return say("kpi_of", kpi=name, what=say("comma").join(words)) if words else name


def kpi_unit(kpi: str, say: Language, *, change: bool = False) -> str:
    """Return a KPI's unit as written in tables: per cent for shares, percentage points for their differences."""
    root = kpi.split(".", maxsplit=1)[0]
    if root in SHARES:
        return say("unit.points") if change else say("unit.percent")
    if root in MONEY:
        return say("unit.money")
    if root == "break_even_date" and change:
        return say("unit.days")
    return say(f"kpi.{root}.unit") if say.has(f"kpi.{root}.unit") else KPIS.get(root, ("", ""))[0]


def scale_of(kpi: str, say: Language) -> float:
    """Return what a KPI is divided by in tables and pictures: yuan in the unit of money, shares in per cent."""
    root = kpi.split(".", maxsplit=1)[0]
    return MONEY_UNIT[say.code] if root in MONEY else 0.01 if root in SHARES else 1.0


def write_number(kpi: str, value: float, say: Language, *, sign: bool = False) -> str:
    """Return a KPI's number as tables show it (shares times 100, without the sign of per cent)."""
    root = kpi.split(".", maxsplit=1)[0]
    if not math.isfinite(value):
        return NOTHING
    if root in SHARES:
        return say.number(value * 100, 1, sign=sign)
    if root in MONEY:
        amount = value / MONEY_UNIT[say.code]
        return say.number(amount, 1 if say.code == "zh" else 2 if abs(amount) >= CENTS else 4, sign=sign)
    if root in COUNTS:
        return say.number(value, 1 if abs(value) < 100 else 0, sign=sign)
    return say.number(value, 3 if root in ("synergy", "skill") else None, sign=sign)
