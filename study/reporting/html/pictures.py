"""The report's figures as SVG with a title and a description in words."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup
from matplotlib.figure import Figure

from study.plotting.maps import draw_before_after, draw_map
from study.plotting.study_figures import (
    draw_balance,
    draw_comparison,
    draw_gantt,
    draw_overview,
    draw_skills,
    draw_targets,
    draw_timelines,
)
from study.plotting.theme import to_svg
from study.plotting.workload_maps import draw_workload
from study.presentation.language import Language
from study.reporting.html.attainment_figure import draw_attainment
from study.reporting.html.fairness_figure import draw_fairness
from study.results.record import StudyRecord
from study.robustness.figures import draw_lights, draw_scatter, draw_value_of_knowing
from study.sensitivity.figures import draw_measures, draw_tornado

HALF = (6.0, 4.2)
"""Size of a picture that stands beside another one [inches]."""


@dataclass(frozen=True)
class Gallery:
    """Draws a figure when the template asks for it."""

    record: StudyRecord
    say: Language

    def show(self, name: str) -> Markup:
        """Return a figure with its caption; nothing where the record has nothing to draw.

        Parameters
        ----------
        name : str
            A method of this class that draws.
        """
        figure: Figure | None = getattr(self, name)()
        if figure is None:
            return Markup("")
        title, note = self.say(f"picture.{name}.title"), self.say(f"picture.{name}.note")
        svg = _described(to_svg(figure, name), name, title, note)
        words = f"<b>{html.escape(title)}{self.say('stop')}</b>{self.say.space}{html.escape(note)}"
        cue, shown = html.escape(self.say("report.swipe")), f"<figcaption>{words}</figcaption>"
        return Markup(f'<figure id="figure-{name}" data-cue="{cue}">{svg}{shown}</figure>')

    def overview(self) -> Figure | None:
        """Phases and daily results of the studied scenario and its counterfactual."""
        return draw_overview(self.record, language=self.say.code) if len(self.record.daily) else None

    def gantt(self) -> Figure | None:
        """Phases and target stages of every scenario."""
        some = any(s.phases for s in self.record.scenarios.values())
        return draw_gantt(self.record, language=self.say.code) if some else None

    def timelines(self) -> Figure | None:
        """Daily contribution of each alternative against the studied scenario."""
        return draw_timelines(self.record, "contribution", language=self.say.code) if len(self.record.daily) else None

    def skills(self) -> Figure | None:
        """Skills of both forces."""
        some = (self.record.daily["kpi"] == "skill").any()
        return draw_skills(self.record, language=self.say.code) if some else None

    def holds(self) -> Figure | None:
        """Every timeline: what it brings, and the chance that it breaks a principle."""
        return self._of_worlds(partial(draw_scatter, size=HALF))

    def lights(self) -> Figure | None:
        """Every timeline by every principle."""
        some = self.record.robust is not None and len(self.record.robust["principles"]) > 0
        return self._of_worlds(partial(draw_lights, width=HALF[0])) if some else None

    def worth(self) -> Figure | None:
        """Worth of knowing each assumption."""
        some = self.record.robust is not None and len(self.record.robust["evppi"]) > 0
        return self._of_worlds(draw_value_of_knowing) if some else None

    def _of_worlds(self, draw: Callable[..., Figure]) -> Figure | None:
        robust = self.record.robust
        return None if robust is None else draw(robust, self.record.scenarios, language=self.say.code)

    def differences(self) -> Figure | None:
        """Differences with intervals."""
        return draw_comparison(self.record, language=self.say.code) if len(self.record.comparison) else None

    def redrawn(self) -> Figure | None:
        """Communities today and redrawn."""
        return self._pair("redrawn")

    def subdivided(self) -> Figure | None:
        """Communities of the trial run."""
        plan = self.record.plans.get("subdivided")
        if plan is None:
            return None
        return draw_map(
            self.record.territory,
            plan.assignment,
            language=self.say.code,
            seats=plan.seats,
            size=(9.0, 7.6),
        )

    def service(self) -> Figure | None:
        """Outlets and halls on the income of the units, or their population where income is not known."""
        territory = self.record.territory
        known = [c for c in ("income", "population") if c in territory.units and territory.units[c].notna().all()]
        column = next((c for c in known if territory.units[c].nunique() > 1), None)  # a default is the same everywhere
        if column is None:
            return None
        plan = self.record.plans.get("redrawn", next(iter(self.record.plans.values())))
        return draw_map(
            territory,
            plan.assignment,
            language=self.say.code,
            colour_by=column,
            outlets=True,
            halls=True,
            size=(9.0, 7.2),
        )

    def workload(self) -> Figure | None:
        """Workload before and after, on one scale."""
        return draw_workload(self.record, language=self.say.code)

    def attainment(self) -> Figure | None:
        """Growth over target by stage, business and centre."""
        return draw_attainment(self.record, language=self.say.code)

    def balance(self) -> Figure | None:
        """Deviations of the communities' workloads."""
        return draw_balance(self.record, language=self.say.code) if self.record.scorecards else None

    def targets(self) -> Figure | None:
        """Targets of centres."""
        return draw_targets(self.record, language=self.say.code) if len(self.record.targets) else None

    def fairness(self) -> Figure | None:
        """Growth targets of persons."""
        some = len(self.record.targets) and (self.record.targets["level"] == "person").any()
        return draw_fairness(self.record, language=self.say.code) if some else None

    def tornado(self) -> Figure | None:
        """Assumptions at both ends of their ranges."""
        table = self.record.tornado
        return draw_tornado(table, language=self.say.code) if table is not None and len(table) else None

    def measures(self) -> Figure | None:
        """Each measure of the plan, and what it is worth."""
        table = self.record.measures
        there = self.record.measures_in_worlds
        return draw_measures(table, there, language=self.say.code) if table is not None and len(table) else None

    def _pair(self, kind: str) -> Figure | None:
        plans = self.record.plans
        if kind not in plans or "current" not in plans:
            return None
        return draw_before_after(
            self.record.territory,
            plans["current"].assignment,
            plans[kind].assignment,
            language=self.say.code,
            titles=(self.say("plan.current"), self.say(f"plan.{kind}")),
            seats=plans[kind].seats,
        )


def _described(svg: str, name: str, title: str, note: str) -> str:
    """Return an SVG that scales with the page and says in words what it shows."""
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    words = f'<title id="{name}-title">{html.escape(title)}</title><desc id="{name}-desc">{html.escape(note)}</desc>'
    return f'{head} role="img" aria-labelledby="{name}-title {name}-desc">{words}{rest}'
