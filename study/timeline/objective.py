"""What a timeline is worth, and whether its dip keeps within the limits: the judge of a search, and its memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy import stats

from foundation.arrays import Floats
from scenarios import Scenario
from scenarios.schema.study_settings import Principle
from study.evaluation.principles import beyond
from study.timeline.memory import State
from study.timeline.search_space import Point

MEASURES = ("contribution", "dip_depth", "dip_days")
"""What a judge says first of every timeline in every run: yuan, share, working days; KPIs of principles follow."""

Tick = Callable[[int], None]
"""Told how many runs have been made since it was last told."""


class Judge(Protocol):
    """Runs timelines: the same run of all of them under the same random numbers."""

    def __call__(self, points: Sequence[Point], numbers: Sequence[int]) -> Floats:
        """Return the measures, shape (runs, points, 3 + principles)."""


@dataclass(frozen=True)
class Limits:
    """How far the business may be interrupted (F2).

    Attributes
    ----------
    depth, days : float or None
        Deepest dip [share] and most days of dip [working days], on average; None: those of the scenario itself.
    depth_slack, days_slack : float
        What counts as no more than the scenario's own.
    confidence : float
        With which a timeline must keep within them.
    principles : mapping of KPI to Principle
        Rules that a timeline breaks or keeps in a run (`study.principles`).
    allowed : float
        Part of the runs in which it may break one (`study.broken_at_most`).
    """

    depth: float | None
    days: float | None
    depth_slack: float
    days_slack: float
    confidence: float
    principles: Mapping[str, Principle] = field(default_factory=dict)
    allowed: float = 1.0

    def excess(self, values: Floats, start: Floats) -> Floats:
        """Return by how much limits are exceeded, run by run, shape (runs, 2), or (runs, 3) where there are principles.

        The columns are depth, days, and whether a principle is broken, less the part of the runs in which one may be.

        Parameters
        ----------
        values, start : ndarray, shape (runs, 3 + principles)
            Of a timeline and of the scenario itself, in the same runs.
        """
        depth = self.depth if self.depth is not None else start[:, 1] + self.depth_slack
        days = self.days if self.days is not None else start[:, 2] + self.days_slack
        found = [values[:, 1] - depth, values[:, 2] - days]
        if self.principles:
            found.append(self.broken(values, start) - self.allowed)
        return np.stack(found, axis=1)

    def broken(self, values: Floats, start: Floats) -> Floats:
        """Return in which runs a principle is broken: 1 or 0, shape (runs,)."""
        first = len(MEASURES)
        where = [
            beyond(kpi, rule, values[:, first + k], start[:, first + k])
            for k, (kpi, rule) in enumerate(self.principles.items())
        ]
        return np.asarray(np.any(where, axis=0), dtype=np.float64)

    def surely_kept(self, excess: Floats, family: int = 1) -> bool:
        """Say whether the dip keeps within the limits with the stated confidence, and principles are kept often enough.

        The upper ends of two one-sided intervals (Student's t), widened so that all ``2 x family`` hold together
        (Bonferroni), lie at or below zero. How often principles are broken is a share of the runs, without an interval,
        as wherever a timeline is recommended.
        """
        return bool((self.upper(excess, family) <= 0).all())

    def upper(self, excess: Floats, family: int = 1) -> Floats:
        """Return the upper ends of the intervals of the dip's means, and the mean of what has none, as `excess` has."""
        count = len(excess)
        level = 1 - (1 - self.confidence) / (2 * family)
        half = stats.t.ppf(level, count - 1) * excess.std(axis=0, ddof=1) / np.sqrt(count)
        half[2:] = 0.0
        return np.asarray(excess.mean(axis=0) + half, dtype=np.float64)


def limits_of(scenario: Scenario) -> Limits:
    """Return how far the business may be interrupted: by the limits of the search, and by the principles (F2).

    A limit of the dip that the search states takes the place of the principle about it.
    """
    settings = scenario.timeline
    stated = {"dip_depth": settings.max_dip_depth, "dip_days": settings.max_dip_days}
    principles = {k: rule for k, rule in sorted(scenario.study.principles.items()) if stated.get(k) is None}
    return Limits(
        settings.max_dip_depth,
        settings.max_dip_days,
        settings.depth_slack,
        settings.days_slack,
        scenario.study.confidence,
        principles,
        scenario.study.broken_at_most,
    )


class Remembering:
    """A judge that runs nothing twice, not even after an interruption.

    Parameters
    ----------
    judge : Judge
    state : State
    key : callable
        Of a point; see `study.timeline.search_space.Space`.
    """

    def __init__(self, judge: Judge, state: State, key: Callable[[Point], str]) -> None:
        self.judge, self.state, self.key = judge, state, key
        self.tick: Tick = lambda _: None

    def __call__(self, points: Sequence[Point], numbers: Sequence[int]) -> Floats:
        """Return the measures; what is missing is run, and kept timeline by timeline."""
        return np.stack([self._one(point, numbers) for point in points], axis=1)

    def knows(self, point: Point) -> bool:
        """Return whether a timeline has been run before."""
        return bool(self.state.read(self.key(point)))

    def _one(self, point: Point, numbers: Sequence[int]) -> Floats:
        key = self.key(point)
        known = self.state.read(key)
        missing = [n for n in numbers if n not in known]
        if missing:
            fresh = self.judge([point], missing)[:, 0, :]
            known |= {n: [float(x) for x in row] for n, row in zip(missing, fresh, strict=True)}
            self.state.write(key, known)
        self.tick(len(numbers))
        return np.array([known[n] for n in numbers], dtype=np.float64)
