"""Names that stand once for several rows, neighbours that stand in one cell, and what is said where rows lack one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scenarios import load_territory
from tests.scenarios.territory.makers import notes, pairs, refusal, rook_pairs, workbook

HEAD = ["营销中心", "所属社区", "小区编码", "小区名称", "人口数", "x坐标", "y坐标"]
EDGES = [["a", "b"], *([f"u{i}0", f"u{i + 1}0"] for i in range(7))]
CENTRES = ["城东"] * 4 + ["城西"] * 4
COMMUNITIES = ["一社区"] * 2 + ["二社区"] * 2 + ["一社区"] * 2 + ["二社区"] * 2


def rows(centres: list[Any], communities: list[Any]) -> list[list[Any]]:
    units = [[f"u{i}0", f"和平小区{i}", 3000 + i, i, 0] for i in range(8)]
    return [HEAD, *([c, m, *unit] for c, m, unit in zip(centres, communities, units, strict=True))]


def once(names: list[str], mark: Any = None) -> list[Any]:
    """Return names with a mark wherever the row above has the same."""
    return [mark if k and names[k - 1] == name else name for k, name in enumerate(names)]


@pytest.mark.parametrize("mark", [None, "〃", "同上"])
def test_a_name_stands_for_the_rows_below_it(tmp_path: Path, mark: Any) -> None:
    given = rows(once(CENTRES, mark), once(COMMUNITIES, mark))
    territory = load_territory(workbook(tmp_path / "t.xlsx", units=given, adjacency=EDGES))
    assert territory.units["centre"].tolist() == CENTRES
    assert territory.units["community"].tolist() == COMMUNITIES
    said = notes(territory)
    assert (
        "营销中心 stands once for several rows; 6 cells" in said and "所属社区 stands once for several rows; 4" in said
    )


def test_the_same_is_read_of_csv(tmp_path: Path) -> None:
    lines = [",".join("" if c is None else str(c) for c in row) for row in rows(once(CENTRES), once(COMMUNITIES))]
    (tmp_path / "units.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert load_territory(tmp_path).units["centre"].tolist() == CENTRES


@pytest.mark.parametrize(
    ("centres", "where"),
    [
        ([*CENTRES[:2], None, *CENTRES[3:]], "row 4, centre"),
        ([None, *once(CENTRES)[:-1]], "rows 2, 4-6, 8-9, centre"),
        (["城东", None, "城西", None, "城东", None, None, None], "rows 3, 5, 7-9, centre"),
    ],
    ids=["a name is lacking", "the first row has none", "a name stands twice"],
)
def test_what_is_no_group_is_refused_in_one_message_with_its_rows(
    tmp_path: Path, centres: list[Any], where: str
) -> None:
    said = refusal(workbook(tmp_path / "t.xlsx", units=rows(centres, COMMUNITIES), adjacency=EDGES))
    assert said.count("\n") == 0
    assert f"{where} is empty; every unit needs a centre when others have one." in said


def test_formulas_without_results_are_one_message_a_column(tmp_path: Path) -> None:
    given = rows(CENTRES, COMMUNITIES)
    for row in given[1:]:
        row[4] = "=500*2"
    said = refusal(workbook(tmp_path / "t.xlsx", units=given, adjacency=EDGES))
    assert said.splitlines()[0].startswith("t.xlsx sheet units rows 2-9, population is =500*2; it is a formula")
    assert said.count("it is a formula") == 1


def test_a_cell_may_list_neighbours_and_a_blank_one_mean_the_unit_above(tmp_path: Path) -> None:
    listed = [
        ["序号", "小区", "相邻小区"],
        [1, "和平小区1", "和平小区0、和平小区2"],
        [2, "u30", "u20"],
        [3, None, "u40"],
    ]
    listed += [[4, "u60", "u50；u70"], [5, "u50", "u40"]]
    path = workbook(tmp_path / "t.xlsx", units=rows(CENTRES, COMMUNITIES), 邻接=listed)
    territory = load_territory(path)
    assert pairs(territory) == rook_pairs(8, 1)
    assert "the one above (1 row)" in notes(territory) and "an adjacency with each (2 cells)" in notes(territory)


def test_a_neighbour_that_is_not_known_is_named_with_its_row(tmp_path: Path) -> None:
    listed = [["小区", "相邻小区"], ["u10", "u00、u90"], [None, "u20"]]
    said = refusal(workbook(tmp_path / "t.xlsx", units=rows(CENTRES, COMMUNITIES), 邻接=listed))
    assert "row 2 is u00、u90; an adjacency must join known units" in said
