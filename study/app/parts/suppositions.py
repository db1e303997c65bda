"""As if an assumption were known better: the chances over those worlds of the study in which it lies in a range."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets as w

from scenarios import Scenario
from scenarios.loading.fingerprint import scenario_key
from study.app.choice import Choice
from study.app.choices import Deck
from study.app.scenes.chances import chances
from study.presentation.language import Language
from study.robustness.answer import judge
from study.robustness.judge_again import FEWEST, judged_by, supposed
from study.sensitivity.summary import key_label

STEPS = 20
"""Steps of a slider from the lowest to the highest value that is held possible."""

Ranges = dict[str, tuple[float, float]]


class Suppositions:
    """A list of assumptions, a slider with two ends for the one chosen, and the chances that follow.

    Parameters
    ----------
    deck : Deck
    say : Language
    """

    def __init__(self, deck: Deck, say: Language) -> None:
        self.deck, self.ranges, self.choice = deck, Ranges(), deck.reference
        self.known: dict[str, tuple[dict[str, Any], bool]] = {}
        self.words, self.table = w.HTML(), w.HTML()
        self.view = w.VBox()
        self.view.add_class("fusion-suppose")
        self.speak(say)

    def speak(self, say: Language) -> None:
        """Change the language; what is supposed stays so."""
        self.say = say
        answer, _ = self.deck.robust or ({}, {})
        beliefs: Mapping[str, Any] = answer.get("beliefs", {})
        if self.deck.outcomes is None or not beliefs:
            self.view.children = [self.table]
            self.choose(self.choice)
            return
        worth = {key: found["value"] for key, found in answer["evppi"].items()}
        order = sorted(beliefs, key=lambda key: -float(worth.get(key) or 0.0))
        chosen = next(iter(self.ranges), order[0])
        self.which = w.Dropdown(
            options=[(key_label(key, say), key) for key in order], value=chosen, description=say("suppose.which")
        )
        self.which.observe(lambda _: self._lay_out(), "value")
        self.slide = w.FloatRangeSlider(continuous_update=False, readout=False, description=say("suppose.between"))
        self.slide.observe(self._slid, "value")
        self.quiet = False
        self.nothing = w.Button(description=say("suppose.nothing"), tooltip=say("suppose.nothing"))
        self.nothing.on_click(self._forget)
        self.view.children = [self.which, self.slide, self.words, self.nothing, self.table]
        self._lay_out()
        self.choose(self.choice)

    def choose(self, choice: Choice) -> None:
        """Show the chances under what is supposed, held against the principles of a choice."""
        self.choice = choice
        answer, scenarios = self.deck.robust or (None, {})
        tried = self._tried(choice, scenarios) if answer is not None else None
        if answer is None or (not self.ranges and not choice.limits) or self.deck.outcomes is None:
            self.table.value = chances(answer, scenarios, tried, self.say)
            return
        found, enough = self._judged(choice)
        if enough:
            told = [self.say("suppose.judged")] if choice.limits else []
            told += [self.say("suppose.left", count=int(found["worlds"]), all=int(answer["worlds"]))] * bool(
                self.ranges
            )
            self.table.value = chances(found, scenarios, tried, self.say, told)
        else:
            words = self.say("suppose.few", count=int(found["worlds"]), least=FEWEST)
            self.table.value = f'<p role="status">{escape(words)}</p>'

    def _judged(self, choice: Choice) -> tuple[dict[str, Any], bool]:
        """Return what the worlds left say, worked out once, and whether they are enough to say anything."""
        assert self.deck.outcomes is not None
        key = repr((choice.limits, sorted(self.ranges.items())))
        if key not in self.known:
            left = supposed(judged_by(self.deck.outcomes, self.deck.judge(choice)), self.ranges)
            enough = len(left.worlds) >= FEWEST
            self.known[key] = (judge(left, self.deck.seed) if enough else {"worlds": len(left.worlds)}, enough)
        return self.known[key]

    def _tried(self, choice: Choice, scenarios: Mapping[str, Scenario]) -> str | None:
        """Return which timeline of the study a choice is, whatever its limits."""
        here = scenario_key(self.deck.scenario(choice), None)
        answer, _ = self.deck.robust or ({}, {})
        return next(
            (n for n, s in scenarios.items() if n in answer["scenarios"] and scenario_key(s, None) == here), None
        )

    def _range(self, key: str) -> tuple[float, float]:
        belief = self.deck.robust[0]["beliefs"][key]  # type: ignore[index]
        return float(belief["low"]), float(belief["high"])

    def _lay_out(self) -> None:
        """Put the slider where the assumption chosen stands."""
        low, high = self._range(self.which.value)
        self.quiet = True
        self.slide.min, self.slide.max = min(low, self.slide.min), max(high, self.slide.max)
        self.slide.value = self.ranges.get(self.which.value, (low, high))
        self.slide.min, self.slide.max, self.slide.step = low, high, (high - low) / STEPS
        self.quiet = False
        self._tell()

    def _slid(self, change: Mapping[str, Any]) -> None:
        if self.quiet:
            return
        key, (low, high) = self.which.value, change["new"]
        lowest, highest = self._range(key)
        near = (highest - lowest) / STEPS / 2
        if low - lowest < near and highest - high < near:
            self.ranges.pop(key, None)
        else:  # an end of the slider is an end of what is possible, however its steps are rounded
            self.ranges[key] = (lowest if low - lowest < near else low, highest if highest - high < near else high)
        self._tell()
        self.choose(self.choice)

    def _forget(self, _: Any) -> None:
        self.ranges = Ranges()
        self._lay_out()
        self.choose(self.choice)

    def _tell(self) -> None:
        """Say what is supposed now: the ends of the slider shown, and every range that is narrower than believed."""
        say, key = self.say, self.which.value
        low, high = self.ranges.get(key, self._range(key))
        told = [say("suppose.ends", what=key_label(key, say), low=f"{low:.3g}", high=f"{high:.3g}")]
        others = [k for k in self.ranges if k != key]
        told += [
            say("suppose.ends", what=key_label(k, say), low=f"{self.ranges[k][0]:.3g}", high=f"{self.ranges[k][1]:.3g}")
            for k in others
        ]
        self.words.value = '<div class="fusion-note" role="status">' + "<br>".join(map(escape, told)) + "</div>"
        self.nothing.disabled = not self.ranges
