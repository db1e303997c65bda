"""The diary of a day: the hours that everybody gave to what."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Ints
from sim.state.records import ACTIVITIES

Visits = tuple[Ints, Ints, Ints]
"""Visits in the order in which they were arranged: by whom, to which unit, for which business."""

COLUMNS = (*ACTIVITIES, "first_line")
"""Hours by activity, then those of the channel hours that requests took."""


class Diary:
    """A column per activity, an entry per seller [hours]; processes write into it one by one, the evening reads all.

    Parameters
    ----------
    sellers : int
    """

    def __init__(self, sellers: int) -> None:
        self._columns = [array("d", bytes(8 * sellers)) for _ in COLUMNS]
        self._views = [np.frombuffer(column, dtype=np.float64) for column in self._columns]
        self.sell_fixed, self.sell_mobile, self.retention, self.arrears = self._columns[:4]
        self.channel, self.counter, self.training, self.first_line = self._columns[4:]

    def turn_page(self) -> None:
        """Begin a new day: nothing is written yet."""
        for view in self._views:
            view[:] = 0.0

    def arrange(self, what: str, hours: NDArray[np.float64]) -> None:
        """Write down in the morning how long everybody will be at something."""
        self._views[COLUMNS.index(what)][:] = hours

    def hours(self) -> NDArray[np.float64]:
        """Return all of the day, shape (columns, sellers) [hours]."""
        return np.concatenate(self._views).reshape(len(COLUMNS), -1)
