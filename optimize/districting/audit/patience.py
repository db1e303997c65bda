"""How much an audit may do before a claim stays open: counted work, so that no load of the machine changes a verdict.

Trees count their decisions, linear programmes their pivots, integer programmes their nodes; a unit is about what one
quiet core does in a second. The clock is a safety stop, and that it struck is noted.
"""

from __future__ import annotations

import math
import time
from typing import Any

AN_ENTRY = 2e-8
"""Units of work of a pivot, for every entry of the matrix and every row or column beside."""

A_ROOT, A_NODE = 2_000, 60
"""Pivots that the root and a further node of an integer programme are worth, with their cuts and heuristics."""

MOST = 2**31 - 1
"""Largest limit that a solver takes."""


class Patience:
    """What is left of the work that one claim may cost.

    Parameters
    ----------
    work : float
        Units of work.
    seconds : float
        From now on, by the clock.

    Attributes
    ----------
    cut : bool
        Whether the clock stopped what work would have allowed.
    """

    def __init__(self, work: float = math.inf, seconds: float = math.inf) -> None:
        self.work, self.left = work, work
        self._end = time.perf_counter() + seconds
        self.cut = False

    @property
    def spent(self) -> float:
        """Units of work that were used."""
        return self.work - self.left if math.isfinite(self.work) else 0.0

    @property
    def over(self) -> bool:
        """Whether nothing more is to be begun."""
        return self.left <= 0.0 or self._late()

    def spend(self, work: float) -> None:
        """Count work that was done."""
        self.left -= work

    def times(self, each: float, most: int = MOST) -> int:
        """Return how often something of so much work may be done, once at least."""
        return int(max(min(self.left / each, most), 1))

    def linear(self, entries: int) -> dict[str, float]:
        """Return a linear programme's limits, as SciPy takes them."""
        return {"maxiter": self.times(_pivot(entries)), "time_limit": self._seconds()}

    def whole(self, entries: int) -> dict[str, float]:
        """Return an integer programme's limits, as SciPy takes them."""
        return {"node_limit": self.times(A_NODE * _pivot(entries)), "time_limit": self._seconds(), "mip_rel_gap": 0.0}

    def count(self, found: Any, entries: int) -> None:
        """Count what SciPy says that it did, and note where the clock stopped it."""
        nodes = getattr(found, "mip_node_count", None)
        pivots = A_ROOT + A_NODE * nodes if nodes is not None else max(getattr(found, "nit", 0), 1)
        self.spend(pivots * _pivot(entries))
        if found.status == 1:
            self._late()

    def _late(self) -> bool:
        late = time.perf_counter() >= self._end
        self.cut = self.cut or late
        return late

    def _seconds(self) -> float:
        return min(max(self._end - time.perf_counter(), 1e-3), 1e9)


def _pivot(entries: int) -> float:
    return AN_ENTRY * max(entries, 1_000)
