"""Finished points of what-ifs, each a piece keyed by all that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios import Scenario, Territory
from scenarios.pieces import Pieces, content_of, key_of


class Store:
    """Finished points of one territory, seed and solver.

    Parameters
    ----------
    folder : Path or None
        None: nothing is kept.
    """

    def __init__(self, folder: Path | str | None, territory: Territory, seed: int, solver: str) -> None:
        self.pieces = Pieces(folder)
        if self.pieces.folder is not None:
            self.pieces.folder.mkdir(parents=True, exist_ok=True)
        self.shared = ["what-if", content_of(territory), seed, solver]

    def read(self, scenario: Scenario) -> dict[str, Any] | None:
        """Return a finished point; None where there is none, or its file is not whole."""
        found = self.pieces.read(self._key(scenario))
        whole = isinstance(found, dict) and {"kpis", "targets", "plan", "workload"} <= set(found)
        return found if whole else None

    def write(self, scenario: Scenario, point: Mapping[str, Any]) -> None:
        """Keep a finished point."""
        self.pieces.write(self._key(scenario), dict(point))

    def _key(self, scenario: Scenario) -> str:
        """Return the key of a point: the number of replications is not part of it."""
        run = scenario.run.model_copy(update={"replications": 1})
        return key_of(*self.shared, scenario.model_copy(update={"run": run}).sha256)
