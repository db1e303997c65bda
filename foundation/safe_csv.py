"""CSV that a spreadsheet shows as it is: text that would be taken for a formula is marked, and restored when read.

A community called ``=HYPERLINK(...)`` in somebody's data must not become a formula on the desk of whoever opens the
results (OWASP, CSV injection). The apostrophe is what spreadsheets themselves use for text; :func:`restored` takes it
off when a file is read back, so that the way out and in again changes nothing.
"""

from __future__ import annotations

import csv
from typing import Any

import pandas as pd

TRIGGERS = ("=", "+", "-", "@", "\t", "\r")
"""What a text must not begin with: a spreadsheet would run it, or skip the blank and run the rest."""

MARK = "'"


def csv_text(table: pd.DataFrame) -> str:
    r"""Return a table as CSV without its index; text that would be taken for a formula is marked.

    Examples
    --------
    >>> csv_text(pd.DataFrame({"name": ["=1+1", "-3.5", "old"], "value": [-1, 2, 3]}))
    "name,value\n'=1+1,-1\n-3.5,2\nold,3\n"
    """
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    safe = table.assign(**{name: table[name].map(defused) for name in texts}) if texts else table
    written = [*table.columns, *(cell for name in texts for cell in table[name])]
    bare = any("\r" in str(text) for text in written)  # left without quotes otherwise
    quoting: Any = csv.QUOTE_NONNUMERIC if bare else csv.QUOTE_MINIMAL
    return str(safe.rename(columns=defused).to_csv(index=False, lineterminator="\n", quoting=quoting))


def defused(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula; what is no text, or a number, as it is.

    Examples
    --------
    >>> defused("@SUM(A1)"), defused("-12.5"), defused("'=1")
    ("'@SUM(A1)", '-12.5', "''=1")
    """
    if not isinstance(value, str) or not _marked(value) or _number(value):
        return value
    return MARK + value


def restored(value: Any) -> Any:
    """Return what :func:`defused` was given.

    Examples
    --------
    >>> restored("'@SUM(A1)"), restored("'s-Hertogenbosch"), restored("''=1")
    ('@SUM(A1)', "'s-Hertogenbosch", "'=1")
    """
    if isinstance(value, str) and value.startswith(MARK) and _marked(value[len(MARK) :]):
        return value[len(MARK) :]
    return value


def _marked(text: str) -> bool:
    """Return whether a text begins with a trigger, apostrophes aside: those must survive the way back."""
    return text.lstrip(MARK).startswith(TRIGGERS)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text.startswith(("\t", "\r"))
