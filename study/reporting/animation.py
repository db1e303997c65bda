"""A picture that moves: skill and subscribers spreading over the map, phase by phase."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from foundation.atomic_files import write_bytes
from optimize import place_sellers
from scenarios import Scenario, Targets, Territory
from scenarios.rules.workdays import working_days
from sim import Inputs
from sim.snapshots import Glimpse, watch
from study.evaluation.decisions import resolved, trainees_of
from study.plotting.map_layout import dissolve, outlines, points_of
from study.plotting.map_symbols import draw_scale_bar
from study.plotting.theme import FAINT, INK, PAPER, PHASES, SEQUENTIAL, SOFT, new_figure, style
from study.presentation.language import Language
from study.results.record import StudyRecord

EVERY = 5
"""Working days between two frames: a week."""

MILLISECONDS, LAST = 450, 3500
DPI = 96
SHADES, GREYS = 100, 40
"""Steps of each colour scale and of ink on paper: with the phases' colours they fill the 256 that a GIF can hold."""

NARROW = 0.12
"""Part of the picture's width below which a phase is named above its bar."""

GROWTH = "PuOr_r"


def write_spread(record: StudyRecord, path: Path | str, *, language: str = "en", every: int = EVERY) -> Path:
    """Write a GIF of the studied scenario's first replication, whole or not at all; same record, same bytes.

    Parameters
    ----------
    record : StudyRecord
    path : Path or str
        Ends in ``.gif``.
    language : {"en", "zh"}
    every : int
        Working days between two frames.

    Raises
    ------
    OSError
        The file cannot be written; one that is there stays whole.
    """
    frames = draw_frames(record, watched(record, every), Language(language))
    palette = _palette()
    shown = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    buffer = io.BytesIO()
    times = [*[MILLISECONDS] * (len(shown) - 1), LAST]
    shown[0].save(buffer, "GIF", save_all=True, append_images=shown[1:], duration=times, loop=0, optimize=False)
    return write_bytes(path, buffer.getvalue())


def watched(record: StudyRecord, every: int = EVERY) -> list[Glimpse]:
    """Return how things stand every so many working days in the first replication of the study, the last day included.

    It is simulated again as the study did: with its communities, places and targets, which effort follows.
    """
    scenario, territory = record.scenario, record.territory
    seed = int(record.run.get("seed", scenario.run.seed))
    placement = place_sellers(scenario, territory, record.plans)
    trained = resolved(scenario, trainees_of(scenario, territory, record.plans, placement, seed))
    targets = Targets(record.targets) if len(record.targets) else None
    world = Inputs(trained, territory, record.plans, placement.placements, targets).world()
    days = sorted({0, *range(every - 1, scenario.run.days, every), scenario.run.days - 1})
    return watch(world, seed, 0, days)


def draw_frames(record: StudyRecord, seen: Sequence[Glimpse], say: Language) -> list[Image.Image]:
    """Return a picture for each glimpse: skill on the left, growth on the right, the date and the phases below."""
    scenario, territory = record.scenario, record.territory
    people = (
        np.maximum(territory.attribute("population"), 1.0)
        if "population" in territory.units
        else np.full(len(territory), 1000.0)
    )
    growth = [glimpse.growth / people * 1000 for glimpse in seen]
    reach = max(float(np.nanquantile(np.abs(growth[-1]), 0.98)), 1e-9)
    days = working_days(scenario.calendar, scenario.run.days)
    names = [phase.title.say(say.code) for phase in scenario.phases]
    pictures = []
    with style():
        figure = new_figure(10.0, 6.0)
        grid = figure.add_gridspec(2, 2, height_ratios=[12, 1])
        left = _Layer(figure, figure.add_subplot(grid[0, 0]), territory, SEQUENTIAL, 0.0, 1.0, say("spread.skill"), say)
        right = _Layer(
            figure, figure.add_subplot(grid[0, 1]), territory, GROWTH, -reach, reach, say("spread.growth"), say
        )
        hand = _phases(figure.add_subplot(grid[1, :]), scenario, seen, names, say)
        heading = figure.suptitle("", x=0.01, ha="left", fontsize=13)
        runs = int(record.replications["replication"].nunique()) if len(record.replications) else 1
        words = [say("spread.note", count=say.number(runs))]
        if territory.provenance.synthetic:
            words.insert(0, say("synthetic_mark"))
        figure.text(0.99, 0.985, " · ".join(words), ha="right", va="top", fontsize=8, color=SOFT)
        for glimpse, grown in zip(seen, growth, strict=True):
            phase = names[glimpse.phase] if glimpse.phase >= 0 else say("spread.before")
            heading.set_text(say("spread.frame", day=say.day(days[glimpse.day]), phase=phase))
            left.show(glimpse.skill)
            right.show(grown)
            hand.set_x(glimpse.day)
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=DPI)
            pictures.append(Image.open(buffer).convert("RGB"))
    return pictures


def _palette() -> Image.Image:
    """Return the colours that all frames share: every step of both scales, the phases, and greys for text."""
    scales = [mpl.colormaps[name].resampled(SHADES)(np.arange(SHADES))[:, :3] for name in (SEQUENTIAL, GROWTH)]
    greys = np.linspace(mpl.colors.to_rgb(INK), mpl.colors.to_rgb(PAPER), GREYS)
    others = [mpl.colors.to_rgb(colour) for colour in (*PHASES, FAINT, SOFT)]
    colours = np.rint(np.concatenate([*scales, greys, others]) * 255).astype(np.uint8)
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.tobytes())
    return palette


class _Layer:
    """One map whose colours change."""

    def __init__(
        self,
        figure: Figure,
        axes: Axes,
        territory: Territory,
        shades: str,
        low: float,
        high: float,
        title: str,
        say: Language,
    ) -> None:
        self.shades = mpl.colormaps[shades].resampled(SHADES)
        self.norm = mpl.colors.Normalize(low, high)
        points = points_of(territory)
        self.marks: Any
        if territory.geometry is None:
            self.marks = axes.scatter(points[:, 0], points[:, 1], s=float(np.clip(12000 / len(points), 6, 90)))
        else:
            self.marks = PathCollection(outlines(territory.geometry), linewidths=0)
            axes.add_collection(self.marks)
            if "centre" in territory.units:
                shapes = dissolve(territory, territory.units["centre"].astype(str).to_numpy(dtype=object))
                axes.add_collection(PathCollection(outlines(shapes), facecolors="none", edgecolors=INK, linewidths=1.0))
        axes.set_aspect("equal")
        axes.autoscale_view()
        axes.margins(0.02)
        axes.set_axis_off()
        axes.set_title(title)
        draw_scale_bar(axes, say)
        bar = figure.colorbar(mpl.cm.ScalarMappable(self.norm, self.shades), ax=axes, shrink=0.6, pad=0.02)
        bar.ax.yaxis.set_major_formatter(lambda value, _: say.number(value, 0 if low < 0 else 1, sign=low < 0))

    def show(self, values: NDArray[np.float64]) -> None:
        """Colour the units; grey where there is no value."""
        colours = self.shades(self.norm(np.nan_to_num(values)))
        colours[~np.isfinite(values)] = mpl.colors.to_rgba(FAINT)
        self.marks.set_facecolor(colours)


def _phases(axes: Axes, scenario: Scenario, seen: Sequence[Glimpse], names: Sequence[str], say: Language) -> Rectangle:
    """Draw the phases as a bar over the working days, and return the hand that moves along it."""
    days = working_days(scenario.calendar, scenario.run.days)
    starts = [(-1, 0), *((n, bisect_left(days, p.start)) for n, p in enumerate(scenario.phases))]
    ends = [*(start for _, start in starts[1:]), len(days)]
    for (number, start), end in zip(starts, ends, strict=True):
        if end > start:
            axes.add_patch(Rectangle((start, 0), end - start, 1, facecolor=PHASES[(number + 1) % len(PHASES)], lw=0))
            name = names[number] if number >= 0 else ""
            narrow = (end - start) / len(days) < NARROW
            axes.text(start + 0.6, 1.45 if narrow else 0.5, name, va="center", fontsize=8)
    hand = Rectangle((0, -0.15), max(len(days) / 250, 0.4), 1.3, facecolor=INK, clip_on=False)
    axes.add_patch(hand)
    axes.set_xlim(0, len(days))
    axes.set_ylim(-0.2, 1.8)
    axes.set_axis_off()
    return hand
