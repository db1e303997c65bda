"""Finished points of what-ifs on disk, keyed by all that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios import Scenario, Territory
from scenarios.atomic import write_text

FORMAT = 3
"""Version of what the cache holds; raise it when a result of the same scenario would differ."""


class Store:
    """Finished points on disk, keyed by all that they depend on.

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
        self.shared = [FORMAT, ground, seed, solver]

    def path(self, scenario: Scenario) -> Path | None:
        """Return the file of a scenario."""
        if self.folder is None:
            return None
        key = hashlib.sha256(json.dumps([*self.shared, _content(scenario)]).encode()).hexdigest()
        return self.folder / f"{key}.json"

    def read(self, scenario: Scenario) -> dict[str, Any] | None:
        """Return a finished point; None where there is none, or its file is not whole."""
        path = self.path(scenario)
        try:
            found = None if path is None else json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        whole = isinstance(found, dict) and {"kpis", "targets", "teams", "plan", "subdivided", "workload"} <= set(found)
        return found if whole else None

    def write(self, scenario: Scenario, point: Mapping[str, Any]) -> None:
        """Keep a finished point."""
        path = self.path(scenario)
        if path is not None:
            write_text(path, json.dumps(point, ensure_ascii=False))


def _content(scenario: Scenario) -> str:
    """Digest of what a replication depends on: the number of replications is not part of it."""
    return scenario.model_copy(update={"run": scenario.run.model_copy(update={"replications": 1})}).sha256
