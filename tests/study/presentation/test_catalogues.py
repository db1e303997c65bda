"""Every text has an id, an English and a Chinese form with the same placeholders, and a place where it is used."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest

from foundation.errors import InputError, Problem
from foundation.findings import named
from foundation.messages import Joined, Message, placeholders
from study.presentation.catalogues import messages_in, sources, texts
from study.presentation.error_messages import ending
from study.presentation.language import Language


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return messages_in(sources())


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return {name: text for (context, name), text in texts("zh", "messages").items() if not context}


def test_every_message_that_the_code_makes_has_a_chinese_text(made: dict[str, str], chinese: dict[str, str]) -> None:
    assert made
    assert not {name: place for name, place in made.items() if not chinese.get(name, "").strip()}


def test_no_text_is_left_of_a_message_that_the_code_no_longer_makes(
    made: dict[str, str], chinese: dict[str, str]
) -> None:
    assert not set(chinese) - set(made)


def test_every_message_has_the_same_placeholders_in_both_languages(chinese: dict[str, str]) -> None:
    assert not {name: text for name, text in chinese.items() if placeholders(name) != placeholders(text)}


def test_the_id_of_a_message_is_a_literal_where_it_is_made() -> None:
    others = [
        f"{path}:{call.lineno}"
        for path in sources()
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Message"
        if not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert not others


def test_a_message_without_chinese_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text('x = Problem("a", 1, Message("the moon is made of {what}", what="cheese"))')
    assert set(messages_in([tmp_path / "new.py"])) == {"the moon is made of {what}"}


def test_a_message_reads_as_its_english_text_and_survives_a_trip_to_another_process() -> None:
    said = Message("{count} {count:unit|units} of {names}", count=1, names=named(["a", "b", "c"], 2))
    assert said == "1 unit of a, b and 1 more"
    again = pickle.loads(pickle.dumps(said))
    assert again == said and again.values == said.values and again.template == said.template
    assert Language("zh").gloss(again.values["names"]) == "a、b、另有1项"


def test_a_users_own_words_in_a_message_are_left_alone() -> None:
    row = Problem(Message("{place}, and {count} more after it", place="only the first are told", count=3), "empty", "x")
    assert Language("zh").gloss(row.path) == "only the first are told，及其后3处"


def test_an_error_carries_its_messages_to_whoever_renders_it() -> None:
    error = InputError(Problem("a", i, Message("of the same kind: {rule}", rule=f"r{i}")) for i in range(201))
    lines = ending(pickle.loads(pickle.dumps(error)), "zh")
    assert lines[3].startswith("a：现为3；同类问题：r3") and "另有1项" in lines[-1]
    assert str(error).splitlines()[3] == "a is 3; of the same kind: r3."


def test_texts_in_a_row_have_the_separators_of_the_language() -> None:
    assert Language("zh").gloss(Joined(["甲", "乙"], "; ")) == "甲；乙"
