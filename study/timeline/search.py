"""The search itself: Optuna proposes timelines, the neighbours of the best so far are tried in between."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from foundation.arrays import Floats
from study.timeline.objective import Judge, Limits
from study.timeline.search_space import Point, Space

STARTUP = 10
"""Timelines drawn at random before the sampler learns from them."""

CONSTRAINTS = ("dip_depth", "dip_days", "principles")
"""What the sampler is told of beside the contribution, as `Limits.excess` orders it."""

ASKS = 30
"""Proposals that may be refused or known before something else is tried."""


@dataclass(frozen=True)
class Trial:
    """One timeline tried.

    Attributes
    ----------
    number : int
    point : Point
    origin : str
        ``plan``, ``grid``, ``sampler`` or ``neighbour``.
    mean : tuple of float
        Contribution, dip depth, dip days.
    excess : tuple of float
        Mean excess over the limits of depth and days, and over how often a principle may be broken.
    """

    number: int
    point: Point
    origin: str
    mean: tuple[float, float, float]
    excess: tuple[float, ...]

    @property
    def kept(self) -> bool:
        """Whether all means keep within the limits (nothing is claimed with confidence yet)."""
        return max(self.excess) <= 0

    @property
    def rank(self) -> tuple[bool, float, int]:
        """Larger is better: within the limits first; by contribution, or by how little the limits are missed."""
        worth = self.mean[0] if self.kept else -sum(max(e, 0.0) for e in self.excess)
        return self.kept, worth, -self.number


def best_of(trials: list[Trial]) -> Trial:
    """Return the incumbent."""
    return max(trials, key=lambda trial: trial.rank)


def seek(
    space: Space,
    judge: Judge,
    limits: Limits,
    *,
    trials: int,
    replications: int,
    seed: int,
    go_on: Callable[[int], bool] = lambda _: True,
    told: Callable[[Trial, bool], None] = lambda *_: None,
) -> list[Trial]:
    """Try timelines one after the other, every one in the same runs.

    Trial 0 is the scenario as it is. A space with no more points than trials is tried point by point. Otherwise the
    first `STARTUP` are drawn at random; then trials come in turn from Optuna's sampler (tree-structured Parzen
    estimator, told of contribution and of the excess over the limits) and from the untried neighbours of the best so
    far. The result depends on the seed and the number of trials alone.

    Parameters
    ----------
    space : Space
    judge : Judge
    limits : Limits
    trials : int
    replications : int
        Runs of each timeline: numbers 0, 1, ...
    seed : int
    go_on : callable
        Asked before each trial with its number; False ends the search.
    told : callable
        Told of each trial, and whether it is the new incumbent.

    References
    ----------
    Bergstra, Bardenet, Bengio & Kegl, "Algorithms for hyper-parameter optimization", NIPS 2011; Watanabe & Hutter,
    "c-TPE", IJCAI 2023 (constraints); Akiba et al., "Optuna", KDD 2019.
    """
    numbers = range(replications)
    made: list[Trial] = []
    start: Floats | None = None
    tried: set[str] = set()
    proposals = _grid(space) if space.size <= trials else _Proposer(space, seed, made, tried).proposals()
    while len(made) < trials and go_on(len(made)):
        point, origin = (space.start, "plan") if not made else next(proposals, (None, ""))
        if point is None:
            break
        tried.add(space.key(point))
        if made and not space.possible(point):
            continue
        values = judge([point], numbers)[:, 0, :]
        start = values if start is None else start
        excess = limits.excess(values, start).mean(axis=0)
        mean = values.mean(axis=0)
        trial = Trial(
            len(made),
            point,
            origin,
            (float(mean[0]), float(mean[1]), float(mean[2])),
            tuple(float(e) for e in excess),
        )
        made.append(trial)
        told(trial, best_of(made) is trial)
    return made


def _grid(space: Space) -> Iterator[tuple[Point, str]]:
    """Yield every point that can be, once."""
    known = {space.key(space.start)}
    for point in itertools.product(*(range(len(axis.values)) for axis in space.axes)):
        if space.key(point) not in known and not space.refuse(point):
            known.add(space.key(point))
            yield point, "grid"


class _Proposer:
    """Proposes untried points, from what has been made so far."""

    def __init__(self, space: Space, seed: int, made: list[Trial], tried: set[str]) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.space, self.made, self.tried = space, made, tried
        self.rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(1,))))
        sampler_seed = int(np.random.SeedSequence(seed, spawn_key=(2,)).generate_state(1)[0])
        sampler = optuna.samplers.TPESampler(n_startup_trials=STARTUP, seed=sampler_seed)
        self.study = optuna.create_study(direction="maximize", sampler=sampler)
        self.choices: dict[str, BaseDistribution] = {
            axis.name: IntDistribution(0, len(axis.values) - 1)
            if axis.ordered
            else CategoricalDistribution(tuple(range(len(axis.values))))
            for axis in space.axes
        }

    def proposals(self) -> Iterator[tuple[Point, str]]:
        """Yield the next point to try, until none is left near what can be reached."""
        told = 0
        while True:
            for trial in self.made[told:]:
                self._tell(trial)
            told = len(self.made)
            turn = len(self.made) > STARTUP and len(self.made) % 2 == 0
            ways = (self._near, self._asked) if turn else (self._asked, self._near)
            found = next((pair for way in (*ways, self._anywhere) if (pair := way()) is not None), None)
            if found is None:
                return
            yield found

    def _tell(self, trial: Trial) -> None:
        self.study.add_trial(
            optuna.trial.create_trial(
                params={axis.name: k for axis, k in zip(self.space.axes, trial.point, strict=True)},
                distributions=self.choices,
                value=trial.mean[0],
                constraints=dict(zip(CONSTRAINTS, trial.excess, strict=False)),
            )
        )

    def _asked(self) -> tuple[Point, str] | None:
        """Ask the sampler for a point that is new and can be."""
        for _ in range(ASKS):
            asked = self.study.ask(self.choices)
            point = tuple(int(asked.params[axis.name]) for axis in self.space.axes)
            self.study.tell(asked, state=optuna.trial.TrialState.FAIL)  # what was tried is told as a trial of its own
            if self._new(point):
                return point, "sampler"
        return None

    def _near(self) -> tuple[Point, str] | None:
        """Draw an untried neighbour of the best so far."""
        near = [p for p in self.space.neighbours(best_of(self.made).point) if self.space.key(p) not in self.tried]
        return (near[int(self.rng.integers(len(near)))], "neighbour") if near else None

    def _anywhere(self) -> tuple[Point, str] | None:
        """Draw a new neighbour of any timeline tried, best first; none left: the search is over."""
        for trial in sorted(self.made, key=lambda t: t.rank, reverse=True):
            near = [p for p in self.space.neighbours(trial.point) if self.space.key(p) not in self.tried]
            if near:
                return near[int(self.rng.integers(len(near)))], "neighbour"
        return None

    def _new(self, point: Point) -> bool:
        return not self.space.refuse(point) and self.space.key(point) not in self.tried
