"""Several scenarios under the same random numbers: tables, verdicts in words, and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.atomic_files import write_bytes, write_text
from foundation.parallel import notes_stops
from foundation.safe_csv import csv_text
from scenarios import Problem, Scenario, Territory
from scenarios.loading.cautions import warnings_of
from study.comparison.board_page import board
from study.comparison.effects import Effects, effects_of
from study.comparison.figures import draw_waterfall
from study.comparison.select_best import check_measured, check_selection, select_best, selection_text, with_principles
from study.comparison.summary import summary_lines
from study.evaluation.differences import compare_results
from study.evaluation.experiment import Experiment
from study.evaluation.horizons import horizon_table
from study.evaluation.principles import Breach, breaches_in
from study.evaluation.simulate import inputs_of, simulate_all
from study.plotting.study_figures import draw_comparison
from study.plotting.theme import to_png
from study.plotting.timelines import draw_side_by_side
from study.presentation.headlines import ON_SCREEN
from study.presentation.kpi_tables import differences
from study.presentation.language import Language
from study.presentation.progress import Reporter
from study.presentation.text_table import aligned
from study.results.record import bare_record
from study.results.storage import dump


@dataclass(frozen=True)
class Comparison:
    """Scenarios compared with the first of them.

    Attributes
    ----------
    scenarios : mapping of name to Scenario
    differences : DataFrame
        ``kpi, baseline, scenario, difference, low, high, replications``: paired differences against the first.
    replications, daily : DataFrame
        The tables of INTERFACE, all scenarios together.
    run : mapping
        Content of run.json.
    warnings : tuple of Problem
    """

    scenarios: Mapping[str, Scenario]
    differences: pd.DataFrame
    replications: pd.DataFrame
    daily: pd.DataFrame
    territory: Territory | None = None
    effects: Effects = field(default_factory=Effects)
    """Verdicts, who is probably best, what each phase costs and gains, milestones; a CSV each."""
    together: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The same with intervals that hold for all scenarios at once (Bonferroni); content of comparison_together.csv."""
    horizons: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The KPIs at every horizon of `study.horizons`, from the same runs; content of horizons.csv."""
    run: Mapping[str, Any] = field(default_factory=dict)
    selection: Mapping[str, Any] | None = None
    """The best scenario by one KPI, where that was asked for; content of selection.json."""
    warnings: tuple[Problem, ...] = ()

    @property
    def broken(self) -> dict[str, Breach]:
        """How often each scenario breaks principles of the first (F2)."""
        return breaches_in(self.scenarios, self.replications)

    def __str__(self) -> str:
        """Return the main differences with their verdicts, and what the effects tell, as text."""
        return self.in_text()

    def in_text(self, language: str = "en") -> str:
        """Return the main differences with their verdicts, and what the effects tell, for a terminal."""
        if not len(self.differences):
            return Language(language)("select.nothing")
        shown = differences(self.differences, self.scenarios, kpis=ON_SCREEN, language=language)
        parts = [aligned(shown), *summary_lines(self.effects, self.scenarios, self.broken, language=language)]
        if self.selection is not None:
            parts.append(selection_text(self.selection, self.scenarios, language))
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        return str(self.in_words().to_html(index=False, escape=True))

    def in_words(self, language: str = "en") -> pd.DataFrame:
        """Return the main differences as a table for people: unit, interval, verdict."""
        return differences(self.differences, self.scenarios, language=language)

    def to_frame(self) -> pd.DataFrame:
        """Return the differences."""
        return self.differences

    def save(self, folder: Path | str, *, language: str = "en") -> Path:
        """Write every table, board.md, the pictures, selection.json where there is one and, last, run.json."""
        out = Path(folder)
        for name, table in (
            ("replications", self.replications),
            ("daily", self.daily),
            ("comparison", self.differences),
            ("comparison_together", self.together),
            ("horizons", self.horizons),
        ):
            write_text(out / f"{name}.csv", csv_text(table))
        for name, table in self.effects.tables().items():
            write_text(out / f"{name}.csv", csv_text(table))
        if self.territory is not None and len(self.scenarios) > 1:
            self._draw(out, language)
        if self.selection is not None:
            write_text(out / "selection.json", dump(self.selection))
        if len(self.differences):
            write_text(out / "board.md", board(self.scenarios, self.effects, self.broken, language=language))
        write_text(out / "run.json", dump(self.run))
        return out

    def _draw(self, out: Path, language: str) -> None:
        """Draw phases over daily results, differences with verdicts, and what each phase costs and gains."""
        assert self.territory is not None
        record = bare_record(
            self.scenarios,
            self.territory,
            replications=self.replications,
            daily=self.daily,
            comparison=self.differences,
        )
        picture = draw_side_by_side(record, milestones=self.effects.milestones, language=language)
        write_bytes(out / "timelines.png", to_png(picture))
        write_bytes(out / "differences.png", to_png(draw_comparison(record, language=language)))
        if len(self.effects.waterfall):
            picture = draw_waterfall(self.effects.waterfall, self.scenarios, language=language)
            write_bytes(out / "waterfall.png", to_png(picture))


@notes_stops
def compare(
    *scenarios: Scenario | str,
    territory: Territory | str | Path | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] = (),
    select: str | None = None,
    indifference: float | None = None,
    probability: float = 0.95,
) -> Comparison:
    """Simulate scenarios under the same random numbers and compare each with the first.

    Parameters
    ----------
    *scenarios : Scenario or str
        Scenarios, files or names; the first is the baseline.
    territory : Territory, str or Path, optional
        Default: that of the first scenario.
    replications, seed : int, optional
        Default: those of the first scenario.
    jobs : int
        Worker processes; the result does not depend on it.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
    arguments : sequence of str
        What the command line was called with, for run.json.
    select : str, optional
        KPI by whose mean the best scenario is selected (the largest, or the least where less is better), with further
        replications where they are needed.
    indifference : float, optional
        Smallest difference of that KPI worth detecting; default: 1 % of the first scenario's mean.
    probability : float
        Of correct selection.

    Raises
    ------
    InputError
        A scenario or the territory cannot be used.

    Examples
    --------
    >>> compare("plan", "big_bang", replications=10).to_frame()  # doctest: +SKIP
    """
    experiment = Experiment.set_up(
        scenarios,
        territory,
        seed=seed,
        replications=replications,
        jobs=jobs,
        solver=solver,
        reporter=reporter,
    )
    base, twin = experiment.cases[0].scenario, experiment.cases[0].counterfactual
    if select is not None:
        check_selection(select, experiment.cases, probability)
    decisions = experiment.decide()
    complete = decisions[base.name].territory
    results, alone = simulate_all(experiment.cases, decisions, experiment.replications, beside=True, **experiment.how)
    events = sum(r.events for r in results.values())
    run = experiment.run_json("compare", arguments, complete, events=events)
    selection = None
    if select is not None:
        check_measured(select, results)
        selection = select_best(
            [inputs_of(s, decisions[s.name]) for s in experiment.scenarios],
            twin,
            kpi=select,
            mean=float(results[base.name].values[select].mean()),
            indifference=indifference,
            probability=probability,
            **experiment.how,
        )
        selection = with_principles(selection, base, {name: r.values for name, r in results.items()})
    differences = compare_results(results)
    centres = complete.units["centre"].astype(str).tolist()
    return Comparison(
        scenarios=experiment.named,
        territory=complete,
        effects=effects_of(results, alone, differences, centres, experiment.seed),
        differences=differences,
        together=compare_results(results, together=True),
        replications=pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        daily=pd.concat([r.daily() for r in results.values()], ignore_index=True),
        horizons=horizon_table(results),
        run=run,
        selection=selection,
        warnings=(*warnings_of(base, complete), *decisions[base.name].warnings),
    )
