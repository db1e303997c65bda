"""Tables as an office keeps them: titles, totals, merged cells, numbers with units, names instead of ids."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import load_territory
from scenarios.loading.territory_account import account_of
from scenarios.territory.tables.known_columns import SELLERS, UNITS
from scenarios.territory.tables.references import References
from scenarios.territory.tables.written_numbers import written_number
from tests.scenarios.territory.makers import notes, pairs, refusal, rook_pairs, workbook
from tests.sizes import size

HEAD = ["小区编码", "小区名称", "营销中心", "人口数", "x坐标", "y坐标"]
UNITS_3 = [[f"u{i}0", f"和平小区{i}", "城东" if i < 2 else "城西", 3000 + i, i, 0] for i in range(4)]
EDGES_3 = [["a", "b"], *([f"u{i}0", f"u{i + 1}0"] for i in range(3))]


def people(territory) -> list[int]:
    return territory.units["population"].tolist()


def test_titles_above_and_totals_and_remarks_below_are_no_records(tmp_path: Path) -> None:
    rows = [["2021年小区清单"], ["填表人：张三", None, None, "单位：人"], HEAD, *UNITS_3]
    rows += [["合计", None, None, 12006], ["注：数据截至2021年12月"], ["制表人：李四", None, "2022-01-01"]]
    territory = load_territory(workbook(tmp_path / "t.xlsx", 小区清单=rows, 邻接=[["相邻小区"], *EDGES_3]))
    assert people(territory) == [3000, 3001, 3002, 3003]
    assert pairs(territory) == rook_pairs(4, 1)
    assert "the header is row 3" in notes(territory) and "holds totals" in notes(territory)


def test_a_subtotal_after_each_group_is_left_out_of_csv_too(tmp_path: Path) -> None:
    rows = ["区域清单,,,,,", ",".join(HEAD)]
    for group in (UNITS_3[:2], UNITS_3[2:]):
        rows += [",".join(map(str, row)) for row in group]
        rows.append(f"城区小计,,,{sum(r[3] for r in group)},,")
    (tmp_path / "units.csv").write_text("\n".join(rows) + "\n", encoding="gb18030")
    territory = load_territory(tmp_path)
    assert people(territory) == [3000, 3001, 3002, 3003]


def test_a_unit_that_is_the_sum_of_all_others_is_refused(tmp_path: Path) -> None:
    rows = [HEAD, *UNITS_3, ["u40", "全市", "城西", 12006, 5, 0]]
    assert "are the sums of all other units" in refusal(workbook(tmp_path / "t.xlsx", units=rows))


def test_merged_cells_stand_for_each_of_their_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", units=[HEAD, *UNITS_3], adjacency=EDGES_3)
    book = openpyxl.load_workbook(path)
    book["units"].merge_cells("C2:C3")
    book["units"].merge_cells("C4:C5")
    book.save(path)
    assert load_territory(path).units["centre"].tolist() == ["城东", "城东", "城西", "城西"]
    book["units"].merge_cells("D2:D3")
    book.save(path)
    said = refusal(path)
    assert "units row 3, population is 3000; it is one number for several rows" in said


def test_a_header_of_two_rows_is_its_second_one(tmp_path: Path) -> None:
    rows = [["小区编码", "小区名称", "营销中心", "规模", None, "x坐标", "y坐标"]]
    rows += [[None, None, None, "人口数", "户数", None, None]]
    rows += [[*row[:4], 1000, *row[4:]] for row in UNITS_3]
    path = workbook(tmp_path / "t.xlsx", units=rows, adjacency=EDGES_3)
    book = openpyxl.load_workbook(path)
    for ref in ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2", "G1:G2"):
        book["units"].merge_cells(ref)
    book.save(path)
    territory = load_territory(path)
    assert people(territory) == [3000, 3001, 3002, 3003]
    assert territory.units["households"].tolist() == [1000] * 4


def test_a_formula_without_a_stored_result_is_the_cause_that_is_named(tmp_path: Path) -> None:
    rows = [HEAD, *([*row[:3], "=500*2", *row[4:]] for row in UNITS_3)]
    said = refusal(workbook(tmp_path / "t.xlsx", units=rows, adjacency=EDGES_3))
    assert "rows 2-5, population is =500*2; it is a formula whose result is not stored" in said
    assert "Open the file in Excel and save it" in said


@pytest.mark.parametrize(
    ("written", "meant"),
    [("3,250", 3250), ("4250人", 4250), ("1.2万", 12_000), ("1.2 万人", 12_000), ("３２５０", 3250), ("3，250", 3250),
     ("12,345,678", 12_345_678), ("0.5千户", 500), ("3 250", None), ("12,34", None), ("约3000", None), ("3-4", None)],
)  # fmt: skip
def test_numbers_as_people_write_them(written: str, meant: float | None) -> None:
    assert written_number(written) == meant


def test_written_numbers_are_read_in_every_table_and_doubtful_ones_are_not(tmp_path: Path) -> None:
    rows = [HEAD, *UNITS_3]
    rows[1] = ["u00", "和平小区0", "城东", "1.2万", 0, 0]
    rows[2] = ["u10", "和平小区1", "城东", "3,001", 1, 0]
    outlets = [["渠道编码", "所在小区", "月均发展量"], ["o1", "u00", "1,200"], ["o2", "u10", "30户"]]
    halls = [["营业厅编码", "所在小区", "原属业务", "营业员数"], ["h1", "u00", "固网", "12人"]]
    territory = load_territory(workbook(tmp_path / "t.xlsx", units=rows, adjacency=EDGES_3, 渠道=outlets, 营业厅=halls))
    assert people(territory) == [12_000, 3001, 3002, 3003]
    assert territory.outlets["mobile_sales_per_month"].tolist() == [1200, 30]
    assert territory.halls["clerks"].tolist() == [12]
    rows[1][3] = "约3000"
    assert "population is 约3000; it must be a number" in refusal(workbook(tmp_path / "u.xlsx", units=rows))


def test_a_unit_in_the_name_of_a_column_multiplies(tmp_path: Path) -> None:
    head = ["小区编码", "小区名称", "营销中心", "常住人口（万人）", "x坐标", "y坐标"]
    rows = [head, *([*row[:3], 0.3 + 0.1 * i, *row[4:]] for i, row in enumerate(UNITS_3))]
    assert people(load_territory(workbook(tmp_path / "t.xlsx", units=rows))) == [3000, 4000, 5000, 6000]


@pytest.mark.parametrize(
    ("name", "column"),
    [("住户数", "households"), ("月均发展量", None), ("总人口(2021年)", "population"), ("常住人口_2020", "population"),
     ("*小区编码", "unit_id"), ("Population", "population"), ("G网用户数", "mobile_subscribers"),
     ("固网用户（户）", "fixed_subscribers"), ("所属营销中心", "centre"), ("面积（公顷）", "area_km2"), ("备注", None)],
)  # fmt: skip
def test_names_of_columns_are_understood(name: str, column: str | None) -> None:
    found = UNITS.meaning(name)
    assert (found.column if found else None) == column


def test_an_unread_column_that_looks_like_a_missing_one_is_a_loud_warning(tmp_path: Path) -> None:
    head = [*HEAD, "本地住户规模数", "楼栋数"]
    rows = [head, *([*row, 1000, 20] for row in UNITS_3)]
    path = workbook(tmp_path / "t.xlsx", units=rows, adjacency=EDGES_3)
    territory = load_territory(path)
    said = [n for n in territory.provenance.notes if "was not read" in n]
    assert len(said) == 1 and "--rename 本地住户规模数=households" in said[0]
    near = {e.item: e.near for e in territory.provenance.account if e.status == "not read"}
    assert near == {"本地住户规模数": "households", "楼栋数": ""}
    read = load_territory(path, rename={"本地住户规模数": "households"})
    assert read.units["households"].tolist() == [1000] * 4


def test_every_column_of_every_sheet_is_accounted_for(tmp_path: Path) -> None:
    sellers = [["序号", "工号", "岗位", "负责小区"], [1, "s1", "社区经理", "和平小区0"]]
    path = workbook(tmp_path / "t.xlsx", 小区=[HEAD, *UNITS_3], 人员=sellers, 其他=[["甲", "乙"], [1, 2]])
    entries = account_of(load_territory(path))
    items = [(e.table, e.item) for e in entries]
    assert {("units", name) for name in HEAD} <= set(items)
    assert {("sellers", name) for name in sellers[0]} <= set(items)
    assert ("", "其他") in items
    status = {(e.table, e.item): e.status for e in entries}
    assert status["sellers", "序号"] == "not read" and status["adjacency", ""] == "derived"
    assert status["outlets", ""] == status["units", "households"] == "generated"


def test_columns_of_a_file_map_the_rest(tmp_path: Path) -> None:
    rows = [["鍵", "所", *HEAD[3:]], *([row[0], row[1], *row[3:]] for row in UNITS_3)]
    outlets = [["店号", "所在小区", "每月卖出"], ["o1", "u00", 30]]
    path = workbook(tmp_path / "t.xlsx", units=rows, outlets=outlets)
    (tmp_path / "columns.csv").write_text(
        "table,column,meaning\n,鍵,unit_id\n所,name\noutlets,店号,outlet_id\noutlets,每月卖出,mobile_sales_per_month\n"
        .replace("\n,鍵,", "\nunits,鍵,"),
        encoding="utf-8",
    )  # fmt: skip
    territory = load_territory(path, columns=tmp_path / "columns.csv")
    assert territory.units["name"].tolist() == [row[1] for row in UNITS_3]
    assert territory.outlets["mobile_sales_per_month"].tolist() == [30]
    (tmp_path / "bad.csv").write_text("a\n", encoding="utf-8")
    assert "bad.csv row 1" in refusal(path, columns=tmp_path / "bad.csv")


@pytest.mark.parametrize("mark", ["、", "；", ";", ",", "，", " ", "/", "|", "\n", " + ", "&", "和", "·", "\t", "、 "])
def test_units_of_a_seller_may_be_separated_by_anything(tmp_path: Path, mark: str) -> None:
    sellers = [["工号", "岗位", "负责小区"], ["s1", "社区经理", mark.join(["和平小区0", "u20", "和平小区3"])]]
    path = workbook(tmp_path / "t.xlsx", units=[HEAD, *UNITS_3], adjacency=EDGES_3, sellers=sellers)
    assert load_territory(path).sellers["knows"].tolist() == ["u00;u20;u30"]


def test_a_range_and_a_shared_name_are_refused_with_their_cause(tmp_path: Path) -> None:
    rows = [list(row) for row in UNITS_3]
    rows[3][1] = "和平小区0"
    sellers = [["工号", "岗位", "负责小区"], ["s1", "社区经理", "u00-u30"], ["s2", "网格经理", "和平小区0"]]
    said = refusal(workbook(tmp_path / "t.xlsx", units=[HEAD, *rows], adjacency=EDGES_3, sellers=sellers))
    assert "row 2, knows is u00-u30" in said
    assert "2 records have this name (u00, u30)" in said


def test_the_supporter_of_an_outlet_may_be_named_where_that_tells(tmp_path: Path) -> None:
    sellers = [
        ["工号", "姓名", "岗位", "负责小区"],
        ["s1", "王洋", "社区经理", "u00"],
        ["s2", "王洋", "网格经理", "u10"],
    ]
    sellers += [["s3", "陈伟", "网格经理", "u20"], ["s4", "陈伟", "网格经理", "u30"]]
    outlets = [["渠道编码", "所在小区", "负责人"], ["o1", "u00", "王洋"], ["o2", "u30", "陈伟"], ["o3", "u00", "陈伟"]]
    path = workbook(tmp_path / "t.xlsx", units=[HEAD, *UNITS_3], adjacency=EDGES_3, sellers=sellers, outlets=outlets)
    territory = load_territory(path)
    assert territory.outlets["seller_id"].tolist() == ["s2", "s4", ""]  # grid managers support outlets; the unit's own
    assert "share a name, so who supports 陈伟 (o3)" in notes(territory)


def test_sheets_are_known_by_name_or_columns_and_stated_where_two_may_be_meant(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Sheet1=[HEAD, *UNITS_3], 小区邻接表=EDGES_3)
    assert pairs(load_territory(path)) == rook_pairs(4, 1)
    path = workbook(tmp_path / "u.xlsx", 小区2021=[HEAD, *UNITS_3], 小区2022=[HEAD, *UNITS_3])
    assert "each of these sheets may be the table units" in refusal(path)
    assert len(load_territory(path, sheet={"units": "小区2022"})) == 4
    assert "has no sheet of this name; there are 小区2021, 小区2022" in refusal(path, sheet={"units": "小区"})


def test_ids_may_be_left_out_where_names_tell_units_apart(tmp_path: Path) -> None:
    rows = [row[1:] for row in [HEAD, *UNITS_3]]
    edges = [["小区A", "小区B"], *([f"和平小区{i}", f"和平小区{i + 1}"] for i in range(3))]
    territory = load_territory(workbook(tmp_path / "t.xlsx", 小区=rows, 邻接=edges))
    assert list(territory.unit_ids) == [f"和平小区{i}" for i in range(4)] and len(territory.edges) == 3


def test_adjacencies_without_a_header_keep_their_first_row(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", units=[HEAD, *UNITS_3], adjacency=EDGES_3[1:])
    assert pairs(load_territory(path)) == rook_pairs(4, 1)


def test_days_come_without_their_midnight(tmp_path: Path) -> None:
    rows = [[*HEAD, "入网日期"], *([*row, dt.datetime(2015, 3, 1)] for row in UNITS_3)]
    territory = load_territory(workbook(tmp_path / "t.xlsx", units=rows, adjacency=EDGES_3))
    assert set(territory.units["入网日期"]) == {"2015-03-01"}


names = st.lists(st.text("甲乙丙丁和平里小区1234ABu_", min_size=1, max_size=6), min_size=2, max_size=8, unique=True)


@given(names, st.sampled_from(["、", ";", "；", " ", "/", "|", "\n", "，"]), st.data())
@settings(max_examples=size(60, 150), deadline=None)
def test_whatever_is_joined_is_found_again(ids: list[str], mark: str, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=5))
    found, stray = References(ids).many(mark.join(chosen))
    assert (found, stray) == (chosen, [])


def test_every_known_name_means_its_own_column() -> None:
    for kind in (UNITS, SELLERS):
        assert all(kind.meaning(alias).column == column for alias, column in kind.aliases.items())
