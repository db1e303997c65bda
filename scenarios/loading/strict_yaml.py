"""YAML as the study reads it: plain mappings, lists and scalars; nothing that could grow, repeat or run."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from foundation.errors import InputError, Problem
from foundation.machine.causes import cause
from foundation.messages import Message

LARGEST = 1_000_000
"""Bytes of the largest scenario file that is read."""

DEEPEST = 30
"""Levels of nesting in the deepest scenario that is read."""

MOST = 20_000
"""Keys and values in the largest scenario that is read; the plan has 900."""

LONGEST_NUMBER = 100
"""Characters of the longest number that is read; Python takes hours for some that a file can hold (1:1:1:...)."""

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader whose aliases count as what they stand for, and without repeated keys (one would be lost).

    PyYAML writes an alias where a list or mapping stands in two places. An alias cannot lead into itself, and what it
    stands for counts towards the limits as often as it is named, so nothing can grow without bound.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.count = 0
        self.highest = 0
        self.sizes: dict[int, tuple[int, int]] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            return self._named_again(parent, index)
        counted, above, self.highest = self.count, self.highest, 0
        node = self._composed(parent, index)
        self.sizes[id(node)] = (self.count - counted, self.highest + 1)
        self.highest = max(above, self.highest + 1)
        return node

    def _named_again(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return what an alias stands for: a node that is complete."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        if id(node) not in self.sizes:
            raise yaml.composer.ComposerError(
                None, None, Message("an alias (*name) leads into itself; write the value out"), event.start_mark
            )
        size, height = self.sizes[id(node)]
        self.count += size
        self.highest = max(self.highest, height)
        if self.count > MOST:
            rule = Message("there are more than {most} keys and values; leave some out", most=MOST)
            raise yaml.composer.ComposerError(None, None, rule, event.start_mark)
        if self.depth + height > DEEPEST:
            rule = Message("nesting is deeper than {deepest} levels; flatten it", deepest=DEEPEST)
            raise yaml.composer.ComposerError(None, None, rule, event.start_mark)
        return node

    def _composed(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST:
            raise self._refused(Message("nesting is deeper than {deepest} levels; flatten it", deepest=DEEPEST))
        if self.count > MOST:
            raise self._refused(Message("there are more than {most} keys and values; leave some out", most=MOST))
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if node.tag in _NUMBERS and len(node.value) > LONGEST_NUMBER:
            raise yaml.composer.ComposerError(
                None,
                None,
                Message("a number has at most {most} characters; shorten it", most=LONGEST_NUMBER),
                node.start_mark,
            )
        return node

    def _refused(self, why: str) -> yaml.composer.ComposerError:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        return yaml.composer.ComposerError(None, None, why, event.start_mark)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError):  # a date that no calendar has, a number that is none
            raise yaml.constructor.ConstructorError(
                None,
                None,
                Message("{value!r} is neither a number nor a day; put text in quotes", value=node.value),
                node.start_mark,
            ) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, Message("key {key!r} is not text; put it in quotes", key=key), key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    Message("key {key!r} stands here and in line {line}; keep one of the two", key=key, line=seen[key]),
                    key_node.start_mark,
                )
            seen[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep=deep)


_FAULTS = (
    ("mapping values are not allowed", Message("a colon stands where no key can stand")),
    ("could not find expected ':'", Message("a colon is missing")),
    ("character '\\t' that cannot start", Message("a tab stands where only blanks can")),
    ("that cannot start any token", Message("a value begins with a character that needs quotes")),
    ("unexpected end of stream", Message("the text ends before a quotation mark or a bracket is closed")),
    ("undefined alias", Message("an alias (*name) names what does not stand above it")),
    ("<stream end>", Message("the text ends too early")),
    ("expected <block end>", Message("the indentation does not fit")),
    ("expected the node content", Message("a value is missing")),
    ("constructor for the tag", Message("tags such as !name are not read")),
    ("special characters are not allowed", Message("control characters are not allowed")),
)
"""What PyYAML finds, by a part of what it says of it."""


def parse(text: str, where: str) -> Any:
    """Read YAML text.

    Parameters
    ----------
    text : str
    where : str
        What messages call the text: a file name, or ``--set key``.

    Raises
    ------
    InputError
        The text is not YAML, or uses what the study does not read (repeated keys, tags, endless aliases).
    """
    try:
        loader = _PlainLoader(text)
        try:
            return _apart(loader.get_single_data())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise InputError(_problem(error, where)) from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise InputError(
            Problem(
                where,
                None,
                Message("a value cannot be read: {error}", error=cause(error)),
                Message("Put text in quotes, write dates as 2021-12-11."),
            )
        ) from None


def _apart(value: Any) -> Any:
    """Return plain data in which nothing is the same object twice, so that a change in one place is one."""
    if isinstance(value, dict):
        return {key: _apart(item) for key, item in value.items()}
    return [_apart(item) for item in value] if isinstance(value, list) else value


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    InputError
        The file is missing, too large, not text, not YAML, or not a mapping.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(
                Problem(
                    str(path),
                    Message("{size} bytes", size=size),
                    Message("a scenario has at most {largest} bytes", largest=LARGEST),
                    Message("Name a scenario file."),
                )
            )
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            Problem(
                str(path),
                None,
                Message("it cannot be read: {strerror}", strerror=cause(error)),
                Message("Check the name and the permissions."),
            )
        ) from None
    content = copy.deepcopy(_parsed(_decode(raw, path), path.name))
    if not isinstance(content, dict):
        raise InputError(
            Problem(
                str(path),
                _kind(content),
                Message("a scenario is a mapping of keys to values"),
                Message("See plan.yaml."),
            )
        )
    return content


@lru_cache(maxsize=32)
def _parsed(text: str, where: str) -> Any:
    """Return what `parse` does, made once for each text: a base is read again for everything that stands on it."""
    return parse(text, where)


def _kind(content: Any) -> str:
    return (
        Message("nothing")
        if content is None
        else Message("a list")
        if isinstance(content, list)
        else Message("a single value")
    )


def _decode(raw: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(
        Problem(str(path), None, Message("it is neither UTF-8 nor GB18030 text"), Message("Save it as UTF-8."))
    )


def _fault(told: str) -> str:
    """Return what is wrong with a text; the parser's own words where the program has none for it."""
    if isinstance(told, Message):
        return told
    known = next((fault for part, fault in _FAULTS if part in told), None)
    return known or Message("its structure cannot be read: {detail}", detail=told)


def _problem(error: yaml.YAMLError, where: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    place = (
        where
        if mark is None
        else Message("{where} line {line} column {column}", where=where, line=mark.line + 1, column=mark.column + 1)
    )
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Problem(
        place, None, Message("it cannot be read as YAML: {what}", what=_fault(what)), Message("Correct the line.")
    )
