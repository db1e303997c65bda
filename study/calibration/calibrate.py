"""Fit a scenario to a history, and say how sure that is, how well it fits, and what the history cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.messages import Joined, Message
from foundation.parallel import notes_stops
from scenarios import InputError, Problem, Scenario, Territory
from scenarios.loading.cautions import warnings_of
from scenarios.loading.history import History, load_history
from scenarios.schema.fields import named_after
from sim import Inputs
from study.calibration.estimates import ENDING, calibrated, estimates_table, statement_of
from study.calibration.estimator import Fit, Settings, estimate
from study.calibration.hold_out import held_out, predicted
from study.calibration.moments import Moments, Period, moments_of
from study.calibration.parameters import PRIOR, Parameter, default_keys, parameters_of
from study.calibration.result import Calibration
from study.calibration.simulate import Bench
from study.evaluation.experiment import Experiment
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Reporter

Fits = Mapping[str, tuple[float, float] | None]

HOLD_OUT = 0.25
"""Share of the periods, the last ones, that are hidden to measure the error out of sample."""

WITHOUT_TERRITORY = ("support_requests", "support_wait_hours")
"""What a laboratory scenario, which has a support desk and nobody else, can be compared by."""

RUNS_AT_THE_END = 60
"""Least runs at the estimate: half of them weigh the moments, half give the intervals."""


@notes_stops
def calibrate(
    scenario: Scenario | str,
    history: History | str | Path,
    fit: Fits | None = None,
    *,
    territory: Territory | str | Path | None = None,
    replications: int = 8,
    rounds: int = 3,
    hold_out: float = HOLD_OUT,
    noise: float = 0.0,
    prior: float = PRIOR,
    period: Period | None = None,
    normalise: tuple[date, date] | None = None,
    territories: float = 1.0,
    seed: int | None = None,
    jobs: int = 1,
    cache: Path | str | None = None,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] = (),
) -> Calibration:
    """Fit parameters of a scenario to observed results by simulated moments.

    Parameters
    ----------
    scenario : Scenario or str
    history : History, str or Path
        Observed results by day or month; see docs/calibration.md.
    fit : mapping of dotted key to (low, high) or None, optional
        What is fitted between which bounds; default: what speaks most directly through the observed KPIs, between a
        third and three times the scenario's value.
    territory : Territory, str or Path, optional
        Default: the scenario's.
    replications : int
        Runs of each simulated point, under the same random numbers.
    rounds : int
        Each looks at a smaller part of the bounds.
    hold_out : float
        Share of the periods that is hidden once to measure the error out of sample; 0: none.
    noise : float
        Standard deviation of the measurement as a share of each value, where the history states no error.
    prior : float
        Standard deviation of the prior about the scenario's values as a share of the range; 0: none.
    period : {"day", "week", "month"}, optional
        What the days of a daily history are put together to; default: weeks.
    normalise : (date, date), optional
        Divide every series by its mean between two days: only the shape counts.
    territories : float
        How many territories like the simulated one the history adds up.
    seed : int, optional
        Default: the scenario's.
    jobs : int
        Worker processes; the result does not depend on it.
    cache : Path, optional
        Folder of finished points: an interrupted calibration goes on from there.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
    arguments : sequence of str
        What the command line was called with, for run.json.

    Returns
    -------
    Calibration

    Raises
    ------
    InputError
        Scenario, history or parameters cannot be used; every problem at once.

    Examples
    --------
    >>> calibrate("plan", "my_history.csv", {"selling.conversion.fixed": (0.01, 0.05)})  # doctest: +SKIP
    """
    experiment = Experiment.set_up(
        [scenario],
        territory,
        seed=seed,
        replications=replications,
        bare=True,
        jobs=jobs,
        solver=solver,
        reporter=reporter,
    )
    chosen, seed, reporter = experiment.first, experiment.seed, experiment.reporter
    observed, parameters = read_all(chosen, history, fit, prior)
    _check(hold_out, noise, territories, rounds, replications)
    _check_told(experiment, observed)
    moments = moments_of(observed, chosen, period=period, noise=noise, normalise=normalise, territories=territories)
    _check_enough(moments, parameters)
    settings = Settings(replications, max(RUNS_AT_THE_END, 2 * replications), rounds, chosen.study.confidence, seed)
    inputs, warnings = inputs_for(experiment)
    bench = Bench(inputs, moments, seed=seed, jobs=jobs, cache=cache)
    found = _estimate(bench, parameters, settings, None, reporter, "fit")
    hidden, foretold, notes = _hide(bench, parameters, settings, hold_out, reporter)
    table = _fit_table(bench, parameters, found, settings, hidden, foretold)
    estimates = estimates_table(parameters, found)
    statement = statement_of(chosen, observed, moments, parameters, found, estimates, table, settings)
    new = calibrated(chosen, observed, estimates, settings.confidence)
    read = [Problem(observed.name, None, note, "", "warning") for note in observed.notes]
    run = experiment.run_json(
        "calibrate", arguments, inputs.territory, simulated=bench.computed, history=observed.sha256
    )
    return Calibration(new, estimates, table, statement, run, (*read, *warnings, *notes))


def read_all(
    scenario: Scenario, history: History | str | Path, fit: Fits | None, prior: float
) -> tuple[History, tuple[Parameter, ...]]:
    """Return the history and the parameters; the problems of both at once.

    Raises
    ------
    InputError
        Every problem.
    """
    problems: list[Problem] = []
    try:
        named_after(scenario.name, ENDING)
    except InputError as error:
        problems += error.problems
    observed: History | None = history if isinstance(history, History) else None
    try:
        if not isinstance(history, History):
            observed = load_history(history, scenario)
    except InputError as error:
        problems += error.problems
    if fit is None:
        fit = {} if observed is None else dict.fromkeys(default_keys(observed))
    parameters: tuple[Parameter, ...] = ()
    try:
        if fit or observed is not None:
            parameters = parameters_of(scenario, fit, prior)
    except InputError as error:
        problems += error.problems
    if problems or observed is None:
        raise InputError(problems)
    return observed, parameters


def _check(hold_out: float, noise: float, territories: float, rounds: int, replications: int) -> None:
    rules = (
        ("hold_out", hold_out, 0 <= hold_out <= 0.5, Message("it must lie between 0 and 0.5")),
        ("noise", noise, 0 <= noise < np.inf, Message("it must be a number of at least 0")),
        ("territories", territories, 0 < territories < np.inf, Message("it must be a number above 0")),
        ("rounds", rounds, rounds >= 1, Message("there must be at least one")),
        (
            "replications",
            replications,
            replications >= 2,
            Message("there must be at least two, or chance cannot be seen"),
        ),
    )
    problems = [
        Problem(name, value, rule, Message("Give another value.")) for name, value, holds, rule in rules if not holds
    ]
    if problems:
        raise InputError(problems)


def _check_told(experiment: Experiment, observed: History) -> None:
    """Refuse results of people whom a laboratory scenario does not have: nothing fitted could ever reach them."""
    if experiment.ground is not None:
        return
    found = sorted({str(kpi) for kpi in observed.table["kpi"]} - set(WITHOUT_TERRITORY))
    if found:
        rule = Message("a scenario without a territory knows {names} alone", names=Joined(WITHOUT_TERRITORY, " and "))
        remedy = Message("Leave these out, or name a territory with --territory.")
        raise InputError(Problem("history", ", ".join(found), rule, remedy))


def _check_enough(moments: Moments, parameters: Sequence[Parameter]) -> None:
    if len(moments) < len(parameters):
        rule = Message("{count} {count:parameter|parameters} cannot be fitted to so few values", count=len(parameters))
        raise InputError(
            Problem(
                "history",
                Message("{count} {count:value|values}", count=len(moments)),
                rule,
                Message("Fit fewer, put days together to shorter periods, or wait."),
            )
        )


def inputs_for(experiment: Experiment) -> tuple[Inputs, tuple[Problem, ...]]:
    """Decide once: nothing that is fitted moves a boundary, a place or a target."""
    scenario = experiment.first
    if experiment.ground is None:
        return Inputs(scenario), ()
    made = experiment.decide()[scenario.name]
    return inputs_of(scenario, made), (*warnings_of(scenario, made.territory), *made.warnings)


def _estimate(
    bench: Bench,
    parameters: Sequence[Parameter],
    settings: Settings,
    used: NDArray[np.bool_] | None,
    reporter: Reporter,
    what: str,
) -> Fit:
    with reporter.steps(what) as tick:
        return estimate(bench, parameters, settings, used=used, tick=tick)


def _hide(
    bench: Bench, parameters: Sequence[Parameter], settings: Settings, share: float, reporter: Reporter
) -> tuple[NDArray[np.bool_], pd.DataFrame | None, list[Problem]]:
    """Fit once more without the last part, and foretell it; say so where the history is too short for that."""
    hidden = held_out(bench.moments, share)
    if share == 0 or not hidden.any() or (~hidden).sum() < len(parameters):
        rule = Message("the history is too short to hide a part of it, so the error out of sample is not known")
        note = Problem(
            "history",
            Message("{count} {count:value|values}", count=len(bench.moments)),
            rule,
            Message("Observe longer."),
            "warning",
        )
        return np.zeros(len(bench.moments), dtype=bool), None, [note] if share > 0 else []
    fit = _estimate(bench, parameters, settings, ~hidden, reporter, "fit without the last part")
    return hidden, predicted(bench, parameters, fit, settings), []


def _fit_table(
    bench: Bench,
    parameters: Sequence[Parameter],
    found: Fit,
    settings: Settings,
    hidden: NDArray[np.bool_],
    foretold: pd.DataFrame | None,
) -> pd.DataFrame:
    moments = bench.moments
    (before,) = bench.look([{p.key: p.before for p in parameters}], settings.last_runs)
    table = moments.labels.assign(observed=moments.observed, before=moments.natural(before).mean(axis=0))
    said = predicted(bench, parameters, found, settings)
    table = table.assign(fitted=said["mean"], low=said["low"], high=said["high"], hidden=hidden.astype(int))
    none = np.full(len(moments), np.nan)
    for name, column in (("foretold", "mean"), ("foretold_low", "low"), ("foretold_high", "high")):
        table[name] = none if foretold is None else np.where(hidden, foretold[column], np.nan)
    return table
