"""A made-up study record and its report, drawn once for all tests that read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.reporting.html import render_report
from study.results.record import StudyRecord
from tests.study.sample_record import build_record

LONG = {"pages", "found", "asked"}
"""Reports, recommendations, calibrations and what-ifs that take seconds to make."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whatever looks at one of them waits until it is made."""
    if LONG & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def record() -> StudyRecord:
    return build_record()


@pytest.fixture(scope="session")
def pages(record: StudyRecord, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("report")
    path = render_report(record, folder)
    assert path == folder / "report.html"
    return {
        code: Path(folder, name).read_text("utf-8") for code, name in (("en", "report.html"), ("zh", "report.zh.html"))
    }
