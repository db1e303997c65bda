"""A result made again is equal, and where it is not the difference is named."""

import json
from pathlib import Path

import pytest

from scenarios import InputError, generate_city, load_scenario
from scenarios.loading.load import load_alternative
from study import run_study
from study.cli import main
from study.cli.execute import DIFFERENT
from study.pipeline.repeat import command_of, compare_folders, read_run


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("repeat") / "desk"
    asked = ["simulate", "erlang_c", "--set", "run.days=20", "--set", "run.warm_up_days=2", "--replications", "3"]
    assert main([*asked, "--out", str(out), "--quiet"]) == 0
    return out


def test_a_result_made_again_is_equal(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target in (result, result / "run.json"):
        assert main(["repeat", str(target)]) == 0
        assert "equal: 2 tables are the same byte for byte" in capsys.readouterr().out


def test_what_differs_is_named(result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in result.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    lines = (changed / "replications.csv").read_text().splitlines()
    (changed / "replications.csv").write_text("\n".join([lines[0], "erlang_c,0,sales,1.0", *lines[2:]]) + "\n")
    (changed / "more.csv").write_text("a\n")
    assert main(["repeat", str(changed), "--keep", str(tmp_path / "again")]) == DIFFERENT
    said = capsys.readouterr().out
    assert "replications.csv line 2: 'erlang_c,0,sales,1.0' then" in said
    assert "more.csv: only in the first result" in said
    assert (tmp_path / "again/run.json").is_file()
    assert main(["repeat", str(changed), "--json"]) == DIFFERENT
    found = json.loads(capsys.readouterr().out)
    assert (found["exit_code"], found["same"]) == (DIFFERENT, False)
    assert "problems" not in found and "more.csv: only in the first result" in found["different"]


@pytest.mark.slow
def test_a_study_of_a_python_call_is_made_again_from_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = load_scenario(
        "plan",
        {"run.days": 30, "indicators.income": 0.5, "study.sensitivity": {}, "study.measures": {}, "study.worlds": 0},
    )
    town = generate_city(units=36, centres=2, seed=3)
    run_study(plan, load_alternative(plan, "no_merger"), territory=town, replications=2).save(tmp_path / "made")
    facts = read_run(tmp_path / "made")
    assert facts["arguments"] is None and facts["command"] == "fusion repeat ."
    assert main(["repeat", str(tmp_path / "made")]) == 0
    assert capsys.readouterr().out.startswith("equal: ")


def test_other_versions_are_named_with_a_difference(result: Path, tmp_path: Path) -> None:
    run = read_run(result) | {"versions": {"simpy": "0.1"}}
    verdict = compare_folders(result, tmp_path, run)
    assert verdict.different and verdict.other_versions[0].startswith("simpy 0.1 -> ")


def test_the_command_is_aimed_elsewhere(tmp_path: Path) -> None:
    run = {"verb": "study", "arguments": ["plan", "--out", "x", "--quiet", "--seed", "3", "--out=y"]}
    assert command_of(run, tmp_path) == ["study", "plan", "--seed", "3", "--out", str(tmp_path), "--quiet"]


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "cannot be read"), ('{"format": 0}', "format 1 is read"), ('{"format": 1, "verb": "study"}', "no command")],
)
def test_a_file_that_is_no_run_is_refused(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match=says):
        read_run(tmp_path / "run.json")
    assert main(["repeat", str(tmp_path / "nothing")]) == 2


def test_a_command_of_another_version_is_refused(result: Path, tmp_path: Path) -> None:
    run = json.loads((result / "run.json").read_text()) | {"verb": "conjure"}
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert main(["repeat", str(tmp_path)]) == 2


@pytest.mark.slow
def test_a_result_is_repeated_from_anywhere_and_a_changed_input_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate_city(units=24, centres=2, seed=3).save(tmp_path / "town")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    cut = ["partition", "town", "--communities", "4", "--balance", "population=0.5", "--effort", "quick", "--quiet"]
    assert main([*cut, "--out", "cut"]) == 0
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["repeat", "../cut/run.json"]) == 0
    # plan.csv, scorecard.csv, result.json and certificate.json
    assert "equal: 4 tables are the same byte for byte" in capsys.readouterr().out
    assert Path.cwd() == tmp_path / "elsewhere"
    generate_city(units=24, centres=2, seed=4).save(tmp_path / "town")
    assert main(["repeat", "../cut"]) == DIFFERENT
    assert "other inputs than then: territory" in capsys.readouterr().out


def test_a_result_is_not_compared_with_itself(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repeat", str(result), "--keep", str(result / ".." / result.name)]) == 2
    assert "would be compared with itself" in capsys.readouterr().err


def test_what_is_no_table_is_compared_too(result: Path, tmp_path: Path) -> None:
    for folder, value in (("then", 1), ("now", 2)):
        (tmp_path / folder).mkdir()
        answer = {"value": value, "seconds": value, "versions": value}
        (tmp_path / folder / "result.json").write_text(json.dumps(answer))
        (tmp_path / folder / "clock.json").write_text(json.dumps({"seconds": value}))
    verdict = compare_folders(tmp_path / "then", tmp_path / "now", read_run(result))
    assert verdict.equal == ("clock.json",)
    assert verdict.different == ("result.json line 2: ' \"value\": 1' then, ' \"value\": 2' now",)
