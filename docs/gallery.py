"""Draw the pictures of the gallery from a finished study: ``python docs/gallery.py results/study``."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from matplotlib.figure import Figure  # noqa: E402

from foundation.atomic_files import write_bytes  # noqa: E402
from study.plotting.gantt import draw_gantt  # noqa: E402
from study.plotting.maps import draw_before_after, draw_map  # noqa: E402
from study.plotting.study_figures import draw_balance, draw_comparison, draw_targets  # noqa: E402
from study.plotting.theme import to_png  # noqa: E402
from study.plotting.timelines import draw_overview, draw_skills, draw_timelines  # noqa: E402
from study.results.read_back import read_record  # noqa: E402
from study.results.record import StudyRecord  # noqa: E402

DPI = 90


def pictures(record: StudyRecord) -> dict[str, Callable[[], Figure]]:
    """Return how each picture of the gallery is drawn, by the name of its file."""
    current, redrawn, finer = (record.plans[kind] for kind in ("current", "redrawn", "subdivided"))
    city = record.territory
    return {
        "before_after": partial(draw_before_after, city, current.assignment, redrawn.assignment, seats=redrawn.seats),
        "income": partial(draw_map, city, finer.assignment, colour_by="income", outlets=True, halls=True),
        "balance": partial(draw_balance, record),
        "gantt": partial(draw_gantt, record),
        "overview": partial(draw_overview, record),
        "timelines": partial(draw_timelines, record, "contribution"),
        "skills": partial(draw_skills, record),
        "differences": partial(draw_comparison, record),
        "targets": partial(draw_targets, record),
        "overview_zh": partial(draw_overview, record, language="zh"),
    }


def main(folder: str) -> None:
    """Write every picture."""
    for name, draw in pictures(read_record(Path(folder))).items():
        write_bytes(HERE / "images" / f"{name}.png", to_png(draw(), DPI))


if __name__ == "__main__":
    main(sys.argv[1])
