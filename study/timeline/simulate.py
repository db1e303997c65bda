"""The judge that simulates: every timeline beside the same counterfactual, run by run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from joblib import Parallel, delayed

from foundation.arrays import Floats
from sim import Inputs
from sim.contribution import contribution, merger_effect
from sim.kpis import kpis
from sim.run import simulate_world
from sim.world.build import World
from study.evaluation.principles import kpi_of
from study.timeline.objective import MEASURES
from study.timeline.search_space import Point

PIECE = 4
"""Most runs that a worker makes in one go."""


class Simulation:
    """Simulates timelines; the counterfactual of a run is simulated once and serves all of them.

    Parameters
    ----------
    inputs_of : callable
        What is simulated at a point.
    counterfactual : Inputs
    seed : int
    jobs : int
        Worker processes; the values do not depend on it.
    more : sequence of str
        KPIs that principles are about.
    """

    def __init__(
        self,
        inputs_of: Callable[[Point], Inputs],
        counterfactual: Inputs,
        *,
        seed: int,
        jobs: int = 1,
        more: Sequence[str] = (),
    ) -> None:
        self.inputs_of, self.seed, self.jobs, self.more = inputs_of, seed, jobs, tuple(more)
        self.alone = counterfactual.world()
        self.without: dict[int, Floats] = {}

    def __call__(self, points: Sequence[Point], numbers: Sequence[int]) -> Floats:
        """Return contribution, dip depth and dip days, and the KPIs of principles, shape (runs, points, 3 + those)."""
        missing = [n for n in numbers if n not in self.without]
        self.without |= dict(zip(missing, self._spread(_alone, self.alone, missing, ()), strict=True))
        result = np.zeros((len(numbers), len(points), len(MEASURES) + len(self.more)))
        for k, point in enumerate(points):
            world = self.inputs_of(point).world()
            result[:, k, :] = self._spread(_measured, world, list(numbers), self.more, self.without)
        return result

    def _spread(
        self,
        task: Callable[..., list[Floats]],
        world: World,
        numbers: Sequence[int],
        more: tuple[str, ...],
        *known: dict[int, Floats],
    ) -> list[Floats]:
        size = max(1, min(PIECE, -(-len(numbers) // self.jobs)))
        pieces = [list(numbers[k : k + size]) for k in range(0, len(numbers), size)]
        tasks = (
            delayed(task)(world, self.seed, piece, more, *({n: values[n] for n in piece} for values in known))
            for piece in pieces
        )
        return [value for values in Parallel(n_jobs=self.jobs)(tasks) for value in values]


def _alone(world: World, seed: int, numbers: Sequence[int], _: tuple[str, ...]) -> list[Floats]:
    """Return the daily contribution of two forces side by side, run by run."""
    return [contribution(simulate_world(world, seed, n)) for n in numbers]


def _measured(
    world: World, seed: int, numbers: Sequence[int], more: tuple[str, ...], without: dict[int, Floats]
) -> list[Floats]:
    """Return the measures of one timeline, run by run: the KPIs of the same names (`sim.kpis`)."""
    counted = slice(world.scenario.run.warm_up_days, None)
    found = []
    for n in numbers:
        run = simulate_world(world, seed, n)
        earned = contribution(run)
        effect = merger_effect(world, earned, without[n])
        values = kpis(run) | effect if more else effect
        dip = (float(earned[counted].sum()), effect["dip_depth"], effect["dip_days"])
        found.append(np.array([*dip, *(kpi_of(values, kpi) for kpi in more)]))
    return found
