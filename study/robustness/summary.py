"""The answer in plain words: one sentence of advice with its conditions, what it depends on, what to find out first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from scenarios import Scenario
from study.presentation.language import Language
from study.presentation.text_table import aligned
from study.presentation.verdict import kpi_name
from study.sensitivity.summary import called

TOLD = 3
"""Flip points, and beliefs worth knowing, that a summary tells."""

Found = Mapping[str, Any]


def advice_text(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> str:
    """Return what is recommended and under which conditions."""
    return say.space.join([headline(answer, scenarios, say), *conditions(answer, scenarios, say)])


def headline(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> str:
    """Return the recommendation as one sentence, with what it breaks and whether its gain is clear."""
    name, studied = str(answer["recommended"]), str(answer["studied"])
    about, title = answer["scenarios"][name], title_of(scenarios[name], say)
    values = {
        "title": title,
        "studied": title_of(scenarios[studied], say),
        "worlds": say.number(int(answer["worlds"])),
        "days": int(answer["horizons"][-1]),
        "allowed": say.percent(float(answer["broken_at_most"]), 0),
        "kept": say.percent(about["probability_not_interrupted"]["value"], 0),
        "broken": say.percent(1 - about["probability_not_interrupted"]["value"], 0),
        "gain": amount(about["against_studied"], say),
        "interval": interval(about["against_studied"], answer, say),
        "principle": worst_principle(about, say),
    }
    if name not in answer["admissible"]:
        return say("robust.none_keeps_nor_it" if name == studied else "robust.none_keeps", **values)
    if name == studied:
        return say(_kept(answer), **values)
    clear = about["against_studied"]["low"] > 0 or about["against_studied"]["high"] < 0
    return say("robust.choose" if clear else "robust.choose_unclear", **values)


def _kept(answer: Found) -> str:
    """Return how it is said that the studied timeline is the one to keep."""
    if len(answer["scenarios"]) == 1:
        return "robust.only"
    return "robust.keep" if len(answer["admissible"]) > 1 else "robust.keep_alone"


def conditions(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return the conditions of the advice, a sentence each."""
    name, most = str(answer["recommended"]), str(answer["most"])
    about, found = answer["scenarios"][name], []
    found.append(
        say(
            "robust.chances",
            best=say.percent(about["probability_best"]["value"], 0),
            interval=shares(about["probability_best"], answer, say),
            alone=say.percent(about["probability_beats_no_merger"]["value"], 0),
            synergy=say.percent(about["probability_synergy"]["value"], 0),
            days=int(answer["horizons"][-1]),
        )
    )
    found += break_even_line(answer, scenarios, say)
    found += interruption_line(answer, scenarios, say)
    if most != name:
        rival = answer["scenarios"][most]
        gap = rival["contribution"]["value"] - about["contribution"]["value"]
        found.append(
            say(
                "robust.rival",
                title=title_of(scenarios[most], say),
                gain=say.money(rounded(gap), sign=True),
                studied=title_of(scenarios[name], say),
                broken=say.percent(1 - rival["probability_not_interrupted"]["value"], 0),
                principle=worst_principle(rival, say),
            )
        )
    found += own_limits(answer, scenarios, say)
    for days in answer["turns_at"]:
        then = about["horizons"][str(days)]["against_studied"]
        studied = title_of(scenarios[str(answer["studied"])], say)
        texts = {"gain": amount(then, say), "interval": interval(then, answer, say)}
        found.append(say("robust.turns", days=int(days), studied=studied, **texts))
    if answer["fails_where"]:
        box = answer["fails_where"]
        found.append(
            say(
                "robust.fails",
                where=say.listed([limit_text(limit, say) for limit in box["limits"]]),
                density=say.percent(box["density"]["value"], 0),
                interval=shares(box["density"], answer, say),
                share=say.percent(box["share"], 0),
            )
        )
    return found


def own_limits(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return what has to be known about limits that the studied timeline sets itself, where that turns the advice."""
    name, rules = str(answer["recommended"]), answer["principles"].values()
    if not any("slack" in rule or "slack_share" in rule for rule in rules):
        return []
    if name not in answer["admissible"]:
        return _by_fixed_limits(answer, scenarios, say)
    if name != answer["studied"]:
        return []
    studied, other = title_of(scenarios[name], say), answer.get("by_fixed_limits")
    if not any("most" in rule or "least" in rule for rule in rules):
        return [say("robust.own", studied=studied)]
    if other is None or other == name:
        return [say("robust.own_same" if other == name else "robust.own_none", studied=studied)]
    gain = amount(answer["scenarios"][other]["against_studied"], say)
    return [say("robust.own_other", studied=studied, title=title_of(scenarios[other], say), gain=gain)]


def _by_fixed_limits(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return what the advice would be without the limits that compare with the studied timeline, which all break."""
    other = answer.get("by_fixed_limits")
    if other is None:
        return []
    values = {"title": title_of(scenarios[other], say), "studied": title_of(scenarios[str(answer["studied"])], say)}
    return [say("robust.fixed_other", gain=amount(answer["scenarios"][other]["against_studied"], say), **values)]


def effort_lines(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return how many worlds were drawn, why no more, and which timelines dropped out."""
    effort = answer.get("effort")
    if not effort:
        return []
    values = {
        "worlds": say.number(int(answer["worlds"])),
        "budget": say.number(int(effort["budget"])),
        "title": title_of(scenarios[effort["leading"]], say),
        "error": say.number(100 * effort["error"], 1),
        "wanted": say.number(100 * effort["wanted"], 1),
    }
    found = [say(f"robust.effort_{effort['stopped_because']}", **values)]
    for name, about in effort["beaten"].items():
        texts = {"title": title_of(scenarios[name], say), "by": title_of(scenarios[about["by"]], say)}
        chance = say.percent(about["probability_best"]["high"], 1)
        found.append(say("robust.beaten", worlds=say.number(int(about["worlds"])), chance=chance, **texts))
    return found


def lines(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return the rest for a terminal: every timeline, flip points, what is worth knowing, a pilot."""
    found = [aligned(table(answer, scenarios, say)), *flip_lines(answer, scenarios, say), worth_line(answer, say)]
    pilot = pilot_line(answer, scenarios, say)
    return [line for line in [*found, pilot, *effort_lines(answer, scenarios, say)] if line]


def table(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> pd.DataFrame:
    """Return how every timeline stands, for people."""
    rows = []
    for name, about in answer["scenarios"].items():
        rows.append(
            {
                say("robust.column.timeline"): title_of(scenarios[name], say),
                say(
                    "robust.column.gain"
                ): f"{amount(about['against_studied'], say)} {plain_interval(about['against_studied'], say)}",
                say("robust.column.best"): _chance(about["probability_best"], say),
                say("robust.column.kept"): _chance(about["probability_not_interrupted"], say),
                say("robust.column.alone"): _chance(about["probability_beats_no_merger"], say),
                say("robust.column.synergy"): _chance(about["probability_synergy"], say),
                say("robust.column.regret"): say.money(rounded(about["expected_regret"]["value"])),
            }
        )
    return pd.DataFrame(rows)


def flip_lines(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return where the timeline with the largest expected contribution changes, the surest first."""
    points = sorted(answer["flip_points"], key=lambda point: -point["seen"])[:TOLD]
    return [
        say(
            "robust.flip",
            before=title_of(scenarios[point["from"]], say),
            after=title_of(scenarios[point["to"]], say),
            what=called(point["belief"], say),
            value=plain_number(point["value"]),
            low=plain_number(point["low"]),
            high=plain_number(point["high"]),
            confidence=say.percent(answer["confidence"], 0),
        )
        for point in points
    ]


def worth_line(answer: Found, say: Language) -> str:
    """Return what knowing the world is worth, and which beliefs are worth most to know."""
    whole = answer["evpi"]
    aside = len(answer["admissible"]) < len(answer["scenarios"])
    key = "robust.evpi_aside" if aside else "robust.evpi"
    text = say(key, worth=amount(whole, say, sign=False), interval=interval(whole, answer, say, sign=False))
    sure = [(key, found) for key, found in answer["evppi"].items() if found["low"] > 0][:TOLD]
    if not sure:
        return text + say.space + say("robust.nothing_alone")
    parts = [
        say(
            "robust.worth",
            what=called(key, say),
            worth=amount(found, say, sign=False),
            interval=interval(found, answer, say, sign=False),
        )
        for key, found in sure
    ]
    text += say.space + say("robust.first", parts=say("timeline.list").join(parts))
    return say.space.join([text, *_group_line(answer, say)])


def _group_line(answer: Found, say: Language) -> list[str]:
    """Return the group of beliefs that is worth most to know together, where that is more than any single one is."""
    single = max((float(found["value"]) for found in answer["evppi"].values()), default=0.0)
    for group, found in answer.get("evppi_groups", {}).items():
        if found["low"] > 0 and found["value"] > single:
            names = say.listed([called(key, say) for key in answer["belief_groups"][group]])
            values = {"worth": amount(found, say, sign=False), "interval": interval(found, answer, say, sign=False)}
            return [say("robust.group", what=names, **values)]
    return []


def break_even_line(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return when the recommended timeline has made up for what the merger cost."""
    name = str(answer["recommended"])
    found = answer["scenarios"][name].get("break_even") or {}
    first = scenarios[str(answer["studied"])].calendar.start
    days = {end: found.get(end) for end in ("value", "low", "high")}
    if days["value"] is None or math.isnan(days["value"]):
        return [say("robust.break_even_never", days=int(answer["horizons"][-1]))]
    told = {
        e: say.day(first + timedelta(days=round(d))) for e, d in days.items() if d is not None and not math.isnan(d)
    }
    if len(told) < len(days):
        return [say("robust.break_even", date=told["value"])]
    return [say("robust.break_even_between", date=told["value"], low=told["low"], high=told["high"])]


def interruption_line(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return what the recommended timeline asks of the business (F2), whatever the principles allow."""
    found = answer["scenarios"][str(answer["recommended"])].get("interruption")
    if not found or len(found) < 2:
        return []
    days, depth = found["dip_days"], found["dip_depth"]
    settings = scenarios[str(answer["studied"])].study
    tolerance = settings.dip_tolerance
    values = {
        "window": settings.dip_window_days,
        "tolerance": say.percent(tolerance, 0 if round(100 * tolerance, 6).is_integer() else 1),
        "days": say.number(round(days["value"])),
        "low": say.number(round(days["low"])),
        "high": say.number(round(days["high"])),
        "depth": say.percent(depth["value"], 0),
        "shallow": say.percent(depth["low"], 0),
        "deep": say.percent(depth["high"], 0),
    }
    return [say("robust.asks", **values)]


def pilot_line(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> str:
    """Return the recommendation for a pilot; empty where none is worth it for certain."""
    pilot = answer["pilot"]
    if not pilot:
        return ""
    values = {
        "what": called(pilot["belief"], say),
        "worth": amount(pilot["worth"], say, sign=False),
        "interval": interval(pilot["worth"], answer, say, sign=False),
        "error": plain_number(pilot["error"]),
        "brings": amount(pilot["brings"], say, sign=False),
        "kpi": kpi_name(pilot["kpi"], say),
        "days": int(pilot["days"]),
        "share": say.percent(min(float(pilot["share"]), 1.0), 0 if pilot["share"] >= 0.01 else 1),
        "title": title_of(scenarios[str(answer["recommended"])], say),
    }
    return say("robust.pilot" if pilot["share"] <= 0.5 else "robust.pilot_too_large", **values)


def limit_text(limit: Found, say: Language) -> str:
    """Return one limit of a box in words."""
    values = {"what": called(limit["belief"], say)}
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
    return float(f"{_number(value):.3g}")


def plain_interval(found: Found, say: Language) -> str:
    """Return the interval of an amount, as tables show it."""
    return say("table.interval", **{end: say.money(rounded(found[end]), sign=True) for end in ("low", "high")})


def shares(found: Found, answer: Found, say: Language) -> str:
    """Return the interval of a chance, with its level."""
    ends = {end: say.percent(_number(found[end]), 0) for end in ("low", "high")}
    return say("robust.interval", confidence=say.percent(answer["confidence"], 0), **ends)


def plain_number(value: float) -> str:
    """Return a value of a belief, to three digits."""
    return f"{value:.3g}"


def _chance(found: Found, say: Language) -> str:
    ends = {end: say.percent(_number(found[end]), 0) for end in ("low", "high")}
    return f"{say.percent(_number(found['value']), 0)} {say('table.interval', **ends)}"


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
