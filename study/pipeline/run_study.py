"""The main job: territory, communities, places, targets, simulation of every timeline, comparison."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from scenarios import InputError, Problem, Scenario, Territory, load_scenario
from scenarios.loading.load import load_alternative
from scenarios.rules.scorecard import scorecard
from scenarios.rules.timetable import timetable
from scenarios.schema.organisation import Calendar
from scenarios.territory.load import load_territory
from sim import Replications, compare_paired
from study.evaluation.decisions import Decisions, decide, decide_again, decision_key
from study.evaluation.simulate import simulate_all
from study.presentation.progress import Reporter
from study.results.record import StudyRecord
from study.results.run_json import describe_run
from study.sensitivity.one_at_a_time import ends_of, tornado

HEADLINES = ("sales", "revenue", "churned", "dip_depth", "dip_days", "synergy")
"""KPIs that a one-screen summary shows; the files hold all."""

CENSORED = ("break_even_date",)
"""KPIs that a run lacks because the study ends before."""


def run_study(
    *scenarios: Scenario | str,
    territory: Territory | str | Path | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] | None = None,
) -> StudyRecord:
    """Run the whole study.

    Parameters
    ----------
    *scenarios : Scenario or str
        Scenarios, files or names; the first is the one studied, the others are compared with it under the same
        random numbers. With one (default: the plan) its own alternatives are put on top of it and compared.
    territory : Territory, str or Path, optional
        Default: that of the first scenario.
    replications, seed : int, optional
        Default: those of the first scenario.
    jobs : int
        Worker processes; the result does not depend on it.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
        Shows progress.
    arguments : sequence of str, optional
        What the command line was called with, for run.json.

    Returns
    -------
    StudyRecord

    Raises
    ------
    InputError, InfeasibleError, LimitError
        As the parts raise them.
    """
    reporter = reporter or Reporter(quiet=True)
    chosen, ground = resolve(scenarios or ("plan",), territory)
    first = chosen[0]
    if len(chosen) == 1:
        chosen += [load_alternative(first, name) for name in first.study.alternatives]
    seed = first.run.seed if seed is None else seed
    replications = first.run.replications if replications is None else replications
    ends = ends_of(first)
    started = time.perf_counter()

    decisions = decide_all(chosen, ground, seed=seed, solver=solver, jobs=jobs, reporter=reporter)
    base = decisions[first.name]
    results, _ = simulate_all(
        chosen,
        decisions,
        replications=replications,
        seed=seed,
        jobs=jobs,
        reporter=reporter,
    )
    comparison = compare_results(results)
    hangs_on = tornado(ends, base, results[first.name], seed=seed, jobs=jobs, reporter=reporter) if ends else None
    run = describe_run(
        "study",
        arguments,
        {s.name: s for s in chosen},
        base.territory,
        seed=seed,
        replications=replications,
        jobs=jobs,
        seconds=time.perf_counter() - started,
        solver=solver,
        events=sum(r.events for r in results.values()),
    )
    return StudyRecord(
        scenarios={s.name: s for s in chosen},
        territory=base.territory,
        plans=base.plans,
        scorecards={kind: scorecard(base.territory, plan, base.plans["current"]) for kind, plan in base.plans.items()},
        partition={kind: result.to_dict() for kind, result in base.partitions.items()},
        placement=base.placement.to_frame(),
        overlay=base.placement.overlay,
        targets=base.targets.to_frame(),
        replications=pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        daily=pd.concat([r.daily() for r in results.values()], ignore_index=True),
        comparison=comparison,
        tornado=hangs_on,
        run=run,
        warnings=(*warnings_of(first, base.territory), *base.warnings, *_unreached(chosen, base.territory)),
    )


def resolve(
    scenarios: Sequence[Scenario | str], territory: Territory | str | Path | None
) -> tuple[list[Scenario], Territory]:
    """Load what is given by name; every problem of every scenario at once.

    Raises
    ------
    InputError
        A scenario or the territory cannot be loaded, two scenarios share a name, or no territory is given.
    """
    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for item in scenarios:
        try:
            scenario = load_scenario(item) if isinstance(item, str) else item
        except InputError as error:
            problems.extend(error.problems)
            continue
        if scenario.name in [other.name for other in loaded]:
            problems.append(
                Problem("scenario", scenario.name, "two scenarios have this name", "Rename one of the two.")
            )
        if loaded and _clock(scenario) != _clock(loaded[0]):
            rule = f"its calendar or number of days differs from that of {loaded[0].name}, so days cannot be compared"
            problems.append(Problem(f"{scenario.name}: run.days", scenario.run.days, rule, "Give all the same --set."))
        loaded.append(scenario)
    if problems:
        raise InputError(problems)
    source = territory if territory is not None else loaded[0].territory.source
    if source is None:
        raise InputError(Problem("territory.source", "empty", "the study needs a territory", "Name one."))
    return loaded, source if isinstance(source, Territory) else load_territory(source)


def _clock(scenario: Scenario) -> tuple[Calendar, int, int]:
    return scenario.calendar, scenario.run.days, scenario.run.warm_up_days


def decide_all(
    scenarios: Sequence[Scenario], territory: Territory, *, seed: int, solver: str, jobs: int, reporter: Reporter
) -> dict[str, Decisions]:
    """Decide for every scenario; those that differ only in dates and weights share communities and places."""
    made: dict[str, Decisions] = {}
    result: dict[str, Decisions] = {}
    for scenario in scenarios:
        key = decision_key(scenario)
        if key in made:
            result[scenario.name] = decide_again(made[key], scenario)
            continue
        with reporter.busy(scenario.name) as step:
            made[key] = decide(scenario, territory, seed=seed, solver=solver, jobs=jobs, say=step)
        result[scenario.name] = made[key]
    return result


def compare_results(results: Mapping[str, Replications], *, together: bool = False) -> pd.DataFrame:
    """Return the paired differences of every scenario against the first, all KPIs below one another.

    ``together``: intervals that hold for all scenarios at once.
    """
    base, *others = results.values()
    if not others:
        columns = ["kpi", "baseline", "scenario", "difference", "low", "high", "replications"]
        return pd.DataFrame({c: pd.Series(dtype=object) for c in columns})
    return pd.concat([compare_pair(base, other, len(others) if together else 1) for other in others], ignore_index=True)


def compare_pair(base: Replications, other: Replications, family: int = 1) -> pd.DataFrame:
    """Return the paired differences of two scenarios, with intervals that hold for a family of comparisons.

    Where a date is not reached within the study in every run of both, the runs that do reach it are those in which it
    comes early, and their difference says nothing of the others: it gets no interval, and nobody can tell.
    """
    table = compare_paired(base, other, family)
    pairs = len(base.values.index.intersection(other.values.index))
    table.loc[table["kpi"].isin(CENSORED) & (table["replications"] < pairs), ["low", "high"]] = np.nan
    return table


def warnings_of(scenario: Scenario, territory: Territory | None = None) -> tuple[Problem, ...]:
    """Return what every reader of a result must see: the plan's oddities, and what in the territory is not measured."""
    found = [
        Problem(f.at, f.printed, f"{f.id}: {f.says.en}", f"Assumed: {f.taken}.", "warning") for f in scenario.findings
    ]
    if territory is not None:
        source = territory.provenance
        if source.synthetic:
            found.append(
                Problem(
                    f"territory {territory.name}",
                    None,
                    "it is synthetic: no street, person or figure in it is real",
                    "Bring your own territory with --territory.",
                    "warning",
                )
            )
        if source.generated:
            found.append(
                Problem(
                    f"territory {territory.name}",
                    ", ".join(source.generated),
                    "these were missing and generated from the scenario's rates (territory.rates)",
                    "Add them to the territory.",
                    "warning",
                )
            )
        found.extend(Problem(f"territory {territory.name}", None, note, "", "warning") for note in source.notes)
    return tuple(found)


def _unreached(scenarios: Sequence[Scenario], territory: Territory) -> list[Problem]:
    """Return a warning for each scenario whose last phase has not begun everywhere when the study ends."""
    found = []
    for scenario in scenarios:
        if not scenario.phases:
            continue
        table = timetable(scenario, territory.units["centre"].astype(str))
        late = [c for i, c in enumerate(table.centres) if int(table.phase[i, -1]) < len(scenario.phases) - 1]
        if late:
            found.append(
                Problem(
                    f"scenario {scenario.name}",
                    scenario.phases[-1].name,
                    f"this phase has not begun in {len(late)} of {len(table.centres)} centres when the study ends "
                    f"({table.days[-1]}), so its gains are not counted",
                    "Lengthen the study with --set run.days=...",
                    "warning",
                )
            )
    return found
