"""What the dashboard says of targets reached: company and centres by stage, both businesses and each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from scenarios import Scenario
from sim.output_analysis.attainment import ALL, Attained
from study.presentation.language import Language

SIGNS = {"better": "▲", "worse": "▼", "unsure": ""}
"""Clearly above the target, clearly below it, and neither."""

PARTS = ("fixed", "mobile")


def attainment_table(point: Mapping[str, Any], scenario: Scenario, say: Language) -> str:
    """Return growth over target as an HTML table; a sentence where no stage is seen from beginning to end.

    Parameters
    ----------
    point : mapping
        A finished point.
    scenario : Scenario
        Whose stages it has.
    say : Language
    """
    known = point["attained"]
    heading = f"<h3>{escape(say('picture.attainment.title'))}</h3>"
    table = Attained.read(known, len(known["reached"])).table(scenario.study.confidence) if known else None
    if table is None or not len(table):
        return f"{heading}<p>{escape(say('app.no_attainment'))}</p>"
    stages = [s for s in scenario.target_stages if (table["stage"] == s.name).any()]
    cells = {(r["id"], r["stage"], r["business"]): r for r in table.to_dict("records")}
    levels = dict(zip(table["id"], table["level"], strict=True))
    heads = [say("table.centre"), *(s.title.short(say.code) for s in stages)]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    rows = []
    for name in sorted(levels, key=lambda n: (levels[n] == "company", str(n))):  # the company last, as a sum
        label = say("table.company") if levels[name] == "company" else str(name)
        found = "".join(_cell({b: cells.get((name, s.name, b)) for b in (ALL, *PARTS)}, say) for s in stages)
        rows.append(f'<tr><th scope="row">{escape(label)}</th>{found}</tr>')
    note = f'<p class="fusion-note">{escape(say("app.attainment_note"))}</p>'
    parts = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'{heading}<table class="fusion-table fusion-reached">{parts}</table>{note}'


def _cell(found: Mapping[str, Mapping[Any, Any] | None], say: Language) -> str:
    """Return both businesses' share with its sign, and those of each business below it."""
    whole = found[ALL]
    if whole is None:
        return "<td></td>"
    low, high = float(whole["low"]), float(whole["high"])
    verdict = "unsure" if not math.isfinite(low) else "worse" if high < 1 else "better" if low > 1 else "unsure"
    parts = [
        say("answer.attainment.of", business=say.business(b), share=say.percent(float(row["attainment"]), 0))
        for b in PARTS
        if (row := found[b]) is not None
    ]
    share = say.percent(float(whole["attainment"]), 0)
    span = ""
    if math.isfinite(low):
        span = say("table.interval", low=say.number(low * 100, 0), high=say.number(high * 100, 0))
    details = f"<small>{escape(span)}<br>{escape(' · '.join(parts))}</small>"
    return f'<td class="{verdict}">{escape(f"{share} {SIGNS[verdict]}".strip())} {details}</td>'
