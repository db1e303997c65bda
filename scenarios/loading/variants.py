"""Variants of a scenario: the same in all but a few numbers, each of them a scenario that is checked like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from foundation.messages import Message
from scenarios import InputError, Problem, Scenario
from scenarios.loading.load import plain, with_settings
from scenarios.schema.dotted_keys import lookup

PAIR = ("fixed", "mobile")


COMMON = {"run.seed": "--seed 7", "run.replications": "--replications 30"}
"""Keys of what all points share, and how it is given."""


def whole_keys(scenario: Scenario, vary: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the varied keys that hold whole numbers; unknown keys are left to `settings_of`."""
    content, found = plain(scenario), []
    for key in vary:
        with suppress(InputError):
            found += [key] if type(lookup(content, key)) is int else []
    return found


def settings_of(scenario: Scenario, point: Mapping[str, float]) -> dict[str, Any]:
    """Return the overrides of a point: appraisal weights keep their sum of 1, whole numbers and switches stay such.

    ``target_stages.stage2.weights.CM.fixed`` = 0.7 also sets ``mobile`` to 0.3; the indicators' weights need no such
    care, since only their ratios count. 0 and 1 turn what is true or false off and on.

    Raises
    ------
    InputError
        A key is unknown, holds no number, or cannot vary beside another one.
    """
    return _settings(plain(scenario), point)


def _settings(content: Mapping[str, Any], point: Mapping[str, float]) -> dict[str, Any]:
    """Return the overrides of a point of a scenario that is told as plain content."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in point.items():
        head, _, last = key.rpartition(".")
        now = lookup(content, key)
        rule, remedy = _unfit(key, now)
        if rule:
            problems.append(Problem(Message("vary {key}", key=key), None, rule, remedy))
        elif last in PAIR and ".weights" in f".{head}":
            other = PAIR[1 - PAIR.index(last)]
            if f"{head}.{other}" in point:
                rule = Message("it keeps the sum of 1 with {head}.{other}, which varies too", head=head, other=other)
                problems.append(
                    Problem(
                        Message("vary {key}", key=key),
                        None,
                        rule,
                        Message("Vary one of the two; the other one follows."),
                    )
                )
            found[head] = {last: value, other: round(1.0 - value, 12)}
        elif isinstance(now, bool) and value in (0, 1):
            found[key] = bool(value)
        elif isinstance(now, int) and not isinstance(now, bool) and float(value).is_integer():
            found[key] = int(value)
        else:
            found[key] = value
    if problems:
        raise InputError(problems)
    return found


def variants_of(base: Scenario, asked: Sequence[Mapping[str, float]]) -> list[Scenario]:
    """Return the scenario of every point.

    Raises
    ------
    InputError
        Every key that is unknown and every value that does not fit, all at once.
    """
    found: list[Scenario] = []
    problems: list[Problem] = []
    content = plain(base)
    for number, point in enumerate(asked, start=1):
        try:
            found.append(with_settings(base, _settings(content, point), f"point{number}", content))
        except InputError as error:
            problems.extend(p for p in error.problems if p.path not in [q.path for q in problems])
    if problems:
        raise InputError(problems)
    return found


def _unfit(key: str, now: Any) -> tuple[str, str]:
    """Return the rule that a key breaks as something to vary, and the remedy; empty where it fits."""
    if key in COMMON:
        return Message("all points of a what-if share it"), Message("Give it once: {common}.", common=COMMON[key])
    if isinstance(now, Mapping | list | tuple):
        return Message("it is no single number"), Message("Name one number in it, such as indicators.income.")
    if isinstance(now, str):
        return Message("a what-if varies numbers, and this is {now!r}", now=now), Message(
            "Compare scenarios with fusion compare."
        )
    return "", ""
