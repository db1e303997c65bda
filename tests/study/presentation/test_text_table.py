"""A table on a terminal has the same bytes as one that is padded cell by cell to the widths that rich measures."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from study.presentation.text_table import aligned

NUMBERS = ("+1.2", "−3 (−4 to −2)", "[1, 2]", "–", "100 %", "0.5")
TEXTS = ("", "a", "社区", "a b", "：x", "[red]x[/red]", ":smile:", "名 称", " 缩进", "a" * 300)
COLUMNS = st.one_of(
    *(st.lists(st.sampled_from(some), min_size=3, max_size=3) for some in (NUMBERS, TEXTS, NUMBERS + TEXTS))
)


def padded(table: pd.DataFrame) -> str:
    """Return the lines of a table whose cells are padded by hand."""
    columns = []
    for head in table:
        texts = [str(head), *table[head]]
        wide = max(cell_len(text) for text in texts)
        right = all(cell in NUMBERS for cell in table[head])
        columns.append([" " * (wide - cell_len(t)) + t if right else t + " " * (wide - cell_len(t)) for t in texts])
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


@given(st.lists(COLUMNS, min_size=1, max_size=6), st.sampled_from(["KPI", "指标", "×"]))
def test_a_table_is_padded_to_the_width_of_what_is_shown(columns: list[list[str]], name: str) -> None:
    table = pd.DataFrame({f"{name}{n}": cells for n, cells in enumerate(columns)})
    assert aligned(table) == padded(table)


def test_a_table_without_rows_is_its_head() -> None:
    assert aligned(pd.DataFrame({"名称": [], "a": []})) == "名称  a"
