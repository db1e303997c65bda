"""The diary of a day: the hours that everybody gave to what."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Ints

Visits = tuple[Ints, Ints, Ints]
"""Visits in the order in which they were arranged: by whom, to which unit, for which business."""

FIRST_LINE = "first_line"
"""The last column: those of the channel hours that requests took."""


class Diary:
    """A column per activity, an entry per seller [hours]; processes write into it one by one, the evening reads all.

    Parameters
    ----------
    sellers, businesses : int
    activities : sequence of str
        Selling, business by business, comes first.

    Attributes
    ----------
    selling : array, shape (sellers,) [hours]
        Of all businesses together.
    shares : ndarray, shape (sellers, businesses)
        How it is divided among them; told every morning.
    """

    def __init__(self, sellers: int, businesses: int, activities: Sequence[str]) -> None:
        self.columns = (*activities, FIRST_LINE)
        kept = [array("d", bytes(8 * sellers)) for _ in self.columns[businesses - 1 :]]
        self._views = [np.frombuffer(column, dtype=np.float64) for column in kept]
        self.selling, self.retention, self.arrears, self.channel, self.counter, self.training, self.first_line = kept
        self.shares = np.zeros((sellers, businesses))

    def turn_page(self) -> None:
        """Begin a new day: nothing is written yet."""
        for view in self._views:
            view[:] = 0.0

    def arrange(self, what: str, hours: NDArray[np.float64]) -> None:
        """Write down in the morning how long everybody will be at something."""
        self._views[self.columns.index(what) - self.shares.shape[1] + 1][:] = hours

    def hours(self) -> NDArray[np.float64]:
        """Return all of the day, shape (columns, sellers) [hours]; the last business has what the others leave."""
        selling, *others = self._views
        last = self.shares.shape[1] - 1
        page = np.concatenate([selling] * (last + 1) + others).reshape(len(self.columns), -1)
        page[:last] *= self.shares.T[:last]
        for sold in page[:last]:
            page[last] -= sold
        page[last] *= self.shares[:, last] > 0
        return page
