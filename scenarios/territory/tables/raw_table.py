"""One table as it stands in a file, before anyone interprets it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from foundation.findings import named
from foundation.messages import Message


@dataclass(frozen=True)
class RawTable:
    """One table before anyone interprets it.

    Attributes
    ----------
    source : str
        What messages call it: ``units.csv``, or ``model.xlsx sheet units``.
    frame : DataFrame
        Cells as stripped text, ``""`` where empty; columns that a polygon file typed as numbers stay numbers.
    rows : list of int
        Row of each record in the file, the header being row 1.
    counts : str
        What a record is called: ``row``, or ``feature`` in a polygon file.
    header : int
        Row of the header in the file.
    scales : mapping
        Column -> what its numbers are multiplied by, where its name states a multiple (万人).
    commas_part_cells : bool
        Commas part the cells of the file, or it has cells of their own; not so where semicolons or tabs do.
    """

    source: str
    frame: pd.DataFrame
    rows: list[int]
    counts: str = "row"
    header: int = 1
    scales: Mapping[str, float] = field(default_factory=dict)
    commas_part_cells: bool = True

    def place(self, position: int, column: str | None = None) -> str:
        """Return how a message names a cell."""
        number = self.rows[position]
        if self.counts == "feature":
            at = Message("{source} feature {number}", source=self.source, number=number)
        else:
            at = Message("{path} row {number}", path=self.source, number=number)
        return at if column is None else Message("{place}, {column}", place=at, column=column)

    def places(self, positions: Sequence[int], column: str) -> str:
        """Return how a message names many cells of a column: rows 3-13, 15."""
        if len(positions) == 1:
            return self.place(positions[0], column)
        rows = sorted(self.rows[i] for i in positions)
        runs: list[list[int]] = []
        for row in rows:
            if runs and row == runs[-1][1] + 1:
                runs[-1][1] = row
            else:
                runs.append([row, row])
        told = named(str(first) if first == last else f"{first}-{last}" for first, last in runs)
        return Message("{source} rows {rows}, {column}", source=self.source, rows=told, column=column)

    def renamed(self, names: dict[str, str]) -> RawTable:
        """Return the table with other column names."""
        return replace(self, frame=self.frame.rename(columns=names))

    def without(self, positions: list[int]) -> RawTable:
        """Return the table without some of its records."""
        gone = set(positions)
        kept = [i for i in range(len(self.rows)) if i not in gone]
        frame = self.frame.iloc[kept].reset_index(drop=True)
        return replace(self, frame=frame, rows=[self.rows[i] for i in kept])


def plain(text: str) -> str:
    """Return text as it is compared: compatible width (NFKC), no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().strip("\ufeff")
