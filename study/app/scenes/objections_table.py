"""What objections come to, as a table: whether each can be granted, what moves, and its price once simulated."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from study.app.scenes.kpi_intervals import COLOURS, SIGNS, gap
from study.plotting.theme import UNSURE
from study.presentation.language import NOTHING, Language
from study.presentation.verdict import judge, kpi_name, kpi_unit, write_interval, write_number

PRICE = "contribution"
"""The KPI in which an objection is priced."""


def objections_table(
    found: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    priced: Mapping[str, Mapping[str, Any] | None],
    confidence: float,
    say: Language,
) -> str:
    """Return a row an objection, and one for the plan that grants the most, as HTML.

    Parameters
    ----------
    found : mapping
        What the worker weighed (`study.app.parts.weigh_objections`).
    base : mapping or None
        Finished point of the plan that people object to.
    priced : mapping of file to point
        Finished points of the plans that grant something; None: not simulated.
    confidence : float
    say : Language
    """
    unit = f"{kpi_name(PRICE, say)} [{kpi_unit(PRICE, say, change=True)}]"
    heads = [say("objected.column"), say("objected.answer"), say("objected.moves"), say("objected.deviation"), unit]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    rows = []
    for row in found["rows"]:
        who = f" <small>{escape(row['who'])}</small>" if row["who"] else ""
        moves = NOTHING if row["moves"] is None else say.number(row["moves"])
        off = NOTHING if row["deviation"] is None else say.percent(row["deviation"])
        name = f"{escape(row['unit'])} → {escape(row['community'])}{who}"
        price = _price(base, priced.get(row["plan"]), confidence, say) if row["plan"] else NOTHING
        answer = f"<td>{escape(row['answer'][say.code])}</td>"
        rows.append(f'<tr><th scope="row">{name}</th>{answer}<td>{moves}</td><td>{off}</td><td>{price}</td></tr>')
    if found["together"]:
        price = _price(base, priced.get(found["together"]), confidence, say)
        name = escape(say("objected.together"))
        rows.append(f'<tr><th scope="row">{name}</th><td></td><td></td><td></td><td>{price}</td></tr>')
    table = "".join(rows)
    return f'<table class="fusion-table fusion-objected"><thead><tr>{head}</tr></thead><tbody>{table}</tbody></table>'


def _price(base: Mapping[str, Any] | None, point: Mapping[str, Any] | None, confidence: float, say: Language) -> str:
    """Return the paired difference that granting makes, with its interval and what it means."""
    if base is None or point is None:
        return f"<small>{escape(say('tray.not_computed'))}</small>"
    change = gap(point, base, PRICE, confidence)
    verdict = judge(PRICE, change)
    interval = write_interval(PRICE, change, say, sign=True)
    amount = f"{write_number(PRICE, change.mean, say, sign=True)} {interval}".strip()
    words = f"{SIGNS.get(verdict, '')}{say(f'verdict.{verdict}')}"
    return f'{escape(amount)}<br><small style="color:{COLOURS.get(verdict, UNSURE)}">{escape(words)}</small>'
