"""What holds in the worlds that may be: tables, probabilities, worth of knowing, advice; saves and shows itself."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.atomic_files import write_text
from foundation.safe_csv import csv_text
from scenarios import Problem, Scenario
from study.presentation.language import Language
from study.results.storage import dump
from study.robustness.wording.advice import advice_text
from study.robustness.wording.details import lines


@dataclass(frozen=True)
class Robust:
    """What holds in the worlds drawn from the beliefs.

    Attributes
    ----------
    scenarios : mapping of name to Scenario
    answer : mapping
        Content of robust.json.
    worlds : DataFrame
        ``world, scenario``, a column for each belief, ``kpi@days`` for each KPI and horizon; a row per world and
        scenario.
    again : DataFrame
        The same of the worlds that were run twice.
    run : mapping
        Content of run.json.
    warnings : tuple of Problem
    """

    scenarios: Mapping[str, Scenario]
    answer: Mapping[str, Any]
    worlds: pd.DataFrame
    again: pd.DataFrame = field(default_factory=pd.DataFrame)
    run: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def recommended(self) -> str:
        """Name of the timeline that is recommended."""
        return str(self.answer["recommended"])

    @property
    def evpi(self) -> Mapping[str, float]:
        """What knowing the world before deciding is worth [yuan]: ``value, low, high``."""
        return dict(self.answer["evpi"])

    @property
    def evppi(self) -> Mapping[str, Mapping[str, float]]:
        """What knowing one belief before deciding is worth [yuan], by its key."""
        return dict(self.answer["evppi"])

    def __str__(self) -> str:
        """Return the advice, how every timeline stands, and what to find out first."""
        return self.in_text()

    def in_text(self, language: str = "en") -> str:
        """Return the same for a terminal, in a language."""
        say = Language(language)
        return "\n".join([advice_text(self.answer, self.scenarios, say), *lines(self.answer, self.scenarios, say)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return a row per timeline: every estimate at the last horizon with its interval."""
        rows = []
        for name, about in self.answer["scenarios"].items():
            row: dict[str, Any] = {"scenario": name}
            for key, found in about.items():
                if isinstance(found, Mapping) and "value" in found:
                    row |= {key: found["value"], f"{key}_low": found["low"], f"{key}_high": found["high"]}
            rows.append(row)
        return pd.DataFrame(rows)

    def save(self, folder: Path | str) -> Path:
        """Write worlds.csv, worlds_again.csv, robust.json and, last, run.json; each whole or not at all."""
        out = Path(folder)
        write_text(out / "worlds.csv", csv_text(self.worlds))
        write_text(out / "worlds_again.csv", csv_text(self.again))
        write_text(out / "robust.json", dump(self.answer))
        if self.run:
            write_text(out / "run.json", dump(self.run))
        return out
