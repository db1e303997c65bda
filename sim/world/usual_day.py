"""A usual day of two companies that have worked side by side for long: what a study finds on its first morning."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.arrays import Floats, Ints


@dataclass(frozen=True)
class UsualDay:
    """How things stand before the merger, when visits and what calls for them balance.

    Attributes
    ----------
    at_risk : ndarray, shape (units, businesses)
        Subscribers who think of leaving.
    decided : ndarray, shape (units, businesses)
        Those of them who were visited in vain.
    overdue : ndarray, shape (units, businesses)
        Overdue bills.
    quality : ndarray, shape (outlets,)
        Service that outlets remember.
    """

    at_risk: Ints
    decided: Ints
    overdue: Ints
    quality: Floats
