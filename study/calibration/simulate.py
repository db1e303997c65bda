"""The test bench: simulates parameter values under the same random numbers, and keeps what is finished."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from foundation.arrays import Floats
from foundation.atomic_files import write_bytes
from foundation.result_cache import key_of
from scenarios import Scenario, Territory
from scenarios.loading.load import with_settings
from sim import Inputs
from sim.run import simulate_world
from study.calibration.moments import Moments, Pair, record

Tick = Callable[[int, int], None]

FORMAT = 1
"""Version of how the cache holds it."""


class Bench:
    """Simulates points and remembers them.

    Parameters
    ----------
    inputs : Inputs
        The scenario with its territory and the decisions made for it.
    moments : Moments
    seed : int
    jobs : int
        Worker processes; the result does not depend on it.
    cache : Path, optional
        Folder of finished points, keyed by all that they depend on.
    """

    def __init__(
        self, inputs: Inputs, moments: Moments, *, seed: int, jobs: int = 1, cache: Path | str | None = None
    ) -> None:
        self.inputs, self.moments, self.seed, self.jobs = inputs, moments, seed, jobs
        self.cache = None if cache is None else Path(cache)
        self.known: dict[str, Floats] = {}
        self.computed = 0
        self.ground = _ground(inputs)

    def look(self, points: Sequence[Mapping[str, float]], runs: int, tick: Tick | None = None) -> list[Floats]:
        """Return the moments of every point, each of shape (runs, moments); run k has the same luck everywhere."""
        scenarios = [with_settings(self.inputs.scenario, point) for point in points]
        keys = [self._key(scenario) for scenario in scenarios]
        for key in dict.fromkeys(keys):
            if key not in self.known:
                self.known[key] = self._read(key)
        todo = [(k, s) for k, s in dict(zip(keys, scenarios, strict=True)).items() if len(self.known[k]) < runs]
        tasks = (
            delayed(_simulate)(
                replace(self.inputs, scenario=scenario), self.moments.pairs, self.seed, len(self.known[key]), runs
            )
            for key, scenario in todo
        )
        fresh: Iterator[Floats] = Parallel(n_jobs=self.jobs, return_as="generator", batch_size=1)(tasks)
        for done, ((key, _), new) in enumerate(zip(todo, fresh, strict=True), start=1):
            self.known[key] = np.concatenate([self.known[key], new]) if len(self.known[key]) else new
            self._write(key)
            self.computed += len(new)
            if tick is not None:
                tick(done, len(todo))
        return [self.moments.of(self.known[key][:runs]) for key in keys]

    def _key(self, scenario: Scenario) -> str:
        """Digest of what a run depends on, the program among it: how many there are is not part of it."""
        alone = scenario.model_copy(update={"run": scenario.run.model_copy(update={"replications": 1})}).sha256
        return key_of(FORMAT, self.ground, self.seed, list(self.moments.pairs), alone)

    def _read(self, key: str) -> Floats:
        """Return the finished runs of a point; none where there is no whole file."""
        shape = (0, 2, len(self.moments.pairs), self.inputs.scenario.run.days)
        if self.cache is None:
            return np.zeros(shape)
        try:
            content = io.BytesIO((self.cache / f"{key}.npz").read_bytes())
            with np.load(content, allow_pickle=False) as file:
                found = np.asarray(file["runs"], dtype=np.float64)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return np.zeros(shape)
        return found if found.shape[1:] == shape[1:] else np.zeros(shape)

    def _write(self, key: str) -> None:
        if self.cache is not None:
            buffer = io.BytesIO()
            np.savez_compressed(buffer, runs=self.known[key])
            write_bytes(self.cache / f"{key}.npz", buffer.getvalue())


def _simulate(inputs: Inputs, pairs: Sequence[Pair], seed: int, first: int, last: int) -> Floats:
    """Simulate the runs of these numbers."""
    world = inputs.world()
    return np.stack([record(simulate_world(world, seed, number), pairs) for number in range(first, last)])


def _ground(inputs: Inputs) -> str:
    """Digest of the territory and of every decision made for it."""
    territory: Territory | None = inputs.territory
    parts: list[str] = []
    if territory is not None:
        tables = (territory.units, territory.edges, territory.sellers, territory.outlets, territory.halls)
        parts += ["" if t is None else t.drop(columns="geometry", errors="ignore").to_csv() for t in tables]
    parts += [f"{kind}\n{plan.assignment.to_csv()}" for kind, plan in sorted((inputs.plans or {}).items())]
    parts += [f"{kind}\n{place.table.to_csv()}" for kind, place in sorted((inputs.placements or {}).items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
