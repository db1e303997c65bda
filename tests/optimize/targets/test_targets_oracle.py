"""The fairest split and its prices against a second solver that settles one cell after the other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from foundation.arrays import Floats
from optimize.targets.fairest_split import ContradictionError, fairest
from optimize.targets.formulations.fair_share import Row, Split

STEP = 1e-3
"""By how much a limit gives way for a finite difference [units]."""


class Oracle:
    """The polytope of a split's targets, and its least stretch and deviations by `scipy.optimize.linprog`."""

    def __init__(self, split: Split, room: float) -> None:
        self.split, self.n = split, len(split.fair)
        self.rows: list[Floats] = []
        self.most: list[float] = []
        self.bounds: list[tuple[float, float | None]] = []
        for row in split.rows:
            inside = np.zeros(self.n + 1)
            inside[row.cells] = 1
            self.add(-inside, -row.least)
            if np.isfinite(row.most):
                self.add(inside, row.most)
        for g in range(self.n):
            least, most = 0.0, np.inf
            if split.judged[g] and split.exempt is not None and not split.exempt[g]:
                least = max(split.floor, 1 - split.cap, 0.0) * split.fair[g]
                most = (1 + split.cap) * split.fair[g]
            if split.limited[g] and np.isfinite(room):
                most = min(most, (1 + split.slack + room) * split.capacity[g])
            if split.judged[g] and split.fair[g] <= 0:
                least = most = 0.0
            self.bounds.append((least, most if np.isfinite(most) else None))

    def add(self, row: Floats, most: float) -> None:
        self.rows.append(row)
        self.most.append(most)

    def least(self, extra: list[tuple[Floats, float]]) -> float | None:
        """Return the least value of the last variable, None where nothing is possible."""
        found = linprog(
            np.eye(self.n + 1)[self.n],
            A_ub=np.array(self.rows + [row for row, _ in extra]),
            b_ub=np.array(self.most + [most for _, most in extra]),
            bounds=[*self.bounds, (0, None)],
            method="highs",
        )
        assert found.status in (0, 2), found.message
        return float(found.fun) if found.status == 0 else None

    def near(self, g: int, way: float | None) -> list[tuple[Floats, float]]:
        """Return rows that keep a cell within a deviation; None: within the last variable."""
        fair, found = float(self.split.fair[g]), []
        for sign in (1.0, -1.0):
            row = np.zeros(self.n + 1)
            row[g] = sign
            if way is None:
                row[self.n] = -fair
            found.append((row, sign * fair + (way or 0.0) * fair))
        return found

    def judged(self) -> list[int]:
        return [g for g in range(self.n) if self.split.judged[g] and self.split.fair[g] > 0]

    def deviations(self) -> list[float]:
        """Return the lexicographically least deviations, the largest first, one cell settled after the other."""
        held: dict[int, float] = {}
        while len(held) < len(self.judged()):
            open_cells = [g for g in self.judged() if g not in held]
            kept = [row for g, d in held.items() for row in self.near(g, d)]
            level = self.least(kept + [row for g in open_cells for row in self.near(g, None)])
            assert level is not None
            within = kept + [row for g in open_cells for row in self.near(g, level + 1e-9)]
            needs = {g: self.least(within + self.near(g, None)) for g in open_cells}
            settled = [g for g, need in needs.items() if need is not None and need > level - 1e-7]
            assert settled, (level, needs)
            held |= dict.fromkeys(settled, level)
        return sorted(held.values(), reverse=True)

    def largest(self) -> float:
        found = self.least([row for g in self.judged() for row in self.near(g, None)])
        assert found is not None
        return found

    def stretch(self) -> float | None:
        rows = []
        for g in np.flatnonzero(self.split.limited):
            row = np.zeros(self.n + 1)
            row[g], row[self.n] = 1.0, -self.split.capacity[g]
            rows.append((row, (1 + self.split.slack) * float(self.split.capacity[g])))
        return self.least(rows)


def drawn(seed: int) -> Split:
    """Return a random split: capacities around the fair shares, wishes, caps, floors, sometimes two forces."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 8))
    fair = np.round(rng.uniform(1, 30, n), 2)
    able = np.round(fair * rng.uniform(rng.choice([0.3, 0.8]), 2.5, n), 2)
    exempt, total = np.zeros(n, dtype=bool), float(fair.sum())
    rows = [Row("total", "total", np.arange(n), total, total)]
    if n > 3 and rng.random() < 0.4:
        part = float(fair[: n // 2].sum())
        rows = [Row("a", "total", np.arange(n // 2), part, part)]
        rows.append(Row("b", "total", np.arange(n // 2, n), total - part, total - part))
    for _ in range(int(rng.integers(0, 3))):
        cells = np.sort(rng.choice(n, int(rng.integers(1, n)), replace=False))
        if any(np.array_equal(cells, row.cells) for row in rows):
            continue  # of two limits on the same sum neither has a price of its own
        base, kind = float(fair[cells].sum()), rng.integers(3)
        exact = base * float(rng.uniform(0.6, 1.4))
        least, most = [(exact, exact), (base * 1.1, np.inf), (0.0, base * 0.9)][int(kind)]
        rows.append(Row("targets.pins[0]", "pin", cells, least, most))
        exempt[cells] = True
    if rng.random() < 0.3:
        rows += [Row("c", "last", np.array([g]), 0.85 * fair[g], 1.2 * fair[g], fair[g]) for g in range(n)]
    slack, cap, floor = (float(rng.choice(c)) for c in ([0.0, 0.2], [0.1, 0.3, 1.0, np.inf], [0.0, 0.5]))
    cap = cap if np.isfinite(cap) else 1e6
    return Split(fair, able, np.ones(n, dtype=bool), tuple(rows), slack, cap, floor, exempt)


@pytest.mark.parametrize("seed", range(60))
def test_the_split_is_the_one_of_a_second_solver(seed: int) -> None:
    split = drawn(seed)
    priority = "capacity" if seed % 2 else "fairness"
    stretch = Oracle(split, np.inf).stretch()
    if stretch is None:
        with pytest.raises(ContradictionError):
            fairest(split, priority=priority)
        return
    found = fairest(split, priority=priority)
    over = stretch > 1e-6
    assert found.least_stretch == pytest.approx(stretch if over else 0.0, abs=1e-5)
    room = 0.0 if not over else stretch * (1 + 1e-7) + 1e-7 if priority == "capacity" else np.inf
    mine = sorted(np.abs(found.targets - split.fair) / split.fair, reverse=True)
    np.testing.assert_allclose(mine, Oracle(split, room).deviations(), atol=3e-5, rtol=1e-4)


@pytest.mark.parametrize("seed", range(100, 160))
def test_every_price_is_the_slope_that_finite_differences_show(seed: int) -> None:
    split = drawn(seed)
    try:
        found = fairest(split, priority="capacity" if seed % 2 else "fairness")
    except ContradictionError:
        return

    def measured(other: Split) -> float:
        value = Oracle(other, np.inf).stretch() if found.priced == "stretch" else Oracle(other, 0.0).largest()
        assert value is not None
        return value

    def agrees(said: float, *others: Split) -> None:
        slope = (now - min(map(measured, others))) / STEP
        assert said == pytest.approx(slope, rel=0.03, abs=2e-3)

    if not found.priced:
        return
    now = measured(split)
    for g in range(len(split.fair)):
        more = split.capacity.copy()
        more[g] += STEP / (1 + split.slack + found.least_stretch)
        agrees(found.capacity_price.get(g, 0.0), replace(split, capacity=more))
    for r, row in enumerate(split.rows):
        looser = (replace(row, least=row.least - STEP), replace(row, most=row.most + STEP))
        changed = [tuple(new if i == r else old for i, old in enumerate(split.rows)) for new in looser]
        agrees(found.row_price.get(r, 0.0), *(replace(split, rows=rows) for rows in changed))
    agrees(found.cap_price, replace(split, cap=split.cap + STEP))
