"""Targets set by hand: they hold to the last unit, and the others share what is left as fairly as before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimize.cells import Team
from optimize.instance import Floats, Ints
from scenarios import InfeasibleError, InputError, Problem, Scenario
from scenarios.keys import near
from scenarios.planning import Pin
from scenarios.regions import apportion

IN_CENTS = ("revenue", "arrears")


@dataclass(frozen=True)
class Pins:
    """The pins of one stage, business and measure, in whole units (subscribers or cents).

    Attributes
    ----------
    persons, communities : mapping of id to units
    """

    persons: Mapping[str, int] = field(default_factory=dict)
    communities: Mapping[str, int] = field(default_factory=dict)


def pins_of(scenario: Scenario, stage: str, business: str, measure: str, team: Team) -> Pins:
    """Return the pins that apply to a split."""
    persons, communities = set(team.people["seller_id"]), set(team.people["community"])
    found: dict[str, dict[str, int]] = {"person": {}, "community": {}}
    for pin in scenario.targets.pins:
        applies = pin.stage in (None, stage) and (pin.business, pin.measure) == (business, measure)
        if applies and pin.id in (persons if pin.level == "person" else communities):
            found[pin.level][pin.id] = round(pin.value * (100 if measure in IN_CENTS else 1))
    return Pins(found["person"], found["community"])


def check_pins(scenario: Scenario, teams: Mapping[str, Team]) -> None:
    """Refuse pins that name nobody, twice the same, or parts of a subscriber.

    Raises
    ------
    InputError
        Every such pin, all at once.
    """
    problems, seen = [], set()
    for number, pin in enumerate(scenario.targets.pins):
        where = f"targets.pins[{number}]"
        stages = list(teams) if pin.stage is None else [pin.stage]
        if pin.stage is not None and pin.stage not in teams:
            problems.append(
                Problem(f"{where}.stage", pin.stage, "no target stage has this name", near(pin.stage, [*teams]))
            )
            continue
        column = "seller_id" if pin.level == "person" else "community"
        known = sorted({str(name) for s in stages for name in teams[s].people[column]})
        if pin.id not in known:
            rule = f"no {pin.level} with sellers has this name" if pin.level == "community" else "no seller has this id"
            problems.append(Problem(f"{where}.id", pin.id, rule, near(pin.id, known)))
        if pin.measure not in IN_CENTS and pin.value != int(pin.value):
            problems.append(Problem(f"{where}.value", pin.value, "subscribers are whole", "Round it."))
        key = (pin.stage, pin.level, pin.id, pin.business, pin.measure)
        if key in seen:
            problems.append(Problem(where, pin.id, "this target is pinned twice", "Keep one pin."))
        seen.add(key)
    if problems:
        raise InputError(problems)


def deal(groups: Mapping[str, NDArray[np.bool_]], team: Team, share: Floats, total: int, pins: Pins, what: str) -> Ints:
    """Return whole units per person: pins first, then each force's part while forces count, by largest remainders.

    Parameters
    ----------
    groups : mapping
        Whose parts of the total are kept apart -> who belongs, shape (persons,).
    share : ndarray, shape (persons,)
        Shares of the total, summing to 1.
    total : int
    pins : Pins
    what : str
        Stage, business and measure, for messages.

    Raises
    ------
    InfeasibleError
        Pins exceed a total, or leave a remainder that nobody can take; with the least change that would do.
    """
    result = np.zeros(len(share), dtype=np.int64)
    parts = apportion(np.array([share[g].sum() for g in groups.values()]), total)
    wanted = _by_group(groups, team, share, pins)
    for (name, inside), part in zip(groups.items(), parts.tolist(), strict=True):
        fixed, areas = wanted[name]
        free = inside.copy()
        for person, value in fixed.items():
            result[person] = value
            free[person] = False
        left = part - sum(fixed.values())
        for community, value in areas.items():
            members = inside & (team.people["community"] == community).to_numpy()
            rest = value - int(result[members & ~free].sum())
            open_members = members & free
            if rest < 0 or (rest > 0 and not open_members.any()):
                own = {team.people["seller_id"][p]: v for p, v in fixed.items() if members[p]}
                _refuse(f"{what}: community {community} is pinned to {value}", own, abs(rest))
            result[open_members] = _apportioned(share[open_members], rest)
            left -= rest
            free &= ~members
        if left < 0 or (left > 0 and not free.any()):
            named = {str(team.people["seller_id"][p]): v for p, v in fixed.items()} | areas
            _refuse(f"{what}: the total of {name} is {part}", named, abs(left))
        result[free] = _apportioned(share[free], left)
    return result


def _by_group(
    groups: Mapping[str, NDArray[np.bool_]], team: Team, share: Floats, pins: Pins
) -> dict[str, tuple[dict[int, int], dict[str, int]]]:
    """Return for each group its pinned persons, by position, and its part of the pinned communities."""
    position = {str(name): p for p, name in enumerate(team.people["seller_id"])}
    found: dict[str, tuple[dict[int, int], dict[str, int]]] = {}
    for name, inside in groups.items():
        found[name] = ({position[i]: v for i, v in pins.persons.items() if inside[position[i]]}, {})
    for community, value in pins.communities.items():
        members = (team.people["community"] == community).to_numpy()
        weights = np.array([share[members & inside].sum() for inside in groups.values()])
        if weights.sum() <= 0:
            weights = np.array([float((members & inside).sum()) for inside in groups.values()])
        for name, part in zip(groups, apportion(weights, value).tolist(), strict=True):
            if (members & groups[name]).any():
                found[name][1][community] = part
    return found


def _apportioned(share: Floats, total: int) -> Ints:
    if not len(share):
        return np.zeros(0, dtype=np.int64)
    return apportion(share if share.sum() > 0 else np.ones(len(share)), total)


def _refuse(what: str, pins: Mapping[str, int], excess: int) -> None:
    named = ", ".join(f"{name} {value}" for name, value in pins.items())
    msg = (
        f"{what}, but the pins ask for {sum(pins.values())} ({named}). Change them, or the total, by at least {excess}."
    )
    raise InfeasibleError(msg)


__all__ = ["Pin", "Pins", "check_pins", "deal", "pins_of"]
