"""A solver's work, counted by what is the same on every machine: never by the clock."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pulp

A_CALL, AN_ENTRY = 3e-4, 2.5e-6
"""Units of work between two questions of HiGHS whether to go on: for itself, and for every entry of the matrix.

HiGHS asks at every node, round of cuts and step of a dive, a few dozen pivots apart; how often it has asked is the same
on every machine. The numbers of pivots, which would say more, it does not tell its caller while it runs.
"""

A_PIVOT, PIVOT_ENTRY = 2e-5, 2e-8
"""Units of work of a pivot of a programme without whole numbers: for itself, and for every entry of the matrix."""

MOST_PIVOTS = 2**31 - 1
"""Largest limit that HiGHS takes."""

NODE_CALLS = 8
"""Questions of HiGHS that a node of CBC is worth."""


class Meter:
    """Counts the work on one model, and says when it is used up; HiGHS calls it.

    Parameters
    ----------
    problem : LpProblem
    work : float
        Units that it may take.
    """

    def __init__(self, problem: pulp.LpProblem, work: float) -> None:
        entries = sum(len(row) for row in problem.constraints())
        self._call, self._pivot = A_CALL + AN_ENTRY * entries, A_PIVOT + PIVOT_ENTRY * entries
        self._work, self.spent = work, self._call

    def __call__(self, kind: Any, message: Any, out: Any, into: Any, user: Any) -> None:
        """Count a question of HiGHS whether to go on, and answer it."""
        self.spent += self._call
        if self.spent > self._work:
            into.user_interrupt = True

    @property
    def nodes(self) -> int | None:
        """Nodes that the work suffices for, for CBC; None: as many as it takes."""
        most = self._work / (NODE_CALLS * self._call)
        return max(int(most), 1) if math.isfinite(most) else None

    @property
    def pivots(self) -> int | None:
        """Pivots that the work suffices for, of a programme without whole numbers; None: as many as it takes."""
        most = self._work / self._pivot
        return min(max(int(most), 1), MOST_PIVOTS) if math.isfinite(most) else None

    def of_nodes(self, nodes: int) -> float:
        """Return the work that so many nodes of CBC are."""
        return (1 + NODE_CALLS * nodes) * self._call


def cbc_nodes(log: Path) -> int:
    """Return how many nodes CBC has looked at, as its log says it."""
    if not log.is_file():
        return 0
    said = re.findall(r"^Enumerated nodes:\s+(\d+)", log.read_text(errors="replace"), re.MULTILINE)
    return int(said[-1]) if said else 0
