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
from study.app.widgets import DropZone
from study.app.worker_client import Hand, told
from study.presentation.error_messages import ending
from study.presentation.language import Language

ACCEPTS = (".xlsx", ".gpkg", ".geojson", ".json")
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
        self.zone = DropZone(accepts=list(ACCEPTS), largest=LARGEST, words={"hint": say("app.drop")})
        self.zone.on_msg(self._dropped)
        self.words, self.account = w.HTML(), w.HTML()
        self.use = w.Button(description=say("app.use_city"))
        self.use.layout.display = "none"
        self.use.on_click(self._use)
        heading = w.HTML(f'<div class="fusion-label">{escape(say("app.own_city"))}</div>')
        self.view = w.VBox([heading, self.zone, self.words, self.account, self.use])

    def _dropped(self, _: Any, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Keep the bytes in a folder of their own, and have them read."""
        self.use.layout.display, self.account.value = "none", ""
        name, size = str(content.get("name", "")), int(content.get("size", 0))
        suffix = Path(name).suffix.lower()
        if suffix not in ACCEPTS:
            self._tell("failed", self.say("app.drop_kind", name=name, kinds=self.say.listed(ACCEPTS)))
        elif not buffers or len(buffers[0]) > LARGEST:
            has, most = (self.say.number(count // 1_000_000) for count in (size, LARGEST))
            self._tell("failed", self.say("app.drop_large", name=name, size=has, most=most))
        else:
            data = bytes(buffers[0])
            self.path = self.deck.uploads / hashlib.sha256(data).hexdigest()[:16] / safe_name(name)
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(self.path, data)
            except OSError as error:
                self._tell("failed", f"{self.path}{self.say('colon')} {error.strerror}")
                return
            self._tell("busy", self.say("app.reading", name=name))
            self.hand.ask("read", [], path=str(self.path))

    def _heard(self, message: Mapping[str, Any]) -> None:
        if message["state"] == "failed":
            self._tell("failed", self.say("app.failed", problems=told(message, self.say)))
        elif message["state"] == "read":
            self._tell("done", self.say("app.read", units=self.say.number(message["units"])))
            self.account.value = message["account"][self.say.code]
            self.use.layout.display = ""

    def _use(self, _: Any) -> None:
        try:
            deck = self.deck.elsewhere(str(self.path))
        except InputError as error:
            self._tell("failed", self.say("app.failed", problems=" ".join(ending(error, self.say.code))))
            return
        self.hand.close()
        self.take(deck)

    def _tell(self, kind: str, text: str) -> None:
        self.words.value = f'<div role="status" class="fusion-status {kind}">{escape(text)}</div>'


def safe_name(name: str) -> str:
    """Return the name of a file without what could lead elsewhere: letters, digits, spaces and ``._-`` stay."""
    stem, suffix = Path(name.replace("\\", "/")).stem, Path(name).suffix.lower()
    return (re.sub(r"[^\w.\- ]", "_", stem).strip(". ")[:60] or "city") + suffix
