"""Workbook and GeoPackage: read back with other programs than wrote them."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from study.presentation.language import Language
from study.presentation.verdict import difference, scale_of
from study.reporting.geopackage import write_geopackage
from study.reporting.html import answers
from study.reporting.html.render import render_page
from study.reporting.html.tables import placement
from study.reporting.workbook import LINE, _lines, write_workbook
from study.reporting.workbook_people import centre_sheets
from study.results.record import StudyRecord
from study.sensitivity.one_at_a_time import COLUMNS


@pytest.fixture(scope="module")
def path(record: StudyRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(record, tmp_path_factory.mktemp("book") / "workbook.xlsx")


def test_the_answer_comes_first_then_tables_with_names_then_centres_and_digests_last(
    path: Path, record: StudyRecord
) -> None:
    book = openpyxl.load_workbook(path)
    say = Language("en")
    names = (
        "answer",
        "attainment",
        "persons",
        "targets",
        "plan",
        "scorecard",
        "moves",
        "comparison",
        "kpis",
        "assumptions",
        "warnings",
    )
    centres = sorted(record.territory.units["centre"].unique())
    assert book.sheetnames == [
        *(say(f"sheet.{n}") for n in names),
        *centres,
        say("sheet.about"),
    ]
    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes == "B2"
        (table,) = sheet.tables.values()
        assert table.ref.startswith("A1:") and table.autoFilter is not None
        assert all(cell.font.bold and cell.value for cell in sheet[1])
    assert len({name for sheet in book.worksheets for name in sheet.tables}) == len(book.sheetnames) - 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_answer_sheet_gives_the_advice_and_a_chart_of_the_differences(
    record: StudyRecord, tmp_path: Path, language: str
) -> None:
    say = Language(language)
    sheet = openpyxl.load_workbook(write_workbook(record, tmp_path / "w.xlsx", language))[say("sheet.answer")]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert all(answer.headline in texts for answer in answers.answers(record, say))
    assert len(sheet._charts) == 1
    first, last = (int(re.sub("[A-Z]", "", end)) for end in sheet.tables["Alternatives"].ref.split(":"))
    for row in sheet.iter_rows(min_row=first + 1, max_row=last, max_col=4, values_only=True):
        name = next(n for n, s in record.scenarios.items() if s.title.say(language) == row[0])
        found = difference(record.comparison, name, "contribution")
        scaled = [v / scale_of("contribution", say) for v in (found.mean, found.low, found.high)]
        assert list(row[1:]) == pytest.approx(scaled)
    assert last - first == len(record.scenarios) - 1


def test_a_person_is_one_row_whose_targets_are_those_of_the_study(path: Path, record: StudyRecord) -> None:
    sheet = pd.read_excel(path, sheet_name=Language("en")("sheet.persons"), dtype={"Seller": str})
    assert len(sheet) == len(record.placement)
    persons = record.targets[record.targets["level"] == "person"]
    assert sheet.iloc[:, 6:].sum().sum() == pytest.approx(persons["value"].sum())


def test_sheets_of_centres_hold_their_communities_and_take_any_name(record: StudyRecord, path: Path) -> None:
    communities = record.targets[record.targets["level"] == "community"]
    for centre, own in communities.groupby("parent"):
        sheet = pd.read_excel(path, sheet_name=str(centre), dtype={"Community": str})
        assert set(sheet["Community"]) == set(own["id"])
        assert sheet.iloc[:, 5:].sum().sum() == pytest.approx(own["value"].sum())
    odd = {"a": "North/South: [1]*?" + "x" * 40, "b": "Answer"}
    mapped = dict(zip(sorted(communities["parent"].unique()), odd.values(), strict=False))
    renamed = record.targets.replace({"parent": mapped})
    names = [s.name for s in centre_sheets(replace(record, targets=renamed), Language("en"), {"answer"})]
    assert all(len(n) <= 31 and not set(n) & set("[]:*?/\\") for n in names) and "Answer (2)" in names


def test_what_wraps_has_room(path: Path) -> None:
    assert [_lines(text, 20.0) for text in ("short", "a header of words, on two lines", "x" * 50)] == [1, 2, 3]
    assert _lines("按工作量划分的社区名称与编号", 11.0) == 3  # 28 characters wide
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[1:-1]:
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
        letters = sum(len(str(cell.value)) > width for cell, width in zip(sheet[1], widths, strict=True))
        assert (sheet.row_dimensions[1].height or LINE) >= LINE * (2 if letters else 1)  # a usual height is not stated


def test_targets_in_the_workbook_sum_to_the_company(path: Path, record: StudyRecord) -> None:
    sheet = pd.read_excel(path, sheet_name=Language("en")("sheet.targets"))
    total = sheet[sheet["Level"] == "company"]["Value"].sum()
    assert sheet[sheet["Level"] == "centre"]["Value"].sum() == pytest.approx(total)
    assert sheet[sheet["Level"] == "community"]["Value"].sum() == pytest.approx(total)
    assert total == pytest.approx(record.targets.query("level == 'company'")["value"].sum())
    cells = openpyxl.load_workbook(path)[Language("en")("sheet.targets")]
    forms = {(row[6].value, row[7].number_format) for row in cells.iter_rows(min_row=2)}
    assert forms == {("subscribers", "#,##0"), ("yuan", "#,##0.00")}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_results_hang_on_is_a_sheet_where_it_was_tried(
    record: StudyRecord, tmp_path: Path, language: str
) -> None:
    row = {"key": "hand_over.loss", "base": 0.3, "replications": 4}
    rows = [
        {**row, "value": 0.1, "kpi": "contribution", "mean": 5e6, "mean_low": 4e6, "mean_high": 6e6}
        | {"difference": 3e5, "low": 1e5, "high": 5e5},
        {**row, "value": 0.5, "kpi": "dip_depth", "mean": 0.2, "mean_low": 0.1, "mean_high": 0.3}
        | {"difference": 0.01, "low": -0.01, "high": 0.03},
    ]
    tried = replace(record, tornado=pd.DataFrame(rows, columns=COLUMNS))
    say = Language(language)
    sheet = pd.read_excel(write_workbook(tried, tmp_path / "w.xlsx", language), sheet_name=say("sheet.sensitivity"))
    assert sheet.columns.is_unique and len(sheet) == len(rows)
    numbers = ["base", "value", "mean", "mean_low", "mean_high", "difference", "low", "high", "replications"]
    assert sheet.select_dtypes("number").to_numpy().tolist() == [[r[n] for n in numbers] for r in rows]
    assert sheet[say("table.verdict")].tolist() == [say("verdict.better"), say("verdict.unsure")]
    nothing_tried = replace(record, tornado=pd.DataFrame(columns=COLUMNS))
    book = openpyxl.load_workbook(write_workbook(nothing_tried, tmp_path / "n.xlsx", language))
    assert say("sheet.sensitivity") not in book.sheetnames


def test_people_are_named_where_names_are_known(path: Path, record: StudyRecord) -> None:
    sheet = pd.read_excel(path, sheet_name=Language("en")("sheet.persons"), dtype=str)
    assert record.territory.sellers is not None
    assert set(sheet["Name"]) <= set(record.territory.sellers["name"])


def test_text_that_looks_like_a_formula_stays_text(record: StudyRecord, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://example.org","x")'
    units = record.territory.units.assign(name=evil)
    book = openpyxl.load_workbook(
        write_workbook(replace(record, territory=replace(record.territory, units=units)), tmp_path / "w.xlsx", "zh")
    )
    cell = book[Language("zh")("sheet.plan")]["B2"]
    assert cell.value == evil and cell.data_type == "s" and cell.hyperlink is None
    formulas = [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert not formulas


def test_workbook_and_geopackage_are_the_same_bytes_twice(record: StudyRecord, path: Path, tmp_path: Path) -> None:
    assert write_workbook(record, tmp_path / "workbook.xlsx").read_bytes() == path.read_bytes()
    first, second = (write_geopackage(record, tmp_path / f"{i}" / "plan.gpkg").read_bytes() for i in range(2))
    assert first == second


def test_the_geopackage_holds_plans_places_and_styles(record: StudyRecord, tmp_path: Path) -> None:
    path = write_geopackage(record, tmp_path / "plan.gpkg")
    names = {name for name, _ in pyogrio.list_layers(path)}
    assert names >= {
        "units",
        "communities_current",
        "communities_redrawn",
        "outlets",
        "halls",
        "sellers",
        "layer_styles",
    }
    units = gpd.read_file(path, layer="units").set_index("unit_id")
    for kind, plan in record.plans.items():
        assert units[f"community_{kind}"].sort_index().tolist() == plan.assignment.sort_index().tolist()
    areas = gpd.read_file(path, layer="communities_redrawn")
    assert set(areas["community"]) == set(record.plans["redrawn"].assignment)
    assert areas.crs == record.territory.geometry.crs  # type: ignore[union-attr]
    assert not list(tmp_path.glob(".*"))


def test_a_territory_without_polygons_becomes_points(record: StudyRecord, tmp_path: Path) -> None:
    flat = replace(record, territory=replace(record.territory, geometry=None, features=None))
    path = write_geopackage(flat, tmp_path / "plan.gpkg")
    units = gpd.read_file(path, layer="units")
    assert set(units.geom_type) == {"Point"}
    assert "communities_redrawn" not in {name for name, _ in pyogrio.list_layers(path)}


def test_every_layer_but_tables_has_a_style_that_names_what_the_layer_has(record: StudyRecord, tmp_path: Path) -> None:
    path = write_geopackage(record, tmp_path / "plan.gpkg")
    with closing(sqlite3.connect(path)) as base:
        rows = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
        layers = [n for (n,) in base.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")]
    assert set(rows) == set(layers)
    for name, text in rows.items():
        style = ElementTree.fromstring(text.split(">", 1)[1])
        for renderer in style.iter("renderer-v2"):
            attribute = renderer.get("attr")
            assert attribute is None or attribute in gpd.read_file(path, layer=name).columns
            symbols = {symbol.get("name") for symbol in renderer.iter("symbol")}
            assert symbols and {c.get("symbol") for c in renderer.iter("category")} <= symbols


def test_results_carry_the_decimals_of_their_unit_and_nothing_english_stays_in_chinese(
    record: StudyRecord, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(write_workbook(record, tmp_path / "zh.xlsx", language="zh"))
    table = {row[7].value: row[3] for row in book["结果"].iter_rows(min_row=2)}
    assert table["contribution"].number_format == "#,##0" and table["churned"].number_format == "#,##0.0"
    assert table["synergy"].number_format == "#,##0.000"
    parents = {row[3] for row in book["社区目标"].iter_rows(min_row=2, values_only=True)}
    assert "全公司" in parents and "company" not in parents
    meanings = [row[3] for row in book["假设"].iter_rows(min_row=2, values_only=True)]
    assert all(re.search("[\u4e00-\u9fff]", text) for text in meanings if text)


def test_who_is_trained_is_a_column_where_not_everybody_is(path: Path, record: StudyRecord, tmp_path: Path) -> None:
    say = Language("en")
    assert say("table.trained") not in pd.read_excel(path, sheet_name=say("sheet.persons")).columns
    able = [n % 3 == 0 for n in range(len(record.placement))]
    partly = replace(record, placement=record.placement.assign(trained=able))
    sheet = pd.read_excel(write_workbook(partly, tmp_path / "w.xlsx", "en"), sheet_name=say("sheet.persons"), dtype=str)
    assert (sheet[say("table.trained")] == "yes").tolist() == able
    teams = placement(partly, say)
    assert teams.head[-1] == say("table.trained") and sum(int(row[-1]) for row in teams.rows) == sum(able)
    for code, said in (("en", f"{sum(able)} of {len(able)} people"), ("zh", f"{len(able)}人中有{sum(able)}人")):
        assert said in render_page(partly, code, {"en": "a.html", "zh": "b.html"})
