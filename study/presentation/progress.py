"""Progress a person can follow on a terminal, and silence everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from foundation.messages import Message
from study.presentation.language import Language

Tick = Callable[[int, int], None]
"""Told after each finished piece: how many are done, how many there are."""


WARNING, PROGRAM = "warning:", "fusion"
HEADS = (WARNING, "警告：")


def complain(text: str, language: str = "en") -> None:
    """Say on stderr why the program stops."""
    say = Language(language)
    head = f"{PROGRAM}{say('colon')}"
    _print(Console(stderr=True), f"{head}{say.space}{text}", head, "bold red")


def _print(console: Console, text: str, head: str, style: str) -> None:
    """Print a line whose head is coloured: on a terminal, and unless NO_COLOR is set (https://no-color.org)."""
    line = Text(text)
    if text.startswith(head):
        line.stylize(style, 0, len(head))
    console.print(line, highlight=False, soft_wrap=True)


class Reporter:
    """Tells a person what is being done; knows nothing of the work.

    Parameters
    ----------
    quiet : bool
        Say nothing at all.
    language : {"en", "zh"}
        In which steps are named.
    """

    def __init__(self, quiet: bool = False, language: str = "en") -> None:
        self.quiet = quiet
        self.language = Language(language)
        self.console = Console(stderr=True, quiet=quiet)

    def say(self, text: str) -> None:
        """Print one line; a warning stands out on a terminal."""
        head = next((head for head in HEADS if text.startswith(head)), WARNING)
        _print(self.console, text, head, "yellow")

    @contextmanager
    def busy(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show that work without a countable end goes on, and for how long; the caller may say what it is at."""
        if self.quiet or not self.console.is_terminal:
            yield lambda step: self.say(self._step(what, step))
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task(self.language.said(what), total=None)
            yield lambda step: progress.update(task, description=self._step(what, step))

    @contextmanager
    def bar(self, what: str) -> Iterator[Tick]:
        """Show a bar with time left on a terminal, and one closing line elsewhere."""
        if self.quiet or not self.console.is_terminal:
            yield lambda done, total: None
            self.say(self._step(what, Message("done")))
            return
        with self._bars() as progress:
            task = progress.add_task(self.language.said(what), total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    @contextmanager
    def steps(self, what: str) -> Iterator[Callable[[str], Tick]]:
        """Show the steps of a work one after the other, each with a bar; one line for each elsewhere."""
        if self.quiet or not self.console.is_terminal:

            def spoken(step: str) -> Tick:
                self.say(self._step(what, step))
                return lambda done, total: None

            yield spoken
            return
        with self._bars() as progress:

            def shown(step: str) -> Tick:
                _finish(progress)
                task = progress.add_task(self._step(what, step), total=None)
                return lambda done, total: progress.update(task, completed=done, total=total)

            yield shown
            _finish(progress)

    def _bars(self) -> Progress:
        """Return bars with what is done, how much of it, for how long, and how long still."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Counted(),
            TimeElapsedColumn(),
            _StillToGo(),
            console=self.console,
        )

    def _step(self, what: str, step: str) -> str:
        """Return what is being done and the step it is at, in the reader's language."""
        colon = "：" if self.language.code == "zh" else ": "
        return f"{self.language.said(what)}{colon}{self.language.said(step)}"


class _Counted(MofNCompleteColumn):
    """What is done of how much, as soon as it is known how much there is; the bar moves until then."""

    def render(self, task: Task) -> Text:
        """Return the numbers, or nothing."""
        return super().render(task) if task.total is not None and task.total > 1 else Text("")


class _StillToGo(TimeRemainingColumn):
    """How long it takes still, as soon as that can be told."""

    def render(self, task: Task) -> Text:
        """Return the time, or nothing."""
        return super().render(task) if task.time_remaining is not None else Text("")


def _finish(progress: Progress) -> None:
    """Fill the bars of steps that never told how much there was to do: the next step shows that they are over."""
    for task in progress.tasks:
        if task.total is None:
            progress.update(task.id, total=1, completed=1)
