"""Finished points: what is kept of one scenario, decided and simulated, keyed by all that it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foundation.result_cache import Pieces, key_of
from optimize.targets.allocate import communities_at
from scenarios import Scenario, Territory
from scenarios.loading.case import Case
from scenarios.loading.fingerprint import territory_key
from study.evaluation.decisions import Decisions

POINTS = "points"
"""Folder of a finished study that holds the points of its scenarios."""

MEASURES = ("growth", "revenue")
"""Targets kept of every point."""

Point = dict[str, Any]

PARTS = frozenset({"kpis", "attained", "targets", "plans", "kind_of_stage", "workload", "persons", "teams"})
"""What a whole point holds."""


class Store:
    """Finished points of one territory, seed and solver.

    Parameters
    ----------
    folder : Path or None
        None: nothing is kept.
    also : Path, optional
        A folder that is read where the first has no such point, and never written: that of a finished study.
    """

    def __init__(
        self, folder: Path | str | None, territory: Territory, seed: int, solver: str, also: Path | None = None
    ) -> None:
        self.pieces = Pieces(folder)
        self.also = Pieces(also if also is not None and also.is_dir() else None)
        if self.pieces.folder is not None:
            self.pieces.folder.mkdir(parents=True, exist_ok=True)
        self.seed, self.solver = seed, solver
        self.shared = ["what-if", territory_key(territory), seed, solver]

    def read(self, case: Case) -> dict[str, Any] | None:
        """Return a finished point; None where there is none, or its file is not whole."""
        found = [pieces.read(self._key(case)) for pieces in (self.pieces, self.also)]
        whole = [point for point in found if isinstance(point, dict) and set(point) >= PARTS]
        return max(whole, key=lambda point: len(point["kpis"]["sales"]), default=None)

    def write(self, case: Case, point: Mapping[str, Any]) -> None:
        """Keep a finished point."""
        self.pieces.write(self._key(case), dict(point))

    def path(self, case: Case) -> Path | None:
        """Return the file of a point; None where nothing is kept."""
        return self.pieces.path(self._key(case))

    def _key(self, case: Case) -> str:
        """Return the key of a point."""
        return key_of(*self.shared, case.key)


def point_of(
    kpis: Mapping[str, Sequence[float | None]], attained: Mapping[str, Any], decisions: Decisions, scenario: Scenario
) -> Point:
    """Return what is kept of a scenario.

    Parameters
    ----------
    kpis : mapping of KPI to its values, one a replication
        None where a replication has none.
    attained : mapping
        What the same replications reached of the targets of centres (`sim.output_analysis.attainment`).
    decisions : Decisions
    scenario : Scenario
    """
    table = decisions.targets.to_frame()
    table = table[table["measure"].isin(MEASURES) & table["level"].isin(["community", "person"])]
    columns = [table[name].tolist() for name in ("stage", "level", "id", "business", "measure")]
    ids, load = decisions.territory.unit_ids, decisions.territory.attribute("workload").tolist()
    return {
        "kpis": {kpi: list(values) for kpi, values in kpis.items()},
        "attained": dict(attained),
        "targets": [list(row) for row in zip(*columns, table["value"].astype(float).tolist(), strict=True)],
        "plans": plans_of(decisions),
        "kind_of_stage": {stage.name: communities_at(scenario, stage) for stage in scenario.target_stages},
        "workload": dict(zip(ids, load, strict=True)),
        "persons": _persons(decisions),
        "teams": _teams(decisions, scenario),
    }


def _teams(decisions: Decisions, scenario: Scenario) -> dict[str, str]:
    """Return the community to whose target every seller of the last stage contributes."""
    table = decisions.targets.to_frame()
    last = table[(table["level"] == "person") & (table["measure"] == "growth")]
    last = last[last["stage"] == scenario.target_stages[-1].name] if scenario.target_stages else last.iloc[:0]
    return dict(zip(last["id"].astype(str), last["parent"].astype(str), strict=True))


def _persons(decisions: Decisions) -> dict[str, list[str]]:
    """Return name, force, centre and redrawn community of every seller."""
    table, sellers = decisions.placement.to_frame(), decisions.territory.sellers
    names: dict[str, str] = {}
    if sellers is not None and "name" in sellers:
        names = dict(zip(sellers["seller_id"].astype(str), sellers["name"].fillna("").astype(str), strict=True))
    rows = table[["seller_id", "force", "centre", "community"]].itertuples(index=False, name=None)
    return {seller: [names.get(seller, ""), force, centre, community] for seller, force, centre, community in rows}


def plans_of(decisions: Decisions) -> dict[str, dict[Any, str]]:
    """Return unit -> community of all three plans."""
    return {kind: decisions.plans[kind].assignment.to_dict() for kind in ("current", "redrawn", "subdivided")}
