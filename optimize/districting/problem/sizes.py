"""Communities of unequal size as they are asked for: which, how large, and what does not go with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pandas as pd

from foundation.messages import Message
from optimize.districting.problem.side_constraints import Wishes
from scenarios import Problem, Territory
from scenarios.schema.dotted_keys import near

WHOLE_SHARE = 1e-6
"""What shares that add up to all may miss."""


class Asked(Protocol):
    """What of a request bears on sizes."""

    @property
    def sizes(self) -> Mapping[str, float]: ...  # noqa: D102
    @property
    def objective(self) -> str: ...  # noqa: D102
    @property
    def within(self) -> str | None: ...  # noqa: D102
    @property
    def current(self) -> str | None: ...  # noqa: D102
    @property
    def max_moved(self) -> float | None: ...  # noqa: D102
    @property
    def wishes(self) -> Wishes: ...  # noqa: D102
    def groups(self, territory: Territory) -> dict[str, int]: ...  # noqa: D102


def sizes_in(request: Asked, territory: Territory, group: str) -> dict[str, float]:
    """Return the sizes of communities that are stated for a group: those of today that lie in it, or all."""
    if request.within is None or request.current is None or not request.sizes:
        return dict(request.sizes)
    home = territory.units[request.within].astype(str).groupby(territory.units[request.current].astype(str))
    most = home.agg(lambda names: names.mode().min())
    return {name: share for name, share in request.sizes.items() if most.get(name) == group}


def check_sizes(request: Asked, territory: Territory) -> list[Problem]:
    """Return what is wrong with the sizes of a request."""
    found = []
    for name, share in request.sizes.items():
        if not 0 < share < 1:
            rule = Message("it must lie between 0 and 1: a share of the sum of its group")
            found.append(Problem(f"size {name}", share, rule, Message("Write 20 % as 0.2.")))
    for other, there in (
        ("lock", bool(request.wishes.lock)),
        ("max_moved", request.max_moved is not None),
        ("objective radius", request.objective == "radius"),
    ):
        if there:
            rule = Message("sizes do not go with {other}", other=other)
            found.append(Problem("size", next(iter(request.sizes)), rule, Message("Use one of the two.")))
    if request.within is not None:
        if request.current is None:
            rule = Message("with groups, a community is one of today's: name their column with current")
            found.append(Problem("size", next(iter(request.sizes)), rule, Message("Name it with --current.")))
        else:
            today = sorted(territory.units[request.current].astype(str).unique())
            found += [
                Problem(
                    "size", name, Message("{current} has no such community", current=request.current), near(name, today)
                )
                for name in request.sizes
                if name not in today
            ]
    return found or _sums(request, territory)


def _sums(request: Asked, territory: Territory) -> list[Problem]:
    found = []
    for group, count in request.groups(territory).items():
        sizes = sizes_in(request, territory, group)
        total, where = sum(sizes.values()), Message("size in {group}", group=group) if group else "size"
        if len(sizes) > count:
            rule = Message("there are only {count} {count:community|communities}", count=count)
            found.append(Problem(where, len(sizes), rule, Message("Name fewer, or ask for more communities.")))
        elif sizes and len(sizes) == count and abs(total - 1) > WHOLE_SHARE:
            rule = Message("the shares of all communities must add up to 1, and add up to {total:g}", total=total)
            found.append(Problem(where, total, rule, Message("Leave one out: it gets the rest.")))
        elif sizes and len(sizes) < count and total >= 1:
            rule = Message("the shares add up to {total:g} and leave nothing for the other communities", total=total)
            found.append(Problem(where, total, rule, Message("Lower them.")))
    return found


def shares_by_name(
    request: Asked, territory: Territory, names: pd.Series[str], group: pd.Series[str]
) -> pd.Series[float]:
    """Return community -> the share of its group's sums that it is to have, of a plan whose communities have names.

    Parameters
    ----------
    names, group : Series, unit_id -> community and group
    """
    found: dict[str, float] = {}
    for part, there in names.groupby(group, sort=True):
        found |= shares_in(sizes_in(request, territory, str(part)), there)
    return pd.Series(found, dtype=float)


def shares_in(sizes: Mapping[str, float], names: pd.Series[str]) -> dict[str, float]:
    """Return the share of every community of one group: those stated, and of the others alike parts of the rest."""
    inside = sorted(map(str, names.unique()))
    known = {name: float(sizes[name]) for name in inside if name in sizes}
    rest = max(len(inside) - len(known), 1)
    return {name: known.get(name, (1 - sum(known.values())) / rest) for name in inside}
