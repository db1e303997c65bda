"""Tasks: the parts of a request that are solved on their own: groups, and within them what is not locked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from foundation.messages import Joined, Message
from optimize.districting.problem.instance import ROUNDING, limits
from optimize.districting.problem.request import Request
from optimize.districting.problem.sizes import sizes_in
from scenarios import InputError, Problem, Territory
from scenarios.territory.regions import apportion

MOST_TRIED = 12
"""Numbers of communities, over all pieces that locks leave, up to which every one is tried."""

SLACK, TIE = 2 * ROUNDING, 1e-12
"""Share of the mean by which a sum may miss its bounds and more, and what a quotient may be off."""


@dataclass(frozen=True)
class Task:
    """A connected part of the territory and how many communities it is divided into.

    Attributes
    ----------
    name : str
        Group, empty for the whole territory; with a number where locks leave several pieces of it.
    group : str
    piece : Territory
    communities : int
    balance, bounds : mapping
        As in the request; bounds only where the mean is not that of the piece.
    locked : str or None
        Name of the community of today that the piece is, and stays.
    mean : mapping or None
        Of every balanced attribute, where it is not that of the piece.
    piece_number : int or None
        Of the pieces that locks leave, where there are several: what is proven of one of them with a number of
        communities is not proven of all.
    shared_by_all : int
        Communities of all these pieces together.
    complete : bool
        All numbers that the sums allow are tried.
    share_of_time : float
        Of the time limit.
    sizes : mapping of community to share
        Of communities of a size of their own.
    """

    name: str
    group: str
    piece: Territory
    communities: int
    balance: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    locked: str | None = None
    mean: Mapping[str, float] | None = None
    piece_number: int | None = None
    shared_by_all: int = 0
    complete: bool = True
    share_of_time: float = 1.0
    sizes: Mapping[str, float] = field(default_factory=dict)


def tasks_of(request: Request, territory: Territory) -> list[Task]:
    """Return what is to be solved.

    Raises
    ------
    InputError
        Locks take as many communities as there are, or leave more pieces than communities; or what is to be divided,
        or to stay one community, falls into pieces.
    """
    found = []
    for group, count in request.groups(territory).items():
        piece = request.piece(territory, group)
        if request.wishes.lock:
            found.extend(_around_locks(request, group, piece, count))
        else:
            sizes = sizes_in(request, territory, group)
            found.append(Task(group, group, piece, count, request.balance, request.bounds, sizes=sizes))
    problems = [problem for task in found for problem in _in_pieces(request, task)]
    if problems:
        raise InputError(problems)
    return found


def _in_pieces(request: Request, task: Task) -> list[Problem]:
    """Return what is wrong with a task whose units are not connected."""
    parts = task.piece.components()
    if len(parts) == 1:
        return []
    told = Message(
        "{count} {count:piece|pieces}, the small ones: {names}",
        count=len(parts),
        names=Joined((", ".join(part[:5]) for part in parts[1:4]), "; "),
    )
    if task.locked is not None:
        rule, remedy = (
            Message("a locked community must be connected"),
            Message("Unlock it, or add the missing adjacencies."),
        )
        return [Problem(f"lock {task.locked}", told, rule, remedy)]
    rule = Message("the units to divide must be connected")
    if request.within is not None:
        remedy = Message(
            "Give each piece a name of its own in the column {within}, or add the missing adjacencies.",
            within=request.within,
        )
        return [Problem(f"{request.within} {task.name}", told, rule, remedy)]
    if request.wishes.forbid:
        remedy = Message("Forbid fewer borders, or divide each piece on its own with --within.")
        return [Problem(task.piece.name, told, rule, remedy)]
    remedy = Message("Join them with --bridge nearest, or divide each piece on its own with --within.")
    return [Problem(task.piece.name, told, rule, remedy)]


def _around_locks(request: Request, group: str, piece: Territory, count: int) -> list[Task]:
    """Take out the locked communities; the rest is divided piece by piece, within the bounds of the whole group."""
    today = piece.units[request.current].astype(str)
    locks = [name for name in request.wishes.lock if (today == name).any()]
    if not locks:
        return [Task(group, group, piece, count, request.balance, request.bounds)]
    found = [Task(name, group, piece.subset(today.index[today == name], name=name), 1, {}, {}, name) for name in locks]
    rest = piece.subset(today.index[~today.isin(locks)])
    left = count - len(locks)
    parts = rest.components() if len(rest) else []
    if left < len(parts) or (left > 0 and not parts):
        rule = Message(
            "locked: {count} of {total}; pieces of the rest: {count2}, and each needs a community",
            count=len(locks),
            total=count,
            count2=len(parts),
        )
        raise InputError(
            Problem("lock", ", ".join(locks), rule, Message("Lock fewer, or change the number of communities."))
        )
    if left > len(rest):
        rule = Message(
            "{count} locked communities leave {total} units for the other {left:d}",
            count=len(locks),
            total=len(rest),
            left=left,
        )
        raise InputError(
            Problem("lock", ", ".join(locks), rule, Message("Lock fewer, or change the number of communities."))
        )
    first = next(iter([*request.balance, *request.bounds]))
    size = np.array([rest.subset(part).attribute(first).sum() for part in parts])
    bounds, mean = {}, {}
    for name in dict.fromkeys([*request.balance, *request.bounds]):
        loads = piece.attribute(name)
        mean[name] = float(loads.sum() / count)
        bounds[name] = limits(name, loads, mean[name], request.balance, request.bounds)
    shares = apportion(size, left, least=1).tolist() if parts else []
    pieces = [rest.subset(part, name=f"{piece.name} {number}") for number, part in enumerate(parts, start=1)]
    ranges = [_range(p, bounds, mean, request.fix_seats) for p in pieces]
    tried, complete = _numbers(ranges, shares, [len(p) for p in pieces], left)
    for number, (part_of, numbers) in enumerate(zip(pieces, tried, strict=True), start=1):
        label = f"{group} {number}".strip() if len(parts) > 1 else group
        plain = Task(label, group, part_of, numbers[0], {}, bounds, mean=mean)
        if len(parts) > 1:
            plain = replace(plain, piece_number=number, shared_by_all=left, complete=complete)
        found.extend(replace(plain, communities=k, share_of_time=1 / len(numbers)) for k in numbers)
    return found


def _range(
    piece: Territory, bounds: Mapping[str, tuple[float, float]], mean: Mapping[str, float], seats: Sequence[str]
) -> tuple[int, int]:
    """Return fewest and most communities that the sums, the fixed seats and the units of a piece allow.

    As the check of a plan takes sums: within its slack they keep their bounds.
    """
    fewest = max(1, sum(seat in piece.units.index for seat in seats))
    most = len(piece)
    for name, (low, high) in bounds.items():
        total, slack = float(piece.attribute(name).sum()), SLACK * mean[name]
        least, largest = low - slack, high + slack
        if total > 0 and math.isfinite(high):
            fewest = max(fewest, math.ceil(total / largest * (1 - TIE)) if largest > 0 else most + 1)
        if least > 0 and math.isfinite(low):
            most = min(most, math.floor(total / least * (1 + TIE)))
    return fewest, most


def _numbers(
    ranges: Sequence[tuple[int, int]], shares: Sequence[int], units: Sequence[int], left: int
) -> tuple[list[list[int]], bool]:
    """Return the numbers of communities to try with every piece, and whether these are all that can add up.

    Where no numbers add up, the shares by size are tried, and their refusal says why. Where too many do, only those
    near the shares are.
    """
    fewest, most = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    if any(low > high for low, high in ranges) or not fewest <= left <= most:
        return [[k] for k in _within([(1, size) for size in units], shares, left)], True
    fit = [[k for k in range(low, high + 1) if fewest - low <= left - k <= most - high] for low, high in ranges]
    if sum(map(len, fit)) <= MOST_TRIED:
        return fit, True
    middle = _within(ranges, shares, left)
    return [[k for k in numbers if abs(k - at) <= 1] for numbers, at in zip(fit, middle, strict=True)], False


def _within(ranges: Sequence[tuple[int, int]], shares: Sequence[int], left: int) -> list[int]:
    """Return the shares moved into their ranges so that they add up again."""
    moved = [min(max(k, low), high) for k, (low, high) in zip(shares, ranges, strict=True)]
    for n, (low, high) in enumerate(ranges):
        moved[n] = min(max(moved[n] + left - sum(moved), low), high)
    return moved
