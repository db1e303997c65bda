"""The tray: up to four choices, named and kept, side by side with what each brings against the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as w

from foundation.machine.causes import cause
from scenarios import Scenario
from study.app.choice import Choice
from study.app.choices import Deck
from study.app.reproduce import command
from study.app.saved_choices import LONGEST, MOST, Kept, Shelf, link
from study.app.scenes.kept_principles import breach_of
from study.app.scenes.kpi_intervals import COLOURS, SIGNS, estimate, gap
from study.plotting.theme import UNSURE
from study.presentation.headlines import IN_THE_APP
from study.presentation.language import NOTHING, Language
from study.presentation.verdict import judge, kpi_name, kpi_unit, write_interval, write_number


class Tray:
    """A button that keeps what is shown, a row for each choice kept, and their table.

    Parameters
    ----------
    deck : Deck
    say : Language
    again : callable
        Told which choice is to be shown again.
    """

    def __init__(self, deck: Deck, say: Language, again: Callable[[Choice], None]) -> None:
        self.deck, self.say, self.again = deck, say, again
        self.shelf = Shelf(deck)
        self.kept = self.shelf.read()
        self.choice = deck.reference
        self.pin = w.Button(description=say("tray.pin"), tooltip=say("tray.pin_note", most=say.number(MOST)))
        self.pin.add_class("fusion-pin")
        self.pin.on_click(self._pin)
        self.words, self.rows, self.table = w.HTML(), w.VBox(), w.HTML()
        heading = w.HTML(f"<h2>{escape(say('tray.title'))}</h2>")
        self.view = w.VBox([heading, self.pin, self.words, self.rows, self.table])
        self.view.add_class("fusion-tray")
        self._lay_out()

    def look(self) -> None:
        """Show what lies on the shelf now."""
        self.kept = self.shelf.read()
        self._lay_out()
        self.choose(self.choice)

    def choose(self, choice: Choice) -> None:
        """Take note of what is shown; its numbers may be new."""
        self.choice = choice
        self.pin.disabled = len(self.kept) >= MOST or choice in [one.choice for one in self.kept]
        self.compare()

    def compare(self) -> None:
        """Write the table of the choices kept, as far as they have been computed."""
        reference = self.deck.point(self.deck.reference)
        points = [self.deck.point(one.choice) for one in self.kept]
        self.table.value = (
            side_by_side(self.kept, points, reference, self.deck, self.say, self.deck.judge(self.choice))
            if self.kept
            else ""
        )

    def _pin(self, _: Any) -> None:
        name = self.deck.title(self.choice, self.say)[:LONGEST]
        self._keep([*self.kept, Kept(name, self.choice)][:MOST])

    def _keep(self, kept: list[Kept]) -> None:
        try:
            self.shelf.write(kept)
            self.words.value = ""
        except OSError as error:
            self.words.value = escape(
                self.say("tray.not_kept", path=str(self.shelf.path), reason=self.say.said(cause(error)))
            )
        self.kept = kept
        self._lay_out()
        self.choose(self.choice)

    def _lay_out(self) -> None:
        self.rows.children = [self._row(at, one) for at, one in enumerate(self.kept)]

    def _row(self, at: int, one: Kept) -> w.Widget:
        say = self.say
        name = w.Text(value=one.name, continuous_update=False, description=f"{at + 1}")
        name.observe(lambda change: self._rename(at, change["new"]), "value")
        show = w.Button(description=say("tray.show"), tooltip=self.deck.title(one.choice, say))
        show.on_click(lambda _: self.again(one.choice))
        drop = w.Button(description=say("tray.drop"), tooltip=say("tray.drop"))
        drop.on_click(lambda _: self._keep([k for k in self.kept if k is not one]))
        address = escape(link(one.choice), quote=True)
        open_ = w.HTML(f'<a href="{address}" target="_blank">{escape(say("tray.link"))}</a>')
        said = w.HTML(f"<code>{escape(command(self.deck, one.choice))}</code>")
        row = w.HBox([name, show, drop, open_, said])
        row.add_class("fusion-kept")
        return row

    def _rename(self, at: int, name: str) -> None:
        clean = " ".join(name.split())[:LONGEST]
        if clean:
            self._keep([Kept(clean, k.choice) if n == at else k for n, k in enumerate(self.kept)])


def side_by_side(
    kept: list[Kept],
    points: list[dict[str, Any] | None],
    reference: Mapping[str, Any] | None,
    deck: Deck,
    say: Language,
    rules: Scenario | None = None,
) -> str:
    """Return a table as HTML: a column a choice, a row a KPI, and the paired difference to the reference below each.

    All are held against the same principles: those of ``rules``, by default the first scenario's.
    """
    confidence = deck.first.study.confidence
    heads = "".join(f'<th scope="col">{escape(one.name)}</th>' for one in kept)
    rows = []
    for kpi in IN_THE_APP:
        cells = "".join(
            _cell(kpi, point, None if one.choice == deck.reference else reference, say, confidence)
            for one, point in zip(kept, points, strict=True)
        )
        name = f"{escape(kpi_name(kpi, say))} <small>[{escape(kpi_unit(kpi, say))}]</small>"
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    broken = "".join(_broken(point, reference, rules or deck.first, say) for point in points)
    rows.append(f'<tr><th scope="row">{escape(say("tray.principles"))}</th>{broken}</tr>')
    head = f'<thead><tr><th scope="col">{escape(say("table.kpi"))}</th>{heads}</tr></thead>'
    return f'<table class="fusion-table fusion-side-by-side">{head}<tbody>{"".join(rows)}</tbody></table>'


def _broken(
    point: Mapping[str, Any] | None, reference: Mapping[str, Any] | None, rules: Scenario, say: Language
) -> str:
    """Return in how many of its runs a choice breaks a principle, marked where that is more often than allowed."""
    if point is None:
        return _missing(say)
    found = breach_of(point, reference, rules)
    if found is None:
        return f"<td>{NOTHING}</td>"
    mark, kind = ("▼ ", ' class="fusion-broken"') if found.too_often else ("", "")
    return f"<td{kind}>{mark}{escape(say.number(100 * found.share, 0))}</td>"


def _missing(say: Language) -> str:
    return f"<td><small>{escape(say('tray.not_computed'))}</small></td>"


def _cell(
    kpi: str, point: Mapping[str, Any] | None, reference: Mapping[str, Any] | None, say: Language, confidence: float
) -> str:
    if point is None or kpi not in point["kpis"]:
        return _missing(say)
    value = escape(write_number(kpi, estimate(point["kpis"][kpi], confidence).mean, say))
    if reference is None:
        return f"<td>{value}</td>"
    found = gap(point, reference, kpi, confidence)
    verdict = judge(kpi, found)
    amount = f"{write_number(kpi, found.mean, say, sign=True)} {write_interval(kpi, found, say, sign=True)}".strip()
    colour = COLOURS.get(verdict, UNSURE)
    words = f"{SIGNS.get(verdict, '')}{say(f'verdict.{verdict}')}"
    return f'<td>{value}<br><small style="color:{colour}">{escape(words)} {escape(amount)}</small></td>'
