"""Workload: how much selling and service a basic unit asks for, by population and economic indicators (F22)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenarios.planning import Indicators
from scenarios.territory import Territory

SCALE = 1e6
"""Workload of the whole territory [parts per million], so that shares read as plain numbers."""


def workload(territory: Territory, indicators: Indicators) -> NDArray[np.float64]:
    """Return each unit's workload as a weighted mean of its shares of the indicators.

    Parameters
    ----------
    territory : Territory
        Must know every indicator of positive weight in every unit.
    indicators : Indicators
        Weights; only their ratios matter. Income counts as income per person times population.

    Returns
    -------
    ndarray, shape (units,) [parts per million of the territory's workload]

    Raises
    ------
    InputError
        An indicator of positive weight is missing somewhere.

    References
    ----------
    F22: targets by the population and economic indicators of the service area.
    """
    weights = {name: weight for name, weight in indicators.model_dump().items() if weight > 0}
    total = sum(weights.values())
    result = np.zeros(len(territory))
    for name, weight in sorted(weights.items()):
        values = territory.attribute(name)
        if name == "income":
            values = values * territory.attribute("population")
        size = values.sum()
        result += weight / total * (values / size if size > 0 else 1 / len(values))
    return SCALE * result
