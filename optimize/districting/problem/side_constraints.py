"""Wishes about units and communities: kept together, apart, or as today; near the seat; not across a border."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from foundation.messages import Joined, Message
from optimize.districting.problem.splits import check_splits
from scenarios import InputError, Problem, Territory
from scenarios.schema.dotted_keys import near

Pair = tuple[str, str]


@dataclass(frozen=True)
class Wishes:
    """What a plan must respect beside its bounds.

    Attributes
    ----------
    keep_together : tuple of tuple of str
        Units of a group end in one community; a group must hang together by itself.
    keep_apart : tuple of (str, str)
        Units that must not share a community.
    lock : tuple of str
        Communities of today that stay as they are, whatever their sums.
    max_radius : float or None [km]
        Largest distance of a unit from its seat.
    forbid : tuple of (str, str)
        Adjacencies that no community may use to hold together, such as a river without a bridge.
    splits : mapping of column to int
        At most so many splits of the groups of a column (`splits.SplitLimit`); with groups that no community crosses,
        in each of these.
    """

    keep_together: tuple[tuple[str, ...], ...] = ()
    keep_apart: tuple[Pair, ...] = ()
    lock: tuple[str, ...] = ()
    max_radius: float | None = None
    forbid: tuple[Pair, ...] = ()
    splits: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Wishes:
        """Return the wishes of a request as result.json holds it."""
        return cls(
            tuple(tuple(group) for group in content["keep_together"]),
            tuple((a, b) for a, b in content["keep_apart"]),
            tuple(content["lock"]),
            content["max_radius"],
            tuple((a, b) for a, b in content["forbid"]),
            dict(content.get("splits", {})),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the wishes for result.json."""
        return {
            "keep_together": [list(group) for group in self.keep_together],
            "keep_apart": [list(pair) for pair in self.keep_apart],
            "lock": list(self.lock),
            "max_radius": self.max_radius,
            "forbid": [list(pair) for pair in self.forbid],
            **({"splits": {name: int(most) for name, most in self.splits.items()}} if self.splits else {}),
        }


def without_borders(territory: Territory, forbid: tuple[Pair, ...]) -> Territory:
    """Return the territory without the adjacencies that communities must not use.

    Raises
    ------
    InputError
        A pair is no adjacency of the territory.
    """
    if not forbid:
        return territory
    a, b = territory.edges["a"].astype(str), territory.edges["b"].astype(str)
    held = [frozenset(pair) for pair in zip(a, b, strict=True)]
    known, closed = set(held), {frozenset(pair) for pair in forbid}
    problems = [
        Problem(
            "forbid",
            " - ".join(sorted(pair)),
            Message("it is no adjacency of the territory"),
            Message("Correct or remove the row."),
        )
        for pair in sorted(closed - known, key=sorted)
    ]
    if problems:
        raise InputError(problems)
    kept = pd.Series([pair not in closed for pair in held], index=territory.edges.index)
    return replace(territory, edges=territory.edges[kept].reset_index(drop=True))


def check_wishes(wishes: Wishes, territory: Territory, *, within: str | None, current: str | None) -> list[Problem]:
    """Return every problem of the wishes; the territory is the one without the forbidden borders."""
    found = [
        *_unknown_units(wishes, territory),
        *check_splits(wishes.splits, territory, locked=bool(wishes.lock)),
    ]
    if wishes.max_radius is not None and not (wishes.max_radius > 0 and math.isfinite(wishes.max_radius)):
        found.append(
            Problem("max_radius", wishes.max_radius, Message("it must be above 0 km"), Message("Give kilometres."))
        )
    if wishes.lock and current is None:
        found.append(
            Problem(
                "lock",
                wishes.lock[0],
                Message("it needs today's communities"),
                Message("Name their column with current."),
            )
        )
    elif wishes.lock and current in territory.units:
        today = sorted(territory.units[current].astype(str).unique())
        found += [
            Problem("lock", name, Message("{current} has no such community", current=current), near(name, today))
            for name in wishes.lock
            if name not in today
        ]
    if not found:
        found += _check_groups(wishes, territory, within)
        found += _check_locks(wishes, territory, current)
    return found


def _unknown_units(wishes: Wishes, territory: Territory) -> list[Problem]:
    named = [("keep_together", unit) for group in wishes.keep_together for unit in group]
    named += [("keep_apart", unit) for pair in wishes.keep_apart for unit in pair]
    return [
        Problem(what, unit, Message("the territory has no such unit"), Message("Correct the unit id."))
        for what, unit in dict.fromkeys(named)
        if unit not in territory.units.index
    ]


def _check_groups(wishes: Wishes, territory: Territory, within: str | None) -> list[Problem]:
    """Check that groups hang together, do not overlap, and leave pairs apart."""
    found: list[Problem] = []
    place: dict[str, int] = {}
    for number, group in enumerate(wishes.keep_together, start=1):
        for unit in group:
            if unit in place:
                rule = Message("it stands in groups {place} and {number}", place=place[unit], number=number)
                found.append(Problem("keep_together", unit, rule, Message("Make the two groups one, or name it once.")))
            place[unit] = number
        parts = territory.subset(group).components()
        if len(parts) > 1:
            rule = Message(
                "the units of group {number} must be adjacent to each other; {names} is apart",
                number=number,
                names=Joined(parts[1]),
            )
            found.append(
                Problem("keep_together", parts[0][0], rule, Message("Add the units between them to the group."))
            )
        if within is not None and territory.units.loc[list(group), within].nunique() > 1:
            rule = Message("group {number} crosses {within}, which no community may", number=number, within=within)
            found.append(Problem("keep_together", group[0], rule, Message("Split the group, or leave within out.")))
    for a, b in wishes.keep_apart:
        if a == b or (a in place and place.get(b) == place[a]):
            found.append(
                Problem(
                    "keep_apart",
                    f"{a} - {b}",
                    Message("the two must be kept together"),
                    Message("Remove one of the two."),
                )
            )
    return found


def _check_locks(wishes: Wishes, territory: Territory, current: str | None) -> list[Problem]:
    """Check that no group crosses a border that stays."""
    if current is None or not wishes.lock:
        return []
    home = territory.units[current].astype(str)
    locked = home.where(home.isin(wishes.lock), "")
    found = []
    for number, group in enumerate(wishes.keep_together, start=1):
        names = locked[list(group)]
        if names.nunique() > 1:
            name = max(names)
            rule = Message("group {number} crosses the border of {name}, which is locked", number=number, name=name)
            remedy = Message("Unlock the community, or leave the units on one side of its border out of the group.")
            found.append(Problem("keep_together", names.index[names != name][0], rule, remedy))
    return found
