"""The fairest split of a target: nobody far from his fair share, nobody beyond what he can do, every wish kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pulp

from foundation.arrays import Floats, Ints

Aim = Literal["stretch", "deviation"]

NOISE = 1e-6
"""Part of a unit by which a limit may miss a whole one."""


@dataclass(frozen=True)
class Row:
    """Limits on the sum of some cells.

    Attributes
    ----------
    name : str
        What the limits are, in words: ``targets.pins[2]``, ``part of CM``.
    kind : {"total", "pin", "last"}
        What a force or the company owes (gives way to nobody), a wish of the user, a cap on change from last period.
    cells : ndarray of int
    least, most : float
        In the unit of the target; equal where the sum is given.
    worth : float
        By how much the limits move per unit of the setting behind them (0 where it is no share).
    """

    name: str
    kind: str
    cells: Ints
    least: float
    most: float
    worth: float = 0.0


@dataclass(frozen=True)
class Split:
    """One total to be split over cells (the team of a community and force; a person with a wish of his own).

    Attributes
    ----------
    fair : ndarray, shape (cells,)
        Fair shares f_g, summing to the total [subscribers or cents].
    capacity : ndarray, shape (cells,)
        What skills and hours allow at best; infinite or 0: no limit.
    judged : ndarray of bool, shape (cells,)
        Whether the cell's deviation counts (not where a wish gives the target).
    rows : tuple of Row
    slack : float
        How far a target may exceed the capacity [share].
    cap : float
        Largest relative deviation of a judged cell [share].
    floor : float
        Least target of a judged cell, as a share of its fair share.
    exempt : ndarray of bool, shape (cells,), or None
        Cells that a wish frees from cap and floor, since a wish goes before a general rule.
    unit : float
        What cannot be divided further: cap and floor hold to within the last of it. 0: they hold as they stand.
    """

    fair: Floats
    capacity: Floats
    judged: np.ndarray
    rows: tuple[Row, ...]
    slack: float
    cap: float = np.inf
    floor: float = 0.0
    exempt: np.ndarray | None = None
    unit: float = 0.0

    @property
    def limited(self) -> np.ndarray:
        """Cells whose capacity counts."""
        return np.asarray((self.capacity > 0) & np.isfinite(self.capacity) & self.judged)

    def ruled(self, g: int) -> bool:
        """Say whether cap and floor hold for a cell."""
        return bool(self.judged[g]) and not (self.exempt is not None and bool(self.exempt[g]))

    def bounds(self, g: int) -> tuple[float, float | None]:
        """Return least and most of a cell by cap and floor; a judged cell without a fair share gets nothing."""
        f = float(self.fair[g])
        if self.judged[g] and f <= 0:
            return 0.0, 0.0
        if not self.ruled(g):
            return 0.0, None
        most = self.up((1 + self.cap) * f) if np.isfinite(self.cap) else None
        return self.down(max(self.floor, 1 - self.cap, 0.0) * f), most

    def down(self, limit: float) -> float:
        """Return a lower limit, given way to whole units where there are any."""
        return float(np.floor(limit / self.unit + NOISE) * self.unit) if self.unit else limit

    def up(self, limit: float) -> float:
        """Return an upper limit, given way to whole units where there are any."""
        return float(np.ceil(limit / self.unit - NOISE) * self.unit) if self.unit else limit

    def in_whole_units(self) -> Split:
        """Return the split with caps and floors that hold to within the last unit, as no whole target can do better."""
        whole = replace(self, unit=1.0)
        rows = (replace(r, least=whole.down(r.least), most=whole.up(r.most)) for r in self.rows)
        return replace(whole, rows=tuple(rows))


@dataclass(frozen=True)
class ShareModel:
    """The model, its variables, and the names of the constraints that say what binds."""

    problem: pulp.LpProblem
    t: list[pulp.LpVariable]
    stretch: pulp.LpVariable
    deviation: pulp.LpVariable
    capacity: dict[int, str]
    above: dict[int, str]
    below: dict[int, str]
    rows: list[tuple[str, str]]


def build(
    split: Split,
    aim: Aim,
    stretch: float | None = None,
    held: Mapping[int, float] | None = None,
    relieved: Mapping[int, float] | None = None,
) -> ShareModel:
    """Build one programme of the lexicographic split.

    Sets
        g in cells; J the cells whose deviation counts; H the cells whose deviation is settled; r in rows, each a set
        of cells: the parts of the forces, wishes of the user, caps on change from the last period
    Parameters
        f_g fair share; c_g what skills and hours allow at best; s slack on capacity [share]; a_r, b_r limits of a row;
        m cap on change, q floor [share]; h_g deviation at which cell g is settled; k_g stretch at which it is settled
    Variables
        t_g target, within max(q, 1 - m) f_g and (1 + m) f_g unless a wish frees it; e >= 0 largest stretch beyond
        capacity; d >= 0 largest relative deviation
    Objective
        minimise e (aim stretch) or d (aim deviation)
    Constraints
        least[r], most[r]   a_r <= sum_{g in r} t_g <= b_r
        capacity[g]         t_g <= (1 + s + e) c_g, with k_g in the place of e where settled
        above[g], below[g]  (1 - d) f_g <= t_g <= (1 + d) f_g for g in J, with h_g in the place of d for g in H
    Sources
        F18, F22; lexicographic min-max: Luss, "On equitable resource allocation problems", Operations Research 47(3),
        1999; Ogryczak & Sliwinski, "On direct methods for lexicographic min-max optimization", ICCSA 2006.
    """
    f, c, s = split.fair, split.capacity, split.slack
    h, k = held or {}, relieved or {}
    G = range(len(f))
    J = [g for g in G if split.judged[g] and f[g] > 0]

    problem = pulp.LpProblem("fair_share", pulp.LpMinimize)
    t = [problem.add_variable(f"t_{g}", *split.bounds(g)) for g in G]
    e = problem.add_variable("stretch", 0, stretch)
    d = problem.add_variable("deviation", 0)

    problem += e if aim == "stretch" else d

    rows = []
    for r, row in enumerate(split.rows):
        total = pulp.lpSum(t[g] for g in row.cells.tolist())
        if row.least == row.most:
            problem += total == row.least, f"least_{r}"
            rows.append((f"least_{r}", f"least_{r}"))
            continue
        problem += total >= row.least, f"least_{r}"
        if np.isfinite(row.most):
            problem += total <= row.most, f"most_{r}"
        rows.append((f"least_{r}", f"most_{r}" if np.isfinite(row.most) else f"least_{r}"))

    capacity = {}
    for g in np.flatnonzero(split.limited).tolist():
        room = (1 + s) * float(c[g])
        problem += t[g] <= (room + k[g] * float(c[g]) if g in k else room + float(c[g]) * e), f"capacity_{g}"
        capacity[g] = f"capacity_{g}"

    above, below = {}, {}
    for g in J:
        way = h[g] * float(f[g]) if g in h else float(f[g]) * d
        problem += t[g] - way <= float(f[g]), f"above_{g}"
        problem += t[g] + way >= float(f[g]), f"below_{g}"
        above[g], below[g] = f"above_{g}", f"below_{g}"

    return ShareModel(problem, t, e, d, capacity, above, below, rows)
