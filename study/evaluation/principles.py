"""Which principles a timeline breaks, and how often (F2): the rules of `study.principles` held against its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.arrays import Floats
from scenarios import Scenario
from scenarios.schema.study_settings import Principle
from study.presentation.language import Language
from study.presentation.verdict import GOOD, kpi_name

ATTAINMENT = "attainment"
"""The lowest growth over target of the stages that are seen whole."""


@dataclass(frozen=True)
class Breach:
    """How often a scenario breaks principles.

    Attributes
    ----------
    share : float
        Part of the runs in which it breaks one.
    by : mapping of KPI to float
        The same for each principle.
    allowed : float
        Part of the runs in which a recommended one may (`study.broken_at_most`).
    """

    share: float
    by: Mapping[str, float]
    allowed: float

    @property
    def too_often(self) -> bool:
        """Whether a recommendation must say so."""
        return self.share > self.allowed + 1e-12

    def told(self, say: Language) -> str:
        """Return it as a part of a sentence: what is broken, and how often."""
        worst = max(self.by, key=lambda kpi: self.by[kpi])
        values = {"share": say.percent(self.share, 0), "allowed": say.percent(self.allowed, 0)}
        return say("principle.breach", kpi=kpi_name(worst, say), **values)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"share": self.share, "by": dict(self.by), "allowed": self.allowed}


def beyond(kpi: str, rule: Principle, values: Floats, own: Floats, *, fixed: bool = False) -> NDArray[np.bool_]:
    """Return where a principle is broken.

    Parameters
    ----------
    kpi : str
    rule : Principle
    values : ndarray
        Of a timeline; NaN breaks nothing.
    own : ndarray
        Of the studied scenario in the same runs; shape that of ``values``, or one that broadcasts.
    fixed : bool
        By the fixed limits only, without those that compare with the studied scenario.
    """
    found = np.zeros(values.shape, dtype=bool)
    if rule.most is not None:
        found |= values > rule.most
    if rule.least is not None:
        found |= values < rule.least
    if not fixed and (rule.slack is not None or rule.slack_share is not None):
        side = -GOOD[kpi.split(".", maxsplit=1)[0]]
        slack = np.full_like(own, rule.slack) if rule.slack is not None else (rule.slack_share or 0.0) * np.abs(own)
        found |= side * (values - own) > slack + 1e-12 * np.abs(own)
    return found


def breaches(studied: Scenario, runs: Mapping[str, pd.DataFrame], own: str | None = None) -> dict[str, Breach]:
    """Return for each scenario how often it breaks principles of the studied one.

    Parameters
    ----------
    studied : Scenario
    runs : mapping of name to DataFrame
        Runs as rows, the same in each, and KPIs as columns.
    own : str, optional
        Whose runs the relative limits compare with; default: the studied scenario's.
    """
    settings, reference = studied.study, runs[studied.name if own is None else own]
    found = {}
    for name, values in runs.items():
        broken = {
            kpi: beyond(kpi, rule, _column(values, kpi), _column(reference, kpi))
            for kpi, rule in settings.principles.items()
        }
        if broken:
            share = float(np.any(list(broken.values()), axis=0).mean())
            by = {kpi: float(where.mean()) for kpi, where in broken.items()}
            found[name] = Breach(share, by, settings.broken_at_most)
    return found


def breaches_in(scenarios: Mapping[str, Scenario], replications: pd.DataFrame) -> dict[str, Breach]:
    """Return how often each scenario breaks principles of the first, from a table of its runs (replications.csv)."""
    first, runs = next(iter(scenarios.values())), {}
    for name, table in replications.groupby("scenario", sort=False) if len(replications) else []:
        if name in scenarios:
            runs[str(name)] = table.pivot_table(index="replication", columns="kpi", values="value", dropna=False)
    if first.name not in runs:
        return {}
    numbers = runs[first.name].index
    same = {name: values for name, values in runs.items() if values.index.equals(numbers)}
    return breaches(first, same)


def named(title: str, breach: Breach | None, say: Language) -> str:
    """Return a title that says itself where what it names breaks principles too often, for a list of titles."""
    if breach is None or not breach.too_often:
        return title
    return say("principle.in_list", title=title, breach=breach.told(say))


def kpi_of(values: Mapping[str, float], kpi: str) -> float:
    """Return a KPI of a principle in one run; the lowest of the stages for the attainment, NaN where there is none."""
    if kpi == ATTAINMENT:
        stages = [v for name, v in values.items() if _is_stage(name) and not np.isnan(v)]
        return min(stages, default=float("nan"))
    return values.get(kpi, float("nan"))


def _is_stage(name: str) -> bool:
    return name.startswith(f"{ATTAINMENT}.") and name.count(".") == 1


def _column(values: pd.DataFrame, kpi: str) -> Floats:
    """Return a KPI of every run; the lowest of the stages for the attainment, NaN where there is none."""
    if kpi == ATTAINMENT:
        stages = [c for c in values if _is_stage(str(c))]
        return np.asarray(values[stages].min(axis=1), dtype=np.float64) if stages else np.full(len(values), np.nan)
    return np.asarray(values[kpi] if kpi in values else np.full(len(values), np.nan), dtype=np.float64)
