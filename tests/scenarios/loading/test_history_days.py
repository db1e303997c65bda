"""Days and months of a history as people and Excel write them."""

from __future__ import annotations

from datetime import date

import pytest

from scenarios.loading.history import _span

DAY = date(2021, 12, 11)


@pytest.mark.parametrize(
    "text",
    ["2021-12-11", "2021/12/11", "2021.12.11", "2021年12月11日", "2021-12-11 00:00:00", "2021/12/11 0:00", "44541"],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert _span(text, "date") == (DAY, DAY)


@pytest.mark.parametrize("text", ["2021-12", "2021/12", "2021年12月", "2021-12-01", "2021/12/1", "44531"])
def test_a_month_is_read_however_it_is_written(text: str) -> None:
    assert _span(text, "month") == (date(2021, 12, 1), date(2021, 12, 31))


@pytest.mark.parametrize("text", ["12/11/2021", "2021-13-01", "2021-12-11 08:30", "20211211", "yesterday", ""])
def test_what_may_be_another_day_is_refused(text: str) -> None:
    assert _span(text, "date") is None


@pytest.mark.parametrize("text", ["2021-12-11", "2021-00", "202112", "Dec-21"])
def test_what_may_be_another_month_is_refused(text: str) -> None:
    assert _span(text, "month") is None
