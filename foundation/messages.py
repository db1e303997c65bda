"""What the program tells a person, as data: an English template and named values, which reads as its English text.

A lower room says what it has to say in English and need not know who reads it. :class:`Message` is a string, so that
``str(error)``, files and logs hold the English text as ever; beside it, it carries its template and its values, from
which `study.presentation.language` makes the text of another language (zope.i18nmessageid does the same).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any

PluralForm = Callable[[Any], int]
"""Which of a word's forms goes with a number, counted from 0."""


class Message(str):
    """A text with its id and its values.

    Parameters
    ----------
    template : str
        The English text with a named placeholder for each value, which is the message's id in the catalogues. It
        stands as a literal where the message is made, so that Babel finds it there. ``{count:unit|units}`` is the
        word that goes with a number, ``{share:.1%}`` a value with a format of Python.
    **values
        What the placeholders stand for: numbers, names, other messages, and lists of them (:class:`Joined`).

    Examples
    --------
    >>> said = Message("{count} {count:unit|units} of {name} lie apart", count=1, name="East")
    >>> said, said.values["count"]
    ('1 unit of East lie apart', 1)
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Message:
        """Make the English text."""
        made = super().__new__(cls, filled(template, values))
        made.template = template
        made.values = values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Survive the trip back from a worker process."""
        return (self.template,), dict(self.values)


class Joined(str):
    r"""Several texts in a row, each of which keeps what it is.

    Parameters
    ----------
    parts : iterable of str
    separator : {", ", "; ", " ", "\n"}
        What stands between them in English; every language has its own.
    more : int
        How many others are left out.
    """

    parts: tuple[str, ...]
    separator: str
    more: int

    def __new__(cls, parts: Iterable[str], separator: str = ", ", more: int = 0) -> Joined:
        """Make the English text."""
        kept = tuple(parts)
        text = separator.join(kept)
        made = super().__new__(cls, f"{text} and {more} more" if more else text)
        made.parts, made.separator, made.more = kept, separator, more
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[tuple[str, ...], str, int], dict[str, Any]]:
        """Survive the trip back from a worker process."""
        return (self.parts, self.separator, self.more), {}


class _Filling(Formatter):
    """Fills in placeholders, and the form of a word that goes with a number."""

    def __init__(self, form: PluralForm) -> None:
        self.form = form

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value, or the word that goes with it."""
        if "|" not in format_spec:
            return str(format(value, format_spec))
        words = format_spec.split("|")
        return words[min(self.form(value), len(words) - 1)]


def english_form(number: Any) -> int:
    """Return the place of a word's form in English: one, other."""
    return 0 if str(number) == "1" else 1


def filled(template: str, values: Mapping[str, Any], form: PluralForm = english_form) -> str:
    """Return a template with its placeholders filled in."""
    return _Filling(form).vformat(template, (), values)


def without_stop(text: str) -> str:
    """Return a text without its full stop; a message keeps it, and whoever renders it takes it away."""
    return text if isinstance(text, Message | Joined) else text.rstrip(".")


def placeholders(template: str) -> set[str]:
    """Return the names that stand in a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
