"""The characters a page needs, as a font inside the page: Chinese shows even where no Chinese font is installed."""

from __future__ import annotations

import base64
import html
import io
import logging
import re

from fontTools import subset
from fontTools.ttLib import TTFont

from study.plotting.theme import FONT

_MARKUP = re.compile(r"<(style|svg)\b.*?</\1>|<[^>]*>", re.DOTALL)


def font_face(page: str, language: str) -> str:
    """Return a CSS rule with the shipped font reduced to the characters of a page beyond ASCII.

    Parameters
    ----------
    page : str
        HTML text; what stands in figures is drawn as outlines and needs no font.
    language : {"en", "zh"}
        A Chinese page takes its quotation marks from the font as well.
    """
    characters = sorted({ord(c) for c in html.unescape(_MARKUP.sub("", page)) if ord(c) > 0x7F})
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(flavor="woff", desubroutinize=True, layout_features=[], name_IDs=[0, 1, 2, 3, 5, 13, 14])
    buffer = io.BytesIO()
    with TTFont(FONT, recalcTimestamp=False, recalcBBoxes=False, lazy=True) as font:
        worker = subset.Subsetter(options)
        worker.populate(unicodes=[*characters, 0x20])
        worker.subset(font)
        font.flavor = "woff"
        font.save(buffer, reorderTables=True)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    span = "U+80-FFFF" if language == "zh" else "U+2E80-FFFF"
    return (
        "@font-face{font-family:'Study Han';src:url(data:font/woff;base64,"
        f"{data}) format('woff');unicode-range:{span};font-display:block}}"
    )
