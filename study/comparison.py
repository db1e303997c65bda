"""Several scenarios under the same random numbers: tables, verdicts in words, and files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from scenarios import Problem, Scenario, Territory
from scenarios.atomic import write_text
from study.pipeline import HEADLINES, compare_results, counterfactual_of, decide_all, resolve, simulate_all, warnings_of
from study.progress import Reporter
from study.provenance import describe_run
from study.storage import dump


@dataclass(frozen=True)
class Comparison:
    """Scenarios compared with the first of them.

    Attributes
    ----------
    scenarios : mapping of name to Scenario
    differences : DataFrame
        ``kpi, baseline, scenario, difference, low, high, replications``: paired differences against the first.
    replications, daily : DataFrame
        The tables of INTERFACE, all scenarios together.
    run : mapping
        Content of run.json.
    warnings : tuple of Problem
    """

    scenarios: Mapping[str, Scenario]
    differences: pd.DataFrame
    replications: pd.DataFrame
    daily: pd.DataFrame
    run: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        """Return the headline differences as a table."""
        shown = self.differences[self.differences["kpi"].isin(HEADLINES)]
        return shown.to_string(index=False) if len(shown) else "nothing to compare"

    def _repr_html_(self) -> str:
        return str(self.differences[self.differences["kpi"].isin(HEADLINES)].to_html(index=False, escape=True))

    def to_frame(self) -> pd.DataFrame:
        """Return the differences."""
        return self.differences

    def save(self, folder: Path | str) -> Path:
        """Write replications.csv, daily.csv, comparison.csv and, last, run.json."""
        out = Path(folder)
        for name, table in (
            ("replications", self.replications),
            ("daily", self.daily),
            ("comparison", self.differences),
        ):
            write_text(out / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
        write_text(out / "run.json", dump(self.run))
        return out


def compare(
    *scenarios: Scenario | str,
    territory: Territory | str | Path | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] = (),
) -> Comparison:
    """Simulate scenarios under the same random numbers and compare each with the first.

    Parameters
    ----------
    *scenarios : Scenario or str
        Scenarios, files or names; the first is the baseline.
    territory : Territory, str or Path, optional
        Default: that of the first scenario.
    replications, seed : int, optional
        Default: those of the first scenario.
    jobs : int
        Worker processes; the result does not depend on it.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
    arguments : sequence of str
        What the command line was called with, for run.json.

    Raises
    ------
    InputError
        A scenario or the territory cannot be used.

    Examples
    --------
    >>> compare("plan", "big_bang", replications=10).to_frame()  # doctest: +SKIP
    """
    reporter = reporter or Reporter(quiet=True)
    chosen, ground = resolve(scenarios, territory)
    base = chosen[0]
    seed = base.run.seed if seed is None else seed
    replications = base.run.replications if replications is None else replications
    started = time.perf_counter()
    decisions = decide_all(chosen, ground, seed=seed, solver=solver, reporter=reporter)
    results = simulate_all(
        chosen, decisions, counterfactual_of(base), replications=replications, seed=seed, jobs=jobs, reporter=reporter
    )
    complete = decisions[base.name].territory
    run = describe_run(
        "compare",
        arguments,
        {s.name: s for s in chosen},
        complete,
        seed=seed,
        replications=replications,
        jobs=jobs,
        seconds=time.perf_counter() - started,
        solver=solver,
        events=sum(r.events for r in results.values()),
    )
    return Comparison(
        scenarios={s.name: s for s in chosen},
        differences=compare_results(results),
        replications=pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        daily=pd.concat([r.daily() for r in results.values()], ignore_index=True),
        run=run,
        warnings=(*warnings_of(base, complete), *decisions[base.name].warnings),
    )
