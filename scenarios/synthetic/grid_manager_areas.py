"""The areas of the grid managers: the mobile company's own grid, drawn without regard to centres (F8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenarios.territory.regions import mend_regions

TURN = 0.45
"""Angle [rad] between the grid and the map."""

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


def draw_grid(points: Array, weights: Array, graph: csr_array, count: int) -> Whole:
    """Cut a turned map in two again and again until there are `count` pieces of like weight, each connected.

    Parameters
    ----------
    points : ndarray, shape (units, 2) [km]
    weights : ndarray, shape (units,)
        What a piece should hold its share of, such as mobile subscribers.
    graph : csr_array, shape (units, units)
        Connected adjacency; the values are lengths of the steps [km].
    count : int
        Number of pieces; at most the number of units.

    Returns
    -------
    ndarray of int, shape (units,)
        Piece of each unit, 0 to count - 1; none is empty.
    """
    c, s = np.cos(TURN), np.sin(TURN)
    turned = np.asarray(points @ np.array([[c, -s], [s, c]]))
    label = np.zeros(len(points), dtype=np.int64)
    least = max(float(weights.max(initial=0.0)), 1.0) * 1e-6
    _halve(turned, weights + least, np.arange(len(points)), label, (0, count))
    return mend_regions(graph, label)


def _halve(points: Array, weights: Array, members: Whole, label: Whole, span: tuple[int, int]) -> None:
    """Give `members` the `span` of labels (first, count), cutting across their longer side."""
    first, count = span
    if count == 1:
        label[members] = first
        return
    left = count // 2
    own = points[members]
    axis = int(np.ptp(own[:, 1]) > np.ptp(own[:, 0]))
    order = members[np.lexsort((members, own[:, axis]))]
    reached = np.cumsum(weights[order])
    cut = int(np.searchsorted(reached, reached[-1] * left / count)) + 1
    cut = min(max(cut, left), len(order) - (count - left))
    _halve(points, weights, order[:cut], label, (first, left))
    _halve(points, weights, order[cut:], label, (first + left, count - left))
