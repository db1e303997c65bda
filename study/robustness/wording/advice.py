"""The advice: one sentence, and the conditions under which it holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from scenarios import Scenario
from study.presentation.language import Language
from study.robustness.wording.phrases import (
    Found,
    amount,
    interval,
    limit_text,
    rounded,
    shares,
    title_of,
    worst_principle,
)


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
