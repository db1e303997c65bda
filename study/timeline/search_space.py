"""What a search may change: axes of few values each, points on them, and which points are neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Point = tuple[int, ...]
"""Position on every axis."""


@dataclass(frozen=True)
class Axis:
    """One choice.

    Attributes
    ----------
    name : str
    values : tuple
        What can be chosen.
    ordered : bool
        Whether neighbours are the values before and after, or all others.
    """

    name: str
    values: tuple[Any, ...]
    ordered: bool = True


def _anything(_: Point) -> str:
    return ""


@dataclass(frozen=True)
class Space:
    """All timelines that a search may try.

    Attributes
    ----------
    axes : tuple of Axis
    start : Point
        The scenario as it is.
    refuse : callable
        Says in a clause why a point cannot be; empty where it can.
    key : callable
        The same for two points that mean the same timeline.
    obstacle : callable
        Says in a clause what stands in the way of a point that is about to be tried, as `refuse`, but at a price.
    impossible : dict of key to str
        What stood in the way, as far as it was asked.
    """

    axes: tuple[Axis, ...]
    start: Point
    refuse: Callable[[Point], str] = _anything
    key: Callable[[Point], str] = field(default=str)
    obstacle: Callable[[Point], str] = _anything
    impossible: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of points, whether they can be or not."""
        return math.prod(len(axis.values) for axis in self.axes)

    def possible(self, point: Point) -> bool:
        """Return whether nothing stands in the way of a point that is about to be tried."""
        key = self.key(point)
        if key not in self.impossible and (reason := self.obstacle(point)):
            self.impossible[key] = reason
        return key not in self.impossible

    def values(self, point: Point) -> dict[str, Any]:
        """Return what a point chooses, axis by axis."""
        return {axis.name: axis.values[k] for axis, k in zip(self.axes, point, strict=True)}

    def neighbours(self, point: Point) -> list[Point]:
        """Return the points one step away: one axis moves, the others stay; those that cannot be are left out."""
        found: dict[str, Point] = {}
        for other in self.steps(point):
            if not self.refuse(other):
                found.setdefault(self.key(other), other)
        found.pop(self.key(point), None)
        return list(found.values())

    def steps(self, point: Point) -> Iterator[Point]:
        """Yield the points one step away, whether they can be or not."""
        for place, axis in enumerate(self.axes):
            here = point[place]
            for k in (here - 1, here + 1) if axis.ordered else range(len(axis.values)):
                if k != here and 0 <= k < len(axis.values):
                    yield (*point[:place], k, *point[place + 1 :])
