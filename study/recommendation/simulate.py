"""The trial: every candidate simulated under the same random numbers, a replication at a time, and remembered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from foundation.atomic_files import write_text
from foundation.result_cache import Pieces, key_of
from scenarios import Scenario
from sim import Inputs
from sim.kpis import kpis
from sim.run import Run, simulate_world
from sim.state.records import TRAVEL
from sim.world.build import World
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Tick
from study.recommendation.candidates import Candidate

MOST_AT_ONCE = 4
"""Replications that a worker makes in one go."""


class Trial:
    """Simulates the candidates and keeps what each replication gave.

    Parameters
    ----------
    candidates : sequence of Candidate
    counterfactual : Scenario, optional
        Runs once per replication and serves all.
    seed, jobs : int
        The result does not depend on ``jobs``.
    cache : Path, optional
        Folder of finished replications, keyed by all they depend on: communities are part of it, since a solver that
        its time limit stops may draw others.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        counterfactual: Scenario | None,
        *,
        seed: int,
        jobs: int,
        cache: Path | str | None,
    ) -> None:
        ground = candidates[0].decisions.territory
        inputs = [inputs_of(c.scenario, c.decisions) for c in candidates]
        twin = None if counterfactual is None else Inputs(counterfactual, ground)
        self.worlds = [item.world() for item in inputs]
        self.alone = None if twin is None else twin.world()
        self.seed, self.jobs = seed, jobs
        pieces, against = Pieces(cache), None if twin is None else twin.content(seed)
        self.paths = [pieces.path(key_of("recommend", item.content(seed), against)) for item in inputs]
        self.known: list[dict[int, dict[str, float]]] = [_read(path) for path in self.paths]
        self.computed = 0

    def run(self, chosen: Sequence[int], numbers: Sequence[int], tick: Tick | None = None) -> None:
        """Make sure that these candidates have these replications."""
        todo = [(n, [k for k in chosen if n not in self.known[k]]) for n in numbers]
        todo = [(n, missing) for n, missing in todo if missing]
        size = max(1, min(MOST_AT_ONCE, len(todo) // (2 * self.jobs)))
        parts = [todo[k : k + size] for k in range(0, len(todo), size)]
        tasks = (delayed(_replications)(self.worlds, self.alone, self.seed, part) for part in parts)
        done = 0
        for outcome in Parallel(n_jobs=self.jobs, return_as="generator", batch_size=1)(tasks):
            for number, found in outcome:
                for k, values in found.items():
                    self.known[k][number] = values
                    self.computed += 1
                done += 1
            self._write()
            if tick is not None:
                tick(done, len(todo))

    def values(self, k: int, numbers: Sequence[int]) -> pd.DataFrame:
        """Return replications as rows and KPIs as columns."""
        return pd.DataFrame([self.known[k][n] for n in numbers], index=pd.Index(numbers))

    def _write(self) -> None:
        for path, known in zip(self.paths, self.known, strict=True):
            if path is not None:
                write_text(path, json.dumps({str(n): known[n] for n in sorted(known)}))


def person_facts(run: Run) -> dict[str, float]:
    """Return what the KPIs leave out: hours on the way, and how unevenly persons come up to their targets."""
    warm = run.world.scenario.run.warm_up_days
    return {
        "travel_hours": float(run.records.hours[warm:, :, TRAVEL].sum()),
        "attainment_spread": _spread(run),
    }


def _spread(run: Run) -> float:
    """Return the coefficient of variation of growth over growth target of the persons, in the last stage with days."""
    targets, world = run.world.targets, run.world
    stages = [k for k in range(len(world.scenario.target_stages)) if (world.table.stage == k).any()]
    if targets is None or not stages:
        return float("nan")
    name = world.scenario.target_stages[stages[-1]].name
    table = targets.table
    table = table[(table["stage"] == name) & (table["level"] == "person") & (table["measure"] == "growth")]
    wanted = table.groupby("id")["value"].sum().reindex(list(world.sellers.ids)).to_numpy(dtype=np.float64)
    reached = run.records.seller_growth[:, stages[-1] + 1].sum(axis=1)
    share = reached[wanted > 0] / wanted[wanted > 0]
    return float(share.std(ddof=1) / share.mean()) if len(share) > 1 and share.mean() > 0 else float("nan")


def _replications(
    worlds: Sequence[World], alone: World | None, seed: int, todo: Sequence[tuple[int, Sequence[int]]]
) -> list[tuple[int, dict[int, dict[str, float]]]]:
    found = []
    for number, chosen in todo:
        twin = None if alone is None else simulate_world(alone, seed, number)
        outcome = {}
        for k in chosen:
            run = simulate_world(worlds[k], seed, number)
            outcome[k] = {**kpis(run, twin), **person_facts(run)}
        found.append((number, outcome))
    return found


def _read(path: Path | None) -> dict[int, dict[str, float]]:
    """Return finished replications; none where there is no whole file."""
    try:
        content: Any = {} if path is None else json.loads(path.read_text(encoding="utf-8"))
        return {int(n): {str(k): float(v) for k, v in values.items()} for n, values in content.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
