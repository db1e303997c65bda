"""What holds in the worlds that may be, for the report: tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from scenarios import Scenario
from scenarios.rules.horizons import horizons_of
from study.presentation.headlines import AT_HORIZONS
from study.presentation.language import Language
from study.presentation.verdict import Estimate, kpi_name, kpi_unit, write_interval, write_number
from study.reporting.html.tables import Grid
from study.results.record import StudyRecord
from study.robustness.wording import details, phrases


def content(record: StudyRecord, say: Language) -> dict[str, Any]:
    """Return what the template shows of the worlds; empty where none were drawn."""
    robust = record.robust
    if robust is None:
        return dict.fromkeys(("standings", "principles", "flips", "worth", "pilot", "effort", "horizons"))
    return {
        "standings": standings(robust, record.scenarios, say),
        "principles": principles(robust, record.scenario, say),
        "flips": details.flip_lines(robust, record.scenarios, say),
        "worth": details.worth_line(robust, say),
        "pilot": details.pilot_line(robust, record.scenarios, say),
        "effort": details.effort_lines(robust, record.scenarios, say),
        "horizons": horizons(record, say),
    }


def standings(robust: Mapping[str, Any], scenarios: Mapping[str, Scenario], say: Language) -> Grid:
    """Return how every timeline stands over the worlds."""
    table = details.table(robust, scenarios, say)
    return Grid(tuple(table.columns), tuple(tuple(str(x) for x in row) for row in table.to_numpy().tolist()))


def principles(robust: Mapping[str, Any], studied: Scenario, say: Language) -> list[str]:
    """Return each principle in words: what it limits, and how far."""
    found = []
    title = phrases.title_of(studied, say)
    for kpi, rule in robust["principles"].items():
        for kind, limit in rule.items():
            amount = (
                say.percent(limit, 0)
                if kind == "slack_share"
                else f"{write_number(kpi, limit, say)} {kpi_unit(kpi, say, change=kind == 'slack')}"
            )
            found.append(say(f"robust.rule.{kind}", kpi=kpi_name(kpi, say), limit=amount, studied=title))
    return found


def horizons(record: StudyRecord, say: Language) -> Grid:
    """Return the studied scenario's KPIs at every horizon, the attainment by stage and business among them."""
    if record.horizons is None:
        return Grid((), ())
    studied = record.scenario
    mine = record.horizons[record.horizons["scenario"] == studied.name].set_index(["kpi", "horizon"])
    days = horizons_of(studied)
    stages = [f"attainment.{s.name}{b}" for s in studied.target_stages for b in ("", ".fixed", ".mobile")]
    rows = []
    for kpi in (*AT_HORIZONS, *stages):
        cells = [_cell(mine, kpi, horizon, say) for horizon in days]
        if any(cell.strip() for cell in cells):
            rows.append((f"{kpi_name(kpi, say, studied)} [{kpi_unit(kpi, say)}]", *cells))
    return Grid((say("table.kpi"), *(say("table.by_day", days=d) for d in days)), tuple(rows))


def _cell(table: pd.DataFrame, kpi: str, horizon: int, say: Language) -> str:
    """Return a KPI with its interval; empty where there is none, as of a stage that is not over."""
    if (kpi, horizon) not in table.index:
        return ""
    row: Any = table.loc[(kpi, horizon)]
    found = Estimate(float(row["mean"]), float(row["low"]), float(row["high"]), 0)
    return f"{write_number(kpi, found.mean, say)} {write_interval(kpi, found, say)}" if found.known else ""
