"""Tables for people: KPIs by name with their unit, their interval, and the verdict that the interval allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from scenarios import Scenario
from scenarios.schema.planning import IN_CENTS
from study.presentation.headlines import HEADLINES
from study.presentation.language import NOTHING, Language
from study.presentation.verdict import (
    difference,
    judge,
    kpi_name,
    kpi_unit,
    level,
    write_interval,
    write_number,
)


def differences(
    table: pd.DataFrame,
    scenarios: Mapping[str, Scenario],
    *,
    kpis: Sequence[str] = HEADLINES,
    language: str = "en",
) -> pd.DataFrame:
    """Return paired differences as a table for people.

    Parameters
    ----------
    table : DataFrame
        ``kpi, baseline, scenario, difference, low, high, replications``.
    scenarios : mapping of name to Scenario
    kpis : sequence of str
        Which, in which order; those that the table lacks are left out.
    language : {"en", "zh"}

    Returns
    -------
    DataFrame
        Result, unit, scenario, difference, interval and verdict, all as text.
    """
    say = Language(language)
    head = _head(next(iter(scenarios.values())), say)
    rows = []
    present = set(table["kpi"])
    for kpi in [k for k in kpis if k in present]:
        for name in dict.fromkeys(table["scenario"]):
            found = difference(table, str(name), kpi)
            rows.append(
                {
                    say("table.kpi"): kpi_name(kpi, say),
                    say("table.unit"): kpi_unit(kpi, say, change=True),
                    say("table.scenario"): scenarios[str(name)].title.say(language),
                    say("table.difference"): write_number(kpi, found.mean, say, sign=True),
                    head: write_interval(kpi, found, say, sign=True) or NOTHING,
                    say("table.verdict"): say(f"verdict.{judge(kpi, found)}"),
                }
            )
    return pd.DataFrame(rows)


def values(
    table: pd.DataFrame, scenario: Scenario, *, kpis: Sequence[str] = HEADLINES, language: str = "en"
) -> pd.DataFrame:
    """Return the KPIs of one scenario as a table for people.

    Parameters
    ----------
    table : DataFrame
        ``scenario, replication, kpi, value``.
    scenario : Scenario
    kpis : sequence of str
    language : {"en", "zh"}

    Returns
    -------
    DataFrame
        Result, unit, mean and interval, all as text.
    """
    say = Language(language)
    head = _head(scenario, say)
    present = set(table.loc[table["scenario"] == scenario.name, "kpi"])
    rows = []
    for kpi in [k for k in kpis if k in present]:
        found = level(table, scenario, kpi)
        rows.append(
            {
                say("table.kpi"): kpi_name(kpi, say, scenario),
                say("table.unit"): kpi_unit(kpi, say),
                say("table.mean"): write_number(kpi, found.mean, say),
                head: write_interval(kpi, found, say) or NOTHING,
            }
        )
    return pd.DataFrame(rows)


def targets(table: pd.DataFrame, stage: str, level: str = "centre", *, language: str = "en") -> pd.DataFrame:
    """Return the targets of one stage and level, a column for each business and measure with its unit.

    Parameters
    ----------
    table : DataFrame
        ``stage, level, id, parent, business, measure, value``.
    stage : str
    level : {"company", "centre", "community", "person"}
    language : {"en", "zh"}
    """
    say = Language(language)
    mine = table[(table["stage"] == stage) & (table["level"] == level)]
    columns: dict[str, pd.Series[str]] = {}
    for (business, measure), part in mine.groupby(["business", "measure"], sort=False):
        name = f"{say.business(business)}: {say(f'measure.{measure}')} [{say(f'measure_unit.{measure}')}]"
        digits = 2 if measure in IN_CENTS else 0
        columns[name] = pd.Series([say.number(float(value), digits) for value in part["value"]], index=part["id"])
    return pd.DataFrame(columns).rename_axis(say(f"level.{level}"))


def _head(scenario: Scenario, say: Language) -> str:
    return say("shown.interval", confidence=say.percent(scenario.study.confidence, 0))
