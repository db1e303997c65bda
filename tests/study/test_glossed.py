"""What the program says when something is wrong has a Chinese text: read from the code, looked up in the glossary."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from study.language import APART, Language, glossary
from tests.study.said_in_code import NAME, NUMBER, Sources, UnreadableError

PASSED_ON = re.compile(r"\w+\.(rule|remedy)|w\['(rule|remedy)'\]|note|rule|remedy")
"""What hands on a text of another problem, or a note, which is met where it is first said."""

FROM_ELSEWHERE = {
    "detail['msg']": "a fault of which pydantic knows the words, and of which the schema has none",
    "self.evidence.startswith('assumed')": "`assumed(f, say)`: in the reader's language already",
    "self._scenario(point)": "why a timeline cannot be: another problem as a whole",
}
"""Texts that do not stand in the code, and where they come from."""

SAMPLES = {"n": "7", "name": "Abc", "text": "Abc", "texts": "Abc", "list": "Abc, Xyz", "where": "Abc: "}


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources()


def spoken(text: str) -> Iterator[str]:
    """Yield a text as it may be said, with numbers and names filled in."""
    for values in itertools.product(("Abc", "7"), repeat=min(text.count(NAME), 5)):
        filled = text.replace(NUMBER, "7")
        for value in values:
            filled = filled.replace(NAME, value, 1)
        yield from (filled.replace(NAME, "Abc"), filled.replace(NAME, "Abc").rstrip("."))


def without_chinese(sources: Sources) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts that have no gloss and the expressions that cannot be read, each with its place."""
    say = Language("zh")
    lacking: dict[str, str] = {}
    unread: dict[str, str] = {}
    for place, said in sources.said():
        try:
            texts = sources.texts(said)
        except UnreadableError as error:
            unread[str(error)] = place
        else:
            lacking |= {text: place for text in texts if not any(say.tongue(x) == "zh" for x in spoken(text))}
    return lacking, unread


def test_whatever_is_said_of_a_wrong_input_has_a_chinese_text(sources: Sources) -> None:
    lacking, unread = without_chinese(sources)
    assert not lacking
    assert {text for text in unread if not PASSED_ON.fullmatch(text)} == set(FROM_ELSEWHERE)


@pytest.mark.parametrize(
    ("code", "lacking"),
    [
        ('raise InputError(Problem("x", 1, "the moon is made of cheese", "Eat it."))', 2),
        ('def f(n):\n    rule = f"{n:g} moons are too many"\n    raise InputError(Problem("x", n, rule, "Add."))', 2),
        ('def f(a):\n    rule, remedy = ("too big", "Cut.") if a else ("too small", "Add it.")\n'
         '    return Problem("x", a, rule, remedy)', 3),
        ('def g(findings):\n    findings.error("x", 1, "it is blue", "Add it.")', 1),
        ('raise LimitError(f"the sea took {name}")', 1),
    ],
)  # fmt: skip
def test_a_new_message_without_chinese_is_noticed(code: str, lacking: int) -> None:
    sources = Sources(())
    sources.read(code, "new.py")
    assert len(without_chinese(sources)[0]) == lacking


@pytest.mark.parametrize("part", ["", *APART])
def test_no_gloss_takes_the_texts_of_a_later_one(part: str) -> None:
    exact, _ = glossary("zh", part)
    say, taken = Language("zh"), {}
    for text, said in exact.items():
        holes = dict(re.findall(r"{((n|name|texts?|list|where)\d?)}", text))
        if not holes:
            continue
        english = re.sub(r"{((?:n|name|texts?|list|where)\d?)}", lambda hole: SAMPLES[hole[1].rstrip("23456789")], text)
        chinese = {
            hole: "Abc：" if kind == "where" else SAMPLES[kind].replace(", ", "、") for hole, kind in holes.items()
        }
        if say.gloss(english, part) != said.format(**chinese):
            taken[text] = say.gloss(english, part)
    assert not taken
