"""What if weights or parameters were others: a design through targets, boundaries, simulation; who gains or loses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foundation.atomic_files import write_text
from foundation.messages import Message
from foundation.parallel import notes_stops
from foundation.safe_csv import csv_text
from scenarios import Problem, Scenario, Territory
from scenarios.loading.case import cases_of
from scenarios.loading.cautions import warnings_of
from scenarios.loading.variants import variants_of, whole_keys
from study.evaluation.experiment import Experiment
from study.evaluation.points import Store
from study.presentation.progress import Reporter
from study.results.storage import dump
from study.sensitivity.design import Kind, design
from study.whatif.gains import changes_table, gains_table
from study.whatif.points import compute
from study.whatif.recurring_communities import stable_table
from study.whatif.result import BASE, WhatIfData
from study.whatif.summary import page, summary_text
from study.whatif.tables import borders_table, influence_table, points_table, screening_table, sensitivity_table


class WhatIf(WhatIfData):
    """The answers of a what-if, that say their main findings and save themselves."""

    def __str__(self) -> str:
        """Say the main findings on one screen."""
        return self.in_text()

    def __repr__(self) -> str:
        """Say what it is in a line; `str` and the notebook say what it found."""
        varied = ", ".join(str(key) for key in self.run.get("vary", {}))
        return f"<WhatIf of {varied or 'nothing'}: {len(self.points)} points, {self.new} new>"

    def in_text(self, language: str = "en") -> str:
        """Say the main findings on one screen, in a language."""
        return summary_text(self, language=language)

    def _repr_html_(self) -> str:
        return page(self)

    def save(self, folder: Path | str) -> Path:
        """Write whatif.csv, the tables that explain it and, last, run.json."""
        out = Path(folder)
        tables = {"whatif": self.points, "changes": self.changes, "gains": self.gains, "stable": self.stable}
        tables |= {"borders": self.borders, "sensitivity": self.sensitivity, "influence": self.influence}
        if self.run["design"] == "morris":
            tables["screening"] = self.screening
        for name, table in tables.items():
            write_text(out / f"{name}.csv", csv_text(table))
        write_text(out / "run.json", dump(dict(self.run)))
        return out


@notes_stops
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
    kind : {"grid", "lhs", "sobol", "morris"}
        All combinations, or a sample of ``points`` between the extremes of each key, or so many trajectories that move
        one key at a time, for a screening.
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
    experiment = Experiment.set_up(
        [scenario], territory, seed=seed, replications=replications, jobs=jobs, solver=solver, reporter=reporter
    )
    base, ground, seed = experiment.first, experiment.territory, experiment.seed
    asked = design(vary, kind, points, seed, whole_keys(base, vary))
    known, new = compute(
        cases_of([base, *variants_of(base, asked)]),
        ground,
        Store(cache, ground, seed, solver),
        replications=experiment.replications,
        solver=solver,
        **experiment.how,
    )
    varied = {k: list(v) for k, v in vary.items()}
    run = experiment.run_json("whatif", arguments, ground, vary=varied, design=kind, computed=new)
    keys = list(vary)
    rows = [{**({k: np.nan for k in keys} if n == 0 else asked[n - 1]), BASE: int(n == 0)} for n in range(len(known))]
    confidence = base.study.confidence
    table = points_table(rows, known, confidence)
    own, points_of = table[table[BASE] == 0], pd.DataFrame(asked)
    none = pd.DataFrame({"kpi": []})
    return WhatIf(
        points=table,
        changes=changes_table(known),
        gains=gains_table(known),
        stable=stable_table(known),
        borders=borders_table(ground, known),
        sensitivity=sensitivity_table(points_of, known[1:], confidence, kind),
        influence=influence_table(own, keys, known[1:], confidence, base.study.bootstrap, seed),
        screening=screening_table(own, keys, known[1:], confidence) if kind == "morris" else none,
        new=new,
        run=run,
        warnings=(*warnings_of(base, ground), *_without_effect(asked, known[1:])),
    )


def _without_effect(asked: Sequence[Mapping[str, float]], known: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Say which keys change nothing: points that differ in such a key alone are the same to the last figure."""
    what = [json.dumps([point["kpis"], point["targets"], point["plans"]], sort_keys=True) for point in known]
    found = []
    for key in asked[0]:
        alike: dict[str, list[int]] = {}
        for n, point in enumerate(asked):
            alike.setdefault(json.dumps({k: v for k, v in point.items() if k != key}), []).append(n)
        groups = [group for group in alike.values() if len({asked[n][key] for n in group}) > 1]
        if (groups or len(set(what)) == 1) and all(len({what[n] for n in group}) == 1 for group in groups):
            rule = Message("nothing changes with it at these points, neither boundaries nor targets nor results")
            if len({point[key] for point in asked}) == 1:
                rule = Message("it has one value only, so nothing can be said about it")
            found.append(
                Problem(
                    Message("vary {key}", key=key),
                    None,
                    rule,
                    Message("Vary it further, or something else."),
                    "warning",
                )
            )
    return found
