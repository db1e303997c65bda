"""Messages as a sales planner reads them: the cause alone, where it is and what to do, and nothing that follows it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from scenarios import load_territory
from tests.scenarios.territory.makers import notes, polygons, refusal, square, workbook

PEOPLE = "unit_id,{x},{y},population\n"
GRID = [(i, i % 3) for i in range(12)]


def points(folder: Path, x: str, y: str, places: list[tuple[float, float]]) -> Path:
    rows = "".join(f"u{k},{a!r},{b!r},3000\n" for k, (a, b) in enumerate(places))
    (folder / "units.csv").write_text(PEOPLE.format(x=x, y=y) + rows, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("columns", "places", "cause"),
    [
        (("x", "y"), [(35.6 + i * 0.009, 114.2 + j * 0.009) for i, j in GRID], "they look like latitude and longitude"),
        (("lon", "lat"), [(214.0, 36.0), *((114.1 + i * 0.01, 36 + j * 0.01) for i, j in GRID)], "row 2, lon is 214"),
        (("lon", "lat"), [(114.0, 36.0), (114.0, 36.0), (114.1, 36.0), (114.0, 36.1)], "units u0-u1; these units lie"),
    ],
    ids=["in the wrong order", "no longitude", "at one place"],
)
def test_places_that_cannot_be_used_are_the_only_complaint(
    tmp_path: Path, columns: tuple[str, str], places: list[tuple[float, float]], cause: str
) -> None:
    said = refusal(points(tmp_path, *columns, places))
    assert cause in said and said.count("\n") == 0  # no flood of islands after it


def test_an_option_that_is_wrong_is_wrong_once_whatever_the_number_of_files(tmp_path: Path) -> None:
    points(tmp_path, "x", "y", [(0, 0), (1, 0)])
    (tmp_path / "adjacency.csv").write_text("a,b\nu0,u1\n", encoding="utf-8")
    assert refusal(tmp_path, encoding="klingon").count("--encoding is klingon") == 1


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("约3000", "Write the number alone, without words"),
        ("15%", "Write 15 % as 0.15."),
        ("12,5", "Write decimals with a point: 12.5, not 12,5."),
        ("#REF!", "It is an error of Excel: correct the formula"),
        ("many", "Correct it, or leave the cell empty if unknown."),
    ],
)
def test_a_cell_that_is_no_number_has_the_remedy_of_its_kind(tmp_path: Path, cell: str, remedy: str) -> None:
    units = [["小区编码", "人口数", "x坐标", "y坐标"], ["u0", cell, 0, 0], ["u1", 3000, 1, 0]]
    said = refusal(workbook(tmp_path / "t.xlsx", 小区=units))
    assert f"t.xlsx sheet 小区 row 2, population is {cell}; it must be a number. {remedy}" in said


def test_parts_of_a_unit_that_differ_are_told_with_the_unit_and_both_values(tmp_path: Path) -> None:
    table = {"unit_id": ["a", "a", "b"], "population": [1000, 2000, 3000]}
    gpd.GeoDataFrame(table, geometry=[square(0, 0), square(2, 0), square(1, 0)], crs=4326).to_file(tmp_path / "t.gpkg")
    said = refusal(tmp_path / "t.gpkg", dissolve=True)
    assert "t.gpkg unit a, population is 1000, 2000; the parts of one unit say different things" in said


def test_sheets_that_may_both_be_meant_are_a_place_not_a_value(tmp_path: Path) -> None:
    units = [["小区编码", "人口数", "x坐标", "y坐标"], *([f"u{i}", 3000 + i, i, 0] for i in range(4))]
    said = refusal(workbook(tmp_path / "t.xlsx", 小区1=units, 小区2=units))
    assert said == (
        "t.xlsx, sheets 小区1, 小区2; each of these sheets may be the table units. "
        "Name the one that is meant: --sheet units=小区1."
    )


def test_a_lonely_unit_is_counted_as_one(tmp_path: Path) -> None:
    said = refusal(polygons(tmp_path / "t.gpkg", {"a": square(0, 0), "b": square(5, 0)}))
    assert "2 components; the largest has 1 unit)" in said


def test_a_template_with_nothing_but_its_units_is_told_in_few_words(tmp_path: Path) -> None:
    head = ["unit_id", "name", "centre", "lon", "lat", "population", "households", "income"]
    units = [head, *([f"{k:03d}", None, None, 114.2 + 0.01 * (k % 4), 35.6 + 0.01 * (k // 4), 3000] for k in range(12))]
    sellers = [["seller_id", "name", "force", "home_unit", "knows"], ["s1", None, "CM", None, "003"]]
    path = workbook(tmp_path / "t.xlsx", 填写说明=[["小区", "说明"]], units=units, sellers=sellers, halls=[["hall_id"]])
    territory = load_territory(path)
    said = notes(territory)
    assert "the columns name, centre, households, income are empty and were left out" in said
    assert "sheet sellers: the column home_unit is empty and was left out" in said
    assert "is missing for" not in said and "填写说明" not in said
    became = {(e.table, e.item): (e.status, e.meaning) for e in territory.provenance.account}
    assert became["units", "income"] == ("not read", "empty") and became["units", "population"][0] == "read"
    assert became["", "填写说明"] == ("not read", "explanation")


def test_every_problem_of_every_sheet_is_told_at_once(tmp_path: Path) -> None:
    units = [["小区编码", "小区名称", "人口数", "x坐标", "y坐标"], *([f"u{i}", f"甲{i}", 3000, i, 0] for i in range(3))]
    people = [["工号", "岗位", "负责小区", "柜台占比"], ["s1", "经理", "甲0、丁", 25], ["s2", "网格经理", None, 0.2]]
    outlets = [["渠道编码", "所在小区", "负责人", "月发展量"], ["o1", "丁", None, 30], ["o2", "甲1", "王五", "约30"]]
    halls = [["营业厅编码", "所在小区", "业务", "营业员数"], ["h1", "甲0", "铁通", 2.5], ["h1", None, "固网", 3]]
    path = workbook(tmp_path / "t.xlsx", 小区=units, 人员=people, 渠道=outlets, 营业厅=halls)
    said = refusal(path)
    for part in (
        "人员 row 2, force is 经理",
        "人员 row 2, knows is 丁",
        "人员 row 3 is s2; a seller needs a home_unit or units he knows",
        "人员 row 2, counter_share is 25",
        "渠道 row 2, unit_id is 丁",
        "渠道 row 3, seller_id is 王五",
        "渠道 row 3, mobile_sales_per_month is 约30",
        "营业厅 row 3, hall_id is h1, as in row 2",
        "营业厅 row 3, unit_id; it must name a unit",
        "营业厅 row 2, business is 铁通",
        "营业厅 row 2, clerks is 2.5",
    ):
        assert part in said, part
    assert said.count("\n") == 10
