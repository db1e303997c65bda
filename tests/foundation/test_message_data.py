"""A message that was written to a file comes back as it was, and nothing else comes back as one."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Problem
from foundation.message_data import from_data, to_data
from foundation.messages import External, Joined, Message, Multilingual

PLAIN = st.one_of(st.text(max_size=9), st.integers(), st.floats(allow_nan=False), st.dates())


def messages(inner: st.SearchStrategy[object]) -> st.SearchStrategy[Message]:
    return st.tuples(inner, inner).map(lambda two: Message("{a} beside {b!r}", a=two[0], b=two[1]))


def rows(inner: st.SearchStrategy[object]) -> st.SearchStrategy[Joined]:
    return st.lists(inner.map(str), max_size=3).map(lambda parts: Joined(parts, "; ", 2))


SAID = st.recursive(PLAIN, lambda inner: messages(inner) | rows(inner), max_leaves=5)


@given(messages(SAID))
def test_a_message_comes_back_with_its_id_and_its_values(said: Message) -> None:
    again = from_data(json.loads(json.dumps(to_data(said))), str(said))
    assert isinstance(again, Message)
    assert (again, again.template, dict(again.values)) == (said, said.template, dict(said.values))


@pytest.mark.parametrize(
    "said", [Multilingual(en="a", zh="甲"), External("share per year"), Joined(["x", Message("y")], ", ", 3, " or ")]
)
def test_what_is_no_message_comes_back_as_what_it_was(said: str) -> None:
    again = from_data(json.loads(json.dumps(to_data(said))), str(said))
    assert type(again) is type(said) and again == said and vars(again) == vars(said)


def test_numbers_of_numpy_and_dates_are_json() -> None:
    said = Message("{n} until {day}", n=np.int64(3), day=date(2022, 3, 31))
    assert json.loads(json.dumps(to_data(said)))["values"] == {"n": 3, "day": {"date": "2022-03-31"}}


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        [],
        {},
        {"message": "{x.__class__}", "values": {"x": "a"}},
        {"message": "{x[0]}", "values": {"x": "a"}},
        {"message": "{x:999999999}", "values": {"x": "a"}},
        {"message": "{x:{y}}", "values": {"x": "a", "y": "9"}},
        {"message": "{x}", "values": {}},
        {"message": "{0}", "values": {}},
        {"message": "{", "values": {}},
        {"message": "another text"},
        {"message": "{x}", "values": 3},
        {"languages": {"zh": "甲"}},
        {"languages": {"en": 3}},
        {"joined": "ab", "separator": ", ", "more": 0, "last": ""},
        {"date": "2022-13-99"},
    ],
)
def test_what_somebody_else_wrote_there_is_no_message_and_the_text_beside_it_stays(data: object) -> None:
    again = from_data(data, "as it stands")
    assert again == "as it stands" and not isinstance(again, Message | Multilingual)


def test_messages_in_messages_are_read_to_a_depth_only() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = {"message": "{a}", "values": {"a": deep}}
    assert from_data(deep, "x") == "x"


def test_a_problem_keeps_its_plain_fields_beside_the_messages() -> None:
    problem = Problem(Message("row {n}", n=3), Message("{n} more", n=2), Message("it must be {n}", n=1), "", "warning")
    kept = json.loads(json.dumps(problem.to_data()))
    assert {key: kept[key] for key in problem.to_dict()} == problem.to_dict()
    again = Problem.from_data(kept)
    assert again == problem and isinstance(again.rule, Message) and again.rule.values == {"n": 1}
    forged = {**kept, "said": {**kept["said"], "rule": {"message": "it is fine"}}}
    assert Problem.from_data(forged).rule == "it must be 1" and not isinstance(Problem.from_data(forged).rule, Message)
    assert Problem.from_data(problem.to_dict()) == Problem("row 3", "2 more", "it must be 1", "", "warning")
