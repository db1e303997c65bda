# ruff: noqa: E501
"""Mutations of inputs: bytes, tokens and the values that break careless readers."""

from __future__ import annotations

import random
import re

NASTY = [
    "", " ", "0", "-1", "1", "15", "1e308", "-1e308", "1e999", "nan", ".nan", "NaN", "inf", ".inf", "-.inf", "Infinity",
    "99999999999999999999999999", "9" * 400, "1e-320", "0x7f", "0b1", "0o17", "1_000", "1,000", "12%", "１２", "٣", "null", "~",
    "true", "no", "2021-02-30", "0000-00-00", "9999-12-31", "2021-12-11T10:00:00", "190:20:30", "!!python/object:os.system",
    "!!binary aGk=", "!!set {a}", "&a [*a]", "*a", "<<: *a", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{a: {a: {a: {a: 1}}}}", "'", '"',
    "../../../../etc/passwd", "/etc/passwd", "C:\\con", "a\x00b", "\ufeff", "\u202e", "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)",
    "<script>alert(1)</script>", "社区", "𠮷", "e\u0301", "\ud7ff", "-" * 2000, "a" * 5000, "U0001", "U0002", "\r", "\x1a", "%s%n", "{0}", "${x}",
]  # fmt: skip
"""Values that have broken somebody's reader."""

_TOKEN = re.compile(r"[^\s,:\[\]{}\"']+")


def mutate(data: bytes, rng: random.Random, rounds: int = 3) -> bytes:
    """Return the data with a few random changes."""
    for _ in range(rng.randint(1, rounds)):
        data = rng.choice(_WAYS)(data, rng)
    return data


def _token(data: bytes, rng: random.Random) -> bytes:
    """Put a nasty value in the place of a token."""
    text = data.decode("utf-8", "surrogateescape")
    found = list(_TOKEN.finditer(text))
    if not found:
        return rng.choice(NASTY).encode("utf-8", "surrogatepass")
    at = rng.choice(found)
    changed = text[: at.start()] + rng.choice(NASTY) + text[at.end() :]
    return changed.encode("utf-8", "surrogateescape")


def _swap(data: bytes, rng: random.Random) -> bytes:
    """Put one token in the place of another."""
    text = data.decode("utf-8", "surrogateescape")
    found = list(_TOKEN.finditer(text))
    if len(found) < 2:
        return data
    a, b = rng.choice(found), rng.choice(found)
    return (text[: a.start()] + b.group() + text[a.end() :]).encode("utf-8", "surrogateescape")


def _line(data: bytes, rng: random.Random) -> bytes:
    """Repeat, drop, move or indent a line."""
    lines = data.split(b"\n")
    k = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            lines.insert(rng.randrange(len(lines)), lines[k])
        case 1:
            del lines[k]
        case 2:
            lines[k] = b" " * rng.randint(1, 9) + lines[k]
        case _:
            lines[k] = lines[k].lstrip()
    return b"\n".join(lines)


def _byte(data: bytes, rng: random.Random) -> bytes:
    """Change, insert or drop a few bytes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        k = rng.randrange(len(changed) + 1)
        match rng.randrange(3):
            case 0:
                changed[k : k + 1] = bytes([rng.randrange(256)])
            case 1:
                changed[k:k] = bytes([rng.randrange(256)])
            case _:
                del changed[k : k + rng.randint(1, 4)]
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    """Cut the end off, or repeat a stretch."""
    if not data:
        return data
    a, b = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    return data[:b] if rng.random() < 0.5 else data[:b] + data[a:b] * rng.randint(1, 5) + data[b:]


def _encode(data: bytes, rng: random.Random) -> bytes:
    """Write the text in another encoding, or in two at once."""
    text = data.decode("utf-8", "replace")
    k = rng.randrange(len(text) + 1)
    match rng.randrange(5):
        case 0:
            return text.encode("gb18030")
        case 1:
            return b"\xef\xbb\xbf" + data
        case 2:
            return text.encode("utf-16")
        case 3:
            return text[:k].encode("utf-8") + text[k:].encode("gb18030")
        case _:
            return text.encode("latin-1", "replace")


_WAYS = (_token, _token, _token, _swap, _swap, _line, _line, _byte, _cut, _encode)
