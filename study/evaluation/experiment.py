"""An experiment: the scenarios asked for, their territory, seed and runs, and afterwards what made the result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios import Scenario, Territory
from scenarios.loading.inputs import resolve
from scenarios.loading.load import load_alternative
from study.evaluation.decisions import Decisions, decide_all
from study.presentation.progress import Reporter
from study.results.run_json import describe_run


@dataclass(frozen=True)
class Experiment:
    """What every question starts from, resolved once.

    Attributes
    ----------
    scenarios : tuple of Scenario
        The first is the one studied.
    territory : Territory
        As loaded.
    seed, replications : int
        Those asked for, or the first scenario's.
    jobs : int
    solver : {"highs", "cbc"}
    reporter : Reporter
    """

    scenarios: tuple[Scenario, ...]
    territory: Territory
    seed: int
    replications: int
    jobs: int = 1
    solver: str = "highs"
    reporter: Reporter = field(default_factory=lambda: Reporter(quiet=True))
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def set_up(
        cls,
        scenarios: Sequence[Scenario | str],
        territory: Territory | str | Path | None,
        *,
        seed: int | None = None,
        replications: int | None = None,
        alternatives: bool = False,
        **more: Any,
    ) -> Experiment:
        """Load what is given by name and fill in what is not given.

        Parameters
        ----------
        scenarios : sequence of Scenario or str
        territory : Territory, str or Path, optional
            Default: that of the first scenario.
        seed, replications : int, optional
            Default: those of the first scenario.
        alternatives : bool
            With one scenario, its own alternatives are put on top of it and join it.
        **more
            ``jobs``, ``solver``, ``reporter``.

        Raises
        ------
        InputError
            See `scenarios.loading.inputs.resolve`.
        """
        chosen, ground = resolve(scenarios, territory)
        first = chosen[0]
        if alternatives and len(chosen) == 1:
            chosen += [load_alternative(first, name) for name in first.study.alternatives]
        given = {name: value for name, value in more.items() if value is not None}
        return cls(
            tuple(chosen),
            ground,
            first.run.seed if seed is None else seed,
            first.run.replications if replications is None else replications,
            **given,
        )

    @property
    def first(self) -> Scenario:
        """The scenario studied."""
        return self.scenarios[0]

    @property
    def named(self) -> dict[str, Scenario]:
        """Name -> scenario."""
        return {s.name: s for s in self.scenarios}

    def decide(self) -> dict[str, Decisions]:
        """Return what is decided for every scenario before anybody simulates."""
        return decide_all(
            self.scenarios, self.territory, seed=self.seed, solver=self.solver, jobs=self.jobs, reporter=self.reporter
        )

    def run_json(
        self, verb: str, arguments: Sequence[str] | None, territory: Territory | None, **more: Any
    ) -> dict[str, Any]:
        """Return the content of run.json: see `study.results.run_json.describe_run`."""
        return describe_run(
            verb,
            arguments,
            self.named,
            territory,
            seed=self.seed,
            replications=self.replications,
            jobs=self.jobs,
            seconds=time.perf_counter() - self.started,
            solver=self.solver,
            **more,
        )
