"""Attainment over replications: what the company and every centre reached of their growth targets, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from scenarios.schema.fields import BUSINESSES
from sim.attainment import CENTRE, COMPANY, targets_of_centres
from sim.output_analysis.intervals import interval
from sim.world.build import World

ALL = "all"
"""Stands for both businesses together."""

COLUMNS = ("stage", "level", "id", "business", "target", "reached", "attainment", "low", "high", "replications")


@dataclass(frozen=True)
class Attained:
    """Growth targets of centres, and what every replication reached of them.

    Attributes
    ----------
    stages, centres : tuple of str
    wanted : ndarray, shape (stages, centres, businesses) [subscribers]
    reached : ndarray, shape (replications, stages, centres, businesses) [subscribers]
        NaN for a stage that the study does not see from end to end.
    """

    stages: tuple[str, ...]
    centres: tuple[str, ...]
    wanted: Floats
    reached: Floats

    @classmethod
    def of(cls, world: World, growth: Sequence[Any]) -> Attained:
        """Return that of a world, from `sim.attainment.growth_by_centre` of every replication."""
        stages = tuple(stage.name for stage in world.scenario.target_stages)
        wanted = targets_of_centres(world)
        reached = np.asarray(growth, dtype=np.float64).reshape(len(growth), *wanted.shape)
        return cls(stages, world.table.centres, wanted, reached)

    @classmethod
    def read(cls, content: Mapping[str, Any], runs: int) -> Attained:
        """Return that of plain values (`plain`), of the first replications only."""
        wanted = np.asarray(content["wanted"], dtype=np.float64)
        stages, centres = tuple(content["stages"]), tuple(content["centres"])
        shape = len(stages), len(centres), len(BUSINESSES)
        first = content["reached"][:runs]
        reached = np.asarray(first, dtype=np.float64).reshape(len(first), *shape)
        return cls(stages, centres, wanted.reshape(shape), reached)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values; None where there is no number."""
        reached = np.where(np.isnan(self.reached), None, self.reached)  # type: ignore[call-overload]
        about = {"stages": list(self.stages), "centres": list(self.centres), "wanted": self.wanted.tolist()}
        return {**about, "reached": reached.tolist()}

    def table(self, confidence: float) -> pd.DataFrame:
        """Return what the company and every centre reached of their targets.

        Returns
        -------
        DataFrame
            ``stage, level, id, business, target, reached, attainment, low, high, replications``: a row for the company
            and for each centre, for each business and both together (``all``). The interval is that of the attainment
            over the replications. Stages that the study does not see whole, and targets of 0, are left out.
        """
        both = tuple(range(len(BUSINESSES)))
        everywhere = tuple(range(len(self.centres)))
        places = [(COMPANY, COMPANY, everywhere), *((CENTRE, name, (n,)) for n, name in enumerate(self.centres))]
        businesses = [(ALL, both), *((str(name), (b,)) for b, name in enumerate(BUSINESSES))]
        rows: list[tuple[object, ...]] = []
        for index, stage in enumerate(self.stages):
            for level, name, chosen in places:
                for business, which in businesses:
                    target = float(self.wanted[index][np.ix_(chosen, which)].sum())
                    reached = self.reached[:, index][:, chosen][:, :, which].sum(axis=(1, 2))
                    if target > 0 and len(reached) and np.isfinite(reached).all():
                        shares = (reached / target).reshape(-1, 1)
                        mean, low, high = (float(x[0]) for x in interval(shares, confidence))
                        about = (stage, level, name, business)
                        rows.append((*about, target, float(reached.mean()), mean, low, high, len(reached)))
        return pd.DataFrame(rows, columns=list(COLUMNS))
