"""What the program tells a person, as data: an English template and named values, which reads as its English text.

A lower room says what it has to say in English and need not know who reads it. :class:`Message` is a string, so that
``str(error)``, files and logs hold the English text as ever; beside it, it carries its template and its values, from
which `study.presentation.language` makes the text of another language (zope.i18nmessageid does the same).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from numbers import Number
from string import Formatter
from typing import Any

_KEPT = (str, Number, date, type(None))
"""Values that a message keeps as they are; of others it keeps their text."""

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
        made = super().__new__(cls, filled(template, values) if values else template)
        made.template = template
        made.values = {name: v if isinstance(v, _KEPT) else str(v) for name, v in values.items()}
        return made

    def again(self, **values: Any) -> Message:
        """Return the same text about other values."""
        return Message.__new__(Message, self.template, **{**self.values, **values})

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Survive the trip back from a worker process."""
        return (self.template,), dict(self.values)


class External(str):
    """A text of the data, whose id is its English: a meaning or a unit of the schema, what the plan is taken to say."""


class Multilingual(str):
    """A text of the data that states itself in several languages.

    Parameters
    ----------
    **languages : str
        The text by language; ``en`` is how it reads.
    """

    languages: Mapping[str, str]

    def __new__(cls, **languages: str) -> Multilingual:
        """Make the English text."""
        made = super().__new__(cls, languages["en"])
        made.languages = languages
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, str]]:
        """Survive the trip back from a worker process."""
        return (), dict(self.languages)


class Joined(str):
    r"""Several texts in a row, each of which keeps what it is.

    Parameters
    ----------
    parts : iterable of str
    separator : {", ", "; ", " ", "\n"}
        What stands between them in English; every language has its own.
    more : int
        How many others are left out.
    last : {"", " and ", " or "}
        What stands before the last one; empty: the separator.
    """

    parts: tuple[str, ...]
    separator: str
    more: int
    last: str

    def __new__(cls, parts: Iterable[str], separator: str = ", ", more: int = 0, last: str = "") -> Joined:
        """Make the English text."""
        kept = tuple(parts)
        text = in_a_row(kept, separator, last)
        made = super().__new__(cls, f"{text} and {more} more" if more else text)
        made.parts, made.separator, made.more, made.last = kept, separator, more, last
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[tuple[str, ...], str, int, str], dict[str, Any]]:
        """Survive the trip back from a worker process."""
        return (self.parts, self.separator, self.more, self.last), {}


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


def in_a_row(parts: Sequence[str], separator: str, last: str = "") -> str:
    """Return texts with separators between them, of which the last may be another."""
    if not last or len(parts) < 2:
        return separator.join(parts)
    return f"{separator.join(parts[:-1])}{last}{parts[-1]}"


def placeholders(template: str) -> set[str]:
    """Return the names that stand in a template."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    return {name for name in names if name.isidentifier()}
