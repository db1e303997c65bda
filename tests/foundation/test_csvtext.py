"""Text in CSV files: never a formula to a spreadsheet, and the same when it is read back."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.safe_csv import TRIGGERS, csv_text, defused, restored
from scenarios import generate_city, load_territory

EVIL = '=HYPERLINK("http://example.org","x")'


@given(st.text())
def test_what_is_written_is_what_is_read_and_begins_no_formula(text: str) -> None:
    assert restored(defused(text)) == text
    if defused(text).startswith(TRIGGERS):
        float(text)


@pytest.mark.parametrize("text", [EVIL, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_marked_in_cells_and_headers(text: str) -> None:
    table = pd.DataFrame({text: [text], "number": [-1.5], "written": ["-1.50"]})
    header, row = csv.reader(io.StringIO(csv_text(table), newline=""))
    assert header[0] == row[0] == "'" + text
    assert row[1:] == ["-1.5", "-1.50"]


def test_a_territory_with_a_formula_for_a_name_comes_back_as_it_was(tmp_path: Path) -> None:
    town = generate_city(units=12, centres=1, seed=1)
    evil = replace(town, units=town.units.assign(name=EVIL, community="@" + town.units["community"].astype(str)))
    text = (evil.save(tmp_path / "town") / "units.csv").read_text("utf-8")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert "'" + EVIL in cells and EVIL not in cells
    back = load_territory(tmp_path / "town")
    assert back.units["name"].tolist() == evil.units["name"].tolist()
    assert back.units["community"].tolist() == evil.units["community"].tolist()


def test_every_table_of_a_result_is_written_by_the_one_way_that_defuses_it() -> None:
    root = Path(__file__).resolve().parents[2]
    sources = [
        path
        for folder in ("foundation", "scenarios", "sim", "optimize", "study")
        for path in (root / folder).rglob("*.py")
    ]
    around = [str(p.relative_to(root)) for p in sources if re.search(r"write_\w+\(.*to_csv", p.read_text("utf-8"))]
    assert len(sources) > 150 and around == []
