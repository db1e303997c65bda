"""Workload: how much selling and service a basic unit asks for, by population and economic indicators (F22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message
from scenarios.schema.planning import Indicators
from scenarios.territory.territory import Territory

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
        result += weight / total * _share(territory, name)
    return SCALE * result


def composite(territory: Territory, name: str, weights: Mapping[str, float]) -> Territory:
    """Return a territory with an attribute made of weighted shares of others.

    Parameters
    ----------
    territory : Territory
    name : str
        Name of the new column of ``units``.
    weights : mapping of attribute to weight
        Only their ratios matter. An attribute counts as the unit's share of its total, so units of measurement
        don't; income counts as income per person times population.

    Returns
    -------
    Territory
        The column sums to a million.

    Raises
    ------
    InputError
        A weight is negative or all are zero, or an attribute is unknown or has gaps.
    """
    wrong = {k: w for k, w in weights.items() if not w >= 0}
    if wrong or not sum(weights.values()) > 0:
        shown = ", ".join(f"{k}: {w:g}" for k, w in (wrong or dict(weights)).items())
        raise InputError(
            Problem(
                Message("composite {name}", name=name),
                shown,
                Message("weights must be at least 0, and one above"),
                Message("Give positive weights."),
            )
        )
    total, result = sum(weights.values()), np.zeros(len(territory))
    for attribute, weight in sorted(weights.items()):
        result += weight / total * _share(territory, attribute)
    parts = [Message("{part:.3g} x share of {name}", part=w / total, name=a) for a, w in sorted(weights.items())]
    note = Message("{name} = {parts}", name=name, parts=Joined(parts, " + "))
    made = territory.with_columns({name: SCALE * result})
    return replace(made, provenance=replace(made.provenance, notes=(*made.provenance.notes, note)))


def _share(territory: Territory, attribute: str) -> NDArray[np.float64]:
    """Return each unit's share of an attribute's total; income counts per person."""
    values = territory.attribute(attribute)
    if attribute == "income":
        values = values * territory.attribute("population")
    size = values.sum()
    return np.asarray(values / size if size > 0 else np.full(len(values), 1 / len(values)))
