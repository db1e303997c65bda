"""Numbers, dates and lists are Babel's, and read as the study wrote them before: Babel changes who keeps the rules."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.presentation.language import Language

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@pytest.mark.parametrize("code", ["en", "zh"])
@given(value=st.floats(-1e12, 1e12), digits=st.integers(0, 4))
def test_a_number_has_the_digits_of_its_rounded_value_and_separators(code: str, value: float, digits: int) -> None:
    rounded = round(value, digits) or 0.0
    sign = "−" if rounded < 0 else ""  # a typographic minus, where Babel writes a hyphen
    assert Language(code).number(value, digits) == f"{sign}{abs(rounded):,.{digits}f}"


@given(st.dates())
def test_a_date_is_written_as_each_language_does(day: date) -> None:
    name = MONTHS[day.month - 1]
    assert Language("en").day(day) == f"{day.day} {name} {day.year}"
    assert Language("zh").day(day) == f"{day.year}年{day.month}月{day.day}日"
    year = day.month == 1
    assert Language("en").month(day) == (f"{name} {day.year}" if year else name)
    assert Language("zh").month(day) == (f"{day.year}年{day.month}月" if year else f"{day.month}月")
    assert Language("zh").month(day, with_year=True) == f"{day.year}年{day.month}月"


@pytest.mark.parametrize(
    ("items", "english", "chinese"),
    [
        ([], "", ""),
        (["A"], "A", "A"),
        (["A", "B"], "A and B", "A和B"),
        (["A", "B", "C"], "A, B and C", "A、B和C"),  # Chinese had 、 before the last one, too, until Babel wrote it
    ],
)
def test_a_list_ends_as_each_language_ends_one(items: list[str], english: str, chinese: str) -> None:
    assert (Language("en").listed(items), Language("zh").listed(items)) == (english, chinese)
