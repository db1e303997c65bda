"""A key that is given twice: which of the two is meant, nobody can know."""

from __future__ import annotations

import argparse

from foundation.messages import Joined, Message
from scenarios import InputError, Problem

KEYED = {
    "settings": "--set",
    "rename": "--rename",
    "balance": "--balance",
    "bounds": "--bounds",
    "composite": "--composite",
    "vary": "--vary",
    "fit": "--fit",
}
"""Options of KEY=VALUE that may be repeated, each time with another key."""


def refuse_repeated(options: argparse.Namespace) -> None:
    """Refuse a key that an option names more than once, even with one value.

    Raises
    ------
    InputError
        Each such key is named, with all that is given for it.
    """
    problems: list[Problem] = []
    for attribute, option in KEYED.items():
        values: dict[str, list[str]] = {}
        for text in getattr(options, attribute, None) or []:
            key, _, value = str(text).partition("=")
            values.setdefault(key.strip(), []).append(value.strip())
        for key, given in values.items():
            if len(given) > 1:
                rule = Message("it is given {count} times ({values})", count=len(given), values=Joined(given))
                problems.append(Problem(f"{option} {key}", None, rule, Message("Give each key once.")))
    if problems:
        raise InputError(problems)
