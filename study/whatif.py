"""What if weights or parameters were others: a design through targets, boundaries, simulation; who gains or loses."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scenarios import InputError, Problem, Scenario, Territory
from scenarios.atomic import write_text
from scenarios.load import with_settings
from scenarios.workers import Task, spread
from sim.replications import Runner
from study.decide import Decisions, decide, decide_again, decision_key
from study.design import Kind, design, settings_of
from study.pipeline import counterfactual_of, inputs_of, resolve, warnings_of
from study.progress import Reporter
from study.provenance import describe_run
from study.storage import dump
from study.whatif_cache import Store
from study.whatif_tables import borders_table, changes_table, points_table, sensitivity_table

BASE = "base"
BLOCK = 5
"""Points simulated side by side, so that they share the counterfactual, and written to the cache together."""


@dataclass(frozen=True)
class WhatIf:
    """The answers of a what-if.

    Attributes
    ----------
    points : DataFrame
        A row per design point and one for the base scenario (``base`` = 1): the varied keys, every shown KPI with
        ``_low`` and ``_high``, ``gini`` and ``max_min`` of the last stage's growth targets per person, ``moved``
        (share of workload in another redrawn community than in the base scenario), ``pareto``.
    changes : DataFrame
        ``point, level, id, business, base, value, change``: growth targets of the last stage of communities and
        persons; communities only where the boundaries are those of the base scenario.
    borders : DataFrame
        ``a, b, together``: share of the points in which two neighbouring units share a redrawn community.
    sensitivity : DataFrame
        ``kpi, key, effect, low, high, explained``: change of the KPI over the key's range by linear regression on
        the points, its interval over replications, and the share of the points' variance that the regression explains.
    new : int
        Points that had to be computed.
    run : mapping
        What was asked, for run.json.
    """

    points: pd.DataFrame
    changes: pd.DataFrame
    borders: pd.DataFrame
    sensitivity: pd.DataFrame
    new: int
    run: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        """Say the main findings on one screen."""
        keys = list(self.run["vary"])
        shown = self.points[[*keys, BASE, "sales", "contribution", "dip_depth", "gini", "moved", "pareto"]]
        steady = float((self.borders["together"].isin([0.0, 1.0])).mean()) if len(self.borders) else float("nan")
        lines = [
            f"{len(self.points)} points, {self.new} of them computed now",
            shown.to_string(index=False, float_format=lambda x: f"{x:,.4g}"),
            f"{steady:.1%} of the borders between neighbouring units are the same at every point",
        ]
        for row in self.sensitivity[self.sensitivity["kpi"] == "contribution"].to_dict("records"):
            sure = "" if row["low"] > 0 or row["high"] < 0 else ": can't tell"
            span = f"{row['effect']:+,.4g} ({row['low']:+,.4g} to {row['high']:+,.4g})"
            lines.append(f"contribution over the range of {row['key']}: {span}{sure}")
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Return the points."""
        return self.points

    def _repr_html_(self) -> str:
        return str(self.points.to_html(index=False, escape=True, float_format=lambda x: f"{x:,.4g}"))

    def save(self, folder: Path | str) -> Path:
        """Write whatif.csv, changes.csv, borders.csv, sensitivity.csv and, last, run.json."""
        out = Path(folder)
        for name, table in (
            ("whatif", self.points),
            ("changes", self.changes),
            ("borders", self.borders),
            ("sensitivity", self.sensitivity),
        ):
            write_text(out / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
        write_text(out / "run.json", dump(dict(self.run)))
        return out


def what_if(
    scenario: Scenario | str,
    vary: Mapping[str, Sequence[float]],
    *,
    territory: Territory | str | Path | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    kind: Kind = "grid",
    points: int | None = None,
    cache: Path | str | None = None,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] = (),
) -> WhatIf:
    """Vary weights or parameters and answer what changes, under common random numbers.

    Parameters
    ----------
    scenario : Scenario or str
    vary : mapping of dotted key to values
        Any number in the scenario, e.g. ``{"indicators.income": [0.0, 0.3, 0.6]}``.
    territory : Territory, str or Path, optional
        Default: that of the scenario.
    replications, seed : int, optional
        Default: the scenario's.
    jobs : int
    kind : {"grid", "lhs", "sobol"}
        All combinations, or a sample of ``points`` between the extremes of each key.
    points : int, optional
    cache : Path, optional
        Folder of finished points, keyed by content; only what is not there is computed.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
    arguments : sequence of str
        What the command line was called with, for run.json.

    Raises
    ------
    InputError
        A key is unknown, or a value does not fit; every problem at once.

    Examples
    --------
    >>> what_if("plan", {"indicators.income": [0.0, 0.3]}, replications=2)  # doctest: +SKIP
    """
    reporter, started = reporter or Reporter(quiet=True), time.perf_counter()
    (base,), ground = resolve([scenario], territory)
    seed = base.run.seed if seed is None else seed
    replications = base.run.replications if replications is None else replications
    asked = design(vary, kind, points, seed)
    variants = [base, *variants_of(base, asked)]
    store = Store(cache, ground, seed, solver)
    have = [store.read(variant) for variant in variants]
    todo = [n for n, known in enumerate(have) if known is None or len(known["kpis"]["sales"]) < replications]
    if todo:
        _compute(variants, have, todo, ground, store, seed, replications, jobs, solver, reporter)
    known = [_cut(point, replications) for point in have if point is not None]
    run = describe_run(
        "whatif",
        arguments,
        {base.name: base},
        ground,
        seed=seed,
        replications=replications,
        jobs=jobs,
        seconds=time.perf_counter() - started,
        vary={k: list(v) for k, v in vary.items()},
        design=kind,
        computed=len(todo),
    )
    keys = list(vary)
    rows = [{**({k: np.nan for k in keys} if n == 0 else asked[n - 1]), BASE: int(n == 0)} for n in range(len(known))]
    table = points_table(rows, known, base.study.confidence)
    return WhatIf(
        table,
        changes_table(known),
        borders_table(ground, known),
        sensitivity_table(pd.DataFrame(asked), known[1:], base.study.confidence),
        len(todo),
        run,
        warnings_of(base, ground),
    )


def variants_of(base: Scenario, asked: Sequence[Mapping[str, float]]) -> list[Scenario]:
    """Return the scenario of every point.

    Raises
    ------
    InputError
        Every key that is unknown and every value that does not fit, all at once.
    """
    found: list[Scenario] = []
    problems: list[Problem] = []
    for number, point in enumerate(asked, start=1):
        try:
            found.append(with_settings(base, settings_of(base, point), f"point{number}"))
        except InputError as error:
            problems.extend(p for p in error.problems if p.path not in [q.path for q in problems])
    if problems:
        raise InputError(problems)
    return found


def _compute(
    variants: Sequence[Scenario],
    have: list[dict[str, Any] | None],
    todo: Sequence[int],
    ground: Territory,
    store: Store,
    seed: int,
    replications: int,
    jobs: int,
    solver: str,
    reporter: Reporter,
) -> None:
    """Decide and simulate the points that are missing or have too few replications, a block at a time."""
    made: dict[str, Decisions] = {}
    blocks = _blocks(variants, todo)
    total = len(todo) * replications
    done = 0
    with reporter.bar(f"what if: {len(todo)} points") as tick:
        for block in blocks:
            _decide(made, [variants[n] for n in block], ground, seed, solver, jobs)
            inputs = [inputs_of(variants[n], decide_again(made[decision_key(variants[n])], variants[n])) for n in block]
            first = variants[block[0]]
            runner = Runner(inputs, counterfactual=counterfactual_of(first), seed=seed, jobs=jobs)
            start = min(len(have[n]["kpis"]["sales"]) if have[n] else 0 for n in block)  # type: ignore[index]
            offset = done

            def report(finished: int, _: int, offset: int = offset, size: int = len(block)) -> None:
                tick(offset + finished * size, total)

            outcomes = runner.run(range(start, replications), report)
            for place, n in enumerate(block):
                fresh = [outcome[place][0] for outcome in outcomes]
                have[n] = _point(have[n], fresh, start, made[decision_key(variants[n])], variants[n])
                store.write(variants[n], have[n] or {})
            done += len(block) * replications


def _blocks(variants: Sequence[Scenario], todo: Sequence[int]) -> list[list[int]]:
    """Group the points that share a counterfactual, a few at a time."""
    alike: dict[str, list[int]] = {}
    for n in todo:
        twin = counterfactual_of(variants[n])
        market = "" if twin is None else _counterfactual_content(twin)
        alike.setdefault(market, []).append(n)
    return [group[k : k + BLOCK] for group in alike.values() for k in range(0, len(group), BLOCK)]


def _counterfactual_content(twin: Scenario) -> str:
    """Digest of what two forces side by side depend on: neither decisions nor dates of a merger."""
    off = {"name", "title", "base", "overrides", "facts", "findings", "evidence", "partition", "placement", "targets",
           "indicators", "target_stages", "study", "training", "roll_out", "hand_over", "trial_run"}  # fmt: skip
    content = json.dumps(twin.model_dump(mode="json", exclude=off), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _decide(
    made: dict[str, Decisions], scenarios: Sequence[Scenario], ground: Territory, seed: int, solver: str, jobs: int
) -> None:
    """Redraw the communities for all scenarios whose boundaries are not known yet, side by side."""
    new = {decision_key(s): s for s in scenarios if decision_key(s) not in made}
    tasks = [Task(scenario, f"the communities of {scenario.name}") for scenario in new.values()]
    made.update(zip(new, spread(_decided, (ground, seed, solver), tasks, jobs=jobs), strict=True))


def _decided(shared: tuple[Territory, int, str], scenario: Scenario) -> Decisions:
    ground, seed, solver = shared
    return decide(scenario, ground, seed=seed, solver=solver)


def _point(
    before: Mapping[str, Any] | None,
    fresh: Sequence[Mapping[str, float]],
    start: int,
    decisions: Decisions,
    scenario: Scenario,
) -> dict[str, Any]:
    """Return what is kept of a point."""
    kpis = {}
    for kpi in fresh[0]:
        values = [None if np.isnan(one[kpi]) else one[kpi] for one in fresh]
        kpis[kpi] = [*(before["kpis"].get(kpi, [])[:start] if before else []), *values]
    targets = decide_again(decisions, scenario).targets.to_frame()
    last = targets[(targets["measure"] == "growth") & targets["level"].isin(["community", "person"])]
    last = last[last["stage"] == scenario.target_stages[-1].name] if scenario.target_stages else last.iloc[:0]
    return {
        "kpis": kpis,
        "targets": [[r["level"], r["id"], r["business"], float(r["value"])] for r in last.to_dict("records")],
        "plan": decisions.plans["redrawn"].assignment.to_dict(),
        "workload": dict(
            zip(decisions.territory.unit_ids, decisions.territory.attribute("workload").tolist(), strict=True)
        ),
    }


def _cut(point: Mapping[str, Any], replications: int) -> dict[str, Any]:
    return {**point, "kpis": {kpi: values[:replications] for kpi, values in point["kpis"].items()}}
