"""Replications: the same seeded runs of one or several scenarios, on any number of workers, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from scenarios import Placement, Plan, Scenario, Targets, Territory
from scenarios.atomic import write_text
from sim.kpis import Series, daily, kpis
from sim.run import simulate_world
from sim.statistics import interval, paired
from sim.world import World, build_world

Tick = Callable[[int, int], None]
HEADLINES = ("sales", "revenue", "churned", "support_wait_hours", "skill", "dip_depth", "dip_days", "synergy")


@dataclass(frozen=True)
class Inputs:
    """What is simulated: a scenario on a territory, with the decisions made for it."""

    scenario: Scenario
    territory: Territory | None = None
    plans: Mapping[str, Plan] | None = None
    placements: Mapping[str, Placement] | None = None
    targets: Targets | None = None

    def world(self) -> World:
        """Build the arrays."""
        return build_world(
            self.scenario, self.territory, plans=self.plans, placements=self.placements, targets=self.targets
        )


@dataclass(frozen=True)
class Replications:
    """The replications of one scenario.

    Attributes
    ----------
    scenario : Scenario
    values : DataFrame
        Replications as rows, KPIs as columns (`sim.kpis.KPIS` gives units and definitions).
    series : mapping
        (kpi, business, force) -> daily values, shape (replications, days).
    dates : tuple of str
        Working days, ISO.
    events : int
        SimPy events of all runs together.
    """

    scenario: Scenario
    values: pd.DataFrame
    series: Mapping[tuple[str, str, str], NDArray[np.float64]]
    dates: tuple[str, ...]
    events: int

    def __str__(self) -> str:
        """Return the headline KPIs with their intervals."""
        table = self.summary().loc[[k for k in HEADLINES if k in self.values]]
        head = f"{self.scenario.title.en}: {len(self.values)} replications of {len(self.dates)} working days"
        return f"{head}\n{table.to_string(float_format=lambda x: f'{x:,.4g}')}"

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(float_format=lambda x: f"{x:,.4g}"))

    def summary(self) -> pd.DataFrame:
        """Return mean, low and high of every KPI, indexed by KPI."""
        mean, low, high = interval(self.values.to_numpy(dtype=np.float64), self.scenario.study.confidence)
        return pd.DataFrame({"mean": mean, "low": low, "high": high}, index=self.values.columns)

    def to_frame(self) -> pd.DataFrame:
        """Return ``scenario, replication, kpi, value``."""
        values = self.values.rename_axis(index="replication").reset_index()
        table = values.melt(id_vars="replication", var_name="kpi", value_name="value")
        table.insert(0, "scenario", self.scenario.name)
        return table.sort_values("replication", kind="stable", ignore_index=True)

    def daily(self) -> pd.DataFrame:
        """Return ``scenario, date, kpi, business, force, mean, low, high``."""
        parts = []
        for (kpi, business, force), values in self.series.items():
            mean, low, high = interval(values, self.scenario.study.confidence)
            parts.append(
                pd.DataFrame(
                    {
                        "scenario": self.scenario.name,
                        "date": self.dates,
                        "kpi": kpi,
                        "business": business,
                        "force": force,
                        "mean": mean,
                        "low": low,
                        "high": high,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def save(self, folder: Path | str) -> Path:
        """Write replications.csv and daily.csv, each whole or not at all."""
        out = Path(folder)
        write_text(out / "replications.csv", self.to_frame().to_csv(index=False, lineterminator="\n"))
        write_text(out / "daily.csv", self.daily().to_csv(index=False, lineterminator="\n"))
        return out


def replicate(
    scenario: Scenario,
    territory: Territory | None = None,
    *,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
    targets: Targets | None = None,
    replications: int | None = None,
    counterfactual: Scenario | None = None,
    seed: int | None = None,
    jobs: int = 1,
    progress: Tick | None = None,
) -> Replications:
    """Simulate a scenario several times.

    Parameters
    ----------
    scenario, territory, plans, placements, targets
        As for `sim.simulate`.
    replications, seed : int, optional
        Default: the scenario's.
    counterfactual : Scenario, optional
        The scenario of no merger, run under the same random numbers; gives dip, break-even and synergy.
    jobs : int
        Worker processes; the result is the same, byte for byte.
    progress : callable, optional
        Told how many replications are done, of how many.
    """
    inputs = Inputs(scenario, territory, plans, placements, targets)
    (result,) = replicate_all(
        [inputs], replications=replications, counterfactual=counterfactual, seed=seed, jobs=jobs, progress=progress
    )
    return result


def replicate_all(
    inputs: Sequence[Inputs],
    *,
    replications: int | None = None,
    counterfactual: Scenario | None = None,
    seed: int | None = None,
    jobs: int = 1,
    progress: Tick | None = None,
) -> list[Replications]:
    """Simulate several scenarios under the same random numbers; the counterfactual runs once per replication."""
    first = inputs[0]
    count = first.scenario.run.replications if replications is None else replications
    root = first.scenario.run.seed if seed is None else seed
    worlds = [item.world() for item in inputs]
    alone = None if counterfactual is None else Inputs(counterfactual, first.territory).world()
    tasks = (delayed(_replication)(worlds, alone, root, number) for number in range(count))
    finished = []
    for done, outcome in enumerate(Parallel(n_jobs=jobs, return_as="generator", batch_size=1)(tasks), start=1):
        finished.append(outcome)
        if progress is not None:
            progress(done, count)
    return [_collect(world, [outcome[i] for outcome in finished]) for i, world in enumerate(worlds)]


def compare_paired(base: Replications, other: Replications) -> pd.DataFrame:
    """Return ``kpi, baseline, scenario, difference, low, high, replications``: other minus base, paired."""
    table = paired(base.values, other.values, base.scenario.study.confidence)
    table.insert(1, "baseline", base.scenario.name)
    table.insert(2, "scenario", other.scenario.name)
    return table


def _replication(
    worlds: Sequence[World], alone: World | None, seed: int, number: int
) -> list[tuple[dict[str, float], Series, int]]:
    """Run one replication of every world; the counterfactual, where there is one, serves them all."""
    twin = None if alone is None else simulate_world(alone, seed, number)
    results = []
    for world in worlds:
        same = twin is not None and twin.world.scenario.sha256 == world.scenario.sha256
        run = twin if same and twin is not None else simulate_world(world, seed, number)
        results.append((kpis(run, twin), daily(run), run.events))
    return results


def _collect(world: World, outcomes: Sequence[tuple[dict[str, float], Series, int]]) -> Replications:
    values = pd.DataFrame([kpi for kpi, _, _ in outcomes])
    series = {key: np.stack([s[key] for _, s, _ in outcomes]) for key in outcomes[0][1]}
    dates = tuple(day.isoformat() for day in world.table.days)
    return Replications(world.scenario, values, series, dates, sum(events for _, _, events in outcomes))
