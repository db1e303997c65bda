"""What a reader of files collects on the way: problems that stop the work, notes that travel with the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message

MOST_SHOWN = 12
"""How many offending cells or ids a message lists before it says how many more there are."""


@dataclass
class Findings:
    """Problems and notes in the order they were met."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def error(self, path: str, value: Any, rule: str, remedy: str = "") -> None:
        """Record something that must be put right, once."""
        problem = Problem(path, value, rule, remedy)
        if not self.problems or str(self.problems[-1]) != str(problem):
            self.problems.append(problem)

    def cells(self, bad: Sequence[tuple[str, Any]], rule: str, remedy: str) -> None:
        """Record one rule broken in many cells (place, value): the first `MOST_SHOWN` in full, the rest counted."""
        for place, value in bad[:MOST_SHOWN]:
            self.error(place, value, rule, remedy)
        if len(bad) > MOST_SHOWN:
            more = Message(
                "{place}, and {count} more after it", place=bad[MOST_SHOWN][0], count=len(bad) - MOST_SHOWN - 1
            )
            place = bad[MOST_SHOWN][0] if len(bad) == MOST_SHOWN + 1 else more
            self.error(place, bad[MOST_SHOWN][1] if len(bad) == MOST_SHOWN + 1 else None, rule, remedy)

    def note(self, text: str) -> None:
        """Record something a reader of every result must see."""
        if text not in self.notes:
            self.notes.append(text)

    def stop(self) -> None:
        """Raise InputError with every problem recorded so far, if there is any."""
        if self.problems:
            raise InputError(self.problems)


def named(ids: Iterable[str], shown: int = MOST_SHOWN) -> Joined:
    """Return ids as a list in words, cut after `shown` with the number left out."""
    every = list(ids)
    return Joined(every[:shown], ", ", max(0, len(every) - shown))
