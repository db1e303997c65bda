"""What a study found, as plain values: every table and plan that the report, the workbook and the dashboard show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from foundation.plurals import counted
from scenarios import Plan, Problem, Scenario, Territory


@dataclass(frozen=True)
class RecordData:
    """What a study found, as plain values that survive on disk.

    Attributes
    ----------
    scenarios : mapping of name to Scenario
        All that were simulated; the first is the one studied, the others are compared with it.
    territory : Territory
        With everything that was generated filled in (``territory.provenance.generated`` names it).
    plans : mapping
        ``current``, ``redrawn`` (F15) and ``subdivided`` (F16) -> Plan.
    scorecards : mapping
        The same keys -> one row per community (INTERFACE: scorecard.csv).
    partition : mapping
        ``redrawn`` and ``subdivided`` -> the content of result.json (value, bound, gap, proof ...).
    placement, overlay : DataFrame
        ``seller_id, force, centre, community, overlap`` and the overlay of grid managers on centres (F8).
    targets : DataFrame
        ``stage, level, id, parent, business, measure, value``.
    replications, daily, comparison : DataFrame
        The tables of INTERFACE, all scenarios together.
    tornado : DataFrame or None
        What the assumptions that the scenario doubts change at both ends of their ranges (`one_at_a_time`).
    measures : DataFrame or None
        What each measure of the plan is worth: the plan against the plan without it (`measures`).
    measures_in_worlds : DataFrame or None
        The same for the contribution in worlds drawn from the beliefs (`study.pipeline.measures_in_worlds`).
    sensitivity : DataFrame or None
        That of a what-if (``study.what_if``) of the same scenario.
    validation : DataFrame or None
        ``check, model, low, high, formula``: what the model gives where a closed formula is known.
    horizons : DataFrame or None
        ``scenario, horizon, kpi, mean, low, high``: the KPIs at every horizon of `study.horizons`, from the same runs.
    attainment : DataFrame or None
        ``scenario, stage, level, id, business, target, reached, attainment, low, high, replications``: growth over
        target of the company and of every centre, in every stage that is seen whole.
    robust : mapping or None
        What holds in worlds drawn from the beliefs: content of robust.json.
    worlds, worlds_again : DataFrame or None
        Every scenario in every world, and in those that were run twice with other random numbers.
    run : mapping
        Content of run.json: seeds, versions, hashes, seconds, how to repeat.
    warnings : tuple of Problem
        What every reader must see: oddities of the plan, generated data, limits reached.
    """

    scenarios: Mapping[str, Scenario]
    territory: Territory
    plans: Mapping[str, Plan]
    scorecards: Mapping[str, pd.DataFrame]
    partition: Mapping[str, Mapping[str, Any]]
    placement: pd.DataFrame
    overlay: pd.DataFrame
    targets: pd.DataFrame
    replications: pd.DataFrame
    daily: pd.DataFrame
    comparison: pd.DataFrame
    tornado: pd.DataFrame | None = None
    measures: pd.DataFrame | None = None
    measures_in_worlds: pd.DataFrame | None = None
    sensitivity: pd.DataFrame | None = None
    validation: pd.DataFrame | None = None
    horizons: pd.DataFrame | None = None
    attainment: pd.DataFrame | None = None
    robust: Mapping[str, Any] | None = None
    worlds: pd.DataFrame | None = None
    worlds_again: pd.DataFrame | None = None
    run: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The scenario that was studied."""
        return next(iter(self.scenarios.values()))

    def __str__(self) -> str:
        """Return what was found on one screen."""
        lines = [f"{self.scenario.title.en} on {self.territory.name}: {counted(len(self.territory), 'unit')}"]
        lines += [
            f"  {kind}: {counted(result['communities'], 'community', 'communities')}, "
            f"worst deviation {max(result['worst_deviation'].values()):.1%}, proof: {result['proof']}"
            for kind, result in self.partition.items()
        ]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Return the paired differences of every scenario against the one studied."""
        return self.comparison
