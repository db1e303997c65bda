"""Communities drawn by hand: a map whose units are moved, and the plan that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as w
import pandas as pd

from scenarios import Territory
from study.app.choices import Deck
from study.app.parts.kept_plans import kept_plan
from study.app.scenes.hand_scene import drawn_plan, hand_scene, hand_words
from study.app.widgets import HandMap
from study.presentation.language import Language


class ByHand:
    """A button that lays the communities shown on the table, and the map on which their units are moved.

    Parameters
    ----------
    deck : Deck
    say : Language
    use : callable
        Told the name of the file of a plan that was drawn.
    group : callable
        Told units that are to stay in one community.
    """

    def __init__(
        self, deck: Deck, say: Language, use: Callable[[str], None], group: Callable[[list[str]], None]
    ) -> None:
        self.deck, self.say, self.use, self.group = deck, say, use, group
        self.times = 0
        self.territory: Territory | None = None
        self.plan: pd.Series[Any] | None = None
        self.tolerance = deck.first.partition.balance_tolerance
        self.map = HandMap()
        self.map.observe(lambda change: self._drawn(change["new"]), "drawn")
        self.map.observe(lambda change: self._brushed(change["new"]), "brushed")
        self.open = w.Button(disabled=True)
        self.open.on_click(self._open)
        self.words, self.heading = w.HTML(), w.HTML()
        self.view = w.VBox([self.heading, self.words, self.open, self.map])
        self.view.add_class("fusion-panel")
        self.speak(say)

    def speak(self, say: Language) -> None:
        """Change the language; what has been moved stays where it was moved to."""
        self.say = say
        self.open.description = say("hand.open")
        self.words.value = f'<div class="fusion-note">{escape(say("hand.note"))}</div>'
        self.heading.value = f"<h2>{escape(say('hand.title'))}</h2>"
        if self.map.scene:
            self.map.scene = {**self.map.scene, "words": hand_words(say)}

    def show(self, territory: Territory, plan: pd.Series[Any], tolerance: float) -> None:
        """Take note of the redrawn communities shown: they are what is laid on the table."""
        self.territory, self.plan, self.tolerance = territory, plan, tolerance
        self.open.disabled = False

    def _open(self, _: Any) -> None:
        if self.territory is not None and self.plan is not None:
            self.times += 1  # tells the page that it begins anew
            scene = hand_scene(self.territory, self.plan, self.tolerance, self.say)
            self.map.scene = {**scene, "opened": self.times}

    def _brushed(self, message: Mapping[str, Any]) -> None:
        """Pass on the units that are to stay together."""
        if self.territory is None:
            return
        ids = self.territory.unit_ids
        numbers = sorted({n for n in message.get("units", []) if isinstance(n, int) and 0 <= n < len(ids)})
        self.group([str(ids[n]) for n in numbers])

    def _drawn(self, message: Mapping[str, Any]) -> None:
        """Write the plan into a file named after what it holds."""
        if self.territory is None:
            return
        plan = drawn_plan(self.territory, self.map.scene, message.get("of", []))
        if plan is None:
            return
        try:
            name = kept_plan(self.deck.uploads, plan)
        except OSError as error:
            self.words.value = escape(f"{self.deck.uploads}{self.say('colon')} {error.strerror}")
            return
        self.use(name)
