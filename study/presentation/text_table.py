"""A table as lines of a terminal: text to the left, numbers to the right, each character as wide as it is shown."""

from __future__ import annotations

import re

import pandas as pd
from rich.cells import cell_len

GAP = "  "
_NUMBER = re.compile(r"[−+\-–\[\d].*")
"""What stands in a column of numbers: a sign, a digit, an interval, or the sign for no number."""


def aligned(table: pd.DataFrame) -> str:
    """Return a table of texts as lines, without the index.

    Parameters
    ----------
    table : DataFrame
        Every cell as it is to be read. Chinese characters count as two columns, as terminals show them.
    """
    columns = [_column(str(head), [str(cell) for cell in table[head]]) for head in table]
    return "\n".join(GAP.join(cells).rstrip() for cells in zip(*columns, strict=True))


def _column(head: str, cells: list[str]) -> list[str]:
    """Return the head and the cells of a column, all equally wide."""
    numbers = bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
    width = max(cell_len(text) for text in (head, *cells))
    padded = []
    for text in (head, *cells):
        space = " " * (width - cell_len(text))
        padded.append(space + text if numbers else text + space)
    return padded
