"""What one replication recorded, as data: KPIs are computed from it, and nothing here prints or saves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.state.records import Records, first_days
from sim.world.build import World


@dataclass(frozen=True)
class Recording:
    """What one replication recorded.

    Attributes
    ----------
    world : World
        What was simulated.
    replication : int
    records : Records
    events : int
        Events that the SimPy environment processed.
    """

    world: World
    replication: int
    records: Records
    events: int

    def until(self, days: int) -> Recording:
        """Return what was recorded in the first working days; stages that they do not see whole have no attainment."""
        table = self.world.table
        shorter = replace(table, days=table.days[:days], phase=table.phase[:, :days], stage=table.stage[:, :days])
        world = replace(self.world, table=shorter, calendar_days=self.world.calendar_days[:days])
        return Recording(world, self.replication, first_days(self.records, days), self.events)
