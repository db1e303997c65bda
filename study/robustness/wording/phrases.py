"""The phrases that advice and tables are made of: a title, an amount, an interval, a chance, a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios import Scenario
from study.presentation.language import Language
from study.presentation.verdict import kpi_name
from study.sensitivity.summary import key_label

Found = Mapping[str, Any]


def limit_text(limit: Found, say: Language) -> str:
    """Return one limit of a box in words."""
    values = {"what": key_label(limit["belief"], say)}
    low, high = limit["low"], limit["high"]
    if low is None:
        return say("robust.below", value=plain_number(high), **values)
    if high is None:
        return say("robust.above", value=plain_number(low), **values)
    return say("robust.between", low=plain_number(low), high=plain_number(high), **values)


def worst_principle(about: Found, say: Language) -> str:
    """Return the principle that is broken most often, with how often."""
    if not about["broken"]:
        return ""
    kpi = max(about["broken"], key=lambda key: about["broken"][key]["value"] or 0.0)
    share = about["broken"][kpi]["value"]
    return say("robust.principle", kpi=kpi_name(kpi, say), share=say.percent(share, 0)) if share else ""


def title_of(scenario: Scenario, say: Language) -> str:
    """Return the title of a scenario up to its colon, in quotation marks."""
    return say.quoted([scenario.title.short(say.code)])


def amount(found: Found, say: Language, *, sign: bool = True) -> str:
    """Return an amount of yuan."""
    return say.money(rounded(found["value"]), sign=sign)


def interval(found: Found, answer: Found, say: Language, *, sign: bool = True) -> str:
    """Return the interval of an amount, with its level."""
    ends = {end: say.money(rounded(found[end]), sign=sign) for end in ("low", "high")}
    return say("robust.interval", confidence=say.percent(answer["confidence"], 0), **ends)


def rounded(value: Any) -> float:
    """Return an amount to three digits: no interval over worlds carries more."""
    return float(f"{number(value):.3g}")


def plain_interval(found: Found, say: Language) -> str:
    """Return the interval of an amount, as tables show it."""
    return say("table.interval", **{end: say.money(rounded(found[end]), sign=True) for end in ("low", "high")})


def shares(found: Found, answer: Found, say: Language) -> str:
    """Return the interval of a chance, with its level."""
    ends = {end: say.percent(number(found[end]), 0) for end in ("low", "high")}
    return say("robust.interval", confidence=say.percent(answer["confidence"], 0), **ends)


def plain_number(value: float) -> str:
    """Return a value of a belief, to three digits."""
    return f"{value:.3g}"


def chance(found: Found, say: Language) -> str:
    """Return a chance with its interval, as tables show it."""
    ends = {end: say.percent(number(found[end]), 0) for end in ("low", "high")}
    return f"{say.percent(number(found['value']), 0)} {say('table.interval', **ends)}"


def number(value: Any) -> float:
    """Return a number that JSON has as null where there is none."""
    return float("nan") if value is None else float(value)
