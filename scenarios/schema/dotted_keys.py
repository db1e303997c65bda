"""Dotted keys: how overrides, messages and results name one value of a scenario."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Mapping
from typing import Any

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message

LONGEST = 500
"""Characters of the longest key that is looked up."""

_TOKEN = re.compile(r"[^.\[\]]+|\[[^\[\]]*\]")


def tokens(key: str) -> list[str]:
    """Split ``phases[1].end`` (or ``phases.1.end``, ``phases.transition.end``) into its steps.

    Brackets hold a step that has dots itself: ``study.beliefs[hand_over.loss].high``.

    Raises
    ------
    InputError
        The key is empty or its brackets and dots don't match.
    """
    if len(key) > LONGEST:
        raise InputError(
            Problem(
                key,
                Message("{count} {count:character|characters}", count=len(key)),
                Message("a key has at most {longest}", longest=LONGEST),
                Message("Shorten it."),
            )
        )
    found = [token.strip("[]") for token in _TOKEN.findall(key)]
    joined = re.sub(r"[.\[\]]", "", "".join(_TOKEN.findall(key)))
    if not found or "" in found or joined != re.sub(r"[.\[\]]", "", key) or ".." in key or key[0] in ".[":
        raise InputError(
            Problem(
                key or Message("(empty)"),
                None,
                Message("it is not a dotted key"),
                Message("Write it like phases[1].end."),
            )
        )
    return found


def lookup(content: Any, key: str) -> Any:
    """Return the value at a dotted key of nested mappings and lists.

    Raises
    ------
    InputError
        A step of the key does not exist; near names are suggested.
    """
    value = content
    walked: list[str] = []
    for token in tokens(key):
        value = value[_step(value, token, walked, key)]
        walked.append(token)
    return value


def apply(content: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of nested content with dotted keys set, in order.

    A key that the content lacks is added at the last step only, so that the schema can judge it by name.

    Raises
    ------
    InputError
        Steps of keys that do not exist, all at once.
    """
    result = copy.deepcopy(dict(content))
    problems: list[Problem] = []
    for key, value in overrides.items():
        try:
            _set(result, key, copy.deepcopy(value))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return result


def near(name: str, known: list[str]) -> str:
    """Return a remedy that suggests the nearest known names."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return Message("Did you mean {names}?", names=Joined(map(repr, close), " or "))
    return Message("Known: {names}.", names=Joined(known)) if known else ""


def _set(content: Any, key: str, value: Any) -> None:
    *path, last = tokens(key)
    walked: list[str] = []
    for token in path:
        content = content[_step(content, token, walked, key)]
        walked.append(token)
    if isinstance(content, dict):
        content[last] = value
    else:
        content[_step(content, last, walked, key)] = value


def _step(content: Any, token: str, walked: list[str], key: str) -> Any:
    """Return the index or key that a token means in a list or mapping."""
    place = ".".join(walked) or Message("the scenario")
    if isinstance(content, dict):
        if token in content:
            return token
        raise InputError(
            Problem(
                key,
                None,
                Message("{place} has no {token!r}", place=place, token=token),
                near(token, [str(k) for k in content]),
            )
        )
    if isinstance(content, list):
        names = [item["name"] for item in content if isinstance(item, dict) and isinstance(item.get("name"), str)]
        if re.fullmatch(r"\d{1,6}", token) and int(token) < len(content):
            return int(token)
        if token in names:
            return names.index(token)
        choice = near(token, names) if names else Message("Use 0 to {count}.", count=len(content) - 1)
        raise InputError(
            Problem(
                key,
                None,
                Message(
                    "{place} has {count} {count:entry|entries} and none is {token!r}",
                    place=place,
                    count=len(content),
                    token=token,
                ),
                choice,
            )
        )
    raise InputError(
        Problem(
            key, None, Message("{place} is a single value and has no parts", place=place), Message("Shorten the key.")
        )
    )
