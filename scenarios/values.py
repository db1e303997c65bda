"""The plain frozen values that cross between optimisation, simulation and the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Plan:
    """A division of the territory: which unit belongs to which community.

    Attributes
    ----------
    assignment : Series, unit_id -> community (both text)
    seats : mapping, community -> unit_id of its seat; empty where nobody chose seats
    content : bytes or None
        Of plan.csv, where people drew the plan: what they gave goes through the study unchanged.
    """

    assignment: pd.Series[str]
    seats: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Placement:
    """Where every seller works after the merger (F8, F15).

    Attributes
    ----------
    table : DataFrame
        ``seller_id, force, centre, community, overlap`` (overlap: share of the territory the seller
        knows, weighted by population, that lies in the centre he goes to, 0-1), sorted by seller_id.
    """

    table: pd.DataFrame


@dataclass(frozen=True)
class Targets:
    """What every level owes in every target stage (F18-F23).

    Attributes
    ----------
    table : DataFrame
        ``stage, level, id, parent, business, measure, value`` with level in (company, centre,
        community, person), business in (fixed, mobile), measure in (growth [subscribers],
        revenue [yuan], arrears [yuan], channel [subscribers sold by outlets]). Every level sums
        to its parent exactly.
    """

    table: pd.DataFrame
