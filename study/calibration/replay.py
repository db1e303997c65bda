"""A scenario beside a history as it stands, nothing fitted: what it would have said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from scenarios import Scenario, Territory
from scenarios.loading.history import History, load_history
from sim.output_analysis.intervals import interval
from study.calibration.calibrate import inputs_for
from study.calibration.moments import Period, moments_of
from study.calibration.simulate import Bench
from study.evaluation.experiment import Experiment


def replay(
    scenario: Scenario | str,
    history: History | str | Path,
    *,
    territory: Territory | str | Path | None = None,
    replications: int | None = None,
    period: Period | None = None,
    normalise: tuple[date, date] | None = None,
    territories: float = 1.0,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
) -> pd.DataFrame:
    """Return what a scenario says of every observed result.

    Parameters
    ----------
    scenario, history, territory, period, normalise, territories, seed, jobs, solver
        As for `study.calibrate`.
    replications : int, optional
        Default: the scenario's.

    Returns
    -------
    DataFrame
        ``period, kpi, business, observed, mean, low, high``: the interval is that of the simulated mean.

    Raises
    ------
    InputError
        Scenario or history cannot be used.

    Examples
    --------
    >>> replay("no_merger", "my_history.csv", territory="my_city/")  # doctest: +SKIP
    """
    experiment = Experiment.set_up(
        [scenario], territory, seed=seed, replications=replications, bare=True, jobs=jobs, solver=solver
    )
    chosen, seed = experiment.first, experiment.seed
    observed = history if isinstance(history, History) else load_history(history, chosen)
    moments = moments_of(observed, chosen, period=period, normalise=normalise, territories=territories)
    inputs, _ = inputs_for(experiment)
    (samples,) = Bench(inputs, moments, seed=seed, jobs=jobs).look([{}], experiment.replications)
    mean, low, high = interval(moments.natural(samples), chosen.study.confidence)
    return moments.labels.assign(observed=moments.observed, mean=mean, low=low, high=high)
