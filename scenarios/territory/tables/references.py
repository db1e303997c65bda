"""Records that other tables point to, by id or by name where that is unique, one or several in a cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from scenarios.territory.tables.raw_table import plain

_RANGE = re.compile(r"\s*(?:-|–|—|~|～|至|到)\s*")
_WORDS = frozenset("和与及或跟")
"""Characters that stand between names in Chinese like the word and."""


@dataclass
class References:
    """Ids of records, and their names.

    Attributes
    ----------
    by_name : list of str
        Names that were read as ids, in the order met.
    """

    ids: Sequence[str]
    names: Sequence[str] = ()
    by_name: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note which names belong to one record, and which to several."""
        self._ids = {plain(i): i for i in self.ids if i}
        count = Counter(plain(n) for n in self.names if n)
        self._names = {plain(n): i for i, n in zip(self.ids, self.names, strict=False) if n and count[plain(n)] == 1}
        self._shared: dict[str, list[str]] = {}
        for i, n in zip(self.ids, self.names, strict=False):
            if n and count[plain(n)] > 1:
                self._shared.setdefault(plain(n), []).append(i)
        bare = Counter(i.lstrip("0") for i in self._ids if i.isdigit())
        for text, i in self._ids.items():  # a spreadsheet takes 0012 for a number
            short = text.lstrip("0") if text.isdigit() else ""
            if short and bare[short] == 1 and not {short} & (self._ids.keys() | self._shared.keys()):
                self._names.setdefault(short, i)
        self._longest = max(map(len, (*self._ids, *self._names, *self._shared)), default=0)

    def one(self, cell: str) -> str | None:
        """Return the id that a cell names, or None."""
        if cell in self._ids:
            return self._ids[cell]
        text = plain(cell)
        if text in self._ids:
            return self._ids[text]
        if text in self._names:
            self.by_name.append(text)
            return self._names[text]
        if text.endswith(".0") and text[:-2] in self._ids:  # a code that a spreadsheet took for a number
            return self._ids[text[:-2]]
        if text.isdigit() and (short := text.lstrip("0")) in self._ids:
            self.by_name.append(text)
            return self._ids[short]
        return None

    def many(self, cell: str) -> tuple[list[str], list[str]]:
        """Return the ids that a cell names, whatever stands between them, and what in it is no known record.

        A stroke between two ids is a range where others lie between them, which nobody can tell from a pair: it is
        returned as unknown.
        """
        if (known := self.one(cell)) is not None:
            return [known], []
        found: list[str] = []
        stray: list[str] = []
        text, at, word = plain(cell), 0, ""
        while at < len(text):
            hit = self._starting(text, at)
            if hit:
                if word:
                    stray.append(word)
                    word = ""
                name = text[at : at + hit]
                known = self.one(name)
                (stray if known is None else found).append(name if known is None else known)
                at += hit
                continue
            mark = text[at]
            if _is_word(mark) and not (mark in _WORDS and self._starting(text, at + 1)):
                word += mark
            elif word:
                stray.append(word)
                word = ""
            at += 1
        if word:
            stray.append(word)
        stray = [w for w in stray if w.casefold() not in ("and", "und", "et")]
        if not stray and len(found) == 2 and self._is_range(text, found):
            return [], [text]
        return found, stray

    def meant(self, name: str) -> str:
        """Return why a name is not enough: which records share it, or nothing."""
        shared = self._shared.get(plain(name), [])
        return f"{len(shared)} records have this name ({', '.join(shared[:4])})" if shared else ""

    def _starting(self, text: str, at: int) -> int:
        """Return the length of the longest known id or name that starts here and ends where a word ends."""
        if at and _joins(text[at - 1], text[at]):
            return 0
        for end in range(min(len(text), at + self._longest), at, -1):
            piece = text[at:end]
            known = piece in self._ids or piece in self._names or piece in self._shared
            if known and (end == len(text) or not _joins(text[end - 1], text[end])):
                return end - at
        return 0

    def _is_range(self, text: str, pair: list[str]) -> bool:
        parts = _RANGE.split(text)
        if len(parts) != 2 or [self.one(p) for p in parts] != pair:
            return False
        low, high = sorted(pair)
        return len(low) == len(high) and any(low < i < high and len(i) == len(low) for i in self._ids.values())


def _is_word(mark: str) -> bool:
    return mark.isalnum() or mark in "_#"


def _joins(before: str, after: str) -> bool:
    """Return whether two characters belong to one id: letters and digits of one script do, Chinese ones need not."""
    return before.isascii() and after.isascii() and _is_word(before) and _is_word(after)
