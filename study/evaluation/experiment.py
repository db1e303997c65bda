"""An experiment: the scenarios asked for, their territory, seed and runs, and afterwards what made the result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from scenarios import Scenario, Territory
from scenarios.loading.case import Case, cases_of
from scenarios.loading.inputs import no_territory, resolve
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
    ground : Territory or None
        As loaded; None for a laboratory scenario, which needs none.
    seed, replications : int
        Those asked for, or the first scenario's.
    jobs : int
    solver : {"highs", "cbc"}
    reporter : Reporter
    """

    scenarios: tuple[Scenario, ...]
    ground: Territory | None
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
        usual: Callable[[Scenario], int] = lambda first: first.run.replications,
        alternatives: bool = False,
        bare: bool = False,
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
        usual : callable
            Where the first scenario says how many replications there are.
        alternatives : bool
            With one scenario, its own alternatives are put on top of it and join it.
        bare : bool
            A laboratory scenario will do, which has no territory.
        **more
            ``jobs``, ``solver``, ``reporter``.

        Raises
        ------
        InputError
            See `scenarios.loading.inputs.resolve`.
        """
        chosen, ground = resolve(scenarios, territory)
        if ground is None and not bare:
            raise no_territory()
        first = chosen[0]
        if alternatives and len(chosen) == 1:
            chosen += [load_alternative(first, name) for name in first.study.alternatives]
        given = {name: value for name, value in more.items() if value is not None}
        return cls(
            tuple(chosen),
            ground,
            first.run.seed if seed is None else seed,
            usual(first) if replications is None else replications,
            **given,
        )

    @property
    def first(self) -> Scenario:
        """The scenario studied."""
        return self.scenarios[0]

    @property
    def territory(self) -> Territory:
        """The territory as loaded.

        Raises
        ------
        InputError
            There is none.
        """
        if self.ground is None:
            raise no_territory()
        return self.ground

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every scenario with its counterfactual, made once."""
        return cases_of(self.scenarios)

    @property
    def how(self) -> dict[str, Any]:
        """What every simulation is told alike: ``seed``, ``jobs`` and ``reporter``."""
        return {"seed": self.seed, "jobs": self.jobs, "reporter": self.reporter}

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
        self,
        verb: str,
        arguments: Sequence[str] | None,
        territory: Territory | None,
        scenarios: Mapping[str, Scenario] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Return the content of run.json: see `study.results.run_json.describe_run`.

        ``scenarios`` are those of the result where they are others than were asked for.
        """
        return describe_run(
            verb,
            arguments,
            self.named if scenarios is None else scenarios,
            territory,
            seed=self.seed,
            replications=self.replications,
            jobs=self.jobs,
            seconds=time.perf_counter() - self.started,
            solver=self.solver,
            **more,
        )
