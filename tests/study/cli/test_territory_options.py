"""What is stated about a territory's files reaches it from the command line and a scenario; all is accounted for."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from scenarios import load_scenario, load_territory
from scenarios.loading.inputs import resolve
from study.cli import build_parser, main
from study.cli.territory_options import merged, reading
from study.presentation.language import Language
from study.presentation.template_workbook import COLUMNS, heading
from study.reporting.html.answers import _fairer
from tests.scenarios.territory.makers import grid_csv, polygons, square, workbook

VERBS = {
    "study": [],
    "compare": ["plan", "big_bang"],
    "simulate": ["plan"],
    "targets": ["plan"],
    "whatif": ["plan", "--vary", "training.seats=10:20:10"],
    "timeline": ["plan"],
    "recommend": ["plan"],
    "calibrate": ["plan", "h.csv"],
    "app": [],
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_that_takes_a_territory_takes_how_to_read_it(verb: str) -> None:
    stated = ["--gap", "30", "--encoding", "cp949", "--layer", "a", "--sheet", "units=小区", "--adjacency", "gabriel"]
    stated += ["--columns", "c.csv", "--dissolve", "--id", "k", "--rename", "a=b", "--bridge", "nearest"]
    options = build_parser().parse_args([verb, *VERBS[verb], "--territory", "x", *stated])
    assert reading(options) == {
        **{"gap": 30.0, "encoding": "cp949", "layer": "a", "sheet": {"units": "小区"}, "adjacency": "gabriel"},
        **{"columns": "c.csv", "dissolve": True, "id": "k", "rename": {"a": "b"}, "bridge": "nearest"},
    }


def test_options_go_over_what_a_scenario_states() -> None:
    both = merged({"gap": 20, "rename": {"a": "b"}}, {"gap": 30, "rename": {"c": "d"}})
    assert both == {"gap": 30, "rename": {"a": "b", "c": "d"}}


def test_a_scenario_states_how_its_territory_is_read(tmp_path: Path) -> None:
    path = grid_csv(tmp_path / "t", adjacency=False)
    stated = {"territory.source": str(path), "territory.adjacency": "gabriel", "territory.rename": {"population": "p"}}
    _, territory = resolve([load_scenario("plan", stated)], None)
    assert "Gabriel" in "\n".join(territory.provenance.notes) and "p" in territory.units.columns


def test_explain_shows_every_column_in_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        ["小区编码", "人口数", "楼栋数", "经度", "纬度"],
        *([f"u{i}", 3000, 9, 114 + 0.01 * i, 35.6] for i in range(4)),
    ]
    path = workbook(tmp_path / "t.xlsx", 小区=rows)
    assert main(["validate", str(path), "--explain"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("人口数", "楼栋数", "not read", "derived", "generated", "Delaunay"))
    assert main(["validate", str(path), "--explain", "--json"]) == 0
    account = json.loads(capsys.readouterr().out)["account"]
    assert {(e["item"], e["status"]) for e in account} >= {("人口数", "read"), ("楼栋数", "not read")}


def test_partition_says_what_was_read_and_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = polygons(tmp_path / "t.geojson", {f"u{i}": square(i, 0) for i in range(6)})
    main(["partition", str(path), "--communities", "2", "--balance", "population=0.1", "--out", str(tmp_path / "o")])
    assert "projected from WGS 84" in "".join(capsys.readouterr())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_template_once_filled_in_is_a_territory(tmp_path: Path, language: str) -> None:
    assert main(["template", "--xlsx", "--lang", language, "--out", str(tmp_path), "--quiet"]) == 0
    book, say = openpyxl.load_workbook(tmp_path / "territory.xlsx"), Language(language)
    heads = {t: [c.value for c in book[say(f"template.sheet.{t}")][1]] for t in COLUMNS}
    assert all(heads[t] == [heading(t, c, say) for c in columns] for t, columns in COLUMNS.items())
    units = book[say("template.sheet.units")]
    for i in range(9):
        units.append([f"4106{i:04d}", f"小区{i}", "东", None, 114 + 0.01 * (i % 3), 35.6 + 0.01 * (i // 3), 2000 + i])
    force = "社区经理" if language == "zh" else "CM"
    book[say("template.sheet.sellers")].append(["s1", "张三", force, None, "小区1、小区2", None])
    book.save(tmp_path / "filled.xlsx")
    territory = load_territory(tmp_path / "filled.xlsx")
    assert territory.units["population"].tolist() == list(range(2000, 2009)) and len(territory.edges) == 12
    assert territory.sellers["knows"].tolist() == ["41060001;41060002"] and territory.halls is None


def test_a_finer_division_is_not_judged_by_the_balance_of_a_coarser_one() -> None:
    assert _fairer(0.273, 0.077, 18, 6) == "finer"
    assert _fairer(0.1, 0.077, 6, 6) == "not_fairer"
    assert _fairer(0.05, 0.077, 18, 6) == "fairer"
    assert _fairer(0.05, 0.077, 4, 6) == "coarser"
    assert _fairer(0.096, 0.177, 8, 9) == "fairer"
