"""Recommend communities: partitions of the frontier, simulated under the same random numbers, with reasons."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from foundation.atomic_files import write_bytes, write_text
from foundation.messages import Message
from foundation.parallel import notes_stops
from foundation.safe_csv import csv_text
from scenarios import Problem, Scenario, Territory
from scenarios.loading.cautions import warnings_of
from sim.output_analysis.intervals import interval, paired
from sim.output_analysis.ranking_and_selection import Selection, select
from study.evaluation.decisions import Decisions
from study.evaluation.experiment import Experiment
from study.evaluation.principles import breaches
from study.presentation.headlines import OF_CANDIDATES
from study.presentation.language import LANGUAGES, Language
from study.presentation.progress import Reporter
from study.presentation.text_table import aligned
from study.presentation.verdict import GOOD, kpi_name
from study.recommendation.candidates import Candidate, Over, candidates_of, relaxed, variants_of, with_wishes
from study.recommendation.promised_vs_simulated import check_measured, promised
from study.recommendation.simulate import Trial
from study.recommendation.summary import candidate_label, reasons_for, summary_table
from study.results.storage import dump, plan_bytes

BUDGET = 200
"""Most replications of a candidate that the selection may ask for."""

INDIFFERENCE = 0.005
"""Smallest difference worth detecting, as a share of the mean, unless the user says otherwise."""


@dataclass(frozen=True)
class Recommendation:
    """What the simulation says about the partitions of a frontier.

    Attributes
    ----------
    candidates : DataFrame
        ``candidate, limit, moment, bound, deviation, moved``, KPIs with ``_low`` and ``_high``, ``difference, low,
        high`` (paired, against the best; for all pairs at once), ``standing`` (best, equal, worse, unsure) and
        ``recommended``.
    promised : DataFrame
        See `study.recommendation.promised_vs_simulated.promised`.
    selection : mapping
        The procedure's decision, with its probability.
    reasons : tuple of str
        In English.
    decisions : Decisions
        Of the recommended candidate.
    run : mapping
    warnings : tuple of Problem
    says : mapping of language to tuple of str
        The reasons in every language.
    given : bytes or None
        Of the plan that people gave.
    """

    candidates: pd.DataFrame
    promised: pd.DataFrame
    selection: Mapping[str, Any]
    reasons: tuple[str, ...]
    decisions: Decisions
    run: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()
    says: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    given: bytes | None = field(default=None, repr=False)

    @property
    def best(self) -> str:
        """Name of the recommended candidate."""
        return str(self.candidates.loc[self.candidates["recommended"] == 1, "candidate"].iloc[0])

    def __str__(self) -> str:
        """Say the recommendation and its reasons on one screen."""
        return self.in_text()

    def in_text(self, language: str = "en") -> str:
        """Say the recommendation and its reasons on one screen, in a language."""
        say = Language(language)
        table = aligned(summary_table(self.candidates, str(self.selection["kpi"]), say))
        head = f"{say('recommend.recommended')}{say('colon')}{say.space}{candidate_label(self.best, say)}"
        return "\n".join([table, head, *(f"- {reason}" for reason in self.says.get(language, self.reasons))])

    def _repr_html_(self) -> str:
        reasons = "".join(f"<li>{html.escape(text)}</li>" for text in self.reasons)
        table = str(self.candidates.to_html(index=False, escape=True, float_format=lambda x: f"{x:,.4g}"))
        return f"{table}<p>{html.escape(self.best)}</p><ul>{reasons}</ul>"

    def to_frame(self) -> pd.DataFrame:
        """Return the candidates."""
        return self.candidates

    def to_dict(self) -> dict[str, Any]:
        """Return what is recommended, why, and every candidate."""
        return {"recommended": self.best, "reasons": list(self.reasons), "says":
                {code: list(said) for code, said in self.says.items()}, "selection": dict(self.selection),
                "candidates": self.candidates.to_dict("records")}  # fmt: skip

    def save(self, folder: Path | str) -> Path:
        """Write candidates.csv, promised.csv, plan.csv and placement.csv, recommendation.json and, last, run.json.

        A plan that people gave is plan.csv as it is, and recommended.csv is the one recommended.
        """
        out, made = Path(folder), self.decisions
        kind = "current" if self.best == "today" else "redrawn"
        picked = plan_bytes(made.plans[kind])
        write_bytes(out / "plan.csv", picked if self.given is None else self.given)
        if self.given is not None:
            write_bytes(out / "recommended.csv", picked)
        for name, table in (
            ("candidates", self.candidates),
            ("promised", self.promised),
            ("placement", made.placement.to_frame()),
        ):
            write_text(out / f"{name}.csv", csv_text(table))
        write_text(out / "recommendation.json", dump(self.to_dict()))
        write_text(out / "run.json", dump(dict(self.run)))
        return out


@notes_stops
def recommend(
    scenario: Scenario | str,
    *,
    territory: Territory | str | Path | None = None,
    over: Over = "balance",
    values: Sequence[float] | None = None,
    kpi: str = "contribution",
    lock: Sequence[str] = (),
    max_radius: float | None = None,
    keep_together: Sequence[Sequence[str]] = (),
    keep_apart: Sequence[tuple[str, str]] = (),
    fix_seats: Sequence[str] = (),
    forbid: Sequence[tuple[str, str]] = (),
    splits: Mapping[str, int] | None = None,
    sizes: Mapping[str, float] | None = None,
    indifference: float | None = None,
    probability: float = 0.95,
    replications: int | None = None,
    budget: int = BUDGET,
    seed: int | None = None,
    jobs: int = 1,
    cache: Path | str | None = None,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] = (),
) -> Recommendation:
    """Simulate the partitions of a frontier and recommend one.

    Parameters
    ----------
    scenario : Scenario or str
    territory : Territory, str or Path, optional
        Default: the scenario's.
    over : {"balance", "disruption"}
        What the frontier trades compactness against: tolerance of balance, or share of workload moved.
    values : sequence of float, optional
        Tolerances or shares; default: five.
    kpi : str
        What is judged by.
    lock, max_radius, keep_together, keep_apart, fix_seats, forbid, splits, sizes
        Wishes that every candidate keeps, as in `optimize.partition`; those given take the place of the scenario's.
    indifference : float, optional
        Smallest difference worth detecting; default: half a per cent of the mean of the scenario as asked.
    probability : float
        Of correct selection.
    replications : int, optional
        Runs of every candidate (default: the scenario's); the selection adds to them where it must.
    budget : int
        Most runs of a candidate.
    seed : int, optional
    jobs : int
        Worker processes; the result does not depend on it.
    cache : Path, optional
        Folder of finished runs: an interrupted recommendation goes on from there.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
    arguments : sequence of str
        What the command line was called with, for run.json.

    Raises
    ------
    InputError
        Something cannot be used; every problem of a kind at once.
    InfeasibleError
        A centre cannot be divided.

    Examples
    --------
    >>> recommend("plan", replications=10, jobs=2).best  # doctest: +SKIP
    """
    experiment = Experiment.set_up(
        [scenario], territory, seed=seed, replications=replications, jobs=jobs, solver=solver, reporter=reporter
    )
    base = with_wishes(experiment.first, lock=lock, max_radius_km=max_radius, keep_together=keep_together,
                       keep_apart=keep_apart, fix_seats=fix_seats, forbid=forbid,
                       splits=dict(splits or {}), sizes=dict(sizes or {}))  # fmt: skip
    experiment = replace(experiment, scenarios=(base,))
    seed, replications, reporter = experiment.seed, experiment.replications, experiment.reporter
    variants = variants_of(base, over, values)
    with reporter.busy(base.name) as step:
        step(Message("boundaries, places and targets of {count} candidates", count=len(variants)))
        found, notes = candidates_of(variants, experiment.territory, seed=seed, solver=solver, jobs=jobs)
    trial = Trial(found, experiment.cases[0].counterfactual, seed=seed, jobs=jobs, cache=cache)
    everybody, numbers = range(len(found)), range(replications)
    with reporter.bar(Message("simulate {count} candidates", count=len(found))) as tick:
        trial.run(everybody, numbers, tick)
    runs = [trial.values(k, numbers) for k in everybody]
    check_measured(kpi, runs[0])
    delta = abs(float(runs[0][kpi].mean())) * INDIFFERENCE if indifference is None else indifference
    chosen = _select(trial, found, kpi, delta, probability, max(budget, replications), reporter)
    table = _table(found, runs, kpi, delta, chosen, base.study.confidence)
    pick = _pick(table)
    table["recommended"] = (np.arange(len(table)) == pick).astype(int)
    selection: dict[str, Any]
    selection = {"kpi": kpi, "best": found[chosen.best].name if chosen.decided else None, "decided": chosen.decided,
                 "left": [found[k].name for k in chosen.left], "probability": probability, "indifference": delta,
                 "replications": dict(zip([c.name for c in found], chosen.used, strict=True))}  # fmt: skip
    promises = promised(found, runs, base.study.confidence)
    tolerance = base.partition.balance_tolerance
    breach = breaches(base, dict(zip([c.name for c in found], runs, strict=True)), found[0].name)
    selection |= {"principles": {name: about.to_dict() for name, about in breach.items()}}
    says = {code: reasons_for(table, promises, selection, over, tolerance, code, base) for code in LANGUAGES}
    tried = {c.name: c.scenario for c in found}
    run = experiment.run_json(
        "recommend", arguments, found[0].decisions.territory, tried, over=over, computed=trial.computed
    )
    return Recommendation(
        table,
        promises,
        selection,
        says["en"],
        found[pick].decisions,
        run,
        (*warnings_of(base, found[0].decisions.territory), *relaxed(found), *notes),
        says,
        found[0].decisions.plans["redrawn"].content,
    )


def _direction(kpi: str) -> int:
    """Return -1 for a KPI of which less is better."""
    lower = kpi in ("travel_hours", "attainment_spread") or GOOD.get(kpi.split(".", maxsplit=1)[0], 1) < 0
    return -1 if lower else 1


def _select(
    trial: Trial,
    found: Sequence[Candidate],
    kpi: str,
    delta: float,
    probability: float,
    budget: int,
    reporter: Reporter,
) -> Selection:
    """Select by the procedure of Kim and Nelson; runs that are there already are used first."""
    sign = _direction(kpi)
    if len(found) == 1:
        return Selection(0, (0,), (0,), (float("nan"),), probability, delta, True)

    def sample(chosen: Sequence[int], numbers: range) -> Floats:
        trial.run(chosen, numbers)
        tick(min(numbers.stop, budget), budget)
        return np.column_stack([sign * trial.values(k, numbers)[kpi].to_numpy(dtype=np.float64) for k in chosen])

    with reporter.bar(reporter.language("select.by", kpi=kpi_name(kpi, reporter.language))) as tick:
        return select(sample, len(found), indifference=delta, probability=probability, budget=budget)


def _table(
    found: Sequence[Candidate],
    runs: Sequence[pd.DataFrame],
    kpi: str,
    delta: float,
    chosen: Selection,
    confidence: float,
) -> pd.DataFrame:
    """Return a row per candidate: what the optimiser says, what the simulation says, and where it stands.

    Which one is best is told by the very runs that the differences to it are taken from, so that the intervals must
    hold for the differences of all pairs, whichever turns out best.
    """
    best = runs[chosen.best]
    family = max(len(found) * (len(found) - 1) // 2, 1)
    rows = []
    for k, (candidate, values) in enumerate(zip(found, runs, strict=True)):
        row: dict[str, Any] = {
            "candidate": candidate.name, "limit": candidate.limit, "moment": candidate.moment, "bound": candidate.bound,
            "deviation": candidate.deviation, "moved": candidate.moved,
        }  # fmt: skip
        for name in dict.fromkeys((kpi, *OF_CANDIDATES)):
            mean, low, high = (float(x[0]) for x in interval(values[[name]].to_numpy(dtype=np.float64), confidence))
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        gap = paired(best[[kpi]], values[[kpi]], 1 - (1 - confidence) / family).iloc[0]
        row |= {"difference": gap["difference"], "low": gap["low"], "high": gap["high"]}
        row["standing"] = "best" if k == chosen.best else _standing(gap["low"], gap["high"], delta, _direction(kpi))
        rows.append(row)
    return pd.DataFrame(rows)


def _standing(low: float, high: float, delta: float, sign: int) -> str:
    """Say where a candidate stands: equal where it is shown to lie within the indifference, worse where below zero."""
    low, high = (low, high) if sign > 0 else (-high, -low)
    if low >= -delta:
        return "equal"
    return "worse" if high < 0 else "unsure"


def _pick(table: pd.DataFrame) -> int:
    """Return the recommended row: of the best and its equals the one that moves least, then the most compact."""
    equals = table[table["standing"].isin(["best", "equal"])]
    order = equals.assign(moved=equals["moved"].round(6)).sort_values(["moved", "moment"], kind="stable")
    return int(order.index[0])
