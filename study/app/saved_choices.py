"""Choices that a person has named and kept: a file beside the cache, so that they are there after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from foundation.atomic_files import write_text
from scenarios.loading.variants import settings_of
from study.app.choices import Choice, Deck

FILE, MOST, LONGEST = "app-choices.json", 4, 60
"""Beside the cache; choices kept at most; characters of a name."""


@dataclass(frozen=True)
class Kept:
    """A choice under a name."""

    name: str
    choice: Choice


class Shelf:
    """Reads and writes the choices kept for one deck; several pages share it, the last one to write wins.

    Parameters
    ----------
    deck : Deck
    """

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.path = deck.cache.parent / FILE

    def read(self) -> list[Kept]:
        """Return what is kept and fits the scenarios on the table; a file that cannot be read holds nothing."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            found = [_kept(entry) for entry in content]
        except (OSError, ValueError, TypeError, KeyError):
            return []
        return [kept for kept in found if self._fits(kept.choice)][:MOST]

    def write(self, kept: Iterable[Kept]) -> None:
        """Keep these and no others.

        Raises
        ------
        OSError
            The file cannot be written; what was kept before stays.
        """
        content = [
            {
                "name": one.name,
                "scenario": one.choice.scenario,
                "timeline": one.choice.timeline,
                "levers": [[key, value] for key, value in one.choice.levers],
            }
            for one in kept
        ]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def _fits(self, choice: Choice) -> bool:
        known = choice.scenario in self.deck.scenarios
        return known and (not choice.timeline or choice.timeline in self.deck.timelines(choice.scenario))


def command(deck: Deck, choice: Choice) -> str:
    """Return the command that simulates a choice without the dashboard."""
    moved = settings_of(deck.without_levers(choice), dict(choice.levers)) if choice.levers else {}
    single = [(f"{key}.{part}", v) for key, value in moved.items() for part, v in _parts(value)]
    settings = "".join(f" --set {key.rstrip('.')}={value:g}" for key, value in single)
    return f"fusion simulate {choice.timeline or choice.scenario}{settings}"


def _parts(value: Any) -> list[tuple[str, float]]:
    """Return the parts of a pair of weights; a number is its own only part."""
    return [*value.items()] if isinstance(value, Mapping) else [("", value)]


def _kept(entry: dict[str, object]) -> Kept:
    levers = entry["levers"]
    if not isinstance(levers, list):
        raise TypeError(levers)
    moved = tuple((str(key), float(value)) for key, value in levers)
    return Kept(str(entry["name"])[:LONGEST], Choice(str(entry["scenario"]), str(entry["timeline"]), moved))
