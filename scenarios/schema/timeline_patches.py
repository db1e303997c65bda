"""Patches of a timeline by name: phases that last longer, are put in or left out, stages that follow, other years."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema import dotted_keys
from scenarios.schema.sequences import Dated, as_day, dated, follow, put_in, resized, taken_out

LISTS = ("phases", "target_stages")
WHERE = ("after", "before", "like", "days")
"""What a patch says beside the fields of a phase: where it goes, whom it takes after, how long it lasts."""

MOVE = "calendar.move_to"

MOST_TYPED = 3
"""Fields from which on a name that is not there is taken for a new entry, and not for a slip."""


@dataclass
class _Patch:
    """What is set of one phase or stage: directions, fields by their steps, or that it is left out."""

    key: str
    out: bool = False
    where: dict[str, Any] = field(default_factory=dict)
    fields: dict[tuple[str, ...], Any] = field(default_factory=dict)


@dataclass
class _Asked:
    """Settings, sorted: whole lists, patches by name, the move, and what is set as it stands."""

    whole: dict[str, Any] = field(default_factory=dict)
    patches: dict[str, dict[str, _Patch]] = field(default_factory=lambda: {what: {} for what in LISTS})
    move_to: Any = None
    rest: dict[str, Any] = field(default_factory=dict)


def apply(content: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario's content with settings on top: patches of the timeline first, then dotted keys in order.

    Parameters
    ----------
    content : mapping
        Nested, as in a file.
    settings : mapping of dotted key to value
        ``phases.transition.days`` keeps what follows in line, ``phases.pilot: {after: adjustment, like: transition}``
        puts a phase in, ``phases.adjustment: null`` leaves one out, ``calendar.move_to`` moves every date. Target
        stages that begin or end with a phase move with it; those inside keep their share of it. A whole list replaces
        the one that is there, and moves nothing else.

    Raises
    ------
    InputError
        Every patch and key that does not fit, at once.
    """
    asked, problems = _sorted_out(content, settings)
    made = copy.deepcopy(dict(content))
    try:
        made = _moved(made, asked.move_to)
    except InputError as error:
        problems += error.problems
    before = {what: dated(made.get(what)) for what in LISTS}
    for what in LISTS:
        if what in asked.whole:
            made[what] = copy.deepcopy(asked.whole[what])
        if what == "target_stages" and LISTS[0] not in asked.whole and what not in asked.whole:
            made = _followed(made, before)
        try:
            made = _patched(made, what, asked.patches[what], before[what] or [])
        except InputError as error:
            problems += error.problems
    try:
        made = dotted_keys.apply(made, asked.rest)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return made


def _sorted_out(content: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[_Asked, list[Problem]]:
    asked = _Asked()
    problems: list[Problem] = []
    for key, value in settings.items():
        try:
            steps = dotted_keys.tokens(key)
        except InputError as error:
            problems += error.problems
            continue
        if key == MOVE:
            asked.move_to = value
        elif key == "calendar" and isinstance(value, Mapping) and "move_to" in value:
            asked.move_to = value["move_to"]
            rest = {f"calendar.{name}": inner for name, inner in value.items() if name != "move_to"}
            asked.rest |= rest
        elif steps[0] not in LISTS or not isinstance(content.get(steps[0]), list):
            asked.rest[key] = value
        elif len(steps) > 1:
            _one(asked, content, key, steps, value)
        elif isinstance(value, Mapping):
            for name, patch in value.items():
                _one(asked, content, f"{key}.{name}", [key, str(name)], patch)
        else:
            asked.whole[steps[0]] = value
    return asked, problems


def _one(asked: _Asked, content: Mapping[str, Any], key: str, steps: list[str], value: Any) -> None:
    """Add what a key sets of one phase or stage, called by its name or by its position."""
    what, name, *path = steps
    items = asked.whole.get(what, content.get(what))
    if name.isdigit() and isinstance(items, list) and int(name) < len(items) and isinstance(items[int(name)], Mapping):
        name = str(items[int(name)].get("name", name))
    patch = asked.patches[what].setdefault(name, _Patch(key))
    if not path and value is None:
        patch.out = True
    elif not path and isinstance(value, Mapping):
        for inner, its in value.items():
            _set(patch, (str(inner),), its)
    elif path:
        _set(patch, tuple(path), value)
    else:
        asked.patches[what].pop(name)
        asked.rest[key] = value  # the schema says what must stand there


def _set(patch: _Patch, path: tuple[str, ...], value: Any) -> None:
    if path[0] in WHERE and len(path) == 1:
        patch.where[path[0]] = value
    else:
        patch.fields[path] = value


def _moved(content: dict[str, Any], move_to: Any) -> dict[str, Any]:
    """Move every date by the days from the first phase's start to another day."""
    if move_to is None:
        return content
    day = as_day(move_to)
    calendar = content.get("calendar")
    phases, stages = (dated(content.get(what)) for what in LISTS)
    first = phases[0].start if phases else as_day(calendar.get("start")) if isinstance(calendar, Mapping) else None
    if day is None or first is None:
        rule = Message("it must be the date on which the first phase begins")
        raise InputError(Problem(MOVE, move_to, rule, Message("Write it as 2026-12-11.")))
    by = day - first
    try:
        for items in (phases or [], stages or []):
            for item in items:
                item.shift(by)
        start = as_day(calendar["start"]) if isinstance(calendar, Mapping) and "start" in calendar else None
        if start is not None:
            content["calendar"] = {**content["calendar"], "start": start + by}
    except OverflowError:
        rule = Message("it must be the date on which the first phase begins")
        raise InputError(Problem(MOVE, move_to, rule, Message("Write it as 2026-12-11."))) from None
    return _written(content, phases, stages)


def _followed(content: dict[str, Any], before: Mapping[str, list[Dated] | None]) -> dict[str, Any]:
    """Move target stages with the phases, where these have other dates than before."""
    phases, stages = dated(content.get("phases")), dated(content.get("target_stages"))
    old = before["phases"]
    if not old or not phases or stages is None:
        return content
    if [(p.name, p.start, p.end) for p in old] == [(p.name, p.start, p.end) for p in phases]:
        return content
    return _written(content, None, follow(stages, old, phases))


def _written(content: dict[str, Any], *lists: list[Dated] | None) -> dict[str, Any]:
    for what, items in zip(LISTS, lists, strict=True):
        if items is not None:
            content[what] = [item.written() for item in items]
    return content


def _patched(content: dict[str, Any], what: str, patches: Mapping[str, _Patch], before: list[Dated]) -> dict[str, Any]:
    """Return content with the patches of one list: what moves others in the order given, plain fields at last."""
    if not patches:
        return content
    items = dated(content.get(what))
    if items is None:  # no list of dated entries: the schema says what it must be
        return dotted_keys.apply(content, {p.key: None for p in patches.values() if p.out})
    problems: list[Problem] = []
    for name, patch in patches.items():
        try:
            items = _arranged(items, before, what, name, patch)
        except InputError as error:
            problems += error.problems
        except OverflowError:
            rule = Message("it would end later than any date there is")
            problems.append(Problem(f"{what}.{name}.days", patch.where.get("days"), rule, Message("Shorten it.")))
    if problems:
        raise InputError(problems)
    content = {**content, what: [item.written() for item in items]}
    plain: dict[str, Any] = {}
    for name, patch in patches.items():
        position = next((n for n, item in enumerate(items) if item.name == name), None)
        if position is not None:
            left = {p: v for p, v in patch.fields.items() if "days" not in patch.where or p != ("start",)}
            plain |= {".".join((f"{what}[{position}]", *path)): value for path, value in left.items()}
    return dotted_keys.apply(content, plain)


def _arranged(items: list[Dated], before: list[Dated], what: str, name: str, patch: _Patch) -> list[Dated]:
    """Return the list with one entry left out, put in, moved or of another length."""
    tiles = what == "target_stages"
    known = [item.name for item in items]
    if patch.out:
        if name not in known:
            raise InputError(_unknown(patch.key, what, name, known))
        return taken_out(items, known.index(name), tiles=tiles)
    where = patch.where
    days = _days(f"{what}.{name}.days", where.get("days"))
    if days is not None and ("end",) in patch.fields:
        rule = Message("it does not go with end: one follows from the other")
        raise InputError(Problem(f"{what}.{name}.days", days, rule, Message("Drop one of them.")))
    start = as_day(patch.fields.get(("start",)))
    if name in known:
        position = known.index(name)
        if where.get("after") is not None or where.get("before") is not None:
            own = copy.deepcopy(items[position])
            others = taken_out(items, position, tiles=tiles)
            return put_in(others, own, _place(others, what, name, where), days or own.days, tiles=tiles)
        return resized(items, position, days, start, tiles=tiles) if days is not None else items
    if not {"after", "before", "like"} & set(where):
        if len(patch.fields) < MOST_TYPED:
            raise InputError(_unknown(patch.key, what, name, known))
        rule = Message("a new one needs after (or before), and like or all of its fields")
        raise InputError(
            Problem(f"{what}.{name}", None, rule, Message("Write {{after: adjustment, like: transition}}."))
        )
    return _new(items, before, what, name, patch, days, start)


def _new(
    items: list[Dated],
    before: list[Dated],
    what: str,
    name: str,
    patch: _Patch,
    days: int | None,
    start: date | None,
) -> list[Dated]:
    """Return the list with a new entry that takes after another one."""
    like = patch.where.get("like")
    model = next((item for item in [*items, *before] if item.name == like), None)
    if like is not None and model is None:
        raise InputError(_unknown(f"{what}.{name}.like", what, str(like), [item.name for item in items]))
    content: dict[str, Any] = copy.deepcopy(model.content) if model else {}
    title = {"en": name.replace("_", " ").capitalize(), "zh": name}
    content |= {"name": name, **({"title": title} if ("title",) not in patch.fields else {})}
    own = Dated(content, date.min, None)
    if start is not None and not {"after", "before"} & set(patch.where):
        position = sum(item.start <= start for item in items)
        own.start = start
        own.end = start + timedelta(days=days - 1) if days else as_day(patch.fields.get(("end",)))
        return [*items[:position], own, *items[position:]]
    position = _place(items, what, name, patch.where)
    length = days if days is not None else _until(items, position, as_day(patch.fields.get(("end",))))
    length = length if length is not None or model is None else model.days
    return put_in(items, own, position, length, tiles=what == "target_stages")


def _until(items: list[Dated], position: int, end: date | None) -> int | None:
    """Return the days of a new entry that is to end on a day."""
    last = items[position - 1].end if position else None
    return None if end is None or last is None or end <= last else (end - last).days


def _place(items: list[Dated], what: str, name: str, where: Mapping[str, Any]) -> int:
    """Return the position that ``after`` or ``before`` names; the end where neither does."""
    known = [item.name for item in items]
    for word, step in (("after", 1), ("before", 0)):
        other = where.get(word)
        if other is not None:
            if other not in known:
                raise InputError(_unknown(f"{what}.{name}.{word}", what, str(other), known))
            return known.index(other) + step
    return len(items)


def _days(key: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 36_600:
        rule = Message("it must be a whole number of calendar days, at least 1")
        raise InputError(Problem(key, value, rule, Message("Write a whole number such as 60.")))
    return value


def _unknown(key: str, what: str, name: str, known: list[str]) -> Problem:
    rule = Message(
        "{place} has {count} {count:entry|entries} and none is {token!r}", place=what, count=len(known), token=name
    )
    return Problem(key, None, rule, dotted_keys.near(name, known))
