"""A city of one's own: a file dropped on the page, read by the worker, looked through, and then taken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from foundation.atomic_files import write_bytes
from scenarios import InputError
from study.app.choices import Deck
from study.app.downloads import Told
from study.app.widgets import DropZone
from study.app.worker_client import Hand, message_text
from study.presentation.error_messages import ending
from study.presentation.language import Language

ACCEPTS = (".xlsx", ".csv", ".gpkg", ".geojson", ".json")
"""What a city may come as: one file each. Folders and Shapefiles are several; the command line takes them."""

LARGEST = 50_000_000
"""Bytes of a file that a page takes."""


class Uploads:
    """A zone for a file, what became of its columns, and a button that takes the city.

    Parameters
    ----------
    deck : Deck
    say : Language
    take : callable
        Told the deck with the new city.
    """

    def __init__(self, deck: Deck, say: Language, take: Callable[[Deck], None]) -> None:
        self.deck, self.say, self.take = deck, say, take
        self.hand = Hand(self._heard, deck)
        self.path: Path | None = None
        self.zone = DropZone(accepts=list(ACCEPTS), largest=LARGEST)
        self.zone.on_msg(self._dropped)
        self.words, self.account, self.heading = w.HTML(), w.HTML(), w.HTML()
        self.accounts: Mapping[str, str] = {}
        self.told: tuple[str, Told] | None = None
        self.use = w.Button()
        self.use.layout.display = "none"
        self.use.on_click(self._use)
        self.view = w.VBox([self.heading, self.zone, self.words, self.account, self.use])
        self.speak(say)

    def speak(self, say: Language) -> None:
        """Change the language; a file that has been read stays to be used."""
        self.say = say
        self.zone.words = {"hint": say("app.drop")}
        self.use.description = say("app.use_city")
        self.heading.value = f'<div class="fusion-label">{escape(say("app.own_city"))}</div>'
        self.account.value = self.accounts.get(say.code, "")
        if self.told is not None:
            self._tell(*self.told)

    def close(self) -> None:
        """Let the worker go."""
        self.hand.close()

    def _dropped(self, _: Any, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Keep the bytes in a folder of their own, and have them read."""
        self.use.layout.display, self.account.value, self.accounts = "none", "", {}
        name, size = str(content.get("name", "")), int(content.get("size", 0))
        suffix = Path(name).suffix.lower()
        if suffix not in ACCEPTS:
            self._tell("failed", lambda say: say("app.drop_kind", name=name, kinds=say.listed(ACCEPTS)))
        elif not buffers or len(buffers[0]) > LARGEST:
            has, most = size // 1_000_000, LARGEST // 1_000_000
            words: Told = lambda say: say("app.drop_large", name=name, size=say.number(has), most=say.number(most))  # noqa: E731
            self._tell("failed", words)
        else:
            data = bytes(buffers[0])
            self.path = self.deck.uploads / hashlib.sha256(data).hexdigest()[:16] / safe_name(name)
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(self.path, data)
            except OSError as error:
                place, why = self.path, error.strerror
                self._tell("failed", lambda say: f"{place}{say('colon')} {why}")
                return
            self._tell("busy", lambda say: say("app.reading", name=name))
            self.hand.ask("read", [], path=str(self.path))

    def _heard(self, message: Mapping[str, Any]) -> None:
        if message["state"] == "failed":
            self._tell("failed", lambda say: say("app.failed", problems=message_text(message, say)))
        elif message["state"] == "read":
            self._tell("done", lambda say: say("app.read", units=say.number(message["units"])))
            self.accounts = message["account"]
            self.account.value = self.accounts[self.say.code]
            self.use.layout.display = ""

    def _use(self, _: Any) -> None:
        try:
            deck = self.deck.elsewhere(str(self.path))
        except InputError as error:
            problem = error
            self._tell("failed", lambda say: say("app.failed", problems=" ".join(ending(problem, say.code))))
            return
        self.take(deck)

    def _tell(self, kind: str, text: Told) -> None:
        """Say something, and remember it for the other language."""
        self.told = (kind, text)
        self.words.value = f'<div role="status" class="fusion-status {kind}">{escape(text(self.say))}</div>'


def safe_name(name: str) -> str:
    """Return the name of a file without what could lead elsewhere: letters, digits, spaces and ``._-`` stay."""
    stem, suffix = Path(name.replace("\\", "/")).stem, Path(name).suffix.lower()
    return (re.sub(r"[^\w.\- ]", "_", stem).strip(". ")[:60] or "city") + suffix
