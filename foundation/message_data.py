"""What the program said, written to a file and read back: the text's id and its values beside the English text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Any

from foundation.messages import External, Joined, Message, Multilingual

DEEPEST = 8
"""Levels of messages within messages that are read back; the program says nothing of more than four."""

_PLAIN_FORM = re.compile(r"\+?,?(\.\d)?[%dfgs]?")
"""How a value may be written; a file that is anybody's could ask for a billion digits."""


def to_data(text: Any) -> Any:
    """Return a text as JSON holds it: a message with its id and its values, anything else as it is.

    Examples
    --------
    >>> to_data(Message("{count} units of {name}", count=3, name="East"))
    {'message': '{count} units of {name}', 'values': {'count': 3, 'name': 'East'}}
    >>> to_data("as it is")
    'as it is'
    """
    match text:
        case Message():
            values = {name: to_data(value) for name, value in text.values.items()}
            return {"message": text.template, **({"values": values} if values else {})}
        case Joined():
            parts = [to_data(part) for part in text.parts]
            return {"joined": parts, "separator": text.separator, "more": text.more, "last": text.last}
        case Multilingual():
            return {"languages": dict(text.languages)}
        case External():
            return {"external": str(text)}
        case date():
            return {"date": text.isoformat()}
    plain = text.item() if hasattr(text, "item") else text  # NumPy's numbers are no JSON
    return plain if isinstance(plain, bool | int | float | str | None) else str(plain)


def is_said(text: Any) -> bool:
    """Say whether a text carries more than its English, so that it is worth writing it as data."""
    return isinstance(text, Message | Joined | Multilingual | External)


def from_data(data: Any, english: str = "") -> Any:
    """Return what :func:`to_data` wrote.

    Parameters
    ----------
    data : object
        As JSON has it. It may come from anybody: what is no data of a message gives ``english``.
    english : str
        The text that stands beside it in the file; the message is taken only if it reads so.
    """
    try:
        text = _read(data, DEEPEST)
    except (AttributeError, IndexError, KeyError, LookupError, TypeError, ValueError):
        return english
    return text if not english or str(text) == english else english


def _read(data: Any, levels: int) -> Any:
    if not isinstance(data, Mapping):
        return data
    if not levels:
        msg = "nested too deeply"
        raise ValueError(msg)
    match data:
        case {"message": str(template)}:
            _refuse_more_than_names(template)
            values = {str(k): _read(v, levels - 1) for k, v in dict(data.get("values") or {}).items()}
            return Message.__new__(Message, template, **values)  # its id was a literal where it was first said
        case {"joined": list(parts), "separator": str(separator), "more": int(more), "last": str(last)}:
            return Joined([_read(part, levels - 1) for part in parts], separator, more, last)
        case {"languages": {"en": str(), **_others} as languages}:
            return Multilingual(**{str(code): str(text) for code, text in languages.items()})
        case {"external": str(text)}:
            return External(text)
        case {"date": str(day)}:
            return date.fromisoformat(day)
    msg = "no message"
    raise ValueError(msg)


def _refuse_more_than_names(template: str) -> None:
    """Refuse a template that reaches into its values: a file may be anybody's."""
    for _, name, given, _ in Formatter().parse(template):
        form = given or ""
        if name is not None and not (name.isidentifier() and ("|" in form or _PLAIN_FORM.fullmatch(form))):
            msg = "a template of a message has names only"
            raise ValueError(msg)
