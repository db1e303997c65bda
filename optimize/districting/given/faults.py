"""What a plan that people drew breaks: every limit and wish, with the communities and units that cause it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimize.districting.heuristic.current_plan import Today
from optimize.districting.problem.instance import ROUNDING, limits
from optimize.districting.problem.request import Request
from optimize.districting.problem.side_constraints import without_borders
from optimize.districting.problem.sizes import shares_by_name
from scenarios import Territory
from scenarios.loading.plan_files import pieces_of


@dataclass(frozen=True)
class Fault:
    """One limit or wish that a plan breaks.

    Attributes
    ----------
    wish : str
        ``communities``, ``contiguous``, ``within``, ``balance``, ``bounds``, ``keep_together``, ``keep_apart``,
        ``lock``, ``fix_seats``, ``max_radius``, ``splits`` or ``max_moved``.
    community : str
        Where it is broken; for a number of communities the group.
    units : tuple of str
        That cause it: outside, apart, too far, moved; of a sum those on the community's border, which could move.
    attribute : str
        Of a sum; empty for other wishes.
    value, least, most : float or None
        What is there and what may be.
    """

    wish: str
    community: str
    units: tuple[str, ...]
    attribute: str = ""
    value: float | None = None
    least: float | None = None
    most: float | None = None


def faults_of(
    territory: Territory, assignment: pd.Series[str], seats: Mapping[str, str], request: Request
) -> list[Fault]:
    """Return every limit and wish of a request that a plan breaks, in the order of `Fault.wish`.

    Parameters
    ----------
    territory : Territory
    assignment : Series, unit_id -> community
        In the order of the territory's units.
    seats : mapping, community -> unit_id
    request : Request
        Checked.
    """
    ground = without_borders(territory, request.wishes.forbid)
    group = _groups(request, territory)
    return [
        *_counts(request, territory, assignment, group),
        *(Fault("contiguous", name, tuple(units)) for name, _, units in pieces_of(ground, assignment)),
        *_across(assignment, group),
        *_sums(request, territory, assignment, group),
        *_wishes(request, territory, assignment, seats),
        *_split(request, territory, assignment, group),
        *_moved(request, territory, assignment, group),
    ]


def _groups(request: Request, territory: Territory) -> pd.Series[str]:
    if request.within is None:
        return pd.Series("", index=territory.units.index)
    return territory.units[request.within].astype(str)


def _counts(
    request: Request, territory: Territory, assignment: pd.Series[str], group: pd.Series[str]
) -> Iterator[Fault]:
    wanted = request.groups(territory)
    for name, asked in wanted.items():
        there = int(assignment[group == name].nunique())
        if there != asked:
            yield Fault("communities", name, (), value=float(there), least=float(asked), most=float(asked))


def _across(assignment: pd.Series[str], group: pd.Series[str]) -> Iterator[Fault]:
    for name, where in group.groupby(assignment, sort=True):
        counts = where.value_counts()
        if len(counts) > 1:
            most = min(counts.index[counts == counts.max()])
            yield Fault("within", str(name), tuple(where.index[where != most]))


def _sums(request: Request, territory: Territory, assignment: pd.Series[str], group: pd.Series[str]) -> Iterator[Fault]:
    """Yield sums outside their bounds; locked communities of today may have any."""
    exempt = set(_locked_as_they_are(request, territory, assignment))
    counts = request.groups(territory)
    shares = shares_by_name(request, territory, assignment.astype(str), group) if request.sizes else None
    for name in dict.fromkeys([*request.balance, *request.bounds]):
        loads = pd.Series(territory.attribute(name), index=territory.units.index)
        for part, asked in counts.items():
            inside = loads[group == part]
            mean = float(inside.sum()) / asked
            low, high = limits(name, np.asarray(inside, dtype=np.float64), mean, request.balance, request.bounds)
            slack = ROUNDING * max(abs(mean), 1e-300)
            for community, total in inside.groupby(assignment[inside.index], sort=True).sum().items():
                if shares is not None:
                    mean = float(inside.sum()) * float(shares[str(community)])
                    low, high = limits(
                        name, np.asarray(inside, dtype=np.float64), mean, request.balance, request.bounds
                    )
                    slack = ROUNDING * max(abs(mean), 1e-300)
                if not low - slack <= total <= high + slack and community not in exempt:
                    kind = "balance" if name in request.balance else "bounds"
                    units = _border(territory, assignment, str(community), bool(total > high))
                    yield Fault(kind, str(community), units, name, float(total), _end(low), _end(high))


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _border(territory: Territory, assignment: pd.Series[str], community: str, outwards: bool) -> tuple[str, ...]:
    """Return the units that could leave a community, or those beside it that could join it."""
    inside = (assignment == community).to_numpy()
    edges = territory.edge_positions
    a, b = edges[:, 0], edges[:, 1]
    across = inside[a] != inside[b]
    ends = np.concatenate([a[across], b[across]])
    chosen = np.unique(ends[inside[ends] == outwards])
    return tuple(territory.unit_ids[u] for u in chosen.tolist())


def _locked_as_they_are(request: Request, territory: Territory, assignment: pd.Series[str]) -> Iterator[str]:
    """Yield the communities of the plan that are locked ones of today, unit for unit."""
    if request.current is None:
        return
    today = territory.units[request.current].astype(str)
    for name in request.wishes.lock:
        members = today.index[today == name]
        homes = assignment[members].unique()
        if len(homes) == 1 and int((assignment == homes[0]).sum()) == len(members):
            yield str(homes[0])


def _wishes(
    request: Request, territory: Territory, assignment: pd.Series[str], seats: Mapping[str, str]
) -> Iterator[Fault]:
    wishes = request.wishes
    exempt = set(_locked_as_they_are(request, territory, assignment))
    for members in wishes.keep_together:
        homes = assignment[list(members)]
        if homes.nunique() > 1:
            most = homes.mode().min()
            yield Fault("keep_together", str(most), tuple(homes.index[homes != most]))
    for a, b in wishes.keep_apart:
        if assignment[a] == assignment[b] and assignment[a] not in exempt:
            yield Fault("keep_apart", str(assignment[a]), (a, b))
    if request.current is not None:
        today = territory.units[request.current].astype(str)
        for name in wishes.lock:
            own = set(today.index[today == name])
            home = assignment[sorted(own)].mode().min()
            now = set(assignment.index[assignment == home])
            if own != now:
                yield Fault("lock", name, tuple(u for u in territory.unit_ids if u in own ^ now))
    fixed = pd.Series({unit: assignment[unit] for unit in request.fix_seats}, dtype=str)
    for name, held in fixed.groupby(fixed, sort=True):
        if len(held) > 1:
            yield Fault("fix_seats", str(name), tuple(held.index))
    if wishes.max_radius is not None:
        away = distances_to_seats(territory, assignment, seats)
        for name, far in away.groupby(assignment, sort=True):
            beyond = far[far > wishes.max_radius * (1 + ROUNDING)]
            if len(beyond) and name not in exempt:
                yield Fault(
                    "max_radius", str(name), tuple(beyond.index), value=float(beyond.max()), most=wishes.max_radius
                )


def _split(
    request: Request, territory: Territory, assignment: pd.Series[str], group: pd.Series[str]
) -> Iterator[Fault]:
    """Yield groupings that are split more often than they may be, part by part, with the units that lie apart."""
    for name, most in request.wishes.splits.items():
        column = territory.units[name]
        known = column.notna() & (column.astype(str).str.strip() != "")
        for part in sorted(group.unique()):
            inside = known & (group == part)
            made, apart = 0, pd.Index([])
            for _, homes in assignment[inside].groupby(column[inside].astype(str), sort=True):
                made += homes.nunique() - 1
                apart = apart.append(homes.index[homes != homes.mode().min()])
            if made > most:
                yield Fault("splits", part, tuple(map(str, apart)), name, float(made), most=float(most))


def distances_to_seats(territory: Territory, assignment: pd.Series[str], seats: Mapping[str, str]) -> pd.Series[float]:
    """Return how far every unit lies from the seat of its community [km or minutes]."""
    place = dict(zip(territory.unit_ids, range(len(territory)), strict=True))
    seat = np.array([place[seats[name]] for name in assignment], dtype=np.int64)
    return pd.Series(territory.away(np.arange(len(territory)), seat), index=assignment.index)


def _moved(
    request: Request, territory: Territory, assignment: pd.Series[str], group: pd.Series[str]
) -> Iterator[Fault]:
    """Yield groups in which more work changes community than may, communities named after those they resemble most."""
    if request.max_moved is None or request.current is None:
        return
    weight = pd.Series(territory.attribute(_weighed(request)), index=territory.units.index)
    for part in sorted(group.unique()):
        inside = group.index[group == part]
        label, _ = pd.factorize(assignment[inside], sort=True)
        before, _ = pd.factorize(territory.units[request.current].astype(str)[inside], sort=True)
        own = weight[inside].to_numpy()
        today = Today(before.astype(np.int64), request.max_moved * float(own.sum()))
        named = today.named(own, label.astype(np.int64))
        if today.excess(own, named) > 0:
            away = named != before
            share = float(own[away].sum() / own.sum())
            yield Fault("max_moved", part, tuple(inside[away]), value=share, most=request.max_moved)


def _weighed(request: Request) -> str:
    return request.weight or next(iter([*request.balance, *request.bounds]))


def fault_rows(faults: list[Fault]) -> pd.DataFrame:
    """Return faults as a table: ``wish, community, attribute, value, least, most, units``."""
    rows: list[dict[str, Any]] = [
        {
            "wish": f.wish,
            "community": f.community,
            "attribute": f.attribute,
            "value": f.value,
            "least": f.least,
            "most": f.most,
            "units": " ".join(f.units),
        }
        for f in faults
    ]
    columns = ["wish", "community", "attribute", "value", "least", "most", "units"]
    return pd.DataFrame(rows, columns=columns)
