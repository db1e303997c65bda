"""Are the targets reached? Answered by stage, business and centre, no further than the intervals allow."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import stats

from sim.output_analysis.attainment import Attained
from study.plotting.balance import deviations
from study.plotting.workload_maps import draw_workload
from study.presentation.language import LANGUAGES, Language
from study.reporting.html import attainment
from study.reporting.html.attainment_figure import MOST, draw_attainment
from study.reporting.html.render import render_page
from study.reporting.workbook import write_workbook
from study.results.record import StudyRecord
from study.results.storage import save_record
from tests.study.sample_record import build_record

FILES = {"en": "report.html", "zh": "report.zh.html"}


@pytest.fixture(scope="module")
def record() -> StudyRecord:
    """Return the sample: 85 % in the first stage, 10 % more each stage, one centre with 20 % less."""
    return build_record()


def with_shares(record: StudyRecord, *shares: float) -> StudyRecord:
    """Return a record in which a first stage is reached so far in each run, by one centre."""
    stage = record.scenario.target_stages[0].name
    reached = np.array(shares)[:, None, None, None] * np.full((1, 1, 1, 2), 100.0)
    table = Attained((stage,), ("East",), np.full((1, 1, 2), 100.0), reached).table(0.95)
    return replace(record, attainment=table.assign(scenario=record.scenario.name))


@pytest.mark.parametrize(
    ("shares", "verdict", "said"),
    [
        ((1.1, 1.11, 1.12), "better", "Growth targets are reached in every stage"),
        ((0.9, 0.91, 0.92), "worse", "Growth target missed in Stage 1"),
        ((0.95, 1.0, 1.05), "unsure", "neither clearly reached nor clearly missed"),
        ((0.9,), "unsure", "neither clearly reached nor clearly missed"),  # one run shows nothing
    ],
)
def test_the_headline_says_no_more_than_the_runs_allow(
    record: StudyRecord, shares: tuple[float, ...], verdict: str, said: str
) -> None:
    found = attainment.attained(with_shares(record, *shares), Language("en"))
    assert found is not None and found.verdict == verdict and said in found.headline
    assert "nan" not in found.headline.lower() and "–" not in found.headline


def test_intervals_of_the_headline_hold_for_all_stages_at_once(record: StudyRecord) -> None:
    """Truth: Student's t at 1 - 0.05/4 for four stages, from the four runs themselves."""
    table = attainment.of_scenario(record, record.scenario)
    found = attainment.together(table, 0.95)
    assert list(found) == [s.name for s in record.scenario.target_stages]
    first = table[(table["level"] == "company") & (table["business"] == "all")].iloc[0]
    runs = float(first["attainment"]) * (1 + 0.01 * np.arange(-1.5, 2.0))
    half = float(stats.t.ppf(1 - 0.05 / 8, 3)) * runs.std(ddof=1) / 2
    own = found[str(first["stage"])]
    assert (own.low, own.high) == pytest.approx((runs.mean() - half, runs.mean() + half))


def test_centres_that_fall_short_are_named_with_how_far(record: StudyRecord) -> None:
    found = attainment.attained(record, Language("en"))
    centres = sorted(record.attainment[record.attainment["level"] == "centre"]["id"].unique())  # type: ignore[index]
    assert found is not None
    assert f"2 of 2 centres clearly fall short: {centres[1]} 68 % and {centres[0]} 85 %." in found.points[0]
    assert f"1 of 2 centres clearly falls short: {centres[1]} 92 %." in found.points[3]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_first_page_asks_it_and_every_centre_stands_in_a_table(record: StudyRecord, code: str) -> None:
    say = Language(code)
    page = render_page(record, code, FILES)
    first = page[page.index('id="answers"') : page.index('id="warnings"')]
    assert say("answer.attainment.question") in first and 'id="figure-workload"' in first
    assert 'id="figure-attainment"' in page and page.count("<details") == page.count("</details>")
    for caption, grid in attainment.grids(record, say):
        assert caption in page and len(grid.rows) == 3  # the company and two centres
        assert all(len(row) == 1 + len(record.scenario.target_stages) for row in grid.rows)


def test_a_study_without_targets_is_not_asked(record: StudyRecord) -> None:
    for bare in (replace(record, attainment=None), replace(record, attainment=record.attainment.iloc[:0])):  # type: ignore[union-attr]
        assert attainment.attained(bare, Language("en")) is None and draw_attainment(bare) is None
        assert len(attainment.questions(bare, Language("en"))) == 3 and not attainment.grids(bare, Language("en"))


def test_of_many_centres_the_picture_has_those_furthest_below(record: StudyRecord) -> None:
    centres = tuple(f"C{n:02d}" for n in range(30))
    stage = record.scenario.target_stages[0].name
    share = np.linspace(0.7, 1.3, 30)[None, None, :, None] * np.full((3, 1, 1, 2), 10.0)
    table = Attained((stage,), centres, np.full((1, 30, 2), 10.0), share).table(0.95)
    figure = draw_attainment(replace(record, attainment=table.assign(scenario=record.scenario.name)))
    assert figure is not None
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["Company", *centres[:MOST]]


def test_the_workbook_has_every_row_as_numbers(record: StudyRecord, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(record, tmp_path / "w.xlsx", "en"))
    rows = list(book["Targets reached"].iter_rows(values_only=True))
    assert record.attainment is not None and len(rows) == 1 + len(record.attainment)
    assert [row[7] for row in rows[1:]] == pytest.approx(record.attainment["attainment"].tolist())


def test_it_survives_on_disk(record: StudyRecord, tmp_path: Path) -> None:
    save_record(record, tmp_path)
    assert "attainment.csv" in json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["files"]
    assert record.attainment is not None
    kept = pd.read_csv(tmp_path / "attainment.csv")
    pd.testing.assert_frame_equal(kept, record.attainment.reset_index(drop=True), check_dtype=False)


def test_both_maps_of_the_workload_share_a_scale_that_holds_the_largest_imbalance(record: StudyRecord) -> None:
    figure = draw_workload(record)
    assert figure is not None
    widest = max(float(deviations(record, kind).abs().max()) for kind in ("current", "redrawn"))
    low, high = figure.axes[-1].get_ylim()
    assert (low, high) == pytest.approx((-100 * widest, 100 * widest))
    texts = {text.get_text() for axes in figure.axes[:2] for text in axes.texts}
    assert any(f"{100 * widest:.0f} %" in text for text in texts)
    assert draw_workload(replace(record, plans={"current": record.plans["current"]})) is None
