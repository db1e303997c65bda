"""What every timeline brings in every world, as tables for files and as arrays for the questions asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario
from scenarios.rules.horizons import horizons_of
from scenarios.schema.dotted_keys import near
from sim.kpis import KPIS
from sim.output_analysis.horizons import AT
from study.evaluation.principles import beyond
from study.presentation.verdict import GOOD
from study.robustness.simulate import ATTAINMENT, Row
from study.robustness.worlds import Worlds

TWICE = 8
"""One world in so many is run twice, and at least so many are, to tell chance from what the world is."""


def twice(worlds: int) -> int:
    """Return how many of so many worlds are run twice."""
    return min(worlds, max(TWICE, worlds // TWICE))


@dataclass(frozen=True)
class Outcomes:
    """Results by world and scenario.

    Attributes
    ----------
    scenarios : tuple of Scenario
        The first is the one studied.
    worlds : Worlds
    table : DataFrame
        ``world, scenario``, a column for each belief, and ``kpi@days`` for each KPI and horizon; a row per world and
        scenario.
    again : DataFrame
        The same of the worlds that were run twice, with other random numbers.
    dropped : mapping of name to int
        Timelines that dropped out, and in how many of the first worlds they were simulated before; later rows of them
        hold no KPI (`study.robustness.effort`).
    """

    scenarios: tuple[Scenario, ...]
    worlds: Worlds
    table: pd.DataFrame
    again: pd.DataFrame
    dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def horizons(self) -> tuple[int, ...]:
        """Days at which results are known; the last is the one decided by."""
        return horizons_of(self.scenarios[0])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all scenarios."""
        return tuple(s.name for s in self.scenarios)

    @property
    def choices(self) -> tuple[str, ...]:
        """Timelines to choose from: those with a merger, which is decided, unless they dropped out."""
        return tuple(s.name for s in self.scenarios if s.phases and s.name not in self.dropped)

    def before(self, name: str) -> Outcomes:
        """Return the worlds in which a timeline that dropped out was simulated; all of them if it did not."""
        if name not in self.dropped:
            return self
        count = self.dropped[name]
        return Outcomes(
            self.scenarios,
            self.worlds.first(count),
            self.table[self.table["world"] < count],
            self.again[self.again["world"] < twice(count)],
            {other: n for other, n in self.dropped.items() if n < count},
        )

    def values(self, kpi: str, days: int, names: Sequence[str], *, again: bool = False) -> Floats:
        """Return a KPI at a horizon, shape (worlds, names)."""
        table = self.again if again else self.table
        return values_in(table, self.names, f"{kpi}{AT}{days}", names)


def values_in(table: pd.DataFrame, order: Sequence[str], column: str, names: Sequence[str]) -> Floats:
    """Return a column as worlds by names; NaN where a scenario was left out of a world or lacks the KPI."""
    if column not in table:
        return np.full((len(table) // max(len(order), 1), len(names)), np.nan)
    matrix = table[column].to_numpy(dtype=np.float64).reshape(-1, len(order))
    return np.asarray(matrix[:, [order.index(name) for name in names]], dtype=np.float64)


def table_of(
    worlds: Worlds, numbers: Sequence[int], names: Sequence[str], rows: Sequence[Sequence[Row]]
) -> pd.DataFrame:
    """Return worlds as a table, a row per world and scenario."""
    content = [
        {"world": n, "scenario": name, **worlds.settings(n), **row}
        for n, found in zip(numbers, rows, strict=True)
        for name, row in zip(names, found, strict=True)
    ]
    return pd.DataFrame(content)


def broken(outcomes: Outcomes, days: int, names: Sequence[str], *, fixed: bool = False) -> dict[str, Floats]:
    """Return for each principle where it is broken, shape (worlds, names): 1 or 0 (F2).

    A KPI that a timeline does not have (an attainment before any stage is over) breaks nothing.

    Parameters
    ----------
    outcomes : Outcomes
    days : int
        Horizon.
    names : sequence of str
    fixed : bool
        By the fixed limits only, without those that compare with the studied scenario.
    """
    studied = outcomes.scenarios[0]
    found = {}
    for kpi, rule in studied.study.principles.items():
        values = outcomes.values(kpi, days, names)
        own = outcomes.values(kpi, days, [studied.name])
        found[kpi] = np.asarray(beyond(kpi, rule, values, own, fixed=fixed), dtype=np.float64)
    return found


def check_principles(scenario: Scenario) -> None:
    """Refuse principles about what is no KPI, or is neither good nor bad.

    Raises
    ------
    InputError
        Every problem at once.
    """
    problems = []
    for kpi, rule in scenario.study.principles.items():
        root = kpi.split(".", maxsplit=1)[0]
        if root not in KPIS and root != ATTAINMENT:
            problems.append(
                Problem(f"study.principles.{kpi}", kpi, Message("there is no such KPI"), near(kpi, list(KPIS)))
            )
        elif (rule.slack is not None or rule.slack_share is not None) and not GOOD.get(root, 0):
            text = Message("neither more nor less of it is worse, so no slack can be given")
            problems.append(Problem(f"study.principles.{kpi}", kpi, text, Message("Give most or least.")))
    if problems:
        raise InputError(problems)
