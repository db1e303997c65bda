"""Replications: the same seeded runs of one or several scenarios, on any number of workers, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.atomic_files import write_text
from foundation.parallel import Task, spread
from foundation.plurals import counted
from foundation.result_cache import key_of
from foundation.safe_csv import csv_text
from scenarios import Placement, Plan, Scenario, Targets, Territory
from sim.attainment import growth_by_centre
from sim.kpis import KPIS, Series, daily, kpis
from sim.output_analysis.attainment import COLUMNS, Attained
from sim.output_analysis.horizons import kpis_at_horizons, split_horizons
from sim.output_analysis.inputs import Inputs
from sim.output_analysis.intervals import interval, paired
from sim.output_analysis.number_of_replications import BLOCK, PRECISION, WATCHED, Enough, check_watched, enough
from sim.output_analysis.outcome import Outcome, packed, unpacked
from sim.run import simulate_world
from sim.world.build import World

Tick = Callable[[int, int], None]
BUDGET = 1000
"""Most replications when their number is found by the run itself."""

MOST_AT_ONCE = 8
"""Most replications without a territory that a worker makes in one go; with one they take seconds each."""

KPIS_SHOWN = ("sales", "revenue", "churned", "support_wait_hours", "skill", "dip_depth", "dip_days", "synergy")


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
    enough: Enough | None = None
    """With ``replications="auto"``: from which number the intervals were narrow."""
    earlier: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    """Horizon [working days] before the last day -> the same KPIs as they stand then (`study.horizons`)."""
    attained: Attained | None = None
    """What every replication reached of the growth targets of centres."""

    def __str__(self) -> str:
        """Return the headline KPIs with their intervals."""
        table = self.summary().loc[[k for k in KPIS_SHOWN if k in self.values]]
        runs, days = counted(len(self.values), "replication"), counted(len(self.dates), "working day")
        head = f"{self.scenario.title.en}: {runs} of {days}"
        if self.enough is not None:
            widths = ", ".join(f"{kpi} {width:.2%}" for kpi, width in self.enough.half_width.items())
            when = f"enough from {self.enough.replications} on" if self.enough.replications else "budget spent before"
            head += f"; {when} (half-widths: {widths})"
        return f"{head}\n{table.to_string(float_format=lambda x: f'{x:,.4g}')}"

    def _repr_html_(self) -> str:
        table = self.summary()
        table.insert(0, "unit", [KPIS.get(kpi.split(".", maxsplit=1)[0], ("", ""))[0] for kpi in table.index])
        return str(table.to_html(float_format=lambda x: f"{x:,.4g}"))

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
            what = {"kpi": kpi, "business": business, "force": force}
            about = {"scenario": self.scenario.name, "date": self.dates, **what}
            parts.append(pd.DataFrame({**about, "mean": mean, "low": low, "high": high}))
        return pd.concat(parts, ignore_index=True)

    def attainment(self) -> pd.DataFrame:
        """Return growth over target by stage, centre and business; see `Attained.table`."""
        known = self.attained
        return pd.DataFrame(columns=list(COLUMNS)) if known is None else known.table(self.scenario.study.confidence)

    def save(self, folder: Path | str) -> Path:
        """Write replications.csv, daily.csv and, where targets are, attainment.csv; each whole or not at all."""
        out = Path(folder)
        write_text(out / "replications.csv", csv_text(self.to_frame()))
        write_text(out / "daily.csv", csv_text(self.daily()))
        if len(attainment := self.attainment()):
            write_text(out / "attainment.csv", csv_text(attainment))
        return out


def replicate(
    scenario: Scenario,
    territory: Territory | None = None,
    *,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
    targets: Targets | None = None,
    replications: int | Literal["auto"] | None = None,
    counterfactual: Scenario | None = None,
    seed: int | None = None,
    jobs: int = 1,
    progress: Tick | None = None,
    precision: float = PRECISION,
    watched: Sequence[str] = WATCHED,
    budget: int = BUDGET,
) -> Replications:
    """Simulate a scenario several times.

    Parameters
    ----------
    scenario, territory, plans, placements, targets
        As for `sim.simulate`.
    replications : int or "auto", optional
        Default: the scenario's. ``"auto"``: until the intervals of the watched KPIs are narrow (see
        `sim.output_analysis.number_of_replications`).
    counterfactual : Scenario, optional
        The scenario of no merger, run under the same random numbers; gives dip, break-even and synergy.
    seed : int, optional
        Default: the scenario's.
    jobs : int
        Worker processes; the result is the same, byte for byte.
    progress : callable, optional
        Told how many replications are done, of how many.
    precision : float
        With ``"auto"``: half-width of the interval over the mean.
    watched : sequence of str
        With ``"auto"``: KPIs that must be as precise.
    budget : int
        With ``"auto"``: most replications.

    Raises
    ------
    InputError
        A watched KPI does not exist.
    """
    inputs = Inputs(scenario, territory, plans, placements, targets)
    if replications == "auto":
        return replicate_until(
            inputs,
            counterfactual=counterfactual,
            seed=seed,
            jobs=jobs,
            progress=progress,
            precision=precision,
            watched=watched,
            budget=budget,
        )
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
    horizons: bool = False,
) -> list[Replications]:
    """Simulate several scenarios under the same random numbers; the counterfactual runs once per replication."""
    first = inputs[0]
    count = first.scenario.run.replications if replications is None else replications
    runner = Runner(inputs, counterfactual=counterfactual, seed=seed, jobs=jobs, horizons=horizons)
    return runner.collect(runner.run(range(count), progress))


def replicate_until(
    inputs: Inputs,
    *,
    counterfactual: Scenario | None = None,
    seed: int | None = None,
    jobs: int = 1,
    progress: Tick | None = None,
    precision: float = PRECISION,
    watched: Sequence[str] = WATCHED,
    budget: int = BUDGET,
) -> Replications:
    """Simulate until the intervals of the watched KPIs are narrow, or the budget is spent; see `replicate`."""
    runner = Runner([inputs], counterfactual=counterfactual, seed=seed, jobs=jobs)
    outcomes: list[Outcome] = []
    while True:
        block = range(len(outcomes), min(len(outcomes) + BLOCK, budget))
        base = len(outcomes)
        tick = None if progress is None else (lambda done, _, base=base: progress(base + done, budget))
        outcomes += runner.run(block, tick)
        (result,) = runner.collect(outcomes)
        check_watched(watched, list(result.values.columns))
        found = enough(
            {kpi: result.values[kpi].to_numpy(dtype=np.float64) for kpi in watched},
            precision=precision,
            confidence=inputs.scenario.study.confidence,
        )
        if found.replications is not None or len(outcomes) >= budget:
            return replace(result, enough=found)


class Runner:
    """Worlds built once, and the workers that simulate them.

    Parameters
    ----------
    inputs : sequence of Inputs
        Simulated under the same random numbers.
    counterfactual : Scenario, optional
    seed : int, optional
        Default: that of the first scenario.
    jobs : int
    horizons : read the KPIs at the earlier ones of `study.horizons`, too (`Replications.earlier`)
    """

    def __init__(
        self,
        inputs: Sequence[Inputs],
        *,
        counterfactual: Scenario | None,
        seed: int | None,
        jobs: int,
        horizons: bool = False,
    ) -> None:
        first = inputs[0]
        twin = None if counterfactual is None else Inputs(counterfactual, first.territory)
        self.worlds = [item.world() for item in inputs]
        self.alone = None if twin is None else twin.world()
        self.seed = first.scenario.run.seed if seed is None else seed
        self.jobs, self.horizons = jobs, horizons
        self.most = MOST_AT_ONCE if first.territory is None else 1
        self.content = [item.content(self.seed) for item in inputs]
        self.content_alone = None if twin is None else twin.content(self.seed)

    def run(
        self, numbers: Sequence[int], progress: Tick | None = None, chosen: Sequence[int] | None = None
    ) -> list[Outcome]:
        """Return the outcomes of the replications of these numbers, for all worlds or those chosen by position."""
        chosen = range(len(self.worlds)) if chosen is None else chosen
        worlds = [self.worlds[k] for k in chosen]
        about = ["replication", self.seed, [self.content[k] for k in chosen], self.content_alone, self.horizons]
        of = ", ".join(world.scenario.name for world in worlds)
        return spread(
            _replication,
            (worlds, self.alone, self.seed, self.horizons),
            [Task(number, f"replication {number} of {of}", key_of(*about, number)) for number in numbers],
            jobs=self.jobs,
            batch=max(1, min(self.most, len(numbers) // (4 * self.jobs))),
            pack=packed,
            unpack=unpacked,
            progress=progress,
        )

    def collect(self, outcomes: Sequence[Outcome]) -> list[Replications]:
        """Put the outcomes of all worlds together, scenario by scenario."""
        return [_collect(world, [outcome[i] for outcome in outcomes]) for i, world in enumerate(self.worlds)]


def compare_paired(base: Replications, other: Replications, family: int = 1) -> pd.DataFrame:
    """Return ``kpi, baseline, scenario, difference, low, high, replications``: other minus base, paired.

    With a family of several comparisons each interval is wider, so that all of one KPI hold together with the
    stated confidence (Bonferroni).
    """
    table = paired(base.values, other.values, 1 - (1 - base.scenario.study.confidence) / family)
    table.insert(1, "baseline", base.scenario.name)
    table.insert(2, "scenario", other.scenario.name)
    return table


def _replication(shared: tuple[Sequence[World], World | None, int, bool], number: int) -> Outcome:
    """Run one replication of every world; the counterfactual, where there is one, serves them all."""
    worlds, alone, seed, horizons = shared
    twin = None if alone is None else simulate_world(alone, seed, number)
    results = []
    for world in worlds:
        same = twin is not None and twin.world.scenario.sha256 == world.scenario.sha256
        run = twin if same and twin is not None else simulate_world(world, seed, number)
        found = kpis_at_horizons(run, twin) if horizons else kpis(run, twin)
        results.append((found, daily(run), run.events, growth_by_centre(run).tolist()))
    return results


def _collect(world: World, outcomes: Sequence[tuple[dict[str, float], Series, int, list[Any]]]) -> Replications:
    values, earlier = split_horizons(pd.DataFrame([kpi for kpi, *_ in outcomes]))
    series = {key: np.stack([s[key] for _, s, *_ in outcomes]) for key in outcomes[0][1]}
    attained = Attained.of(world, [growth for *_, growth in outcomes])
    dates = tuple(day.isoformat() for day in world.table.days)
    events = sum(events for _, _, events, _ in outcomes)
    return Replications(world.scenario, values, series, dates, events, earlier=earlier, attained=attained)
