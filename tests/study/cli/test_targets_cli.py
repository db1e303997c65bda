"""`fusion targets`: contradictions end in their own exit code, and the files say what binds."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from study.cli import main
from study.cli.execute import BAD_INPUT, DONE, INFEASIBLE


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    assert main(["city", "--units", "40", "--centres", "2", "--seed", "3", "--out", str(folder), "--quiet"]) == DONE
    return folder


def call(city: Path, out: Path, *settings: str) -> int:
    more = [part for text in settings for part in ("--set", text)]
    return main(["targets", "plan", "--territory", str(city), "--out", str(out), "--quiet", *more])


def test_targets_are_written_with_what_binds(city: Path, tmp_path: Path) -> None:
    wish = "{stage: stage2, level: company, id: company, business: mobile, measure: growth, value: 500}"
    assert call(city, tmp_path, f"targets.pins=[{wish}]") == DONE
    table = pd.read_csv(tmp_path / "targets.csv", dtype=str)
    rows = table[(table["stage"] == "stage2") & (table["level"] == "company") & (table["measure"] == "growth")]
    assert rows.set_index("business")["value"]["mobile"] == "500"
    parts = pd.DataFrame(json.loads((tmp_path / "targets.json").read_text(encoding="utf-8"))["parts"])
    part = parts[(parts["stage"] == "stage2") & (parts["business"] == "mobile") & (parts["measure"] == "growth")]
    assert part.set_index("force")["given"].to_dict() == {"CM": 100, "GM": 400}
    assert (tmp_path / "clerks_exchange.csv").exists()


def test_totals_are_in_yuan_wherever_they_are_told(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["targets", "plan", "--territory", str(city), "--out", str(tmp_path), "--quiet", "--json"]
    assert main(asked) == DONE
    told = pd.DataFrame(json.loads(capsys.readouterr().out)["stages"])
    table = pd.read_csv(tmp_path / "targets.csv")
    total = table[table["level"] == "company"].set_index(["stage", "business", "measure"])["value"]
    content = json.loads((tmp_path / "targets.json").read_text(encoding="utf-8"))
    for rows, column in ((told, "total"), (content["stages"], "total"), (content["parts"], "given")):
        sums = pd.DataFrame(rows).groupby(["stage", "business", "measure"])[column].sum().round(2)
        assert sums.to_dict() == {key: value for key, value in total.items() if key in sums.index}
        assert {"revenue", "arrears"} <= set(sums.index.get_level_values("measure"))
    assert all(value == round(value, 2) for value in told["total"])


@pytest.mark.parametrize("call", ["study plan", "targets plan", "simulate plan", "simulate no_merger"])
def test_a_table_of_sellers_without_rows_exits_with_2(
    call: str, city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = tmp_path / "town"
    shutil.copytree(city, town)
    header = (town / "sellers.csv").read_text(encoding="utf-8").splitlines()[0]
    (town / "sellers.csv").write_text(f"{header}\n", encoding="utf-8")
    outlets = pd.read_csv(town / "outlets.csv", dtype=str).assign(seller_id="")
    outlets.to_csv(town / "outlets.csv", index=False)
    asked = [*call.split(), "--territory", str(town), "--out", str(tmp_path / "out"), "--quiet"]
    assert main(asked) == BAD_INPUT
    said = capsys.readouterr().err
    assert "sellers; it has no rows" in said and "leave the table out" in said
    assert not (tmp_path / "out").exists()


def test_a_contradiction_exits_with_3_and_says_what_would_help(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = pd.read_csv(city / "sellers.csv", dtype=str).query("force == 'GM'")["seller_id"].iloc[0]
    wish = f"{{stage: stage1, level: person, id: {person}, business: mobile, measure: growth, value: 999999}}"
    assert call(city, tmp_path, f"targets.pins=[{wish}]") == INFEASIBLE
    said = capsys.readouterr().err
    assert "targets.pins[0]" in said and "smallest relaxation" in said and "Traceback" not in said
    assert not (tmp_path / "targets.csv").exists()


@pytest.mark.parametrize(("scenario", "settings"), [("no_merger", []), ("plan", ["--set", "target_stages=[]"])])
def test_where_nothing_is_to_be_allocated_a_warning_says_so(
    scenario: str, settings: list[str], city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["targets", scenario, *settings, "--territory", str(city), "--out", str(tmp_path), "--json"]
    assert main(asked) == DONE
    printed = capsys.readouterr()
    assert f"warning: scenario {scenario}; the scenario has no target stages" in printed.err
    assert "nothing to allocate" in json.loads(printed.out)["warnings"][0]["rule"]


def test_a_wish_about_nobody_exits_with_2(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = "{stage: stage1, level: person, id: nobody, business: mobile, measure: growth, value: 1}"
    assert call(city, tmp_path, f"targets.pins=[{wish}]") == BAD_INPUT
    assert "targets.pins[0].id is nobody" in capsys.readouterr().err
