"""Figures: every one in both languages, the same bytes twice, and true to the record."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from study.plotting.balance import deviations, share_moved
from study.plotting.study_figures import (
    draw_balance,
    draw_comparison,
    draw_gantt,
    draw_overview,
    draw_skills,
    draw_targets,
    draw_timelines,
)
from study.plotting.theme import BETTER, UNSURE, WORSE, to_svg
from study.presentation.verdict import difference, judge
from study.results.record import StudyRecord

DRAWN: dict[str, Callable[..., Figure]] = {
    "balance": draw_balance,
    "comparison": draw_comparison,
    "gantt": draw_gantt,
    "overview": draw_overview,
    "skills": draw_skills,
    "targets": draw_targets,
    "timelines": lambda record, language: draw_timelines(record, "contribution", language=language),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_the_same_bytes_twice_and_its_ids_are_its_own(record: StudyRecord, name: str) -> None:
    first, second = (to_svg(DRAWN[name](record, language="zh"), name) for _ in range(2))
    assert first == second
    assert all(i.startswith(f"{name}-") for i in re.findall(r'\bid="([^"]*)"', first))
    assert all(i.startswith(f"{name}-") for i in re.findall(r'href="#([^"]*)"', first))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_gantt_names_every_scenario_with_a_merger(record: StudyRecord, language: str) -> None:
    labels = [t.get_text() for t in draw_gantt(record, language=language).axes[0].get_yticklabels()]
    assert labels == [s.title.say(language) for s in record.scenarios.values() if s.phases]


def test_the_colour_of_a_difference_is_its_verdict(record: StudyRecord) -> None:
    axes = draw_comparison(record, ["contribution"]).axes[0]
    others = list(record.scenarios)[1:]
    markers = {-round(line.get_ydata()[0]): line for line in axes.lines if line.get_marker() != "None"}
    looks = {"better": BETTER, "worse": WORSE, "unsure": UNSURE}
    for row, name in enumerate(others):
        found = difference(record.comparison, name, "contribution")
        assert markers[row].get_xdata()[0] == pytest.approx(found.mean)
        assert markers[row].get_color() == looks[judge("contribution", found)]


def test_the_first_month_and_every_january_carry_the_year(record: StudyRecord) -> None:
    labels = [t.get_text() for t in draw_overview(record, language="zh").axes[-1].get_xticklabels()]
    assert labels[:6] == ["2021年12月", "2022年1月", "2月", "3月", "4月", "5月"]
    assert [label for label in labels[2:] if "年" in label] == [label for label in labels[2:] if "年1月" in label]


def test_timelines_without_alternatives_show_the_scenario_alone(record: StudyRecord) -> None:
    alone = replace(record, scenarios={"plan": record.scenario})
    assert len(draw_timelines(alone, "sales", business="fixed").axes) == 1


def test_deviations_are_measured_inside_the_centre_or_the_redrawn_community(record: StudyRecord) -> None:
    units = record.territory.units
    for kind, column in (("redrawn", units["centre"]), ("subdivided", record.plans["redrawn"].assignment)):
        label = record.plans[kind].assignment
        sums = {c: float(units["workload"][label == c].sum()) for c in label.unique()}
        group = {c: column[label == c].iloc[0] for c in label.unique()}
        for community, value in deviations(record, kind).items():
            peers = [sums[c] for c in sums if group[c] == group[str(community)]]
            assert value == pytest.approx(sums[str(community)] / np.mean(peers) - 1)
    assert share_moved(record, "current") == 0
