"""The workbook: every table of a study as a formatted sheet, with names instead of ids and units in the headers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from foundation.atomic_files import atomic_path
from study.presentation.language import Language
from study.reporting import workbook_sheets as sheets
from study.reporting.html import tables
from study.reporting.workbook_answer import write_answer
from study.reporting.workbook_people import centre_sheets, people_sheet
from study.reporting.workbook_robust import robust_sheet
from study.reporting.workbook_sheets import MONEY, POINT, TENTH, WHOLE, Amount, Sheet
from study.results.record import StudyRecord

CREATED = datetime(2021, 12, 11, tzinfo=UTC).replace(tzinfo=None)
"""Written into the file instead of today, so that equal results are equal files; the first day of the plan (F10)."""

WIDEST, ROWS = 46, 1_048_575
LABELS, FACTS = 30, 100
"""Widths of the first sheet's columns [characters]."""

PLAIN_TABLE = "Table Style Light 1"

MAKERS: tuple[Callable[[StudyRecord, Language], Sheet | None], ...] = (
    *(
        sheets.attainment_sheet,
        people_sheet,
        sheets.targets_sheet,
        sheets.plan_sheet,
        sheets.scorecard_sheet,
        sheets.moves_sheet,
    ),
    *(robust_sheet, sheets.comparison_sheet, sheets.kpis_sheet, sheets.measures_sheet, sheets.sensitivity_sheet),
    *(sheets.assumptions_sheet, sheets.warnings_sheet),
)

LINE, BUTTON, BOLD = 15.0, 2.5, 1.1
"""Height of a line [points]; width of a filter's button [characters]; width of bold letters against others."""


def write_workbook(record: StudyRecord, path: Path | str, language: str = "en") -> Path:
    """Write the workbook, whole or not at all.

    Parameters
    ----------
    record : StudyRecord
    path : Path or str
        Ends in ``.xlsx``.
    language : {"en", "zh"}
        Of sheet names and headers.

    Raises
    ------
    OSError
        The file cannot be written; one that is there stays whole.
    """
    say = Language(language)
    with atomic_path(path) as draft:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(draft, {**options, "nan_inf_to_errors": False}) as book:
            book.set_properties({"title": say("report.title"), "subject": record.territory.name, "created": CREATED})
            write_answer(book, record, say)
            for sheet in _sheets(record, say):
                write_sheet(book, sheet)
            _about(book, record, say)
    return Path(path)


def _sheets(record: StudyRecord, say: Language) -> list[Sheet]:
    """Return every table, first what is handed on, last what it rests on; one sheet a centre stands at the end."""
    made = [sheet for sheet in (make(record, say) for make in MAKERS) if sheet is not None]
    taken = {sheet.name.lower() for sheet in made} | {say(f"sheet.{n}").lower() for n in ("about", "answer")}
    return [*made, *centre_sheets(record, say, taken)]


def _about(book: Any, record: StudyRecord, say: Language) -> None:
    """Write the last sheet: how this was made, with digests, and how to read it."""
    sheet = book.add_worksheet(say("sheet.about"))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, LABELS)
    sheet.set_column(1, 1, FACTS)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, say("report.title"), book.add_format({"bold": True, "font_size": 16}))
    sheet.write_string(
        1, 0, say("report.lead", scenario=record.scenario.title.say(say.code), territory=record.territory.name)
    )
    lines: list[tuple[str, str]] = []
    if record.territory.provenance.synthetic:
        lines.append((say("synthetic_mark"), say("warning.synthetic")))
    made = tables.run(record, say)
    lines += [(say("run.command"), made["command"]), *made["facts"], *made["hashes"]]
    lines.append(
        (say("sheet.comparison"), say("report.reading", confidence=say.percent(record.scenario.study.confidence, 0)))
    )
    for row, (label, text) in enumerate(lines, start=3):
        sheet.set_row(row, LINE * max(_lines(label, LABELS), _lines(str(text), FACTS)))
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, str(text), wrap)
    _lay_out(sheet)


def write_sheet(book: Any, content: Sheet) -> None:
    """Write one sheet: header in bold and frozen, filter, widths, numbers as numbers, text never as a formula."""
    sheet = book.add_worksheet(content.name)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#E8EEF2"})
    forms = [None if c.form is None else book.add_format({"num_format": c.form}) for c in content.columns]
    tall = 1
    for at, column in enumerate(content.columns):
        sheet.write_string(0, at, column.header, head)
        texts = [str(row[at]) for row in content.rows[:500]] if column.form is None else []
        width = min(WIDEST, max([_wide(column.header) * 0.7, 10.0, *(_wide(t) for t in texts)]) + 2)
        sheet.set_column(at, at, width)
        tall = max(tall, _lines(column.header, width - BUTTON))
    sheet.set_row(0, LINE * tall)  # not every program makes room for what wraps
    own = {form: book.add_format({"num_format": form}) for form in (WHOLE, TENTH, MONEY, POINT)}
    for down, row in enumerate(content.rows[:ROWS], start=1):
        for at, (cell, usual) in enumerate(zip(row, forms, strict=True)):
            value, form = (cell.value, own[cell.form]) if isinstance(cell, Amount) else (cell, usual)
            if form is None:
                sheet.write_string(down, at, "" if value is None else str(value))
            elif isinstance(value, int | float | np.number) and math.isfinite(float(value)):
                sheet.write_number(down, at, float(value), form)
    sheet.freeze_panes(1, 1)
    last = min(max(len(content.rows), 1), ROWS)
    heads = [{"header": c.header, "header_format": head} for c in content.columns]
    sheet.add_table(0, 0, last, len(heads) - 1, {"name": content.table, "columns": heads, "style": PLAIN_TABLE})
    sheet.repeat_rows(0)
    _lay_out(sheet)


def _lay_out(sheet: Any) -> None:
    """Print across A4, one page wide."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column so many characters wide, bold letters being wider."""
    room = max(width / BOLD, 1.0)
    lines, left = 1, room
    for word in re.findall(r"[^\s\u2e80-\uffff]+\s*|[\u2e80-\uffff]\s*", text):
        wide = _wide(word.rstrip())
        if wide > left and left < room:
            lines, left = lines + 1, room
        lines += max(math.ceil(wide / room) - 1, 0)
        left -= _wide(word) if wide <= room else wide % room
    return lines


def _wide(text: str) -> float:
    """Return how wide a text is [characters], a Chinese one counting two.

    `Worksheet.autofit` of xlsxwriter takes a Chinese character for as wide as a letter (8 pixels; Excel draws 15), a
    number for as wide as all its digits, whatever its format shows of them, and a header for one line.
    """
    return sum(2.0 if ord(c) > 0x2E7F else 1.0 for c in text)
