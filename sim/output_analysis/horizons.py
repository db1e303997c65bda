"""The KPIs of one run at every horizon, beside one another under names that say when they were read."""

from __future__ import annotations

import pandas as pd

from scenarios.rules.horizons import horizons_of
from sim.kpis import kpis, kpis_at
from sim.state.recording import Recording

AT = "@"
"""Stands between the name of a KPI and the horizon at which it is read."""


def kpis_at_horizons(run: Recording, twin: Recording | None) -> dict[str, float]:
    """Return every KPI at the end, and at each earlier horizon as ``kpi@days``."""
    found = kpis(run, twin)
    for days in horizons_of(run.world.scenario)[:-1]:
        found |= {f"{name}{AT}{days}": value for name, value in kpis_at(run, twin, days).items()}
    return found


def split_horizons(every: pd.DataFrame) -> tuple[pd.DataFrame, dict[int, pd.DataFrame]]:
    """Return the columns of the end, and those of each earlier horizon [working days] under the KPIs' own names."""
    names = [str(name) for name in every]
    when = sorted({int(name.partition(AT)[2]) for name in names if AT in name})
    earlier = {}
    for days in when:
        ending = f"{AT}{days}"
        then = [name for name in names if name.endswith(ending)]
        earlier[days] = every[then].set_axis([name.removesuffix(ending) for name in then], axis=1)
    return every[[name for name in names if AT not in name]], earlier
