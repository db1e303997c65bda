"""What is odd in a timeline is named: days without a phase, stages outside, weights that do not fit."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from scenarios import InputError, load_scenario
from scenarios.loading.cautions import warnings_of
from scenarios.loading.import_templates import write_templates
from scenarios.loading.load import plain, scenario_names
from scenarios.loading.timeline_check import timeline_findings
from study.cli import main

DAY = date.fromisoformat


def paths(settings: dict[str, object]) -> dict[str, str]:
    """What is found, by its key."""
    return {str(p.path): str(p) for p in timeline_findings(load_scenario("plan", settings))}


def test_the_plan_and_its_alternatives_hang_together() -> None:
    for name in scenario_names():
        assert timeline_findings(load_scenario(name)) == [], name


def test_days_in_no_phase_and_no_stage_are_counted() -> None:
    found = paths({"phases.adjustment.end": DAY("2021-12-15"), "target_stages.stage2.start": DAY("2022-02-04")})
    assert set(found) == {"phases.transition.start", "target_stages.stage2.start"}
    assert "5 days" in found["phases.transition.start"] and "3 days" in found["target_stages.stage2.start"]
    assert "2021-12-16" in found["phases.transition.start"]


def test_an_overlap_is_refused_with_both_parts() -> None:
    with pytest.raises(InputError, match="the two overlap"):
        load_scenario("plan", {"target_stages.stage2.start": DAY("2022-01-01")})


def test_a_whole_list_of_phases_leaves_no_stage_behind_in_silence() -> None:
    later = [dict(phase) for phase in plain(load_scenario("plan"))["phases"]]
    for phase, (start, end) in zip(
        later, [("2022-06-01", "2022-06-20"), ("2022-06-21", "2022-09-30"), ("2022-10-01", None)], strict=True
    ):
        phase |= {"start": DAY(start), "end": None if end is None else DAY(end)}
    scenario = load_scenario("plan", {"phases": later})
    told = {str(p.path) for p in warnings_of(scenario)}
    assert {f"target_stages.stage{n}" for n in (1, 2, 3)} <= told and any("full_service" in path for path in told)
    both = load_scenario("plan", {"phases": plain(load_scenario("plan"))["phases"]})
    assert not any("target_stages.stage1" in str(p.path) for p in warnings_of(both))


def test_weights_that_a_phase_does_not_allow_are_named() -> None:
    mixed = {"CM": {"fixed": 0.8, "mobile": 0.2}, "GM": {"fixed": 0.0, "mobile": 1.0}}
    found = paths({"phases.transition.both_businesses": False})
    assert set(found) == {"target_stages.stage2.weights", "target_stages.stage3.weights"}
    found = paths({"target_stages.stage1.weights": mixed})
    assert "CM are judged on the other business and get no target" in found["target_stages.stage1.weights"]
    alone = {"CM": {"fixed": 1.0, "mobile": 0.0}, "GM": {"fixed": 0.5, "mobile": 0.5}}
    found = paths({"target_stages.full_service.weights": alone})
    assert "CM are not judged on the other business" in found["target_stages.full_service.weights"]


def test_a_stage_across_phases_and_one_after_the_study_are_named() -> None:
    found = paths(
        {"target_stages.stage3.end": DAY("2022-04-15"), "target_stages.full_service.start": DAY("2022-04-16")}
    )
    assert "transition, trial_run" in found["target_stages.stage3"]
    found = paths({"run.days": 60})
    assert "phases.trial_run.start" in found and "target_stages.full_service.start" in found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_template_is_a_timeline_that_works_from_any_folder(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_templates(tmp_path / "mine")
    lines = (tmp_path / "mine" / "scenario.yaml").read_text("utf-8").splitlines()
    assert not any(line.startswith("#") for line in lines[:5]) and lines[5].startswith("#")
    for folder in (tmp_path, tmp_path / "mine"):
        monkeypatch.chdir(folder)
        file = os.path.relpath(tmp_path / "mine" / "scenario.yaml", folder)
        out = tmp_path / f"out-{folder.name}"
        assert main(["validate", "--timeline", file, "--out", str(out), "--lang", language]) == 0
        shown = capsys.readouterr().out
        assert "█" in shown and "CM 80/20, GM 20/80" in shown and ("Pilot" if language == "en" else "pilot") in shown
        assert (out / "timeline.svg").read_text("utf-8").startswith("<svg")
    phases = load_scenario(tmp_path / "mine" / "scenario.yaml").phases
    assert [p.name for p in phases] == ["adjustment", "pilot", "transition", "trial_run"]
