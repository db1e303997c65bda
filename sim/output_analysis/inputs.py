"""What is simulated: a scenario on a territory, with the decisions made for it, and what all that is known by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from foundation.result_cache import key_of
from scenarios import Placement, Plan, Scenario, Targets, Territory
from scenarios.loading.fingerprint import territory_key
from sim.start import after_usual_days
from sim.world.build import World, build_world
from sim.world.layout import Layout, layout_of


@dataclass(frozen=True)
class Inputs:
    """What is simulated: a scenario on a territory, with the decisions made for it."""

    scenario: Scenario
    territory: Territory | None = None
    plans: Mapping[str, Plan] | None = None
    placements: Mapping[str, Placement] | None = None
    targets: Targets | None = None
    layout: Layout | None = field(default=None, compare=False, repr=False)
    """That of the scenario, where it was made before."""

    def laid_out(self) -> Inputs:
        """Return the same with its layout made, for all the scenarios that differ from this one in numbers only."""
        return replace(self, layout=layout_of(self.scenario, self.territory, self.plans, self.placements))

    def world(self) -> World:
        """Build the arrays, and let the study begin on a usual day."""
        built = build_world(
            self.scenario,
            self.territory,
            plans=self.plans,
            placements=self.placements,
            targets=self.targets,
            layout=self.layout,
        )
        return after_usual_days(built)

    def content(self, seed: int) -> list[str]:
        """Return digests of all that a replication depends on: how many there are is not part of it."""
        run = self.scenario.run.model_copy(update={"replications": 1, "seed": seed})
        plans = {k: [p.assignment.to_csv(), dict(p.seats)] for k, p in (self.plans or {}).items()}
        places = {k: p.table.to_csv() for k, p in (self.placements or {}).items()}
        targets = None if self.targets is None else self.targets.table.to_csv()
        return [
            self.scenario.model_copy(update={"run": run}).sha256,
            territory_key(self.territory),
            key_of(plans, places, targets),
        ]
