"""Fit a scenario to a history, and say how sure that is, how well it fits, and what the history cannot tell."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios import InputError, Problem, Scenario, Territory, load_scenario
from scenarios.history import History, load_history
from scenarios.load import with_settings
from scenarios.territory_files import load_territory
from sim import Inputs
from study.calibration.bench import Bench, Tick
from study.calibration.estimator import Fit, Settings, estimate
from study.calibration.identify import correlations, directions, learned, pairs
from study.calibration.moments import Moments, Period, moments_of
from study.calibration.outside import held_out, out_of_sample, predicted
from study.calibration.parameters import PRIOR, Parameter, default_keys, parameters_of, to_values
from study.calibration.result import Calibration
from study.calibration.words import in_words
from study.decide import decide
from study.pipeline import warnings_of
from study.progress import Reporter
from study.provenance import describe_run

Floats = NDArray[np.float64]
Fits = Mapping[str, tuple[float, float] | None]

HOLD_OUT = 0.25
"""Share of the periods, the last ones, that are hidden to measure the error out of sample."""

RUNS_AT_THE_END = 60
"""Least runs at the estimate: half of them weigh the moments, half give the intervals."""


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
    started, reporter = time.perf_counter(), reporter or Reporter(quiet=True)
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    observed, parameters = read_all(chosen, history, fit, prior)
    _check(hold_out, noise, territories, rounds, replications)
    moments = moments_of(
        observed, chosen, period=period, noise=noise, normalise=normalise, territories=territories
    )
    _check_enough(moments, parameters)
    seed = chosen.run.seed if seed is None else seed
    settings = Settings(replications, max(RUNS_AT_THE_END, 2 * replications), rounds, chosen.study.confidence, seed)
    inputs, warnings = _inputs(chosen, territory, seed, solver, reporter)
    bench = Bench(inputs, moments, seed=seed, jobs=jobs, cache=cache)
    found = _estimate(bench, parameters, settings, None, reporter, "fit")
    hidden, foretold, notes = _hide(bench, parameters, settings, hold_out, reporter)
    table = _fit_table(bench, parameters, found, settings, hidden, foretold)
    estimates = _estimates(parameters, found)
    statement = _statement(chosen, observed, moments, parameters, found, estimates, table, settings, bench)
    new = _scenario(chosen, observed, estimates, settings.confidence)
    run = describe_run(
        "calibrate", arguments, {chosen.name: chosen}, inputs.territory, seed=seed, replications=replications, jobs=jobs,
        seconds=time.perf_counter() - started, solver=solver, simulated=bench.computed, history=observed.sha256,
    )  # fmt: skip
    return Calibration(new, estimates, table, statement, run, (*warnings, *notes))


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
        ("hold_out", hold_out, 0 <= hold_out <= 0.5, "it must lie between 0 and 0.5"),
        ("noise", noise, 0 <= noise < np.inf, "it must be a number of at least 0"),
        ("territories", territories, 0 < territories < np.inf, "it must be a number above 0"),
        ("rounds", rounds, rounds >= 1, "there must be at least one"),
        ("replications", replications, replications >= 2, "there must be at least two, or chance cannot be seen"),
    )
    problems = [Problem(name, value, rule, "Give another value.") for name, value, holds, rule in rules if not holds]
    if problems:
        raise InputError(problems)


def _check_enough(moments: Moments, parameters: Sequence[Parameter]) -> None:
    if len(moments) < len(parameters):
        rule = f"{len(parameters)} parameters cannot be fitted to so few values"
        raise InputError(
            Problem("history", f"{len(moments)} values", rule, "Fit fewer, put days together to shorter periods, or wait.")
        )


def _inputs(
    scenario: Scenario, territory: Territory | str | Path | None, seed: int, solver: str, reporter: Reporter
) -> tuple[Inputs, tuple[Problem, ...]]:
    """Decide once: nothing that is fitted moves a boundary or a place. Targets move no result and are left out."""
    source = territory if territory is not None else scenario.territory.source
    if source is None:
        return Inputs(scenario), ()
    ground = source if isinstance(source, Territory) else load_territory(source)
    with reporter.busy(scenario.name) as step:
        made = decide(scenario, ground, seed=seed, solver=solver, say=step)
    inputs = Inputs(scenario, made.territory, made.plans, made.placement.placements)
    return inputs, (*warnings_of(scenario, made.territory), *made.warnings)


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
        rule = "the history is too short to hide a part of it, so the error out of sample is not known"
        note = Problem("history", f"{len(bench.moments)} values", rule, "Observe longer.", "warning")
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
    table = moments.labels.assign(observed=moments.observed, before=before.mean(axis=0))
    said = predicted(bench, parameters, found, settings)
    table = table.assign(fitted=said["mean"], low=said["low"], high=said["high"], hidden=hidden.astype(int))
    none = np.full(len(moments), np.nan)
    for name, column in (("foretold", "mean"), ("foretold_low", "low"), ("foretold_high", "high")):
        table[name] = none if foretold is None else np.where(hidden, foretold[column], np.nan)
    return table


def _estimates(parameters: Sequence[Parameter], found: Fit) -> pd.DataFrame:
    best, low, high = (to_values(parameters, unit) for unit in (found.unit, found.low, found.high))
    rows = []
    for k, (p, share) in enumerate(zip(parameters, learned(found), strict=True)):
        touched = [name for name, at in (("low", found.low[k] <= 1e-6), ("high", found.high[k] >= 1 - 1e-6)) if at]
        rows.append({"key": p.key, "before": p.before, "low_bound": p.low, "high_bound": p.high,
                     "estimate": best[p.key], "low": low[p.key], "high": high[p.key], "learned": float(share),
                     "open": " ".join(touched)})  # fmt: skip
    return pd.DataFrame(rows)


def _statement(
    scenario: Scenario,
    observed: History,
    moments: Moments,
    parameters: Sequence[Parameter],
    found: Fit,
    estimates: pd.DataFrame,
    table: pd.DataFrame,
    settings: Settings,
    bench: Bench,
) -> dict[str, Any]:
    """Return the content of calibration.json."""
    hidden = table["hidden"].to_numpy(dtype=bool)
    outside = None
    if hidden.any():
        columns = {"foretold": "mean", "foretold_low": "low", "foretold_high": "high"}
        forecast = table[list(columns)].rename(columns=columns)
        outside = out_of_sample(moments, hidden, forecast, table["before"].to_numpy(dtype=np.float64))
    result: dict[str, Any] = {
        "scenario": scenario.name,
        "history": {"name": observed.name, "sha256": observed.sha256, "values": len(observed.table),
                    "first": str(observed.table["start"].min()), "last": str(observed.table["end"].max())},
        "confidence": settings.confidence,
        "estimates": {str(r["key"]): {str(k): v for k, v in r.items() if k != "key"} for r in
                      estimates.to_dict("records")},
        "fit": {"moments": len(moments), "distance": found.misfit, "distance_by_chance": found.expected,
                "p_value": found.p_value, "widened_by": float(np.sqrt(found.inflation)),
                "explains": bool(found.p_value >= 1 - settings.confidence)},
        "cannot_tell": directions(found, parameters),
        "alike": pairs(found, parameters),
        "correlation": {p.key: {q.key: float(v) for q, v in zip(parameters, row, strict=True)} for p, row in
                        zip(parameters, correlations(found), strict=True)},
        "out_of_sample": outside,
        "points": found.points,
        "simulated": bench.computed,
        "normalised": bool(moments.reference.any()),
        "territories": moments.territories,
    }  # fmt: skip
    return {**result, "in_words": in_words(result)}


def _scenario(scenario: Scenario, observed: History, estimates: pd.DataFrame, confidence: float) -> Scenario:
    """Return the scenario with the estimates, each with where it comes from."""
    values = {str(k): float(v) for k, v in zip(estimates["key"], estimates["estimate"], strict=True)}
    new = with_settings(scenario, values, f"{scenario.name}_calibrated")
    first, last = observed.table["start"].min(), observed.table["end"].max()
    source = f"fitted to {observed.name}, {len(observed.table)} values from {first} to {last}"
    source += f" (sha256 {observed.sha256[:12]})"
    evidence = {
        str(r["key"]): f"calibrated: {r['estimate']:.4g}, {confidence:.0%} interval {r['low']:.4g} to {r['high']:.4g}; "
        + source
        for r in estimates.to_dict("records")
    }
    title = {"en": f"{scenario.title.en}, calibrated", "zh": f"{scenario.title.zh}（已校准）"}
    content = {**new.model_dump(mode="python"), "title": title, "evidence": {**new.evidence, **evidence}}
    return Scenario.model_validate(content)
