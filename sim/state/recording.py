"""What one replication recorded, as data: KPIs are computed from it, and nothing here prints or saves."""

from __future__ import annotations

from dataclasses import dataclass

from sim.state.records import Records
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
