"""A timeline alone: phases and target stages as bars on an axis of dates, before anything is simulated."""

from __future__ import annotations

from datetime import date, timedelta

from matplotlib.figure import Figure

from scenarios import Scenario
from scenarios.rules.workdays import working_days
from scenarios.schema.organisation import Phase, TargetStage
from study.plotting.gantt import day_number
from study.plotting.theme import PHASES, SOFT, new_figure, style
from study.presentation.language import Language
from study.presentation.timeline_chart import weights_of

MONTHS = 14
"""Ticks that fit beside each other."""


def draw_timeline(scenario: Scenario, *, language: str = "en") -> Figure:
    """Draw the phases and target stages of a scenario, each with its name, days and weights.

    Parameters
    ----------
    scenario : Scenario
    language : {"en", "zh"}
    """
    say = Language(language)
    items: list[Phase | TargetStage] = [*scenario.phases, *scenario.target_stages]
    days = working_days(scenario.calendar, scenario.run.days)
    first = min([days[0], *(i.start for i in items)])
    last = max([days[-1], *(i.start for i in items), *(i.end for i in items if i.end is not None)])
    with style():
        figure = new_figure(10.0, 0.9 + 0.34 * max(len(items), 1))
        axes = figure.add_subplot()
        for row, item in enumerate(items):
            stage = isinstance(item, TargetStage)
            begin, end = day_number(item.start), day_number((item.end or last) + timedelta(days=1))
            colour = SOFT if stage else PHASES[1 + row % (len(PHASES) - 1)]
            axes.barh(-row, end - begin, left=begin, height=0.34 if stage else 0.62, color=colour)
            if isinstance(item, TargetStage):
                axes.annotate(
                    weights_of(item), (end, -row), (4, 0), textcoords="offset points", va="center", fontsize=7
                )
        axes.set_yticks([-row for row in range(len(items))], [i.title.say(say.code) for i in items])
        axes.tick_params(axis="y", length=0)
        axes.axvline(day_number(days[-1]), color=SOFT, lw=0.8, ls=":")
        axes.set_xlim(day_number(first), day_number(last + timedelta(days=1)))
        ticks = _ticks(first, last)
        labels = [say.month(day, with_year=n == 0 or day.month == 1) for n, day in enumerate(ticks)]
        axes.set_xticks([day_number(day) for day in ticks], labels)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.set_title(scenario.title.say(say.code))
    return figure


def _ticks(first: date, last: date) -> list[date]:
    months = [date(first.year + m // 12, m % 12 + 1, 1) for m in range(first.month - 1, first.month + 1200)]
    shown = [month for month in months if first <= month <= last]
    return shown[:: max(1, -(-len(shown) // MONTHS))]
