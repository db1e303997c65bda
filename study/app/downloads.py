"""What can be taken away: workbook, GeoPackage and report of what is shown, made on request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from foundation.optional_geo import has_geo
from study.app.choice import Choice
from study.app.choices import Deck, is_of
from study.app.widgets import Files
from study.app.worker_client import Hand, message_text
from study.presentation.language import LANGUAGES, Language

NEEDED = ("workbook.xlsx", *(("plan.gpkg",) if has_geo() else ()), "report.html")
NAMES = (*NEEDED, "report.zh.html", "report.en.html", "report.pdf")


Told = Callable[[Language], str]
"""What is said, in whichever language it is asked for."""


class Downloads:
    """Buttons for the files of a choice; where there are none, a button that has them made.

    Parameters
    ----------
    deck : Deck
    say : Language
    """

    def __init__(self, deck: Deck, say: Language) -> None:
        self.deck, self.say = deck, say
        self.hand = Hand(self._heard, deck)
        self.choice: Choice | None = None
        self.making: Choice | None = None
        self.files = Files()
        self.make = w.Button()
        self.make.on_click(self._make)
        self.words, self.heading = w.HTML(), w.HTML()
        self.view = w.VBox([self.heading, self.words, self.files, self.make])
        self.told: Told = lambda _: ""
        self.speak(say)

    def speak(self, say: Language) -> None:
        """Change the language; what is being made goes on being made."""
        self.say = say
        self.make.description, self.make.tooltip = say("app.make_files"), say("app.make_files_note")
        self.heading.value = f'<div class="fusion-label">{escape(say("app.files"))}</div>'
        if self.choice is not None:
            told = self.told
            self.choose(self.choice)
            self._tell(told)

    def close(self) -> None:
        """Let the worker go."""
        self.hand.close()

    def choose(self, choice: Choice) -> None:
        """Offer the files of a choice."""
        self.choice = choice
        folder = self.folder(choice)
        there = NEEDED if folder is None else [name for name in NAMES if (folder / name).is_file()]
        labels = {name: self.say(f"app.file.{name.replace('.', '_')}") for name in there}
        self.files.offer(folder, labels)
        self.make.disabled = folder is not None or self.making is not None
        self.make.layout.display = "none" if folder is not None else ""
        if self.making is None:
            key = "app.files_ready" if folder is not None else "app.files_missing"
            self._tell(lambda say: say(key))

    def folder(self, choice: Choice) -> Path | None:
        """Return the folder that holds the files of a choice, if they have been made."""
        made = self._place(choice)
        if all((made / name).is_file() for name in NEEDED) and len([*made.glob("report*.html")]) == len(LANGUAGES):
            return made
        study = self.deck.study
        if choice == self.deck.reference and study is not None and is_of(self.deck, study):
            return study
        return None

    def _place(self, choice: Choice) -> Path:
        key = [*self.deck.store.shared, self.deck.replications, self.deck.scenario(choice).sha256, choice.scenario]
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
        return self.deck.cache.parent / "app-files" / digest

    def _make(self, _: Any) -> None:
        if self.choice is None or self.making is not None:
            return
        self.making = self.choice
        self.make.disabled = True
        others = [self.deck.reference]
        nothing = self.deck.first.study.counterfactual
        if nothing in self.deck.scenarios:
            others.append(Choice(str(nothing)))
        self._tell(lambda say: say("app.starting"))
        self.hand.ask("files", [self.choice, *others], out=str(self._place(self.choice)), language=self.say.code)

    def _heard(self, message: Mapping[str, Any]) -> None:
        if message["state"] == "deciding":
            self._tell(lambda say: say("app.deciding"))
        elif message["state"] == "simulating":
            done, total = message["done"], message["total"]
            self._tell(lambda say: say("app.simulating", done=say.number(done), total=say.number(total)))
        elif message["state"] in ("done", "failed"):
            self.making = None
            if self.choice is not None:
                self.choose(self.choice)
            if message["state"] == "failed":
                self._tell(lambda say: say("app.failed", problems=message_text(message, say)))

    def _tell(self, text: Told) -> None:
        """Say something, and remember it for the other language."""
        self.told = text
        self.words.value = f'<div class="fusion-note" role="status">{escape(text(self.say))}</div>'
