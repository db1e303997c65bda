"""Sums of many terms, built in one go by PuLP 3 and PuLP 4 alike."""

from __future__ import annotations

from collections.abc import Iterable

import pulp

_MAKE = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)


def weighted_sum(terms: Iterable[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    """Return the sum of factor times variable, much faster than `lpSum` of the products.

    Parameters
    ----------
    terms : iterable of (LpVariable, float)
    """
    return _MAKE(list(terms))
