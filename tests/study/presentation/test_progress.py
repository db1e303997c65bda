"""A bar of a terminal says how much is done as soon as it knows, and nothing made up before."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from study.presentation.progress import Reporter


@pytest.fixture
def terminal() -> Reporter:
    reporter = Reporter(quiet=False)
    reporter.console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    return reporter


def shown(reporter: Reporter) -> str:
    file = reporter.console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_bar_never_sits_at_a_question_mark(terminal: Reporter) -> None:
    with terminal.steps("plan") as step:
        step("territory")
        tick = step("simulate")
        tick(0, 8)
        tick(3, 8)
    assert "/?" not in shown(terminal) and "-:--" not in shown(terminal)
    assert "3/8" in shown(terminal) and "0/1" not in shown(terminal)


def test_a_step_that_never_counts_ends_full_when_the_next_begins(terminal: Reporter) -> None:
    with terminal.steps("plan") as step:
        step("territory")
        step("targets")
    last = [line for line in shown(terminal).splitlines() if "territory" in line][-1]
    assert "━" * 20 in last and "╺" not in last
