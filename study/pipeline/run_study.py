"""The main job: territory, communities, places, targets, simulation of every timeline, comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

import pandas as pd

from foundation.parallel import notes_stops
from scenarios import Scenario, Territory
from scenarios.loading.case import Case
from scenarios.loading.cautions import unreached, warnings_of
from scenarios.rules.scorecard import scorecard
from sim import Replications
from study.evaluation.attainment import attainment_of
from study.evaluation.decisions import Decisions, who_works_where
from study.evaluation.differences import compare_results
from study.evaluation.experiment import Experiment
from study.evaluation.horizons import horizon_table
from study.evaluation.points import Store, point_of
from study.evaluation.simulate import simulate_all
from study.pipeline.measures_in_worlds import measures_in_worlds
from study.presentation.progress import Reporter
from study.results.record import StudyRecord
from study.robustness.run import robust_of, worlds_asked
from study.sensitivity.measures import decide_without, plans_without, worth_of_measures
from study.sensitivity.one_at_a_time import ends_of, tornado


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
    worlds: int | None = None,
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
    worlds : int, optional
        Worlds drawn from the beliefs; 0 leaves them out. Default: those of the first scenario.
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
    experiment = Experiment.set_up(
        scenarios or ("plan",),
        territory,
        seed=seed,
        replications=replications,
        alternatives=True,
        jobs=jobs,
        solver=solver,
        reporter=reporter,
    )
    first = experiment.first
    ends, without = ends_of(first), plans_without(first)
    worlds = worlds_asked(experiment, worlds)

    decisions = experiment.decide()
    base = decisions[first.name]
    results, _ = simulate_all(experiment.cases, decisions, experiment.replications, **experiment.how)
    if points is not None:
        _keep_points(Store(points, experiment.territory, experiment.seed, solver), experiment.cases, results, decisions)
    comparison = compare_results(results)
    plan = results[first.name]
    hangs_on = tornado(ends, base, plan, **experiment.how) if ends else None
    made = decide_without(without, first, base, solver=solver, **experiment.how) if without else {}
    worth = worth_of_measures(without, made, plan, **experiment.how) if without else None
    holds, outcomes = robust_of(experiment, decisions, worlds) if worlds else (None, None)
    worth_there = measures_in_worlds(without, made, outcomes, **experiment.how) if without and outcomes else None
    events = sum(r.events for r in results.values())
    run = experiment.run_json("study", arguments, base.territory, events=events, worlds=worlds)
    return StudyRecord(
        scenarios=experiment.named,
        territory=base.territory,
        plans=base.plans,
        scorecards={kind: scorecard(base.territory, plan, base.plans["current"]) for kind, plan in base.plans.items()},
        partition={kind: result.to_dict() for kind, result in base.partitions.items()},
        placement=who_works_where(first, base),
        overlay=base.placement.overlay,
        targets=base.targets.to_frame(),
        replications=pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        daily=pd.concat([r.daily() for r in results.values()], ignore_index=True),
        comparison=comparison,
        tornado=hangs_on,
        measures=worth,
        measures_in_worlds=worth_there,
        horizons=horizon_table(results),
        attainment=attainment_of(results),
        robust=None if holds is None else holds.answer,
        worlds=None if holds is None else holds.worlds,
        worlds_again=None if holds is None else holds.again,
        run=run,
        warnings=(
            *warnings_of(first, base.territory),
            *base.warnings,
            *unreached(experiment.scenarios, base.territory),
        ),
    )


def _keep_points(
    store: Store, cases: Sequence[Case], results: Mapping[str, Replications], decisions: Mapping[str, Decisions]
) -> None:
    """Keep every scenario as a finished point, which the dashboard shows without computing it again."""
    for case in cases:
        name, result = case.scenario.name, results[case.scenario.name]
        values, attained = result.values, {} if result.attained is None else result.attained.plain()
        kpis = {str(kpi): [None if isnan(v) else v for v in values[kpi].tolist()] for kpi in values}
        store.write(case, point_of(kpis, attained, decisions[name], case.scenario))
