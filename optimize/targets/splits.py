"""What is known of a split without solving anything: its pieces, its unit, how far targets deviate, stretch and fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.targets.duals import TIGHT
from optimize.targets.formulations.fair_share import Row, Split


def parts(split: Split) -> list[tuple[Ints, Split]]:
    """Return the pieces of a split that share no row, each with its cells: what can be solved on its own."""
    label = np.arange(len(split.fair))
    for row in split.rows:
        if len(row.cells):
            joined = np.isin(label, label[row.cells])
            label[joined] = label[joined].min()
    found = []
    for name in np.unique(label):
        inside = np.flatnonzero(label == name).astype(np.int64)
        place = np.full(len(label), -1)
        place[inside] = np.arange(len(inside))
        rows = tuple(replace(r, cells=place[r.cells]) for r in split.rows if len(r.cells) and label[r.cells[0]] == name)
        piece = replace(
            split,
            fair=split.fair[inside],
            capacity=split.capacity[inside],
            judged=split.judged[inside],
            rows=rows,
            exempt=None if split.exempt is None else split.exempt[inside],
        )
        found.append((inside, piece))
    return found


def scaled(split: Split, unit: float) -> Split:
    """Return the split in units of a mean fair share, which suits the solver's tolerances."""
    rows = tuple(_scaled_row(row, unit) for row in split.rows)
    return replace(split, fair=split.fair / unit, capacity=split.capacity / unit, rows=rows, unit=split.unit / unit)


def deviation(split: Split, targets: Floats) -> Floats:
    """Return the relative deviation of every judged cell, 0 for the others."""
    judged = split.judged & (split.fair > 0)
    return np.where(judged, np.abs(targets - split.fair) / np.where(judged, split.fair, 1.0), 0.0)


def stretch_of(split: Split, targets: Floats) -> float:
    """Return the largest stretch beyond capacity and slack [share]."""
    inside = split.limited
    beyond = targets[inside] / split.capacity[inside] - 1 - split.slack
    largest = float(beyond.max(initial=0.0))
    return largest if largest > TIGHT else 0.0


def fits(split: Split, targets: Floats) -> bool:
    """Say whether targets keep every row and every capacity."""
    close = TIGHT * max(1.0, float(split.fair.sum()) / max(len(split.fair), 1))
    limited = split.limited
    if (targets[limited] > (1 + split.slack) * split.capacity[limited] + close).any():
        return False
    return all(row.least - close <= float(targets[row.cells].sum()) <= row.most + close for row in split.rows)


def _scaled_row(row: Row, unit: float) -> Row:
    return replace(row, least=row.least / unit, most=row.most / unit, worth=row.worth / unit)
