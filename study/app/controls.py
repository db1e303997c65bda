"""What a person moves: scenario, timeline and its lengths, communities that stay, and a slider for every weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from itertools import groupby
from typing import Any

import ipywidgets as w

from study.app.choice import Choice, Lever, settled
from study.app.choices import Deck
from study.app.parts.limits import Limits
from study.app.parts.together import Together
from study.app.scenes.timeline_strip import LONGEST, length
from study.presentation.language import Language


class Controls:
    """Two lists, the lengths and sliders of what they have chosen, and the communities that stay as they are.

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
        self.days: dict[str, w.BoundedIntText] = {}
        self.lengths, self.levels = w.VBox(), w.VBox()
        self.locked, self.plan = start.locks, start.plan
        self.together = Together(say, start.together, self._grouped)
        self.limits = Limits(deck, say, lambda: self.chosen(self.choice()), start)
        self.by_hand = w.Button(description=say("hand.drop"), tooltip=say("hand.drop"))
        self.locks = w.TagsInput(value=list(start.locks), allowed_tags=deck.communities, allow_duplicates=False)
        self.locks.placeholder = say("app.lock_one")
        self.redraw = w.Button(description=say("app.redraw"), tooltip=say("app.redraw"), disabled=True)
        self._lay_out(start)
        self.by_hand.on_click(lambda _: self.draw(""))
        self.scenario.observe(self._other_scenario, "value")
        self.timeline.observe(self._other_timeline, "value")
        self.reset.on_click(self._back)
        self.locks.observe(self._locks_changed, "value")
        self.redraw.on_click(self._redrawn)
        self.view = w.VBox(
            [
                _label(say("app.scenario")),
                self.scenario,
                _label(say("app.timeline")),
                self.timeline,
                self.lengths,
                _label(say("app.locks")),
                _note(say("app.locks_note")),
                self.locks,
                self.together.view,
                self.redraw,
                self.by_hand,
                self.levels,
                self.limits.view,
                self.reset,
            ]
        )

    def choice(self) -> Choice:
        """Return what is chosen now."""
        here = replace(
            self._dated(), locks=self.locked, plan=self.plan, together=self.together.drawn, limits=self.limits.value
        )
        return settled(here, {key: s.value for key, s in self.sliders.items()}, self.levers)

    def lengthen(self, phase: str, days: int) -> None:
        """Give a phase a length, as if it had been typed."""
        if phase in self.days:
            self.days[phase].value = days

    def draw(self, plan: str) -> None:
        """Use communities that were drawn by hand; without a file they are drawn by the program again."""
        self.plan = plan
        self._lay_out(self.choice())
        self.chosen(self.choice())

    def lock(self, community: str) -> None:
        """Put a community among those that stay, or take it out again; boundaries are drawn anew when that is asked."""
        now = list(self.locks.value)
        self.locks.value = [name for name in now if name != community] if community in now else [*now, community]

    def go_to(self, choice: Choice) -> None:
        """Stand where a choice has everything, without telling anybody."""
        self.quiet = True
        self.scenario.value = choice.scenario
        self.timeline.options = self._timelines(choice.scenario)
        self.timeline.value = choice.timeline
        self.locked, self.plan = choice.locks, choice.plan
        self.locks.value = list(choice.locks)
        self.together.go_to(choice.together)
        self.limits.go_to(choice)
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
        self._with_own_dates_and_weights()

    def _other_timeline(self, _: Any) -> None:
        if not self.quiet:
            self._with_own_dates_and_weights()

    def _with_own_dates_and_weights(self) -> None:
        """Lay out the scenario and timeline chosen with their own lengths and weights; what else was chosen stays."""
        self._lay_out(Choice(self.scenario.value, self.timeline.value, locks=self.locked, plan=self.plan))
        self.chosen(self.choice())

    def _dated(self) -> Choice:
        """Return scenario, timeline and the lengths that are not the timeline's own."""
        here = Choice(self.scenario.value, self.timeline.value)
        own = {phase.name: length(phase) for phase in self.deck.closed_phases(here)}
        typed = {name: field.value for name, field in self.days.items()}
        return replace(here, days=tuple((n, typed[n]) for n in own if typed.get(n, own[n]) != own[n]))

    def _other_length(self, _: Any) -> None:
        if not self.quiet:
            self._lay_out(self.choice())
            self.chosen(self.choice())

    def _locks_changed(self, _: Any) -> None:
        self._grouped()

    def _grouped(self) -> None:
        """Offer to draw anew where locks or groups are not those that were drawn with."""
        same = set(self.locks.value) == set(self.locked) and self.together.wanted == self.together.drawn
        self.redraw.disabled = same

    def _redrawn(self, _: Any) -> None:
        """Have boundaries drawn with the locks and groups as they stand."""
        self.together.draw()
        self.locked = tuple(name for name in self.deck.communities if name in self.locks.value)
        self.redraw.disabled = True
        self.chosen(self.choice())

    def _back(self, _: Any) -> None:
        """Put every slider and length where the scenario has it, and lock nothing."""
        self.go_to(Choice(self.scenario.value, self.timeline.value))
        self.chosen(self.choice())

    def _moved(self, _: Any) -> None:
        self.chosen(self.choice())

    def _lay_out(self, choice: Choice) -> None:
        """Make the lengths and sliders of a choice."""
        self._lay_out_lengths(choice)
        self.by_hand.layout.display = "" if choice.plan else "none"
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

    def _lay_out_lengths(self, choice: Choice) -> None:
        phases = self.deck.closed_phases(choice)
        if [*self.days] != [phase.name for phase in phases]:
            self.days = {}
            for phase in phases:
                title = phase.title.say(self.say.code)
                field = w.BoundedIntText(length(phase), min=1, max=LONGEST, description=title, continuous_update=False)
                field.observe(self._other_length, "value")
                self.days[phase.name] = field
            self.lengths.children = [_note(self.say("app.lengths_note")), *self.days.values()] if phases else []
        quiet, self.quiet = self.quiet, True
        for phase in phases:
            self.days[phase.name].value = length(phase)
        self.quiet = quiet


def _label(text: str) -> w.HTML:
    return w.HTML(f'<div class="fusion-label">{escape(text)}</div>')


def _note(text: str) -> w.HTML:
    return w.HTML(f'<div class="fusion-note">{escape(text)}</div>')
