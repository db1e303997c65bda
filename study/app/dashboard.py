"""The dashboard itself: what a person moves on the left, what follows from it on the right."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from scenarios import InputError
from study.app.by_hand import ByHand
from study.app.choice import Choice
from study.app.choices import Deck, plan_of
from study.app.controls import Controls
from study.app.downloads import Downloads
from study.app.maps import Maps
from study.app.parts.objections import Objections
from study.app.parts.suppositions import Suppositions
from study.app.saved_choices import linked
from study.app.scenes.attainment_table import attainment_table
from study.app.scenes.kept_principles import principles_line
from study.app.scenes.kpi_intervals import bands
from study.app.scenes.tables import last_stage_days, targets_table, who_changes
from study.app.scenes.timeline_strip import strip
from study.app.tray import Tray
from study.app.uploads import Uploads
from study.app.widgets import Address, Sortable, Strip
from study.app.worker_client import Hand, message_text
from study.presentation.error_messages import ending
from study.presentation.language import LANGUAGES, Language, unbroken

STYLE = Path(__file__).parent / "style.css"


class Dashboard:
    """Widgets and what happens between them; ``view`` is what a notebook shows.

    Parameters
    ----------
    deck : Deck
    """

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.hand = Hand(self._heard, deck)
        self.reference = deck.point(deck.reference)
        self.asked = deck.reference
        self.shown: tuple[Choice, Mapping[str, Any]] | None = None
        self.view = w.VBox()
        self.view.add_class("fusion-app")
        self.address = Address()
        self.address.observe(lambda change: self._opened(change["new"]), "search")
        self.say = Language(deck.language)
        self.left: tuple[Controls, Maps] | None = None
        self._lay()
        self.speak(deck.language)

    def _lay(self) -> None:
        """Make what belongs to a deck and outlives a change of language: files, own city, work by hand, objections."""
        self.downloads = Downloads(self.deck, self.say)
        self.uploads = Uploads(self.deck, self.say, self._take)
        self.by_hand = ByHand(self.deck, self.say, self._draw, self._group)
        self.suppositions = Suppositions(self.deck, self.say)
        self.objections = Objections(self.deck, self.say, self._draw)
        self.people = Sortable()

    def speak(self, code: str) -> None:
        """Build everything in a language; what was chosen, opened or is under way stays so."""
        say = self.say = Language(code)
        before, left = self.asked, self.left
        self.controls: Controls = Controls(self.deck, say, self.choose, before)
        self.maps = Maps(self.deck, say, self.controls.lock)
        if left is not None:
            self.controls.locks.value = list(left[0].locks.value)
            self.maps.stand_as(left[1])
        self.left = (self.controls, self.maps)
        self.controls.locks.observe(lambda change: self.maps.show_locks(change["new"]), "value")
        for part in (self.by_hand, self.downloads, self.uploads, self.suppositions, self.objections):
            part.speak(say)
        self.tray = Tray(self.deck, say, self._again)
        self.status, self.bands, self.targets = w.HTML(), w.HTML(), w.HTML()
        self.reached = w.HTML()
        self.strip = Strip()
        self.strip.observe(lambda change: self._dragged(change["new"]), "asked")
        self.results = _box(
            "fusion-results",
            _heading(say("app.results")),
            self.bands,
            self.reached,
            self.maps.view,
            _box("fusion-columns", _box("fusion-panel", self.targets), _box("fusion-panel", self.maps.card)),
            _heading(say("app.who")),
            self.people,
            self.by_hand.view,
            self.objections.view,
        )
        languages = w.ToggleButtons(
            options=[(Language(c)("language"), c) for c in LANGUAGES], value=code, description="", tooltips=[]
        )
        languages.observe(lambda change: self.speak(change["new"]), "value")
        side = _box("fusion-side", languages, self.controls.view, self.downloads.view, self.uploads.view)
        held = _box("fusion-panel", _heading(say("app.chances")), self.suppositions.view)
        main = _box("fusion-main", self.status, self.strip, self.results, held, self.tray.view)
        self.view.children = [w.HTML(_head(self.deck, say)), _box("fusion-body", side, main), self.address]
        self.shown = None
        self.maps.show_locks(self.controls.locks.value)
        self.choose(before)

    def choose(self, choice: Choice) -> None:
        """Show a choice from the cache, or have it computed and say so."""
        self.asked = choice
        try:
            scenario = self.deck.scenario(choice)
        except InputError as error:
            self.hand.forget()
            self._tell("failed", self.say("app.refused", problems=" ".join(ending(error, self.say.code))))
            return
        self.strip.scene = strip(scenario, self.say, [phase.name for phase in self.deck.first.phases])
        self.downloads.choose(choice)
        self.tray.choose(choice)
        self.suppositions.choose(choice)
        point = self.deck.point(choice)
        self.reference = self.reference or self.deck.point(self.deck.reference)
        if point is not None:
            self._show(choice, point)
        elif self.shown is None:
            self.maps.show_today(self.deck.territory(scenario))
        if point is None or self._count(point) < self.deck.replications or not self._reference_is_whole():
            self._tell("busy", self._waiting(self.say("app.starting")))
            missing = [] if self._reference_is_whole() or choice == self.deck.reference else [self.deck.reference]
            self.hand.ask("points", [choice, *missing])
        else:
            self.hand.forget()
            self._tell("done", self.say("app.from_cache", count=self.say.number(self.deck.replications)))

    def _opened(self, search: str) -> None:
        """Take up what has been kept since this page was made, and show the choice that its address names."""
        self.tray.look()
        choice = linked(self.deck, search.removeprefix("?"))
        if choice is not None and choice != self.asked:
            self._again(choice)

    def _take(self, deck: Deck) -> None:
        """Lay another table: everything is built anew on its territory."""
        for part in (self.hand, self.downloads, self.uploads, self.objections):
            part.close()
        self.deck, self.hand = deck, Hand(self._heard, deck)
        self.asked, self.reference, self.left = deck.reference, None, None
        self._lay()
        self.speak(self.say.code)

    def _draw(self, plan: str) -> None:
        """Use communities drawn by hand, with the controls as they are now."""
        self.controls.draw(plan)

    def _group(self, units: list[str]) -> None:
        """Keep units together from the next drawing on."""
        self.controls.together.add(units)

    def _dragged(self, asked: Mapping[str, Any]) -> None:
        self.controls.lengthen(str(asked["phase"]), int(asked["days"]))

    def _again(self, choice: Choice) -> None:
        """Put everything where a choice has it, and show it."""
        self.controls.go_to(choice)
        self.choose(choice)

    def _heard(self, message: Mapping[str, Any]) -> None:
        """Say how far the worker is; show what is ready."""
        state, say, choice = message["state"], self.say, self.asked
        if state == "deciding":
            self._tell("busy", self._waiting(say("app.deciding")))
        elif state == "simulating":
            done, total = say.number(message["done"]), say.number(message["total"])
            self._tell("busy", self._waiting(say("app.simulating", done=done, total=total)))
        elif state == "failed":
            self._tell("failed", say("app.failed", problems=message_text(message, say)))
        elif state in ("ready", "done"):
            point = self.deck.point(choice)
            self.reference = self.deck.point(self.deck.reference) or self.reference
            if point is not None:
                self._show(choice, point)
                count = say.number(self._count(point))
                if state == "done":
                    self._tell("done", say("app.computed", count=count))
                    self.tray.compare()

    def _show(self, choice: Choice, point: Mapping[str, Any]) -> None:
        """Draw everything that hangs on a point."""
        deck, say = self.deck, self.say
        scenario = deck.scenario(choice)
        territory = deck.territory(scenario)
        same = choice == deck.reference
        kept = principles_line(point, self.reference, deck.judge(choice), say)
        self.bands.value = unbroken(kept + bands(point, self.reference, say, scenario.study.confidence, same=same))
        stage = scenario.target_stages[-1].title.say(say.code) if scenario.target_stages else ""
        subdivided = plan_of(point, "subdivided", territory)
        lasts, reference_lasts = last_stage_days(scenario), last_stage_days(deck.first)
        scale = lasts / reference_lasts if lasts and reference_lasts else 1.0
        self.targets.value = unbroken(targets_table(point, self.reference, territory, subdivided, stage, scale, say))
        self.people.content = who_changes(point, self.reference, territory, scale, say)
        self.reached.value = unbroken(attainment_table(point, scenario, say))
        self.maps.show(territory, point, self.reference)
        drawn = plan_of(point, "redrawn", territory)
        self.by_hand.show(territory, drawn, scenario.partition.balance_tolerance)
        self.objections.show(choice, territory, drawn)
        self.shown = (choice, point)

    def _waiting(self, what: str) -> str:
        """Say what is going on, and what is meanwhile to be seen."""
        if self.shown is None:
            return self.say("app.wait_nothing", what=what)
        choice, point = self.shown
        if choice == self.asked:
            count, total = self.say.number(self._count(point)), self.say.number(self.deck.replications)
            return self.say("app.wait_partial", what=what, count=count, total=total)
        return self.say("app.wait_old", what=what, shown=self.deck.title(choice, self.say))

    def _tell(self, kind: str, text: str) -> None:
        self.status.value = f'<div role="status" class="fusion-status {kind}">{escape(text)}</div>'
        old = self.shown is not None and self.shown[0] != self.asked
        (self.results.add_class if old else self.results.remove_class)("fusion-old")

    def _reference_is_whole(self) -> bool:
        return self.reference is not None and self._count(self.reference) >= self.deck.replications

    @staticmethod
    def _count(point: Mapping[str, Any]) -> int:
        return len(point["kpis"]["sales"])


def _head(deck: Deck, say: Language) -> str:
    mark = ""
    if deck.ground.provenance.synthetic:
        words = say("synthetic_mark") + say("colon") + " " + say("warning.synthetic")
        mark = f'<p class="fusion-synthetic">{escape(words)}</p>'
    style = STYLE.read_text(encoding="utf-8")
    lead = say("app.lead", territory=deck.ground.name, confidence=say.percent(deck.first.study.confidence, 0))
    return f"<style>{style}</style><h1>{escape(say('app.title'))}</h1>{mark}<p>{escape(lead)}</p>"


def _heading(text: str) -> w.HTML:
    return w.HTML(f"<h2>{escape(text)}</h2>")


def _box(name: str, *children: w.Widget) -> w.Box:
    box = w.Box(list(children))
    box.add_class(name)
    return box
