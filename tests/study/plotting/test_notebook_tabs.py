"""Tabs of a notebook: they hold every result without a kernel, and nothing of it becomes markup."""

import re

import pandas as pd
import pytest
from matplotlib.figure import Figure

from study.plotting.notebook_tabs import browse


def test_every_result_is_in_the_page_and_one_is_shown() -> None:
    figure = Figure()
    figure.add_subplot().plot([0, 1])
    text = browse({"table": pd.DataFrame({"a": [17]}), "picture": figure, "words": "x < y"}, "what")._repr_html_()
    assert "<td>17</td>" in text and "data:image/png;base64," in text and "x &lt; y" in text
    assert text.count("<input") == 3 and text.count(" checked") == 1
    names = re.findall(r'id="(t[0-9a-f]+-\d)"', text)
    assert [f'for="{name}"' in text for name in names] == [True] * 3
    assert "<script" not in text


def test_labels_are_text_and_equal_results_give_equal_pages() -> None:
    tabs = browse({"<b>1</b>": 1, 2: 2})
    assert "<b>1</b>" not in tabs._repr_html_() and "&lt;b&gt;1" in tabs._repr_html_()
    assert tabs._repr_html_() == browse({"<b>1</b>": 1, 2: 2})._repr_html_()
    assert repr(browse({"one": 1}, "points")) == "points: one"


def test_nothing_to_choose_from_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        browse({})
