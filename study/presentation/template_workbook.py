"""An empty workbook for a user's own territory: a sheet for each table, every column with its meaning."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter

from study.presentation.language import Language

COLUMNS: dict[str, tuple[str, ...]] = {
    "units": (
        *("unit_id", "name", "centre", "community", "lon", "lat", "population", "households", "income"),
        *("enterprises", "fixed_subscribers", "mobile_subscribers"),
    ),
    "sellers": ("seller_id", "name", "force", "home_unit", "knows", "counter_share"),
    "outlets": ("outlet_id", "name", "unit_id", "seller_id", "mobile_sales_per_month"),
    "halls": ("hall_id", "name", "unit_id", "business", "clerks"),
    "adjacency": ("a", "b"),
}
"""Sheets in the order in which people fill them in, and their columns."""

NEEDED = {
    "units": ("unit_id", "lon", "lat", "population"),
    "sellers": ("seller_id", "force", "knows"),
    "outlets": ("outlet_id", "unit_id"),
    "halls": ("hall_id", "unit_id", "business"),
    "adjacency": ("a", "b"),
}
"""Columns that a sheet is of no use without; the others may stay empty or be deleted."""

MADE = datetime(2000, 1, 1)


def template_workbook(say: Language) -> bytes:
    """Return the workbook: a sheet that explains, and an empty one for each table, headed in the reader's language."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"title": say("template.title"), "created": MADE})
    head = book.add_format({"bold": True, "bottom": 1})
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#fff2cc"})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    guide = book.add_worksheet(say("template.sheet.guide"))
    sheets = {table: book.add_worksheet(say(f"template.sheet.{table}")) for table in COLUMNS}
    guide.set_column(0, 1, 18)
    guide.set_column(2, 2, 90, words)
    guide.write_row(
        0, 0, [say("template.guide.sheet"), say("template.guide.column"), say("template.guide.meaning")], head
    )
    row = 1
    for table, columns in COLUMNS.items():
        guide.write_row(row, 0, [say(f"template.sheet.{table}"), "", say(f"template.about.{table}")])
        row += 1
        for place, column in enumerate(columns):
            name, meaning = heading(table, column, say), say(f"template.column.{table}.{column}")
            is_needed = column in NEEDED[table]
            guide.write_row(row, 0, ["", name, meaning if not is_needed else f"{say('template.needed')}{meaning}"])
            sheets[table].write(0, place, name, needed if is_needed else head)
            sheets[table].write_comment(0, place, meaning, {"x_scale": 2})
            row += 1
        sheets[table].set_column(0, len(columns) - 1, 16)
        sheets[table].freeze_panes(1, 0)
    sheets["units"].activate()
    book.close()
    return held.getvalue()


def heading(table: str, column: str, say: Language) -> str:
    """Return how a column is headed: by its own name in English, by what offices call it in Chinese."""
    known = f"template.head.{table}.{column}"
    return say(known) if say.has(known) else column
