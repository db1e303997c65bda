"""What a slide is made of: title, lines, table, chart, picture; equal slides are equal files."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from foundation.atomic_files import write_bytes
from study.plotting.theme import BLUE, INK, SOFT
from study.presentation.language import unbroken

WIDTH, HEIGHT, MARGIN, TOP = 13.333, 7.5, 0.6, 1.65
"""Of a slide, and where what it shows begins [inches]."""

FONT = {"en": "Calibri", "zh": "Microsoft YaHei"}
"""Fonts that come with the programs that open the file."""

LINE, HALF = 0.0185, 0.0077
"""Height of a line, and width of half a Chinese character (or a letter), of letters of one point [inches]."""

TITLES = ((24.0, 100), (20.0, 150), (16.0, 260), (13.0, 10**6))
"""Size of a title [points], and how wide it may be [letters] to stand on two lines."""

STAMP = (2021, 12, 11, 0, 0, 0)
"""Stands in the file for the time of writing, so that equal slides are equal files: the plan's first day (F10)."""

_TIMES = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_BLANK = 6

Box = tuple[float, float, float, float]
"""Left, top, width and height [inches]."""


class Deck:
    """Slides in one language, each with a finding for a title.

    Parameters
    ----------
    language : {"en", "zh"}
    footer : str
        Stands at the foot of every slide: what is studied, and what is made up.
    """

    def __init__(self, language: str, footer: str) -> None:
        self._file: Any = Presentation()
        self._file.slide_width, self._file.slide_height = Inches(WIDTH), Inches(HEIGHT)
        self._language, self._footer = language, footer
        self._slide: Any = None

    def slide(self, title: str, kicker: str = "") -> None:
        """Begin a slide: the finding in large letters, its subject in small ones above it."""
        self._slide = self._file.slides.add_slide(self._file.slide_layouts[_BLANK])
        self.text((MARGIN, 0.35, WIDTH - 2 * MARGIN, 0.3), [kicker], size=12, colour=BLUE)
        size = next(points for points, most in TITLES if _wide(title) <= most)
        self.text((MARGIN, 0.62, WIDTH - 2 * MARGIN, 1.0), [title], size=size, bold=True)
        number = str(len(self._file.slides))
        self.text((MARGIN, 7.08, WIDTH - 2 * MARGIN - 0.6, 0.3), [self._footer], size=9, colour=SOFT)
        self.text((WIDTH - MARGIN - 0.5, 7.08, 0.5, 0.3), [number], size=9, colour=SOFT, right=True)

    def text(
        self,
        box: Box,
        lines: Sequence[str],
        *,
        size: float = 16,
        colour: str = INK,
        bold: bool = False,
        right: bool = False,
        bullets: bool = False,
    ) -> None:
        """Write lines into a box, one paragraph each."""
        frame = self._slide.shapes.add_textbox(*(Inches(v) for v in box)).text_frame
        frame.word_wrap = True
        for at, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
            paragraph.space_after = Pt(size * 0.5)
            self._write(paragraph, f"•  {line}" if bullets else line, size, colour, bold)

    def picture(self, box: Box, png: bytes, description: str) -> None:
        """Show a picture as large as the box allows, in its middle, with words for who cannot see it."""
        shape = self._slide.shapes.add_picture(io.BytesIO(png), 0, 0)
        left, top, width, height = (Inches(v) for v in box)
        scale = min(width / shape.width, height / shape.height)
        shape.width, shape.height = Emu(int(shape.width * scale)), Emu(int(shape.height * scale))
        shape.left, shape.top = Emu(left + (width - shape.width) // 2), Emu(top + (height - shape.height) // 2)
        shape._element.nvPicPr.cNvPr.set("descr", description)

    def table(
        self, box: Box, head: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Sequence[float] = ()
    ) -> None:
        """Write a table of the program's own; leading columns may be given widths [inches], numbers stand right."""
        left, top, width, _ = box
        size = 14 if len(rows) <= 7 else 12 if len(rows) <= 10 else 10
        other = (width - sum(widths)) / max(len(head) - len(widths), 1)
        shape = self._slide.shapes.add_table(
            len(rows) + 1, len(head), Inches(left), Inches(top), Inches(width), Inches(0.32 * (len(rows) + 1))
        )
        grid = shape.table
        for at, column in enumerate(grid.columns):
            column.width = Inches(widths[at] if at < len(widths) else other)
        for down, row in enumerate([head, *rows]):
            lines = max(
                _lines(text, column.width / Inches(1), size) for text, column in zip(row, grid.columns, strict=True)
            )
            grid.rows[down].height = Inches(lines * size * LINE + 0.08)
            for at, text in enumerate(row):
                cell = grid.cell(down, at)
                cell.vertical_anchor = MSO_ANCHOR.MIDDLE
                cell.margin_top = cell.margin_bottom = Inches(0.03)
                paragraph = cell.text_frame.paragraphs[0]
                paragraph.alignment = PP_ALIGN.LEFT if at == 0 or not _number(text) else PP_ALIGN.RIGHT
                self._write(paragraph, text, size, "#ffffff" if down == 0 else INK, down == 0)
                cell.fill.solid()
                cell.fill.fore_color.rgb = _rgb(BLUE if down == 0 else "#ffffff" if down % 2 else "#eef3f7")

    def bars(
        self,
        box: Box,
        names: Sequence[str],
        series: Mapping[str, Sequence[float | None]],
        *,
        colours: Sequence[str | None],
        form: str = "General",
        stacked: bool = False,
    ) -> None:
        """Draw horizontal bars as a chart of the program's own, the first name on top; a colour of None is no bar."""
        data: Any = CategoryChartData(number_format=form)  # type: ignore[no-untyped-call]
        data.categories = list(names)
        for name, values in series.items():
            data.add_series(name, list(values))
        kind = XL_CHART_TYPE.BAR_STACKED if stacked else XL_CHART_TYPE.BAR_CLUSTERED
        chart = self._slide.shapes.add_chart(kind, *(Inches(v) for v in box), data).chart
        chart.font.size, chart.font.name = Pt(12), FONT[self._language]
        chart.font.color.rgb = _rgb(INK)
        chart.has_title = False
        chart.category_axis.reverse_order = True
        chart.category_axis.format.line.color.rgb = _rgb(SOFT)
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        chart.value_axis.visible = False  # every bar says its value
        chart.value_axis.has_major_gridlines = False
        plot = chart.plots[0]
        plot.gap_width, plot.overlap = 60, 100 if stacked else 0
        for bar, colour in zip(plot.series, colours, strict=True):
            bar.invert_if_negative = False
            labels = bar.data_labels
            labels.number_format, labels.number_format_is_linked = form if colour else ";;;", False
            labels.position = XL_LABEL_POSITION.CENTER if stacked else XL_LABEL_POSITION.OUTSIDE_END
            labels.show_value, labels.font.size = True, Pt(11)
            if colour is None:
                bar.format.fill.background()
            else:
                bar.format.fill.solid()
                bar.format.fill.fore_color.rgb = _rgb(colour)
        chart.has_legend = len(series) > 1
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False

    def save(self, path: Path | str, title: str) -> Path:
        """Write the file, whole or not at all, the same bytes for the same slides.

        Raises
        ------
        OSError
            The file cannot be written; one that is there stays whole.
        """
        about = self._file.core_properties
        about.title, about.author, about.last_modified_by, about.language = title, "", "", self._language
        draft = io.BytesIO()
        self._file.save(draft)
        return write_bytes(path, _stamped(draft.getvalue()))

    def _write(self, paragraph: Any, text: str, size: float, colour: str, bold: bool) -> None:
        run = paragraph.add_run()
        run.text = unbroken(text)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT[self._language]
        run.font.color.rgb = _rgb(colour)
        properties = run._r.get_or_add_rPr()
        properties.set("lang", {"en": "en-GB", "zh": "zh-CN"}[self._language])
        east = properties.makeelement(qn("a:ea"), {"typeface": FONT["zh"]})
        properties.append(east)


def _rgb(colour: str) -> Any:
    return RGBColor(*bytes.fromhex(colour.lstrip("#")))  # type: ignore[no-untyped-call]


def _number(text: str) -> bool:
    return bool(re.match(r"^[-+−±]?[¥$]?\s?[\d.,]", text)) and not re.search(r"[A-Za-z]{4,}", text)


def _lines(text: str, width: float, size: float) -> int:
    """Return how many lines a text takes in a cell so many inches wide: not every program makes room for what wraps."""
    return max(math.ceil(_wide(text) * size * HALF / max(width - 0.2, 0.1)), 1)


def _wide(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _stamped(data: bytes) -> bytes:
    """Return an Office file with one time in place of the present one, in the workbooks of its charts as well."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".xlsx"):
                content = _stamped(content)
            elif name.startswith("docProps/"):
                content = _TIMES.sub(b"2021-12-11T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, content)
    return made.getvalue()
