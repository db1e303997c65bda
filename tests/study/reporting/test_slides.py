"""Slides for a board: native tables and charts, findings for titles, both languages, the same bytes again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from study.presentation.language import Language
from study.presentation.verdict import difference, scale_of
from study.reporting.html import answers
from study.results.record import StudyRecord
from tests.study.sample_record import build_record

pptx = pytest.importorskip("pptx")


@pytest.fixture(scope="module")
def record() -> StudyRecord:
    return build_record()


def slides_of(record: StudyRecord, path: Path, language: str) -> list[Any]:
    from study.reporting.slides import write_slides

    return list(pptx.Presentation(write_slides(record, path, language)).slides)


def words(slide: Any) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    for shape in slide.shapes:
        if shape.has_table:
            texts += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(texts)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_slide_gives_the_advice_and_every_slide_names_what_is_made_up(
    record: StudyRecord, tmp_path: Path, language: str
) -> None:
    say = Language(language)
    slides = slides_of(record, tmp_path / "slides.pptx", language)
    assert 6 <= len(slides) <= 9
    assert answers.answers(record, say)[0].headline in words(slides[0])
    assert record.territory.provenance.synthetic
    assert all(say("slides.synthetic") in words(slide) for slide in slides)


def test_charts_are_native_and_hold_the_record_s_numbers(record: StudyRecord, tmp_path: Path) -> None:
    say = Language("en")
    charts = [s.chart for slide in slides_of(record, tmp_path / "s.pptx", "en") for s in slide.shapes if s.has_chart]
    assert len(charts) == 2
    phases, gains = charts
    stated = {series.name: series.values[0] for series in phases.plots[0].series}
    first = record.scenario.phases[0]
    assert stated[first.title.en] == (first.end - first.start).days + 1
    shown = dict(
        zip([str(c).split("\n")[0] for c in gains.plots[0].categories], gains.plots[0].series[0].values, strict=True)
    )
    for scenario in list(record.scenarios.values())[1:]:
        expected = difference(record.comparison, scenario.name, "contribution").mean / scale_of("contribution", say)
        assert shown[scenario.title.en] == pytest.approx(expected)


@pytest.mark.slow
def test_the_assumptions_that_matter_most_have_a_slide_where_the_study_tried_any(tmp_path: Path) -> None:
    rows = [
        {"key": key, "base": 1.0, "value": value, "kpi": kpi, "difference": change, "low": change - 1.0}
        | {"high": change + 1.0, "replications": 4, "mean": 1.0, "mean_low": 0.9, "mean_high": 1.1}
        for key, size in (("selling.visit_minutes", 5e5), ("learning.hours", 9e5))
        for value, sign in ((0.5, -1), (2.0, 1))
        for kpi, change in (("contribution", sign * size), ("dip_depth", sign * 0.1), ("synergy", 0.0))
    ]
    record = build_record(tornado=pd.DataFrame(rows))
    slides = slides_of(record, tmp_path / "s.pptx", "en")
    chart = next(s.chart for slide in slides[-2:] for s in slide.shapes if s.has_chart)
    low, high = (series.values for series in chart.plots[0].series)
    scale = scale_of("contribution", Language("en"))
    assert low == pytest.approx([-9e5 / scale, -5e5 / scale]) and high == pytest.approx([9e5 / scale, 5e5 / scale])


@pytest.mark.slow
def test_equal_records_give_equal_files(record: StudyRecord, tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        slides_of(record, tmp_path / f"{name}.pptx", "zh")
        digests.add(hashlib.sha256((tmp_path / f"{name}.pptx").read_bytes()).hexdigest())
    assert len(digests) == 1
