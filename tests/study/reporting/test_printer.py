"""The report as a PDF, with every Chinese character in its font; and the report's sensitivity and validation."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from scenarios import generate_city, load_scenario
from scenarios.rules.workload import workload
from study.cli import main
from study.cli.execute import BAD_INPUT
from study.presentation.language import Language
from study.reporting.animation import write_spread
from study.reporting.html import checks
from study.reporting.pdf import print_report
from study.results.read_back import read_record
from study.results.record import StudyRecord
from study.results.storage import save_record
from study.validation.closed_formulas import check_model, erlang_c_wait, holds
from tests.browser import needs_chromium
from tests.study.sample_record import build_record


@needs_chromium
@pytest.mark.slow
def test_the_pdf_has_a_glyph_for_every_chinese_character_and_is_the_same_twice(
    pages: dict[str, str], tmp_path: Path
) -> None:
    page = tmp_path / "report.zh.html"
    page.write_text(pages["zh"], encoding="utf-8")
    out = print_report(page)
    assert out == tmp_path / "report.zh.pdf"
    first = out.read_bytes()
    known = _characters(first)
    headings = "".join(re.findall(r"<h[12][^>]*>(.*?)</h[12]>", pages["zh"], re.DOTALL))
    wanted = {c for c in headings if "\u4e00" <= c <= "\u9fff"}
    assert len(wanted) > 30 and wanted <= known
    assert print_report(page).read_bytes() == first


def _characters(pdf: bytes) -> set[str]:
    """Return the characters that the fonts of a PDF say their glyphs stand for."""
    found: set[str] = set()
    for raw in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            text = zlib.decompress(raw)
        except zlib.error:
            continue
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", text, re.DOTALL):
            found |= {chr(int(code, 16)) for _, code in re.findall(rb"<(\w+)>\s*<(\w{4})>", block)}
        for block in re.findall(rb"beginbfrange(.*?)endbfrange", text, re.DOTALL):
            for low, high, code in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w{4})>", block):
                found |= {chr(int(code, 16) + k) for k in range(int(high, 16) - int(low, 16) + 1)}
    return found


def test_without_chromium_the_verb_says_how_to_get_a_pdf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("study.reporting.pdf.shutil.which", lambda _: None)
    assert main(["report", str(tmp_path), "--pdf"]) == BAD_INPUT
    assert "print it to a PDF" in capsys.readouterr().err


@pytest.fixture(scope="module")
def small() -> StudyRecord:
    plan = load_scenario("plan")
    town = generate_city(units=40, centres=2, seed=8)
    return build_record(territory=town.with_columns({"workload": workload(town, plan.indicators)}))


@pytest.mark.slow
def test_the_parts_meet_their_formulas_and_the_report_says_so(small: StudyRecord, tmp_path: Path) -> None:
    found, record = check_model(seed=1), small
    assert [holds(r.low, r.high, r.formula) for r in found.itertuples()] == [True, True]
    shown = replace(record, validation=found)
    save_record(shown, tmp_path)
    pd.testing.assert_frame_equal(read_record(tmp_path).validation, found)
    rows = checks.validation(shown, Language("en")).rows
    assert [row[-1] for row in rows] == ["agrees", "agrees"]
    off = found.assign(formula=found["formula"] * 2)
    assert checks.validation(replace(record, validation=off), Language("en")).rows[0][-1] == "differs"
    assert checks.validation(record, Language("en")).rows == ()


def test_the_wait_of_one_server_is_that_of_the_queue_by_hand() -> None:
    assert erlang_c_wait(1.0, 30.0, 1) == pytest.approx(0.5)  # M/M/1: load 1/2, mean 1/2 h


def test_a_what_if_becomes_the_sensitivity_of_the_report(
    small: StudyRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = small
    table = pd.DataFrame(
        [
            ("contribution", "learning.peer_value", 5e5, 4e5, 6e5, 0.9),
            ("dip_depth", "learning.peer_value", 0.01, -0.02, 0.04, 0.5),
        ],
        columns=["kpi", "key", "effect", "low", "high", "explained"],
    )
    rows = checks.sensitivity(replace(record, sensitivity=table), Language("en")).rows
    assert rows[0][2:4] == ("+0.50", "(+0.40 to +0.60)")
    assert [row[4] for row in rows] == ["better", "no clear difference"]
    assert checks.sensitivity(record, Language("zh")).rows == ()
    assert checks.suggestion(record).startswith("fusion whatif plan")
    save_record(record, tmp_path / "study")
    assert main(["report", str(tmp_path / "study"), "--whatif", str(tmp_path / "study")]) == BAD_INPUT
    assert "finished what-if of plan" in capsys.readouterr().err


@pytest.mark.slow
def test_the_animation_has_a_frame_a_month_and_is_the_same_twice(small: StudyRecord, tmp_path: Path) -> None:
    every = 2 * small.scenario.run.days // 5
    first = write_spread(small, tmp_path / "a.gif", every=every)
    with Image.open(first) as picture:
        assert picture.n_frames == 4  # type: ignore[attr-defined] # the first day, two after 2/5 each, and the last
        picture.seek(0)
        begin = picture.convert("RGB").tobytes()
        picture.seek(3)
        assert picture.convert("RGB").tobytes() != begin
    assert write_spread(small, tmp_path / "b.gif", every=every).read_bytes() == first.read_bytes()
