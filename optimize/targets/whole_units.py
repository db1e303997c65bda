"""Whole subscribers and cents: what a split gives each person, and the sums of every level above (F18)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from foundation.messages import Message
from optimize.solving.solver import solve
from optimize.targets.formulations import whole_units
from optimize.targets.formulations.fair_share import Split
from optimize.targets.result import COMPANY
from scenarios import LimitError
from scenarios.schema.planning import IN_CENTS
from scenarios.territory.regions import apportion

NOISE = 1e-8
"""Relative accuracy of a solved programme, beyond which a large target may slip by whole units."""


def whole_cells(split: Split, targets: Floats, time_limit: float, work: float = math.inf) -> Ints:
    """Round the targets of cells to whole units; totals and wishes hold exactly, no unit is lost.

    Parameters
    ----------
    split : Split
        Limits of totals and wishes are whole.
    targets : ndarray, shape (cells,)
    time_limit : float
        Safety stop [s].
    work : float
        Units of deterministic work.

    Raises
    ------
    LimitError
        The rounding was not found in time.
    """
    result = np.zeros(len(targets), dtype=np.int64)
    if all(row.kind == "total" for row in split.rows):  # largest remainders, part by part
        for row in split.rows:
            if row.least:
                result[row.cells] = apportion(targets[row.cells], round(row.least))
        return result
    near = np.round(targets)
    floor = np.where(np.abs(targets - near) < NOISE * np.maximum(1.0, near), near, np.floor(targets)).astype(np.int64)
    rest = np.clip(targets - floor, 0.0, 1.0)
    rows = []
    for row in split.rows:
        base = int(floor[row.cells].sum())
        most = None if not np.isfinite(row.most) else int(np.ceil(row.most - 1e-6)) - base
        rows.append((row.cells, int(np.floor(row.least + 1e-6)) - base, most))
    for slip in (0, 1, 1 + int(np.ceil(NOISE * float(targets.sum())))):
        model = whole_units.build(rest, floor, rows, slip)
        outcome = solve(model.problem, time_limit=time_limit, work=work)
        if outcome.objective is not None:
            moves = [
                round(y.varValue or 0) + round(p.varValue or 0) - round(n.varValue or 0)
                for y, p, n in zip(model.up, model.plus, model.minus, strict=True)
            ]
            return np.asarray(floor + np.array(moves, dtype=np.int64), dtype=np.int64)
    msg = Message("targets could not be rounded with {work:g} units of work. Raise targets.work_limit.", work=work)
    if outcome.stopped:
        msg = Message(
            "targets could not be rounded within {time_limit:g} s. Raise targets.solver_time_limit.",
            time_limit=time_limit,
        )
    raise LimitError(msg)


def persons(cell_of: Ints, share: Floats, amount: Ints) -> Ints:
    """Deal the whole units of every cell to its persons by largest remainders.

    Parameters
    ----------
    cell_of : ndarray of int, shape (people,)
    share : ndarray, shape (people,)
        Only ratios inside a cell matter; a cell of persons without any share is dealt out evenly.
    amount : ndarray of int, shape (cells,)

    Returns
    -------
    ndarray of int, shape (people,)
        Sums to `amount` in every cell; ties go to the person first by order.
    """
    cells = len(amount)
    total = np.bincount(cell_of, share, cells)
    count = np.bincount(cell_of, minlength=cells)
    part = np.where(total[cell_of] > 0, share / np.where(total > 0, total, 1.0)[cell_of], 1.0 / count[cell_of])
    quota = part * amount[cell_of]
    result = np.floor(quota + 1e-9).astype(np.int64)
    missing = amount - np.bincount(cell_of, result, cells).astype(np.int64)
    order = np.lexsort((np.arange(len(share)), -np.round(quota - result, 9), cell_of))
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    rank = np.empty(len(share), dtype=np.int64)
    rank[order] = np.arange(len(share)) - start[cell_of[order]]
    size = count[cell_of]
    extra, over = missing[cell_of] // np.maximum(size, 1), missing[cell_of] % np.maximum(size, 1)
    return np.asarray(result + extra + (rank < over), dtype=np.int64)


def levels(stage: str, business: str, measure: str, people: pd.DataFrame, amount: Ints) -> pd.DataFrame:
    """Return the rows of every level, summed from the persons up in whole units."""
    people = people.assign(amount=amount)
    communities = people.groupby(["centre", "community"], sort=True)["amount"].sum().reset_index()
    centres = communities.groupby("centre", sort=True)["amount"].sum().reset_index()
    parts = {
        COMPANY: ([COMPANY], [""], [int(amount.sum())]),
        "centre": (centres["centre"], [COMPANY] * len(centres), centres["amount"]),
        "community": (communities["community"], communities["centre"], communities["amount"]),
        "person": (people["seller_id"], people["community"], people["amount"]),
    }
    unit = 100.0 if measure in IN_CENTS else 1.0
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "stage": stage,
                    "level": level,
                    "id": np.asarray(ids, dtype=object),
                    "parent": np.asarray(parents, dtype=object),
                    "business": business,
                    "measure": measure,
                    "value": np.asarray(values, dtype=np.int64) / unit,
                }
            )
            for level, (ids, parents, values) in parts.items()
        ],
        ignore_index=True,
    )
