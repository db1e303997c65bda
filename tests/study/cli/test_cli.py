"""The command line: exit codes, messages, and nothing half-written."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from scenarios import generate_city
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE, INTERRUPTED, LIMIT, explain

ROOT = Path(__file__).resolve().parents[3]


def test_validate_reports_the_oddities_of_the_plan_as_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(ROOT / "scenarios" / "plan.yaml")]) == DONE
    said = capsys.readouterr().err
    for fact in ("F24", "F25", "F26"):
        assert f"{fact}:" in said
    assert said.count("Assumed:") == 3


def test_validate_names_every_problem_of_every_file_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("base: plan\nset: {partition.balance_tolerance: 15, training.seets: 2}\n")
    second.write_text("base: plain\n")
    assert main(["validate", str(first), str(second)]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "a.yaml: partition.balance_tolerance is 15; it must be at most 1" in said
    assert "Did you mean 'seats'" in said
    assert "'plan'" in said
    assert "Traceback" not in said


def test_validate_warns_of_what_later_verbs_will_miss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = generate_city(units=12, centres=1, seed=1)
    bare = replace(town, units=town.units.drop(columns=["population", "households"]))
    assert town.sellers is not None and town.outlets is not None
    nobody = replace(town, sellers=town.sellers.iloc[:0], outlets=town.outlets.assign(seller_id=""))
    counted = replace(town, units=town.units.drop(columns="population"))
    said = {}
    for name, city in {"town": town, "bare": bare, "nobody": nobody, "counted": counted}.items():
        city.save(tmp_path / name)
        assert main(["validate", str(tmp_path / name)]) == DONE
        said[name] = capsys.readouterr().err
    assert "population; it is missing; study, targets, simulate, compare" in said["bare"]
    assert "--rename OLD=population" in said["bare"]
    assert "sellers; it has no rows; verbs that need sellers refuse it" in said["nobody"]
    assert "population; it is missing, and partition balances it unless" in said["counted"]
    assert "no rows" not in said["town"] and "missing" not in said["town"]
    for name in ("bare", "nobody"):
        asked = ["targets", "plan", "--territory", str(tmp_path / name), "--out", str(tmp_path / "out"), "--quiet"]
        assert main(asked) == BAD_INPUT
    assert main(["validate", str(tmp_path / "bare"), "--lang", "zh"]) == DONE
    assert "缺少此列" in capsys.readouterr().err


def test_validate_speaks_json_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "plan", "--json"]) == DONE
    found = json.loads(capsys.readouterr().out)
    assert [f["severity"] for f in found] == ["warning"] * 3
    assert {"file", "path", "value", "rule", "remedy", "severity"} == set(found[0])


def test_validate_lists_every_key_with_unit_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--schema"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("training.seats  [seats per course]") for line in lines)
    assert any(line.startswith("phases[].end  ") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simulate", "plan", "--set", "training.seats=0"], "training.seats is 0"),
        (["simulate", "plan", "--set", "training.seats"], "key=value"),
        (["simulate", "pln"], "'plan'"),
        (["compare", "plan"], "needs two"),
        (["study", "plan", "plan"], "two scenarios have this name"),
        (["study", "--territory", "/no/such/city"], "/no/such/city"),
        (["report", "/no/such/results"], "not a finished study"),
        (["partition", "model_city", "--communities", "many"], "--communities many"),
        (["partition", "model_city", "--communities", "5", "--balance", "population"], "NAME=TOL"),
        (["partition", "model_city", "--communities", "5", "--bounds", "population=1"], "NAME=LOW:HIGH"),
        (["partition", "model_city", "--communities", "5", "--bounds", "population=:"], "NAME=LOW:HIGH"),
        (["partition", "model_city", "--communities", "5", "--subdivide", "/no/such.csv"], "/no/such.csv"),
        (["partition", "model_city", "--communities", "5", "--rename", "POP"], "OLD=NEW"),
    ],
)
def test_bad_input_ends_in_one_clear_message_and_leaves_nothing(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == BAD_INPUT
    errors = capsys.readouterr().err
    assert said in errors and "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["simulate", "plan", "--jobs", "0"], ["fly"], [], ["study", "--seed", "-1"]])
def test_a_wrong_call_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == BAD_INPUT
    assert "usage:" in capsys.readouterr().err


def test_an_unwritable_folder_is_refused_before_work_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["city", "--units", "50", "--out", str(blocked / "x")]) == BAD_INPUT
    assert "--out" in capsys.readouterr().err


def test_a_full_disk_and_an_interrupt_have_their_own_exit_codes() -> None:
    assert explain(OSError(28, "No space left on device", "results/x")) == (
        LIMIT,
        ["results/x: No space left on device"],
    )
    assert explain(KeyboardInterrupt())[0] == INTERRUPTED
    assert explain(MemoryError())[0] == LIMIT


def test_templates_are_read_back_once_they_are_filled_in(tmp_path: Path) -> None:
    from scenarios import load_scenario, load_territory

    assert main(["template", "--out", str(tmp_path), "--quiet"]) == DONE
    assert load_scenario(tmp_path / "scenario.yaml").phases[1].end is not None
    for name, rows in {
        "units.csv": ["u1,甲,A,a,0,0,1000,400,30000,20,100,200", "u2,乙,A,a,1,0,2000,800,30000,40,200,400"],
        "adjacency.csv": ["u1,u2,500"],
        "outlets.csv": ["o1,店,u1,s2,20"],
        "halls.csv": ["h1,厅,u2,fixed,3"],
        "sellers.csv": ["s1,王,CM,u1,u1,0", "s2,李,GM,u2,u1;u2,0"],
    }.items():
        path = tmp_path / name
        path.write_text(path.read_text(encoding="utf-8") + "\n".join(rows) + "\n", encoding="utf-8")
    territory = load_territory(tmp_path)
    assert territory.attribute("population").sum() == 3000
    assert territory.sellers is not None and list(territory.sellers["force"]) == ["CM", "GM"]


def test_cities_that_differ_in_their_centres_lie_in_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for centres in ("2", "3"):
        assert main(["city", "--units", "30", "--centres", centres, "--quiet"]) == DONE
    assert sorted(path.name for path in Path("results").iterdir()) == ["city-30-2-1", "city-30-3-1"]


@pytest.mark.parametrize("call", [["template"], ["city", "--units", "30", "--centres", "2"]])
def test_files_that_somebody_has_filled_in_are_not_replaced(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*call, "--out", str(tmp_path), "--quiet"]
    assert main(asked) == DONE
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(asked) == DONE  # the same content again changes nothing
    mine = {name: before[name] + b"# mine\n" for name in ("units.csv", "sellers.csv")}
    for name, data in mine.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "halls.csv").unlink()
    capsys.readouterr()
    assert main(asked) == BAD_INPUT
    said = capsys.readouterr().err.splitlines()
    assert sorted(line.split(";")[0].rpartition("/")[2] for line in said) == ["sellers.csv", "units.csv"]
    assert all("Name another folder with --out." in line for line in said)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after == {name: data for name, data in (before | mine).items() if name != "halls.csv"}


def test_a_city_is_written_and_read_back(tmp_path: Path) -> None:
    from scenarios import load_territory

    assert main(["city", "--units", "60", "--centres", "2", "--seed", "3", "--out", str(tmp_path), "--quiet"]) == DONE
    city = load_territory(tmp_path)
    assert len(city) == 60 and city.provenance.synthetic and len(city.components()) == 1


def test_without_highs_another_solver_is_used_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("optimize.solving.solver.highspy", None)
    generate_city(units=12, centres=1, seed=1).save(tmp_path / "town")
    asked = ["partition", str(tmp_path / "town"), "--communities", "2", "--balance", "population=0.4", "--quiet"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == DONE
    assert "HiGHS is not installed; CBC solves instead" in capsys.readouterr().err
    assert json.loads((tmp_path / "out/result.json").read_text())["request"]["solver"] == "cbc"


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--fix-seats", "unit_id\n,x\n", "row 2 is ,x; its first column must name a unit"),
        ("--communities", ",3\n", "row 1 is ,3; it must be group,communities"),
        ("--keep-apart", "a,b\nU0001,\n", "row 2 is U0001,; it must be a,b"),
    ],
)
def test_a_small_file_that_names_nothing_is_refused_with_its_row(
    option: str, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wish.csv"
    path.write_text(text, encoding="utf-8")
    count = [] if option == "--communities" else ["--communities", "8"]
    asked = ["partition", "model_city", *count, "--within", "centre", option, str(path), "--out", str(tmp_path / "out")]
    assert main(asked) == BAD_INPUT
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_failed_verb_leaves_no_empty_folder_and_another_verbs_result_is_not_mixed_in_silently(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate_city(units=12, centres=1, seed=3).save(tmp_path / "town")
    town, out = str(tmp_path / "town"), tmp_path / "out"
    assert main(["partition", town, "--communities", "99", "--out", str(out)]) == BAD_INPUT
    assert not out.exists()
    out.mkdir()
    assert main(["partition", town, "--communities", "99", "--out", str(out)]) == BAD_INPUT
    assert out.exists()  # it was there before
    simulate = ["simulate", "erlang_c", "--set", "run.days=20", "--set", "run.warm_up_days=2", "--replications", "2"]
    assert main([*simulate, "--out", str(out)]) == DONE
    capsys.readouterr()
    partition = ["partition", town, "--communities", "2", "--balance", "population=0.5", "--out", str(out)]
    assert main(partition) == DONE
    assert "a result of simulate" in capsys.readouterr().err
    assert main(partition) == DONE
    assert "a result of" not in capsys.readouterr().err


def test_an_earlier_plan_is_subdivided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = tmp_path / "city"
    assert main(["city", "--units", "40", "--centres", "2", "--seed", "4", "--out", str(city)]) == 0
    coarse, fine = tmp_path / "coarse", tmp_path / "fine"
    plain = ["partition", str(city), "--effort", "quick", "--quiet"]
    assert main([*plain, "--communities", "3", "--balance", "population=0.4", "--out", str(coarse)]) == 0
    divide = [*plain, "--communities", "7", "--bounds", "population=1:", "--subdivide", str(coarse / "plan.csv")]
    assert main([*divide, "--out", str(fine)]) == 0
    parents = pd.read_csv(coarse / "plan.csv").set_index("unit_id")["community"]
    children = pd.read_csv(fine / "plan.csv").set_index("unit_id")["community"]
    assert children.nunique() == 7
    assert (parents.groupby(children).nunique() == 1).all()
    with pytest.raises(SystemExit) as stopped:
        main([*divide, "--within", "centre"])
    assert stopped.value.code == BAD_INPUT


def test_a_plan_of_another_territory_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city, plan = tmp_path / "city", tmp_path / "plan.csv"
    assert main(["city", "--units", "40", "--centres", "2", "--seed", "4", "--out", str(city)]) == 0
    first = pd.read_csv(city / "units.csv")["unit_id"].astype(str).tolist()
    plan.write_text("unit_id,community\n" + "".join(f"{unit},a\n" for unit in [*first[1:], "elsewhere"]))
    call = ["partition", str(city), "--communities", "3", "--subdivide", str(plan), "--out", str(tmp_path / "x")]
    assert main(call) == BAD_INPUT
    errors = capsys.readouterr().err
    assert first[0] in errors and "have no community in it" in errors
    assert "elsewhere" in errors and "are not in the territory" in errors
    plan.write_text("unit,community\nu,a\n")
    assert main(call) == BAD_INPUT
    assert "the column unit_id is missing" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
