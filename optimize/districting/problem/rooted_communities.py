"""Communities by their roots: what the proof by whole communities asks of every objective."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats

Columns = NDArray[np.int8]
"""Communities, shape (communities, units): 1 for a member."""


@dataclass(frozen=True)
class Root:
    """One unit as the root of communities, at given prices.

    Attributes
    ----------
    unit : int
    cost : ndarray, shape (units,)
        What every unit costs in its community, less what covering it is worth.
    reduced : ndarray, shape (units,)
        The same with the loads at their prices.
    floor : float
        No community around this root costs less, rounding included.
    slack : float
        How far the trees' own sums may be off.
    """

    unit: int
    cost: Floats
    reduced: Floats
    floor: float
    slack: float = 0.0


class Rooted(Protocol):
    """An instance seen from its roots: every community has one root, and trees list the communities around it.

    Attributes
    ----------
    scale : float
        About what all communities cost.
    grid : float
        Costs are whole multiples of it, and prices must be (`priced`).
    most : float
        No plan costs more.
    node_work, root_work : float
        Units of work of a node of a tree, and of a root's prices and floor.
    """

    scale: float
    grid: float
    most: float
    node_work: float
    root_work: float

    def priced(self, prices: Floats) -> Floats:
        """Return prices as whole multiples of the grid."""

    def roots(self, prices: Floats, threads: ThreadPoolExecutor) -> list[Root]:
        """Return the roots at given prices of the units, those of least floor first."""

    def grow(self, root: Root, limit: float, nodes: int, *, cheapest: bool) -> tuple[Columns, Floats, int]:
        """List communities around a root (`exact.pricing.moment.grow`)."""

    def owned(self, unit: int, columns: Columns) -> tuple[Columns, Floats]:
        """Return the communities whose root is this unit, so that each is listed once, with their costs; valid ones."""

    def cost_of(self, column: Columns) -> float:
        """Return the objective of one community."""

    def better(self, value: float) -> float:
        """Return the largest value of a plan better than one of this value."""

    def rounded(self, bound: float) -> float:
        """Return a bound as strong as the objective's kind allows."""

    def above(self, value: float) -> float:
        """Return the bound once no plan of at most this value is left."""

    def cut_at(self, value: float, bound: float) -> float:
        """Return the largest value up to this one that a plan can have, but no less than the bound."""

    def near(self, bound: float, value: float) -> bool:
        """Say whether a bound is so near a value that listing what lies between is easier than closing in on it."""
