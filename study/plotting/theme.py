"""How every figure looks: palette, fonts with Chinese, and export to pictures that are the same byte for byte."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

FONT = Path(__file__).parent / "fonts" / "NotoSansSC-gb2312-subset.otf"
"""Noto Sans SC, the characters of GB 2312; licence beside it."""

INK, SOFT, FAINT, PAPER = "#1b1b1b", "#595959", "#c9c9c9", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#aa4488",
    "#56b4e9",
    "#b2182b",
    "#e69f00",
)
SERIES = (BLUE, ORANGE, "#00795a", PURPLE, "#7a5c00", RED, "#4d4d4d")
"""Lines, after Okabe & Ito's palette for readers who confuse red and green (2008), darkened where thin on white."""

AREAS = ("#a6cee3", "#fdd49e", "#b5dfc4", "#d9c3e3", "#f3e79b", "#e8b7b7", "#cfd8dc", "#9fc5b8")
"""Fills of neighbouring communities: light, so that lines and labels stay readable on them."""

PHASES = ("#e3e3e3", "#f8d592", "#8fc1e3", "#5aa883")
"""Before the merger, and phases in order: lightness differs as well as hue."""

BETTER, WORSE, UNSURE = "#00694d", "#a33b00", "#595959"
RASTER = 150
"""Dots per inch of what is drawn as pixels inside an SVG."""

SEQUENTIAL = "cividis"


@lru_cache(maxsize=1)
def family() -> tuple[str, ...]:
    """Register the shipped font and return the families to use, first choice first."""
    font_manager.fontManager.addfont(FONT)
    return (font_manager.FontProperties(fname=FONT).get_name(), "DejaVu Sans")


@contextmanager
def style() -> Iterator[None]:
    """Draw in the project's style, whatever the reader's own matplotlib settings are."""
    settings: Any = {
        "font.family": list(family()),
        "font.size": 9,
        "text.color": INK,
        "axes.edgecolor": SOFT,
        "axes.labelcolor": INK,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.titleweight": "normal",
        "axes.labelsize": 9,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": False,
        "axes.unicode_minus": True,
        "grid.color": "#e3e3e3",
        "grid.linewidth": 0.6,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "hatch.linewidth": 0.5,
        "text.parse_math": False,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure [inches] that lays itself out and belongs to no window."""
    return Figure(figsize=(width, height), layout="constrained")


def to_svg(figure: Figure, prefix: str = "f") -> str:
    """Return a figure as SVG text for a page: letters as outlines, ids that begin with ``prefix``, no date.

    Parameters
    ----------
    figure : Figure
    prefix : str
        Makes the ids of several figures on one page differ.
    """
    buffer = io.StringIO()
    with style(), mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "frontline-fusion", "path.simplify": True}):
        figure.set_dpi(RASTER)
        # `savefig` would draw everything once more beforehand, to lay out what the drawing itself lays out.
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = _numbered(text, prefix)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    return re.sub(r'\bd="[^"]*"', _shorter, text)


def _numbered(text: str, prefix: str) -> str:
    """Return SVG text whose ids are numbered as they come: those of clips hang on where in memory they lay."""
    order = dict.fromkeys(re.findall(r'\bid="([^"]*)"', text))
    names = {name: f"{prefix}-{number}" for number, name in enumerate(order, start=1)}
    text = re.sub(r'\bid="([^"]*)"', lambda m: f'id="{names[m.group(1)]}"', text)
    text = re.sub(r'href="#([^"]*)"', lambda m: f'href="#{names[m.group(1)]}"', text)
    return re.sub(r"url\(#([^)]*)\)", lambda m: f"url(#{names[m.group(1)]})", text)


def _shorter(path: re.Match[str]) -> str:
    """Return an outline to a hundredth of a point: what nobody can see need not be sent."""
    return re.sub(r"(\d\.\d{2})\d+", r"\1", path.group())


def to_png(figure: Figure, dpi: int = 150) -> bytes:
    """Return a figure as PNG, without date or program version."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
