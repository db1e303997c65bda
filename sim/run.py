"""One replication: set the processes going, let the days pass, hand over what was recorded."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from foundation.atomic_files import write_text
from foundation.safe_csv import csv_text
from scenarios import Placement, Plan, Scenario, Targets, Territory
from sim.kpis import KPIS, daily, kpis
from sim.start import after_usual_days, collector_resting, started
from sim.state.recording import Recording
from sim.world.build import World, build_world


class Run(Recording):
    """What one replication recorded, with its KPIs as tables."""

    def to_frame(self) -> pd.DataFrame:
        """Return ``kpi, value``: the KPIs of this one replication (no interval: that needs several)."""
        return pd.DataFrame(kpis(self).items(), columns=["kpi", "value"])

    def daily(self) -> pd.DataFrame:
        """Return ``date, kpi, business, force, value``: what each working day brought."""
        days = [day.isoformat() for day in self.world.table.days]
        parts = [
            pd.DataFrame({"date": days, "kpi": kpi, "business": business, "force": force, "value": values})
            for (kpi, business, force), values in daily(self).items()
        ]
        return pd.concat(parts, ignore_index=True)

    def save(self, folder: Path | str) -> Path:
        """Write kpis.csv and daily.csv, each whole or not at all."""
        out = Path(folder)
        write_text(out / "kpis.csv", csv_text(self.to_frame()))
        write_text(out / "daily.csv", csv_text(self.daily()))
        return out

    def _repr_html_(self) -> str:
        table = self.to_frame()
        table.insert(1, "unit", [KPIS.get(kpi.split(".", maxsplit=1)[0], ("", ""))[0] for kpi in table["kpi"]])
        head = f"{self.world.scenario.title.en}: replication {self.replication}, {self.events} events"
        return f"<p>{html.escape(head)}</p>{table.to_html(index=False, float_format=lambda x: f'{x:,.4g}')}"

    def __str__(self) -> str:
        """Return the KPIs that have no business, force or stage behind a dot."""
        table = self.to_frame()
        shown = table[~table["kpi"].str.contains(".", regex=False)]
        head = f"{self.world.scenario.title.en}: replication {self.replication}, {self.events} events"
        return f"{head}\n{shown.to_string(index=False, float_format=lambda x: f'{x:,.4g}')}"


def simulate(
    scenario: Scenario,
    territory: Territory | None = None,
    *,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
    targets: Targets | None = None,
    replication: int = 0,
    seed: int | None = None,
) -> Run:
    """Simulate one replication of a scenario.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory, optional
        Complete (centres, communities, sellers, outlets, halls); none: one centre with nothing but its support desk.
    plans : mapping, optional
        ``current``, ``redrawn``, ``subdivided`` -> Plan; a missing one falls back to today's communities.
    placements : mapping, optional
        ``redrawn``, ``subdivided`` -> Placement; without one, sellers go where most of what they know lies.
    targets : Targets, optional
        For attainment.
    replication : int
        Number of the seeded run.
    seed : int, optional
        Default: the scenario's.

    Returns
    -------
    Run
        The same for the same inputs, seed and replication, whatever else is run.
    """
    world = after_usual_days(build_world(scenario, territory, plans=plans, placements=placements, targets=targets))
    return simulate_world(world, scenario.run.seed if seed is None else seed, replication)


def simulate_world(world: World, seed: int, replication: int) -> Run:
    """Simulate one replication of a world that is already built."""
    with collector_resting():
        return _simulated(world, seed, replication)


def _simulated(world: World, seed: int, replication: int) -> Run:
    model, last_evening = started(world, seed, replication)
    model.env.run(until=last_evening)
    model.records.waiting, model.records.passed_on_waiting = model.waiting()
    return Run(world, replication, model.records, _events(model.env))


def _events(env: object) -> int:
    """Return how many events were scheduled so far (SimPy numbers them)."""
    return int(next(env._eid))  # type: ignore[attr-defined]
