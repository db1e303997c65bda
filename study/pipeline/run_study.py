"""The main job: territory, communities, places, targets, simulation of every timeline, comparison."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import isnan
from pathlib import Path

import pandas as pd

from foundation.parallel import notes_stops
from scenarios import Scenario, Territory
from scenarios.loading.case import case_of
from scenarios.loading.cautions import unreached, warnings_of
from scenarios.loading.inputs import resolve
from scenarios.loading.load import load_alternative
from scenarios.rules.scorecard import scorecard
from study.evaluation.decisions import decide_all
from study.evaluation.differences import compare_results
from study.evaluation.horizons import horizon_table
from study.evaluation.simulate import simulate_all
from study.presentation.progress import Reporter
from study.results.points import Store, point_of
from study.results.record import StudyRecord
from study.results.run_json import describe_run
from study.sensitivity.one_at_a_time import ends_of, tornado

HEADLINES = ("sales", "revenue", "churned", "dip_depth", "dip_days", "synergy")
"""KPIs that a one-screen summary shows; the files hold all."""


@notes_stops
def run_study(
    *scenarios: Scenario | str,
    territory: Territory | str | Path | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] | None = None,
    points: Path | None = None,
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
    points : Path, optional
        Folder for what is kept of every scenario, for the dashboard and what-ifs.

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
    if points is not None:
        store = Store(points, ground, seed, solver)
        for scenario in chosen:
            values = results[scenario.name].values
            kpis = {str(kpi): [None if isnan(v) else v for v in values[kpi].tolist()] for kpi in values}
            store.write(case_of(scenario), point_of(kpis, decisions[scenario.name], scenario))
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
        horizons=horizon_table(results),
        run=run,
        warnings=(*warnings_of(first, base.territory), *base.warnings, *unreached(chosen, base.territory)),
    )
