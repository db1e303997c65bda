"""The demand of the season: months and the trade before and after the Spring Festival."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from scenarios.rules.timetable import Timetable
from scenarios.rules.workdays import spring_festival
from scenarios.schema.fields import BUSINESSES
from scenarios.schema.scenario import Scenario


def demand(scenario: Scenario, table: Timetable) -> NDArray[np.float64]:
    """Return season times festival trade of every working day as a factor, shape (days, businesses)."""
    market, festival = scenario.market, scenario.market.spring_festival
    result = np.ones((len(table.days), len(BUSINESSES)))
    for i, day in enumerate(table.days):
        result[i] = [market.fixed.season[day.month - 1], market.mobile.season[day.month - 1]]
        for dates in (spring_festival(year) for year in (day.year - 1, day.year, day.year + 1)):
            if dates is None:
                continue
            if dates[0] - timedelta(days=festival.before_days) <= day < dates[0]:
                result[i] *= festival.before
            elif dates[1] < day <= dates[1] + timedelta(days=festival.after_days):
                result[i] *= festival.after
    return result
