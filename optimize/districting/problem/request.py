"""A partition request: what is asked for, checked against the territory before any work begins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from foundation.messages import Joined, Message
from optimize.districting.problem.side_constraints import Wishes, check_wishes
from optimize.districting.problem.sizes import check_sizes
from optimize.solving.solver import SOLVERS
from scenarios import InputError, Problem, Territory
from scenarios.schema.dotted_keys import near
from scenarios.territory.regions import apportion

EFFORTS = ("quick", "normal", "thorough")
WHOLE = ""
"""Name of the only group where communities may lie anywhere."""


@dataclass(frozen=True)
class Request:
    """What `optimize.partition` was asked for; see there."""

    communities: int | Mapping[str, int]
    objective: str
    weight: str | None
    balance: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    within: str | None
    current: str | None
    max_moved: float | None
    fix_seats: tuple[str, ...]
    time_limit: float
    work_limit: float
    solver: str
    effort: str
    seed: int
    wishes: Wishes = field(default_factory=Wishes)
    sizes: Mapping[str, float] = field(default_factory=dict)
    use_up: float = 0.0
    """Units of work that a search goes on for, unless a proof ends it."""

    def groups(self, territory: Territory) -> dict[str, int]:
        """Return group -> number of communities, sorted by name."""
        if self.within is None:
            assert isinstance(self.communities, int)  # checked
            return {WHOLE: self.communities}
        column = territory.units[self.within].astype(str)
        names = sorted(column.unique())
        if not isinstance(self.communities, int):
            return {name: int(self.communities[name]) for name in names}
        first = next(iter([*self.balance, *self.bounds]))
        size = territory.units[first].groupby(column).sum().reindex(names).to_numpy(dtype=float)
        return dict(zip(names, apportion(size, self.communities, least=1).tolist(), strict=True))

    def piece(self, territory: Territory, group: str) -> Territory:
        """Return the part of the territory that a group covers."""
        if self.within is None:
            return territory
        column = territory.units[self.within].astype(str)
        return territory.subset(territory.units.index[column == group], name=f"{territory.name}: {group}")

    def to_dict(self) -> dict[str, Any]:
        """Return the request for result.json."""
        return {
            "communities": self.communities if isinstance(self.communities, int) else dict(self.communities),
            "balance": dict(self.balance),
            "bounds": {name: [v if math.isfinite(v) else None for v in pair] for name, pair in self.bounds.items()},
            "within": self.within,
            "current": self.current,
            "max_moved": self.max_moved,
            "fix_seats": list(self.fix_seats),
            "time_limit": self.time_limit,
            "work_limit": self.work_limit,
            "solver": self.solver,
            "effort": self.effort,
            **self.wishes.to_dict(),
            **({"sizes": dict(self.sizes)} if self.sizes else {}),
        }


def bounds_of(content: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return the explicit bounds of a request as result.json holds it, where an open end is null."""
    return {
        name: (-math.inf if low is None else low, math.inf if high is None else high)
        for name, (low, high) in content["bounds"].items()
    }


def checked(request: Request, territory: Territory) -> Request:
    """Return the request if it can be understood.

    Raises
    ------
    InputError
        Every problem of the request, all at once.
    """
    problems = [*_check_choices(request), *_check_attributes(request, territory), *_check_columns(request, territory)]
    problems += check_wishes(request.wishes, territory, within=request.within, current=request.current)
    if request.wishes.lock and request.max_moved is not None:
        problems.append(
            Problem(
                "lock", request.wishes.lock[0], Message("it does not go with max_moved"), Message("Use one of the two.")
            )
        )
    if not problems and request.sizes:
        problems += check_sizes(request, territory)
    if not problems:
        problems += [*_check_counts(request, territory), *_check_locked_seats(request, territory)]
    if problems:
        raise InputError(problems)
    return request


def _check_choices(request: Request) -> list[Problem]:
    found = []
    for name, value, known in (
        ("objective", request.objective, ("moment", "distance", "radius", "cut-edges")),
        ("solver", request.solver, SOLVERS),
        ("effort", request.effort, EFFORTS),
    ):
        if value not in known:
            found.append(
                Problem(
                    name,
                    value,
                    Message("it must be one of {names}", names=Joined(known)),
                    near(str(value), list(known)),
                )
            )
    if not request.time_limit > 0:
        found.append(
            Problem("time_limit", request.time_limit, Message("it must be above 0 seconds"), Message("Give 60."))
        )
    if not request.work_limit > 0:
        found.append(
            Problem("work_limit", request.work_limit, Message("it must be above 0 units of work"), Message("Give 100."))
        )
    if request.max_moved is not None and not 0 <= request.max_moved <= 1:
        found.append(
            Problem(
                "max_moved", request.max_moved, Message("it must lie between 0 and 1"), Message("Write 15 % as 0.15.")
            )
        )
    if request.max_moved is not None and request.current is None:
        found.append(
            Problem(
                "max_moved",
                request.max_moved,
                Message("it needs today's communities"),
                Message("Name them with current."),
            )
        )
    return found


def _check_attributes(request: Request, territory: Territory) -> list[Problem]:
    found = []
    for name, tolerance in request.balance.items():
        if not 0 <= tolerance <= 1:
            found.append(
                Problem(
                    Message("balance {name}", name=name),
                    tolerance,
                    Message("it must lie between 0 and 1"),
                    Message("Write 15 % as 0.15."),
                )
            )
    for name, (low, high) in request.bounds.items():
        if not low <= high:
            found.append(
                Problem(
                    Message("bounds {name}", name=name),
                    f"{low:g}:{high:g}",
                    Message("the lower bound exceeds the upper"),
                    Message("Swap them."),
                ),
            )
    for name in dict.fromkeys([*request.balance, *request.bounds, *([request.weight] if request.weight else [])]):
        try:
            values = territory.attribute(name)
        except InputError as error:
            found.extend(error.problems)
            continue
        if (values < 0).any():
            unit = territory.unit_ids[int(values.argmin())]
            found.append(
                Problem(
                    Message("unit {unit}, {name}", unit=unit, name=name),
                    float(values.min()),
                    Message("it must not be negative"),
                    Message("Correct it."),
                )
            )
        elif values.sum() <= 0:
            found.append(Problem(name, 0, Message("it is 0 in every unit"), Message("Balance another attribute.")))
    return found


def _check_columns(request: Request, territory: Territory) -> list[Problem]:
    found = []
    for option, column in (("within", request.within), ("current", request.current)):
        if column is None:
            continue
        if column not in territory.units.columns:
            found.append(
                Problem(
                    option,
                    column,
                    Message("the territory has no such column"),
                    near(column, [*map(str, territory.units)]),
                )
            )
        elif territory.units[column].isna().any():
            unit = territory.units.index[territory.units[column].isna()][0]
            found.append(
                Problem(
                    Message("unit {unit}, {column}", unit=unit, column=column),
                    None,
                    Message("it is empty"),
                    Message("Fill it in."),
                )
            )
    unknown = [s for s in request.fix_seats if s not in territory.units.index]
    found.extend(
        Problem("fix_seats", s, Message("the territory has no such unit"), Message("Correct the unit id."))
        for s in unknown
    )
    if len(set(request.fix_seats)) < len(request.fix_seats):
        found.append(Problem("fix_seats", None, Message("a unit is named twice"), Message("Name it once.")))
    return found


def _check_counts(request: Request, territory: Territory) -> list[Problem]:
    """Check the numbers of communities, group by group."""
    if request.within is None:
        if isinstance(request.communities, int):
            return _check_count(request, territory, WHOLE, request.communities, len(territory))
        rule, remedy = Message("numbers by group need within"), Message("Name the column of the groups.")
        return [Problem("communities", None, rule, remedy)]
    column = territory.units[request.within].astype(str)
    sizes = {str(k): int(v) for k, v in column.value_counts().sort_index().items()}
    wrong = _check_groups(request, sizes)
    if wrong:
        return wrong
    counts = request.groups(territory) if isinstance(request.communities, int) else dict(request.communities)
    found = [_check_count(request, territory, group, count, sizes[group]) for group, count in counts.items()]
    return list(chain.from_iterable(found))


def _check_groups(request: Request, sizes: Mapping[str, int]) -> list[Problem]:
    """Check that the numbers are those of the groups, or one number is enough for all of them."""
    if isinstance(request.communities, int):
        if request.communities >= len(sizes):
            return []
        rule = Message(
            "it must be at least the number of groups of {within} ({count})", within=request.within, count=len(sizes)
        )
        return [Problem("communities", request.communities, rule, Message("Give every group at least one."))]
    unknown, lacking = Message("{within} has no such group", within=request.within), set(request.communities)
    missing = Message("this group has no number of communities")
    return [
        *(Problem("communities", g, unknown, near(g, [*sizes])) for g in request.communities if g not in sizes),
        *(Problem("communities", g, missing, Message("Add it.")) for g in sizes if g not in lacking),
    ]


def _check_count(request: Request, territory: Territory, group: str, count: int, size: int) -> list[Problem]:
    """Check the number of communities of one group against its units, its seats and today's communities."""
    found = []
    where = Message("communities of {group}", group=group) if group else "communities"
    if not 1 <= count <= size:
        rule = Message("it must lie between 1 and the number of units ({sizes})", sizes=size)
        found.append(Problem(where, count, rule, Message("Change it.")))
    seats = [
        s for s in request.fix_seats if request.within is None or str(territory.units.at[s, request.within]) == group
    ]
    if len(seats) > count:
        few = (
            Message("there is only 1 community")
            if count == 1
            else Message("there are only {count} {count:community|communities}", count=count)
        )
        rule = Message("{few} of {group}", few=few, group=group) if group else few
        found.append(Problem("fix_seats", len(seats), rule, Message("Fix fewer seats.")))
    if request.max_moved is not None and request.current is not None:
        today = request.piece(territory, group).units[request.current].nunique()
        if today != count:
            rule = Message("max_moved needs as many communities as there are today ({today})", today=today)
            found.append(Problem(where, count, rule, Message("Ask for that number, or leave max_moved out.")))
    return found


def _check_locked_seats(request: Request, territory: Territory) -> list[Problem]:
    """Check that a locked community, which is one and stays one, has one seat."""
    held: dict[tuple[str, str], list[str]] = {}
    for seat in request.fix_seats:
        about = territory.units.loc[seat]
        home, group = ("" if column is None else str(about[column]) for column in (request.current, request.within))
        if home in request.wishes.lock:
            held.setdefault((home, group), []).append(seat)
    return [
        Problem(
            "fix_seats",
            ", ".join(seats),
            Message("{home} is locked and has one seat", home=home),
            Message("Fix fewer seats."),
        )
        for (home, _), seats in held.items()
        if len(seats) > 1
    ]
