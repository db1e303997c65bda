"""What a person moves: scenario, timeline, and a slider for every weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from itertools import groupby
from typing import Any

import ipywidgets as w

from study.app.choices import Choice, Deck, Lever, settled
from study.presentation.language import Language


class Controls:
    """Two lists and the sliders of what they have chosen.

    Parameters
    ----------
    deck : Deck
    say : Language
    chosen : callable
        Told every new choice.
    start : Choice
        Where everything stands at first.
    """

    def __init__(self, deck: Deck, say: Language, chosen: Callable[[Choice], None], start: Choice) -> None:
        self.deck, self.say, self.chosen = deck, say, chosen
        self.quiet = False
        self.sliders: dict[str, w.FloatSlider] = {}
        self.levers: list[Lever] = []
        self.scenario = w.Dropdown(
            options=[(s.title.say(say.code), name) for name, s in deck.scenarios.items()], value=start.scenario
        )
        self.timeline = w.Dropdown(options=self._timelines(start.scenario), value=start.timeline)
        self.reset = w.Button(description=say("app.reset"), tooltip=say("app.reset"))
        self.levels = w.VBox()
        self._lay_out(start)
        self.scenario.observe(self._other_scenario, "value")
        self.timeline.observe(self._other_timeline, "value")
        self.reset.on_click(self._back)
        self.view = w.VBox(
            [
                _label(say("app.scenario")),
                self.scenario,
                _label(say("app.timeline")),
                self.timeline,
                self.levels,
                self.reset,
            ]
        )

    def choice(self) -> Choice:
        """Return what is chosen now."""
        here = Choice(self.scenario.value, self.timeline.value)
        return settled(here, {key: s.value for key, s in self.sliders.items()}, self.levers)

    def go_to(self, choice: Choice) -> None:
        """Stand where a choice has everything, without telling anybody."""
        self.quiet = True
        self.scenario.value = choice.scenario
        self.timeline.options = self._timelines(choice.scenario)
        self.timeline.value = choice.timeline
        self.quiet = False
        self._lay_out(choice)

    def _timelines(self, scenario: str) -> list[tuple[str, str]]:
        names = self.deck.timelines(scenario)
        own = [(self.say("app.own_timeline"), "")]
        return own + [(self.deck.without_levers(Choice(scenario, n)).title.say(self.say.code), n) for n in names]

    def _other_scenario(self, change: Any) -> None:
        if self.quiet:
            return
        self.quiet = True
        self.timeline.options = self._timelines(change["new"])
        self.timeline.value = ""
        self.quiet = False
        self._lay_out(Choice(self.scenario.value, self.timeline.value))
        self.chosen(self.choice())

    def _other_timeline(self, _: Any) -> None:
        if not self.quiet:
            self._lay_out(Choice(self.scenario.value, self.timeline.value))
            self.chosen(self.choice())

    def _back(self, _: Any) -> None:
        """Put every slider where the scenario has it."""
        self._lay_out(replace(self.choice(), levers=()))
        self.chosen(self.choice())

    def _moved(self, _: Any) -> None:
        self.chosen(self.choice())

    def _lay_out(self, choice: Choice) -> None:
        """Make the sliders of a choice."""
        self.levers = self.deck.levers(choice, self.say)
        moved = dict(choice.levers)
        self.sliders = {}
        boxes: list[w.Widget] = []
        for group, levers in groupby(self.levers, key=lambda lever: lever.group):
            if group == "indicators":
                boxes += [_label(self.say("app.indicators")), _note(self.say("app.indicators_note"))]
            elif not any(isinstance(b, w.HTML) and self.say("app.weights") in b.value for b in boxes):
                boxes += [_label(self.say("app.weights")), _note(self.say("app.weights_note"))]
            if group != "indicators":
                boxes.append(w.HTML(f'<div class="fusion-stage">{escape(group)}</div>'))
            for lever in levers:
                slider = w.FloatSlider(
                    value=moved.get(lever.key, lever.value),
                    min=0.0,
                    max=1.0,
                    step=lever.step,
                    description=lever.label,
                    readout_format=".1f" if group == "indicators" else ".0%",
                    continuous_update=False,
                )
                slider.observe(self._moved, "value")
                self.sliders[lever.key] = slider
                boxes.append(slider)
        self.levels.children = boxes


def _label(text: str) -> w.HTML:
    return w.HTML(f'<div class="fusion-label">{escape(text)}</div>')


def _note(text: str) -> w.HTML:
    return w.HTML(f'<div class="fusion-note">{escape(text)}</div>')
