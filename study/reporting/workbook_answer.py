"""The first sheet: the advice, and what every alternative brings, as a table and a chart of the program's own."""

from __future__ import annotations

from typing import Any

from study.presentation.language import Language
from study.presentation.verdict import difference, judge, kpi_name, kpi_unit, scale_of
from study.reporting.html import answers
from study.reporting.html.attainment import questions
from study.results.record import StudyRecord

WIDE, NARROW, LINE = 46, 24, 15.0
"""Widths of columns [characters] and height of a line [points]."""

FORM = "#,##0.0"


def write_answer(book: Any, record: StudyRecord, say: Language) -> None:
    """Write the sheet: three questions with their answers, then the alternatives against the plan."""
    sheet = book.add_worksheet(say("sheet.answer"))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 5, NARROW)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    title = record.scenario.title.say(say.code)
    sheet.write_string(0, 0, say("report.title"), book.add_format({"bold": True, "font_size": 16}))
    sheet.write_string(1, 0, say("report.lead", scenario=title, territory=record.territory.name))
    row = 2
    if record.territory.provenance.synthetic:
        sheet.write_string(row, 0, f"{say('synthetic_mark')}: {say('warning.synthetic')}")
        row += 1
    for answer in questions(record, say):
        sheet.set_row(row + 1, LINE * 4)
        sheet.write_string(row + 1, 0, answer.question, bold)
        sheet.merge_range(row + 1, 1, row + 1, 5, answer.headline, wrap)
        row += 1
    _alternatives(book, sheet, record, say, row + 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _alternatives(book: Any, sheet: Any, record: StudyRecord, say: Language, top: int) -> None:
    """Write the table of differences and its chart with intervals; nothing where nothing was compared."""
    kpi, scale = answers.MEASURE, scale_of(answers.MEASURE, say)
    gaps = [(s, difference(record.comparison, s.name, kpi)) for s in list(record.scenarios.values())[1:]]
    gaps = sorted([(s, gap) for s, gap in gaps if gap.known], key=lambda pair: -pair[1].mean)
    if not gaps:
        return
    unit = f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say, change=True)}]"
    form = book.add_format({"num_format": FORM})
    heads = (say("table.scenario"), unit, say("table.low"), say("table.high"), say("table.verdict"))
    rows = [
        [s.title.say(say.code), *(v / scale for v in (gap.mean, gap.low, gap.high)), say(f"verdict.{judge(kpi, gap)}")]
        for s, gap in gaps
    ]
    last = top + len(rows)
    columns = [{"header": head} | ({"format": form} if 1 <= n <= 3 else {}) for n, head in enumerate(heads)]
    sheet.add_table(top, 0, last, 4, {"name": "Alternatives", "data": rows, "columns": columns, "style": STYLE})
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": unit,
            "categories": [sheet.get_name(), top + 1, 0, last, 0],
            "values": [sheet.get_name(), top + 1, 1, last, 1],
            "fill": {"color": "#0072B2"},
            "gap": 60,
            "y_error_bars": {
                "type": "custom",
                "plus_values": [gap.high / scale - gap.mean / scale for _, gap in gaps],
                "minus_values": [gap.mean / scale - gap.low / scale for _, gap in gaps],
            },
        }
    )
    chart.set_title({"name": say("answer.chart", measure=unit), "name_font": {"size": 11, "bold": False}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}, "num_format": "#,##0"})
    chart.set_size({"width": 900, "height": 120 + 34 * len(rows)})
    sheet.insert_chart(last + 2, 0, chart, {"description": say("answer.chart", measure=unit)})


STYLE = "Table Style Light 9"
