"""Finished points of what-ifs, each a piece keyed by all that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foundation.result_cache import Pieces, key_of
from scenarios import Territory
from scenarios.loading.case import Case
from scenarios.loading.fingerprint import territory_key

PARTS = frozenset({"kpis", "targets", "plans", "kind_of_stage", "workload", "persons", "teams"})
"""What a whole point holds."""


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
        self.seed, self.solver = seed, solver
        self.shared = ["what-if", territory_key(territory), seed, solver]

    def read(self, case: Case) -> dict[str, Any] | None:
        """Return a finished point; None where there is none, or its file is not whole."""
        found = self.pieces.read(self._key(case))
        return found if isinstance(found, dict) and set(found) >= PARTS else None

    def write(self, case: Case, point: Mapping[str, Any]) -> None:
        """Keep a finished point."""
        self.pieces.write(self._key(case), dict(point))

    def path(self, case: Case) -> Path | None:
        """Return the file of a point; None where nothing is kept."""
        return self.pieces.path(self._key(case))

    def _key(self, case: Case) -> str:
        """Return the key of a point."""
        return key_of(*self.shared, case.key)
