"""What a search found: the recommended timeline, its margin, its equals, and every timeline tried."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.atomic_files import write_bytes, write_text
from foundation.safe_csv import csv_text
from scenarios import Problem, Scenario, Territory
from study.plotting.theme import to_png
from study.plotting.timelines import draw_side_by_side
from study.results.record import StudyRecord, bare_record
from study.results.storage import dump

RECOMMENDED = "recommended.yaml"


@dataclass(frozen=True)
class TimelineSearch:
    """What a search found.

    Attributes
    ----------
    scenarios : mapping of name to Scenario
        The scenario as it is, the recommended one where there is one, and that of no merger: all run in the fresh runs.
    territory : Territory
    summary : mapping
        Content of timeline.json.
    trials : DataFrame
        Content of timeline.csv: a row per timeline tried.
    recipe : str
        The recommended scenario as a file that loads; empty where there is none.
    replications, daily, comparison : DataFrame
        The tables of INTERFACE, from the fresh runs.
    run : mapping
        Content of run.json.
    warnings : tuple of Problem
    """

    scenarios: Mapping[str, Scenario]
    territory: Territory
    summary: Mapping[str, Any]
    trials: pd.DataFrame
    recipe: str
    replications: pd.DataFrame
    daily: pd.DataFrame
    comparison: pd.DataFrame
    run: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def recommended(self) -> Scenario | None:
        """The recommended scenario; None where the scenario stays as it is or nothing keeps the limits."""
        return self.scenarios.get(self.summary["recommended"]["name"]) if self.summary["recommended"] else None

    def __str__(self) -> str:
        """Say what is recommended, and how sure that is."""
        return str(self.summary["says"]["en"])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>{self.trials.to_html(index=False, escape=True, max_rows=20)}"

    def to_frame(self) -> pd.DataFrame:
        """Return every timeline tried."""
        return self.trials

    def record(self) -> StudyRecord:
        """Return what pictures are drawn from."""
        return bare_record(
            self.scenarios,
            self.territory,
            replications=self.replications,
            daily=self.daily,
            comparison=self.comparison,
        )

    def save(self, folder: Path | str, *, language: str = "en") -> Path:
        """Write timeline.csv, timeline.json, the tables of the fresh runs, recommended.yaml and, last, run.json.

        The picture shows phases and daily results of the scenario, the recommended timeline and no merger.
        """
        out = Path(folder)
        for name, table in (
            ("timeline", self.trials),
            ("replications", self.replications),
            ("daily", self.daily),
            ("comparison", self.comparison),
        ):
            write_text(out / f"{name}.csv", csv_text(table))
        if self.recipe:
            write_text(out / RECOMMENDED, self.recipe)
        write_bytes(out / "timeline.png", to_png(draw_side_by_side(self.record(), language=language)))
        write_text(out / "timeline.json", dump(self.summary))
        write_text(out / "run.json", dump(self.run))
        return out
