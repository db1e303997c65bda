"""The principles (F2) and their limits as something to move: what counts as an interruption is for people to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import ipywidgets as w

from scenarios.schema.study_settings import Principle
from study.app.choice import Choice
from study.app.choices import BROKEN, Deck
from study.presentation.language import Language
from study.presentation.verdict import GOOD, MONEY, MONEY_UNIT, SHARES, kpi_name, kpi_unit

Limit = float | None


class Limits:
    """Two fields a principle (against the plan; for every timeline), and how often one may be broken.

    Parameters
    ----------
    deck : Deck
    say : Language
    moved : callable
        Called when a limit has changed.
    start : Choice
        Where everything stands at first.
    """

    def __init__(self, deck: Deck, say: Language, moved: Callable[[], None], start: Choice) -> None:
        self.deck, self.say, self.moved = deck, say, moved
        self.own = own_limits(deck.first.study.principles, deck.first.study.broken_at_most)
        self.stand: dict[str, Limit] = {}
        self.fields: dict[str, w.Text] = {}
        self.quiet = False
        self.wrong = w.HTML()
        boxes: list[w.Widget] = []
        for kpi in deck.first.study.principles:
            boxes.append(_text("fusion-stage", kpi_name(kpi, say)))
            boxes += [self._field(key) for key in self.own if key.rpartition(".")[0] == kpi]
        boxes += [_text("fusion-stage", say("limits.broken")), self._field(BROKEN)] if boxes else []
        heading = [_text("fusion-label", say("limits.title")), _text("fusion-note", say("limits.note"))]
        self.view = w.VBox([*heading, *boxes, self.wrong] if boxes else [])
        self.go_to(start)

    @property
    def value(self) -> tuple[tuple[str, Limit], ...]:
        """The limits that differ from the scenario's own."""
        return tuple((key, self.stand[key]) for key in self.own if self.stand[key] != self.own[key])

    def go_to(self, choice: Choice) -> None:
        """Stand where a choice has the limits, without telling anybody."""
        self.stand = {**self.own, **{k: v for k, v in choice.limits if k in self.own}}
        self.wrong.value = ""
        self._write()

    def _field(self, key: str) -> w.Text:
        kind = key.rpartition(".")[2]
        unit = _unit(key, self.say)
        field = w.Text(
            description=self.say(f"limits.{kind}", unit=unit),
            placeholder=self.say("limits.none"),
            continuous_update=False,
        )
        field.add_class("fusion-limit")
        field.observe(lambda change: self._typed(key, change["new"]), "value")
        self.fields[key] = field
        return field

    def _typed(self, key: str, text: str) -> None:
        if self.quiet:
            return
        value = read(text, factor(key, self.say))
        kpi = key.rpartition(".")[0]
        beside = [self.stand[k] for k in self.own if k != key and k.rpartition(".")[0] == kpi]
        without = value is None and (key == BROKEN or all(v is None for v in beside))
        if value is NONSENSE or without or not self._fits(key, value):
            words = self.say("limits.wrong", text=text or self.say("limits.none"))
            self.wrong.value = f'<div role="status" class="fusion-status failed">{escape(words)}</div>'
            self._write()
            return
        self.wrong.value = ""
        before, self.stand[key] = self.stand[key], value
        self._write()
        if value != before:
            self.moved()

    def _fits(self, key: str, value: Limit) -> bool:
        """Return whether a limit can be: slacks are not negative, a share lies between 0 and 1."""
        kind = key.rpartition(".")[2]
        if value is None or kind in ("most", "least"):
            return True
        return 0 <= value <= 1 if kind in (BROKEN, "slack_share") else value >= 0

    def _write(self) -> None:
        self.quiet = True
        for key, field in self.fields.items():
            value = self.stand[key]
            field.value = "" if value is None else f"{round(value * factor(key, self.say), 9):g}"
        self.quiet = False


NONSENSE = float("inf")
"""What a text means that is no number."""


def own_limits(principles: Mapping[str, Principle], broken: float) -> dict[str, Limit]:
    """Return the limits of principles by key; each has one against the plan and one for every timeline, maybe empty."""
    found: dict[str, Limit] = {}
    for kpi, rule in principles.items():
        slack = "slack_share" if rule.slack_share is not None else "slack"
        side = "least" if rule.least is not None or GOOD.get(kpi.split(".")[0], -1) > 0 else "most"
        for kind in (slack, side):
            found[f"{kpi}.{kind}"] = getattr(rule, kind)
    return {**found, BROKEN: broken}


def read(text: str, scale: float) -> Limit:
    """Return the number of a text in the unit of its key: None for nothing, `NONSENSE` for what is no number.

    Examples
    --------
    >>> read("15 %", 100.0), read(" ", 1.0), read("0,5", 1.0), read("much", 1.0)
    (0.15, None, 0.5, inf)
    """
    clean = text.strip().removesuffix("%").strip().replace(",", ".").replace("−", "-")
    if not clean:
        return None
    try:
        value = float(clean) / scale
    except ValueError:
        return NONSENSE
    return value if abs(value) < NONSENSE else NONSENSE


def factor(key: str, say: Language) -> float:
    """Return by how much a limit is multiplied to be written: shares in per cent, money in its unit of the language."""
    kpi, _, kind = key.rpartition(".")
    root = kpi.split(".", maxsplit=1)[0]
    if kind in (BROKEN, "slack_share") or root in SHARES:
        return 100.0
    return 1 / MONEY_UNIT[say.code] if root in MONEY else 1.0


def _unit(key: str, say: Language) -> str:
    kpi, _, kind = key.rpartition(".")
    if kind in (BROKEN, "slack_share"):
        return say("unit.percent")
    return kpi_unit(kpi, say, change=kind == "slack")


def _text(name: str, text: str) -> w.HTML:
    return w.HTML(f'<div class="{name}">{escape(text)}</div>')
