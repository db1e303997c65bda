"""A question about boundaries as plain data, and what a plan is worth to it: exact arithmetic, none of the code tested.

Numbers mean what is written: a load of 0.1 is a tenth, not the double next to it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

Plan = Mapping[str, str]

SLACK = Fraction(1, 10**9)
"""Share of the mean by which a fractional sum may miss a bound, and of the radius by which a unit may lie beyond it."""


@dataclass(frozen=True)
class Question:
    """What is asked of `optimize.partition`.

    Attributes
    ----------
    units : tuple of str
    points : tuple of (x, y) [km]
    loads : mapping of attribute to one number per unit
    edges : tuple of (unit, unit)
    communities : int
    objective : {"moment", "distance", "radius", "cut-edges"}
    balance : mapping of attribute to tolerance
    wishes : mapping
        Further arguments of `optimize.partition` that say what is asked for.
    today : tuple of str
        Today's community of every unit; empty where there are none.
    known : mapping of unit to community
        A plan around which the map was made; empty where there is none.
    towns : tuple of str
        Town of every unit, whose splits may be limited; empty where no wish is about towns.
    """

    units: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    loads: Mapping[str, tuple[float, ...]]
    edges: tuple[tuple[str, str], ...]
    communities: int
    objective: str
    balance: Mapping[str, float]
    wishes: Mapping[str, Any] = field(default_factory=dict)
    today: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    towns: tuple[str, ...] = ()

    @property
    def weight(self) -> str:
        """The attribute that distances are weighted by."""
        return str(self.wishes.get("weight") or next(iter(self.balance)))

    @cached_property
    def bounds(self) -> dict[str, tuple[Fraction, Fraction]]:
        """The least and the largest sum of every balanced attribute; whole numbers are rounded inwards."""
        return self.bounds_of(Fraction(1, self.communities))

    @cached_property
    def slots(self) -> list[tuple[str, Fraction]]:
        """The communities that are asked for, each with its share of all; empty where they are all to be alike."""
        sizes = {name: exact(float(share)) for name, share in self.wishes.get("sizes", {}).items()}
        if not sizes:
            return []
        others = self.communities - len(sizes)
        return [*sizes.items(), *[("", (1 - sum(sizes.values())) / Fraction(others))] * others]

    def bounds_of(self, part: Fraction) -> dict[str, tuple[Fraction, Fraction]]:
        """The least and the largest sum of a community that is to have a part of all, of every balanced attribute."""
        found = {}
        for name, tolerance in self.balance.items():
            loads = [exact(load) for load in self.loads[name]]
            mean, share = sum(loads) * part, exact(float(tolerance))
            low, high = mean * (1 - share), mean * (1 + share)
            if all(load.denominator == 1 for load in loads):
                found[name] = Fraction(math.ceil(low)), Fraction(math.floor(high))
            else:
                found[name] = low - SLACK * mean, high + SLACK * mean
        return found

    @property
    def open_edges(self) -> list[tuple[str, str]]:
        """The adjacencies that a community may use, and that count as cut."""
        closed = {frozenset(pair) for pair in self.wishes.get("forbid", ())}
        return [pair for pair in self.edges if frozenset(pair) not in closed]

    @property
    def locked(self) -> dict[str, set[str]]:
        """Today's communities that stay, with their units."""
        return {
            name: {u for u, t in zip(self.units, self.today, strict=True) if t == name}
            for name in self.wishes.get("lock", ())
        }

    def to_json(self) -> str:
        """Return everything needed to ask again, on one line."""
        return json.dumps(
            {
                "units": self.units,
                "points": self.points,
                "loads": dict(self.loads),
                "edges": self.edges,
                "communities": self.communities,
                "objective": self.objective,
                "balance": dict(self.balance),
                "wishes": dict(self.wishes),
                "today": self.today,
                "known": dict(self.known),
                "towns": self.towns,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Question:
        """Return the question that `to_json` wrote."""
        read = json.loads(text)
        return cls(
            tuple(read["units"]),
            tuple((x, y) for x, y in read["points"]),
            {name: tuple(column) for name, column in read["loads"].items()},
            tuple((a, b) for a, b in read["edges"]),
            read["communities"],
            read["objective"],
            read["balance"],
            _tuples(read["wishes"]),
            tuple(read["today"]),
            read["known"],
            tuple(read.get("towns", ())),
        )

    def about(self, **changed: Any) -> Question:
        """Return the question with other fields."""
        return replace(self, **changed)


def _tuples(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return wishes whose lists are tuples, as they were before they were written."""

    def made(value: Any) -> Any:
        return tuple(made(one) for one in value) if isinstance(value, list) else value

    return {name: made(value) for name, value in wishes.items()}


def exact(number: float) -> Fraction:
    """Return a number as it is written."""
    return Fraction(repr(number) if isinstance(number, float) else number)


def neighbours_of(question: Question) -> dict[str, set[str]]:
    """Return the units that a community may reach from each."""
    near: dict[str, set[str]] = {unit: set() for unit in question.units}
    for a, b in question.open_edges:
        near[a].add(b)
        near[b].add(a)
    return near


def hang_together(members: set[str], near: Mapping[str, set[str]]) -> bool:
    """Say whether units are connected among themselves."""
    frontier, seen = [next(iter(members))], set()
    while frontier:
        unit = frontier.pop()
        if unit not in seen:
            seen.add(unit)
            frontier.extend(near[unit] & members)
    return seen == members


def squared(question: Question) -> dict[str, tuple[Fraction, Fraction]]:
    """Return the exact coordinates of every unit."""
    return {u: (exact(float(x)), exact(float(y))) for u, (x, y) in zip(question.units, question.points, strict=True)}


@dataclass(frozen=True)
class Worth:
    """What a plan is worth: every fault, and the objective."""

    faults: tuple[str, ...]
    value: Fraction


def judge(question: Question, plan: Plan) -> Worth:
    """Check a plan by its definition, and compute its objective."""
    groups: dict[str, set[str]] = {}
    for unit in question.units:
        groups.setdefault(plan[unit], set()).add(unit)
    near, free = neighbours_of(question), [*groups.values()]
    faults = [] if len(groups) == question.communities else [f"{len(groups)} communities"]
    faults += [f"{sorted(g)[:3]} in pieces" for g in groups.values() if not hang_together(g, near)]
    for name, members in question.locked.items():
        if members not in free:
            faults.append(f"{name} is not as it was")
        free = [g for g in free if g != members]
    if question.slots:
        faults += _of_other_sizes(question, groups)
    for name, (low, high) in question.bounds.items() if not question.slots else ():
        load = dict(zip(question.units, map(exact, question.loads[name]), strict=True))
        sums = [sum(load[u] for u in g) for g in free]
        faults += [f"{name} {float(s):g} outside" for s in sums if not low <= s <= high]
    faults += _split(question, plan)
    faults += _broken_wishes(question, free)
    about, seat_faults = _about_seats(question, [*groups.values()], free)
    cut = sum(plan[a] != plan[b] for a, b in question.open_edges)
    return Worth((*faults, *seat_faults), Fraction(cut) if question.objective == "cut-edges" else about)


def _of_other_sizes(question: Question, groups: Mapping[str, set[str]]) -> list[str]:
    """Return what is wrong with sizes: communities of a name that is stated have its size, the others what is left.

    Where a plan does not use the names, it is enough that there is a way to give them.
    """
    if len(groups) != len(question.slots):
        return ["communities without a size"]
    fits = np.zeros((len(groups), len(question.slots)))
    bounds = [question.bounds_of(part) for _, part in question.slots]
    named = {name for name, _ in question.slots if name} <= groups.keys()
    for row, (own, members) in enumerate(groups.items()):
        sums = {
            name: sum(
                load for u, load in zip(question.units, map(exact, question.loads[name]), strict=True) if u in members
            )
            for name in question.balance
        }
        for column, (name, _) in enumerate(question.slots):
            inside = all(low <= sums[what] <= high for what, (low, high) in bounds[column].items())
            is_own = name == (own if own in question.wishes["sizes"] else "")
            fits[row, column] = inside and (is_own or not named)
    rows, columns = linear_sum_assignment(-fits)
    return [] if fits[rows, columns].all() else ["not the sizes asked for"]


def _split(question: Question, plan: Plan) -> list[str]:
    """Return what is wrong with splits: a town in two communities is split once, in three twice."""
    most = question.wishes.get("splits", {}).get("town")
    if most is None:
        return []
    held: dict[str, set[str]] = {}
    for unit, town in zip(question.units, question.towns, strict=True):
        if town:
            held.setdefault(town, set()).add(plan[unit])
    made = sum(len(communities) - 1 for communities in held.values())
    return [f"{made} splits of towns"] if made > most else []


def _broken_wishes(question: Question, free: Sequence[set[str]]) -> list[str]:
    """Return what is wrong with pairs and groups, and with how much has moved."""
    wishes, faults = question.wishes, []
    inside = set().union(*free) if free else set()
    for group in wishes.get("keep_together", ()):
        if set(group) & inside and not any(set(group) <= g for g in free):
            faults.append(f"{group} torn apart")
    faults += [f"{p} share a community" for p in wishes.get("keep_apart", ()) if any(set(p) <= g for g in free)]
    if wishes.get("max_moved") is not None:
        weight = dict(zip(question.units, question.loads[question.weight], strict=True))
        today = dict(zip(question.units, question.today, strict=True))
        names = sorted(set(question.today))
        shared = np.array([[sum(weight[u] for u in g if today[u] == name) for name in names] for g in free])
        rows, columns = linear_sum_assignment(-shared)
        total = sum(weight.values())
        if total - shared[rows, columns].sum() > wishes["max_moved"] * total * (1 + 1e-9):
            faults.append("too much has moved")
    return faults


def _about_seats(
    question: Question, groups: Sequence[set[str]], free: Sequence[set[str]]
) -> tuple[Fraction, list[str]]:
    """Return what the units cost about the seats, and what is wrong with seats and distances.

    Moments are exact; roots are rounded down at their hundredth binary place.
    """
    place, fixed = squared(question), set(question.wishes.get("fix_seats", ()))
    weight = dict(zip(question.units, map(exact, question.loads[question.weight]), strict=True))
    radius, total, faults, widest = question.wishes.get("max_radius"), Fraction(0), list[str](), Fraction(0)
    plain = question.objective in ("moment", "cut-edges")

    def far(a: str, b: str) -> Fraction:
        return (place[a][0] - place[b][0]) ** 2 + (place[a][1] - place[b][1]) ** 2

    for members in groups:
        own = sorted(members & fixed)
        if len(own) > 1:
            faults.append(f"{own} share a community")
        seats = own[:1] or sorted(members)
        away = {seat: {u: far(u, seat) if plain else root(far(u, seat)) for u in members} for seat in seats}
        costs = {seat: sum((weight[u] * one for u, one in away[seat].items()), Fraction(0)) for seat in seats}
        seat = min(costs, key=lambda s: costs[s])
        total += costs[seat]
        widest = max(widest, min(max(away[s].values()) for s in seats))
        if question.objective == "radius":
            alike = seats
        elif plain:
            alike = [seat]
        else:  # as good, a rounding apart
            alike = [s for s in seats if costs[s] <= costs[seat] * (1 + SLACK)]
        if radius is not None and members in free:
            most = (exact(float(radius)) * (1 + SLACK)) ** 2
            if all(any(far(u, one) > most for u in members) for one in alike):
                faults.append(f"a unit of {seat} lies beyond the radius")
    return (widest if question.objective == "radius" else total), faults


def root(square: Fraction) -> Fraction:
    """Return the root of a number, rounded down at the hundredth binary place."""
    return Fraction(math.isqrt((square.numerator << 200) // square.denominator), 1 << 100)
