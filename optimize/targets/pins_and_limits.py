"""Wishes about targets: pins and limits found in the teams, and what to give up where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from foundation.messages import Joined, Message
from optimize.solving.solver import solve
from optimize.targets.fair_shares import Team
from optimize.targets.formulations import relaxation
from optimize.targets.formulations.fair_share import Row, Split
from optimize.targets.splits import scaled
from scenarios import InputError, Problem, Scenario
from scenarios.schema.dotted_keys import near
from scenarios.schema.fields import Business
from scenarios.schema.planning import IN_CENTS, Measure, Pin

GIVES = 1e-6
"""Below this part of the mean fair share an entry does not count as giving way, if that is less than half a unit."""

HALF, NOISE = 0.5, 1e-9
"""Half a subscriber or cent; and what a solver's numbers are off by, as a part of the mean fair share."""

UNKNOWN = {
    "person": Message("no seller has this id"),
    "community": Message("no community with sellers has this name"),
    "centre": Message("no centre with sellers has this name"),
}
"""What is said of a wish about nobody, by level."""

MOST_SHOWN = 100
"""Entries that a message names before it says how many more there are."""

Numbered = tuple[int, Pin]
"""A wish with its place in ``targets.pins``."""


COLUMNS = {"centre": "centre", "community": "community", "person": "seller_id"}


def check_wishes(scenario: Scenario, teams: Sequence[Team]) -> None:
    """Refuse wishes that name nobody or no stage, and two about the same target.

    Parameters
    ----------
    scenario : Scenario
    teams : sequence of Team
        Of every target stage, in order.

    Raises
    ------
    InputError
        All such wishes at once, each with the nearest names.
    """
    names = [stage.name for stage in scenario.target_stages]
    problems: list[Problem] = []
    seen: set[tuple[object, ...]] = set()
    known_of = {id(team): _ids(team) for team in teams}
    for i, pin in enumerate(scenario.targets.pins if names else ()):
        where = f"targets.pins[{i}]"
        if pin.stage is not None and pin.stage not in names:
            rule = Message("no target stage has this name")
            problems.append(Problem(f"{where}.stage", pin.stage, rule, near(pin.stage, names)))
            continue
        if (pin.business, pin.measure) == ("fixed", "channel"):
            rule = Message("outlets sell mobile only, so there is no such total (F18)")
            problems.append(
                Problem(f"{where}.measure", pin.measure, rule, Message("Pin mobile channel, or fixed growth."))
            )
        mine = [team for name, team in zip(names, teams, strict=True) if pin.stage in (None, name)]
        if pin.level != "company" and not any(pin.id in known_of[id(team)][pin.level] for team in mine):
            known = sorted({str(x) for team in mine for x in team.people[COLUMNS[pin.level]]})
            problems.append(Problem(f"{where}.id", pin.id, UNKNOWN[pin.level], near(pin.id, known)))
        stages = names if pin.stage is None else [pin.stage]
        keys = {(name, pin.level, pin.id, pin.business, pin.measure, pin.limits) for name in stages}
        if keys & seen:
            problems.append(Problem(where, pin.id, Message("this target is pinned twice"), Message("Keep one pin.")))
        seen |= keys
    if problems:
        raise InputError(problems)


def _ids(team: Team) -> dict[str, set[str]]:
    """Return the centres, communities and persons of a team by level."""
    return {level: set(team.people[column]) for level, column in COLUMNS.items()}


def wishes_of(scenario: Scenario, stage: str, business: Business, measure: Measure, team: Team) -> list[Numbered]:
    """Return the wishes about one total below the company."""
    if not scenario.targets.pins:
        return []
    known = _ids(team)
    return [
        (i, pin)
        for i, pin in enumerate(scenario.targets.pins)
        if pin.stage in (None, stage)
        and (pin.business, pin.measure) == (business, measure)
        and pin.level != "company"
        and pin.id in known[pin.level]
    ]


def rows_of(wishes: Iterable[Numbered], table: pd.DataFrame, measure: Measure) -> list[Row]:
    """Return the wishes as limits on cells.

    Parameters
    ----------
    wishes : iterable of (int, Pin)
    table : DataFrame
        A row per cell: ``centre, community, person`` (person: the id where the cell is one person, else "").
    measure : str
    """
    unit = 100 if measure in IN_CENTS else 1
    rows = []
    places: dict[str, dict[Any, Any]] = {}
    for i, pin in wishes:
        if pin.level not in places:
            places[pin.level] = dict(table.groupby(pin.level, sort=False).indices)
        cells = np.sort(places[pin.level].get(pin.id, np.array([], dtype=np.int64))).astype(np.int64)
        least, most = (pin.value, pin.value) if pin.value is not None else (pin.least or 0.0, pin.most)
        rows.append(
            Row(
                f"targets.pins[{i}]",
                "pin",
                cells,
                float(round(least * unit)),
                np.inf if most is None else float(round(most * unit)),
            )
        )
    return rows


def last_period_rows(
    cap: float, before: pd.Series[float] | None, amount: int, table: pd.DataFrame, fair: Floats
) -> list[Row]:
    """Return caps on the change of each community's part against its part of the blended results of earlier years.

    Communities in which nobody carries the total pass their results on to the others.
    """
    if before is None:
        return []
    before = before.reindex(sorted(table["community"][fair > 0].unique())).fillna(0.0)
    if before.sum() <= 0:
        return []
    rows = []
    for name, part in (before / before.sum()).items():
        inside, worth = np.flatnonzero((table["community"] == name).to_numpy()), float(part) * amount
        entry = Message("community {name}", name=name)
        rows.append(Row(entry, "last", inside, max(0.0, 1 - cap) * worth, (1 + cap) * worth, worth))
    return rows


def why_not(scenario: Scenario, where: str, split: Split, measure: Measure) -> str:
    """Say which entries contradict each other and what the smallest relaxation is.

    Parameters
    ----------
    scenario : Scenario
    where : str
        Stage, business and measure in words.
    split : Split
        One that has no solution.
    measure : str
    """
    unit = float(split.fair.sum()) / max(len(split.fair), 1) or 1.0
    model = relaxation.build(scaled(split, unit))
    outcome = solve(model.problem, time_limit=scenario.targets.solver_time_limit, work=scenario.targets.work_limit)
    everything = Joined(_first([_in_words(scenario, row, measure) for row in split.rows]), " and ")
    unknown = Message(
        "{where}: no split keeps {everything} and the rules on change. What would help was not found.",
        where=where,
        everything=everything,
    )
    if outcome.proof != "optimal":  # its prices and values say nothing then
        return unknown
    little = min(GIVES, max(HALF / unit, NOISE))
    digits = 2 if measure in IN_CENTS else 0
    scale = unit / (100 if measure in IN_CENTS else 1)
    dual = {str(c.name): abs(c.pi or 0.0) for c in model.problem.constraints()}
    involved = [
        _in_words(scenario, row, measure)
        for row, names in zip(split.rows, model.rows, strict=True)
        if any(dual[name] > GIVES for name in names)
    ]
    involved = _first(involved)
    if any(value > GIVES for name, value in dual.items() if name.startswith(("above_", "below_"))):
        involved.append(Message("targets.change_cap ({cap:g})", cap=split.cap))
    if any(value > GIVES for name, value in dual.items() if name.startswith("floor_")):
        involved.append(Message("targets.floor ({floor:g})", floor=split.floor))
    gives: list[str] = []
    for r, row in enumerate(split.rows):
        down = (model.lower[r].varValue or 0.0) if r in model.lower else 0.0
        up = (model.upper[r].varValue or 0.0) if r in model.upper else 0.0
        limit = row.least / unit - down if down > little else row.most / unit + up
        if max(down, up) > little:
            to = f"{_rounded(limit * scale, digits, down > little):,.{digits}f}"
            gives.append(Message("{entry} to {value}", entry=row.name, value=to))
    gives = _first(gives)
    settings = {"change": ("change_cap", split.cap, 1), "floor": ("floor", split.floor, -1)}
    settings["last"] = ("last_period.change_cap", scenario.targets.last_period.change_cap or 0.0, 1)
    for kind, (name, now, sign) in settings.items():
        moved = model.settings[kind].varValue or 0.0
        if moved > GIVES:
            relaxed = _share(now + sign * moved, sign)
            gives.append(Message("targets.{name} from {now:g} to {relaxed:g}", name=name, now=now, relaxed=relaxed))
    if not gives:  # too little for the solver to see
        return unknown
    return Message(
        "{where}: no split keeps {involved}. The smallest relaxation: {gives}.",
        where=where,
        involved=Joined(involved, " and "),
        gives=Joined(gives),
    )


def _first(entries: list[str]) -> list[str]:
    """Return the entries that a message names; of many the first, and how many more there are."""
    if len(entries) <= MOST_SHOWN:
        return entries
    return [*entries[:MOST_SHOWN], Message("{count} more", count=len(entries) - MOST_SHOWN)]


def _rounded(value: float, digits: int, downward: bool) -> float:
    """Round a relaxed limit to whole units in the direction that relaxes it."""
    factor = 10**digits
    moved = np.floor(value * factor + GIVES) if downward else np.ceil(value * factor - GIVES)
    return float(moved / factor)


def _share(value: float, sign: int) -> float:
    """Round a relaxed share to four digits in the direction that relaxes it."""
    return float((np.ceil(value * 1e4 - GIVES) if sign > 0 else np.floor(value * 1e4 + GIVES)) / 1e4)


def _in_words(scenario: Scenario, row: Row, measure: Measure) -> str:
    """Return an entry with what it asks for."""
    digits, unit = (2, 100) if measure in IN_CENTS else (0, 1)
    if row.kind == "last":
        return Message("targets.last_period.change_cap ({entry})", entry=row.name)
    if row.kind == "total":
        return Message("{entry} ({limits})", entry=row.name, limits=f"{row.least / unit:,.{digits}f}")
    pin = scenario.targets.pins[int(row.name.split("[")[1].rstrip("]"))]
    return Message(
        "{entry} ({whom}: {limits})", entry=row.name, whom=_whom(pin.level, pin.id), limits=_limits(pin, digits)
    )


def _whom(level: str, name: str) -> Message:
    """Return whose target a wish is about."""
    match level:
        case "person":
            return Message("person {name}", name=name)
        case "community":
            return Message("community {name}", name=name)
        case "centre":
            return Message("centre {name}", name=name)
    return Message("company {name}", name=name)


def _limits(pin: Pin, digits: int) -> str:
    """Return what a wish asks for."""
    if pin.value is not None:
        return Message("exactly {value}", value=f"{pin.value:,.{digits}f}")
    limits: list[str] = []
    if pin.least is not None:
        limits.append(Message("at least {value}", value=f"{pin.least:,.{digits}f}"))
    if pin.most is not None:
        limits.append(Message("at most {value}", value=f"{pin.most:,.{digits}f}"))
    return Joined(limits)
