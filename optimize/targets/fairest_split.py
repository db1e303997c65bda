"""The fairest split by linear programmes: least stretch, then deviation from the largest down, then relief."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from foundation.arrays import Floats
from foundation.messages import Message
from optimize.solving.solver import solve
from optimize.targets.duals import TIGHT, Prices, duals_of, priced_cells, prices_of
from optimize.targets.formulations import fair_share
from optimize.targets.formulations.fair_share import Aim, ShareModel, Split
from optimize.targets.splits import deviation, fits, scaled, stretch_of
from scenarios import LimitError

ROUNDS = 200
"""Rounds after which the rest of the deviations is left as it stands, and the split is called feasible."""


@dataclass(frozen=True)
class Fair:
    """The fairest split and what binds it.

    Attributes
    ----------
    targets : ndarray, shape (cells,)
        In the unit of the split, not yet whole.
    stretch, least_stretch : float
        Largest stretch of these targets beyond capacity and slack, and the least that any split needs [share].
    deviation : float
        Largest relative deviation from the fair share [share].
    cap_price : float
        By how much `priced` falls per unit of further cap on change [share per share].
    capacity_price : mapping, cell -> by how much `priced` falls per unit of further capacity
    row_price : mapping, row -> by how much `priced` falls per unit by which its limits give way
    priced : {"stretch", "deviation", ""}
        What the prices are prices of: the stretch where people are stretched beyond their capacity, else the deviation.
    rounds : int
        Programmes solved.
    proof : {"optimal", "feasible"}
    """

    targets: Floats
    stretch: float
    least_stretch: float
    deviation: float
    cap_price: float
    capacity_price: Mapping[int, float]
    row_price: Mapping[int, float]
    priced: str
    rounds: int
    proof: str


Priority = Literal["fairness", "capacity"]


class ContradictionError(Exception):
    """No split keeps every row; the caller finds out which and says what would help."""


@dataclass
class _Programmes:
    """Solves the programmes of one split and counts them."""

    split: Split
    time_limit: float
    work: float = math.inf
    solved: int = 0

    def run(
        self,
        aim: Aim,
        stretch: float | None,
        held: Mapping[int, float] | None = None,
        relieved: Mapping[int, float] | None = None,
    ) -> tuple[ShareModel, float] | None:
        """Return the solved model and its value, or None where it has no solution."""
        model = fair_share.build(self.split, aim, stretch, held, relieved)
        outcome = solve(model.problem, time_limit=self.time_limit, work=self.work)
        self.solved += 1
        if outcome.proof == "infeasible":
            return None
        if outcome.objective is None or outcome.proof != "optimal":
            if not outcome.stopped:
                msg = Message(
                    "a programme of the targets needs more than {work:g} units of work. Raise targets.work_limit.",
                    work=self.work,
                )
                raise LimitError(msg)
            msg = Message(
                "a programme of the targets took longer than {time_limit:g} s. Raise targets.solver_time_limit.",
                time_limit=self.time_limit,
            )
            raise LimitError(msg)
        return model, float(outcome.objective)


def fairest(
    split: Split,
    *,
    priority: Priority = "fairness",
    tolerance: float = 0.0,
    time_limit: float | None = None,
    work: float = math.inf,
) -> Fair:
    """Split a total in the fairest way its rows and capacities allow.

    The deviations from the fair share are minimised from the largest down (lexicographic min-max: none can fall without
    a larger one rising), within the capacities where any split keeps them. Where none does, either the fair share
    stands and everybody is stretched (priority fairness), or the least stretch that any split needs comes first
    (priority capacity). Last, within `tolerance` of those deviations, the stretch is minimised from the largest down.

    Parameters
    ----------
    split : Split
    priority : {"fairness", "capacity"}
    tolerance : float
        How far each deviation may exceed the fairest one to relieve those stretched most [share].
    time_limit : float, optional
        Safety stop of each programme, by the clock [s].
    work : float
        Units of work for each programme.

    Raises
    ------
    ContradictionError
        No split keeps the rows.
    LimitError
        A programme was not solved in time.

    References
    ----------
    F18, F22; Luss 1999, as in `optimize.targets.formulations.fair_share`.
    """
    if fits(split, split.fair):  # a deviation of 0 everywhere is the bound itself
        return Fair(split.fair.copy(), 0.0, 0.0, 0.0, 0.0, {}, {}, "", 0, "optimal")
    unit = float(split.fair.sum()) / max(len(split.fair), 1)
    unit = unit if unit > 0 else 1.0
    programmes = _Programmes(scaled(split, unit), time_limit or 1e9, work)
    least, prices = _least_stretch(programmes)
    whole = programmes.split
    if prices and priority == "fairness":
        programmes.split = replace(whole, capacity=np.full(len(whole.fair), np.inf))
    held, targets, _, first, proof = _deviations(programmes, least * (1 + TIGHT) + TIGHT if prices else 0.0)
    programmes.split = whole
    if tolerance > 0 and whole.limited.any():
        targets = _relief(programmes, {g: h + tolerance for g, h in held.items()}, targets)
    capacity, rows, cap = prices or first
    return Fair(
        targets * unit,
        stretch_of(whole, targets),
        least if prices else 0.0,
        float(deviation(whole, targets).max(initial=0.0)),
        cap,
        {g: p / unit for g, p in capacity.items()},
        {r: p / unit for r, p in rows.items()},
        "stretch" if prices else "deviation",
        programmes.solved,
        proof,
    )


def with_one_more(split: Split, fair: Fair, cell: int, more: float) -> float:
    """Return by how much ``fair.priced`` falls when a cell's capacity rises, by solving its programme again [share].

    Parameters
    ----------
    split : Split
    fair : Fair
        The fairest split of it.
    cell : int
    more : float
        Further capacity [units].
    """
    unit = float(split.fair.sum()) / max(len(split.fair), 1)
    capacity = split.capacity.copy()
    capacity[cell] += more
    programmes = _Programmes(scaled(replace(split, capacity=capacity), unit), 1e9)
    if fair.priced == "stretch":
        return fair.least_stretch - _least_stretch(programmes)[0]
    solved = programmes.run("deviation", 0.0)
    return 0.0 if solved is None else fair.deviation - solved[1]


def _least_stretch(programmes: _Programmes) -> tuple[float, Prices | None]:
    """Return the least stretch beyond capacity of any split, and its prices where it is above zero."""
    solved = programmes.run("stretch", None)
    if solved is None:
        raise ContradictionError
    return solved[1], prices_of(programmes.split, solved[0]) if solved[1] > TIGHT else None


def _deviations(programmes: _Programmes, room: float) -> tuple[dict[int, float], Floats, float, Prices, str]:
    """Settle deviations from the largest down; return them, targets, the largest, its prices and the proof."""
    split = programmes.split
    if fits(split, split.fair):
        still = {g: 0.0 for g in range(len(split.fair)) if split.judged[g]}
        return still, split.fair.copy(), 0.0, ({}, {}, 0.0), "optimal"
    open_cells = {g for g in range(len(split.fair)) if split.judged[g] and split.fair[g] > 0}
    held: dict[int, float] = {}
    targets = split.fair.copy()
    first: Prices | None = None
    largest, sure = 0.0, True
    for _ in range(ROUNDS):
        if not open_cells:
            break
        model, level, forced = _level(programmes, room, held, open_cells, targets)
        targets = np.array([max(0.0, t.varValue or 0.0) for t in model.t])
        now = deviation(split, targets)
        if first is None:  # what is priced is the largest deviation, which cells held beyond the level may have
            plain = programmes.run("deviation", room) if forced else None
            first = prices_of(split, plain[0] if plain is not None else model)
        largest = max(largest, level, *forced.values(), 0.0)
        settled = (priced_cells(model) & open_cells) | set(forced)
        if level <= TIGHT:
            settled = set(open_cells)
        elif not settled:  # no price tells who cannot fall: settle those who stand at the level, and prove nothing
            sure = False
            settled = {g for g in open_cells if now[g] >= level - TIGHT}
        held |= {g: float(forced.get(g, now[g])) + TIGHT / 10 for g in settled}
        open_cells -= settled
    if first is None:  # wishes give every target: nothing is left to settle, and the fair share keeps none of them
        solved = programmes.run("deviation", room)
        if solved is None:
            raise ContradictionError
        targets = np.array([max(0.0, t.varValue or 0.0) for t in solved[0].t])
    held |= {g: float(deviation(split, targets)[g]) + TIGHT / 10 for g in open_cells}
    return held, targets, largest, first or ({}, {}, 0.0), "optimal" if sure and not open_cells else "feasible"


def _level(
    programmes: _Programmes, room: float, held: Mapping[int, float], open_cells: set[int], targets: Floats
) -> tuple[ShareModel, float, dict[int, float]]:
    """Return the programme of the least largest deviation of the open cells, its level, and those forced beyond it.

    A cell whose capacity lies far below its fair share deviates at least so much whatever the others do. Such cells
    are held at what is forced, so that one programme settles the level of all the others: the smallest d with
    deviation_g <= max(d, forced_g) for all. A closed form guesses which they are; where rows make it wrong, the
    sorted list of forced deviations is bisected.
    """
    forced = {g: m for g, m in _forced(programmes.split, room).items() if g in open_cells and m > TIGHT}
    guess = _water_level(programmes.split, room, open_cells, targets)
    beyond = {g: m for g, m in forced.items() if m > guess}
    solved = programmes.run("deviation", room, {**held, **beyond})
    rest = max((m for g, m in forced.items() if g not in beyond), default=0.0)
    if solved is not None and rest - TIGHT <= solved[1] <= min(beyond.values(), default=np.inf) + TIGHT:
        return *solved, beyond
    steps = sorted(set(forced.values()))
    low, high = 0, len(steps)  # with `high` nobody is held beyond, which always has a solution
    best = programmes.run("deviation", room, held)
    if best is None:
        raise ContradictionError
    kept: dict[int, float] = {}
    while low < high:
        middle = (low + high) // 2
        beyond = {g: m for g, m in forced.items() if m >= steps[middle]}
        solved = programmes.run("deviation", room, {**held, **beyond})
        if solved is not None and solved[1] <= min(beyond.values(), default=np.inf) + TIGHT:
            best, kept, high = solved, beyond, middle
        else:
            low = middle + 1
    return *best, kept


def _forced(split: Split, room: float) -> dict[int, float]:
    """Return by how much each cell must deviate because of its own capacity [share]."""
    able = (1 + split.slack + room) * split.capacity
    cells = np.flatnonzero(split.limited & (able < split.fair))
    return {int(g): float(1 - able[g] / split.fair[g]) for g in cells}


def _water_level(split: Split, room: float, open_cells: set[int], targets: Floats) -> float:
    """Return the level to which all open cells rise so that each total is reached, wishes left aside [share]."""
    most = np.where(split.limited, (1 + split.slack + room) * split.capacity, np.inf)
    moving = np.zeros(len(split.fair), dtype=bool)
    moving[list(open_cells)] = True
    level = 0.0
    for row in split.rows:
        if row.kind != "total":
            continue
        inside = np.zeros(len(moving), dtype=bool)
        inside[row.cells] = True
        wanted = row.least - targets[inside & ~moving].sum()
        low, high = 0.0, 1.0
        fair, cap = split.fair[inside & moving], most[inside & moving]
        while np.minimum(cap, fair * (1 + high)).sum() < wanted and high < 1e6:
            high *= 2
        for _ in range(60):
            d = (low + high) / 2
            low, high = (low, d) if np.minimum(cap, fair * (1 + d)).sum() >= wanted else (d, high)
        level = max(level, high if high > TIGHT else 0.0)
    return level


def _relief(programmes: _Programmes, allowed: Mapping[int, float], targets: Floats) -> Floats:
    """Lower the stretch from the largest down, each deviation within what is allowed."""
    relieved: dict[int, float] = {}
    open_cells = {int(g) for g in np.flatnonzero(programmes.split.limited)}
    for _ in range(ROUNDS):
        solved = programmes.run("stretch", None, allowed, relieved)
        if solved is None or not open_cells:
            break
        model, level = solved
        targets = np.array([max(0.0, t.varValue or 0.0) for t in model.t])
        if level <= TIGHT:
            break
        dual = duals_of(model)
        settled = {g for g, name in model.capacity.items() if abs(dual[name]) > TIGHT} & open_cells
        settled = settled or open_cells
        relieved |= dict.fromkeys(settled, level + TIGHT / 10)
        open_cells -= settled
    return targets
