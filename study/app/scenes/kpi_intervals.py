"""What the dashboard says of results: each KPI's interval as a band, beside that of the reference, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from sim.output_analysis.intervals import interval
from study.plotting.theme import BETTER, BLUE, FAINT, SOFT, UNSURE, WORSE
from study.presentation.headlines import IN_THE_APP
from study.presentation.language import Language, fitting
from study.presentation.verdict import (
    MONEY,
    MONEY_UNIT,
    SHARES,
    Estimate,
    judge,
    kpi_name,
    kpi_unit,
    write_interval,
    write_number,
)

COLOURS = {"better": BETTER, "worse": WORSE}
SIGNS = {"better": "▲ ", "worse": "▼ "}
WIDE, HIGH, MARGIN = 220.0, 34.0, 0.12


def estimate(values: Sequence[float | None], confidence: float) -> Estimate:
    """Return the mean of a KPI over replications, with its interval."""
    known = np.array([math.nan if v is None else v for v in values], dtype=np.float64)
    if not np.isfinite(known).any():
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean, low, high = (float(x[0]) for x in interval(known[:, None], confidence))
    return Estimate(mean, low, high, int(np.isfinite(known).sum()))


def gap(point: Mapping[str, Any], reference: Mapping[str, Any], kpi: str, confidence: float) -> Estimate:
    """Return the paired difference of a KPI: same replication, same random numbers."""
    pairs = zip(point["kpis"].get(kpi, []), reference["kpis"].get(kpi, []), strict=False)
    return estimate([None if a is None or b is None else a - b for a, b in pairs], confidence)


def bands(
    point: Mapping[str, Any], reference: Mapping[str, Any] | None, say: Language, confidence: float, *, same: bool
) -> str:
    """Return the KPIs as HTML.

    Parameters
    ----------
    point : mapping
        A finished point.
    reference : mapping, optional
        Point of the reference; None while it is being computed.
    say : Language
    confidence : float
    same : bool
        The point is that of the reference, so there is no difference to speak of.
    """
    rows = [_row(point, reference, kpi, say, confidence, same) for kpi in IN_THE_APP if kpi in point["kpis"]]
    head = "".join(
        f'<th scope="col">{escape(say(key))}</th>' for key in ("table.kpi", "app.interval", "app.band", "app.against")
    )
    return f'<table class="fusion-bands"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _row(
    point: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    kpi: str,
    say: Language,
    confidence: float,
    same: bool,
) -> str:
    now = estimate(point["kpis"][kpi], confidence)
    was = None if reference is None else estimate(reference["kpis"].get(kpi, []), confidence)
    name = f"{escape(kpi_name(kpi, say))} <small>[{escape(kpi_unit(kpi, say))}]</small>"
    value = f"<b>{escape(write_number(kpi, now.mean, say))}</b><small>{escape(write_interval(kpi, now, say))}</small>"
    verdict = f'<span style="color:{UNSURE}">{escape(say("app.is_reference" if same else "app.no_reference"))}</span>'
    if reference is not None and not same:
        verdict = _verdict(kpi, gap(point, reference, kpi, confidence), say)
    return f'<tr><th scope="row">{name}</th><td>{value}</td><td>{_picture(now, was, say)}</td><td>{verdict}</td></tr>'


def _verdict(kpi: str, found: Estimate, say: Language) -> str:
    word = judge(kpi, found)
    text = f"{SIGNS.get(word, '')}{say(f'verdict.{word}')}"
    unit = kpi_unit(kpi, say, change=True)
    mean, low, high = _finely(kpi, (found.mean, found.low, found.high), say)
    span = say("table.interval", low=low, high=high) if math.isfinite(found.low) else ""
    amount = f"{mean} {span} {unit}"
    return f'<b style="color:{COLOURS.get(word, UNSURE)}">{escape(text)}</b><small>{escape(amount)}</small>'


def _finely(kpi: str, values: tuple[float, ...], say: Language) -> list[str]:
    """Return differences with digits enough for the largest of them: small ones must not all read as zero."""
    root = kpi.split(".", maxsplit=1)[0]
    factor = 100.0 if root in SHARES else 1 / MONEY_UNIT[say.code] if root in MONEY else 1.0
    largest = max((abs(v) * factor for v in values if math.isfinite(v)), default=0.0)
    digits = max(fitting(largest), math.ceil(-math.log10(largest)) + 1) if largest > 0 else 0
    return [say.number(v * factor, digits, sign=True) for v in values]


def _picture(now: Estimate, was: Estimate | None, say: Language) -> str:
    """Return both intervals on one scale: the choice above in colour, the reference below in grey."""
    ends = [v for e in (now, was) if e is not None for v in (e.low, e.mean, e.high) if math.isfinite(v)]
    if not ends:
        return ""
    low, high = min(ends), max(ends)
    room = (high - low) * MARGIN or abs(high) * MARGIN or 1.0
    low, high = low - room, high + room

    def x(value: float) -> float:
        return round((value - low) / (high - low) * WIDE, 1)

    parts = [f'<line x1="0" x2="{WIDE:g}" y1="{HIGH / 2:g}" y2="{HIGH / 2:g}" stroke="{FAINT}" stroke-width="0.7"/>']
    for found, y, colour in ((was, 25.0, SOFT), (now, 9.0, BLUE)):
        if found is None or not found.known:
            continue
        if math.isfinite(found.low):
            left, width = x(found.low), max(x(found.high) - x(found.low), 1.0)
            box = f'x="{left:g}" y="{y - 5:g}" width="{width:g}" height="10"'
            parts.append(f'<rect {box} fill="{colour}" opacity="0.35"/>')
        parts.append(_stroke(x(found.mean), y, colour))
    label = escape(say("app.band_words"), quote=True)
    head = f'<svg viewBox="0 0 {WIDE:g} {HIGH:g}" class="fusion-band" role="img" aria-label="{label}">'
    return f"{head}{''.join(parts)}</svg>"


def _stroke(at: float, y: float, colour: str) -> str:
    return f'<line x1="{at:g}" x2="{at:g}" y1="{y - 7:g}" y2="{y + 7:g}" stroke="{colour}" stroke-width="2.5"/>'
