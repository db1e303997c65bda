"""Choices that a person has named and kept: a file beside the cache, so that they are there after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from foundation.atomic_files import write_text
from study.app.choice import Choice
from study.app.choices import Deck

FILE, MOST, LONGEST = "app-choices.json", 4, 60
"""Beside the cache; choices kept at most; characters of a name."""

LINK = "choice"
"""Name of a choice in an address."""


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
        return [kept for kept in found if self.deck.fits(kept.choice)][:MOST]

    def write(self, kept: Iterable[Kept]) -> None:
        """Keep these and no others.

        Raises
        ------
        OSError
            The file cannot be written; what was kept before stays.
        """
        content = [{"name": one.name, **one.choice.plain()} for one in kept]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def link(choice: Choice) -> str:
    """Return what an address ends with to open the dashboard on a choice."""
    content = json.dumps(choice.plain(), ensure_ascii=False, separators=(",", ":"))
    return "?" + urlencode({LINK: content})


def linked(deck: Deck, query: str) -> Choice | None:
    """Return the choice that an address names; None where it names none, or one that does not fit this deck."""
    try:
        choice = Choice.read(json.loads(parse_qs(query)[LINK][0]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return choice if deck.fits(choice) else None


def _kept(entry: dict[str, Any]) -> Kept:
    return Kept(str(entry["name"])[:LONGEST], Choice.read(entry))
