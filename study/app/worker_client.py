"""A page's hold on its worker: sends requests, hears how far they are, and says so on the page's own loop."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from study.app.choice import Choice
from study.app.choices import VARIABLE, Deck
from study.presentation.language import Language

Hear = Callable[[Mapping[str, Any]], None]


class Hand:
    """One worker process, started when it is first needed.

    Parameters
    ----------
    hear : callable
        Told every message of the newest request, in the thread of the event loop that made this hand.
    deck : Deck
        What the worker lays on its own table.
    """

    def __init__(self, hear: Hear, deck: Deck) -> None:
        self.hear, self.deck = hear, deck
        self.loop = asyncio.get_event_loop()
        self.process: subprocess.Popen[str] | None = None
        self.log: IO[bytes] | None = None
        self.latest = 0

    def ask(self, what: str, choices: Sequence[Choice], **rest: Any) -> None:
        """Send a request; the one at work gives way to it."""
        self.latest += 1
        line = json.dumps({"id": self.latest, "what": what, "choices": [c.plain() for c in choices], **rest})
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()

    def forget(self) -> None:
        """Take no more notice of what was asked before."""
        self.latest += 1

    def close(self) -> None:
        """Let the worker go, and hear no more of it: it ends when nobody speaks to it any more."""
        self.forget()
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None or self.process.poll() is not None:
            self.log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the worker
            self.process = subprocess.Popen(
                [sys.executable, "-m", "study.app.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
                env={**os.environ, VARIABLE: json.dumps(dict(self.deck.content))},
                text=True,
                encoding="utf-8",
            )
            threading.Thread(target=self._listen, args=(self.process, self.log), daemon=True).start()
        return self.process

    def _listen(self, process: subprocess.Popen[str], log: IO[bytes]) -> None:
        """Pass on what the worker says; where it ends before its time, pass on its last words."""
        assert process.stdout is not None
        for line in process.stdout:
            self._pass_on(json.loads(line))
        if process.wait() != 0:
            log.seek(0)
            words = log.read().decode("utf-8", "replace").strip().splitlines()
            self._pass_on({"id": self.latest, "state": "failed", "problems": words[-1:] or [str(process.returncode)]})

    def _pass_on(self, message: Mapping[str, Any]) -> None:
        def on_the_loop() -> None:
            if message["id"] == self.latest:
                self.hear(message)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(on_the_loop)


def message_text(message: Mapping[str, Any], say: Language) -> str:
    """Return why a worker could not do what it was asked, in the page's language where it says so."""
    return " ".join(dict(message.get("said") or {}).get(say.code, message["problems"]))
