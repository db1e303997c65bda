"""A table of units that stands alone, as a spreadsheet exports it, with neighbours in a column of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import load_territory
from scenarios.territory.tables.known_columns import OUTLETS, SELLERS, UNITS
from scenarios.territory.tables.references import References
from tests.scenarios.territory.makers import notes, pairs, refusal, workbook

ROWS = [
    ["id", "name", "lon", "lat", "population", "neighbours"],
    *([f"u{k}", f"Block {k}", f"{113.6 + k % 3 / 100:.4f}", f"{34.7 + k // 3 / 100:.4f}", "900", ""] for k in range(6)),
]


BLOCKS = {("u0", "u1"), ("u0", "u3"), ("u1", "u2"), ("u1", "u4"), ("u3", "u4"), ("u2", "u5"), ("u4", "u5")}
"""Who lies beside whom, two rows of three."""


def written(path: Path, rows: list[list[str]], mark: str = ",") -> Path:
    path.write_text("\n".join(mark.join(row) for row in rows), "utf-8")
    return path


def listing(told: dict[int, str]) -> list[list[str]]:
    return [ROWS[0], *([*row[:-1], told.get(k, "")] for k, row in enumerate(ROWS[1:]))]


@pytest.mark.parametrize(
    ("name", "mark"), [("city.csv", ","), ("city.csv", ";"), ("city.tsv", "\t"), ("city.txt", "\t")]
)
def test_a_file_of_units_is_a_territory(tmp_path: Path, name: str, mark: str) -> None:
    alone = load_territory(written(tmp_path / name, ROWS, mark), id="id")
    (tmp_path / "folder").mkdir()
    written(tmp_path / "folder" / "units.csv", ROWS, mark)
    beside = load_territory(tmp_path / "folder", id="id")
    assert alone.name == "city" and len(alone.units) == 6
    assert alone.units.equals(beside.units) and alone.edges.equals(beside.edges)


def test_units_among_other_tables_are_not_taken_without_them(tmp_path: Path) -> None:
    written(tmp_path / "units.csv", ROWS)
    (tmp_path / "adjacency.csv").write_text("a,b\nu0,u1\n")
    assert "Give the folder" in refusal(tmp_path / "units.csv", id="id")
    assert "adjacency.csv" in refusal(tmp_path / "units.csv", id="id")
    other = written(tmp_path / "city.csv", ROWS)  # has nothing to do with the tables beside it
    assert len(load_territory(other, id="id").units) == 6


def test_decimals_with_a_comma_are_read_where_nothing_else_can_be_meant(tmp_path: Path) -> None:
    comma = [[cell.replace(".", ",") for cell in row] for row in ROWS]
    read = load_territory(written(tmp_path / "comma.csv", comma, ";"), id="id")
    same = load_territory(written(tmp_path / "point.csv", ROWS, ";"), id="id")
    assert read.units.equals(same.units)
    assert "decimals are written with a comma (12 cells); read 113,6000 as 113.6000" in notes(read)


@pytest.mark.parametrize("population", ["1,250", "12.5"])
def test_commas_that_may_part_thousands_are_no_decimals(tmp_path: Path, population: str) -> None:
    rows = [ROWS[0], *([*row[:4], population, ""] for row in ROWS[1:])]
    read = load_territory(written(tmp_path / "t.csv", rows, ";"), id="id")
    assert set(read.units["population"]) == {float(population.replace(",", ""))}


def test_decimals_with_points_and_with_commas_in_one_file_are_refused(tmp_path: Path) -> None:
    rows = [ROWS[0], *([*row[:4], "1250,5", ""] for row in ROWS[1:])]
    assert "it must be a number" in refusal(written(tmp_path / "t.csv", rows, ";"), id="id")


def test_units_listed_with_commas_are_no_decimals(tmp_path: Path) -> None:
    rows = [["id", "x", "y", "note"], *([str(k), f"{k % 4},5", f"{k // 4},5", "7,12"] for k in range(1, 13))]
    written(tmp_path / "units.csv", rows, ";")
    written(tmp_path / "sellers.csv", [["seller_id", "force", "knows"], ["s1", "CM", "7,12"], ["s2", "GM", "3,4"]], ";")
    read = load_territory(tmp_path, id="id")
    assert read.sellers is not None
    assert [set(cell.split(";")) for cell in read.sellers["knows"]] == [{"7", "12"}, {"3", "4"}]
    assert read.units["x"].tolist()[0] == 1.5 and set(read.units["note"]) == {"7,12"}
    assert "units.csv: decimals are written with a comma (24 cells)" in notes(read)
    assert "sellers.csv: decimals" not in notes(read)


@pytest.mark.parametrize("point", ["-1234.5", "1234.5", "1,234.5"])
def test_one_point_anywhere_among_the_numbers_leaves_commas_open(tmp_path: Path, point: str) -> None:
    rows = [["id", "x", "y"], ["a", "1,5", "0"], ["b", point, "1"]]
    assert "it must be a number" in refusal(written(tmp_path / "t.csv", rows, ";"), id="id")


def test_a_column_lists_the_neighbours_of_each_unit(tmp_path: Path) -> None:
    told = {0: "Block 1、u3", 1: "u0 / u2 / Block 4", 3: "u4", 5: "u2; u4"}
    read = load_territory(written(tmp_path / "city.csv", listing(told)), id="id")
    assert pairs(read) == BLOCKS
    assert (
        "7 adjacencies were read from the column neighbours; 6 of them are listed by one of the two units only"
        in notes(read)
    )
    assert "neighbours" not in read.units.columns


def test_a_neighbour_that_is_no_unit_is_refused_with_its_row(tmp_path: Path) -> None:
    told = {0: "u1", 1: "u2", 2: "u5 u9", 3: "u0", 4: "u5"}
    message = refusal(written(tmp_path / "city.csv", listing(told)), id="id")
    assert "row 4" in message and "u9" in message and "an adjacency must join known units" in message


def test_what_is_surer_or_asked_for_comes_before_the_column(tmp_path: Path) -> None:
    rows = listing({0: "u5"})
    book = workbook(tmp_path / "t.xlsx", units=rows, adjacency=[["a", "b"], *sorted(BLOCKS)])
    assert pairs(load_territory(book, id="id")) == BLOCKS
    asked = load_territory(written(tmp_path / "city.csv", rows), id="id", adjacency="gabriel")
    assert pairs(asked) == BLOCKS


def test_codes_that_lost_their_leading_zeros_are_found() -> None:
    known = References(["0012", "0013", "0130", "130"])
    assert known.one("12") == "0012" and known.many("13、12") == (["0013", "0012"], [])
    assert known.one("130") == "130"
    assert References(["0012", "012"]).one("12") is None
    assert References(["12"]).one("0012") == "12"
    assert References(["0012", "u1"], ["a", "12"]).one("12") == "u1"


@pytest.mark.parametrize(
    ("kind", "name", "column"),
    [
        (UNITS, "No. of households", "households"),
        (UNITS, "Number of residents", "population"),
        (UNITS, "total population", "population"),
        (UNITS, "Avg income (CNY)", "income"),
        (UNITS, "平均收入", "income"),
        (UNITS, "Mobile subs", "mobile_subscribers"),
        (UNITS, "营销中心编码", "centre"),
        (OUTLETS, "所在小区编号", "unit_id"),
        (SELLERS, "负责小区名称", "knows"),
    ],
)
def test_a_usual_word_too_many_changes_no_meaning(kind, name: str, column: str) -> None:
    meaning = kind.meaning(name)
    assert meaning is not None and meaning.column == column


@pytest.mark.parametrize("name", ["total income", "average population", "人口编码", "avg households", "平均人口"])
def test_a_word_that_changes_the_meaning_is_kept(name: str) -> None:
    assert UNITS.meaning(name) is None


def test_broadband_is_told_beside_fixed_lines_that_are_made_up(tmp_path: Path) -> None:
    rows = [[*ROWS[0], "宽带用户"], *([*row, "120"] for row in ROWS[1:])]
    read = load_territory(written(tmp_path / "t.csv", rows), id="id")
    assert "looks like fixed_subscribers, which is missing and is generated" in notes(read)
