"""Which code page a text is written in: as declared, else UTF-8, else by the evidence of its characters."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence

import chardet

from foundation.findings import Findings
from foundation.messages import Joined, Message

CODE_PAGES: dict[str, str] = {
    "gb18030": Message("Chinese"),
    "big5hkscs": Message("traditional Chinese"),
    "cp949": Message("Korean"),
    "cp932": Message("Japanese"),
    "euc_jp": Message("Japanese"),
    "cp1252": Message("Western European"),
    "cp1250": Message("Central European"),
    "cp1251": Message("Cyrillic"),
    "cp1253": Message("Greek"),
    "cp1254": Message("Turkish"),
    "cp1255": Message("Hebrew"),
    "cp1256": Message("Arabic"),
    "cp1257": Message("Baltic"),
    "cp1258": Message("Vietnamese"),
    "cp874": Message("Thai"),
}
"""Code pages that offices save text in, and the language or script each is used for."""

_SUPERSET = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
    "latin_1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
"""Code pages that are part of a wider one that offices call by their name."""

_LEAST = 0.006
"""Evidence below this is chance: three damaged bytes are no language."""

_DOUBT = 1.15
"""Evidence for a code page must be this many times that for the next one, if the two give different text."""

_PRIOR = {"gb18030": 1.05, "cp1252": 1.5}
"""Code pages that are met more often than the others of their script: how much more their evidence weighs."""

_SAMPLE = 200_000
"""Bytes of evidence that are looked at."""

DBASE_LANGUAGES = {
    0x4D: "gb18030", 0x4E: "cp949", 0x4F: "big5hkscs", 0x50: "cp874", 0x64: "cp852", 0x65: "cp866", 0x78: "big5hkscs",
    0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0x7C: "cp874", 0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250",
    0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
"""Language driver of a dBASE table -> code page; those that every Western machine writes say nothing."""


def known_encoding(name: str) -> str | None:
    """Return Python's name of a code page, or None where it knows none of this name.

    A name of a part (EUC-KR, GBK, Latin-1) gives the whole that offices mean by it (cp949, GB18030, cp1252).
    """
    text = name.strip().casefold()
    text = {"ansi 1252": "cp1252", "65001": "utf-8"}.get(text, f"cp{text}" if text.isdecimal() else text)
    try:
        found = codecs.lookup(text).name
        "".encode(found)  # base64 and the like are codecs of bytes, no code pages
    except (LookupError, ValueError, TypeError):
        return None
    return _SUPERSET.get(found, found)


def decoded(source: str, data: bytes, declared: str | None, findings: Findings) -> str | None:
    """Return bytes as text; None where no code page fits or several do, with the reason found.

    Parameters
    ----------
    source : str
        What messages call the file.
    data : bytes
    declared : str or None
        The code page that somebody stated.
    findings : Findings
        Takes a note of every code page that was taken without being stated.
    """
    if declared is not None:
        return _as_declared(source, data, declared, findings)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    encoding = detected(source, data, findings)
    return None if encoding is None else data.decode(encoding)


def detected(source: str, data: bytes, findings: Findings) -> str | None:
    """Return the code page that the characters speak for, noted; None where none or several do, with the reason."""
    fitting = [] if _is_damaged(data) else _fitting(data)
    if not fitting or fitting[0][1] < _LEAST:
        line = _first_bad_line(data)
        findings.error(
            Message("{source} line {line}", source=source, line=line),
            None,
            Message("text must be UTF-8, or in a code page that its characters tell; neither fits here"),
            Message("Save it as UTF-8, or name its code page with --encoding."),
        )
        return None
    first = fitting[0][0]
    rivals = [e for e, c in fitting[1:] if c * _DOUBT >= fitting[0][1] and data.decode(e) != data.decode(first)]
    rivals = [] if first in _PRIOR else rivals  # the usual one wins where it is also the likeliest
    if rivals:
        both = Joined([f"{CODE_PAGES[e]} ({e})" for e in (first, rivals[0])], " or ")
        findings.error(
            source,
            both,
            Message("its text is not UTF-8, and its characters do not tell which code page it is in"),
            Message("Name it with --encoding, or save the file as UTF-8."),
        )
        return None
    findings.note(
        Message(
            "{source}: not UTF-8; read as {language} ({encoding}) by its characters.",
            source=source,
            language=CODE_PAGES[first],
            encoding=first,
        )
    )
    return first


def _as_declared(source: str, data: bytes, declared: str, findings: Findings) -> str | None:
    encoding = known_encoding(declared)
    if encoding is None:
        findings.error(
            "--encoding",
            declared,
            Message("it must be the name of a code page"),
            Message("Examples: utf-8, gb18030, cp949."),
        )
        return None
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        rule = Message("its text does not fit the code page {encoding} that was named", encoding=encoding)
        findings.error(
            Message("{source} line {line}", source=source, line=line),
            None,
            rule,
            Message("Name another with --encoding, or leave it out."),
        )
        return None


def _fitting(data: bytes) -> Sequence[tuple[str, float]]:
    """Return the code pages that the text can be read in, the best evidence first, with its weight."""
    evidence = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_SAMPLE]
    found: dict[str, float] = {}
    for guess in chardet.detect_all(evidence, ignore_threshold=True):
        encoding = known_encoding(str(guess["encoding"] or ""))
        if encoding in CODE_PAGES and encoding not in found and _reads(data, encoding):
            found[encoding] = float(guess["confidence"]) * _PRIOR.get(encoding, 1.0)
    return sorted(found.items(), key=lambda item: -item[1])


def _reads(data: bytes, encoding: str) -> bool:
    """Return whether all bytes are text in a code page: no gaps, and no private or control characters."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(c) in ("Cn", "Co") or (c < " " and c not in "\t\r\n\f\v") for c in set(text))


def _is_damaged(data: bytes) -> bool:
    """Return whether most of the lines beyond ASCII are UTF-8: then it is that, with some lines damaged."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    return 2 * sum(_is_utf8(line) for line in lines) > len(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_bad_line(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1
