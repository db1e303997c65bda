"""Tables and texts as lines of a terminal, where a Chinese character takes two columns and may stand before a break."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # help needs no tables
    import pandas as pd

GAP = 2
"""Spaces between two columns."""

_NUMBER = re.compile(r"\[?[−+\-–\d].*")
"""What stands in a column of numbers: a sign, a digit, an interval, or the sign for no number."""

_PIECE = re.compile(r"\s*[（“]*(?:[!-~]+|\S)[，。；：、）”]*")
"""What stays together: a word of Latin letters or one character, with the punctuation that clings to it."""


def aligned(table: pd.DataFrame) -> str:
    """Return a table of texts as lines, without the index: text to the left, numbers to the right.

    Parameters
    ----------
    table : DataFrame
        Every cell as it is to be read. Chinese characters count as two columns, as terminals show them.
    """
    grid, width = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), collapse_padding=True), 0
    for head in table:
        cells = [str(cell) for cell in table[head]]
        numbers = bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
        grid.add_column(Text(str(head)), justify="right" if numbers else "left", no_wrap=True)
        width += GAP + max(cell_len(text) for text in (str(head), *cells))
    for row in table.itertuples(index=False, name=None):
        grid.add_row(*(Text(str(cell)) for cell in row))
    page = Console(file=StringIO(), width=max(width, 1), color_system=None, legacy_windows=False, markup=False)
    with page.capture() as lines:
        page.print(grid)
    return "\n".join(line.rstrip() for line in lines.get().splitlines())


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines of at most so many columns; a longer word has a line of its own.

    Our own, since rich breaks a Chinese text between any two characters, also before a full stop.
    """
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and columns(line + piece) > width:
            lines.append(line)
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line]
