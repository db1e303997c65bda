"""Finished points of what-ifs on disk, keyed by all that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios import Scenario, Territory
from scenarios.atomic import write_text
from study.code import code_digest

PARTS = frozenset({"kpis", "targets", "plans", "kind_of_stage", "workload", "persons", "teams"})
"""What a whole point holds."""


class Store:
    """Finished points on disk, keyed by all that they depend on: the inputs, the seed, the solver and the code.

    Parameters
    ----------
    folder : Path or None
        None: nothing is kept.
    """

    def __init__(self, folder: Path | str | None, territory: Territory, seed: int, solver: str) -> None:
        self.folder = None if folder is None else Path(folder)
        ground = (
            territory.provenance.sha256
            or hashlib.sha256((territory.units.to_csv() + territory.edges.to_csv()).encode()).hexdigest()
        )
        self.seed, self.solver = seed, solver
        self.shared = [code_digest(), ground, seed, solver]

    def path(self, scenario: Scenario) -> Path | None:
        """Return the file of a scenario."""
        if self.folder is None:
            return None
        key = hashlib.sha256(json.dumps([*self.shared, content_of(scenario)]).encode()).hexdigest()
        return self.folder / f"{key}.json"

    def read(self, scenario: Scenario) -> dict[str, Any] | None:
        """Return a finished point; None where there is none, or its file is not whole."""
        path = self.path(scenario)
        try:
            found = None if path is None else json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and set(found) >= PARTS else None

    def write(self, scenario: Scenario, point: Mapping[str, Any]) -> None:
        """Keep a finished point."""
        path = self.path(scenario)
        if path is not None:
            write_text(path, json.dumps(point, ensure_ascii=False))


def content_of(scenario: Scenario) -> str:
    """Return a digest of what a replication depends on: the number of replications is not part of it."""
    return scenario.model_copy(update={"run": scenario.run.model_copy(update={"replications": 1})}).sha256
