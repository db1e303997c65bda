"""What is wrong with an input: where, which value, which rule, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from foundation.message_data import from_data, is_said, to_data
from foundation.messages import Message

Severity = Literal["error", "warning"]

_SHOWN = 120

MOST = 200
"""Problems that are told one by one; of more only the number is said."""

_COUNTED = Message("only the first are told")
_AFTER = Message("and after")
_FIRST = Message("Correct these first.")

_LONGEST = 1_000
"""Most characters of a part of a message."""


@dataclass(frozen=True)
class Problem:
    """One finding about one place of an input.

    Attributes
    ----------
    path : str
        The place: a dotted key (``phases[1].end``) or a table cell (``units.csv row 7, population``).
    value : object
        What stands there; ``None`` when nothing does.
    rule : str
        What must hold there, as a clause that can follow "it".
    remedy : str
        What the user can do, as a sentence.
    severity : {"error", "warning"}
        An error stops the work; a warning is reported and the work goes on.
    """

    path: str
    value: Any
    rule: str
    remedy: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        """Render path, value, rule and remedy as one line."""
        path = one_line(self.path)
        stated = path if self.value is None else f"{path} is {_shorten(self.value) or 'empty'}"
        return f"{stated}; {one_line(self.rule).rstrip('.')}. {one_line(self.remedy)}".strip()

    def to_data(self) -> dict[str, Any]:
        """Return the finding as a file keeps it: the plain text fields and, as ``said``, the messages they are made of.

        A reader of any language makes his own text of ``said``; where a part is a plain text it is left out there.
        """
        parts = {name: getattr(self, name) for name in ("path", "value", "rule", "remedy")}
        said = {name: to_data(part) for name, part in parts.items() if is_said(part)}
        return {**self.to_dict(), **({"said": said} if said else {})}

    @classmethod
    def from_data(cls, kept: Mapping[str, Any]) -> Problem:
        """Return what :meth:`to_data` wrote; of an older file, without ``said``, the English texts."""
        said = kept["said"] if isinstance(kept.get("said"), Mapping) else {}
        parts: dict[str, Any] = {name: kept[name] for name in ("path", "value", "rule", "remedy")}
        for name, english in parts.items():
            text = from_data(said.get(name))
            if is_said(text) and (_shorten(text) if name == "value" else one_line(text)) == english:
                parts[name] = text
        return cls(parts["path"], parts["value"] or None, parts["rule"], parts["remedy"], kept["severity"])

    def to_dict(self) -> dict[str, str]:
        """Return the finding as plain text fields, for machines."""
        return {
            "path": one_line(self.path),
            "value": "" if self.value is None else _shorten(self.value),
            "rule": one_line(self.rule),
            "remedy": one_line(self.remedy),
            "severity": self.severity,
        }


class InputError(ValueError):
    """An input cannot be used; it carries every problem found (from the `MOST`-th on, their number).

    The command line prints the problems and ends with exit code 2.
    """

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else bounded(problems)
        if not self.problems:
            msg = "problems is empty; an InputError must carry at least one Problem."
            raise TypeError(msg)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Survive the trip back from a worker process."""
        return (type(self), (self.problems,))


def bounded(problems: Iterable[Problem], more: int = 0) -> tuple[Problem, ...]:
    """Return at most `MOST` problems, and how many more there are.

    Parameters
    ----------
    problems : iterable of Problem
    more : int
        Problems that were found beyond these.
    """
    every = tuple(problems)
    found = tuple(p for p in every if p.rule != _COUNTED)
    more += max(0, len(found) - MOST) + sum(int(str(p.value).split()[0]) for p in every if p.rule == _COUNTED)
    if not more:
        return found
    return (*found[:MOST], Problem(_AFTER, Message("{count} more", count=more), _COUNTED, _FIRST))


class InfeasibleError(RuntimeError):
    """A request is well formed and no plan can meet it; it says why and which relaxation would help.

    The command line prints the reason and ends with exit code 3.
    """


class LimitError(RuntimeError):
    """Work stopped at a limit with nothing usable to show; the command line ends with exit code 4."""


def _shorten(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else str(value) if isinstance(value, date) else repr(value)
    except ValueError:  # Python does not write whole numbers of thousands of digits
        text = f"a {type(value).__name__} too long to be written"
    text = one_line(text) if len(text) <= _SHOWN else one_line(text[:_SHOWN]) + text[_SHOWN:]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def one_line(text: str) -> str:
    """Return text as one line of bounded length; what a terminal would obey instead of show is written as an escape."""
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 4 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
