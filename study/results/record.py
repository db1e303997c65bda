"""The record of a finished study: its data, and how it is kept and shown."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from scenarios import Scenario, Territory
from scenarios.territory.notebook_map import sketch
from study.presentation.kpi_tables import differences
from study.results.record_data import RecordData
from study.results.storage import save_record


class StudyRecord(RecordData):
    """What a study found, that saves itself and shows itself in a notebook."""

    def _repr_html_(self) -> str:
        plan = sketch(self.territory, self.plans["redrawn"].assignment)
        return f"<pre>{html.escape(str(self))}</pre>{plan}{self.in_words().to_html(index=False, escape=True)}"

    def in_words(self, language: str = "en") -> pd.DataFrame:
        """Return the main differences to the scenario studied as a table for people: unit, interval, verdict."""
        return differences(self.comparison, self.scenarios, language=language)

    def save(self, folder: Path | str) -> Path:
        """Write every table and decision; `study.deliver` adds the report, the workbook and the GeoPackage."""
        save_record(self, Path(folder))
        return Path(folder)


def bare_record(
    scenarios: Mapping[str, Scenario],
    territory: Territory,
    *,
    replications: pd.DataFrame,
    daily: pd.DataFrame,
    comparison: pd.DataFrame,
) -> StudyRecord:
    """Return a record of simulations alone, for pictures that need no plan, placement or target."""
    nothing = pd.DataFrame()
    return StudyRecord(
        scenarios=scenarios,
        territory=territory,
        plans={},
        scorecards={},
        partition={},
        placement=nothing,
        overlay=nothing,
        targets=nothing,
        replications=replications,
        daily=daily,
        comparison=comparison,
    )
