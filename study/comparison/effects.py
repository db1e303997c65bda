"""What a comparison tells a board: who is probably best, what each phase costs and gains, when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from scenarios import Scenario
from scenarios.rules.timetable import timetable
from sim import Replications
from sim.output_analysis.intervals import interval
from study.evaluation.differences import compare_pair
from study.presentation.headlines import HEADLINES
from study.presentation.verdict import GOOD, difference, judge

SHARES = (0.5, 0.9, 1.0)
"""Parts of a force at full competence whose days are reported."""

LEAST_DRAWS = 1000
"""Fewest draws of the means, from which probabilities to be best are counted."""

LEVEL = 1e-12
"""Part of a KPI's size by which means may differ and are level all the same: what rounding leaves."""

TOTAL, BEFORE = "total", "before"
CONTRIBUTION = ("contribution", "all", "all")


IN_FILES = {
    "better": "better",
    "worse": "worse",
    "more": "more",
    "less": "less",
    "same": "the same",
    "unsure": "can't tell",
}
"""Verdicts as result files keep them, whatever words pages use."""


@dataclass(frozen=True)
class Effects:
    """What a comparison tells a board.

    Attributes
    ----------
    verdicts : DataFrame
        ``kpi, baseline, scenario, difference, low, high, verdict, replications``: better, worse, can't tell (more, less
        for KPIs that are neither good nor bad), each line taken alone; ``low_together, high_together,
        verdict_together``: by intervals that hold for all lines at once.
    best : DataFrame
        ``kpi, scenario, probability, replications``.
    waterfall : DataFrame
        ``scenario, step, days, difference, low, high, replications``: contribution minus that of no merger [yuan].
    milestones : DataFrame
        ``scenario, what, force, share, date, low, high, median, reached, replications``: competence and break-even.
    """

    verdicts: pd.DataFrame = field(default_factory=pd.DataFrame)
    best: pd.DataFrame = field(default_factory=pd.DataFrame)
    waterfall: pd.DataFrame = field(default_factory=pd.DataFrame)
    milestones: pd.DataFrame = field(default_factory=pd.DataFrame)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table that holds something, by file name."""
        every = {
            "verdicts": self.verdicts,
            "best": self.best,
            "waterfall": self.waterfall,
            "milestones": self.milestones,
        }
        return {name: table for name, table in every.items() if len(table)}


def effects_of(
    results: Mapping[str, Replications],
    alone: Mapping[str, Replications],
    comparison: pd.DataFrame,
    centres: Sequence[str],
    seed: int,
) -> Effects:
    """Return what simulated scenarios tell.

    Parameters
    ----------
    results : mapping of name to Replications
        In the same runs.
    alone : mapping of name to Replications
        No merger in the market of each scenario, in the same runs; a scenario without one is left out of the waterfall.
    comparison : DataFrame
        Paired differences against the first.
    centres : sequence of str
    seed : int
        Of the resampling.
    """
    return Effects(
        verdict_table(comparison, results),
        best_table(results, seed),
        waterfall_table(results, alone, centres),
        milestone_table(results),
    )


def verdict_table(comparison: pd.DataFrame, results: Mapping[str, Replications]) -> pd.DataFrame:
    """Say of every headline KPI of every scenario whether it is better or worse than the first, or can't be told.

    Of twenty lines, each with an interval of 95 %, one says better or worse by chance alone. The columns ``_together``
    are by intervals so wide that all lines hold at once with the stated confidence (Bonferroni).
    """
    base, *others = results
    cells = [(s, k) for s in others for k in HEADLINES if difference(comparison, s, k).known]
    wide = pd.concat([compare_pair(results[base], results[s], max(len(cells), 1)) for s in others] or [comparison])
    rows = []
    for scenario, kpi in cells:
        found, sure = difference(comparison, scenario, kpi), difference(wide, scenario, kpi)
        rows.append(
            {
                "kpi": kpi,
                "baseline": base,
                "scenario": scenario,
                "difference": found.mean,
                "low": found.low,
                "high": found.high,
                "verdict": IN_FILES[judge(kpi, found)],
                "replications": found.count,
                "low_together": sure.low,
                "high_together": sure.high,
                "verdict_together": IN_FILES[judge(kpi, sure)],
            }
        )
    return pd.DataFrame(rows)


def best_table(results: Mapping[str, Replications], seed: int) -> pd.DataFrame:
    """Return for every headline KPI the probability of each scenario to be the best.

    The share of draws in which its mean is best; equals share it. Means are drawn about the observed ones by a
    multivariate t distribution with the paired covariance of the runs and one degree of freedom less than there are
    runs. So of two scenarios the better has a probability above 97.5 % just where the interval of 95 % of their
    difference excludes zero, and few runs do not seem to know more than they do. One run alone knows nothing.

    References
    ----------
    Box & Tiao, "Bayesian inference in statistical analysis", 1973, chapter 2: the t distribution of a difference of
    means whose variance is estimated.
    """
    names = list(results)
    first = next(iter(results.values()))
    count, times = len(first.values), max(first.scenario.study.bootstrap, LEAST_DRAWS)
    if len(names) < 2 or count < 2:
        return pd.DataFrame()
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(3,))))
    z = rng.standard_normal((times, count)) / np.sqrt(count * (count - 1))
    z /= np.sqrt(rng.chisquare(count - 1, size=(times, 1)) / (count - 1))
    rows = []
    for kpi in HEADLINES:
        direction = GOOD.get(kpi.split(".", maxsplit=1)[0], 0)
        if not direction or any(kpi not in result.values for result in results.values()):
            continue
        values = np.stack([result.values[kpi].to_numpy(dtype=np.float64) for result in results.values()], axis=1)
        if np.isnan(values).any():
            continue
        mean = values.mean(axis=0)
        means = direction * (mean + z @ (values - mean))
        top = means >= means.max(axis=1, keepdims=True) - LEVEL * np.abs(values).max()
        probability = (top / top.sum(axis=1, keepdims=True)).mean(axis=0)
        rows += [
            {"kpi": kpi, "scenario": name, "probability": float(p), "replications": count}
            for name, p in zip(names, probability, strict=True)
        ]
    return pd.DataFrame(rows)


def waterfall_table(
    results: Mapping[str, Replications], alone: Mapping[str, Replications], centres: Sequence[str]
) -> pd.DataFrame:
    """Return what each phase costs and gains against no merger, run by run, and the total of all.

    Where centres start in waves, a day is shared out to the phases in proportion to the centres in them, leaving out
    those that have not begun (assumed: what they do is as without a merger). ``days`` is the sum of these parts;
    ``before`` holds the days on which no centre has begun. The steps of a scenario sum to its total.
    """
    rows = []
    for name, result in results.items():
        if not result.scenario.phases or name not in alone:
            continue
        owed = result.series[CONTRIBUTION] - alone[name].series[CONTRIBUTION]
        parts = phase_parts(result.scenario, centres)
        parts[:, : result.scenario.run.warm_up_days] = 0.0
        steps = [BEFORE, *(phase.name for phase in result.scenario.phases), TOTAL]
        for step, part in zip(steps, [*parts, parts.sum(axis=0)], strict=True):
            mean, low, high = interval((owed @ part)[:, None], result.scenario.study.confidence)
            rows.append(
                {
                    "scenario": name,
                    "step": step,
                    "days": float(part.sum()),
                    "difference": float(mean[0]),
                    "low": float(low[0]),
                    "high": float(high[0]),
                    "replications": len(owed),
                }
            )
    return pd.DataFrame(rows)


def phase_parts(scenario: Scenario, centres: Sequence[str]) -> Floats:
    """Return which part of each day belongs to each phase, first row: before; shape (phases + 1, days)."""
    phase = timetable(scenario, centres).phase
    counts = np.stack([(phase == k).sum(axis=0) for k in range(-1, len(scenario.phases))]).astype(np.float64)
    begun = counts[1:].sum(axis=0)
    parts = counts / np.maximum(begun, 1.0)
    parts[0] = begun == 0
    return np.asarray(parts)


def milestone_table(results: Mapping[str, Replications]) -> pd.DataFrame:
    """Return when parts of each force are at full competence in both businesses, and when the merger breaks even.

    ``reached`` counts the runs that get there within the study; ``date`` is the mean over these alone, and so too early
    where some do not. ``median`` counts those as later: by then half of all runs are there.
    """
    rows = []
    for name, result in results.items():
        if not result.scenario.phases:
            continue
        dates = [date.fromisoformat(day).toordinal() for day in result.dates]
        for force in ("CM", "GM"):
            shown = result.series.get(("competent", "all", force))
            if shown is None or np.isnan(shown).all():
                continue
            for share in SHARES:
                there = shown >= share - 1e-9
                first = np.where(there.any(axis=1), np.array(dates)[there.argmax(axis=1)], np.nan)
                rows.append(_milestone(name, "competence", force, share, first, result.scenario))
        if "break_even_date" in result.values:
            start = result.scenario.calendar.start.toordinal()
            even = result.values["break_even_date"].to_numpy(dtype=np.float64) + start
            rows.append(_milestone(name, "break_even", "all", np.nan, even, result.scenario))
    return pd.DataFrame(rows)


def _milestone(
    name: str, what: str, force: str, share: float, ordinals: Floats, scenario: Scenario
) -> dict[str, str | float | int]:
    """Return one row; a date that no run reaches, or an end that one run alone cannot have, stays empty."""
    known = ordinals[~np.isnan(ordinals)]
    ends: list[float] = [np.nan] * 3
    if len(known):
        ends = [float(x[0]) for x in interval(known[:, None], scenario.study.confidence)]
    middle = np.sort(np.where(np.isnan(ordinals), np.inf, ordinals))[(len(ordinals) - 1) // 2]
    texts = ["" if not np.isfinite(x) else date.fromordinal(round(x)).isoformat() for x in (*ends, middle)]
    return {
        "scenario": name,
        "what": what,
        "force": force,
        "share": share,
        "date": texts[0],
        "low": texts[1],
        "high": texts[2],
        "median": texts[3],
        "reached": len(known),
        "replications": len(ordinals),
    }
