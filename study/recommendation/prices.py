"""What a wish, or an objection, costs: each alone and all together, in moment, balance and the simulated KPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from foundation.atomic_files import write_text
from foundation.messages import Message
from foundation.parallel import notes_stops
from foundation.safe_csv import csv_text
from optimize.districting.objections.weigh import Objection, Weighed, weigh
from scenarios import InputError, Plan, Problem, Scenario, Territory
from scenarios.loading.case import counterfactual_of
from scenarios.loading.inputs import resolve
from scenarios.loading.load import with_settings
from scenarios.rules.scorecard import scorecard
from sim.output_analysis.intervals import paired
from study.evaluation.decisions import WORKLOAD, Decisions, prepare_territory
from study.evaluation.given_plans import given_plans
from study.evaluation.wishes import wished
from study.presentation.language import Language
from study.presentation.progress import Reporter
from study.presentation.verdict import kpi_name, kpi_unit, write_number
from study.recommendation.candidates import Candidate, candidate_of, tried
from study.recommendation.simulate import Trial

COLUMNS = (
    *("variant", "what", "moment", "moment_change", "deviation", "deviation_change", "moved", "kpi", "mean"),
    *("difference", "low", "high", "replications", "why"),
)
MOST = 60
"""Wishes that are tried alone."""

NONE, ALL = "none", "all"


@dataclass(frozen=True)
class Variant:
    """One way to ask, beside the first, against which it is priced.

    Attributes
    ----------
    name : str
    what : str
        In words or ids: the wish, or the objection.
    scenario : Scenario
    """

    name: str
    what: str
    scenario: Scenario


def wishes_of(scenario: Scenario) -> list[Variant]:
    """Return the scenario without wishes, with each of them alone, and with all.

    Raises
    ------
    InputError
        It has no wishes, or too many, or people have drawn its communities.
    """
    settings, wishes = scenario.partition, scenario.partition.wishes
    if settings.plan is not None:
        rule = Message("the communities are given, so wishes cost nothing more")
        raise InputError(Problem("partition.plan", settings.plan, rule, Message("Leave the plan out.")))
    content = wishes.model_dump()
    nothing: dict[str, Any] = {f"partition.wishes.{key}": _nothing(value) for key, value in content.items()}
    singles = [(key, item) for key, value in content.items() if isinstance(value, tuple | list) for item in value] + [
        (key, value) for key, value in content.items() if isinstance(value, int | float)
    ]
    singles += [(key, {name: own}) for key, value in content.items() if isinstance(value, dict)
                for name, own in value.items()]  # fmt: skip
    if not singles:
        rule = Message("the scenario has no wishes to price")
        raise InputError(Problem("partition.wishes", None, rule, Message("Add keep_together, lock or others.")))
    if len(singles) > MOST:
        rule = Message("at most {most} wishes can be priced alone", most=MOST)
        raise InputError(Problem("partition.wishes", len(singles), rule, Message("Leave some out.")))
    found = [Variant(NONE, "", _set(scenario, nothing, NONE))]
    for number, (key, item) in enumerate(singles, start=1):
        alone = isinstance(item, int | float | dict)
        value = item if alone else [list(item) if isinstance(item, tuple | list) else item]
        name = f"{key}_{number}"
        found.append(Variant(name, _words(item), _set(scenario, {**nothing, f"partition.wishes.{key}": value}, name)))
    return [*found, Variant(ALL, "", _set(scenario, {}, ALL))]


def _nothing(value: Any) -> Any:
    """Return what stands in the place of a wish that is not there."""
    return () if isinstance(value, tuple | list) else {} if isinstance(value, dict) else None


def objections_of(
    scenario: Scenario, territory: Territory, objections: Sequence[Objection], folder: Path, *, seed: int
) -> list[Variant]:
    """Return a given plan, the nearest one for each objection alone, and the one that grants the most.

    Objections are granted within the scenario's wishes and its tolerance of balance, or that of the plan where it is
    wider. The plans are written to ``folder``.

    Raises
    ------
    InputError
        The scenario gives no plan, or an objection names what is not there.
    """
    if scenario.partition.plan is None:
        rule = Message("it needs the plan that people object to")
        raise InputError(Problem("--objections", None, rule, Message("Name it with --plan.")))
    ready = prepare_territory(scenario, territory, seed=seed)
    found = weighed(scenario, ready, objections, seed=seed)
    made = [Variant(NONE, "", _set(scenario, {}, NONE))]
    plans = {f"objection_{n + 1}": (objections[n], one) for n, one in found.alone.items()}
    for name, (objection, one) in plans.items():
        what = f"{objection.unit_id} -> {objection.community}"
        made.append(Variant(name, what, _drawn(scenario, one, folder / f"{name}.csv", name)))
    return [*made, Variant(ALL, "", _drawn(scenario, found.result.plan, folder / "granted.csv", ALL))]


def weighed(scenario: Scenario, ready: Territory, objections: Sequence[Objection], *, seed: int) -> Weighed:
    """Weigh objections to the plan that a scenario gives, within its wishes and its tolerance, or the plan's if wider.

    Parameters
    ----------
    scenario : Scenario
        With ``partition.plan``.
    ready : Territory
        Prepared for it.
    objections : sequence of Objection
    seed : int
    """
    plan = given_plans(scenario, ready)["redrawn"]
    card = scorecard(ready, plan)
    tolerance = max(scenario.partition.balance_tolerance, float(card[f"{WORKLOAD}_deviation"].abs().max()) + 1e-9)
    held = wished(scenario).options()
    asked: dict[str, Any] = {"within": "centre", "current": "community", "balance": {WORKLOAD: min(tolerance, 1.0)}}
    asked |= {"weight": WORKLOAD, "work_limit": scenario.partition.work_limit, "seed": seed, **held, "max_moved": None}
    return weigh(ready, plan, objections, **asked)


def _drawn(scenario: Scenario, plan: Plan, path: Path, name: str) -> Scenario:
    home = plan.assignment
    table = pd.DataFrame({"unit_id": home.index.astype(str), "community": home.to_numpy()})
    write_text(path, csv_text(table))
    return _set(scenario, {"partition.plan": str(path), "partition.plan_subdivided": None}, name)


def _set(scenario: Scenario, settings: Mapping[str, Any], name: str) -> Scenario:
    return with_settings(scenario, {k: list(v) if v == () else v for k, v in settings.items()}, name)


def _words(item: Any) -> str:
    if isinstance(item, dict):
        return " ".join(f"{name}={value}" for name, value in item.items())
    return " ".join(map(str, item)) if isinstance(item, tuple | list) else f"{item}"


@notes_stops
def priced(
    variants: Sequence[Variant],
    *,
    territory: Territory | str | Path | None = None,
    kpi: str = "contribution",
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    cache: Path | str | None = None,
    solver: str = "highs",
    reporter: Reporter | None = None,
) -> pd.DataFrame:
    """Decide and simulate every variant under the same random numbers, and return what it costs against the first.

    Parameters
    ----------
    variants : sequence of Variant
        The first is what the others are compared with.
    territory : Territory, str or Path, optional
        Default: the scenario's.
    kpi : str
        What is simulated: `contribution` [yuan] unless told.
    replications, seed : int, optional
        Default: the scenario's.
    jobs : int
    cache : Path, optional
        Folder of finished runs.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional

    Returns
    -------
    DataFrame
        `COLUMNS`, a row a variant: ``difference`` is paired with the first, ``low`` and ``high`` its interval at the
        scenario's confidence for that line alone; ``why`` says why a variant has no plan.

    Raises
    ------
    InputError
        Something cannot be used.
    InfeasibleError, LimitError
        There is no plan for the first variant.
    """
    reporter = reporter or Reporter(quiet=True)
    (base,), ground = resolve([variants[0].scenario], territory)
    seed = base.run.seed if seed is None else seed
    runs = base.run.replications if replications is None else replications
    with reporter.busy(base.name) as step:
        step(Message("boundaries, places and targets of {count} candidates", count=len(variants)))
        made = Parallel(n_jobs=jobs)(delayed(tried)(v.scenario, ground, seed, solver) for v in variants)
    if isinstance(made[0], Exception):
        raise made[0]
    found: dict[int, Candidate] = {
        n: candidate_of(v.scenario, m, np.nan)
        for n, (v, m) in enumerate(zip(variants, made, strict=True))
        if isinstance(m, Decisions)
    }
    trial = Trial(list(found.values()), counterfactual_of(base), seed=seed, jobs=jobs, cache=cache)
    with reporter.bar(Message("simulate {count} candidates", count=len(found))) as tick:
        trial.run(range(len(found)), range(runs), tick)
    values = {n: trial.values(k, range(runs)) for k, n in enumerate(found)}
    if kpi not in values[0].columns:
        rule = Message("it is not measured in every run")
        raise InputError(Problem("kpi", kpi, rule, Message("Take contribution.")))
    rows = [_row(n, v, made[n], found, values, kpi, base.study.confidence) for n, v in enumerate(variants)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    number: int,
    variant: Variant,
    made: object,
    found: Mapping[int, Candidate],
    values: Mapping[int, pd.DataFrame],
    kpi: str,
    confidence: float,
) -> dict[str, Any]:
    row: dict[str, Any] = {"variant": variant.name, "what": variant.what, "kpi": kpi, "why": ""}
    if number not in found:
        return row | {"why": str(made)}
    one, first = found[number], found[0]
    gap = paired(values[0][[kpi]], values[number][[kpi]], confidence).iloc[0]
    return row | {
        "moment": one.moment,
        "moment_change": one.moment / first.moment - 1 if first.moment else 0.0,
        "deviation": one.deviation,
        "deviation_change": one.deviation - first.deviation,
        "moved": one.moved,
        "mean": float(values[number][kpi].mean()),
        "difference": gap["difference"],
        "low": gap["low"],
        "high": gap["high"],
        "replications": len(values[number]),
    }


def in_text(table: pd.DataFrame, say: Language) -> pd.DataFrame:
    """Return the prices as a table for people."""
    rows = []
    for row in table.to_dict("records"):
        kpi = str(row["kpi"])
        numbers = {} if row["why"] else {n: write_number(kpi, float(row[n]), say, sign=True) for n in
                                         ("difference", "low", "high")}  # fmt: skip
        rows.append(
            {
                say("prices.variant"): say(f"prices.{row['variant']}") if say.has(f"prices.{row['variant']}") else
                str(row["variant"]),
                say("prices.what"): str(row["what"]),
                say("prices.moment"): "" if row["why"] else say.percent(float(row["moment_change"]), 1, sign=True),
                say("recommend.worst"): "" if row["why"] else say.percent(float(row["deviation"])),
                say("points.moved"): "" if row["why"] else say.percent(float(row["moved"])),
                f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say, change=True)}]": numbers.get("difference", ""),
                say("table.interval_of"): say("table.interval", low=numbers["low"], high=numbers["high"])
                if numbers
                else say.gloss(str(row["why"])),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
