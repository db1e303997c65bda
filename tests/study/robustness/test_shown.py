"""Report, terminal and workbook open with what holds in the worlds, and never advise what breaks a principle."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from scenarios import load_scenario
from scenarios.loading.load import load_alternative
from study.presentation.language import Language
from study.reporting.html import answers
from study.reporting.html.render import render_page
from study.reporting.terminal import answer_lines
from study.reporting.workbook import write_workbook
from study.results.record import StudyRecord
from study.results.storage import save_record
from study.robustness.answer import answer_of
from study.robustness.outcomes import Outcomes
from study.robustness.worlds import draw_worlds
from tests.study.sample_record import build_record

WORLDS = 48
FILES = {"en": "report.html", "zh": "report.zh.html"}


@pytest.fixture(scope="module")
def record() -> StudyRecord:
    """A record with a made-up answer: big bang and equal weights bring more and break the dip; waves brings a bit."""
    plan = load_scenario("plan", {"study.horizons": [250], "study.principles": {"dip_depth": {"slack": 0.01}}})
    names = ["plan", *plan.study.alternatives]
    scenarios = tuple([plan, *(load_alternative(plan, n) for n in plan.study.alternatives)])
    worlds = draw_worlds(plan, WORLDS, 1)
    gain = {"big_bang": 6e5, "equal_weights": 5e5, "waves": 2e5}
    deep = {"big_bang": 0.3, "equal_weights": 0.3}
    drawn = worlds.values[:, worlds.keys.index("hand_over.loss")]
    loss = (drawn - np.median(drawn)) / np.ptp(drawn)  # whatever the beliefs are
    rows = [
        {
            "world": w,
            "scenario": n,
            "contribution@250": 1e8 + gain.get(n, -1e5) + 2.4e6 * loss[w] * (n == "big_bang"),
            "no_merger@250": 1e8,
            "synergy@250": 1.1,
            "dip_depth@250": deep.get(n, 0.2),
        }
        for w in range(WORLDS)
        for n in names
    ]
    table = pd.DataFrame(rows)
    luck = np.random.default_rng(1).normal(0, 1e4, len(table))
    again = table.assign(**{"contribution@250": table["contribution@250"] + luck})[: 8 * len(names)]
    horizons = pd.DataFrame(
        [["plan", 250, "contribution", 1e8, 9e7, 1.1e8], ["plan", 250, "attainment.stage1.fixed", 0.9, 0.8, 1.0]],
        columns=["scenario", "horizon", "kpi", "mean", "low", "high"],
    )
    answer = answer_of(Outcomes(scenarios, worlds, table, again), 1)
    return replace(build_record(), robust=answer, worlds=table, worlds_again=again, horizons=horizons)


def test_the_first_answer_is_the_advice_and_names_no_timeline_that_breaks_a_principle(record: StudyRecord) -> None:
    first, weights, _ = answers.answers(record, Language("en"))
    assert first.headline.startswith('Choose "Waves"') and "100 % of 48 worlds" in first.headline
    assert any('"Big bang"' in point and "breaks a principle in 100 %" in point for point in first.points)
    assert weights.headline.startswith("Keep the plan's weights")
    assert any(
        "relationship lost when a manager changes" in point for point in first.points
    )  # what the decision hangs on
    assert answer_lines(record, "en")[0].endswith(first.headline)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_scatter_matrix_table_and_horizons(record: StudyRecord, language: str) -> None:
    page = render_page(record, language, FILES)
    assert all(f'id="figure-{name}"' in page for name in ("holds", "lights", "worth"))
    assert '<section id="robust">' in page and 'href="#robust"' in page
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL))
    assert ("至第250天" if language == "zh" else "By day 250") in text
    assert not re.search(r"\{\w+\}", text)  # every place in a sentence is filled in


def test_the_workbook_has_a_row_for_each_timeline_and_horizon(record: StudyRecord, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(record, tmp_path / "en.xlsx", language="en"))
    rows = list(book["Robustness"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 6 and {row[1] for row in rows} == {250}
    assert "稳健性" in openpyxl.load_workbook(write_workbook(record, tmp_path / "zh.xlsx", language="zh")).sheetnames


def test_a_later_study_without_worlds_leaves_nothing_of_an_earlier_one(record: StudyRecord, tmp_path: Path) -> None:
    save_record(record, tmp_path)
    assert (tmp_path / "robust.json").is_file() and (tmp_path / "worlds_again.csv").is_file()
    save_record(build_record(), tmp_path)
    assert not (tmp_path / "robust.json").exists() and not (tmp_path / "worlds.csv").exists()
