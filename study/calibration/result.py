"""A finished calibration: estimates with intervals, fit, what the data can't tell, and the new scenario."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from foundation.atomic_files import write_text
from foundation.safe_csv import csv_text
from scenarios import InputError, Problem, Scenario, load_scenario
from scenarios.loading.load import plain
from scenarios.schema.fields import file_name
from study.calibration.summary import summary_table
from study.presentation.language import Language
from study.presentation.text_table import aligned
from study.results.storage import dump

BASE = "plan"
"""Scenario that a new one overrides where that gives the same values; otherwise it is written out in full."""


@dataclass(frozen=True)
class Calibration:
    """What a history says about the parameters of a scenario.

    Attributes
    ----------
    scenario : Scenario
        With the estimates in it, their source under ``evidence``.
    estimates : DataFrame
        ``key, before, low_bound, high_bound, estimate, low, high, learned, open``: a row per parameter. ``learned`` is
        how much narrower the data made the prior (0: not at all); ``open`` names bounds that the interval touches.
    fit : DataFrame
        ``period, kpi, business, observed, before, fitted, low, high, hidden, foretold, foretold_low, foretold_high``:
        a row per moment; ``foretold`` is fitted to the part that was not hidden.
    statement : mapping
        Content of calibration.json.
    run : mapping
        Content of run.json.
    warnings : tuple of Problem
    """

    scenario: Scenario
    estimates: pd.DataFrame
    fit: pd.DataFrame
    statement: Mapping[str, Any]
    run: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        """Say the findings on one screen."""
        return self.in_text()

    def in_text(self, language: str = "en") -> str:
        """Say the findings on one screen, in a language."""
        table = aligned(summary_table(self.estimates, Language(language)))
        return "\n".join([table, *self.statement["says"][language]])

    def _repr_html_(self) -> str:
        words = "".join(f"<p>{html.escape(text)}</p>" for text in self.statement["in_words"])
        return str(summary_table(self.estimates, Language("en")).to_html(index=False, escape=True)) + words

    def to_frame(self) -> pd.DataFrame:
        """Return the estimates."""
        return self.estimates

    def save(self, folder: Path | str) -> Path:
        """Write estimates.csv, fit.csv, the new scenario, calibration.json and, last, run.json.

        Raises
        ------
        InputError
            The scenario's name would lead out of the folder; nothing is written.
        """
        out, name = Path(folder), file_name(self.scenario.name)
        write_text(out / "estimates.csv", csv_text(self.estimates))
        write_text(out / "fit.csv", csv_text(self.fit))
        write_text(out / f"{name}.yaml", scenario_text(self.scenario))
        write_text(out / "calibration.json", dump(dict(self.statement)))
        write_text(out / "run.json", dump(dict(self.run)))
        return out


def scenario_text(scenario: Scenario) -> str:
    """Return a scenario as YAML: overrides on the plan where they suffice, in full otherwise; with its evidence."""
    settings = dict(scenario.overrides)
    try:
        same = load_scenario(BASE, settings).sha256 == scenario.sha256
    except InputError:  # its overrides belong to another base
        same = False
    title = {"en": scenario.title.en, "zh": scenario.title.zh}
    if same:
        evidence = {key: scenario.source_of(key) for key in settings}
        content: dict[str, Any] = {
            "name": scenario.name,
            "title": title,
            "base": BASE,
            "set": settings,
            "evidence": evidence,
        }
    else:
        content = {**plain(scenario), "base": None}
    return yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)


class _Plain(yaml.SafeDumper):
    """Writes every value out: scenarios are read without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
