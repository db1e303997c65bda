"""Managers' objections to the communities shown: which can be granted, what each costs, and a plan that grants them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as w
import pandas as pd

from scenarios import Territory
from scenarios.rules.scorecard import natural
from study.app.choice import Choice
from study.app.choices import Deck
from study.app.parts.kept_plans import kept_plan
from study.app.scenes.objections_table import objections_table
from study.app.worker_client import Hand, message_text
from study.presentation.language import Language

MOST = 40
"""Objections that a page weighs at once."""


class Objections:
    """A field for objections, a line each; buttons that weigh them, price them and use what comes of them.

    Parameters
    ----------
    deck : Deck
    say : Language
    use : callable
        Told the file of a plan that is to be used.
    """

    def __init__(self, deck: Deck, say: Language, use: Callable[[str], None]) -> None:
        self.deck, self.use = deck, use
        self.hand = Hand(self._heard, deck)
        self.shown: tuple[Choice, Territory, pd.Series[Any]] | None = None
        self.base: Choice | None = None
        self.found: Mapping[str, Any] | None = None
        self.status: tuple[str, Callable[[Language], str]] | None = None
        self.lines = w.Textarea(rows=4)
        self.unit, self.who = w.Combobox(ensure_option=False), w.Text()
        self.community, self.plans = w.Dropdown(), w.Dropdown()
        self.add, self.weigh, self.price, self.take = w.Button(), w.Button(disabled=True), w.Button(), w.Button()
        self.heading, self.note, self.words, self.table = w.HTML(), w.HTML(), w.HTML(), w.HTML()
        self.add.on_click(self._add)
        self.weigh.on_click(self._weigh)
        self.price.on_click(self._price)
        self.take.on_click(lambda _: self.use(self.plans.value))
        form = w.HBox([self.unit, self.community, self.who, self.add])
        form.add_class("fusion-form")
        self.results = w.VBox([self.table, w.HBox([self.plans, self.take, self.price]).add_class("fusion-form")])
        self.view = w.VBox([self.heading, self.note, form, self.lines, self.weigh, self.words, self.results])
        self.view.add_class("fusion-panel").add_class("fusion-objections")
        self.speak(say)

    def speak(self, say: Language) -> None:
        """Change the language; objections typed and weighed stay."""
        self.say = say
        self.heading.value = f"<h2>{escape(say('objected.title'))}</h2>"
        self.note.value = f'<div class="fusion-note">{escape(say("objected.note", most=MOST))}</div>'
        self.unit.placeholder, self.who.placeholder = say("objected.unit"), say("objected.who")
        self.community.description = say("objected.to")
        self.lines.placeholder = say("objected.lines")
        for button, key in ((self.add, "add"), (self.weigh, "weigh"), (self.price, "price"), (self.take, "use")):
            button.description = button.tooltip = say(f"objected.{key}")
        if self.status is not None:
            self._tell(*self.status)
        self._lay_out()

    def close(self) -> None:
        """Let the worker go."""
        self.hand.close()

    def show(self, choice: Choice, territory: Territory, drawn: pd.Series[Any]) -> None:
        """Take note of the redrawn communities shown: they are what is objected to."""
        self.shown = (choice, territory, drawn)
        names = sorted(set(drawn), key=natural)
        if list(self.community.options) != names:
            self.community.options = names
            self.unit.options = [str(unit) for unit in territory.unit_ids]
        self.weigh.disabled = False
        if self.found is not None:
            self._lay_out()

    def _add(self, _: Any) -> None:
        line = ", ".join(part for part in (self.unit.value.strip(), self.community.value or "", self.who.value) if part)
        self.lines.value = "\n".join(part for part in (self.lines.value.rstrip(), line) if part)
        self.unit.value = self.who.value = ""

    def _weigh(self, _: Any) -> None:
        asked = parsed(self.lines.value)
        if self.shown is None or not asked:
            self._tell("failed", lambda say: say("objected.nothing"))
            return
        if len(asked) > MOST or any(len(line) < 2 for line in asked):
            self._tell("failed", lambda say: say("objected.lines_wrong", most=MOST))
            return
        choice, _, drawn = self.shown
        try:
            self.base = replace(choice, plan=choice.plan or kept_plan(self.deck.uploads, drawn))
        except OSError as error:
            place, why = self.deck.uploads, error.strerror
            self._tell("failed", lambda say: f"{place}{say('colon')} {why}")
            return
        self.found = None
        self._lay_out()
        self._tell("busy", lambda say: say("objected.weighing"))
        self.hand.ask("objections", [self.base], objections=asked)

    def _price(self, _: Any) -> None:
        """Have every plan that grants something simulated beside the one shown, under the same random numbers."""
        if self.base is None or self.found is None:
            return
        self._tell("busy", lambda say: say("app.starting"))
        self.hand.ask("points", [self.base, *(replace(self.base, plan=name) for name in _files(self.found))])

    def _heard(self, message: Mapping[str, Any]) -> None:
        match message["state"]:
            case "failed":
                self._tell("failed", lambda say: say("app.failed", problems=message_text(message, say)))
            case "weighed":
                self.found = message
                head = message["head"]
                self._tell("done", lambda say: head[say.code])
                self._lay_out()
            case "simulating":
                done, total = message["done"], message["total"]
                count = self.say.number
                self._tell("busy", lambda say: say("app.simulating", done=count(done), total=count(total)))
            case "ready" | "done":
                self._lay_out()
                if message["state"] == "done":
                    self._tell("done", lambda say: say("objected.priced"))

    def _lay_out(self) -> None:
        """Show what was found, and offer the plans that grant something."""
        self.results.layout.display = "none" if self.found is None else ""
        if self.found is None or self.base is None:
            return
        base = self.base
        priced = {name: self.deck.point(replace(base, plan=name)) for name in _files(self.found)}
        confidence = self.deck.first.study.confidence
        self.table.value = objections_table(self.found, self.deck.point(base), priced, confidence, self.say)
        options = [(self.say("objected.together"), self.found["together"])] if self.found["together"] else []
        options += [(f"{row['unit']} → {row['community']}", row["plan"]) for row in self.found["rows"] if row["plan"]]
        if list(self.plans.options) != options:
            self.plans.options = options
        self.price.disabled = self.take.disabled = not options

    def _tell(self, kind: str, text: Callable[[Language], str]) -> None:
        self.status = (kind, text)
        self.words.value = f'<div role="status" class="fusion-status {kind}">{escape(text(self.say))}</div>'


def parsed(text: str) -> list[list[str]]:
    r"""Return objections of lines: unit, community and maybe who, parted by commas, semicolons or tabs.

    Examples
    --------
    >>> parsed("U1, East 2, Wang\nU7；西一\\n\\n")
    [['U1', 'East 2', 'Wang'], ['U7', '西一']]
    """
    lines = [[part.strip() for part in re.split(r"[\t,;，；]", line)] for line in text.splitlines() if line.strip()]
    return [[part for n, part in enumerate(line) if part or n < 2] for line in lines]


def _files(found: Mapping[str, Any]) -> list[str]:
    """Return the files of all plans that grant something, each once."""
    return list(dict.fromkeys(n for n in (found["together"], *(row["plan"] for row in found["rows"])) if n))
