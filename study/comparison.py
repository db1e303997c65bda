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
from scenarios.csvtext import csv_text
from sim import Selection, select_scenario
from sim.sequential import check_watched
from study.pipeline import (
    HEADLINES,
    compare_results,
    counterfactual_of,
    decide_all,
    inputs_of,
    resolve,
    simulate_all,
    warnings_of,
)
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
    together: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The same with intervals that hold for all scenarios at once (Bonferroni); content of comparison_together.csv."""
    run: Mapping[str, Any] = field(default_factory=dict)
    selection: Mapping[str, Any] | None = None
    """The best scenario by one KPI, where that was asked for; content of selection.json."""
    warnings: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        """Return the headline differences as a table."""
        shown = self.differences[self.differences["kpi"].isin(HEADLINES)]
        text = shown.to_string(index=False) if len(shown) else "nothing to compare"
        return text if self.selection is None else f"{text}\n{self.selection['says']}"

    def _repr_html_(self) -> str:
        return str(self.differences[self.differences["kpi"].isin(HEADLINES)].to_html(index=False, escape=True))

    def to_frame(self) -> pd.DataFrame:
        """Return the differences."""
        return self.differences

    def save(self, folder: Path | str) -> Path:
        """Write replications.csv, daily.csv, comparison.csv, selection.json where there is one and, last, run.json."""
        out = Path(folder)
        for name, table in (
            ("replications", self.replications),
            ("daily", self.daily),
            ("comparison", self.differences),
            ("comparison_together", self.together),
        ):
            write_text(out / f"{name}.csv", csv_text(table))
        if self.selection is not None:
            write_text(out / "selection.json", dump(self.selection))
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
    select: str | None = None,
    indifference: float | None = None,
    probability: float = 0.95,
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
    select : str, optional
        KPI by whose mean the best scenario is selected, with further replications where they are needed.
    indifference : float, optional
        Smallest difference of that KPI worth detecting; default: 1 % of the first scenario's mean.
    probability : float
        Of correct selection.

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
    selection = None
    if select is not None:
        values = results[base.name].values
        check_watched([select], list(values.columns))
        delta = abs(float(values[select].mean())) / 100 if indifference is None else indifference
        with reporter.bar(f"select by {select}") as tick:
            chosen_best, table = select_scenario(
                [inputs_of(s, decisions[s.name]) for s in chosen],
                kpi=select,
                indifference=delta,
                probability=probability,
                counterfactual=counterfactual_of(base),
                seed=seed,
                jobs=jobs,
                progress=tick,
            )
        selection = selection_in_words(chosen_best, table, select)
    return Comparison(
        scenarios={s.name: s for s in chosen},
        differences=compare_results(results),
        together=compare_results(results, together=True),
        replications=pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        daily=pd.concat([r.daily() for r in results.values()], ignore_index=True),
        run=run,
        selection=selection,
        warnings=(*warnings_of(base, complete), *decisions[base.name].warnings),
    )


def selection_in_words(found: Selection, table: pd.DataFrame, kpi: str) -> dict[str, Any]:
    """Return the selection as data, with one sentence that says what is claimed and what is not."""
    best = table["scenario"][found.best]
    most = max(found.used)
    if found.decided:
        says = (
            f"best by {kpi}: {best}, with probability of at least {found.probability:.0%} that no other is better by "
            f"more than {found.indifference:,.6g} ({most} replications)"
        )
    else:
        rivals = ", ".join(table["scenario"][i] for i in found.left)
        says = f"best by {kpi}: undecided between {rivals} after {most} replications"
    return {
        "kpi": kpi,
        "best": best if found.decided else None,
        "says": says,
        "decided": found.decided,
        "probability": found.probability,
        "indifference": found.indifference,
        "scenarios": table.to_dict("records"),
    }
