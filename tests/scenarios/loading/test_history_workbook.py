"""Histories in Excel: dates as Excel writes them, Chinese names, titles and totals, formulas without results."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scenarios import InputError, load_scenario, load_territory
from scenarios.loading.history import is_history, load_history
from study.cli import main
from tests.scenarios.territory.makers import notes, workbook

PLAN = load_scenario("plan")
DAYS = [dt.date(2021, 12, day) for day in (13, 14, 15)]
CSV = "date,kpi,business,value\n" + "".join(f"{d},sales,mobile,{300 + d.day}\n{d},sales,fixed,1020\n" for d in DAYS)


def history_of(csv: str, folder: Path) -> pd.DataFrame:
    path = folder / "same.csv"
    path.write_text(csv, encoding="utf-8")
    return load_history(path, PLAN).table


def chinese(days: list[Any]) -> list[list[Any]]:
    rows: list[list[Any]] = [["2021年12月业绩"], ["日期", "指标", "业务", "数值", "备注"]]
    for given, day in zip(days, DAYS, strict=True):
        rows += [[given, "发展用户", "移网", 300 + day.day, None], [given, "发展用户", "固网", "1,020", "补"]]
    return [*rows, ["合计", None, None, 4002]]


@pytest.mark.parametrize(
    "days",
    [
        [dt.datetime(2021, 12, 13), dt.datetime(2021, 12, 14), dt.datetime(2021, 12, 15)],
        DAYS,
        ["2021/12/13", "2021年12月14日", "2021-12-15"],
        [44543, 44544, 44545],  # 1 January 1900 is Excel's day 1, and it believes in 29 February 1900
    ],
    ids=["dates with a time", "dates", "texts", "numbers"],
)
def test_a_workbook_says_the_same_as_csv(tmp_path: Path, days: list[Any]) -> None:
    path = workbook(tmp_path / "h.xlsx", 说明=[["由市场部提供"]], 历史=chinese(days))
    found = load_history(path, PLAN)
    pd.testing.assert_frame_equal(found.table, history_of(CSV, tmp_path))
    assert is_history(path)
    assert any("read 日期 as date" in note and "移网 as mobile" in note for note in found.notes)
    assert any("holds totals" in note for note in found.notes)


def test_months_that_excel_took_for_their_first_day_are_months(tmp_path: Path) -> None:
    rows = [
        ["月份", "指标", "业务", "数值"],
        [dt.datetime(2021, 12, 1), "sales", "合计", 5],
        ["2022年1月", "sales", "all", 6],
    ]
    table = load_history(workbook(tmp_path / "h.xlsx", Sheet1=rows), PLAN).table
    assert [str(day) for day in table["end"]] == ["2021-12-31", "2022-01-31"]


def test_a_formula_without_a_result_is_named_once(tmp_path: Path) -> None:
    rows = chinese(DAYS)
    rows[2][3] = rows[3][3] = "=1+2"
    with pytest.raises(InputError) as stopped:
        load_history(workbook(tmp_path / "h.xlsx", history=rows), PLAN)
    assert str(stopped.value).startswith("h.xlsx sheet history rows 3-4, 数值 is =1+2; it is a formula")
    assert len(stopped.value.problems) == 1


def test_which_sheet_is_meant_has_to_be_clear(tmp_path: Path) -> None:
    both = workbook(tmp_path / "b.xlsx", 一月=chinese(DAYS), 二月=chinese(DAYS))
    with pytest.raises(InputError, match=r"一月, 二月; each of these sheets may be the history\. Name the sheet"):
        load_history(both, PLAN)
    none = workbook(tmp_path / "n.xlsx", 甲=[["a", "b"], [1, 2]], 乙=[["c", "d"], [1, 2]])
    with pytest.raises(InputError, match="no sheet called history or 历史"):
        load_history(none, PLAN)


def test_beside_a_territory_it_is_left_to_the_calibration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    units = [["小区编码", "人口数", "x坐标", "y坐标"], *([f"u{i}", 3000 + i, i, i % 2] for i in range(5))]
    path = workbook(tmp_path / "t.xlsx", 小区=units, 历史=chinese(DAYS))
    territory = load_territory(path)
    assert "the sheet 历史 is a history, which fusion calibrate reads" in notes(territory)
    assert not is_history(path)
    assert len(load_history(path, PLAN).table) == 6
    alone = workbook(tmp_path / "h.xlsx", 历史=chinese(DAYS))
    assert main(["validate", str(path), str(alone)]) == 0
    assert "warning: h.xlsx sheet 历史: read 日期 as date" in capsys.readouterr().err
