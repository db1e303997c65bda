"""Tasks: the parts of a request that are solved on their own: groups, and within them what is not locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimize.instance import limits
from optimize.request import Request
from scenarios import InputError, Problem, Territory
from scenarios.regions import apportion


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
    """

    name: str
    group: str
    piece: Territory
    communities: int
    balance: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    locked: str | None = None
    mean: Mapping[str, float] | None = None


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
            found.append(Task(group, group, piece, count, request.balance, request.bounds))
    problems = [problem for task in found for problem in _in_pieces(request, task)]
    if problems:
        raise InputError(problems)
    return found


def _in_pieces(request: Request, task: Task) -> list[Problem]:
    """Return what is wrong with a task whose units are not connected."""
    parts = task.piece.components()
    if len(parts) == 1:
        return []
    told = f"{len(parts)} pieces, the small ones: {'; '.join(', '.join(part[:5]) for part in parts[1:4])}"
    if task.locked is not None:
        rule, remedy = "a locked community must be connected", "Unlock it, or add the missing adjacencies."
        return [Problem(f"lock {task.locked}", told, rule, remedy)]
    rule = "the units to divide must be connected"
    if request.within is not None:
        remedy = f"Give each piece a name of its own in the column {request.within}, or add the missing adjacencies."
        return [Problem(f"{request.within} {task.name}", told, rule, remedy)]
    if request.wishes.forbid:
        remedy = "Forbid fewer borders, or divide each piece on its own with --within."
        return [Problem(task.piece.name, told, rule, remedy)]
    remedy = "Join them with --bridge nearest, or divide each piece on its own with --within."
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
        rule = f"locked: {len(locks)} of {count}; pieces of the rest: {len(parts)}, and each needs a community"
        raise InputError(Problem("lock", ", ".join(locks), rule, "Lock fewer, or change the number of communities."))
    first = next(iter([*request.balance, *request.bounds]))
    size = np.array([rest.subset(part).attribute(first).sum() for part in parts])
    bounds, mean = {}, {}
    for name in dict.fromkeys([*request.balance, *request.bounds]):
        loads = piece.attribute(name)
        mean[name] = float(loads.sum() / count)
        bounds[name] = limits(name, loads, mean[name], request.balance, request.bounds)
    shares = apportion(size, left, least=1).tolist() if parts else []
    for number, (part, k) in enumerate(zip(parts, shares, strict=True), start=1):
        label = f"{group} {number}".strip() if len(parts) > 1 else group
        part_of = rest.subset(part, name=f"{piece.name} {number}")
        found.append(Task(label, group, part_of, k, {}, bounds, mean=mean))
    return found
