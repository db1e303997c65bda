"""The worker beside a page: computes choices and makes files, so that the page stays alive.

It reads requests from its standard input, a line of JSON each, and writes what it is at to its standard output in
the same way. A newer request for a choice takes the place of the one at work. It ends with the page that started it.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from scenarios import InfeasibleError, InputError, LimitError, Scenario
from scenarios.loading.case import cases_of
from scenarios.loading.territory_account import account_of
from scenarios.schema.fields import Text
from scenarios.territory.load import load_territory
from study.app.choice import Choice
from study.app.choices import Deck, read_deck
from study.app.parts.weigh_objections import weighed_for
from study.pipeline.run_study import run_study
from study.presentation.error_messages import ending
from study.presentation.language import LANGUAGES, Language
from study.presentation.progress import Reporter, Tick
from study.presentation.territory_account import account_table
from study.reporting.deliver import deliver
from study.whatif.points import compute

FIRST_LOOK = (3, 10)
"""Replications after which a page may show bands that are still wide."""

Say = Callable[[Mapping[str, Any]], None]


class Superseded(Exception):  # noqa: N818 - nothing has gone wrong: somebody has moved on
    """A newer request has come."""


class Wire(Reporter):
    """Tells the page how far the work is, and stops it when it is no longer wanted."""

    def __init__(self, tell: Say, wanted: Callable[[], bool]) -> None:
        super().__init__(quiet=True)
        self.tell, self.wanted = tell, wanted

    @contextmanager
    def busy(self, what: str) -> Iterator[Callable[[str], None]]:
        """Tell each step."""

        def step(_: str) -> None:
            self._go_on()

        self.tell({"state": "deciding"})
        yield step

    @contextmanager
    def bar(self, what: str) -> Iterator[Tick]:
        """Tell each finished piece."""

        def tick(done: int, total: int) -> None:
            self.tell({"state": "simulating", "done": done, "total": total})
            self._go_on()

        self.tell({"state": "deciding"})
        yield tick

    def _go_on(self) -> None:
        if not self.wanted():
            raise Superseded


def main(source: TextIO = sys.stdin, sink: TextIO = sys.stdout) -> None:
    """Serve requests until the page is gone."""
    inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_listen, args=(source, inbox), daemon=True).start()
    worker: Worker | None = None
    while (request := inbox.get()) is not None:

        def tell(message: Mapping[str, Any], request: Mapping[str, Any] = request) -> None:
            sink.write(json.dumps({"id": request["id"], **message}) + "\n")
            sink.flush()

        try:
            worker = worker or Worker(read_deck())
            worker.serve(request, tell, inbox.empty)
        except Superseded:
            tell({"state": "superseded"})
        except InputError as error:
            tell({"state": "failed", "problems": [str(p) for p in error.problems], "said": _said(error)})
        except (InfeasibleError, LimitError, OSError, MemoryError) as error:
            tell({"state": "failed", "problems": [str(error) or type(error).__name__], "said": _said(error)})


def _said(error: BaseException) -> dict[str, list[str]]:
    """Return what a person is told of an error in other languages than English; a page may change its own."""
    return {language: ending(error, language) for language in LANGUAGES if language != "en"}


class Worker:
    """Does what a page asks for.

    Parameters
    ----------
    deck : Deck
    """

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.made: dict[str, Any] = {}

    def serve(self, request: Mapping[str, Any], tell: Say, wanted: Callable[[], bool]) -> None:
        """Do one request: points of choices, or the files of a choice."""
        if request["what"] == "read":
            tell(self.read(request["path"]))
            return
        choices = [Choice.read(c) for c in request["choices"]]
        if request["what"] == "objections":
            tell({"state": "deciding"})
            tell({"state": "weighed", **weighed_for(self.deck, choices[0], request["objections"])})
            return
        if request["what"] == "files":
            self.files(choices, Path(request["out"]), request["language"], Wire(tell, wanted))
        else:
            self.points(choices, tell, wanted)
        tell({"state": "done"})

    def read(self, path: str) -> dict[str, Any]:
        """Read a city that somebody dropped on the page, and say what became of its columns."""
        territory = load_territory(path)
        entries, account = account_of(territory), {}
        for code in LANGUAGES:
            say = Language(code)
            notes = "".join(f"<li>{escape(say.gloss(note))}</li>" for note in territory.provenance.notes)
            account[code] = f'<ul class="fusion-note">{notes}</ul>{_table(account_table(entries, say))}'
        return {"state": "read", "units": len(territory), "account": account}

    def points(self, choices: list[Choice], tell: Say, wanted: Callable[[], bool]) -> None:
        """Compute points, with few replications first; each round goes on where the one before ended."""
        deck, before = self.deck, 0
        cases = cases_of(deck.scenario(choice) for choice in choices)
        for count in (*(n for n in FIRST_LOOK if n < deck.replications), deck.replications):
            reporter = Wire(_counted(tell, before, count, deck.replications), wanted)
            compute(
                cases,
                deck.ground,
                deck.store,
                seed=deck.seed,
                replications=count,
                jobs=deck.jobs,
                solver=deck.solver,
                reporter=reporter,
                made=self.made,
            )
            tell({"state": "ready", "done": count, "total": deck.replications})
            before = count

    def files(self, choices: list[Choice], out: Path, language: str, reporter: Reporter) -> None:
        """Run a study of the first choice against the others and write everything a study hands over."""
        deck = self.deck
        variants = [_titled(deck, choice, f"shown{n}") for n, choice in enumerate(choices)]
        named = list({s.sha256: s for s in reversed(variants)}.values())[::-1]
        record = run_study(
            *named,
            territory=deck.ground,
            replications=deck.replications,
            seed=deck.seed,
            jobs=deck.jobs,
            solver=deck.solver,
            reporter=reporter,
        )
        deliver(record, out, language)


def _table(rows: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if pd.isna(cell) else str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows.itertuples(index=False)
    )
    return f'<table class="fusion-account"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _titled(deck: Deck, choice: Choice, name: str) -> Scenario:
    """Return the scenario of a choice under a name of its own and a title that says what was moved."""
    title = Text(**{code: deck.title(choice, Language(code)) for code in LANGUAGES})
    return deck.scenario(choice).model_copy(update={"name": name, "title": title})


def _counted(tell: Say, before: int, count: int, total: int) -> Say:
    """Count replications over all rounds: those done before this one are done, those after it are still to come."""

    def tell_all(message: Mapping[str, Any]) -> None:
        if "total" in message:
            points = max(1, message["total"] // count)
            message = {**message, "done": points * before + message["done"], "total": points * total}
        tell(message)

    return tell_all


def _listen(source: TextIO, inbox: queue.Queue[dict[str, Any] | None]) -> None:
    for line in source:
        inbox.put(json.loads(line))
    inbox.put(None)


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as wire:
        os.dup2(2, 1)  # what solvers print must not come between the messages
        main(sink=wire)
