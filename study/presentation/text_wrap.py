"""Text in lines of a terminal, where a Chinese character takes two columns and may stand before a break."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

_PIECE = re.compile(r"\s*[（“]*(?:[!-~]+|\S)[，。；：、）”]*")
"""What stays together: a word of Latin letters or one character, with the punctuation that clings to it."""


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines of at most so many columns; a longer word has a line of its own."""
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and columns(line + piece) > width:
            lines.append(line)
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line]
