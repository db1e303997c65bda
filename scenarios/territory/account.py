"""What became of everything that lay at a territory's path: each column read or not, each table given or made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

Status = Literal["read", "not read", "derived", "generated"]


@dataclass(frozen=True)
class Entry:
    """One line of the account.

    Attributes
    ----------
    table : str
        The table it belongs to (``units``), or ``""`` for a sheet or layer that is none of the territory's.
    item : str
        The column as the file names it, or what was derived or generated; ``""`` for the table as a whole.
    status : str
        ``read``, ``not read``, ``derived`` (from what was read) or ``generated`` (from the scenario's rates).
    meaning : str
        The column of the territory that it is, or how it was derived.
    source : str
        The file, sheet or layer.
    near : str
        The column that an unread one looks like.
    """

    table: str
    item: str
    status: Status
    meaning: str = ""
    source: str = ""
    near: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the line as plain text fields."""
        return {key: str(value) for key, value in asdict(self).items()}


@dataclass
class Account:
    """Lines in the order in which they were written; what is said again of the same thing replaces it."""

    entries: list[Entry] = field(default_factory=list)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the lines."""
        return iter(self.entries)

    def add(self, *entries: Entry) -> None:
        """Write lines."""
        for entry in entries:
            same = [i for i, e in enumerate(self.entries) if (e.table, e.item, e.source) == _what(entry)]
            if same:
                self.entries[same[0]] = entry
            else:
                self.entries.append(entry)


def read_back(rows: Iterable[dict[str, str]]) -> tuple[Entry, ...]:
    """Return lines from their plain form."""
    known = Entry.__dataclass_fields__
    return tuple(Entry(**{k: v for k, v in row.items() if k in known}) for row in rows)  # type: ignore[arg-type]


def _what(entry: Entry) -> tuple[str, str, str]:
    return entry.table, entry.item, entry.source
